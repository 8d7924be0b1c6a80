/* Payloads are hashed: their text must be what it was when the first one was stored. */
#include "server/commit/payload.c"

#include "tests/unit/unit.h"

static void texts_are_those_of_jansson(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{}",
        "{\"b\":1,\"a\":2,\"ab\":3,\"B\":4,\"_\":5,\"\":6}",
        "{\"n\":-9223372036854775808,\"m\":9223372036854775807,\"z\":0}",
        "{\"t\":true,\"f\":false,\"o\":null,\"list\":[],\"items\":{\"y\":\"ok\",\"x\":\"wrong\"}}",
        "{\"roles\":[\"a\",\"b\",[1,{}]]}",
        "{\"reason\":\"\\\"quoted\\\" \\\\ and \\/ \\b\\f\\n\\r\\t \\u0001\\u001f\\u007f\"}",
        "{\"k\\\"ey\\n\":\"上海第1贸易有限公司 😀 é\"}",
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *object = json_loads(rows[i], 0, NULL);
        char *expected = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
        assert_non_null(expected);
        assert_string_equal(payload_text(arena, object), expected);
        free(expected);
    }
    arena_free(arena);
}

static void texts_of_any_length(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t length = 0; length < 2000; length += 7) {
        char bytes[2001];
        memset(bytes, length % 2 == 0 ? 'x' : '\n', length);
        bytes[length] = '\0';
        json_t *object = json_pack("{ss}", "text", bytes);
        char *expected = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
        assert_string_equal(payload_text(arena, object), expected);
        free(expected);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_jansson),
        cmocka_unit_test(texts_of_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
