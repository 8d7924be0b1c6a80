/* The reader of JSON Lines: every line stands for itself, and numbers keep their digits. */
#include "client/jsonl.h"
#include "tests/unit/pieces.h"

struct expected {
    long line;
    const char *reason, *value; /* of the member "a" */
};
static const struct row {
    const char *text;
    struct expected records[4];
    int count;
} rows[] = {
    {"", {{0}}, 0},
    {"\n \r\n\t\n", {{0}}, 0},
    {"{\"a\":\"x\"}\n\n{\"a\":\"y\"}", {{1, NULL, "x"}, {3, NULL, "y"}}, 2},
    {"{\"a\":\"x\"}\r\n{\"a\":\"y\"}\r\n", {{1, NULL, "x"}, {2, NULL, "y"}}, 2},
    {"{\"a\":0.10}\n{\"a\": 12345678901234567890.5 }\n{\"b\":1,\"a\":-3}\n{\"a\":1E+2}",
     {{1, NULL, "0.10"}, {2, NULL, "12345678901234567890.5"}, {3, NULL, "-3"}, {4, NULL, "1E+2"}},
     4},
    {"{\"a\":9007199254740993}", {{1, NULL, "9007199254740993"}}, 1},
    {"{\"b\":\":1,\\\":2\",\"a\":\"\\u4e2d\"}", {{1, NULL, "中"}}, 1},
    {"{\"a\":01}\n{\"a\":1.}\n{\"a\":.5}\n{\"a\":1x}",
     {{1, "JSON", NULL}, {2, "JSON", NULL}, {3, "JSON", NULL}, {4, "JSON", NULL}},
     4},
    {"{1:2}\n{\"a\":\"1\",2:3}\n[1]\n12",
     {{1, "JSON", NULL}, {2, "JSON", NULL}, {3, "JSON", NULL}, {4, "JSON", NULL}},
     4},
    {"{\"a\":\"x\"\n{\"a\":\"x\",\"a\":\"y\"}\n{\"a\":[1.5]}\n{\"a\":\"\\u0000\"}",
     {{1, "JSON", NULL}, {2, "JSON", NULL}, {3, "JSON", NULL}, {4, "JSON", NULL}},
     4},
    {"{\"a\":\"\xff\"}\n{\"a\":\"x\"} {}\n{\"a\":null}",
     {{1, "NOT_UTF8", NULL}, {2, "JSON", NULL}, {3, NULL, NULL}},
     3},
};

static void check_row(const struct row *row, size_t piece)
{
    struct pieces pieces = {row->text, row->text + strlen(row->text), piece, false};
    struct jsonl jsonl;
    struct jsonl_record record;
    int n = 0;

    jsonl_open(&jsonl, pieces_read, &pieces);
    jsonl.window.step = piece;
    while (jsonl_next(&jsonl, &record)) {
        const struct expected *e = &row->records[n];
        assert_true(n < row->count);
        assert_int_equal(record.line, e->line);
        assert_int_equal(record.object == NULL, e->reason != NULL);
        if (e->reason != NULL)
            assert_string_equal(record.reason, e->reason);
        if (e->value != NULL)
            assert_string_equal(json_string_value(json_object_get(record.object, "a")), e->value);
        n++;
    }
    assert_int_equal(n, row->count);
    jsonl_close(&jsonl);
}

static void lines_are_read_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t p = 0; p < COUNT(piece_sizes); p++)
            check_row(&rows[i], piece_sizes[p]);
}

static void lines_keep_their_bytes(void **state)
{
    static const char text[] = " {\"a\": 1.50}\r\n{broken\n";
    struct pieces pieces = {text, text + sizeof text - 1, 2, false};
    struct jsonl jsonl;
    struct jsonl_record record;

    (void)state;
    jsonl_open(&jsonl, pieces_read, &pieces);
    assert_true(jsonl_next(&jsonl, &record));
    assert_int_equal(record.length, strlen(" {\"a\": 1.50}"));
    assert_memory_equal(record.start, text, record.length);
    assert_true(jsonl_next(&jsonl, &record));
    assert_int_equal(record.length, strlen("{broken"));
    assert_memory_equal(record.start, "{broken", record.length);
    assert_false(jsonl_next(&jsonl, &record));
    jsonl_close(&jsonl);
}

static void a_line_too_long_is_an_error(void **state)
{
    size_t length = 2 * JSONL_LINE_BYTES_MAX;
    char *text = malloc(length);
    struct pieces pieces = {text, text + length, 60000, false};
    struct jsonl jsonl;
    struct jsonl_record record;

    (void)state;
    assert_non_null(text);
    memset(text, '{', length);
    memcpy(text + length - 8, "\n{\"a\":1}", 8);
    jsonl_open(&jsonl, pieces_read, &pieces);
    assert_true(jsonl_next(&jsonl, &record));
    assert_string_equal(record.reason, "LINE_TOO_LONG");
    assert_true(record.length <= JSONL_LINE_BYTES_MAX);
    assert_true(jsonl_next(&jsonl, &record));
    assert_int_equal(record.line, 2);
    assert_non_null(record.object);
    jsonl_close(&jsonl);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read_one_by_one),
        cmocka_unit_test(lines_keep_their_bytes),
        cmocka_unit_test(a_line_too_long_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
