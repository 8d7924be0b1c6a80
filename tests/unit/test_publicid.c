/* Public ids: one text per key. */
#include "common/publicid.h"

#include "tests/unit/unit.h"

static void keys_have_these_texts(void **state)
{
    (void)state;
    static const struct {
        struct key key;
        const char *text;
    } rows[] = {
        {{7, 1024}, "A-07-1024"},
        {{1, 1}, "A-01-1"},
        {{99, 5}, "A-99-5"},
        {{123, 5}, "A-123-5"},
        {{INT16_MAX, INT64_MAX}, "A-32767-9223372036854775807"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[PUBLIC_ID_BYTES];
        struct key key = {0};
        public_id_format('A', rows[i].key, text);
        assert_string_equal(text, rows[i].text);
        assert_true(public_id_parse('A', text, &key));
        assert_int_equal(key.home, rows[i].key.home);
        assert_true(key.id == rows[i].key.id);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "A",
        "A-",
        "A-07",
        "A-07-",
        "C-07-1024",
        "a-07-1024",
        "A07-1024",
        "A-7-1024",
        "A-007-1024",
        "A-07-01024",
        "A-00-1",
        "A-0-1",
        "A-07-0",
        "A--7-1",
        "A-+7-1",
        "A-07-+1",
        "A-07--1",
        " A-07-1",
        "A-07-1 ",
        "A-07-1x",
        "A-07 -1",
        "A-07- 1",
        "A-32768-1",
        "A-65543-1",
        "A-07-9223372036854775808",
        "A-07-92233720368547758070",
        "A-99999999999999999999999-1",
        "A-0x7-1",
        "A-07-1024-1",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct key key = {3, 3};
        if (public_id_parse('A', texts[i], &key)) {
            fail_msg("\"%s\" was read", texts[i]);
        }
        assert_int_equal(key.home, 3);
    }
    struct key key;
    assert_false(public_id_parse('A', NULL, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_these_texts),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
