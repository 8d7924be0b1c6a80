/* Cases that wait for their customers: paused, resumed, forgotten, signed, sent back and urged at random, while
 * calendars, time zones and the days of the policy change, against what a pause may do to the ends. */
#include "server/rules/clock.h"
#include "server/rules/pause.h"
#include "server/rules/reminder.h"
#include "tests/rules/case.h"
#include "tests/rules/chance.h"
#include "tests/unit/unit.h"

enum { CASES = 4000, ATTEMPTS = 60, DAYS = 12, PAUSE_DAYS = 5 };

/* Nodes of one state are of two units and of one. */
static const struct route_node nodes[] = {
    {.name = "head", .state = STATE_SUBMITTED, .role = ROLE_SUBMITTER, .need = 1},
    {.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 2},
    {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1},
    {.name = "cmo", .state = STATE_VERIFIED, .role = ROLE_CMO, .need = 1},
};

struct world {
    struct organisation org;
    struct unit units[COUNT(fixture_units)];
    struct calendar_day days[DAYS];
    struct policy policy;
    struct chance chance;
    unsigned paused, resumed, of_no_days, used_up, by_signature, urged, left;
};

static uint64_t draw(struct world *w, uint64_t below)
{
    return chance_below(&w->chance, below);
}

static void begin(struct world *w)
{
    memcpy(w->units, fixture_units, sizeof w->units);
    w->org = fixture_org;
    w->org.units = w->units;
    w->policy = fixture_policy;
    w->policy.pause_days = PAUSE_DAYS;
    w->policy.counting = (enum counting)draw(w, 3);
    memcpy(w->policy.route, nodes, sizeof nodes);
    w->policy.route_count = COUNT(nodes);
}

/* A holiday or a day that is made up, another zone, other days of the running step. */
static void something_changes(struct world *w, int64_t now)
{
    static const char *const zones[] = {"Asia/Shanghai", "Asia/Urumqi", "Asia/Tokyo"};
    if (draw(w, 3) == 0 && w->org.calendar_count < DAYS) {
        struct calendar_day day = {.unit_id = HQ, .working = draw(w, 2) == 0};
        day.date = zone_date_at("Asia/Shanghai", now) + (civil_date)w->org.calendar_count * 2 + 1;
        if (w->org.calendar_count == 0 || day.date > w->days[w->org.calendar_count - 1].date) {
            w->days[w->org.calendar_count++] = day;
            w->org.calendar = w->days;
        }
    }
    if (draw(w, 8) == 0) {
        w->units[draw(w, COUNT(fixture_units))].zone = zones[draw(w, 3)];
    }
    w->policy.verify_days = 2 + (int)draw(w, 3);
}

static void check_row(const struct world *w, const struct test_case *c)
{
    const struct application *a = &c->application;
    bool stands = pause_stands(&w->org, &w->policy, c->now, a);
    assert_true(!stands || !clock_overdue(a->due_at, c->now));
    assert_true(a->due_at <= a->complete_by);
    assert_true(a->step_paused_days <= a->paused_days && a->paused_days <= PAUSE_DAYS);
    assert_int_equal(a->paused_at != 0, a->paused_complete_by != 0);
    assert_true(a->paused_at == 0 || (a->due_at >= a->paused_due_at && a->complete_by >= a->paused_complete_by));
}

static struct user whose_turn(const struct application *a, int64_t id)
{
    return fixture_user(id, a->turn_unit, JOB_LEVEL_DIRECTOR, ROLE_BIT(a->turn_role));
}

/* The clock is stopped or goes on again. */
static void wait_or_go_on(struct world *w, struct test_case *c)
{
    const struct user user = whose_turn(&c->application, 20);
    struct pause_input input = {.org = &w->org, .policy = &w->policy, .user = &user, .now = c->now, .waits_for = "w"};
    const struct application before = c->application;
    char detail[PAUSE_DETAIL_BYTES];
    input.timer_id.bytes[0] = 2;
    if (pause_begin(&input, &c->application, detail).reason == REASON_NONE) {
        w->paused++;
        assert_int_equal(c->application.paused_due_at, before.due_at);
        assert_int_equal(c->application.paused_complete_by, before.complete_by);
        return;
    }
    assert_memory_equal(&c->application, &before, sizeof before);
    bool stood = pause_stands(&w->org, &w->policy, c->now, &before);
    if (before.state == STATE_APPROVED || pause_end(&input, &c->application).reason != REASON_NONE) {
        return;
    }
    int days = c->application.paused_days - before.paused_days;
    w->resumed++;
    w->of_no_days += days == 0;
    w->used_up += !stood;
    if (!stood) { /* it had its ends already */
        assert_true(c->application.due_at == before.due_at && c->application.complete_by == before.complete_by);
    } else if (days == 0) {
        assert_int_equal(c->application.due_at, before.paused_due_at);
        assert_int_equal(c->application.complete_by, before.paused_complete_by);
    } else {
        assert_true(c->application.due_at >= before.paused_due_at);
        assert_true(c->application.complete_by > before.paused_complete_by);
    }
}

