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
    static const char *const items[] = {"basic_info",   "licence",    "legal_rep", "statements",
                                        "trade_volume", "fulfilment", "assessment"};
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
    assert_true(policy_check_new("p.cfg", text, &policy, message, sizeof message));
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
    assert_int_equal(policy.scorecard.combine, COMBINE_WORSE);
    assert_int_equal(policy.scorecard.factor_count, 11);
    assert_int_equal(policy.scorecard.bands[1].from, 65 * SCORE_POINT);
    assert_int_equal(policy.evidence_count, 7);
    assert_int_equal(policy.checklists[REVIEW_ADMISSION].count, 4);
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
    "scorecard = { combine = \"worse\"; valid_months = 12; warn_days = 30;", /* line 19 */
    "bands = ( { grade = \"green\"; from = \"80\"; }, { grade = \"red\"; from = \"0.0001\"; } );",
    "below_lowest = \"black\";",
    "factors = (",
    "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = (",
    "{ from = \"10\"; points = 100; },",
    "{ from = \"-2.5\"; points = 50; },",
    "{ points = 0; } ); },",
    "{ name = \"growth\"; group = \"capability\"; input = \"ratio\"; weight_bp = 3000; optional = true;",
    "points = ( { from = \"1.2\"; points = 7; }, { points = 0; } ); },",
    "{ name = \"dealings\"; group = \"capital\"; input = \"choice\"; weight_bp = 2000; points = (", /* line 29 */
    "{ choice = \"good\"; points = 100; },",
    "{ choice = \"some arrears\"; points = 10; } ); },",
    "{ name = \"pledge\"; group = \"environment\"; input = \"yes_no\"; weight_bp = 1000; points = (",
    "{ choice = \"no\"; points = 0; },",
    "{ choice = \"yes\"; points = 100; } ); } ); };",
    "evidence = ( { kind = \"licence\"; valid_months = 120; },",
    "{ kind = \"statement\"; valid_months = 6; } );",
    "reviews = ( { kind = \"admission\"; evidence = [ \"licence\", \"statement\" ]; },",
    "{ kind = \"change\"; evidence = [ ]; },",
    "{ kind = \"periodic\"; evidence = [ \"licence\" ]; } );", /* line 39 */
    "grades = (",
    "{ grade = \"green\"; limit_volume_bp = 3000; limit_least = \"1\"; limit_most = \"5.00\"; measures = [ \"a\", "
    "\"b\" ]; },",
    "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
    "{ grade = \"red\"; limit_volume_bp = 100000; limit_least = \"0\"; limit_most = \"9\"; measures = [ ]; },",
    "{ grade = \"black\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; } );", /* line
                                                                                                                  44 */
    "override = { level = \"director\"; most_days = 90; };",
    "demotion = { notice_days = 10; appeal_days = 5; };",
};
#define TEXT_BYTES 4096

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

static void the_scorecard_is_read(void **state)
{
    (void)state;
    char text[TEXT_BYTES], message[512];
    struct policy policy;
    text_with(18,
              "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = -1; score = \"0.5\"; expect = \"red\"; } );",
              text);
    assert_true(parse(text, &policy, message));
    const struct scorecard *card = &policy.scorecard;
    assert_int_equal(card->combine, COMBINE_WORSE);
    assert_int_equal(card->valid_months, 12);
    assert_int_equal(card->warn_days, 30);
    assert_int_equal(card->band_count, 2);
    assert_int_equal(card->bands[1].grade, GRADE_RED);
    assert_int_equal(card->bands[1].from, 1);
    assert_int_equal(card->below_lowest, GRADE_BLACK);
    assert_int_equal(card->factor_count, 4);
    const struct factor *years = &card->factors[0], *growth = &card->factors[1], *dealings = &card->factors[2];
    assert_string_equal(years->name, "years");
    assert_int_equal(years->group, FACTOR_GROUP_BASICS);
    assert_int_equal(years->input, FACTOR_INPUT_NUMBER);
    assert_int_equal(years->weight_bp, 4000);
    assert_true(years->required);
    assert_string_equal(years->evidence, "licence");
    assert_int_equal(years->row_count, 3);
    assert_int_equal(years->rows[1].from, -25000);
    assert_int_equal(years->rows[1].points, 50);
    assert_true(years->rows[2].rest && !years->rows[1].rest);
    assert_int_equal(growth->input, FACTOR_INPUT_RATIO);
    assert_false(growth->required);
    assert_null(growth->evidence);
    assert_string_equal(dealings->rows[1].choice, "some arrears");
    assert_int_equal(card->factors[3].input, FACTOR_INPUT_YES_NO);
    assert_int_equal(policy.evidence_count, 2);
    assert_int_equal(policy_evidence(&policy, "statement")->valid_months, 6);
    assert_null(policy_evidence(&policy, "years"));
    assert_int_equal(policy.checklists[REVIEW_ADMISSION].count, 2);
    assert_string_equal(policy.checklists[REVIEW_ADMISSION].kinds[1], "statement");
    assert_int_equal(policy.checklists[REVIEW_CHANGE].count, 0);
    assert_string_equal(policy.checklists[REVIEW_PERIODIC].kinds[0], "licence");
    assert_int_equal(policy.vectors[0].score, -1);
    assert_int_equal(policy.vectors[1].score, 5000);
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
    assert_false(policy_check_new("p.cfg", text, &policy, message, sizeof message));
    assert_string_equal(message, "p.cfg:1: volume.currency: is required");
}

