/* Settings: every error names the text, the line and the key. */
#include "common/settings.h"

#include <unistd.h>

#include "tests/unit/unit.h"

#define TEXTS_MAX 3

struct target {
    int days;
    int64_t bytes;
    bool on;
    const char *listen;
    const char *items[TEXTS_MAX];
    int item_count;
    enum grade grade;
};

static const struct setting table[] = {
    {SETTING_INT("clocks.verify_days", struct target, days, 1, 30)},
    {SETTING_INT("limits.inner.bytes", struct target, bytes, -5, 1LL << 40), .optional = true},
    {SETTING_BOOL("on", struct target, on), .optional = true},
    {SETTING_TEXT("listen", struct target, listen, 2, 8), .optional = true},
    {SETTING_TEXTS("items", struct target, items, item_count, 1, TEXTS_MAX), .optional = true},
    {SETTING_WORD("grade", struct target, grade, words_grade), .optional = true},
    {0},
};

struct outcome {
    bool done;
    char message[512];
    struct target target;
};

static struct arena *arena;

static struct outcome read_text(const char *text)
{
    struct outcome outcome = {.target = {.bytes = 77, .listen = "preset", .grade = GRADE_RED}};
    struct settings *settings = settings_parse("a.cfg", text, outcome.message, sizeof outcome.message);
    if (settings != NULL) {
        outcome.done = settings_fill(settings, table, arena, &outcome.target);
        settings_free(settings);
    }
    return outcome;
}

static void values_are_taken(void **state)
{
    (void)state;
    struct outcome outcome = read_text("clocks = { verify_days = 3; };\n"
                                       "limits : { inner : { bytes = 1099511627776L; } }\n"
                                       "on = true; listen = \"华东:1\";\n"
                                       "items = [ \"a\", \"b\" ]; grade = \"black\";");
    assert_string_equal(outcome.message, "");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.days, 3);
    assert_true(outcome.target.bytes == 1099511627776LL);
    assert_true(outcome.target.on);
    assert_string_equal(outcome.target.listen, "华东:1");
    assert_int_equal(outcome.target.item_count, 2);
    assert_string_equal(outcome.target.items[0], "a");
    assert_string_equal(outcome.target.items[1], "b");
    assert_int_equal(outcome.target.grade, GRADE_BLACK);
}

static void what_is_absent_stays_as_it_was(void **state)
{
    (void)state;
    struct outcome outcome = read_text("clocks = { verify_days = 30; };");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.days, 30);
    assert_true(outcome.target.bytes == 77);
    assert_string_equal(outcome.target.listen, "preset");
    assert_int_equal(outcome.target.item_count, 0);
    assert_int_equal(outcome.target.grade, GRADE_RED);
}

/* Numbers, quotes and @ stand for themselves in texts and comments. */
static void texts_and_comments_are_left_alone(void **state)
{
    (void)state;
    struct outcome outcome = read_text("# 1 \"\n// 2 \"\n/* 3 \" \n@include \"x\"\n*/\n"
                                       "clocks={verify_days=+7;};//4\n"
                                       "items = [ \"5 @\", \"\\\" 6 /* #\", \"//\" ]; listen = \"7\" \"8\";");
    assert_string_equal(outcome.message, "");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.days, 7);
    assert_string_equal(outcome.target.items[0], "5 @");
    assert_string_equal(outcome.target.items[1], "\" 6 /* #");
    assert_string_equal(outcome.target.items[2], "//");
    assert_string_equal(outcome.target.listen, "78");
}

#define CLOCKS "clocks = { verify_days = 3; };\n"

