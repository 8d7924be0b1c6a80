/* The CSV reader: quotes, line ends, byte order mark, and the line that every record stands on. */
#include "client/csv.h"
#include "tests/unit/unit.h"

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
    {"\xef\xbb\xbf"
     "a,b\r\nc,d\r\n",
     {{1, 2, {"a", "b"}, 0}, {2, 2, {"c", "d"}, 0}},
     2},
    {"a,\n\nb,", {{1, 2, {"a", ""}, 0}, {3, 2, {"b", ""}, 0}}, 2},
    {"\"a,\"\"b\"\"\",c\n", {{1, 2, {"a,\"b\"", "c"}, 0}}, 1},
    {"\"two\nlines\",x\ny,z", {{1, 2, {"two\nlines", "x"}, 0}, {3, 2, {"y", "z"}, 0}}, 2},
    {"\"open,x\ny,z", {{1, 1, {"\"open,x"}, 1}, {2, 2, {"y", "z"}, 0}}, 2},
    {"a,\"open\n\"b\",c", {{1, 2, {"a", "\"open"}, 2}, {2, 2, {"b", "c"}, 0}}, 2},
    {"\"a\"b,c\nd,e", {{1, 2, {"ab", "c"}, 1}, {2, 2, {"d", "e"}, 0}}, 2},
    {"b,a\xff", {{1, 2, {"b", "a\xff"}, 2}}, 1},
    {"007,１２\n", {{1, 2, {"007", "１２"}, 0}}, 1},
};

static void records_are_read_with_their_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct csv csv;
        struct csv_record record;
        int n = 0;
        csv_open(&csv, rows[i].text, strlen(rows[i].text));
        while (csv_next(&csv, &record)) {
            const struct expected *e = &rows[i].records[n];
            assert_true(n < rows[i].count);
            assert_int_equal(record.line, e->line);
            assert_int_equal(record.count, e->count);
            assert_int_equal(record.error != NULL, e->wrong != 0);
            assert_int_equal(record.error_field + 1, e->wrong);
            for (int f = 0; f < e->count; f++)
                assert_string_equal(record.fields[f], e->fields[f]);
            csv_free(&record);
            n++;
        }
        assert_int_equal(n, rows[i].count);
    }
}

static void too_many_fields_are_an_error(void **state)
{
    char text[2 * CSV_FIELDS_MAX + 16];
    struct csv csv;
    struct csv_record record;

    (void)state;
    memset(text, ',', sizeof text);
    memcpy(text + sizeof text - 2, "\nx", 2);
    csv_open(&csv, text, sizeof text);
    assert_true(csv_next(&csv, &record));
    assert_non_null(record.error);
    csv_free(&record);
    assert_true(csv_next(&csv, &record));
    assert_int_equal(record.line, 2);
    csv_free(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_with_their_lines),
        cmocka_unit_test(too_many_fields_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
