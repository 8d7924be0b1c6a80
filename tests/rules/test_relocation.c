/* Customers and cases that get other units: each open state, each other branch, each thing that a turn may have. */
#include "server/rules/relocation.h"

#include "server/rules/clock.h"
#include "server/rules/pause.h"
#include "tests/rules/case.h"

enum { R1_GONE = 4, B13 = 13, B14 = 14 };

/* What the turn has when the case is moved. */
enum dress { PLAIN, PAUSED, PAUSED_BEFORE, CLAIMED, URGED, EXTENDED, MISSED, OVERDUE, DRESS_COUNT };

static struct policy policy(void)
{
    struct policy p = fixture_policy;
    p.pause_days = 5;
    p.extended_decide_days = 7;
    return p;
}

static const struct uuid fresh = {{200, 1}}, evaluation = {{201, 1}};

static struct relocation to_branch(const struct policy *p, int32_t branch, int64_t now)
{
    return (struct relocation){.org = &fixture_org,
                               .policy = p,
                               .now = now,
                               .branch = unit_by_id(&fixture_org, branch),
                               .case_timer = fresh,
                               .evaluation_timer = evaluation};
}

static void pause_it(struct test_case *c, const struct policy *p, bool ends)
{
    const struct user user =
        fixture_user(60, c->application.turn_unit, JOB_LEVEL_SUPERVISOR, ROLE_BIT(c->application.turn_role));
    struct pause_input input = {
        .org = &fixture_org, .policy = p, .user = &user, .now = c->now, .timer_id = {{90, 1}}, .waits_for = "a paper"};
    char detail[PAUSE_DETAIL_BYTES];
    assert_int_equal(pause_begin(&input, &c->application, detail).reason, REASON_NONE);
    c->now = input.now += 2 * US_PER_DAY;
    if (ends) {
        assert_int_equal(pause_end(&input, &c->application).reason, REASON_NONE);
    }
}

/* False: a turn in that state never has it. */
static bool dress_up(struct test_case *c, const struct policy *p, enum dress dress)
{
    struct application *a = &c->application;
    switch (dress) {
    case PAUSED:
    case PAUSED_BEFORE:
        if (a->state == STATE_APPROVED) {
            return false;
        }
        pause_it(c, p, dress == PAUSED_BEFORE);
        return true;
    case CLAIMED:
        a->claimed_by = 61;
        return true;
    case URGED:
        a->urged_at = c->now;
        a->urged_by = 1;
        return a->turn_unit != a->branch_id;
    case EXTENDED:
        a->extended_days = 2;
        a->extension_days = 1;
        a->extension_by = 62;
        return a->state == STATE_VERIFIED;
    case MISSED:
        a->timer_id = (struct uuid){0};
        c->now = a->due_at;
        return true;
    case OVERDUE: /* and not yet noted; of the whole nothing is left */
        c->now = a->complete_by + US_PER_DAY;
        return true;
    default:
        return true;
    }
}

static bool turn_changes(const struct application *a, int32_t region_id)
{
    return a->state == STATE_RETURNED || a->state == STATE_APPROVED ||
           (a->state == STATE_SUBMITTED && a->region_id != region_id);
}

/* The case as the rule has it, from the case before. */
static struct application expected(const struct relocation *input, const struct application *before, int32_t region_id)
{
    struct application a = *before;
    const struct unit *old = unit_by_id(input->org, before->branch_id);
    a.branch_id = input->branch->id;
    a.region_id = region_id;
    if (!turn_changes(before, region_id)) {
        return a;
    }
    if (before->paused_at != 0) { /* two days, as pause_it() has it */
        a.paused_days += 2;
        a.complete_by =
            clock_complete_by(&(struct clock){input->org, input->policy, a.paused_days}, old, before->clock_started_at);
    }
    a.paused_at = a.paused_by = a.paused_due_at = a.paused_complete_by = 0;
    a.step_paused_days = a.extended_days = a.extension_days = 0;
    a.extension_by = a.claimed_by = a.urged_at = a.urged_by = 0;
    a.step_started_at = input->now;
    a.turn_unit = a.state == STATE_SUBMITTED ? region_id : input->branch->id;
    a.due_at = a.complete_by;
    if (a.state != STATE_APPROVED) {
        const struct clock clock = {.org = input->org, .policy = input->policy};
        int days = a.state == STATE_SUBMITTED ? 3 : 2;
        a.due_at =
            clock_step_due(&clock, unit_by_id(input->org, a.turn_unit), input->now, days, input->branch, a.complete_by);
    }
    if (!uuid_is_zero(before->timer_id) || a.due_at > input->now) {
        a.timer_id = fresh;
    }
    return a;
}

