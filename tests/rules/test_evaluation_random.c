/* Random sequences of trades, corrections, imports, assessments, dates, policies and recorded steps.
 *
 * One customer is evaluated by the rules as the server does it: when something touched him, and by his timer. Another
 * is evaluated on every day, by a reference below that knows nothing of courses and timers: it looks at each day from
 * scratch. Both must be the same at any time. On the way the course is compared with the days one by one.
 *
 * CREDITD_RANDOM_SEQUENCES sets how many sequences are run, CREDITD_RANDOM_SEED the seed of the first; a failure names
 * the seed of its sequence. */
#include "server/rules/evaluation.h"

#include "server/rules/standing.h"
#include "tests/rules/chance.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

enum { DEFAULT_SEQUENCES = 3000, TRADES_MAX = 8, POLICIES_MAX = 4, DAYS_BEFORE = 300, DAYS = 900, DAYS_MAX = 100 };
enum { ASSESSMENTS_MAX = 5, FACTORS_USED = 3, VALUES_BYTES = 32 };

/* What is computed on one day, from scratch; valid when it was made of the present trades and assessments. */
struct scratch {
    int generation;
    struct trade_sum sum;
    struct scored scored;
    struct computed computed;
    bool below;
};

struct world {
    struct chance chance;
    const char *zone;
    struct policy policies[POLICIES_MAX];
    int policy_count;
    struct trade trades[TRADES_MAX];
    size_t count;
    struct assessment assessments[ASSESSMENTS_MAX]; /* by date, of one day as they were entered */
    char values[ASSESSMENTS_MAX][VALUES_BYTES];     /* in the order of entry */
    size_t assessment_count;
    int generation; /* raised by every change of the trades or assessments */
    civil_date first, today;
    int64_t now;
    uint64_t timers;
    struct customer touched, daily;
};

/* What came to pass, so that it is seen that all of it did. */
static struct {
    uint64_t evaluations, by_timer, demotions, corrections, at_once, criteria, others, gone, records;
    uint64_t scored,
        unscored; /* days of courses with a score that counts, and without one, of those with assessments */
} seen;

static struct scratch days[POLICIES_MAX][DAYS];
static struct arena *arena;

/* ---- chance ---- */

static uint64_t draw(struct world *w, uint64_t below)
{
    return chance_below(&w->chance, below);
}

static bool one_in(struct world *w, uint64_t number)
{
    return draw(w, number) == 0;
}

/* Bands of random scores; three factors "a" to "c" with a row for 2 and more, one for 1, and one for all below. Where
 * an input is a choice, few of the values fit. */
static void make_scorecard(struct world *w, struct scorecard *card)
{
    static const char *const names[FACTORS_USED] = {"a", "b", "c"};
    static const int weights[FACTORS_USED] = {5000, 3000, 2000};
    card->combine = (enum combine)(COMBINE_VOLUME + draw(w, 4));
    card->valid_months = 1 + (int)draw(w, 3);
    for (; card->factor_count < FACTORS_USED; card->factor_count++) {
        struct factor *factor = &card->factors[card->factor_count];
        *factor = (struct factor){.name = names[card->factor_count],
                                  .input = one_in(w, 10) ? FACTOR_INPUT_CHOICE : FACTOR_INPUT_NUMBER,
                                  .weight_bp = weights[card->factor_count],
                                  .required = one_in(w, 2),
                                  .rows = {{"2", false, 20000, 100}, {"1", false, 10000, 60}, {"0", true, 0, 0}},
                                  .row_count = 3};
    }
    enum grade grade = (enum grade)(1 + draw(w, 2));
    for (int left = 1 + (int)draw(w, 3); left > 0 && grade <= GRADE_BLACK; left--, grade++) {
        int64_t from = (10 + 25 * left - (int)draw(w, 20)) * SCORE_POINT;
        card->bands[card->band_count++] = (struct score_band){grade, from};
    }
    enum grade lowest = card->bands[card->band_count - 1].grade;
    card->below_lowest = (enum grade)((uint64_t)lowest + draw(w, (uint64_t)(GRADE_BLACK - lowest) + 1));
}

