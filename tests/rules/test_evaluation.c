/* Standing as it is computed, by hand-made cases (evaluation.tbl), and what becomes of the one in force. */
#include "server/rules/evaluation.h"

#include "common/money.h"
#include "server/rules/standing.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

#define TRADES_MAX 10000

static struct arena *arena;

static civil_date day(const char *text)
{
    civil_date date = 0;
    if (!civil_parse(text, &date)) {
        fail_msg("%s is no date", text);
    }
    return date;
}

static const struct scored no_score = {.valid = false};

/* The nearest lift; grade NONE: there is none. */
static void first_lift(const struct policy *policy, const struct trade_sum *sum, enum tier tier, struct lift *out)
{
    struct lift lifts[LIFTS_MAX];
    *out = standing_lifts(policy, sum, no_score, tier, lifts) > 0 ? lifts[0] : (struct lift){.grade = GRADE_NONE};
}

static struct policy policy_with(enum basis basis, int window_months)
{
    struct policy policy = fixture_policy;
    static const struct policy_band bands[] = {{GRADE_GREEN, 100000}, {GRADE_YELLOW, 50000}, {GRADE_RED, 10000}};
    memcpy(policy.bands, bands, sizeof bands);
    const struct policy_rate rates[] = {
        {"USD", day("2026-07-01"), POLICY_RATE_ONE * 705 / 100},
        {"USD", day("2026-01-01"), POLICY_RATE_ONE * 71 / 10},
        {"JPY", day("2026-01-01"), POLICY_RATE_ONE * 481 / 10000},
        {"KWD", day("2026-01-01"), POLICY_RATE_ONE * 2325 / 100},
    };
    memcpy(policy.rates, rates, sizeof rates);
    policy.rate_count = 4;
    policy.basis = basis;
    policy.window_months = window_months;
    return policy;
}

/* ---- evaluation.tbl ---- */

/* "100", "10USD": without a currency it is CNY. */
static void read_amount(char *text, struct trade *trade)
{
    size_t digits = strspn(text, "0123456789.");
    snprintf(trade->currency, sizeof trade->currency, "%s", text[digits] != '\0' ? text + digits : "CNY");
    text[digits] = '\0';
    assert_int_equal(money_parse(text, money_exponent(trade->currency), &trade->amount_minor), MONEY_OK);
}

/* "[NUMBER*]AMOUNT ISSUED DUE SETTLED [cancelled]"; gives how many trades it is. */
static size_t read_trade(const char *text, struct trade *out)
{
    char amount[40], issued[16], due[16], settled[16], cancelled[16] = "";
    size_t number = 1;
    const char *star = strchr(text, '*');
    if (star != NULL) {
        number = (size_t)strtoul(text, NULL, 10);
        text = star + 1;
    }
    assert_true(sscanf(text, "%39s %15s %15s %15s %15s", amount, issued, due, settled, cancelled) >= 4);
    *out = (struct trade){.issued_on = day(issued), .due_on = day(due), .cancelled = cancelled[0] != '\0'};
    read_amount(amount, out);
    out->settled = strcmp(settled, "-") != 0;
    out->settled_on = out->settled ? day(settled) : 0;
    return number;
}

