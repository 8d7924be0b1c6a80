/* Text from outside: what is UTF-8, what may be shown, how long and how wide it is. */
#include "common/text.h"

#include "tests/unit/unit.h"

#define BYTES(literal) literal, sizeof(literal) - 1

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    static const struct {
        bool right;
        const char *bytes;
        size_t length;
    } rows[] = {
        {true, BYTES("")},
        {true, BYTES("abc")},
        {true, BYTES("华东钢铁")},
        {true, BYTES("\xf0\x9f\x98\x80")}, /* U+1F600 */
        {true, BYTES("\xf4\x8f\xbf\xbf")}, /* U+10FFFF */
        {true, BYTES("\xed\x9f\xbf")},     /* U+D7FF */
        {false, BYTES("a\0b")},            /* NUL */
        {false, BYTES("\0")},
        {false, BYTES("\x80")},     /* continuation alone */
        {false, BYTES("\xe5\x8d")}, /* cut short */
        {false, BYTES("\xe5\x8d"
                      "a")},
        {false, BYTES("\xc0\xaf")}, /* overlong */
        {false, BYTES("\xc1\xbf")},
        {false, BYTES("\xe0\x80\xaf")},
        {false, BYTES("\xf0\x80\x80\xaf")},
        {false, BYTES("\xc0\x80")},
        {false, BYTES("\xed\xa0\x80")}, /* surrogate */
        {false, BYTES("\xed\xbf\xbf")},
        {false, BYTES("\xf4\x90\x80\x80")}, /* above U+10FFFF */
        {false, BYTES("\xf5\x80\x80\x80")},
        {false, BYTES("\xff")},
        {false, BYTES("\xfe\xff")},
        {false, BYTES("good then \xff")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        /* A copy of exactly that size: a sanitizer sees a read beyond it. */
        char *bytes = malloc(rows[i].length == 0 ? 1 : rows[i].length);
        memcpy(bytes, rows[i].bytes, rows[i].length);
        bool right = text_is_utf8(bytes, rows[i].length);
        free(bytes);
        if (right != rows[i].right) {
            fail_msg("row %zu", i);
        }
    }
}

static void clean_text_holds_no_controls(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool line, lines;
    } rows[] = {
        {"", true, true},
        {"a b", true, true},
        {"华东钢铁 (Ltd.)", true, true},
        {"two\nlines", false, true},
        {"a\ttab", false, true},
        {"a\rreturn", false, false},
        {"bell\a", false, false},
        {"\x1b[31mred", false, false},
        {"\x7f", false, false},
        {"\xc2\x85", false, false}, /* U+0085, next line */
        {"\xc2\x9b"
         "31m",
         false, false},                    /* U+009B, control sequence introducer */
        {"\xe2\x80\xa8", false, false},    /* U+2028, line separator */
        {"\xe2\x80\xaeltr", false, false}, /* U+202E, override */
        {"\xe2\x81\xa6x", false, false},   /* U+2066, isolate */
        {"\xe2\x80\x8bx", true, true},     /* U+200B, zero width space */
        {"bad \xff", false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (text_is_clean(rows[i].text, false) != rows[i].line || text_is_clean(rows[i].text, true) != rows[i].lines) {
            fail_msg("row %zu", i);
        }
    }
}

static void length_is_in_code_points(void **state)
{
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("abc"), 3);
    assert_int_equal(text_length("华东 steel"), 8);
    assert_int_equal(text_length("\xf0\x9f\x98\x80"), 1);
    assert_int_equal(text_length("e\xcc\x81"), 2);
}

static void what_shows_nothing_is_blank(void **state)
{
    (void)state;
    static const char *const blank[] = {
        "",
        " ",
        "  \t\n\r",
        "\xc2\xa0",
        "\xe3\x80\x80",
        "\xe2\x80\x83 \xe2\x80\xa9",
        "\xe2\x80\x8b\xe2\x81\xa0",
        "\xef\xbb\xbf",
        "\xc2\x85",
    };
    assert_true(text_is_blank(NULL));
    for (size_t i = 0; i < COUNT(blank); i++) {
        if (!text_is_blank(blank[i])) {
            fail_msg("row %zu", i);
        }
    }
    assert_false(text_is_blank(" . "));
    assert_false(text_is_blank("\xe3\x80\x80无"));
    assert_false(text_is_blank("\xff"));
}

static void cells_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(text_cells(""), 0);
    assert_int_equal(text_cells("abc"), 3);
    assert_int_equal(text_cells("华东 ab"), 7);
    assert_int_equal(text_cells("ＡＢ"), 4);
    assert_int_equal(text_cells("e\xcc\x81"), 1);
    assert_int_equal(text_cells("a\tb"), 2);
    assert_int_equal(text_cells("（有限公司）"), 12);
}

static void distance_counts_slips(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("abc", ""), 3);
    assert_int_equal(text_distance("submit", "submit"), 0);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_int_equal(text_distance("submit", "sumbit"), 1);
    assert_int_equal(text_distance("ab", "ba"), 1);
    assert_int_equal(text_distance("a", "b"), 1);
    char a[200], b[200];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[199] = b[199] = '\0';
    assert_int_equal(text_distance(a, b), 63);
    assert_int_equal(text_distance(a, ""), 63);
}

static void numbers_are_written_as_printf_does(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 9, 10, 99, 100, -100, 1234567890, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char text[32], expected[32];
        *text_put_int(text, numbers[i], 1) = '\0';
        snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
        assert_string_equal(text, expected);
    }
    char text[32];
    *text_put_int(text, 7, 2) = '\0';
    assert_string_equal(text, "07");
    *text_put_int(text, 123, 2) = '\0';
    assert_string_equal(text, "123");
}

static void words_in_texts(void **state)
{
    (void)state;
    assert_true(text_has("no BRIBE was paid", "bribe"));
    assert_true(text_has("ＢＲＩＢＥ", "bribe")); /* full width */
    assert_true(text_has("Straße", "STRASSE"));
    assert_true(text_has("没有回扣", "回扣"));
    assert_false(text_has("a bri be", "bribe"));
    assert_false(text_has("", "bribe"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_in_texts),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(clean_text_holds_no_controls),
        cmocka_unit_test(length_is_in_code_points),
        cmocka_unit_test(what_shows_nothing_is_blank),
        cmocka_unit_test(cells_are_those_of_a_terminal),
        cmocka_unit_test(distance_counts_slips),
        cmocka_unit_test(numbers_are_written_as_printf_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