static void make_policy(struct world *w)
{
    static const int floors[] = {2500, 5000, 6667, 7500, 7500, 9999, 10000};
    struct policy *policy = &w->policies[w->policy_count++];
    *policy = fixture_policy;
    policy->version = w->policy_count;
    policy->submit_days = 1 + (int)draw(w, 3);
    policy->window_months = 1 + (int)draw(w, one_in(w, 4) ? 4 : 2);
    policy->basis = one_in(w, 2) ? BASIS_COUNT : BASIS_AMOUNT;
    policy->floor_bp = floors[draw(w, 7)];
    policy->band_count = 0;
    int64_t from = 1 + (int64_t)draw(w, 8);
    enum grade grade = (enum grade)(1 + draw(w, 2));
    for (int left = 1 + (int)draw(w, 3); left > 0 && grade <= GRADE_BLACK; left--, grade++) {
        policy->bands[policy->band_count++] = (struct policy_band){grade, from * left};
    }
    enum grade lowest = policy->bands[policy->band_count - 1].grade;
    policy->below_lowest = (enum grade)((uint64_t)lowest + draw(w, (uint64_t)(GRADE_BLACK - lowest) + 1));
    policy->rates[0] = (struct policy_rate){"USD", w->first + (int)draw(w, 60), POLICY_RATE_ONE * 3 / 2};
    policy->rates[1] = (struct policy_rate){"USD", w->first - (int)draw(w, 60), POLICY_RATE_ONE / 2};
    policy->rate_count = 2;
    if (!one_in(w, 4)) {
        make_scorecard(w, &policy->scorecard);
    }
}

static void settle(struct world *w, struct trade *trade)
{
    trade->settled = draw(w, 3) > 0;
    trade->settled_on = trade->settled ? trade->issued_on + (int)draw(w, 40) : 0;
}

static void make_trade(struct world *w, struct trade *trade)
{
    static const char *const currencies[] = {"CNY", "CNY", "CNY", "USD", "EUR"};
    *trade = (struct trade){.amount_minor = 1 + (int64_t)draw(w, 9)};
    snprintf(trade->currency, sizeof trade->currency, "%s", currencies[draw(w, 5)]);
    trade->issued_on = w->today + 5 - (int)draw(w, 90);
    trade->due_on = trade->issued_on + (int)draw(w, 45);
    settle(w, trade);
}

static void change_trade(struct world *w)
{
    if (w->count < TRADES_MAX && (w->count == 0 || one_in(w, 2))) {
        make_trade(w, &w->trades[w->count++]);
    } else {
        struct trade *trade = &w->trades[draw(w, w->count)];
        if (one_in(w, 4)) {
            trade->cancelled = !trade->cancelled;
        } else if (one_in(w, 2)) {
            settle(w, trade);
        } else {
            make_trade(w, trade);
        }
    }
    w->generation++;
}

/* A line for each factor: a value, seldom one that does not fit, or none. */
static void make_values(struct world *w, char out[VALUES_BYTES])
{
    static const char *const values[] = {"0", "1", "2", "1.5", "2", "3", "x"};
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < FACTORS_USED; i++) {
        if (!one_in(w, 8)) {
            used += (size_t)snprintf(out + used, VALUES_BYTES - used, "%c=%s\n", 'a' + i,
                                     values[draw(w, one_in(w, 4) ? 7 : 6)]);
            assert_true(used < VALUES_BYTES);
        }
    }
}

/* One more assessment, of a day past or to come, often that of another one; with those of its day it is the last. */
static void assess(struct world *w)
{
    if (w->assessment_count == ASSESSMENTS_MAX) {
        return;
    }
    struct assessment row = {.assessed_on = w->today + 30 - (int)draw(w, 90), .values = w->values[w->assessment_count]};
    if (w->assessment_count > 0 && one_in(w, 4)) {
        row.assessed_on = w->assessments[draw(w, w->assessment_count)].assessed_on;
    }
    make_values(w, w->values[w->assessment_count]);
    size_t place = w->assessment_count++;
    for (; place > 0 && w->assessments[place - 1].assessed_on > row.assessed_on; place--) {
        w->assessments[place] = w->assessments[place - 1];
    }
    w->assessments[place] = row;
    w->generation++;
}

/* ---- from scratch, day by day ---- */

static struct facts facts_of(const struct world *w)
{
    return (struct facts){.trades = w->trades,
                          .trade_count = w->count,
                          .assessments = w->assessments,
                          .assessment_count = w->assessment_count};
}