static size_t read_trades(const char *cell, struct trade *trades)
{
    char copy[400];
    size_t count = 0;
    if (strcmp(cell, "-") == 0) {
        return 0;
    }
    assert_true(strlen(cell) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", cell);
    char *rest = copy;
    for (char *item = strsep(&rest, ";"); item != NULL; item = strsep(&rest, ";")) {
        struct trade trade;
        for (size_t number = read_trade(table_trim(item), &trade); number > 0; number--) {
            assert_true(count < TRADES_MAX);
            trades[count++] = trade;
        }
    }
    return count;
}

static const char *money(int64_t minor, char out[MONEY_TEXT_BYTES])
{
    money_format(minor, 2, out);
    return out;
}

static void expect_rate(const struct table *table, const struct table_row *row, const struct policy *policy,
                        const struct trade_sum *sum)
{
    char text[100], fulfilled[MONEY_TEXT_BYTES], due[MONEY_TEXT_BYTES], bp[16] = "-";
    int rate = standing_rate_bp(policy, sum);
    if (rate >= 0) {
        snprintf(bp, sizeof bp, "%d", rate);
    }
    if (policy->basis == BASIS_COUNT) {
        snprintf(text, sizeof text, "%d/%d %s", (int)sum->fulfilled, (int)sum->due, bp);
    } else {
        snprintf(text, sizeof text, "%s/%s %s", money(sum->fulfilled_minor, fulfilled), money(sum->due_minor, due), bp);
    }
    table_expect(table, row, "rate", text);
}

static const char *standing_name(struct standing standing)
{
    return standing.tier == TIER_KEY ? word_name(words_grade, (int)standing.grade) : "ordinary";
}

static void expect_lift(const struct table *table, const struct table_row *row, const struct policy *policy,
                        const struct trade_sum *sum, enum tier tier)
{
    char text[128] = "-", amount[MONEY_TEXT_BYTES];
    struct lift lift;
    first_lift(policy, sum, tier, &lift);
    if (lift.grade != GRADE_NONE) {
        int used = snprintf(text, sizeof text, "%s", word_name(words_grade, (int)lift.grade));
        if (lift.volume_minor != 0) {
            used += snprintf(text + used, sizeof text - (size_t)used, " +%s", money(lift.volume_minor, amount));
        }
        if (lift.fulfilled != 0) {
            used += snprintf(text + used, sizeof text - (size_t)used, " %d", (int)lift.fulfilled);
        }
        if (lift.fulfilled_minor != 0) {
            snprintf(text + used, sizeof text - (size_t)used, " %s", money(lift.fulfilled_minor, amount));
        }
    }
    table_expect(table, row, tier == TIER_KEY ? "lift key" : "lift ordinary", text);
}

static void check_row(const struct table *table, const struct table_row *row, struct trade *trades)
{
    struct policy policy = policy_with((enum basis)word_number(words_basis, table_cell(table, row, "basis")),
                                       (int)strtol(table_cell(table, row, "window"), NULL, 10));
    size_t count = read_trades(table_cell(table, row, "trades"), trades);
    civil_date on = day(table_cell(table, row, "on"));
    char text[MONEY_TEXT_BYTES];
    struct trade_sum sum;
    standing_sum(&policy, trades, count, on, &sum);
    struct computed computed = standing_judge(&policy, &sum, no_score);
    table_expect(table, row, "volume", money(sum.volume_minor, text));
    snprintf(text, sizeof text, "%d", (int)sum.not_converted);
    table_expect(table, row, "no rate", text);
    expect_rate(table, row, &policy, &sum);
    table_expect(table, row, "key", standing_name(standing_of(computed, TIER_KEY)));
    table_expect(table, row, "ordinary", standing_name(standing_of(computed, TIER_ORDINARY)));
    expect_lift(table, row, &policy, &sum, TIER_KEY);
    expect_lift(table, row, &policy, &sum, TIER_ORDINARY);
    struct course course;
    arena_reset(arena);
    const struct facts facts = {.trades = trades, .trade_count = count};
    standing_course(&policy, &facts, TIER_KEY, on, on, arena, &course);
    assert_true(fixture_same_sum(&course.sum, &sum));
}

static void check_table(struct table table)
{
    struct trade *trades = calloc(TRADES_MAX, sizeof trades[0]);
    assert_non_null(trades);
    for (size_t i = 0; i < table.count; i++) {
        check_row(&table, &table.rows[i], trades);
    }
    free(trades);
    table_free(&table);
}

static void standings_are_computed(void **state)
{
    (void)state;
    check_table(table_load("tests/rules/evaluation.tbl"));
}

static void standings_of_the_document_are_computed(void **state)
{
    (void)state;
    check_table(table_load_markdown("server/RULES.md", "## Examples of standing"));
}

/* ---- windows ---- */

/* A date is in the windows from its own day up to the day before it is left, and in no other. */
static void dates_leave_the_window_when_it_says(void **state)
{
    (void)state;
    static const int months[] = {1, 2, 3, 5, 6, 11, 12, 13, 24, 47, 300};
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        struct policy policy = policy_with(BASIS_COUNT, months[i]);
        for (civil_date date = day("1999-01-01"); date < day("2004-04-01"); date++) {
            civil_date left = window_left_on(&policy, date);
            assert_true(window_from(&policy, left) > date);
            assert_true(window_from(&policy, left - 1) <= date);
            assert_true(window_from(&policy, date) <= date && date + 1 < left);
        }
    }
}

/* ---- lifts that are out of reach ---- */

