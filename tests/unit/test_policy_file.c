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
    assert_true(policy_check_complete("p.cfg", &policy, message, sizeof message));
    assert_string_equal(policy.currency, "CNY");
    assert_int_equal(policy.window_months, 12);
    assert_int_equal(policy.band_count, 3);
    assert_int_equal(policy.bands[0].grade, GRADE_GREEN);
    assert_int_equal(policy.bands[0].from_minor, 500000000);
    assert_int_equal(policy.bands[2].grade, GRADE_RED);
    assert_int_equal(policy.below_lowest, GRADE_BLACK);
    assert_int_equal(policy.basis, BASIS_COUNT);
    assert_int_equal(policy.floor_bp, 7500);
    assert_int_equal(policy.rate_count, 0);
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
    "volume = { currency = \"CNY\"; window_months = 12;",
    "bands = ( { grade = \"green\"; from = \"5000.00\"; },",
    "{ grade = \"red\"; from = \"0.5\"; } );",
    "below_lowest = \"black\"; };",
    "fulfilment = { basis = \"amount\"; floor_bp = 7500; };",
    "rates = ( { currency = \"USD\"; from = \"2026-01-01\"; rate = \"7.1\"; },",
    "{ currency = \"USD\"; from = \"2026-07-01\"; rate = \"7.05\"; } );",
    "tests = ( { name = \"a\"; tier = \"key\"; volume = \"0.5\"; rate_bp = 7500; expect = \"red\"; },",
    "{ name = \"b\"; tier = \"ordinary\"; volume = \"0\"; rate_bp = -1; expect = \"ordinary\"; } );",
};
#define TEXT_BYTES 2048

static void text_with(size_t line, const char *replacement, char out[TEXT_BYTES])
{
    size_t used = 0;
    for (size_t i = 0; i < COUNT(right_lines); i++) {
        used += (size_t)snprintf(out + used, TEXT_BYTES - used, "%s\n", i + 1 == line ? replacement : right_lines[i]);
        assert_true(used < TEXT_BYTES);
    }
}

static void standing_is_read(void **state)
{
    (void)state;
    char text[TEXT_BYTES], message[512];
    struct policy policy;
    text_with(0, "", text);
    assert_true(parse(text, &policy, message));
    assert_string_equal(policy.currency, "CNY");
    assert_int_equal(policy.window_months, 12);
    assert_int_equal(policy.band_count, 2);
    assert_int_equal(policy.bands[0].grade, GRADE_GREEN);
    assert_int_equal(policy.bands[0].from_minor, 500000);
    assert_int_equal(policy.bands[1].grade, GRADE_RED);
    assert_int_equal(policy.bands[1].from_minor, 50);
    assert_int_equal(policy.below_lowest, GRADE_BLACK);
    assert_int_equal(policy.basis, BASIS_AMOUNT);
    assert_int_equal(policy.floor_bp, 7500);
    assert_int_equal(policy.vector_count, 2);
    assert_string_equal(policy.vectors[0].name, "a");
    assert_int_equal(policy.vectors[0].volume_minor, 50);
    assert_int_equal(policy.vectors[1].tier, TIER_ORDINARY);
    assert_int_equal(policy.vectors[1].rate_bp, -1);
    assert_int_equal(policy.vectors[1].expected, GRADE_NONE);
    assert_int_equal(policy.rate_count, 2);
    assert_string_equal(policy.rates[1].currency, "USD");
    assert_int_equal(policy.rates[1].from, civil_from_ymd(2026, 7, 1));
    assert_int_equal(policy.rates[1].rate, 705 * (POLICY_RATE_ONE / 100));
}

/* A stored version from before standing was computed is read; a file that comes into force is not. */
static void a_policy_without_standing_is_not_complete(void **state)
{
    (void)state;
    char text[TEXT_BYTES], message[512];
    struct policy policy;
    text_with(0, "", text);
    *strstr(text, "volume =") = '\0';
    assert_true(parse(text, &policy, message));
    assert_int_equal(policy.submit_days, 2);
    assert_int_equal(policy.band_count, 0);
    assert_false(policy_check_complete("p.cfg", &policy, message, sizeof message));
    assert_string_equal(message, "p.cfg:1: volume.currency: is required");
}