static void urge(struct world *w, struct test_case *c)
{
    const struct user user = fixture_user(21, B11, JOB_LEVEL_MANAGER, ROLE_BIT(ROLE_SUBMITTER));
    bool stands = pause_stands(&w->org, &w->policy, c->now, &c->application);
    enum reason reason = reminder_urge(&w->org, &w->policy, &user, c->now, &c->application).reason;
    w->urged += reason == REASON_NONE;
    assert_true(reason != REASON_PAUSED || stands);
}

/* A step ends the pause; within a state it leaves the ends as a resumption would, and an urge only at the same node. */
static void check_step(struct world *w, const struct application *before, const struct application *after)
{
    bool paused = before->paused_at != 0;
    assert_true(after->paused_at == 0 && after->paused_due_at == 0 && after->paused_complete_by == 0);
    assert_true(after->complete_by >= (paused ? before->paused_complete_by : before->complete_by));
    bool same_desk = after->state == before->state && after->node == before->node;
    assert_true(after->urged_at == (same_desk ? before->urged_at : 0));
    w->left += before->urged_at != 0 && !same_desk && after->state == before->state;
    if (after->state != before->state) {
        return;
    }
    w->by_signature += paused;
    assert_true(after->due_at >= (paused ? before->paused_due_at : before->due_at));
    assert_true(paused || after->due_at == before->due_at);
}

/* Whose turn it is signs, sends back to a node, or returns; the branch enters. */
static void step(struct world *w, struct test_case *c, int64_t id)
{
    struct step_input input = case_input(EVENT_SUBMIT);
    const struct application before = c->application;
    if (before.version > 0) {
        static const enum event_kind of_state[] = {[STATE_SUBMITTED] = EVENT_VERIFY,
                                                   [STATE_RETURNED] = EVENT_RESUBMIT,
                                                   [STATE_VERIFIED] = EVENT_APPROVE,
                                                   [STATE_APPROVED] = EVENT_RECORD};
        input = case_input(of_state[before.state]);
        input.node = nodes[draw(w, COUNT(nodes))].name;
        if (input.action == EVENT_VERIFY || input.action == EVENT_APPROVE) {
            uint64_t what = draw(w, 8);
            input.action = what == 0 ? EVENT_RETURN : what <= 2 ? EVENT_RETURN_TO_NODE : input.action;
        }
    }
    const struct user user = before.version > 0 ? whose_turn(&before, id)
                                                : fixture_user(id, B11, JOB_LEVEL_DIRECTOR, ROLE_BIT(ROLE_SUBMITTER));
    struct step_context ctx = {.org = &w->org, .policy = &w->policy, .user = &user, .now = c->now};
    struct step_result result;
    ctx.timer_id.bytes[0] = 1;
    if (before.version > 0) {
        workflow_step(&ctx, &c->application, &c->customer, &input, &result);
    } else {
        workflow_submit(&ctx, &c->customer, 7, &input, &result);
    }
    if (result.refusal.reason == REASON_NONE) {
        case_take(c, &result);
        if (before.version > 0 && !route_closed(c->application.state)) {
            check_step(w, &before, &c->application);
        }
    }
}

static void play(struct world *w)
{
    struct test_case c = case_new();
    begin(w);
    for (int i = 0; i < ATTEMPTS && !(c.application.version > 0 && route_closed(c.application.state)); i++) {
        c.now += (int64_t)draw(w, 15) * 3600 * US_PER_SECOND;
        something_changes(w, c.now);
        if (c.application.version == 0 || draw(w, 3) == 0) {
            step(w, &c, 22 + (int64_t)draw(w, 9));
        } else if (draw(w, 3) == 0) {
            urge(w, &c);
        } else {
            wait_or_go_on(w, &c);
        }
        if (c.application.version > 0 && !route_closed(c.application.state)) {
            check_row(w, &c);
        }
    }
}

static void a_pause_only_makes_ends_later(void **state)
{
    (void)state;
    const uint64_t cases = chance_setting("CREDITD_RANDOM_SEQUENCES", CASES);
    struct world w = {.chance = {.seed = chance_setting("CREDITD_RANDOM_SEED", 20261128)}};
    for (uint64_t i = 0; i < cases; i++) {
        play(&w);
    }
    print_message(
        "in %lu cases %u pauses; %u resumed, %u of no days, %u used up; %u ended by a signature; %u urges, %u left "
        "behind\n",
        (unsigned long)cases, w.paused, w.resumed, w.of_no_days, w.used_up, w.by_signature, w.urged, w.left);
    const unsigned least[] = {w.paused, w.resumed, w.of_no_days, w.used_up, w.by_signature, w.urged, w.left};
    for (size_t i = 0; i < COUNT(least); i++) {
        assert_true(least[i] > cases / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_only_makes_ends_later),
    };
    return cmocka_run_group_tests_name("pauses, random", tests, NULL, NULL);
}
