/* Parameters in PostgreSQL's binary format. */
#include "server/store/array.c"

#include "tests/unit/unit.h"

static void single_values(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena);
    param_int2(&params, -2);
    param_int8(&params, 0x0102030405060708);
    param_bool(&params, true);
    param_text(&params, NULL);
    param_text(&params, "é");
    assert_int_equal(params.count, 5);
    assert_int_equal(params.lengths[0], 2);
    assert_memory_equal(params.values[0], "\xff\xfe", 2);
    assert_memory_equal(params.values[1], "\1\2\3\4\5\6\7\10", 8);
    assert_int_equal(params.lengths[2], 1);
    assert_memory_equal(params.values[2], "\1", 1);
    assert_null(params.values[3]);
    assert_int_equal(params.lengths[4], 2);
    assert_int_equal(params.formats[4], 1);
    arena_free(arena);
}

static void rows_become_columns(void **state)
{
    (void)state;
    static const uint8_t first[] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 21, 0, 0, 0,    2,
                                    0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 0,  0, 2, 0xff, 0xff};
    static const uint8_t second[] = {0, 0, 0, 1, 0, 0,    0,    1,    0,    0, 0x0b, 0x86, 0,  0, 0,
                                     2, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0,    0,    16, 9, 9,
                                     9, 9, 9, 9, 9, 9,    9,    9,    9,    9, 9,    9,    9,  9};
    struct arena *arena = arena_new(0);
    struct params params;
    struct uuid uuid;
    memset(uuid.bytes, 9, sizeof uuid.bytes);
    params_init(&params, arena);
    struct columns *columns = columns_new(&params, "hu", 2);
    put_int(columns, 7);
    put_null(columns);
    put_int(columns, -1);
    put_uuid(columns, uuid);
    columns_close(columns);
    assert_int_equal(params.count, 2);
    assert_int_equal(params.lengths[0], sizeof first);
    assert_memory_equal(params.values[0], first, sizeof first);
    assert_int_equal(params.lengths[1], sizeof second);
    assert_memory_equal(params.values[1], second, sizeof second);
    arena_free(arena);
}

static void lists_are_text(void **state)
{
    (void)state;
    static const char expected[] = "\0\0\0\2{}\0\0\0\3{7}\0\0\0\6{-1,0}";
    static const int64_t values[] = {7, -1, 0};
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena);
    struct columns *columns = columns_new(&params, "t", 3);
    put_int_list(columns, NULL, 0);
    put_int_list(columns, values, 1);
    put_int_list(columns, values + 1, 2);
    columns_close(columns);
    assert_int_equal(params.lengths[0], ARRAY_HEADER_BYTES + (int)sizeof expected - 1);
    assert_memory_equal(params.values[0] + ARRAY_HEADER_BYTES, expected, sizeof expected - 1);
    arena_free(arena);
}

static void dates_count_from_2000(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena);
    struct columns *columns = columns_new(&params, "d", 2);
    put_date(columns, DAYS_1970_TO_2000 + 1);
    put_date(columns, 0);
    columns_close(columns);
    assert_memory_equal(params.values[0] + 20, "\0\0\0\4\0\0\0\1\0\0\0\4\xff\xff\xd5\x33", 16);
    arena_free(arena);
}

static void texts_of_any_length(void **state)
{
    (void)state;
    enum { ROWS = 100 };
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena);
    struct columns *columns = columns_new(&params, "t", ROWS);
    char text[ROWS * 10 + 1];
    for (int i = 0; i < ROWS; i++) {
        memset(text, 'a' + i % 26, sizeof text);
        text[i * 10] = '\0';
        put_text(columns, text);
    }
    columns_close(columns);
    const uint8_t *at = (const uint8_t *)params.values[0] + 20;
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(at[2] << 8 | at[3], i * 10);
        for (int j = 0; j < i * 10; j++)
            assert_int_equal(at[4 + j], 'a' + i % 26);
        at += 4 + i * 10;
    }
    assert_ptr_equal(at, (const uint8_t *)params.values[0] + params.lengths[0]);
    arena_free(arena);
}

static void no_rows_are_an_empty_array(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena);
    columns_close(columns_new(&params, "q", 0));
    assert_int_equal(params.lengths[0], 12);
    assert_memory_equal(params.values[0], "\0\0\0\0\0\0\0\0\0\0\0\24", 12);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_values),       cmocka_unit_test(rows_become_columns),
        cmocka_unit_test(lists_are_text),      cmocka_unit_test(dates_count_from_2000),
        cmocka_unit_test(texts_of_any_length), cmocka_unit_test(no_rows_are_an_empty_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