static const struct {
    const char *text, *message;
} wrong[] = {
    /* syntax */
    {"clocks = { verify_days = 3;\n\n", "a.cfg:3: syntax error"},
    {CLOCKS "on = true;\non = false;", "a.cfg:3: duplicate setting name"},
    {CLOCKS "/* 1\n */ on = 3 3;", "a.cfg:3: syntax error"},
    {CLOCKS "listen = \"open", "a.cfg:2: syntax error"},
    {CLOCKS "/* open *", "a.cfg:2: this comment is not closed"},
    {CLOCKS "\n/*/", "a.cfg:3: this comment is not closed"},
    {CLOCKS "  @include \"/etc/passwd\"\n", "a.cfg:2: @include is not allowed"},
    {"@include \"a.cfg\"", "a.cfg:1: @include is not allowed"},
    /* what is missing */
    {"", "a.cfg:1: clocks.verify_days: is required"},
    {"\n\nclocks = {\n};", "a.cfg:3: clocks.verify_days: is required"},
    /* unknown keys, with the nearest right one */
    {"\nclocks = {\n  verfiy_days = 3;\n};",
     "a.cfg:3: clocks.verfiy_days: unknown key, the nearest is clocks.verify_days"},
    {CLOCKS "clock = { verify_days = 3; };", "a.cfg:2: clock: unknown key, the nearest is clocks"},
    {CLOCKS "verify_days = 3;", "a.cfg:2: verify_days: unknown key, the nearest is clocks.verify_days"},
    {CLOCKS "limits = { iner = { bytes = 3; }; };", "a.cfg:2: limits.iner: unknown key, the nearest is limits.inner"},
    {CLOCKS "limits = { inner = {\n\n byte = 3; }; };",
     "a.cfg:4: limits.inner.byte: unknown key, the nearest is limits.inner.bytes"},
    {CLOCKS "bytes = 3;", "a.cfg:2: bytes: unknown key, the nearest is limits.inner.bytes"},
    {CLOCKS "lisetn = \"x\";", "a.cfg:2: lisetn: unknown key, the nearest is listen"},
    {CLOCKS "ON = true;", "a.cfg:2: ON: unknown key, the nearest is on"},
    /* groups and values in each other's place */
    {"clocks = 3;", "a.cfg:1: clocks: must be a group { ... }"},
    {"clocks = ( { verify_days = 3; } );", "a.cfg:1: clocks: must be a group { ... }"},
    {CLOCKS "on = { };", "a.cfg:2: on: must be true or false"},
    {"clocks = { verify_days = [ 3 ]; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    /* numbers */
    {"clocks = { verify_days = 0; };", "a.cfg:1: clocks.verify_days: is 0, must be from 1 to 30"},
    {"clocks = {\n verify_days = 31; };", "a.cfg:2: clocks.verify_days: is 31, must be from 1 to 30"},
    {"clocks = { verify_days = -3; };", "a.cfg:1: clocks.verify_days: is -3, must be from 1 to 30"},
    {"clocks = { verify_days = 4294967299; };", "a.cfg:1: clocks.verify_days: is 4294967299, must be from 1 to 30"},
    {"clocks = { verify_days =\n-4294967293; };", "a.cfg:1: clocks.verify_days: is -4294967293, must be from 1 to 30"},
    {"clocks = { verify_days = 0x3; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = 3e0; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = 3.0; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = \"3\"; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = true; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    /* the others */
    {CLOCKS "on = 1;", "a.cfg:2: on: must be true or false"},
    {CLOCKS "on = \"true\";", "a.cfg:2: on: must be true or false"},
    {CLOCKS "listen = 12;", "a.cfg:2: listen: must be a text in \"quotes\""},
    {CLOCKS "listen = \"a\";", "a.cfg:2: listen: has 1 characters, must have from 2 to 8"},
    {CLOCKS "listen = \"123456789\";", "a.cfg:2: listen: has 9 characters, must have from 2 to 8"},
    {CLOCKS "listen = \"a\\nb\";", "a.cfg:2: listen: must be UTF-8 without control characters"},
    {CLOCKS "listen = \"a\xff\";", "a.cfg:2: listen: must be UTF-8 without control characters"},
    {CLOCKS "items = \"a\";", "a.cfg:2: items: must be a list [ \"...\", ... ]"},
    {CLOCKS "items = [ ];", "a.cfg:2: items: has 0 entries, must have from 1 to 3"},
    {CLOCKS "items = [ \"a\", \"b\", \"c\", \"d\" ];", "a.cfg:2: items: has 4 entries, must have from 1 to 3"},
    {CLOCKS "items = [ \"a\",\n \"a\" ];", "a.cfg:3: items: \"a\" stands twice"},
    {CLOCKS "items = [ \"a\", \" \" ];", "a.cfg:2: items: entry 2 is blank"},
    {CLOCKS "items = ( \"a\", 3 );", "a.cfg:2: items: must be a text in \"quotes\""},
    {CLOCKS "grade = \"grey\";", "a.cfg:2: grade: is \"grey\", must be one of green, yellow, red, black"},
    {CLOCKS "grade = 1;", "a.cfg:2: grade: must be a text in \"quotes\""},
};

static void errors_name_line_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct outcome outcome = read_text(wrong[i].text);
        assert_false(outcome.done);
        assert_string_equal(outcome.message, wrong[i].message);
    }
}

