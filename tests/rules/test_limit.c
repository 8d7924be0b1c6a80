/* The amount of a case: where it comes from, when it is worked out, and what its bounds mean to the minor unit. */
#include "server/rules/limit.h"

#include "server/rules/authority.h"
#include "server/rules/case_policy.h"
#include "server/rules/delegation.h"
#include "server/rules/holders.h"
#include "server/rules/node.h"
#include "tests/rules/case.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define UNKNOWN     (-1)

/* Green brings half of the volume, yellow a tenth, within bounds; red and black nothing. */
static const struct grade_terms terms[GRADE_BLACK + 1] = {
    [GRADE_GREEN] = {.limit_volume_bp = 5000, .limit_least = 100, .limit_most = 9000},
    [GRADE_YELLOW] = {.limit_volume_bp = 1000, .limit_least = 10, .limit_most = 5000}};

static struct policy policy_new(void)
{
    struct policy policy = fixture_policy;
    policy.has_terms = true;
    memcpy(policy.terms, terms, sizeof terms);
    return policy;
}

static struct money cny(int64_t minor)
{
    return minor == UNKNOWN ? (struct money){0} : (struct money){minor, "CNY"};
}

static int64_t minor_of(struct money money)
{
    return limit_known(money) ? money.minor : UNKNOWN;
}

static void of_a_grade(void **state)
{
    (void)state;
    static const struct {
        struct money volume;
        int grade;
        int64_t limit;
    } rows[] = {
        {{10000, "CNY"}, GRADE_GREEN, 5000},   {{10000, "CNY"}, GRADE_YELLOW, 1000},
        {{10000, "CNY"}, GRADE_RED, 0},        {{10000, "CNY"}, GRADE_BLACK, 0},
        {{1, "CNY"}, GRADE_GREEN, 100},        {{0, "CNY"}, GRADE_YELLOW, 10},
        {{20000, "CNY"}, GRADE_GREEN, 9000},   {{INT64_MAX, "CNY"}, GRADE_GREEN, 9000},
        {{0}, GRADE_GREEN, UNKNOWN},           {{10000, "USD"}, GRADE_GREEN, UNKNOWN},
        {{10000, "CNY"}, GRADE_NONE, UNKNOWN}, {{10000, "CNY"}, GRADE_BLACK + 1, UNKNOWN},
        {{10000, "CNY"}, -1, UNKNOWN},
    };
    struct policy policy = policy_new();
    struct customer customer = fixture_customer();
    for (size_t i = 0; i < COUNT(rows); i++) {
        customer.evaluation.volume = rows[i].volume;
        struct money limit = limit_of_case(&policy, &customer, (enum grade)rows[i].grade);
        if (minor_of(limit) != rows[i].limit || (limit_known(limit) && strcmp(limit.currency, "CNY") != 0)) {
            fail_msg("row %zu: %lld", i, (long long)minor_of(limit));
        }
    }
    customer.evaluation.volume = cny(10000);
    policy.has_terms = false;
    assert_false(limit_known(limit_of_case(&policy, &customer, GRADE_GREEN)));
    assert_false(limit_within(cny(UNKNOWN), cny(UNKNOWN)));
}

/* ---- nodes ---- */

static void a_node_for_amounts(void **state)
{
    (void)state;
    static const struct {
        int64_t from, to, limit;
        bool is_for, automatic_is;
    } rows[] = {
        {0, 0, UNKNOWN, true, true},    {0, 0, 0, true, true},
        {100, 0, 99, false, false},     {100, 0, 100, true, true},
        {100, 0, UNKNOWN, true, false}, {0, 200, 0, true, true},
        {0, 200, 200, true, true},      {0, 200, 201, false, false},
        {0, 200, UNKNOWN, true, false}, {100, 200, 99, false, false},
        {100, 200, 100, true, true},    {100, 200, 200, true, true},
        {100, 200, 201, false, false},  {100, 200, UNKNOWN, true, false},
        {100, 100, 100, true, true},
    };
    struct application application = {.from = {TIER_KEY, GRADE_YELLOW}, .to_grade = GRADE_GREEN};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route_node node = {.amount_from = rows[i].from, .amount_to = rows[i].to};
        application.limit = cny(rows[i].limit);
        bool is_for = node_is_for(&node, &application);
        node.automatic = true;
        if (is_for != rows[i].is_for || node_is_for(&node, &application) != rows[i].automatic_is) {
            fail_msg("row %zu", i);
        }
    }
}

