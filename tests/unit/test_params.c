/* Parameters in PostgreSQL's binary format. */
#include "server/store/params.c"

#include "tests/unit/unit.h"

static const uint32_t row_types[ROW_TYPE_COUNT] = {[ROW_command_key] = 0x01020304,
                                                   [ROW_trade_key] = 16401,
                                                   [ROW_standing_write] = 16402,
                                                   [ROW_read_audit_write] = 16403};

static void single_values(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena, row_types);
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

static const uint8_t *bytes_of(const struct params *params, int number)
{
    return (const uint8_t *)params->values[number];
}

static void rows_are_an_array_of_records(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0, 0, 0,    1,    0,    0,    0,    0,    1,    2,    3, 4, 0, 0, 0, 2, 0, 0, 0, 1, /* header: 2 rows */
        0, 0, 0,    22,   0,    0,    0,    2,                /* a row: bytes, attributes */
        0, 0, 0,    21,   0,    0,    0,    2,    0,    7,    /* int2 7 */
        0, 0, 0x0b, 0x86, 0xff, 0xff, 0xff, 0xff,             /* uuid NULL */
        0, 0, 0,    38,   0,    0,    0,    2,                /* the second row */
        0, 0, 0,    21,   0,    0,    0,    2,    0xff, 0xff, /* int2 -1 */
        0, 0, 0x0b, 0x86, 0,    0,    0,    16,   9,    9,    9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9 /* uuid */
    };
    struct arena *arena = arena_new(0);
    struct params params;
    struct uuid uuid;
    memset(uuid.bytes, 9, sizeof uuid.bytes);
    params_init(&params, arena, row_types);
    struct rows *rows = rows_new(&params, ROW_command_key, 2);
    put_int(rows, 7);
    put_uuid_or_null(rows, (struct uuid){0});
    put_int(rows, -1);
    put_uuid_or_null(rows, uuid);
    rows_close(rows);
    assert_int_equal(params.count, 1);
    assert_int_equal(params.lengths[0], sizeof expected);
    assert_memory_equal(params.values[0], expected, sizeof expected);
    arena_free(arena);
}

static void lists_are_arrays_inside(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0, 0, 3, 0xed, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0,    21, /* no int2 */
        0, 0, 3, 0xf8, 0, 0, 0, 44, 0, 0, 0, 1, 0, 0, 0, 0, 0,    0,    0,    20,   0,    0,    0,    2,
        0, 0, 0, 1, /* two int8 */
        0, 0, 0, 8,    0, 0, 0, 0,  0, 0, 0, 5, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const int64_t values[] = {5, -1};
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena, row_types);
    struct rows *rows = rows_new(&params, ROW_read_audit_write, 1);
    put_int(rows, 1);
    put_int(rows, 2);
    put_int(rows, 3);
    put_text(rows, "");
    put_int_list(rows, NULL, 0);
    put_int_list(rows, values, 2);
    rows_close(rows);
    assert_memory_equal(bytes_of(&params, 0) + params.lengths[0] - sizeof expected, expected, sizeof expected);
    param_int8_list(&params, values, 1);
    assert_int_equal(params.lengths[1], 32);
    assert_memory_equal(bytes_of(&params, 1) + 8, "\0\0\0\24\0\0\0\1\0\0\0\1\0\0\0\10\0\0\0\0\0\0\0\5", 24);
    arena_free(arena);
}

static void dates_count_from_2000(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena, row_types);
    struct rows *rows = rows_new(&params, ROW_standing_write, 1);
    put_int(rows, 1);
    put_int(rows, 2);
    put_int(rows, 3);
    put_int(rows, 1);
    put_int_or_null(rows, 0);
    put_int(rows, 1);
    put_date(rows, 0);
    put_int(rows, 4);
    put_int_or_null(rows, 5);
    rows_close(rows);
    /* the last three attributes: 12 bytes of the date, 16 of each int8 */
    assert_memory_equal(bytes_of(&params, 0) + params.lengths[0] - 44, "\0\0\4\x3a\0\0\0\4\xff\xff\xd5\x33", 12);
    arena_free(arena);
}

static void texts_of_any_length(void **state)
{
    (void)state;
    enum { ROWS = 100 };
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena, row_types);
    struct rows *rows = rows_new(&params, ROW_trade_key, ROWS);
    char text[ROWS * 10 + 1];
    for (int i = 0; i < ROWS; i++) {
        memset(text, 'a' + i % 26, sizeof text);
        text[i * 10] = '\0';
        put_int(rows, i);
        put_text(rows, text);
    }
    rows_close(rows);
    const uint8_t *at = bytes_of(&params, 0) + ARRAY_HEADER_BYTES;
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(at[2] << 8 | at[3], 4 + 10 + 8 + i * 10);
        assert_int_equal(at[24] << 8 | at[25], i * 10);
        for (int j = 0; j < i * 10; j++)
            assert_int_equal(at[26 + j], 'a' + i % 26);
        at += 26 + i * 10;
    }
    assert_ptr_equal(at, bytes_of(&params, 0) + params.lengths[0]);
    arena_free(arena);
}

static void no_rows_are_an_empty_array(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct params params;
    params_init(&params, arena, row_types);
    rows_close(rows_new(&params, ROW_command_key, 0));
    assert_int_equal(params.lengths[0], 12);
    assert_memory_equal(params.values[0], "\0\0\0\0\0\0\0\0\1\2\3\4", 12);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_values),           cmocka_unit_test(rows_are_an_array_of_records),
        cmocka_unit_test(lists_are_arrays_inside), cmocka_unit_test(dates_count_from_2000),
        cmocka_unit_test(texts_of_any_length),     cmocka_unit_test(no_rows_are_an_empty_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