static const struct scratch *on_day(struct world *w, int policy, civil_date date)
{
    int place = date - w->first + DAYS_BEFORE;
    assert_true(place >= 0 && place < DAYS);
    struct scratch *day = &days[policy][place];
    if (day->generation != w->generation) {
        day->generation = w->generation;
        const struct facts facts = facts_of(w);
        standing_sum(&w->policies[policy], w->trades, w->count, date, &day->sum);
        day->scored = standing_scored(&w->policies[policy], &facts, date, NULL);
        day->computed = standing_judge(&w->policies[policy], &day->sum, day->scored);
        day->below = standing_below_floor(&w->policies[policy], &day->sum);
    }
    return day;
}

static bool same(struct standing a, struct standing b)
{
    return a.tier == b.tier && a.grade == b.grade;
}

static civil_date since_when(struct world *w, int policy, enum tier tier, civil_date since, civil_date on)
{
    struct standing now = standing_of(on_day(w, policy, on)->computed, tier);
    while (on > since && same(standing_of(on_day(w, policy, on - 1)->computed, tier), now)) {
        on--;
    }
    return on;
}

static bool below_between(struct world *w, int policy, civil_date since, civil_date on)
{
    bool below = false;
    for (; since <= on; since++) {
        below = below || on_day(w, policy, since)->below;
    }
    return below;
}

/* The reference: what the regulation says of the customer now. */
static void evaluate_daily(struct world *w)
{
    struct customer *c = &w->daily;
    struct evaluation *e = &c->evaluation;
    int newest = w->policy_count - 1;
    struct standing before = c->standing;
    struct standing target_before = standing_of(e->computed, c->standing.tier);
    if (e->demoted_on != 0 && e->demoted_on >= window_from(&w->policies[e->demoted_policy - 1], w->today) &&
        !below_between(w, e->demoted_policy - 1, e->demoted_on, w->today)) {
        c->standing = (struct standing){TIER_KEY, e->demoted_from};
        c->in_force_since = e->demoted_on;
        e->demoted_on = e->demoted_policy = 0;
        e->demoted_from = GRADE_NONE;
    }
    e->computed = on_day(w, newest, w->today)->computed;
    if (c->standing.tier == TIER_KEY && on_day(w, newest, w->today)->below) {
        e->demoted_on = w->today;
        e->demoted_from = c->standing.grade;
        e->demoted_policy = newest + 1;
        c->standing = (struct standing){TIER_ORDINARY, GRADE_NONE};
        c->in_force_since = w->today;
    }
    struct standing target = standing_of(e->computed, c->standing.tier);
    if (same(target, c->standing)) {
        e->criterion = false;
        e->met_on = 0;
        e->detected_at = e->criterion_due_at = 0;
    } else if (!e->criterion || !same(before, c->standing) || !same(target_before, target)) {
        civil_date window = window_from(&w->policies[newest], w->today);
        civil_date since = c->in_force_since > window ? c->in_force_since : window;
        e->criterion = true;
        e->met_on = since_when(w, newest, c->standing.tier, since, w->today);
        e->detected_at = w->now;
        e->criterion_due_at = zone_day_start_us(w->zone, w->today + w->policies[newest].submit_days + 1);
    }
    e->policy_version = newest + 1;
}

/* ---- as the server does it ---- */

static struct uuid new_timer(struct world *w)
{
    struct uuid id = {{1}};
    w->timers++;
    memcpy(id.bytes + 8, &w->timers, sizeof w->timers);
    return id;
}

/* The trades that the server has at hand: those due as far back as the rules ask for. */
static size_t known_trades(const struct world *w, struct trade out[TRADES_MAX])
{
    int months = 0;
    size_t count = 0;
    for (int i = 0; i < w->policy_count; i++) {
        int asked = evaluation_months(&w->policies[i]);
        months = asked > months ? asked : months;
    }
    for (size_t i = 0; i < w->count; i++) {
        if (w->trades[i].due_on >= civil_add_months(w->today, -months)) {
            out[count++] = w->trades[i];
        }
    }
    return count;
}

/* A branch in the zone of this run. */
static struct unit branch_of(const struct world *w)
{
    struct unit branch = *unit_by_id(&fixture_org, B11);
    branch.zone = w->zone;
    return branch;
}