/* ---- authority ---- */

static void authority_up_to_a_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t limit;
        enum job_level needed;
    } rows[] = {{0, JOB_LEVEL_SUPERVISOR},    {100, JOB_LEVEL_SUPERVISOR}, {101, JOB_LEVEL_MANAGER},
                {200, JOB_LEVEL_MANAGER},     {201, JOB_LEVEL_DIRECTOR},   {INT64_MAX, JOB_LEVEL_DIRECTOR},
                {UNKNOWN, JOB_LEVEL_DIRECTOR}};
    struct policy policy = policy_new();
    const struct standing from = {TIER_KEY, GRADE_RED};
    policy.authority[0] = (struct authority){JOB_LEVEL_DIRECTOR, GRADE_BLACK, ~0U, 0};
    policy.authority[1] = (struct authority){JOB_LEVEL_SUPERVISOR, 1, ~0U, 100};
    policy.authority[2] = (struct authority){JOB_LEVEL_MANAGER, GRADE_BLACK, ~0U, 200};
    policy.authority_count = 3;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(authority_needed(&policy, from, GRADE_YELLOW, cny(rows[i].limit)), rows[i].needed);
    }
    /* A wider jump is not the supervisor's at any amount. */
    assert_int_equal(authority_needed(&policy, from, GRADE_GREEN, cny(0)), JOB_LEVEL_MANAGER);
    policy.authority[0].limit = 1000;
    assert_int_equal(authority_needed(&policy, from, GRADE_YELLOW, cny(UNKNOWN)), 0);
    policy.authority_count = 0;
    assert_int_equal(authority_needed(&policy, from, GRADE_YELLOW, cny(UNKNOWN)), JOB_LEVEL_CLERK);
}

/* ---- delegations ---- */

