/* Whose opinion a step waits for, and who may stop it from coming: the step waits no longer than it can come. */
#include "server/rules/assist.h"

#include "server/rules/delegation.h"
#include "tests/rules/case.h"

enum { SUB = 1, VER1, VER2, HEAD, APP1, APP2, PEOPLE = APP2 };

struct world {
    struct organisation org;
    struct policy policy;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    struct delegation delegations[2];
    struct test_case c;
};

static struct user *of(struct world *w, int64_t id)
{
    return &w->users[id - 1];
}

/* A case that is submitted; the route has two nodes for verifiers. */
static struct world *world_new(void)
{
    static struct world w;
    static const char *const logins[] = {"sub", "ver1", "ver2", "head", "app1", "app2"};
    static const int32_t units[] = {B11, R1, R1, R1, HQ, HQ};
    static const enum role roles[] = {ROLE_SUBMITTER, ROLE_VERIFIER, ROLE_VERIFIER,
                                      ROLE_VERIFIER,  ROLE_APPROVER, ROLE_APPROVER};
    static const struct route_node route[] = {
        {.name = "check", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
        {.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
        {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1}};
    w = (struct world){.org = fixture_org, .policy = fixture_policy, .c = case_new()};
    w.org.users = w.users;
    w.org.user_count = PEOPLE;
    w.org.users_by_login = w.by_login;
    w.org.delegations = w.delegations;
    w.policy.route_count = 3;
    memcpy(w.policy.route, route, sizeof route);
    for (int i = 0; i < PEOPLE; i++) {
        w.users[i] = fixture_user(i + 1, units[i], JOB_LEVEL_SUPERVISOR, ROLE_BIT(roles[i]));
        w.users[i].login = logins[i];
        w.by_login[i] = &w.users[i];
    }
    of(&w, HEAD)->level = JOB_LEVEL_MANAGER;
    return &w;
}

static enum reason step(struct world *w, int64_t id, enum event_kind action)
{
    struct step_context ctx = {.org = &w->org, .policy = &w->policy, .user = of(w, id), .now = w->c.now};
    struct step_input input = case_input(action);
    struct step_result result;
    ctx.timer_id.bytes[0] = 1;
    if (action == EVENT_SUBMIT) {
        workflow_submit(&ctx, &w->c.customer, 7, &input, &result);
    } else {
        workflow_step(&ctx, &w->c.application, &w->c.customer, &input, &result);
    }
    if (result.refusal.reason == REASON_NONE) {
        case_take(&w->c, &result);
    }
    return result.refusal.reason;
}

static struct claim_input input_of(struct world *w, int64_t id)
{
    return (struct claim_input){.org = &w->org, .policy = &w->policy, .user = of(w, id), .now = w->c.now};
}

static enum reason ask(struct world *w, int64_t id, int64_t to)
{
    const struct claim_input input = input_of(w, id);
    return assist_ask(&input, of(w, to), &w->c.application).reason;
}

static int64_t awaited(struct world *w)
{
    const struct claim_input input = input_of(w, VER1);
    const struct holders_case c = claim_case(&input, &w->c.application);
    return assist_awaited(&c);
}

static void ties(struct world *w, int64_t delegator, int64_t substitute)
{
    w->delegations[w->org.delegation_count++] =
        (struct delegation){.id = 1, .delegator = delegator, .substitute = substitute, .ends_at = INT64_MAX};
}

static void leaves(struct world *w)
{
    of(w, APP1)->disabled = true;
}

static void loses_his_role(struct world *w)
{
    of(w, APP1)->roles = ROLE_BIT(ROLE_AUDITOR);
}

static void loses_his_level(struct world *w)
{
    of(w, APP1)->level = JOB_LEVEL_CLERK;
}

static void goes_elsewhere(struct world *w)
{
    of(w, APP1)->unit_id = R2;
}

static void is_tied_to_a_hand(struct world *w)
{
    ties(w, SUB, APP1);
}

/* Without him nobody can decide. */
static void is_the_last_approver(struct world *w)
{
    of(w, APP2)->disabled = true;
}

static void assesses(struct world *w)
{
    w->c.customer.assessed_by = APP1;
    w->c.application.assessed_by = APP1;
}

static void (*const hindrances[])(struct world *) = {
    leaves, loses_his_role, loses_his_level, goes_elsewhere, is_tied_to_a_hand, is_the_last_approver, assesses,
};
#define HINDRANCES (sizeof hindrances / sizeof hindrances[0])

static struct world *asked(void)
{
    struct world *w = world_new();
    assert_int_equal(step(w, SUB, EVENT_SUBMIT), REASON_NONE);
    assert_int_equal(ask(w, VER1, APP1), REASON_NONE);
    assert_int_equal(awaited(w), APP1);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_OPINION_AWAITED);
    return w;
}

/* Whoever asked takes the step; what was asked has ended with it, though the state is the same. */
static void nobody_waits_for_one_who_cannot_give_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < HINDRANCES; i++) {
        struct world *w = asked();
        hindrances[i](w);
        assert_int_equal(step(w, VER2, EVENT_VERIFY), REASON_CLAIMED);
        assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_NONE);
        assert_int_equal(w->c.application.action, EVENT_SIGN);
        assert_int_equal(w->c.application.assistant, 0);
    }
}