static void evaluate_touched(struct world *w)
{
    struct trade trades[TRADES_MAX];
    int demoted = w->touched.evaluation.demoted_policy;
    const struct unit branch = branch_of(w);
    struct evaluation_input input = {.policy = &w->policies[w->policy_count - 1],
                                     .demoted_policy = demoted != 0 ? &w->policies[demoted - 1] : NULL,
                                     .org = &fixture_org,
                                     .branch = &branch,
                                     .now = w->now,
                                     .facts = facts_of(w),
                                     .timer_id = new_timer(w)};
    input.facts.trades = trades;
    input.facts.trade_count = known_trades(w, trades);
    struct evaluation_result result;
    arena_reset(arena);
    standing_evaluate(&input, &w->touched, arena, &result);
    bool changed = result.standing_changed || result.criterion_met || result.criterion_gone;
    assert_int_equal(result.customer.version, w->touched.version + changed);
    assert_int_equal(result.standing_changed, !same(result.customer.standing, w->touched.standing));
    assert_int_equal(result.customer.in_force_since,
                     result.standing_changed ? result.valid_from : w->touched.in_force_since);
    seen.evaluations++;
    seen.demotions += result.standing_changed && result.cause == CAUSE_DEMOTION;
    seen.corrections += result.standing_changed && result.cause == CAUSE_CORRECTION;
    seen.criteria += result.criterion_met;
    seen.others += result.criterion_met && result.criterion_gone;
    seen.gone += result.criterion_gone;
    w->touched = result.customer;
}

/* The timer, as often as it is due; with an import open it is dropped, the import's end brings the evaluation. */
static void run_timer(struct world *w)
{
    struct evaluation *e = &w->touched.evaluation;
    for (int i = 0; e->evaluate_at != 0 && e->evaluate_at <= w->now; i++) {
        assert_true(i < 3);
        seen.by_timer++;
        seen.at_once += w->touched.standing.tier == TIER_KEY && e->computed.grade == GRADE_NONE;
        if (e->imports_open == 0) {
            evaluate_touched(w);
        } else {
            e->evaluate_at = 0;
            e->timer_id = (struct uuid){0};
        }
    }
}

/* ---- comparisons ---- */

static void fail_at(const struct world *w, const char *what, int64_t expected, int64_t got)
{
    char date[CIVIL_TEXT_BYTES];
    civil_format(w->today, date);
    fail_msg("CREDITD_RANDOM_SEED=%llu CREDITD_RANDOM_SEQUENCES=1, %s: %s is %lld, from scratch %lld",
             (unsigned long long)w->chance.seed, date, what, (long long)got, (long long)expected);
}

static void equal(const struct world *w, const char *what, int64_t expected, int64_t got)
{
    if (expected != got) {
        fail_at(w, what, expected, got);
    }
}

static void compare_customers(const struct world *w)
{
    const struct customer *a = &w->daily, *b = &w->touched;
    equal(w, "tier", (int)a->standing.tier, (int)b->standing.tier);
    equal(w, "grade", (int)a->standing.grade, (int)b->standing.grade);
    equal(w, "in_force_since", a->in_force_since, b->in_force_since);
    equal(w, "computed grade", (int)a->evaluation.computed.grade, (int)b->evaluation.computed.grade);
    equal(w, "computed admits", a->evaluation.computed.admits, b->evaluation.computed.admits);
    equal(w, "policy_version", a->evaluation.policy_version, b->evaluation.policy_version);
    equal(w, "criterion", a->evaluation.criterion, b->evaluation.criterion);
    equal(w, "met_on", a->evaluation.met_on, b->evaluation.met_on);
    equal(w, "detected_at", a->evaluation.detected_at, b->evaluation.detected_at);
    equal(w, "criterion_due_at", a->evaluation.criterion_due_at, b->evaluation.criterion_due_at);
    equal(w, "demoted_on", a->evaluation.demoted_on, b->evaluation.demoted_on);
    equal(w, "demoted_from", (int)a->evaluation.demoted_from, (int)b->evaluation.demoted_from);
    equal(w, "demoted_policy", a->evaluation.demoted_policy, b->evaluation.demoted_policy);
}