static void numbers_that_do_not_fit_64_bits_are_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = {"99999999999999999999", "-99999999999999999999", "99999999999999999999L",
                                          "18446744073709551619", "9223372036854775808"};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char text[200];
        snprintf(text, sizeof text, CLOCKS "limits = { inner = { bytes = %s; }; };", numbers[i]);
        struct outcome outcome = read_text(text);
        if (outcome.done) {
            fail_msg("%s was read as %lld", numbers[i], (long long)outcome.target.bytes);
        }
        assert_ptr_equal(strstr(outcome.message, "a.cfg:2: "), outcome.message);
    }
}

static void long_and_deep_texts_do_no_harm(void **state)
{
    (void)state;
    enum { DEPTH = 30000 };
    char *text = malloc(DEPTH * 3 + 1);
    for (size_t i = 0; i < DEPTH; i++) {
        memcpy(text + i * 3, "a:{", 3);
    }
    text[DEPTH * 3] = '\0';
    assert_false(read_text(text).done);
    memset(text, 'k', DEPTH * 3);
    memcpy(text + DEPTH * 3 - 2, "=1", 2);
    struct outcome outcome = read_text(text);
    free(text);
    assert_false(outcome.done);
    assert_non_null(strstr(outcome.message, "the key is too long"));
}

static void rules_between_keys_have_a_line(void **state)
{
    (void)state;
    char message[200];
    struct settings *settings = settings_parse("b.cfg", "\nclocks = {\n verify_days = 3; };", message, sizeof message);
    assert_non_null(settings);
    assert_false(settings_refuse(settings, "clocks.verify_days", "is %d", 3));
    assert_string_equal(message, "b.cfg:3: clocks.verify_days: is 3");
    assert_false(settings_refuse(settings, "clocks.none", "x"));
    assert_string_equal(message, "b.cfg:2: clocks.none: x");
    assert_false(settings_refuse(settings, "none.none", "x\ny"));
    assert_string_equal(message, "b.cfg:1: none.none: x y");
    settings_free(settings);
    settings_free(NULL);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void files_are_read_whole_or_not(void **state)
{
    (void)state;
    char path[] = "/tmp/creditd-settings-XXXXXX", message[200] = "";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);

    write_file(path, "on = true;", 10);
    assert_string_equal(settings_read_file(path, arena, message, sizeof message), "on = true;");
    write_file(path, "", 0);
    assert_string_equal(settings_read_file(path, arena, message, sizeof message), "");
    write_file(path, "a\0b", 3);
    assert_null(settings_read_file(path, arena, message, sizeof message));
    assert_non_null(strstr(message, ": holds a NUL byte"));

    size_t size = 1024 * 1024 + 1;
    char *large = malloc(size);
    memset(large, '\n', size);
    write_file(path, large, size);
    assert_null(settings_read_file(path, arena, message, sizeof message));
    assert_non_null(strstr(message, ": is larger than 1 MiB"));
    write_file(path, large, size - 1);
    assert_int_equal(strlen(settings_read_file(path, arena, message, sizeof message)), size - 1);
    free(large);
    unlink(path);

    assert_null(settings_read_file(path, arena, message, sizeof message));
    assert_non_null(strstr(message, ": No such file or directory"));
    assert_null(settings_read_file("/", arena, message, sizeof message));
    assert_string_equal(message, "/: Is a directory");
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken),
        cmocka_unit_test(what_is_absent_stays_as_it_was),
        cmocka_unit_test(texts_and_comments_are_left_alone),
        cmocka_unit_test(errors_name_line_and_key),
        cmocka_unit_test(numbers_that_do_not_fit_64_bits_are_refused),
        cmocka_unit_test(long_and_deep_texts_do_no_harm),
        cmocka_unit_test(rules_between_keys_have_a_line),
        cmocka_unit_test(files_are_read_whole_or_not),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