static void a_delegation_up_to_an_amount(void **state)
{
    (void)state;
    static const struct {
        struct money most, limit;
        bool is_for;
    } rows[] = {
        {{0}, {0}, true},
        {{0}, {INT64_MAX, "CNY"}, true},
        {{100, "CNY"}, {0, "CNY"}, true},
        {{100, "CNY"}, {100, "CNY"}, true},
        {{100, "CNY"}, {101, "CNY"}, false},
        {{100, "CNY"}, {0}, false},
        {{100, "CNY"}, {1, "USD"}, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct delegation row = {.amount_to = rows[i].most};
        assert_int_equal(delegation_is_for(&row, CASE_KIND_PROMOTION, rows[i].limit), rows[i].is_for);
        row.kinds = CASE_KIND_BIT(CASE_KIND_DEMOTION);
        assert_false(delegation_is_for(&row, CASE_KIND_PROMOTION, rows[i].limit));
    }
}

/* ---- cases ---- */

enum { SUBMITTER, VERIFIER, SUPERVISOR, DIRECTOR, SUBSTITUTE, PEOPLE };

struct world {
    struct organisation org;
    struct policy policy;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    struct delegation delegation;
    struct test_case c;
};

static void world_begin(struct world *w, int64_t volume)
{
    static const char *const logins[PEOPLE] = {"a", "b", "c", "d", "e"};
    static const int32_t units[PEOPLE] = {B11, R1, HQ, HQ, HQ};
    static const enum role roles[PEOPLE] = {ROLE_SUBMITTER, ROLE_VERIFIER, ROLE_APPROVER, ROLE_APPROVER, ROLE_CMO};
    *w = (struct world){.org = fixture_org, .policy = policy_new(), .c = case_new()};
    for (int i = 0; i < PEOPLE; i++) {
        enum job_level level = i == DIRECTOR || i == SUBSTITUTE ? JOB_LEVEL_DIRECTOR : JOB_LEVEL_SUPERVISOR;
        w->users[i] = fixture_user(i + 1, units[i], level, ROLE_BIT(roles[i]));
        w->users[i].login = logins[i];
        w->by_login[i] = &w->users[i];
    }
    w->org.users = w->users;
    w->org.user_count = PEOPLE;
    w->org.users_by_login = w->by_login;
    w->c.customer.evaluation.volume = cny(volume);
}

static enum reason step(struct world *w, int who, struct step_input input)
{
    struct step_context ctx = {.org = &w->org, .policy = &w->policy, .user = &w->users[who], .now = w->c.now};
    struct step_result result;
    ctx.timer_id.bytes[0] = 1;
    if (input.action == EVENT_SUBMIT) {
        workflow_submit(&ctx, &w->c.customer, 7, &input, &result);
    } else {
        workflow_step(&ctx, &w->c.application, &w->c.customer, &input, &result);
    }
    if (result.refusal.reason == REASON_NONE) {
        case_take(&w->c, &result);
    }
    return result.refusal.reason;
}

static void took(struct world *w, int who, enum event_kind action, enum grade grade)
{
    struct step_input input = case_input(action);
    input.grade = grade;
    assert_int_equal(step(w, who, input), REASON_NONE);
}

static void when_it_is_worked_out(void **state)
{
    (void)state;
    struct world w;
    world_begin(&w, 10000);
    took(&w, SUBMITTER, EVENT_SUBMIT, GRADE_GREEN);
    assert_int_equal(minor_of(w.c.application.limit), 5000);
    w.c.customer.evaluation.volume = cny(4000); /* evaluated again */
    took(&w, VERIFIER, EVENT_RETURN, GRADE_NONE);
    took(&w, SUBMITTER, EVENT_RESUBMIT, GRADE_NONE);
    assert_int_equal(minor_of(w.c.application.limit), 5000);
    took(&w, VERIFIER, EVENT_RETURN, GRADE_NONE);
    took(&w, SUBMITTER, EVENT_RESUBMIT, GRADE_GREEN); /* no other grade */
    assert_int_equal(minor_of(w.c.application.limit), 5000);
    took(&w, VERIFIER, EVENT_RETURN, GRADE_NONE);
    took(&w, SUBMITTER, EVENT_RESUBMIT, GRADE_RED);
    assert_int_equal(minor_of(w.c.application.limit), 0);
    took(&w, VERIFIER, EVENT_RETURN, GRADE_NONE);
    took(&w, SUBMITTER, EVENT_RESUBMIT, GRADE_GREEN);
    assert_int_equal(minor_of(w.c.application.limit), 2000);
}

/* By the terms of the policy that it goes over to, before it looks for its node there. */
static void with_another_policy(void **state)
{
    (void)state;
    struct world w;
    world_begin(&w, 10000);
    took(&w, SUBMITTER, EVENT_SUBMIT, GRADE_GREEN);
    took(&w, VERIFIER, EVENT_VERIFY, GRADE_NONE);
    struct policy target = w.policy;
    uint32_t skipped;
    target.version = 2;
    target.terms[GRADE_GREEN].limit_volume_bp = 1000;
    target.route_count = 3;
    target.route[0] = (struct route_node){.name = "v", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1};
    target.route[1] =
        (struct route_node){.name = "large", .state = STATE_VERIFIED, .role = ROLE_CMO, .need = 1, .amount_from = 1001};
    target.route[2] = (struct route_node){.name = "d", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1};
    struct case_policy_input input = {.org = &w.org,
                                      .target = &target,
                                      .user = &w.users[SUPERVISOR],
                                      .now = w.c.now,
                                      .customer = &w.c.customer,
                                      .reason = "r"};
    assert_int_equal(case_policy_move(&input, &w.c.application, &skipped).reason, REASON_NONE);
    assert_int_equal(minor_of(w.c.application.limit), 5000); /* it is only asked for */
    input.user = &w.users[DIRECTOR];
    input.approve = true;
    const struct application asked = w.c.application;
    assert_int_equal(case_policy_move(&input, &w.c.application, &skipped).reason, REASON_NONE);
    assert_int_equal(minor_of(w.c.application.limit), 1000);
    assert_int_equal(skipped, 1U << 1); /* large */
    assert_string_equal(node_of(&target, &w.c.application)->name, "d");
    w.c.application = asked;
    target.has_terms = false; /* not known: nobody passes the node by */
    assert_int_equal(case_policy_move(&input, &w.c.application, &skipped).reason, REASON_NONE);
    assert_false(limit_known(w.c.application.limit));
    assert_string_equal(node_of(&target, &w.c.application)->name, "large");
}

/* Two who may not decide a case do not bring it under a policy by which they may. */
static void a_policy_is_left_by_those_who_decide(void **state)
{
    (void)state;
    struct world w;
    world_begin(&w, 2002);
    w.policy.authority[0] = (struct authority){JOB_LEVEL_SUPERVISOR, GRADE_BLACK, ~0U, 1000};
    w.policy.authority[1] = (struct authority){JOB_LEVEL_DIRECTOR, GRADE_BLACK, ~0U, 0};
    w.policy.authority_count = 2;
    took(&w, SUBMITTER, EVENT_SUBMIT, GRADE_GREEN);
    struct policy target = policy_new();
    uint32_t skipped;
    target.version = 2;
    struct case_policy_input input = {.org = &w.org,
                                      .policy = &w.policy,
                                      .target = &target,
                                      .user = &w.users[DIRECTOR],
                                      .now = w.c.now,
                                      .customer = &w.c.customer,
                                      .reason = "r"};
    assert_int_equal(case_policy_move(&input, &w.c.application, &skipped).reason, REASON_NONE);
    input.user = &w.users[SUPERVISOR];
    input.approve = true;
    assert_int_equal(case_policy_move(&input, &w.c.application, &skipped).reason, REASON_ABOVE_AUTHORITY);
    w.c.application.limit = cny(1000);
    struct application within = w.c.application, decided = w.c.application;
    assert_int_equal(case_policy_move(&input, &within, &skipped).reason, REASON_NONE);
    decided.limit = cny(1001);
    decided.state = STATE_APPROVED;
    assert_int_equal(case_policy_move(&input, &decided, &skipped).reason, REASON_NONE);
}

static enum holding holding(const struct world *w, int who)
{
    const struct holders_case c = {&w->org, &w->policy, w->c.now, &w->c.application, 0, 0, false};
    int64_t acts_for;
    return holders_of_any(&c, &w->users[who], &acts_for);
}

/* Above a supervisor's limit the case is on the director's desk alone, and not on that of his narrower substitute. */
static void it_goes_up_by_itself(void **state)
{
    (void)state;
    static const struct {
        int64_t volume; /* twice the limit */
        bool supervisor, substitute;
    } rows[] = {
        {2000, true, true}, {2002, false, true}, {4000, false, true}, {4002, false, false}, {UNKNOWN, false, false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        world_begin(&w, rows[i].volume);
        w.policy.authority[0] = (struct authority){JOB_LEVEL_SUPERVISOR, GRADE_BLACK, ~0U, 1000};
        w.policy.authority[1] = (struct authority){JOB_LEVEL_DIRECTOR, GRADE_BLACK, ~0U, 0};
        w.policy.authority_count = 2;
        w.delegation = (struct delegation){.id = 1,
                                           .delegator = w.users[DIRECTOR].id,
                                           .substitute = w.users[SUBSTITUTE].id,
                                           .ends_at = INT64_MAX,
                                           .amount_to = cny(2000)};
        w.org.delegations = &w.delegation;
        w.org.delegation_count = 1;
        took(&w, SUBMITTER, EVENT_SUBMIT, GRADE_GREEN);
        took(&w, VERIFIER, EVENT_VERIFY, GRADE_NONE);
        assert_int_equal(holding(&w, SUPERVISOR), rows[i].supervisor ? HOLDING_CAN : HOLDING_NONE);
        assert_int_equal(holding(&w, DIRECTOR), HOLDING_CAN);
        assert_int_equal(holding(&w, SUBSTITUTE), rows[i].substitute ? HOLDING_CAN : HOLDING_NONE);
        enum reason reason = step(&w, SUPERVISOR, case_input(EVENT_APPROVE));
        assert_int_equal(reason, rows[i].supervisor ? REASON_NONE : REASON_ABOVE_AUTHORITY);
        assert_int_equal(reason == REASON_NONE ? REASON_NONE : step(&w, DIRECTOR, case_input(EVENT_APPROVE)),
                         REASON_NONE);
    }
}

/* Another grade than the requested one brings another amount: who decides it must have the authority for that, too, by
 * himself and for whom he acts, and no node may have been passed by that is for it. */
static void another_grade_is_another_amount(void **state)
{
    (void)state;
    static const struct {
        int64_t volume; /* ten times the limit of yellow; black brings none */
        int64_t most, node_from, delegated;
        int who;
        enum reason reason;
    } rows[] = {
        {10000, 1000, 0, 0, SUPERVISOR, REASON_NONE},
        {10010, 1000, 0, 0, SUPERVISOR, REASON_ABOVE_AUTHORITY},
        {UNKNOWN, 1000, 0, 0, SUPERVISOR, REASON_ABOVE_AUTHORITY},
        {10010, 1000, 0, 0, DIRECTOR, REASON_NONE},
        {10000, 1000, 0, 1000, SUBSTITUTE, REASON_NONE},
        {10010, 1000, 0, 1000, SUBSTITUTE, REASON_DELEGATION_AMOUNT},
        {10000, 9000, 1001, 0, SUPERVISOR, REASON_NONE},
        {10010, 9000, 1001, 0, SUPERVISOR, REASON_GRADE_NEEDS_NODE},
        {10010, 9000, 1001, 0, DIRECTOR, REASON_GRADE_NEEDS_NODE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int last = 0; last < 2; last++) { /* the node for amounts comes before or behind */
            struct world w;
            world_begin(&w, 100);
            w.policy.authority[0] = (struct authority){JOB_LEVEL_SUPERVISOR, GRADE_BLACK, ~0U, rows[i].most};
            w.policy.authority[1] = (struct authority){JOB_LEVEL_DIRECTOR, GRADE_BLACK, ~0U, 0};
            w.policy.authority_count = 2;
            w.policy.route_count = rows[i].node_from == 0 ? 0 : 3;
            w.policy.route[0] =
                (struct route_node){.name = "v", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1};
            w.policy.route[1 + last] = (struct route_node){.name = "large",
                                                           .state = STATE_VERIFIED,
                                                           .role = ROLE_CMO,
                                                           .need = 1,
                                                           .amount_from = rows[i].node_from};
            w.policy.route[2 - last] =
                (struct route_node){.name = "d", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1};
            w.delegation = (struct delegation){.delegator = w.users[DIRECTOR].id,
                                               .substitute = w.users[SUBSTITUTE].id,
                                               .ends_at = INT64_MAX,
                                               .amount_to = cny(rows[i].delegated)};
            w.org.delegations = &w.delegation;
            w.org.delegation_count = rows[i].delegated != 0;
            w.c.customer.standing = (struct standing){TIER_KEY, GRADE_GREEN};
            took(&w, SUBMITTER, EVENT_SUBMIT, GRADE_BLACK);
            took(&w, VERIFIER, EVENT_VERIFY, GRADE_NONE);
            assert_int_equal(minor_of(w.c.application.limit), 0);
            w.c.customer.evaluation.volume = cny(rows[i].volume);
            if (rows[i].delegated != 0) {
                w.users[SUBSTITUTE] = delegation_acting_by(&w.org, &w.delegation);
            }
            struct step_input input = case_input(EVENT_APPROVE);
            input.grade = GRADE_YELLOW;
            assert_int_equal(step(&w, rows[i].who, input), rows[i].reason);
            if (rows[i].reason != REASON_NONE) { /* as requested it is his to decide */
                assert_int_equal(step(&w, rows[i].who, case_input(EVENT_APPROVE)), REASON_NONE);
            }
        }
    }
}

/* The second signature for another grade needs the authority for it like the first one. */
static void each_signature_of_another_amount(void **state)
{
    (void)state;
    struct world w;
    world_begin(&w, 10010);
    w.policy.authority[0] = (struct authority){JOB_LEVEL_SUPERVISOR, GRADE_BLACK, ~0U, 1000};
    w.policy.authority[1] = (struct authority){JOB_LEVEL_DIRECTOR, GRADE_BLACK, ~0U, 0};
    w.policy.authority_count = 2;
    w.policy.route_count = 2;
    w.policy.route[0] = (struct route_node){.name = "v", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1};
    w.policy.route[1] = (struct route_node){.name = "d", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 2};
    w.c.customer.standing = (struct standing){TIER_KEY, GRADE_GREEN};
    took(&w, SUBMITTER, EVENT_SUBMIT, GRADE_BLACK);
    took(&w, VERIFIER, EVENT_VERIFY, GRADE_NONE);
    took(&w, DIRECTOR, EVENT_APPROVE, GRADE_YELLOW);
    assert_int_equal(w.c.application.signed_grade, GRADE_YELLOW);
    assert_int_equal(step(&w, SUPERVISOR, case_input(EVENT_APPROVE)), REASON_ABOVE_AUTHORITY);
}

/* Whatever the amount: who acts for one of two is tied to him. */
static void ties_know_no_amount(void **state)
{
    (void)state;
    struct world w;
    world_begin(&w, UNKNOWN);
    w.delegation = (struct delegation){.delegator = w.users[SUPERVISOR].id,
                                       .substitute = w.users[DIRECTOR].id,
                                       .ends_at = INT64_MAX,
                                       .amount_to = cny(1)};
    w.org.delegations = &w.delegation;
    w.org.delegation_count = 1;
    assert_true(delegation_ties(&w.org, w.users[DIRECTOR].id, w.users[SUPERVISOR].id, w.c.now));
}

/* ---- the volume ---- */

static void an_evaluation_keeps_the_volume(void **state)
{
    (void)state;
    const civil_date today = zone_date_at("Asia/Shanghai", FIXTURE_NOW);
    struct trade trades[] = {
        {.currency = "CNY", .amount_minor = 700, .issued_on = today, .due_on = today},
        {.currency = "CNY", .amount_minor = 42, .issued_on = today - 30, .due_on = today - 1},
        {.currency = "CNY",
         .amount_minor = 9999,
         .issued_on = today - 370,
         .due_on = today - 1}, /* out of the window */
    };
    struct policy policy = fixture_policy;
    struct evaluation_input input = {.policy = &policy,
                                     .org = &fixture_org,
                                     .branch = unit_by_id(&fixture_org, B11),
                                     .now = FIXTURE_NOW,
                                     .facts = {.trades = trades, .trade_count = 3},
                                     .timer_id.bytes = {1}};
    static const struct {
        size_t first, count;
        int64_t volume;
    } rows[] = {{0, 3, 742}, {0, 1, 700}, {2, 1, UNKNOWN}, {0, 0, UNKNOWN}};
    struct arena *arena = arena_new(0);
    struct customer customer = fixture_customer();
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct evaluation_result result;
        customer.evaluation.volume = (struct money){5, "USD"}; /* of the evaluation before */
        input.facts = (struct facts){.trades = trades + rows[i].first, .trade_count = rows[i].count};
        standing_evaluate(&input, &customer, arena, &result);
        assert_int_equal(minor_of(result.customer.evaluation.volume), rows[i].volume);
        assert_string_equal(result.customer.evaluation.volume.currency, rows[i].volume == UNKNOWN ? "" : "CNY");
        policy.band_count = 0; /* it computes nothing */
        standing_evaluate(&input, &customer, arena, &result);
        assert_false(limit_known(result.customer.evaluation.volume));
        policy.band_count = fixture_policy.band_count;
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_grade),
        cmocka_unit_test(a_node_for_amounts),
        cmocka_unit_test(authority_up_to_a_limit),
        cmocka_unit_test(a_delegation_up_to_an_amount),
        cmocka_unit_test(when_it_is_worked_out),
        cmocka_unit_test(with_another_policy),
        cmocka_unit_test(it_goes_up_by_itself),
        cmocka_unit_test(a_policy_is_left_by_those_who_decide),
        cmocka_unit_test(another_grade_is_another_amount),
        cmocka_unit_test(each_signature_of_another_amount),
        cmocka_unit_test(ties_know_no_amount),
        cmocka_unit_test(an_evaluation_keeps_the_volume),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