static void check_same(const struct application *got, const struct application *want, const char *what)
{
    if (memcmp(got, want, sizeof *got) == 0) {
        return;
    }
    fail_msg("%s: branch %d %d, turn %d %d, due %lld %lld, whole %lld %lld, started %lld %lld, paused %d %d", what,
             got->branch_id, want->branch_id, got->turn_unit, want->turn_unit, (long long)got->due_at,
             (long long)want->due_at, (long long)got->complete_by, (long long)want->complete_by,
             (long long)got->step_started_at, (long long)want->step_started_at, got->paused_days, want->paused_days);
}

static void move_and_check(enum state state, enum dress dress, int32_t branch)
{
    static const enum event_kind next[] = {[STATE_SUBMITTED] = EVENT_VERIFY,
                                           [STATE_RETURNED] = EVENT_RESUBMIT,
                                           [STATE_VERIFIED] = EVENT_APPROVE,
                                           [STATE_APPROVED] = EVENT_RECORD};
    const struct policy p = policy();
    struct test_case c = case_new();
    case_bring_to(&c, state);
    c.now += US_PER_DAY;
    if (!dress_up(&c, &p, dress)) {
        return;
    }
    const struct relocation input = to_branch(&p, branch, c.now);
    int32_t region = branch == B21 ? R2 : R1;
    const struct application before = c.application, want = expected(&input, &before, region);
    char what[80];
    bool anew;
    snprintf(what, sizeof what, "%s, dress %d, to %s", word_name(words_state, (int)state), (int)dress,
             input.branch->code);
    relocate(&input, &c.customer, &c.application, &anew);
    assert_int_equal(c.customer.branch_id, branch);
    assert_int_equal(c.customer.region_id, region);
    assert_int_equal(anew, turn_changes(&before, region));
    check_same(&c.application, &want, what);
    /* Whose turn it is there takes the step; the one of before does not any more. */
    const struct transition *row = case_transition(&c, next[state]);
    for (int who = 0; who < 2; who++) {
        int32_t unit = who == 0 ? c.application.turn_unit : before.turn_unit;
        const struct user user = fixture_user(70, unit, JOB_LEVEL_SUPERVISOR, ROLE_BIT(row->by_role));
        struct step_input step = case_input(next[state]);
        struct step_result result;
        c.application.claimed_by = 0;
        case_try(&c, &user, &step, &result);
        assert_int_equal(result.refusal.reason, who == 0 || !anew ? REASON_NONE : REASON_NOT_YOUR_UNIT);
    }
}

static void each_state_and_turn(void **state)
{
    (void)state;
    for (enum state s = STATE_SUBMITTED; s <= STATE_APPROVED; s++) {
        for (enum dress d = PLAIN; d < DRESS_COUNT; d++) {
            move_and_check(s, d, B12);
            move_and_check(s, d, B21);
        }
    }
}

static void there_and_back_costs_the_whole_nothing(void **state)
{
    (void)state;
    const struct policy p = policy();
    struct test_case c = case_new();
    case_bring_to(&c, STATE_SUBMITTED);
    int64_t whole = c.application.complete_by;
    for (int i = 0; i < 40; i++) {
        const struct relocation input = to_branch(&p, i % 2 == 0 ? B21 : B11, c.now += US_PER_DAY / 2);
        bool anew;
        relocate(&input, &c.customer, &c.application, &anew);
        assert_true(anew);
        assert_true(c.application.complete_by == whole && c.application.due_at <= whole);
    }
    assert_int_equal(c.application.version, 1);
}