static void what_no_trade_lifts(void **state)
{
    (void)state;
    struct policy policy = policy_with(BASIS_COUNT, 12);
    struct trade_sum sum = {.volume_minor = 100000, .volume_trades = 2, .due = 2, .fulfilled = 1};
    struct lift lift;
    policy.floor_bp = 10000;
    first_lift(&policy, &sum, TIER_KEY, &lift);
    assert_int_equal(lift.grade, GRADE_NONE);
    policy.floor_bp = 9999;
    first_lift(&policy, &sum, TIER_KEY, &lift);
    assert_int_equal(lift.grade, GRADE_GREEN);
    assert_int_equal(lift.fulfilled, 9998);
    sum.due = INT32_MAX;
    first_lift(&policy, &sum, TIER_KEY, &lift);
    assert_int_equal(lift.grade, GRADE_NONE);
    policy.basis = BASIS_AMOUNT;
    sum.due_minor = INT64_MAX;
    first_lift(&policy, &sum, TIER_ORDINARY, &lift);
    assert_int_equal(lift.grade, GRADE_NONE);
    /* One grade for the lowest band and for what lies below it: the next one is above both. */
    policy = policy_with(BASIS_COUNT, 12);
    policy.below_lowest = GRADE_RED;
    policy.bands[2].grade = GRADE_RED;
    sum = (struct trade_sum){.volume_minor = 1};
    first_lift(&policy, &sum, TIER_KEY, &lift);
    assert_int_equal(lift.grade, GRADE_YELLOW);
    assert_int_equal(lift.volume_minor, 49999);
    first_lift(&policy, &sum, TIER_ORDINARY, &lift);
    assert_int_equal(lift.grade, GRADE_RED);
    assert_int_equal(lift.volume_minor, 9999);
}

/* ---- what becomes of the standing in force ---- */

#define ZONE "Asia/Shanghai"

/* A customer and what is known of its trades, evaluated by hand. */
struct scene {
    struct policy policy, demoted_policy;
    struct customer customer;
    struct trade trades[8];
    size_t count;
    struct evaluation_result result;
    uint8_t timers;
};

static struct scene scene_new(struct standing standing)
{
    struct scene scene = {.policy = policy_with(BASIS_COUNT, 12), .customer = fixture_customer()};
    scene.policy.version = 5;
    scene.customer.last_event_at = 0;
    standing_put_in_force(&scene.customer, standing, 0, NULL);
    return scene;
}

static struct trade *scene_trade(struct scene *scene, const char *text)
{
    assert_true(scene->count < 8);
    assert_int_equal(read_trade(text, &scene->trades[scene->count]), 1);
    return &scene->trades[scene->count++];
}

static const struct evaluation *evaluate(struct scene *scene, const char *when)
{
    struct evaluation_input input = {.policy = &scene->policy,
                                     .demoted_policy =
                                         scene->demoted_policy.version != 0 ? &scene->demoted_policy : NULL,
                                     .org = &fixture_org,
                                     .branch = unit_by_id(&fixture_org, B11),
                                     .now = table_instant(when),
                                     .facts = {.trades = scene->trades, .trade_count = scene->count}};
    input.timer_id.bytes[0] = ++scene->timers;
    int32_t version = scene->customer.version;
    arena_reset(arena);
    standing_evaluate(&input, &scene->customer, arena, &scene->result);
    const struct evaluation_result *result = &scene->result;
    bool changed = result->standing_changed || result->criterion_met || result->criterion_gone;
    scene->customer = result->customer;
    assert_int_equal(scene->customer.version, version + changed);
    assert_int_equal(scene->customer.evaluation.policy_version, scene->policy.version);
    assert_int_equal(uuid_is_zero(scene->customer.evaluation.timer_id), scene->customer.evaluation.evaluate_at == 0);
    return &scene->customer.evaluation;
}

static const struct standing ordinary = {TIER_ORDINARY, GRADE_NONE};