static bool same_score(struct scored a, struct scored b)
{
    return a.valid == b.valid && (!a.valid || (a.score == b.score && a.grade == b.grade && a.in_band == b.in_band));
}

static bool same_computed(struct computed a, struct computed b)
{
    return a.grade == b.grade && a.admits == b.admits;
}

/* What is computed from one date to another, against the days one by one: no day is in the wrong period, and each
 * period differs from the one before. */
static void compare_periods(struct world *w, civil_date from, civil_date to)
{
    int newest = w->policy_count - 1;
    const struct facts facts = facts_of(w);
    struct computed_since *list;
    size_t count = standing_periods(&w->policies[newest], &facts, from, to, arena, &list), place = 0;
    equal(w, "first day of the periods", from, list[0].on);
    for (civil_date date = from; date <= to; date++) {
        if (place + 1 < count && list[place + 1].on == date) {
            place++;
            equal(w, "another period", false, same_computed(list[place].computed, list[place - 1].computed));
        }
        equal(w, "computed of a period", true, same_computed(on_day(w, newest, date)->computed, list[place].computed));
    }
    equal(w, "periods", (int64_t)count, (int64_t)place + 1);
}

/* The course on a random date, for a random tier, against the days one by one. */
static void compare_course(struct world *w)
{
    int newest = w->policy_count - 1;
    enum tier tier = one_in(w, 2) ? TIER_KEY : TIER_ORDINARY;
    civil_date on = w->today + 30 - (int)draw(w, 60), since = on - (int)draw(w, 80);
    struct course course;
    arena_reset(arena);
    const struct facts facts = facts_of(w);
    standing_course(&w->policies[newest], &facts, tier, since, on, arena, &course);
    const struct scratch *day = on_day(w, newest, on);
    equal(w, "sum", true, fixture_same_sum(&day->sum, &course.sum));
    equal(w, "score", true, same_score(day->scored, course.scored));
    seen.scored += day->scored.valid;
    seen.unscored += !day->scored.valid && w->assessment_count > 0;
    equal(w, "grade of the course", (int)day->computed.grade, (int)course.computed.grade);
    equal(w, "admits of the course", day->computed.admits, course.computed.admits);
    equal(w, "met_on of the course", since_when(w, newest, tier, since, on), course.met_on);
    equal(w, "fell_below", below_between(w, newest, since, on), course.fell_below);
    civil_date next = 0;
    for (civil_date later = on + 1; next == 0 && later < w->first + DAYS - DAYS_BEFORE; later++) {
        next = same_computed(on_day(w, newest, later)->computed, day->computed) ? 0 : later;
    }
    equal(w, "next_on", next, course.next_on);
    compare_periods(w, since, on);
}

/* ---- what happens ---- */

static void both_are_evaluated(struct world *w)
{
    evaluate_touched(w);
    run_timer(w);
    evaluate_daily(w);
    evaluate_daily(w); /* a demotion may follow a correction */
}

static void open_import(struct world *w)
{
    w->touched.evaluation.imports_open++;
    w->daily.evaluation.imports_open++;
}

static void close_import(struct world *w)
{
    w->touched.evaluation.imports_open--;
    w->daily.evaluation.imports_open--;
    if (w->touched.evaluation.imports_open == 0) {
        both_are_evaluated(w);
    }
}

/* A step puts another grade in force. */
static void record(struct world *w)
{
    struct standing standing = {TIER_KEY, (enum grade)(1 + draw(w, 4))};
    const struct policy *newest = &w->policies[w->policy_count - 1];
    if (same(standing, w->touched.standing)) {
        return;
    }
    standing_put_in_force(&w->touched, standing, w->today, NULL);
    seen.records++;
    const struct unit branch = branch_of(w);
    evaluation_compare(&(struct clock){.org = &fixture_org, .policy = newest}, &branch, w->now, new_timer(w),
                       &w->touched);
    run_timer(w);
    standing_put_in_force(&w->daily, standing, w->today, NULL);
    w->daily.evaluation.criterion = false; /* whatever differs now is another one */
    if (w->daily.evaluation.imports_open == 0 && w->daily.evaluation.policy_version != 0) {
        evaluate_daily(w);
    }
}

