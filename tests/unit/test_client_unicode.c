/* Text from outside: made valid, made harmless, cut between characters. */
#include "client/unicode.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text, *valid, *harmless;
} rows[] = {
    {"", "", ""},
    {"plain 上海 𠮷", "plain 上海 𠮷", "plain 上海 𠮷"},
    {"a\xff"
     "b",
     "a\xef\xbf\xbd"
     "b",
     "a?b"},
    {"\xe4\xb8", "\xef\xbf\xbd\xef\xbf\xbd", "??"},                             /* the beginning of a character */
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "???"},            /* a surrogate */
    {"\x1b[2J\n\x7f", "\x1b[2J\n\x7f", "\\x1b[2J\\x0a\\x7f"},                   /* control characters */
    {"\xc2\x85", "\xc2\x85", "\\x85"},                                          /* of the upper half */
    {"\xd8\x9c\xe2\x80\x8f", "\xd8\x9c\xe2\x80\x8f", "\\u061c\\u200f"},         /* marks of direction */
    {"\xe2\x80\xae", "\xe2\x80\xae", "\\u202e"},                                /* overrides */
    {"\xe2\x80\xa8\xe2\x80\xa9", "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"}, /* separators of lines */
};

static void texts_are_made_valid_and_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *valid = unicode_valid(rows[i].text), *harmless = unicode_harmless(rows[i].text);
        json_t *json = unicode_json(rows[i].text);
        assert_string_equal(valid, rows[i].valid);
        assert_string_equal(harmless, rows[i].harmless);
        assert_string_equal(json_string_value(json), rows[i].valid);
        json_decref(json);
        free(valid);
        free(harmless);
    }
}

static void cuts_leave_whole_characters(void **state)
{
    static const char text[] = "a上𠮷é";
    static const size_t left[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8, 10};

    (void)state;
    for (size_t length = 0; length < sizeof text; length++) {
        char cut[sizeof text] = "";
        memcpy(cut, text, length);
        unicode_trim(cut);
        assert_int_equal(strlen(cut), left[length]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_made_valid_and_harmless),
        cmocka_unit_test(cuts_leave_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
