/* Bytes in a row. */
#include "server/wire/bytes.h"
#include "tests/unit/unit.h"

static void what_was_added_first_comes_first(void **state)
{
    struct bytes *row = NULL;
    uint8_t added = 0, expected = 0;

    (void)state;
    assert_int_equal(bytes_length(row), 0);
    for (size_t round = 1; round < 200; round++) {
        for (size_t i = 0; i < round * 3; i++, added++)
            bytes_add(&row, &added, 1);
        for (size_t i = 0; i < round * 2; i++, expected++) {
            assert_int_equal(bytes_first(row)[0], expected);
            bytes_take(&row, 1);
        }
    }
    assert_int_equal(bytes_length(row), 199 * 200 / 2);
    bytes_free(&row);
    assert_null(row);
}

static void nothing_holds_nothing(void **state)
{
    uint8_t many[70000] = {1, 2, 3};
    struct bytes *row = NULL;

    (void)state;
    bytes_add(&row, many, 0);
    assert_null(row);
    bytes_add(&row, many, sizeof many);
    bytes_add(&row, many, 3);
    bytes_take(&row, sizeof many);
    assert_memory_equal(bytes_first(row), many, 3);
    bytes_take(&row, 0);
    bytes_take(&row, 3);
    assert_null(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_first_comes_first),
        cmocka_unit_test(nothing_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
