/* Rows by the names of their columns, from CSV and from JSON Lines. */
#include <errno.h>
#include <unistd.h>

#include "client/rows.h"
#include "tests/unit/unit.h"

static char path[64];
static const struct rows_columns wanted = {.names = {"a", "b", "a"}, .needed = {true, false, true}, .count = 3};
static const struct rows_columns only = {.names = {"a", "b"}, .needed = {true, false}, .count = 2, .only = true};

static struct rows *open_text(const char *text, enum rows_format format, const struct rows_columns *columns,
                              struct failure *failure)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return rows_open(path, format, columns, failure);
}

static void check_cell(const char *cell, const char *expected)
{
    if (expected == NULL)
        assert_null(cell);
    else
        assert_string_equal(cell, expected);
}

/* The first row of the text has these cells. */
static void check_row(const char *text, enum rows_format format, const char *a, const char *b)
{
    struct failure failure;
    struct rows *rows = open_text(text, format, &wanted, &failure);
    struct row row;

    assert_non_null(rows);
    assert_int_equal(rows_next(rows, &row), ROWS_ROW);
    assert_null(row.reason);
    check_cell(row.cells[0], a);
    check_cell(row.cells[1], b);
    check_cell(row.cells[2], a);
    assert_int_equal(rows_next(rows, &row), ROWS_END);
    rows_close(rows);
}

static void cells_are_found_by_name(void **state)
{
    (void)state;
    check_row("x,b,a\n1,2,3\n", ROWS_CSV, "3", "2");
    check_row(" a ,\xe3\x80\x80\"b\"\n1,2\n", ROWS_CSV, "1", NULL);
    check_row("a\n1\n", ROWS_CSV, "1", NULL);
    check_row("a,b\n \xe3\x80\x80 001 , \xe3\x80\x80\n", ROWS_CSV, "001", NULL);
}

static void members_are_found_by_name(void **state)
{
    (void)state;
    check_row("{\"b\":2.50,\"a\":\" 1 \",\"x\":null}\n", ROWS_JSONL, "1", "2.50");
    check_row("{\"a\":true,\"b\":false}\n", ROWS_JSONL, "true", "false");
    check_row("{\"a\":null}\n", ROWS_JSONL, NULL, NULL);
}

static void check_bad_row(const char *text, enum rows_format format, const struct rows_columns *columns,
                          const char *reason, const char *column)
{
    struct failure failure;
    struct rows *rows = open_text(text, format, columns, &failure);
    struct row row;

    assert_non_null(rows);
    assert_int_equal(rows_next(rows, &row), ROWS_ROW);
    assert_string_equal(row.reason, reason);
    check_cell(row.column, column);
    assert_int_equal(rows_next(rows, &row), ROWS_ROW);
    assert_null(row.reason);
    rows_close(rows);
}

static void bad_rows_name_their_column(void **state)
{
    char text[ROWS_CELL_BYTES_MAX + 64];

    (void)state;
    check_bad_row("a,b\n1\n1,2\n", ROWS_CSV, &wanted, "FIELD_COUNT", NULL);
    check_bad_row("a,b\n1,\"2\n1,2\n", ROWS_CSV, &wanted, "CSV", "b");
    check_bad_row("a,c\n1,\xff\n1,2\n", ROWS_CSV, &wanted, "NOT_UTF8", "c");
    check_bad_row("{\"a\":1\n{\"a\":1}\n", ROWS_JSONL, &wanted, "JSON", NULL);
    check_bad_row("{\"a\":1,\"c\":2}\n{\"a\":1}\n", ROWS_JSONL, &only, "UNKNOWN_COLUMN", "c");
    memset(text, 'x', sizeof text);
    memcpy(text, "a,b\n1,", 6);
    memcpy(text + sizeof text - 6, "\n1,2\n", 6);
    check_bad_row(text, ROWS_CSV, &wanted, "FIELD_TOO_LONG", "b");
}

static void check_header(const char *text, const struct rows_columns *columns, const char *reason, const char *field)
{
    struct failure failure;

    assert_null(open_text(text, ROWS_CSV, columns, &failure));
    assert_string_equal(failure.reason, reason);
    assert_string_equal(failure.field, field);
    assert_int_equal(failure.code, EXIT_USAGE);
}

static void bad_headers_name_the_column(void **state)
{
    struct failure failure;
    struct rows *rows;

    (void)state;
    check_header("", &wanted, "MISSING_COLUMN", "");
    check_header("b,c\n", &wanted, "MISSING_COLUMN", "a");
    check_header("a,b,a\n", &wanted, "DUPLICATE_COLUMN", "a");
    check_header("a,c\n", &only, "UNKNOWN_COLUMN", "c");
    check_header("a,\"b\n", &wanted, "CSV", "\"b");
    check_header("a,\xff\n", &wanted, "NOT_UTF8", "\xff");
    rows = open_text("a,\"b\"\r\n1,2\n", ROWS_CSV, &wanted, &failure);
    assert_non_null(rows);
    assert_string_equal(rows_header(rows), "a,\"b\"");
    rows_close(rows);
}

static void files_that_cannot_be_read(void **state)
{
    struct failure failure;

    (void)state;
    assert_null(rows_open("/nowhere/at/all", ROWS_CSV, &wanted, &failure));
    assert_string_equal(failure.reason, "FILE");
    assert_null(rows_open("/", ROWS_CSV, &wanted, &failure));
    assert_string_equal(failure.reason, "FILE");
}

static int make_path(void **state)
{
    int file;

    (void)state;
    snprintf(path, sizeof path, "/tmp/test_client_rows.XXXXXX");
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
        cmocka_unit_test(cells_are_found_by_name),    cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(bad_rows_name_their_column), cmocka_unit_test(bad_headers_name_the_column),
        cmocka_unit_test(files_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