static const struct {
    size_t line;                       /* from 1 */
    const char *replacement, *message; /* message NULL: right */
} rows[] = {
    {3, "submit_days = 4;", NULL},
    {4, "verify_days = 1;", NULL},
    {7, "reserve_days = 0;", NULL},
    {6, "whole_days = 4;", NULL},
    {1, "submit_day = 1;", "p.cfg:1: submit_day: unknown key, the nearest is clocks.submit_days"},
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
    /* volume */
    {10, "volume = { currency = \"JPY\"; window_months = 1200;",
     "p.cfg:12: volume.bands[2].from: is \"0.5\", must have at most the 0 decimals of JPY"},
    {10, "volume = { window_months = 12;", "p.cfg:10: volume.currency: is required"},
    {10, "volume = { currency = \"CNY\";", "p.cfg:10: volume.window_months: is required"},
    {10, "volume = { currency = \"RMB\"; window_months = 12;",
     "p.cfg:10: volume.currency: is \"RMB\", must be a code of ISO 4217 such as \"CNY\""},
    {10, "volume = { currency = \"CNY\"; window_months = 0;",
     "p.cfg:10: volume.window_months: is 0, must be from 1 to 1200"},
    {10, "volume = { currency = \"CNY\"; window_month = 12;",
     "p.cfg:10: volume.window_month: unknown key, the nearest is volume.window_months"},
    {13, "below_lowest = \"red\"; };", NULL},
    {13, "};", "p.cfg:10: volume.below_lowest: is required"},
    {13, "below_lowest = \"yellow\"; };",
     "p.cfg:13: volume.below_lowest: is yellow, must not be better than the lowest band's, which is red"},
    {13, "below_lowest = \"ordinary\"; };",
     "p.cfg:13: volume.below_lowest: is \"ordinary\", must be one of green, yellow, red, black"},
    /* bands */
    {12, "{ grade = \"black\"; from = \"4999.99\"; } );", NULL},
    {12, "{ form = \"0.5\"; grade = \"red\"; } );",
     "p.cfg:12: volume.bands[2].form: unknown key, the nearest is volume.bands[2].from"},
    {12, "{ grade = \"red\"; } );", "p.cfg:12: volume.bands[2].from: is required"},
    {12, "{ grade = \"grey\"; from = \"0.5\"; } );",
     "p.cfg:12: volume.bands[2].grade: is \"grey\", must be one of green, yellow, red, black"},
    {12, "{ grade = \"red\"; from = 0.5; } );", "p.cfg:12: volume.bands[2].from: must be a text in \"quotes\""},
    {12, "{ grade = \"red\"; from = \"1,000.00\"; } );",
     "p.cfg:12: volume.bands[2].from: is \"1,000.00\", must be an amount such as \"5000000.00\""},
    {12, "{ grade = \"red\"; from = \"0.505\"; } );",
     "p.cfg:12: volume.bands[2].from: is \"0.505\", must have at most the 2 decimals of CNY"},
    {12, "{ grade = \"red\"; from = \"10000000000000.01\"; } );",
     "p.cfg:12: volume.bands[2].from: is \"10000000000000.01\", which is too large"},
    {12, "{ grade = \"red\"; from = \"0.00\"; } );",
     "p.cfg:12: volume.bands[2].from: is \"0.00\", must be more than 0"},
    {12, "{ grade = \"red\"; from = \"-1\"; } );", "p.cfg:12: volume.bands[2].from: is \"-1\", must be more than 0"},
    {12, "{ grade = \"red\"; from = \"5000\"; } );",
     "p.cfg:12: volume.bands[2].from: is \"5000\", must be less than that of the band before, which is \"5000.00\""},
    {12, "{ grade = \"green\"; from = \"0.5\"; } );",
     "p.cfg:12: volume.bands[2].grade: is green, must be worse than that of the band before, which is green"},
    {11, "bands = ( { grade = \"black\"; from = \"5000.00\"; },",
     "p.cfg:12: volume.bands[2].grade: is red, must be worse than that of the band before, which is black"},
    /* fulfilment */
    {14, "fulfilment = { basis = \"count\"; floor_bp = 10000; };", NULL},
    {14, "", "p.cfg:1: fulfilment.basis: is required"},
    {14, "fulfilment = { floor_bp = 7500; };", "p.cfg:14: fulfilment.basis: is required"},
    {14, "fulfilment = { basis = \"count\"; };", "p.cfg:14: fulfilment.floor_bp: is required"},
    {14, "fulfilment = { basis = \"sum\"; floor_bp = 7500; };",
     "p.cfg:14: fulfilment.basis: is \"sum\", must be one of count, amount"},
    {14, "fulfilment = { basis = \"count\"; floor_bp = 0; };",
     "p.cfg:14: fulfilment.floor_bp: is 0, must be from 1 to 10000"},
    {14, "fulfilment = { basis = \"count\"; floor_bp = 10001; };",
     "p.cfg:14: fulfilment.floor_bp: is 10001, must be from 1 to 10000"},
    {14, "fulfilment = { basis = \"count\"; floor = 7500; };",
     "p.cfg:14: fulfilment.floor: unknown key, the nearest is fulfilment.floor_bp"},
    /* rates */
    {16, "{ currency = \"EUR\"; from = \"2026-01-01\"; rate = \"8\"; } );", NULL},
    {16, "{ currency = \"USD\"; from = \"2026-01-01\"; rate = \"8\"; } );",
     "p.cfg:16: rates[2].from: USD from 2026-01-01 stands twice"},
    {16, "{ currency = \"CNY\"; from = \"2026-01-01\"; rate = \"8\"; } );",
     "p.cfg:16: rates[2].currency: is CNY, the currency of volume, which has no rate"},
    {16, "{ currency = \"XAU\"; from = \"2026-01-01\"; rate = \"8\"; } );",
     "p.cfg:16: rates[2].currency: is \"XAU\", must be a code of ISO 4217 such as \"CNY\""},
    {16, "{ currency = \"EUR\"; from = \"2026-02-29\"; rate = \"8\"; } );",
     "p.cfg:16: rates[2].from: is \"2026-02-29\", must be a date \"YYYY-MM-DD\""},
    {16, "{ currency = \"EUR\"; from = \"2026-01-01\"; rate = \"0\"; } );",
     "p.cfg:16: rates[2].rate: is \"0\", must be from 0.00000001 to 10000000.00000000"},
    {16, "{ currency = \"EUR\"; from = \"2026-01-01\"; rate = \"8.000000001\"; } );",
     "p.cfg:16: rates[2].rate: is \"8.000000001\", must have at most 8 decimals"},
    {16, "{ currency = \"EUR\"; rate = \"8\"; } );", "p.cfg:16: rates[2].from: is required"},
    /* tests */
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = -2; expect = \"red\"; } );",
     "p.cfg:18: tests[2].rate_bp: is -2, must be from -1 to 10000"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0.505\"; rate_bp = 0; expect = \"red\"; } );",
     "p.cfg:18: tests[2].volume: is \"0.505\", must have at most the 2 decimals of CNY"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"-1\"; rate_bp = 0; expect = \"red\"; } );",
     "p.cfg:18: tests[2].volume: is \"-1\", must not be less than 0"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; expect = \"grey\"; } );",
     "p.cfg:18: tests[2].expect: is \"grey\", must be one of green, yellow, red, black, ordinary"},
    {18, "{ name = \"b\"; tier = \"vip\"; volume = \"0\"; rate_bp = 0; expect = \"red\"; } );",
     "p.cfg:18: tests[2].tier: is \"vip\", must be one of key, ordinary"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_b = 0; expect = \"red\"; } );",
     "p.cfg:18: tests[2].rate_b: unknown key, the nearest is tests[2].rate_bp"},
    {18, "{ tier = \"key\"; volume = \"0\"; rate_bp = 0; expect = \"red\"; } );",
     "p.cfg:18: tests[2].name: is required"},
};

static void rates_without_volume_are_refused(void **state)
{
    (void)state;
    char text[TEXT_BYTES], message[512];
    struct policy policy;
    text_with(0, "", text);
    char *volume = strstr(text, "volume ="), *rates = strstr(text, "rates =");
    memmove(volume, rates, strlen(rates) + 1);
    assert_false(parse(text, &policy, message));
    assert_string_equal(message, "p.cfg:1: volume.currency: is required");
}

static void wrong_policies_are_refused_with_line_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[TEXT_BYTES], message[512];
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
        char line[512] = "verification = { items = [ \"i0\"", text[TEXT_BYTES], message[512];
        struct policy policy;
        for (int i = 1; i < count; i++) {
            size_t used = strlen(line);
            snprintf(line + used, sizeof line - used, ", \"i%d\"", i);
        }
        strncat(line, " ]; };", sizeof line - strlen(line) - 1);
        text_with(9, line, text);
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
        cmocka_unit_test(standing_is_read),
        cmocka_unit_test(a_policy_without_standing_is_not_complete),
        cmocka_unit_test(rates_without_volume_are_refused),
        cmocka_unit_test(wrong_policies_are_refused_with_line_and_key),
        cmocka_unit_test(items_up_to_the_limit_are_taken),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