static void a_standing_that_agrees_is_left_alone(void **state)
{
    (void)state;
    struct scene scene = scene_new((struct standing){TIER_KEY, GRADE_RED});
    scene_trade(&scene, "100 2026-10-01 2026-12-01 -");
    const struct evaluation *evaluation = evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_false(scene.result.standing_changed || scene.result.criterion_met || scene.result.criterion_gone);
    assert_int_equal(evaluation->computed.grade, GRADE_RED);
    assert_true(evaluation->computed.admits);
    /* Unsettled, it is late on the day after the due date. */
    assert_int_equal(scene.result.course.next_on, day("2026-12-02"));
    assert_int_equal(evaluation->evaluate_at, table_instant("2026-12-02T00:00:00+08:00"));
    assert_int_equal(evaluation->timer_id.bytes[0], 1);
    /* Settled in time, it gives its volume for a year. */
    scene.trades[0].settled = true;
    scene.trades[0].settled_on = day("2026-11-23");
    evaluate(&scene, "2026-11-23T13:00:00+08:00");
    assert_int_equal(evaluation->evaluate_at, table_instant("2027-10-01T00:00:00+08:00"));
    assert_int_equal(evaluation->timer_id.bytes[0], 2);
    evaluate(&scene, "2027-10-01T00:00:00+08:00");
    assert_true(evaluation->criterion); /* black */
    assert_int_equal(evaluation->evaluate_at, 0);
    assert_int_equal(scene.result.course.next_on, 0);
}

static void a_criterion_is_kept_until_it_is_another(void **state)
{
    (void)state;
    struct scene scene = scene_new((struct standing){TIER_KEY, GRADE_YELLOW});
    scene_trade(&scene, "500 2026-03-01 2027-03-01 -");
    scene_trade(&scene, "500 2026-11-20 2027-03-01 -");
    const struct evaluation *evaluation = evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_true(evaluation->criterion && scene.result.criterion_met && !scene.result.criterion_gone);
    assert_int_equal(evaluation->met_on, day("2026-11-20"));
    assert_int_equal(evaluation->detected_at, table_instant("2026-11-23T12:00:00+08:00"));
    assert_int_equal(evaluation->criterion_due_at, table_instant("2026-11-26T00:00:00+08:00"));
    /* More of the same, under a newer policy: nothing new. */
    scene_trade(&scene, "500 2026-04-01 2027-03-01 -");
    scene.policy.version = 6;
    scene.policy.submit_days = 1;
    assert_int_equal(evaluation->answer, ANSWER_AWAITED);
    scene.customer.open_application = 1;
    evaluation_submitted(&scene.customer);
    evaluate(&scene, "2026-11-24T12:00:00+08:00");
    assert_int_equal(evaluation->answer, ANSWER_SUBMITTED);
    assert_true(evaluation->criterion && !scene.result.criterion_met && !scene.result.criterion_gone);
    assert_int_equal(evaluation->met_on, day("2026-11-20"));
    assert_int_equal(evaluation->detected_at, table_instant("2026-11-23T12:00:00+08:00"));
    assert_int_equal(evaluation->criterion_due_at, table_instant("2026-11-26T00:00:00+08:00"));
    /* Another one: found today, met when the window lost what it needed. */
    scene.trades[1].cancelled = scene.trades[2].cancelled = true;
    scene.trades[0].amount_minor = 10000;
    evaluate(&scene, "2026-11-25T12:00:00+08:00");
    assert_true(evaluation->criterion && scene.result.criterion_met && scene.result.criterion_gone);
    assert_int_equal(evaluation->met_on, day("2026-03-01"));
    assert_int_equal(evaluation->detected_at, table_instant("2026-11-25T12:00:00+08:00"));
    assert_int_equal(evaluation->criterion_due_at, table_instant("2026-11-27T00:00:00+08:00"));
    assert_int_equal(evaluation->answer, ANSWER_SUBMITTED); /* no other case can be opened meanwhile, ... */
    scene.customer.open_application = 0;
    evaluation_case_ended(false, table_instant("2026-11-25T13:00:00+08:00"), &scene.customer);
    assert_int_equal(evaluation->answer, ANSWER_AWAITED); /* ... but then there is time for it */
    /* And gone. */
    scene.trades[1].cancelled = false;
    evaluate(&scene, "2026-11-26T12:00:00+08:00");
    assert_true(!evaluation->criterion && !scene.result.criterion_met && scene.result.criterion_gone);
    assert_int_equal(evaluation->met_on, 0);
    assert_int_equal(evaluation->detected_at, 0);
    assert_int_equal(evaluation->criterion_due_at, 0);
    assert_int_equal(evaluation->answer, ANSWER_NONE);
}