static void happen(struct world *w)
{
    bool open = w->touched.evaluation.imports_open > 0;
    uint64_t what = draw(w, 12);
    if (what < 4) {
        change_trade(w);
        if (!open) {
            both_are_evaluated(w);
        }
    } else if (what < 6 && w->touched.evaluation.imports_open < 2) {
        open_import(w);
        for (uint64_t rows = 1 + draw(w, 3); rows > 0; rows--) {
            change_trade(w);
        }
        if (one_in(w, 2)) {
            close_import(w);
        }
    } else if (what < 8 && open) {
        close_import(w);
    } else if (what == 8 && w->policy_count < POLICIES_MAX) {
        make_policy(w);
        if (!open && w->touched.evaluation.policy_version != 0) {
            both_are_evaluated(w);
        }
    } else if (what == 9 && !open) {
        record(w);
    } else if (what > 9) {
        assess(w);
        if (!open) {
            both_are_evaluated(w);
        }
    }
}

static void pass_day(struct world *w)
{
    w->today++;
    w->now = zone_day_start_us(w->zone, w->today);
    run_timer(w);
    if (w->daily.evaluation.imports_open == 0 && w->daily.evaluation.policy_version != 0) {
        evaluate_daily(w);
        compare_customers(w);
    }
}

static void run_sequence(uint64_t seed)
{
    static struct world w;
    int generation = w.generation + 1; /* what is remembered of the days is of another sequence */
    w = (struct world){.chance = {.seed = seed}, .generation = generation};
    w.zone = one_in(&w, 8) ? "America/New_York" : "Asia/Shanghai";
    w.first = civil_from_ymd(1999, 6, 1) + (int)draw(&w, 2000);
    w.today = w.first;
    w.now = zone_day_start_us(w.zone, w.today);
    w.touched = w.daily = (struct customer){.version = 1, .standing = {TIER_ORDINARY, GRADE_NONE}};
    if (one_in(&w, 2)) {
        w.touched.standing = w.daily.standing = (struct standing){TIER_KEY, (enum grade)(1 + draw(&w, 4))};
        w.touched.in_force_since = w.daily.in_force_since = w.today - (int)draw(&w, 50);
    }
    make_policy(&w);
    uint64_t length = 20 + draw(&w, DAYS_MAX - 20);
    for (uint64_t i = 0; i < length; i++) {
        pass_day(&w);
        if (!one_in(&w, 8)) {
            continue;
        }
        w.now += (int64_t)draw(&w, 23) * 3600 * US_PER_SECOND / 2;
        happen(&w);
        compare_course(&w);
        if (w.touched.evaluation.imports_open == 0) {
            compare_customers(&w);
        }
    }
}

static void touched_is_the_same_as_daily(void **state)
{
    (void)state;
    uint64_t count = chance_setting("CREDITD_RANDOM_SEQUENCES", DEFAULT_SEQUENCES);
    uint64_t seed = chance_setting("CREDITD_RANDOM_SEED", 20261123);
    for (uint64_t i = 0; i < count; i++) {
        run_sequence(seed + i);
    }
    print_message("%llu sequences: %llu evaluations, %llu of them by a timer; %llu demotions, %llu corrections, %llu "
                  "key accounts evaluated at once; %llu criteria met, %llu gone, %llu another; %llu records; %llu "
                  "courses with a score, %llu without one\n",
                  (unsigned long long)count, (unsigned long long)seen.evaluations, (unsigned long long)seen.by_timer,
                  (unsigned long long)seen.demotions, (unsigned long long)seen.corrections,
                  (unsigned long long)seen.at_once, (unsigned long long)seen.criteria, (unsigned long long)seen.gone,
                  (unsigned long long)seen.others, (unsigned long long)seen.records, (unsigned long long)seen.scored,
                  (unsigned long long)seen.unscored);
    if (count >= DEFAULT_SEQUENCES) {
        assert_true(seen.by_timer > 20 && seen.demotions > 20 && seen.corrections > 20 && seen.at_once > 20 &&
                    seen.criteria > 20 && seen.gone > 20 && seen.others > 20 && seen.records > 20 &&
                    seen.scored > 1000 && seen.unscored > 1000);
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
        cmocka_unit_test(touched_is_the_same_as_daily),
    };
    return cmocka_run_group_tests_name("evaluation, random", tests, make_arena, drop_arena);
}