static void it_may_be_returned(void **state)
{
    (void)state;
    struct world *w = asked();
    leaves(w);
    assert_int_equal(step(w, VER1, EVENT_RETURN), REASON_NONE);
}

static void another_one_is_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < HINDRANCES; i++) {
        struct world *w = asked();
        assert_int_equal(ask(w, VER1, HEAD), REASON_OPINION_AWAITED);
        hindrances[i](w);
        assert_int_equal(ask(w, VER1, HEAD), REASON_NONE);
        assert_int_equal(awaited(w), HEAD);
    }
}

/* The one who asked has gone, too: the others of the unit do not wait either. */
static void both_have_gone(void **state)
{
    (void)state;
    struct world *w = asked();
    of(w, VER1)->disabled = true;
    assert_int_equal(step(w, VER2, EVENT_VERIFY), REASON_OPINION_AWAITED);
    leaves(w);
    assert_int_equal(step(w, VER2, EVENT_VERIFY), REASON_NONE);
}

/* As long as nothing else was done, his opinion is waited for again when he can give it again. */
static void it_is_waited_for_again(void **state)
{
    (void)state;
    struct world *w = asked();
    ties(w, SUB, APP1);
    assert_int_equal(awaited(w), 0);
    w->delegations[0].ends_at = w->c.now;
    assert_int_equal(awaited(w), APP1);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_OPINION_AWAITED);
    const struct claim_input input = input_of(w, APP1);
    assert_int_equal(assist_give(&input, &w->c.application).reason, REASON_NONE);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_NONE);
}

static void called_back_it_is_not(void **state)
{
    (void)state;
    struct world *w = asked();
    of(w, APP1)->disabled = true;
    const struct claim_input input = input_of(w, VER1);
    assert_int_equal(assist_call_back(&input, &w->c.application).reason, REASON_NONE);
    of(w, APP1)->disabled = false;
    assert_int_equal(awaited(w), 0);
}

/* A substitute gives it for one who could, and for nobody else. */
static void a_substitute_gives_it_for_one_who_could(void **state)
{
    (void)state;
    struct world *w = world_new();
    int64_t acts_for;
    assert_int_equal(step(w, SUB, EVENT_SUBMIT), REASON_NONE);
    assert_int_equal(ask(w, VER1, HEAD), REASON_NONE);
    ties(w, HEAD, VER2);
    const struct claim_input input = input_of(w, VER1);
    const struct holders_case c = claim_case(&input, &w->c.application);
    assert_int_equal(assist_awaited(&c), HEAD);
    assert_true(assist_wants(&c, of(w, VER2), &acts_for));
    assert_int_equal(acts_for, HEAD);
    ties(w, SUB, HEAD);
    assert_int_equal(assist_awaited(&c), 0);
    assert_false(assist_wants(&c, of(w, VER2), &acts_for));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_waits_for_one_who_cannot_give_it),
        cmocka_unit_test(it_may_be_returned),
        cmocka_unit_test(another_one_is_asked),
        cmocka_unit_test(both_have_gone),
        cmocka_unit_test(it_is_waited_for_again),
        cmocka_unit_test(called_back_it_is_not),
        cmocka_unit_test(a_substitute_gives_it_for_one_who_could),
    };
    return cmocka_run_group_tests_name("opinions", tests, NULL, NULL);
}
