/* Reading results in text, as PostgreSQL writes them. */
#include "server/store/result.c"

#include "tests/unit/unit.h"

/* ---- units, which are another file's ---- */

void *txn_out(const struct txn *txn)
{
    static struct read_stamp stamp;

    (void)txn;
    return &stamp;
}

void txn_refuse(struct txn *txn, const char *why)
{
    (void)txn, (void)why;
}

/* ---- */

static struct arena *arena;

/* A result of one row; NULL: SQL NULL. */
static struct row row_of(const char *const *values, int count)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[16] = {0};

    for (int i = 0; i < count; i++)
        columns[i].name = (char *)"c";
    assert_int_equal(PQsetResultAttrs(result, count, columns), 1);
    for (int i = 0; i < count; i++)
        assert_int_equal(PQsetvalue(result, 0, i, (char *)values[i], values[i] == NULL ? -1 : (int)strlen(values[i])),
                         1);
    return (struct row){.result = result, .arena = arena};
}
#define ROW(...)                                                                                                       \
    row_of((const char *const[]){__VA_ARGS__}, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void clear(struct row *row)
{
    PQclear((PGresult *)row->result);
}

static void numbers_and_truth(void **state)
{
    (void)state;
    struct row row = ROW("0", "-1", "9223372036854775807", "-9223372036854775808", "t", "f", "32767");
    assert_int_equal(row_int(&row), 0);
    assert_int_equal(row_int(&row), -1);
    assert_true(row_int(&row) == INT64_MAX);
    assert_true(row_int(&row) == INT64_MIN);
    assert_int_equal(row_int(&row), 1);
    assert_int_equal(row_int(&row), 0);
    assert_int_equal(row_int(&row), 32767);
    clear(&row);
}

static void texts_and_null(void **state)
{
    (void)state;
    struct row row = ROW("绿名单", "", NULL, NULL, "7");
    assert_string_equal(row_text(&row), "绿名单");
    assert_string_equal(row_text(&row), "");
    assert_true(row_null(&row));
    assert_string_equal(row_text(&row), "");
    assert_int_equal(row_date(&row), 0);
    assert_false(row_null(&row));
    assert_int_equal(row_int(&row), 7);
    clear(&row);
}

static void dates_ids_and_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x00, 0xff, 0x5c};
    uint8_t bytes[3];
    struct row row = ROW("1970-01-02", "9999-12-31", "00000000-0000-0000-0000-0000000000ff", NULL, "\\x00ff5c");
    assert_int_equal(row_date(&row), 1);
    assert_int_equal(row_date(&row), civil_from_ymd(9999, 12, 31));
    struct uuid uuid = row_uuid(&row);
    assert_int_equal(uuid.bytes[15], 0xff);
    assert_true(uuid_is_zero(row_uuid(&row)));
    row_bytes(&row, bytes, sizeof bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
    clear(&row);
}

static void lists(void **state)
{
    (void)state;
    int64_t out[3] = {0};
    struct row row = ROW("{}", "{5}", "{1,-2,9223372036854775807}");
    assert_int_equal(row_int_list(&row, out, 3), 0);
    assert_int_equal(row_int_list(&row, out, 1), 1);
    assert_int_equal(out[0], 5);
    assert_int_equal(row_int_list(&row, out, 3), 3);
    assert_int_equal(out[1], -2);
    assert_true(out[2] == INT64_MAX);
    clear(&row);
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_truth),
        cmocka_unit_test(texts_and_null),
        cmocka_unit_test(dates_ids_and_bytes),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