#define EMERGENCY(keys) "emergency = { " keys " };"
#define E1              "minutes_most = 240;"
#define E2              "alone_level = \"director\";"
#define E3              "ask_level = \"manager\";"
#define E4              "review_days = 3;"
#define SCORES(weights) "demotion = { notice_days = 0; appeal_days = 0; }; scoreboard = { " weights " };"
#define W1              "submitted_bp = 3000;"
#define W2              "met_bp = 1000;"
#define W3              "verified_bp = 2000;"
#define W4              "decided_bp = 1000;"
#define W5              "recorded_bp = 1000;"
#define W6              "not_returned_bp = 1000;"
#define W7              "not_reversed_bp = 1000;"

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
    {7, "reserve_days = 0; counting = \"moved\";", NULL},
    {7, "reserve_days = 0; counting = \"lunar\";",
     "p.cfg:7: clocks.counting: is \"lunar\", must be one of natural, moved, working"},
    {7, "reserve_days = 0; extended_decide_days = 5;", NULL},
    {7, "reserve_days = 0; extended_decide_days = 0;",
     "p.cfg:7: clocks.extended_decide_days: is 0, must be from 1 to 365"},
    {7, "reserve_days = 0; extended_decide_days = 2;",
     "p.cfg:7: clocks.extended_decide_days: is 2, must be at least decide_days, which is 3"},
    {7, "reserve_days = 0; extended_decide_days = 6;",
     "p.cfg:7: clocks.extended_decide_days: is 6, must be at most whole_days - reserve_days, which is 5"},
    {7, "reserve_days = 0; remind_days = 366;", "p.cfg:7: clocks.remind_days: is 366, must be from 0 to 365"},
    {7, "reserve_days = 0; escalate_days = -1;", "p.cfg:7: clocks.escalate_days: is -1, must be from 0 to 365"},
    {7, "reserve_days = 0; pause_days = -1;", "p.cfg:7: clocks.pause_days: is -1, must be from 0 to 365"},
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
    /* scorecard */
    {19, "scorecard = { combine = \"better\"; valid_months = 120; warn_days = 0;", NULL},
    {19, "scorecard = { valid_months = 12; warn_days = 30;", "p.cfg:19: scorecard.combine: is required"},
    {19, "scorecard = { combine = \"best\"; valid_months = 12; warn_days = 30;",
     "p.cfg:19: scorecard.combine: is \"best\", must be one of volume, worse, better, score"},
    {19, "scorecard = { combine = 1; valid_months = 12; warn_days = 30;",
     "p.cfg:19: scorecard.combine: must be a text in \"quotes\""},
    {19, "scorecard = { combine = \"worse\"; warn_days = 30;", "p.cfg:19: scorecard.valid_months: is required"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 0; warn_days = 30;",
     "p.cfg:19: scorecard.valid_months: is 0, must be from 1 to 120"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 121; warn_days = 30;",
     "p.cfg:19: scorecard.valid_months: is 121, must be from 1 to 120"},
    {19, "scorecard = { combine = \"worse\"; valid_months = \"12\"; warn_days = 30;",
     "p.cfg:19: scorecard.valid_months: must be a whole number"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 12; ", "p.cfg:19: scorecard.warn_days: is required"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 12; warn_days = -1;",
     "p.cfg:19: scorecard.warn_days: is -1, must be from 0 to 365"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 12; warn_days = 366;",
     "p.cfg:19: scorecard.warn_days: is 366, must be from 0 to 365"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 12; warn_days = 1.5;",
     "p.cfg:19: scorecard.warn_days: must be a whole number"},
    {19, "scorecard = { combine = \"worse\"; valid_months = 12; warn_days = 30; warn_day = 3;",
     "p.cfg:19: scorecard.warn_day: unknown key, the nearest is scorecard.warn_days"},
    /* its bands */
    {20, "bands = ( { grade = \"green\"; from = \"100\"; }, { grade = \"black\"; from = \"99.9999\"; } );", NULL},
    {20, "", "p.cfg:19: scorecard.bands: is required"},
    {20, "bands = [ \"green\" ];", "p.cfg:20: scorecard.bands: must be a list ( { ... }, ... )"},
    {20, "bands = (  );", "p.cfg:20: scorecard.bands: has 0 entries, must have from 1 to 4"},
    {20, "bands = ( { }, { }, { }, { }, { } );", "p.cfg:20: scorecard.bands: has 5 entries, must have from 1 to 4"},
    {20, "bands = ( { from = \"80\"; } );", "p.cfg:20: scorecard.bands[1].grade: is required"},
    {20, "bands = ( { grade = \"red\"; } );", "p.cfg:20: scorecard.bands[1].from: is required"},
    {20, "bands = ( { grade = \"red\"; from = 50; } );",
     "p.cfg:20: scorecard.bands[1].from: must be a text in \"quotes\""},
    {20, "bands = ( { grade = \"red\"; form = \"50\"; } );",
     "p.cfg:20: scorecard.bands[1].form: unknown key, the nearest is scorecard.bands[1].from"},
    {20, "bands = ( { grade = \"grey\"; from = \"50\"; } );",
     "p.cfg:20: scorecard.bands[1].grade: is \"grey\", must be one of green, yellow, red, black"},
    {20, "bands = ( { grade = \"green\"; from = \"80\"; }, { grade = \"green\"; from = \"50\"; } );",
     "p.cfg:20: scorecard.bands[2].grade: is green, must be worse than that of the band before, which is green"},
    {20, "bands = ( { grade = \"red\"; from = \"80\"; }, { grade = \"yellow\"; from = \"50\"; } );",
     "p.cfg:20: scorecard.bands[2].grade: is yellow, must be worse than that of the band before, which is red"},
    {20, "bands = ( { grade = \"green\"; from = \"80\"; }, { grade = \"red\"; from = \"80.0\"; } );",
     "p.cfg:20: scorecard.bands[2].from: is \"80.0\", must be less than that of the band before, which is \"80\""},
    {20, "bands = ( { grade = \"green\"; from = \"100.0001\"; } );",
     "p.cfg:20: scorecard.bands[1].from: is \"100.0001\", must be from 0.0001 to 100.0000"},
    {20, "bands = ( { grade = \"green\"; from = \"0\"; } );",
     "p.cfg:20: scorecard.bands[1].from: is \"0\", must be from 0.0001 to 100.0000"},
    {20, "bands = ( { grade = \"green\"; from = \"99999999999999999999\"; } );",
     "p.cfg:20: scorecard.bands[1].from: is \"99999999999999999999\", must be from 0.0001 to 100.0000"},
    {20, "bands = ( { grade = \"green\"; from = \"80.00001\"; } );",
     "p.cfg:20: scorecard.bands[1].from: is \"80.00001\", must have at most 4 decimals"},
    {20, "bands = ( { grade = \"green\"; from = \"many\"; } );",
     "p.cfg:20: scorecard.bands[1].from: is \"many\", must be a decimal number such as \"7.25\""},
    {21, "below_lowest = \"red\";", NULL},
    {21, "", "p.cfg:19: scorecard.below_lowest: is required"},
    {21, "below_lowest = \"yellow\";",
     "p.cfg:21: scorecard.below_lowest: is yellow, must not be better than the lowest band's, which is red"},
    {21, "below_lowest = \"none\";",
     "p.cfg:21: scorecard.below_lowest: is \"none\", must be one of green, yellow, red, black"},
    /* factors */
    {23, "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; points = (", NULL},
    {23, "{ group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].name: is required"},
    {23, "{ name = \"\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].name: has 0 characters, must have from 1 to 40"},
    {23,
     "{ name = \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"; group = \"basics\"; input = \"number\"; weight_bp = "
     "4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].name: has 41 characters, must have from 1 to 40"},
    {23,
     "{ name = \"Years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].name: is \"Years\", must be small letters, digits and _ only"},
    {23,
     "{ name = \"years=1\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = "
     "(",
     "p.cfg:23: scorecard.factors[1].name: is \"years=1\", must be small letters, digits and _ only"},
    {29, "{ name = \"years\"; group = \"capital\"; input = \"choice\"; weight_bp = 2000; points = (",
     "p.cfg:29: scorecard.factors[3].name: \"years\" stands twice"},
    {23, "{ name = \"years\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].group: is required"},
    {23,
     "{ name = \"years\"; group = \"money\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].group: is \"money\", must be one of basics, capability, capital, environment"},
    {23, "{ name = \"years\"; group = \"basics\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].input: is required"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"text\"; weight_bp = 4000; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].input: is \"text\", must be one of number, yes_no, choice, ratio"},
    {23, "{ name = \"years\"; group = \"basics\"; input = \"number\"; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].weight_bp: is required"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 0; evidence = \"licence\"; points = (",
     "p.cfg:23: scorecard.factors[1].weight_bp: is 0, must be from 1 to 10000"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 10001; evidence = \"licence\"; points = "
     "(",
     "p.cfg:23: scorecard.factors[1].weight_bp: is 10001, must be from 1 to 10000"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = \"4000\"; evidence = \"licence\"; points "
     "= (",
     "p.cfg:23: scorecard.factors[1].weight_bp: must be a whole number"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 3999; evidence = \"licence\"; points = (",
     "p.cfg:22: scorecard.factors: the weights are 9999 basis points together, must be 10000"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4001; evidence = \"licence\"; points = (",
     "p.cfg:22: scorecard.factors: the weights are 10001 basis points together, must be 10000"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"passport\"; points = "
     "(",
     "p.cfg:23: scorecard.factors[1].evidence: is \"passport\", which `evidence` does not have"},
    {23, "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"\"; points = (",
     "p.cfg:23: scorecard.factors[1].evidence: has 0 characters, must have from 1 to 40"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; optional = "
     "1; points = (",
     "p.cfg:23: scorecard.factors[1].optional: must be true or false"},
    {23,
     "{ name = \"years\"; group = \"basics\"; input = \"number\"; weight_bp = 4000; evidence = \"licence\"; weight = "
     "1; points = (",
     "p.cfg:23: scorecard.factors[1].weight: unknown key, the nearest is scorecard.factors[1].weight_bp"},
    {28, "points = ( ); },", "p.cfg:28: scorecard.factors[2].points: has 0 entries, must have from 1 to 12"},
    {28, "},", "p.cfg:27: scorecard.factors[2].points: is required"},
    {28, "points = 7; },", "p.cfg:28: scorecard.factors[2].points: must be a list ( { ... }, ... )"},
    /* rows of numbers and ratios */
    {28, "points = ( { points = 7; } ); },", NULL},
    {24, "{ from = \"10\"; points = 0; },", NULL},
    {24, "{ from = \"10\"; points = 101; },",
     "p.cfg:24: scorecard.factors[1].points[1].points: is 101, must be from 0 to 100"},
    {24, "{ from = \"10\"; points = -1; },",
     "p.cfg:24: scorecard.factors[1].points[1].points: is -1, must be from 0 to 100"},
    {24, "{ from = \"10\"; },", "p.cfg:24: scorecard.factors[1].points[1].points: is required"},
    {24, "{ points = 100; },", "p.cfg:24: scorecard.factors[1].points[1].from: is required in every row but the last"},
    {25, "{ points = 50; },", "p.cfg:25: scorecard.factors[1].points[2].from: is required in every row but the last"},
    {26, "{ from = \"-3\"; points = 0; } ); },",
     "p.cfg:26: scorecard.factors[1].points[3].from: must be absent: the last row is for all below the others"},
    {28, "points = ( { from = \"1.2\"; points = 7; } ); },",
     "p.cfg:28: scorecard.factors[2].points[1].from: must be absent: the last row is for all below the others"},
    {25, "{ from = \"10.0\"; points = 50; },",
     "p.cfg:25: scorecard.factors[1].points[2].from: is \"10.0\", must be less than that of the row before, which is "
     "\"10\""},
    {25, "{ from = \"11\"; points = 50; },",
     "p.cfg:25: scorecard.factors[1].points[2].from: is \"11\", must be less than that of the row before, which is "
     "\"10\""},
    {25, "{ from = \"ten\"; points = 50; },",
     "p.cfg:25: scorecard.factors[1].points[2].from: is \"ten\", must be a decimal number such as \"7.25\""},
    {25, "{ from = \"1.23456\"; points = 50; },",
     "p.cfg:25: scorecard.factors[1].points[2].from: is \"1.23456\", must have at most 4 decimals"},
    {24, "{ from = \"100000000000.0001\"; points = 100; },",
     "p.cfg:24: scorecard.factors[1].points[1].from: is \"100000000000.0001\", must be from -100000000000.0000 to "
     "100000000000.0000"},
    {25, "{ choice = \"few\"; points = 50; },",
     "p.cfg:25: scorecard.factors[1].points[2].choice: is for input \"choice\" only"},
    {26, "{ choice = \"few\"; points = 0; } ); },",
     "p.cfg:26: scorecard.factors[1].points[3].choice: is for input \"choice\" only"},
    {28, "points = ( { choice = \"more\"; points = 7; } ); },",
     "p.cfg:28: scorecard.factors[2].points[1].choice: is for input \"choice\" only"},
    /* rows of choices */
    {30, "{ choice = \"good\"; points = 7; },", NULL},
    {30, "{ points = 100; },", "p.cfg:30: scorecard.factors[3].points[1].choice: is required"},
    {30, "{ from = \"1\"; points = 100; },",
     "p.cfg:30: scorecard.factors[3].points[1].from: is for numbers and ratios only"},
    {31, "{ choice = \"good\"; points = 10; } ); },",
     "p.cfg:31: scorecard.factors[3].points[2].choice: \"good\" stands twice"},
    {30, "{ choice = \"ccccccccccccccccccccccccccccccccccccccccc\"; points = 100; },",
     "p.cfg:30: scorecard.factors[3].points[1].choice: has 41 characters, must have from 1 to 40"},
    {30, "{ choice = \"\"; points = 100; },",
     "p.cfg:30: scorecard.factors[3].points[1].choice: has 0 characters, must have from 1 to 40"},
    {30, "{ choice = \"a\\nb\"; points = 100; },",
     "p.cfg:30: scorecard.factors[3].points[1].choice: must be UTF-8 without control characters"},
    {33, "{ choice = \"maybe\"; points = 0; },",
     "p.cfg:33: scorecard.factors[4].points[1].choice: is \"maybe\", must be \"yes\" or \"no\""},
    {33, "", "p.cfg:32: scorecard.factors[4].points: must have a row for \"yes\" and one for \"no\""},
    {33, "{ choice = \"yes\"; points = 0; },", "p.cfg:34: scorecard.factors[4].points[2].choice: \"yes\" stands twice"},
    {33, "{ from = \"1\"; points = 0; },",
     "p.cfg:33: scorecard.factors[4].points[1].from: is for numbers and ratios only"},
    /* evidence */
    {35, "evidence = ( { valid_months = 120; },", "p.cfg:35: evidence[1].kind: is required"},
    {35, "evidence = ( { kind = \"licence\"; },", "p.cfg:35: evidence[1].valid_months: is required"},
    {36, "{ kind = \"statement\"; valid_months = 0; } );",
     "p.cfg:36: evidence[2].valid_months: is 0, must be from 1 to 120"},
    {36, "{ kind = \"statement\"; valid_months = 121; } );",
     "p.cfg:36: evidence[2].valid_months: is 121, must be from 1 to 120"},
    {36, "{ kind = \"Statement\"; valid_months = 6; } );",
     "p.cfg:36: evidence[2].kind: is \"Statement\", must be small letters, digits and _ only"},
    {36, "{ kind = \"licence\"; valid_months = 6; } );", "p.cfg:36: evidence[2].kind: \"licence\" stands twice"},
    {36, "{ kind = \"statement\"; valid_month = 6; } );",
     "p.cfg:36: evidence[2].valid_month: unknown key, the nearest is evidence[2].valid_months"},
    /* reviews */
    {38, "{ kind = \"change\"; evidence = [ \"statement\" ]; },", NULL},
    {38, "{ kind = \"admission\"; evidence = [ ]; },", "p.cfg:38: reviews[2].kind: \"admission\" stands twice"},
    {38, "", "p.cfg:37: reviews: has none of kind \"change\""},
    {38, "{ evidence = [ ]; },", "p.cfg:38: reviews[2].kind: is required"},
    {38, "{ kind = \"yearly\"; evidence = [ ]; },",
     "p.cfg:38: reviews[2].kind: is \"yearly\", must be one of admission, change, periodic"},
    {38, "{ kind = \"change\"; },", "p.cfg:38: reviews[2].evidence: is required"},
    {38, "{ kind = \"change\"; evidence = \"licence\"; },",
     "p.cfg:38: reviews[2].evidence: must be a list [ \"...\", ... ]"},
    {38, "{ kind = \"change\"; evidence = [ \"passport\" ]; },",
     "p.cfg:38: reviews[2].evidence: is \"passport\", which `evidence` does not have"},
    {38, "{ kind = \"change\"; evidence = [ \"licence\", \"licence\" ]; },",
     "p.cfg:38: reviews[2].evidence: \"licence\" stands twice"},
    {38, "{ kind = \"change\"; evidences = [ ]; },",
     "p.cfg:38: reviews[2].evidences: unknown key, the nearest is reviews[2].evidence"},
    {39, "{ kind = \"periodic\"; evidence = [ ]; }, { kind = \"change\"; evidence = [ ]; } );",
     "p.cfg:37: reviews: has 4 entries, must have from 0 to 3"},
    /* grades, override, demotion */
    {42, "", "p.cfg:40: grades: has 3 entries, must have from 4 to 4"},
    {42, "{ grade = \"green\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].grade: is green, must be yellow: every grade once, best first"},
    {42, "{ grade = \"red\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].grade: is red, must be yellow: every grade once, best first"},
    {42, "{ limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].grade: is required"},
    {42, "{ grade = \"yellow\"; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_volume_bp: is required"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_least: is required"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_most: is required"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; },",
     "p.cfg:42: grades[2].measures: is required"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = -1; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_volume_bp: is -1, must be from 0 to 100000"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 100001; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_volume_bp: is 100001, must be from 0 to 100000"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = \"0\"; limit_least = \"0\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_volume_bp: must be a whole number"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"-0.01\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_least: is \"-0.01\", must not be less than 0"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0.001\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_least: is \"0.001\", must have at most the 2 decimals of CNY"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"much\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_most: is \"much\", must be an amount such as \"5000000.00\""},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0.01\"; limit_most = \"0\"; measures = [ ]; },",
     "p.cfg:42: grades[2].limit_most: is \"0\", must not be less than limit_least, which is \"0.01\""},
    {42,
     "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ \"x\", \"x\" ]; "
     "},",
     "p.cfg:42: grades[2].measures: \"x\" stands twice"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measures = [ \" \" ]; },",
     "p.cfg:42: grades[2].measures: entry 1 is blank"},
    {42, "{ grade = \"yellow\"; limit_volume_bp = 0; limit_least = \"0\"; limit_most = \"0\"; measure = [ ]; },",
     "p.cfg:42: grades[2].measure: unknown key, the nearest is grades[2].measures"},
    {45, "override = { level = \"clerk\"; most_days = 1; };", NULL},
    {45, "", NULL},
    {45, "override = { level = \"boss\"; most_days = 90; };",
     "p.cfg:45: override.level: is \"boss\", must be one of clerk, supervisor, manager, director"},
    {45, "override = { level = \"director\"; };", "p.cfg:45: override.most_days: is required"},
    {45, "override = { most_days = 9; };", "p.cfg:45: override.level: is required"},
    {45, "override = { level = \"director\"; most_days = 0; };",
     "p.cfg:45: override.most_days: is 0, must be from 1 to 365"},
    {45, "override = { level = \"director\"; most_days = 366; };",
     "p.cfg:45: override.most_days: is 366, must be from 1 to 365"},
    {45, EMERGENCY("minutes_most = 1440;" E2 E3 E4), NULL},
    {45, EMERGENCY(E1 "alone_level = \"manager\";" E3 E4), NULL},
    {45, EMERGENCY(E2 E3 E4), "p.cfg:45: emergency.minutes_most: is required"},
    {45, EMERGENCY(E1 E3 E4), "p.cfg:45: emergency.alone_level: is required"},
    {45, EMERGENCY(E1 E2 E4), "p.cfg:45: emergency.ask_level: is required"},
    {45, EMERGENCY(E1 E2 E3), "p.cfg:45: emergency.review_days: is required"},
    {45, EMERGENCY("minutes_most = 0;" E2 E3 E4), "p.cfg:45: emergency.minutes_most: is 0, must be from 1 to 1440"},
    {45, EMERGENCY("minutes_most = 1441;" E2 E3 E4),
     "p.cfg:45: emergency.minutes_most: is 1441, must be from 1 to 1440"},
    {45, EMERGENCY(E1 E2 E3 "review_days = 0;"), "p.cfg:45: emergency.review_days: is 0, must be from 1 to 365"},
    {45, EMERGENCY(E1 "alone_level = \"supervisor\";" E3 E4),
     "p.cfg:45: emergency.alone_level: is supervisor, must not be below ask_level, which is manager"},
    {46, "", NULL},
    {46, "demotion = { notice_days = 0; appeal_days = 0; };", NULL},
    {46, SCORES(W1 W2 W3 W4 W5 W6 W7), NULL},
    {46, SCORES("submitted_bp = 2000;" W2 W3 W4 W5 W6 W7 "not_overridden_bp = 1000;"), NULL},
    {46, SCORES("submitted_bp = 2999;" W2 W3 W4 W5 W6 W7),
     "p.cfg:46: scoreboard: the weights are 9999 basis points together, must be 10000"},
    {46, SCORES("submitted_bp = 10001;" W2 W3 W4 W5 W6 W7),
     "p.cfg:46: scoreboard.submitted_bp: is 10001, must be from 0 to 10000"},
    {46, SCORES(W2 W3 W4 W5 W6 W7), "p.cfg:46: scoreboard.submitted_bp: is required"},
    {46, SCORES(W1 W3 W4 W5 W6 W7), "p.cfg:46: scoreboard.met_bp: is required"},
    {46, SCORES(W1 W2 W4 W5 W6 W7), "p.cfg:46: scoreboard.verified_bp: is required"},
    {46, SCORES(W1 W2 W3 W5 W6 W7), "p.cfg:46: scoreboard.decided_bp: is required"},
    {46, SCORES(W1 W2 W3 W4 W6 W7), "p.cfg:46: scoreboard.recorded_bp: is required"},
    {46, SCORES(W1 W2 W3 W4 W5 W7), "p.cfg:46: scoreboard.not_returned_bp: is required"},
    {46, SCORES(W1 W2 W3 W4 W5 W6), "p.cfg:46: scoreboard.not_reversed_bp: is required"},
    {46, SCORES(W1 W2 W3 W4 W5 W6 W7 "punctual_bp = 1;"),
     "p.cfg:46: scoreboard.punctual_bp: unknown key, the nearest is scoreboard.submitted_bp"},
    {46, "demotion = { notice_days = 366; appeal_days = 5; };",
     "p.cfg:46: demotion.notice_days: is 366, must be from 0 to 365"},
    {46, "demotion = { notice_days = 4; appeal_days = 5; };",
     "p.cfg:46: demotion.appeal_days: is 5, must be at most notice_days, which is 4"},
    {46, "demotion = { notice_days = 4; };", "p.cfg:46: demotion.appeal_days: is required"},
    {46, "demotion = { appeal_days = 4; };", "p.cfg:46: demotion.notice_days: is required"},
    {46, "demotion = { notice_days = 4; appeal_days = 3; notice = 1; };",
     "p.cfg:46: demotion.notice: unknown key, the nearest is demotion.notice_days"},
    /* tests with a score */
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"0\"; expect = \"red\"; } );", NULL},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"100\"; expect = \"red\"; } );", NULL},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"82.0625\"; expect = \"red\"; } );",
     NULL},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = 82; expect = \"red\"; } );",
     "p.cfg:18: tests[2].score: must be a text in \"quotes\""},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"100.0001\"; expect = \"red\"; } );",
     "p.cfg:18: tests[2].score: is \"100.0001\", must be from 0.0000 to 100.0000"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"-0.0001\"; expect = \"red\"; } );",
     "p.cfg:18: tests[2].score: is \"-0.0001\", must be from 0.0000 to 100.0000"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"0.00001\"; expect = \"red\"; } );",
     "p.cfg:18: tests[2].score: is \"0.00001\", must have at most 4 decimals"},
    {18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"high\"; expect = \"red\"; } );",
     "p.cfg:18: tests[2].score: is \"high\", must be a decimal number such as \"7.25\""},
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

