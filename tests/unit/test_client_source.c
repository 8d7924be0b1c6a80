/* The encoding of a file is found out on the way, however late its first byte beyond ASCII comes. */
#include <fcntl.h>
#include <iconv.h>
#include <unistd.h>

#include "client/source.h"
#include "tests/unit/unit.h"

#define ROOM 400000

static char path[64];

static void write_file(const char *bytes, size_t length)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), (ssize_t)length);
    close(file);
}

/* The whole file, read so many bytes at a time. */
static char *read_file(size_t look_ahead, size_t piece, size_t *length, bool *converted)
{
    struct source *source = source_open(path, look_ahead);
    char *out = calloc(1, ROOM);
    ssize_t got;

    assert_non_null(source);
    assert_non_null(out);
    assert_true(source_is_repeatable(source));
    *length = 0;
    while ((got = source_read(source, out + *length, piece)) > 0) {
        *length += (size_t)got;
        assert_true(*length + piece < ROOM);
    }
    assert_int_equal(got, 0);
    *converted = source_converted(source);
    source_close(source);
    return out;
}

static void check(const char *bytes, size_t length, const char *text, size_t text_length, bool converted)
{
    static const size_t pieces[] = {SOURCE_LEAST, 5, 64, 65536}, look_aheads[] = {64, 1000, SOURCE_LOOK_AHEAD};

    write_file(bytes, length);
    for (size_t i = 0; i < COUNT(pieces) * COUNT(look_aheads); i++) {
        size_t got;
        bool was_converted;
        char *out =
            read_file(look_aheads[i % COUNT(look_aheads)], pieces[i / COUNT(look_aheads)], &got, &was_converted);
        assert_int_equal(was_converted, converted);
        assert_int_equal(got, text_length);
        assert_memory_equal(out, text, got);
        free(out);
    }
}

/* The same text in GB18030. */
static size_t to_gb18030(const char *text, char *out, size_t size)
{
    iconv_t conversion = iconv_open("GB18030", "UTF-8");
    char *from = (char *)text, *to = out;
    size_t left = strlen(text), room = size;

    assert_true(conversion != (iconv_t)-1);
    assert_true(iconv(conversion, &from, &left, &to, &room) != (size_t)-1);
    iconv_close(conversion);
    return size - room;
}

static const char chinese[] = "号码,名称\n001,深圳市联通测试有限公司\n002,plain\n003,𠮷野家\n004,上海\n";

static void utf8_stays(void **state)
{
    (void)state;
    check("", 0, "", 0, false);
    check("a,b\r\n", 5, "a,b\r\n", 5, false);
    check(chinese, strlen(chinese), chinese, strlen(chinese), false);
}

static void a_byte_order_mark_goes(void **state)
{
    static const char marked[] = "\xef\xbb\xbf\xce\xc4,b\n";

    (void)state;
    check("\xef\xbb\xbf", 3, "", 0, false);
    check(marked, strlen(marked), marked + 3, strlen(marked) - 3, false);
}

static void gb18030_is_converted(void **state)
{
    char bytes[1000];
    size_t length = to_gb18030(chinese, bytes, sizeof bytes);

    (void)state;
    check(bytes, length, chinese, strlen(chinese), true);
}

/* Much ASCII before the first Chinese character, which stands at every place around the end of a buffer. */
static void it_may_begin_late(void **state)
{
    static const size_t before[] = {63, 64, 65, 65535, 65536, 65537, 131071};
    char *bytes = calloc(1, ROOM), *text = calloc(1, ROOM);

    (void)state;
    assert_non_null(bytes);
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(before); i++) {
        size_t length = before[i];
        memset(bytes, 'x', length);
        memset(text, 'x', length);
        memcpy(text + length, chinese, sizeof chinese);
        check(bytes, length + to_gb18030(chinese, bytes + length, 1000), text, strlen(text), true);
        check(text, strlen(text), text, strlen(text), false);
    }
    free(bytes);
    free(text);
}

/* Most lines are good UTF-8: it is that, and its mistake stays to be told. */
static void mistakes_stay(void **state)
{
    static const char text[] = "上海有限公司\n上海\n上\xe6\xb5,x\n";
    static const char latin[] = "caf\xff\n";

    (void)state;
    check(text, strlen(text), text, strlen(text), false);
    check(latin, strlen(latin), latin, strlen(latin), false);
}

/* What is no GB18030 in a file that is becomes a byte that is no UTF-8, so that its line is refused and no other. */
static void a_mistake_in_gb18030(void **state)
{
    char bytes[1000], text[1000];
    size_t length = to_gb18030("上海\n北京\n广州\n", bytes, sizeof bytes);

    (void)state;
    bytes[length++] = '\xff';
    bytes[length++] = '\n';
    bytes[length++] = '\xc9'; /* half a character */
    snprintf(text, sizeof text, "%s", "上海\n北京\n广州\n\xff\n\xff");
    check(bytes, length, text, strlen(text), true);
}

static void what_cannot_be_read(void **state)
{
    char out[16];
    struct source *source;

    (void)state;
    assert_null(source_open("/nowhere/at/all", 64));
    source = source_open("/", 64);
    assert_non_null(source);
    assert_false(source_is_repeatable(source));
    assert_int_equal(source_read(source, out, sizeof out), -1);
    source_close(source);
}

static int make_path(void **state)
{
    int file;

    (void)state;
    snprintf(path, sizeof path, "/tmp/test_client_source.XXXXXX");
    file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_stays),           cmocka_unit_test(a_byte_order_mark_goes),
        cmocka_unit_test(gb18030_is_converted), cmocka_unit_test(it_may_begin_late),
        cmocka_unit_test(mistakes_stay),        cmocka_unit_test(a_mistake_in_gb18030),
        cmocka_unit_test(what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
