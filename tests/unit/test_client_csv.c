/* The CSV reader: quotes, line ends, and the line that every record stands on, wherever its buffer ends. */
#include "client/csv.h"
#include "tests/unit/pieces.h"

struct expected {
    long line;
    int count;
    const char *fields[4];
    int wrong; /* 0, or 1 + the field that the error is about */
};
struct row {
    const char *text;
    struct expected records[4];
    int count;
};

static const struct row rows[] = {
    {"", {{0}}, 0},
    {"\n\r\n\n", {{0}}, 0},
    {"a,b", {{1, 2, {"a", "b"}, 0}}, 1},
    {"a,b\r\nc,d\r\n", {{1, 2, {"a", "b"}, 0}, {2, 2, {"c", "d"}, 0}}, 2},
    {"a,\n\nb,", {{1, 2, {"a", ""}, 0}, {3, 2, {"b", ""}, 0}}, 2},
    {"\"a,\"\"b\"\"\",c\n", {{1, 2, {"a,\"b\"", "c"}, 0}}, 1},
    {"\"two\nlines\",x\ny,z", {{1, 2, {"two\nlines", "x"}, 0}, {3, 2, {"y", "z"}, 0}}, 2},
    {"\"open,x\ny,z", {{1, 1, {"\"open,x"}, 1}, {2, 2, {"y", "z"}, 0}}, 2},
    {"a,\"open\n\"b\",c", {{1, 2, {"a", "\"open"}, 2}, {2, 2, {"b", "c"}, 0}}, 2},
    {"\"a\"b,c\nd,e", {{1, 2, {"ab", "c"}, 1}, {2, 2, {"d", "e"}, 0}}, 2},
    {"b,a\xff", {{1, 2, {"b", "a\xff"}, 2}}, 1},
    {"007,１２\n", {{1, 2, {"007", "１２"}, 0}}, 1},
};

static void check_row(const struct row *row, size_t piece)
{
    struct pieces pieces = {row->text, row->text + strlen(row->text), piece, false};
    struct csv csv;
    struct csv_record record;
    int n = 0;

    csv_open(&csv, pieces_read, &pieces);
    csv.window.step = piece;
    while (csv_next(&csv, &record)) {
        const struct expected *e = &row->records[n];
        assert_true(n < row->count);
        assert_int_equal(record.line, e->line);
        assert_int_equal(record.count, e->count);
        assert_int_equal(record.error != NULL, e->wrong != 0);
        assert_int_equal(record.error_field + 1, e->wrong);
        for (int f = 0; f < e->count; f++)
            assert_string_equal(record.fields[f], e->fields[f]);
        n++;
    }
    assert_int_equal(n, row->count);
    assert_int_equal(csv.window.error, 0);
    csv_close(&csv);
}

static void records_are_read_with_their_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t p = 0; p < COUNT(piece_sizes); p++)
            check_row(&rows[i], piece_sizes[p]);
}

static void reasons_are_words(void **state)
{
    static const char text[] = "\"a\"b\n\xff\n\"c\n";
    static const char *const reasons[] = {"CSV", "NOT_UTF8", "CSV"};
    struct pieces pieces = {text, text + sizeof text - 1, 1, false};
    struct csv csv;
    struct csv_record record;

    (void)state;
    csv_open(&csv, pieces_read, &pieces);
    for (size_t i = 0; i < COUNT(reasons); i++) {
        assert_true(csv_next(&csv, &record));
        assert_string_equal(record.reason, reasons[i]);
    }
    csv_close(&csv);
}

/* The bytes of a record are those of the file, whatever is wrong with it: they go to the reject file. */
static void records_keep_their_bytes(void **state)
{
    static const char text[] = "a,\"x\ny\"\r\n\"open,\r\n b ,\"\"\"\"\n";
    static const char *const kept[] = {"a,\"x\ny\"", "\"open,", " b ,\"\"\"\""};

    (void)state;
    for (size_t p = 0; p < COUNT(piece_sizes); p++) {
        struct pieces pieces = {text, text + sizeof text - 1, piece_sizes[p], false};
        struct csv csv;
        struct csv_record record;
        csv_open(&csv, pieces_read, &pieces);
        csv.window.step = piece_sizes[p];
        for (size_t i = 0; i < COUNT(kept); i++) {
            assert_true(csv_next(&csv, &record));
            assert_int_equal(record.length, strlen(kept[i]));
            assert_memory_equal(record.start, kept[i], record.length);
        }
        assert_false(csv_next(&csv, &record));
        csv_close(&csv);
    }
}

/* A first record that cannot be held, and a good one on the line after it. */
static void check_unwieldy(char *text, size_t length, const char *reason)
{
    struct pieces pieces = {text, text + length, 5000, false};
    struct csv csv;
    struct csv_record record;

    csv_open(&csv, pieces_read, &pieces);
    assert_true(csv_next(&csv, &record));
    assert_string_equal(record.reason, reason);
    assert_int_equal(record.error_field, -1);
    assert_true(record.length <= CSV_RECORD_BYTES_MAX);
    assert_true(csv_next(&csv, &record));
    assert_int_equal(record.line, 2);
    assert_string_equal(record.fields[0], "x");
    assert_false(csv_next(&csv, &record));
    csv_close(&csv);
}

static void too_many_fields_are_an_error(void **state)
{
    char text[2 * CSV_FIELDS_MAX + 16];

    (void)state;
    memset(text, ',', sizeof text);
    memcpy(text + sizeof text - 2, "\nx", 2);
    check_unwieldy(text, sizeof text, "CSV");
}

static void a_line_too_long_is_an_error(void **state)
{
    size_t length = 3 * CSV_RECORD_BYTES_MAX;
    char *text = malloc(length);

    (void)state;
    assert_non_null(text);
    memset(text, 'a', length);
    memcpy(text + length - 2, "\nx", 2);
    check_unwieldy(text, length, "LINE_TOO_LONG");
    free(text);
}

/* Memory does not grow with the file. */
static void memory_is_bounded(void **state)
{
    static char text[600000];
    struct pieces pieces = {text, text + sizeof text, sizeof text, false};
    struct csv csv;
    struct csv_record record;

    (void)state;
    for (size_t i = 0; i < sizeof text; i += 6)
        memcpy(text + i, "ab,cd\n", 6);
    csv_open(&csv, pieces_read, &pieces);
    for (int i = 0; i < 100000; i++)
        assert_true(csv_next(&csv, &record));
    assert_true(csv.window.room <= 4 * csv.window.step);
    assert_true(csv.room < 1000);
    csv_close(&csv);
}

static void a_read_that_fails_is_told(void **state)
{
    static const char text[] = "a,b\nc,d";
    struct pieces pieces = {text, text + sizeof text - 1, 3, true};
    struct csv csv;
    struct csv_record record;

    (void)state;
    csv_open(&csv, pieces_read, &pieces);
    while (csv_next(&csv, &record))
        continue;
    assert_int_equal(csv.window.error, EIO);
    csv_close(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_with_their_lines), cmocka_unit_test(reasons_are_words),
        cmocka_unit_test(records_keep_their_bytes),          cmocka_unit_test(too_many_fields_are_an_error),
        cmocka_unit_test(a_line_too_long_is_an_error),       cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_read_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