static void met_is_looked_for_in_the_time_of_the_standing(void **state)
{
    (void)state;
    struct scene scene = scene_new((struct standing){TIER_KEY, GRADE_YELLOW});
    const struct evaluation *evaluation = &scene.customer.evaluation;
    scene_trade(&scene, "1000 2025-01-01 2027-06-01 -");
    scene_trade(&scene, "1000 2025-12-20 2027-06-01 -");
    evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_int_equal(evaluation->met_on, day("2025-11-24")); /* one window, no further */
    scene.customer.evaluation = (struct evaluation){0};
    standing_put_in_force(&scene.customer, (struct standing){TIER_KEY, GRADE_RED}, day("2026-05-01"), NULL);
    evaluate(&scene, "2026-11-24T12:00:00+08:00");
    assert_int_equal(evaluation->met_on, day("2026-05-01"));
    /* The customer has moved to a zone where it is still yesterday. */
    scene.customer.evaluation = (struct evaluation){0};
    standing_put_in_force(&scene.customer, (struct standing){TIER_KEY, GRADE_BLACK}, day("2026-11-25"), NULL);
    evaluate(&scene, "2026-11-24T12:00:00+08:00");
    assert_int_equal(evaluation->met_on, day("2026-11-24"));
}

static void below_the_floor_a_key_account_becomes_ordinary(void **state)
{
    (void)state;
    struct scene scene = scene_new((struct standing){TIER_KEY, GRADE_GREEN});
    const struct evaluation *evaluation = &scene.customer.evaluation;
    scene_trade(&scene, "100 2026-01-01 2026-11-20 -");
    scene.customer.evaluation = (struct evaluation){.policy_version = 4,
                                                    .computed = {GRADE_RED, true},
                                                    .criterion = true,
                                                    .met_on = day("2026-11-01"),
                                                    .detected_at = 1,
                                                    .criterion_due_at = 2};
    evaluate(&scene, "2026-11-23T00:30:00+08:00");
    assert_true(scene.result.standing_changed);
    assert_int_equal(scene.result.cause, CAUSE_DEMOTION);
    assert_int_equal(scene.result.valid_from, day("2026-11-23"));
    assert_int_equal(scene.result.course.met_on, day("2026-11-21"));
    assert_int_equal(scene.result.course.sum.due, 1);
    assert_true(scene.result.criterion_gone && !scene.result.criterion_met && !evaluation->criterion);
    assert_int_equal(scene.customer.standing.tier, TIER_ORDINARY);
    assert_int_equal(scene.customer.in_force_since, day("2026-11-23"));
    assert_int_equal(evaluation->demoted_on, day("2026-11-23"));
    assert_int_equal(evaluation->demoted_from, GRADE_GREEN);
    assert_int_equal(evaluation->demoted_policy, 5);
    /* Once is enough. */
    scene.demoted_policy = scene.policy;
    evaluate(&scene, "2026-11-23T01:00:00+08:00");
    assert_false(scene.result.standing_changed);
    assert_int_equal(evaluation->demoted_on, day("2026-11-23"));
    /* When enough is fulfilled since, he may be admitted again. */
    for (int i = 0; i < 3; i++) {
        scene_trade(&scene, "100 2026-11-23 2026-11-24 2026-11-24");
    }
    evaluate(&scene, "2026-11-25T12:00:00+08:00");
    assert_false(scene.result.standing_changed);
    assert_true(scene.result.criterion_met);
    assert_int_equal(standing_of(evaluation->computed, TIER_ORDINARY).grade, GRADE_RED);
    assert_int_equal(evaluation->met_on, day("2026-11-25"));
    assert_int_equal(evaluation->demoted_on, day("2026-11-23"));
}

/* A key account that became ordinary on 10 November, by policy 5. */
static struct scene demoted_scene(void)
{
    struct scene scene = scene_new((struct standing){TIER_KEY, GRADE_YELLOW});
    scene_trade(&scene, "600 2026-06-01 2026-11-09 -");
    evaluate(&scene, "2026-11-10T00:00:00+08:00");
    assert_int_equal(scene.customer.evaluation.demoted_on, day("2026-11-10"));
    scene.demoted_policy = scene.policy;
    return scene;
}

static void settle(struct trade *trade, const char *on)
{
    trade->settled = true;
    trade->settled_on = day(on);
}

