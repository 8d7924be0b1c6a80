/* The policy file: the shipped one, its keys, and the rules between them. Runs from the top of the repository. */
#include "server/policy_file.h"

#include "tests/unit/unit.h"

static struct arena *arena;

static bool parse(const char *text, struct policy *policy, char message[512])
{
    message[0] = '\0';
    return policy_parse("p.cfg", text, arena, policy, message, 512);
}

static void the_shipped_policy_is_that_of_the_regulation(void **state)
{
    (void)state;
    static const char *const items[] = {"basic_info", "licence",      "legal_rep",
                                        "statements", "trade_volume", "fulfilment"};
    char message[512] = "";
    struct policy policy;
    char *text = policy_read_file("deploy/policy.cfg", arena, message, sizeof message);
    assert_string_equal(message, "");
    assert_true(parse(text, &policy, message));
    assert_int_equal(policy.submit_days, 2);
    assert_int_equal(policy.verify_days, 3);
    assert_int_equal(policy.decide_days, 3);
    assert_int_equal(policy.whole_days, 10);
    assert_int_equal(policy.reserve_days, 1);
    assert_int_equal(policy.item_count, COUNT(items));
    for (size_t i = 0; i < COUNT(items); i++) {
        assert_string_equal(policy.items[i], items[i]);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    char message[512];
    assert_null(policy_read_file("deploy/no-such-policy.cfg", arena, message, sizeof message));
    assert_string_equal(message, "deploy/no-such-policy.cfg: No such file or directory");
}

/* The lines of a right policy; a test replaces or leaves out one. */
static const char *const right_lines[] = {
    "// A policy.",
    "clocks = {",
    "submit_days = 2;",
    "verify_days = 3;",
    "decide_days = 3;",
    "whole_days = 5;",
    "reserve_days = 1;",
    "};",
    "verification = { items = [ \"licence\" ]; };",
};

static void text_with(size_t line, const char *replacement, char out[1024])
{
    size_t used = 0;
    for (size_t i = 0; i < COUNT(right_lines); i++) {
        used += (size_t)snprintf(out + used, 1024 - used, "%s\n", i + 1 == line ? replacement : right_lines[i]);
        assert_true(used < 1024);
    }
}

static const struct {
    size_t line;                       /* from 1 */
    const char *replacement, *message; /* message NULL: right */
} rows[] = {
    {3, "submit_days = 4;", NULL},
    {4, "verify_days = 1;", NULL},
    {7, "reserve_days = 0;", NULL},
    {6, "whole_days = 4;", NULL},
    {1, "version = 1;", "p.cfg:1: version: unknown key, the nearest is verification.items"},
    {3, "", "p.cfg:2: clocks.submit_days: is required"},
    {4, "", "p.cfg:2: clocks.verify_days: is required"},
    {5, "", "p.cfg:2: clocks.decide_days: is required"},
    {6, "", "p.cfg:2: clocks.whole_days: is required"},
    {7, "", "p.cfg:2: clocks.reserve_days: is required"},
    {9, "", "p.cfg:1: verification.items: is required"},
    {3, "submit_days = 0;", "p.cfg:3: clocks.submit_days: is 0, must be from 1 to 365"},
    {4, "verify_days = 0;", "p.cfg:4: clocks.verify_days: is 0, must be from 1 to 365"},
    {5, "decide_days = 0;", "p.cfg:5: clocks.decide_days: is 0, must be from 1 to 365"},
    {6, "whole_days = 366;", "p.cfg:6: clocks.whole_days: is 366, must be from 1 to 365"},
    {7, "reserve_days = -1;", "p.cfg:7: clocks.reserve_days: is -1, must be from 0 to 365"},
    {7, "reserve_days = 5;", "p.cfg:7: clocks.reserve_days: is 5, must be less than whole_days, which is 5"},
    {4, "verify_days = 5;", "p.cfg:4: clocks.verify_days: is 5, must be at most whole_days - reserve_days, which is 4"},
    {3, "submit_days = 5;", "p.cfg:3: clocks.submit_days: is 5, must be at most whole_days - reserve_days, which is 4"},
    {5, "decide_days = 5;", "p.cfg:5: clocks.decide_days: is 5, must be at most whole_days - reserve_days, which is 4"},
    {5, "decide_hours = 3;", "p.cfg:5: clocks.decide_hours: unknown key, the nearest is clocks.decide_days"},
    {9, "verification = { items = [ ]; };", "p.cfg:9: verification.items: has 0 entries, must have from 1 to 32"},
    {9, "verification = { items = [ \"a\", \"a\" ]; };", "p.cfg:9: verification.items: \"a\" stands twice"},
};

static void wrong_policies_are_refused_with_line_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[1024], message[512];
        struct policy policy;
        text_with(rows[i].line, rows[i].replacement, text);
        bool done = parse(text, &policy, message);
        assert_string_equal(message, rows[i].message == NULL ? "" : rows[i].message);
        assert_int_equal(done, rows[i].message == NULL);
    }
}

static void items_up_to_the_limit_are_taken(void **state)
{
    (void)state;
    for (int count = POLICY_ITEMS_MAX; count <= POLICY_ITEMS_MAX + 1; count++) {
        char line[512] = "verification = { items = [ \"i0\"", text[1024], message[512];
        struct policy policy;
        for (int i = 1; i < count; i++) {
            size_t used = strlen(line);
            snprintf(line + used, sizeof line - used, ", \"i%d\"", i);
        }
        strncat(line, " ]; };", sizeof line - strlen(line) - 1);
        text_with(COUNT(right_lines), line, text);
        assert_int_equal(parse(text, &policy, message), count <= POLICY_ITEMS_MAX);
        if (count <= POLICY_ITEMS_MAX) {
            assert_int_equal(policy.item_count, count);
            assert_string_equal(policy.items[POLICY_ITEMS_MAX - 1], "i31");
        }
    }
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_policy_is_that_of_the_regulation),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(wrong_policies_are_refused_with_line_and_key),
        cmocka_unit_test(items_up_to_the_limit_are_taken),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
