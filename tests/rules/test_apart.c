/* How many can sign one after another, when delegations tie some of them: against every order in which they can. */
#include "server/rules/apart.h"

#include "server/rules/signature.h"
#include "tests/rules/case.h"
#include "tests/rules/chance.h"

#define PEOPLE      70
#define DELEGATIONS 210

struct world {
    struct organisation org;
    struct policy policy;
    struct user users[PEOPLE];
    struct delegation delegations[DELEGATIONS];
    struct application application;
};

/* A case at HQ that waits for `need` of so many approvers; behind them so many of the CMO's, who act for others. */
static struct world *world_new(int approvers, int others, int need)
{
    static struct world w;
    w = (struct world){.org = fixture_org, .policy = fixture_policy};
    w.org.users = w.users;
    w.org.user_count = (size_t)(approvers + others);
    w.org.delegations = w.delegations;
    w.policy.route[0] = (struct route_node){.name = "v", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1};
    w.policy.route[1] = (struct route_node){.name = "d", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = need};
    w.policy.route_count = 2;
    w.application = (struct application){.state = STATE_VERIFIED,
                                         .turn_unit = HQ,
                                         .turn_role = ROLE_APPROVER,
                                         .from = {TIER_KEY, GRADE_RED},
                                         .to_grade = GRADE_GREEN};
    for (int i = 0; i < approvers + others; i++) {
        enum role role = i < approvers ? ROLE_APPROVER : ROLE_CMO;
        w.users[i] = fixture_user(i + 1, HQ, JOB_LEVEL_SUPERVISOR, ROLE_BIT(role));
    }
    return &w;
}

static void delegate(struct world *w, int64_t from, int64_t to)
{
    assert_true(w->org.delegation_count < DELEGATIONS);
    w->delegations[w->org.delegation_count++] =
        (struct delegation){.delegator = from, .substitute = to, .ends_at = INT64_MAX};
}

static struct holders_case case_at(const struct world *w, const struct application *application)
{
    return (struct holders_case){&w->org, &w->policy, FIXTURE_NOW, application, 0, 0, true};
}

static int short_of(const struct world *w)
{
    const struct holders_case c = case_at(w, &w->application);
    return signature_short(&c);
}

/* By trying: whoever can sign, signs. */
static bool suffice(const struct world *w, const struct application *application, int number)
{
    const struct holders_case c = case_at(w, application);
    bool enough = number == 0;
    struct user hands[PEOPLE];
    size_t count = enough ? 0 : holders_hands(&c, hands, PEOPLE);
    for (size_t i = 0; i < count && !enough; i++) {
        struct application then = *application;
        signature_add(&hands[i], &then);
        enough = suffice(w, &then, number - 1);
    }
    return enough;
}

static void a_pair_is_one(void **state)
{
    (void)state;
    struct world *w = world_new(2, 0, 2);
    assert_int_equal(short_of(w), 0);
    delegate(w, 2, 1);
    assert_int_equal(short_of(w), 1);
    w->delegations[0].ends_at = FIXTURE_NOW;
    assert_int_equal(short_of(w), 0);
}

/* The first to come bars both of the others: without him there are enough. */
static void not_whoever_comes_first(void **state)
{
    (void)state;
    struct world *w = world_new(3, 0, 2);
    delegate(w, 1, 2);
    delegate(w, 3, 1);
    assert_int_equal(short_of(w), 0);
    delegate(w, 2, 3);
    assert_int_equal(short_of(w), 1);
}

/* Of five who each act for the next, two; and three of six. */
static void a_ring(void **state)
{
    (void)state;
    for (int people = 5; people <= 6; people++) {
        struct world *w = world_new(people, 0, 3);
        for (int i = 0; i < people; i++) {
            delegate(w, i + 1, (i + 1) % people + 1);
        }
        assert_int_equal(short_of(w), people == 5 ? 1 : 0);
    }
}

/* One who is no approver signs for one of two, whichever leaves more. */
static void a_substitute_signs_once(void **state)
{
    (void)state;
    struct world *w = world_new(2, 1, 2);
    delegate(w, 1, 3);
    delegate(w, 2, 3);
    assert_int_equal(short_of(w), 0);
    w->users[0].level = JOB_LEVEL_CLERK;
    assert_int_equal(short_of(w), 1);
}

static void as_by_trying(void **state)
{
    (void)state;
    struct chance chance = {.seed = 20261128};
    int reached[5][2] = {{0}};
    for (int round = 0; round < 3000; round++) {
        int need = 1 + (int)chance_below(&chance, 4);
        struct world *w = world_new(2 + (int)chance_below(&chance, 6), (int)chance_below(&chance, 3), need);
        int ties = (int)chance_below(&chance, 9);
        for (int i = 0; i < ties; i++) {
            delegate(w, 1 + (int64_t)chance_below(&chance, w->org.user_count),
                     1 + (int64_t)chance_below(&chance, w->org.user_count));
        }
        int least = 0;
        while (least < need && suffice(w, &w->application, least + 1)) {
            least++;
        }
        assert_int_equal(short_of(w), need - least);
        reached[need][least == need]++;
    }
    for (int need = 2; need <= 4; need++) {
        assert_true(reached[need][0] > 30 && reached[need][1] > 30);
    }
}

/* Sixteen signatures of people with three ties each come to an end, and so do those of more than are looked at. */
static void many_with_many_ties(void **state)
{
    (void)state;
    struct chance chance = {.seed = 7};
    for (int people = 20; people <= PEOPLE; people += 10) {
        struct world *w = world_new(people, 0, 16);
        for (int i = 0; i < 3 * people; i++) {
            delegate(w, 1 + (int64_t)chance_below(&chance, (uint64_t)people),
                     1 + (int64_t)chance_below(&chance, (uint64_t)people));
        }
        assert_int_equal(short_of(w) > 0, people < 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_one), cmocka_unit_test(not_whoever_comes_first),
        cmocka_unit_test(a_ring),        cmocka_unit_test(a_substitute_signs_once),
        cmocka_unit_test(as_by_trying),  cmocka_unit_test(many_with_many_ties),
    };
    return cmocka_run_group_tests_name("apart", tests, NULL, NULL);
}