static void what_is_computed_is_evaluated_again(void **state)
{
    (void)state;
    static const struct {
        int32_t evaluated;
        civil_date override_until;
        int imports_open;
        bool again;
    } rows[] = {{0, 0, 0, false}, {1, 0, 0, true}, {0, 20000, 0, true}, {1, 0, 1, false}, {0, 20000, 2, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct customer customer = fixture_customer();
        customer.evaluation.policy_version = rows[i].evaluated;
        customer.override.until = rows[i].override_until;
        customer.evaluation.imports_open = rows[i].imports_open;
        const struct relocation input = to_branch(NULL, B12, FIXTURE_NOW);
        bool anew;
        relocate(&input, &customer, NULL, &anew);
        assert_false(anew);
        assert_int_equal(uuid_equal(customer.evaluation.timer_id, evaluation), rows[i].again);
        assert_int_equal(customer.evaluation.evaluate_at, rows[i].again ? FIXTURE_NOW : 0);
    }
}

/* It is the day before in B21: what was over in B11, and not yet evaluated, is over there. */
static void an_override_that_is_over_stays_over(void **state)
{
    (void)state;
    const int64_t now = zone_day_start_us("Asia/Shanghai", zone_date_at("Asia/Shanghai", FIXTURE_NOW));
    const civil_date today = zone_date_at("Asia/Shanghai", now);
    assert_int_equal(zone_date_at("Asia/Urumqi", now), today - 1);
    for (int days = -3; days <= 3; days++) {
        for (int emergency = 0; emergency < 2; emergency++) {
            struct customer customer = fixture_customer();
            customer.override.until = today + days;
            customer.override.ends_at = emergency ? now + 1 : 0;
            const struct relocation input = to_branch(NULL, B21, now);
            bool anew;
            relocate(&input, &customer, NULL, &anew);
            assert_int_equal(customer.override.until, today + (days == -1 && !emergency ? -2 : days));
        }
    }
}

/* R1_GONE was merged into R2, B14 into B13 and that into B21. */
static const struct unit merged_units[] = {
    {HQ, 0, UNIT_LEVEL_HQ, 0, false, "HQ", "Headquarters", "Asia/Shanghai", 0},
    {R1, HQ, UNIT_LEVEL_REGION, 1, false, "R1", "East", "Asia/Shanghai", 0},
    {R2, HQ, UNIT_LEVEL_REGION, 2, false, "R2", "West", "Asia/Urumqi", 0},
    {R1_GONE, HQ, UNIT_LEVEL_REGION, 3, true, "R4", "South", "Asia/Shanghai", R2},
    {B11, R1, UNIT_LEVEL_BRANCH, 0, false, "B11", "East one", "Asia/Shanghai", 0},
    {B13, R2, UNIT_LEVEL_BRANCH, 0, true, "B13", "South one", "Asia/Shanghai", B21},
    {B14, R1, UNIT_LEVEL_BRANCH, 0, true, "B14", "South two", "Asia/Shanghai", B13},
    {B21, R2, UNIT_LEVEL_BRANCH, 0, false, "B21", "West one", "Asia/Urumqi", 0},
};

static void who_is_to_follow(void **state)
{
    (void)state;
    static const struct organisation org = {.units = merged_units,
                                            .unit_count = sizeof merged_units / sizeof merged_units[0]};
    static const struct {
        int32_t branch, region, to;
        bool due;
    } rows[] = {{B11, R1, B11, false}, {B11, R2, B11, true},      {B21, R2, B21, false}, {B21, R1_GONE, B21, true},
                {B13, R2, B21, true},  {B13, R1_GONE, B21, true}, {B14, R1, B21, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct customer customer = fixture_customer();
        customer.branch_id = rows[i].branch;
        customer.region_id = rows[i].region;
        assert_int_equal(relocation_due(&org, &customer), rows[i].due);
        assert_int_equal(relocation_branch(&org, &customer)->id, rows[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_and_turn),
        cmocka_unit_test(there_and_back_costs_the_whole_nothing),
        cmocka_unit_test(what_is_computed_is_evaluated_again),
        cmocka_unit_test(an_override_that_is_over_stays_over),
        cmocka_unit_test(who_is_to_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