/* Several lines of the right policy, from one beginning to another (NULL: the end), replaced. */
static void a_part_may_be_absent_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *replacement, *message; /* message NULL: right */
    } parts[] = {
        {"scorecard =", NULL, "", NULL},
        {"scorecard =", "evidence = (", "", NULL},
        {"evidence = (", "reviews =", "",
         "p.cfg:35: reviews[1].evidence: is \"licence\", which `evidence` does not have"},
        {"evidence = (", NULL, "", "p.cfg:1: reviews: has none of kind \"admission\""},
        {"factors =", "evidence = (", "};\n", "p.cfg:19: scorecard.factors: is required"},
        {"factors =", "evidence = (", "factors = 1; };\n",
         "p.cfg:22: scorecard.factors: must be a list ( { ... }, ... )"},
        {"factors =", "evidence = (", "factors = ( ); };\n",
         "p.cfg:22: scorecard.factors: has 0 entries, must have from 1 to 32"},
        {"factors =", "evidence = (", "factors = ( 1 ); };\n",
         "p.cfg:22: scorecard.factors: entry 1 must be a group { ... }"},
        {"evidence = (", "reviews =", "evidence = 1;\n", "p.cfg:35: evidence: must be a list ( { ... }, ... )"},
        {"reviews =", NULL, "reviews = [ 1 ];", "p.cfg:37: reviews: must be a list ( { ... }, ... )"},
        {"volume =", "scorecard =", "", "p.cfg:1: volume.currency: is required"},
        {"volume =", "evidence = (", "", "p.cfg:1: volume.currency: is required"},
        {"volume =", "reviews =", "", "p.cfg:1: volume.currency: is required"},
    };
    for (size_t i = 0; i < COUNT(parts); i++) {
        char text[TEXT_BYTES], cut[TEXT_BYTES], message[512];
        struct policy policy;
        text_with(0, "", text);
        char *from = strstr(text, parts[i].from);
        const char *to = parts[i].to == NULL ? "" : strstr(text, parts[i].to);
        assert_true(from != NULL && to != NULL);
        int length = snprintf(cut, sizeof cut, "%.*s%s%s", (int)(from - text), text, parts[i].replacement, to);
        assert_true(length > 0 && (size_t)length < sizeof cut);
        bool done = parse(cut, &policy, message);
        assert_string_equal(message, parts[i].message == NULL ? "" : parts[i].message);
        assert_int_equal(done, parts[i].message == NULL);
    }
}