static void late_data_takes_a_demotion_back(void **state)
{
    (void)state;
    struct scene scene = demoted_scene();
    settle(&scene.trades[0], "2026-11-09");
    const struct evaluation *evaluation = evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_true(scene.result.standing_changed);
    assert_int_equal(scene.result.cause, CAUSE_CORRECTION);
    assert_int_equal(scene.result.valid_from, day("2026-11-10"));
    assert_int_equal(scene.customer.standing.tier, TIER_KEY);
    assert_int_equal(scene.customer.standing.grade, GRADE_YELLOW);
    assert_int_equal(scene.customer.in_force_since, day("2026-11-10"));
    assert_int_equal(evaluation->demoted_on, 0);
    assert_false(evaluation->criterion);
    /* A day late does not. */
    scene = demoted_scene();
    settle(&scene.trades[0], "2026-11-10");
    evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_false(scene.result.standing_changed);
    /* Nor does it when the rate was below the floor on a day since. */
    scene = demoted_scene();
    settle(&scene.trades[0], "2026-11-09");
    scene_trade(&scene, "100 2026-06-01 2026-11-15 -");
    for (int i = 0; i < 4; i++) {
        scene_trade(&scene, "100 2026-06-01 2026-11-17 2026-11-17");
    }
    evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_true(standing_of(evaluation->computed, TIER_KEY).tier == TIER_KEY);
    assert_false(scene.result.standing_changed);
    assert_int_equal(evaluation->demoted_on, day("2026-11-10"));
    /* The last day on which it is looked at. */
    scene = demoted_scene();
    settle(&scene.trades[0], "2026-11-09");
    struct scene before = scene;
    evaluate(&scene, "2027-11-09T12:00:00+08:00");
    assert_true(scene.result.standing_changed);
    scene = before;
    evaluate(&scene, "2027-11-10T12:00:00+08:00");
    assert_false(scene.result.standing_changed);
}

/* The policy of the demotion judges it; the newest one judges today, by the next evaluation. */
static void a_correction_under_a_stricter_policy(void **state)
{
    (void)state;
    struct scene scene = demoted_scene();
    settle(&scene.trades[0], "2026-11-09");
    scene_trade(&scene, "100 2026-06-01 2026-11-09 2026-11-09");
    scene_trade(&scene, "100 2026-06-01 2026-11-09 2026-11-09");
    scene_trade(&scene, "100 2026-06-01 2026-11-09 -");
    scene.policy.version = 6;
    scene.policy.floor_bp = 8000;
    const struct evaluation *evaluation = evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_int_equal(scene.result.cause, CAUSE_CORRECTION);
    assert_int_equal(scene.customer.standing.grade, GRADE_YELLOW);
    assert_false(evaluation->criterion);
    assert_int_equal(evaluation->evaluate_at, table_instant("2026-11-23T12:00:00+08:00"));
    scene.demoted_policy.version = 0;
    evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_int_equal(scene.result.cause, CAUSE_DEMOTION);
    assert_int_equal(evaluation->demoted_on, day("2026-11-23"));
    assert_int_equal(evaluation->demoted_policy, 6);
    assert_int_equal(evaluation->demoted_from, GRADE_YELLOW);
}

static void a_policy_without_bands_changes_nothing(void **state)
{
    (void)state;
    static const struct standing in_force[] = {{TIER_KEY, GRADE_YELLOW}, {TIER_ORDINARY, GRADE_NONE}};
    for (size_t i = 0; i < 2; i++) {
        struct scene scene = scene_new(in_force[i]);
        scene_trade(&scene, "1000 2026-06-01 2026-11-09 -");
        scene.policy = (struct policy){.version = 1, .submit_days = 2, .whole_days = 10};
        const struct evaluation *evaluation = evaluate(&scene, "2026-11-23T12:00:00+08:00");
        assert_false(scene.result.standing_changed || scene.result.criterion_met);
        assert_int_equal(evaluation->evaluate_at, 0);
        standing_put_in_force(&scene.customer, (struct standing){TIER_KEY, GRADE_RED}, day("2026-11-23"), NULL);
        evaluation_compare(&(struct clock){.org = &fixture_org, .policy = &scene.policy}, unit_by_id(&fixture_org, B11),
                           FIXTURE_NOW, (struct uuid){{1}}, &scene.customer);
        assert_false(evaluation->criterion);
        assert_int_equal(evaluation->evaluate_at, 0);
        struct course course;
        const struct facts facts = {.trades = scene.trades, .trade_count = scene.count};
        standing_course(&scene.policy, &facts, TIER_KEY, 20000, 20780, arena, &course);
        assert_int_equal(course.next_on, 0);
        assert_int_equal(course.sum.volume_trades, 0);
        assert_false(course.fell_below);
        struct lift lift;
        first_lift(&scene.policy, &course.sum, TIER_KEY, &lift);
        assert_int_equal(lift.grade, GRADE_NONE);
    }
}

