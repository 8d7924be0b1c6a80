/* Reasons: the table holds what an answer and the client need. */
#include "common/reasons.h"

#include "common/text.h"
#include "tests/unit/unit.h"

static bool is_exit_code_of_a_refusal(int code)
{
    static const int codes[] = {1, 3, 4, 5, 6, 7, 12, 70, 75};
    for (size_t i = 0; i < COUNT(codes); i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

/* Places are {snake_case}; braces come in pairs. */
static void check_places(const char *text)
{
    while ((text = strpbrk(text, "{}")) != NULL) {
        assert_int_equal(*text, '{');
        size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
        assert_true(length > 0);
        assert_int_equal(text[1 + length], '}');
        text += length + 2;
    }
}

static void rows_are_in_order_and_whole(void **state)
{
    (void)state;
    int last = 0;
    unsigned count = 0;
    for (enum reason reason; (reason = reason_at(count)) != REASON_NONE; count++) {
        assert_true((int)reason > last);
        last = (int)reason;
        assert_true(text_is_clean(reason_text(reason), false));
        assert_false(text_is_blank(reason_text(reason)));
        check_places(reason_text(reason));
        assert_true(is_exit_code_of_a_refusal(reason_exit_code(reason)));
        /* "Nothing was done, run it again" is what can be repeated; so is what may have been done. */
        assert_int_equal(reason_retryable(reason), reason_exit_code(reason) == 75 || reason_exit_code(reason) == 12);
    }
    assert_true(count > 40);
}

static void known_reasons(void **state)
{
    (void)state;
    assert_string_equal(reason_name(REASON_NONE), "NONE");
    assert_string_equal(reason_name(REASON_STALE_VERSION), "STALE_VERSION");
    assert_int_equal(reason_from_name("OWN_CASE"), REASON_OWN_CASE);
    assert_int_equal(reason_exit_code(REASON_OWN_CASE), 5);
    assert_int_equal(reason_exit_code(REASON_NOT_FOUND), 3);
    assert_int_equal(reason_exit_code(REASON_OUTCOME_UNKNOWN), 12);
    assert_true(reason_retryable(REASON_BUSY));
    assert_false(reason_retryable(REASON_OWN_CASE));
}

static void unknown_ones_are_no_reasons(void **state)
{
    (void)state;
    const enum reason none = (enum reason)9999;
    assert_null(reason_name(none));
    assert_null(reason_text(none));
    assert_null(reason_text(REASON_NONE));
    assert_int_equal(reason_exit_code(none), 1);
    assert_int_equal(reason_exit_code(REASON_NONE), 0);
    assert_false(reason_retryable(none));
    assert_int_equal(reason_from_name("own_case"), REASON_NONE);
    assert_int_equal(reason_from_name(""), REASON_NONE);
    assert_int_equal(reason_from_name(NULL), REASON_NONE);
    assert_int_equal(reason_at(100000), REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_in_order_and_whole),
        cmocka_unit_test(known_reasons),
        cmocka_unit_test(unknown_ones_are_no_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