static void a_score_of_a_test_needs_a_scorecard(void **state)
{
    (void)state;
    char text[TEXT_BYTES], message[512];
    struct policy policy;
    text_with(18, "{ name = \"b\"; tier = \"key\"; volume = \"0\"; rate_bp = 0; score = \"82\"; expect = \"red\"; } );",
              text);
    *strstr(text, "scorecard =") = '\0';
    assert_false(parse(text, &policy, message));
    assert_string_equal(message, "p.cfg:18: tests[2].score: is \"82\", and the policy has no scorecard");
}

/* The longest choice can be entered, whatever its characters. */
static void a_long_choice_is_a_value(void **state)
{
    (void)state;
    char line[512] = "{ choice = \"", choice[FACTOR_VALUE_BYTES] = "", text[TEXT_BYTES], message[512];
    struct policy policy;
    for (int i = 0; i < FACTOR_CHOICE_MAX; i++) {
        strncat(choice, "𠀀", sizeof choice - strlen(choice) - 1); /* four bytes */
    }
    size_t used = strlen(line);
    snprintf(line + used, sizeof line - used, "%s\"; points = 7; },", choice);
    text_with(30, line, text);
    assert_true(parse(text, &policy, message));
    assert_int_equal(factor_row_of(&policy.scorecard.factors[2], choice)->points, 7);
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
        cmocka_unit_test(the_scorecard_is_read),
        cmocka_unit_test(a_policy_without_standing_is_not_complete),
        cmocka_unit_test(rates_without_volume_are_refused),
        cmocka_unit_test(wrong_policies_are_refused_with_line_and_key),
        cmocka_unit_test(a_part_may_be_absent_or_not),
        cmocka_unit_test(a_score_of_a_test_needs_a_scorecard),
        cmocka_unit_test(a_long_choice_is_a_value),
        cmocka_unit_test(items_up_to_the_limit_are_taken),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