static void agreement_is_with_the_grade_for_the_customer(void **state)
{
    (void)state;
    struct scene scene = scene_new(ordinary);
    assert_false(evaluation_agrees(&scene.customer, GRADE_RED));
    scene_trade(&scene, "100 2026-06-01 2026-12-09 -");
    evaluate(&scene, "2026-11-23T12:00:00+08:00");
    assert_true(scene.result.criterion_met);
    assert_true(evaluation_agrees(&scene.customer, GRADE_RED));
    assert_false(evaluation_agrees(&scene.customer, GRADE_GREEN));
    assert_int_equal(evaluation_months(&scene.policy), 24);
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

/* What becomes of the answer to a criterion by what the branch and HQ do, before its end and after it. */
static void what_becomes_of_the_answer_to_a_criterion(void **state)
{
    enum act { SUBMIT, WITHDRAW, REJECT, NOTE, NOTE_NOT };
    static const struct {
        struct {
            enum act act;
            int64_t at; /* the end is 100 */
        } acts[4];
        int count;
        enum criterion_answer answer;
        bool open;
    } rows[] = {
        {{{NOTE_NOT, 99}}, 1, ANSWER_AWAITED, true},
        {{{NOTE, 100}, {NOTE_NOT, 101}}, 2, ANSWER_MISSED, true},
        {{{SUBMIT, 50}, {NOTE_NOT, 100}}, 2, ANSWER_SUBMITTED, false},
        {{{SUBMIT, 50}, {WITHDRAW, 99}, {NOTE, 100}}, 3, ANSWER_MISSED, true},
        {{{SUBMIT, 50}, {WITHDRAW, 100}, {NOTE_NOT, 101}}, 3, ANSWER_SUBMITTED, false},
        {{{SUBMIT, 50}, {REJECT, 60}, {NOTE_NOT, 100}}, 3, ANSWER_SUBMITTED, false},
        {{{NOTE, 100}, {SUBMIT, 110}, {NOTE_NOT, 120}}, 3, ANSWER_MISSED, false},
        {{{NOTE, 100}, {SUBMIT, 110}, {WITHDRAW, 120}, {NOTE_NOT, 130}}, 4, ANSWER_MISSED, true},
        {{{NOTE, 100}, {SUBMIT, 110}, {REJECT, 120}, {NOTE_NOT, 130}}, 4, ANSWER_SUBMITTED, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct customer customer = {
            .evaluation = {.criterion = true, .criterion_due_at = 100, .answer = ANSWER_AWAITED}};
        for (int k = 0; k < rows[i].count; k++) {
            enum act act = rows[i].acts[k].act;
            int64_t at = rows[i].acts[k].at;
            if (act == NOTE || act == NOTE_NOT) {
                assert_int_equal(evaluation_criterion_missed(at, &customer), act == NOTE);
                continue;
            }
            customer.open_application = act == SUBMIT;
            if (act == SUBMIT) {
                evaluation_submitted(&customer);
            } else {
                evaluation_case_ended(act == REJECT, at, &customer);
            }
        }
        assert_int_equal(customer.evaluation.answer, rows[i].answer);
        assert_int_equal(evaluation_criterion_open(&customer), rows[i].open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standings_are_computed),
        cmocka_unit_test(standings_of_the_document_are_computed),
        cmocka_unit_test(dates_leave_the_window_when_it_says),
        cmocka_unit_test(what_no_trade_lifts),
        cmocka_unit_test(a_standing_that_agrees_is_left_alone),
        cmocka_unit_test(a_criterion_is_kept_until_it_is_another),
        cmocka_unit_test(met_is_looked_for_in_the_time_of_the_standing),
        cmocka_unit_test(below_the_floor_a_key_account_becomes_ordinary),
        cmocka_unit_test(late_data_takes_a_demotion_back),
        cmocka_unit_test(a_correction_under_a_stricter_policy),
        cmocka_unit_test(a_policy_without_bands_changes_nothing),
        cmocka_unit_test(agreement_is_with_the_grade_for_the_customer),
        cmocka_unit_test(what_becomes_of_the_answer_to_a_criterion),
    };
    return cmocka_run_group_tests_name("evaluation", tests, make_arena, drop_arena);
}
