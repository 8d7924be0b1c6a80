/* The sieve lets nothing through that nobody can act on: random people, ties, nodes and hands, against
 * signature_short(). */
#include "server/rules/sieve.h"

#include "server/rules/holders.h"
#include "server/rules/ids.h"
#include "server/rules/node.h"
#include "server/rules/signature.h"
#include "tests/rules/case.h"
#include "tests/rules/chance.h"

enum { PEOPLE = 8, DELEGATIONS = 8, NODES = 2, WORLDS = 60000 };

struct world {
    struct organisation org;
    struct policy policy;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    char logins[PEOPLE][8];
    struct delegation delegations[DELEGATIONS];
    struct application application;
    int64_t assessed_by, managed_by;
};

static int64_t any_person(struct chance *chance)
{
    return 1 + (int64_t)chance_below(chance, PEOPLE);
}

static void make_people(struct world *w, struct chance *chance)
{
    static const struct {
        int32_t unit;
        enum role role;
    } posts[] = {{B11, ROLE_SUBMITTER}, {R1, ROLE_VERIFIER}, {HQ, ROLE_APPROVER}, {HQ, ROLE_CMO}};
    w->org = fixture_org;
    w->org.users = w->users;
    w->org.user_count = PEOPLE;
    w->org.users_by_login = w->by_login;
    for (int i = 0; i < PEOPLE; i++) {
        size_t post = chance_below(chance, sizeof posts / sizeof posts[0]);
        snprintf(w->logins[i], sizeof w->logins[i], "u%02d", i);
        w->users[i] = fixture_user(i + 1, posts[post].unit, JOB_LEVEL_CLERK + (enum job_level)chance_below(chance, 4),
                                   ROLE_BIT(posts[post].role));
        w->users[i].disabled = chance_below(chance, 6) == 0;
        w->users[i].login = w->logins[i];
        w->by_login[i] = &w->users[i];
    }
    w->org.delegations = w->delegations;
    w->org.delegation_count = chance_below(chance, DELEGATIONS + 1);
    for (size_t i = 0; i < w->org.delegation_count; i++) {
        int64_t delegator = any_person(chance);
        w->delegations[i] =
            (struct delegation){.id = (int64_t)i + 1,
                                .delegator = delegator,
                                .substitute = (delegator + (int64_t)chance_below(chance, PEOPLE - 1)) % PEOPLE + 1,
                                .begins_at = FIXTURE_NOW - 1,
                                .ends_at = FIXTURE_NOW + 1};
    }
}

static void make_policy(struct world *w, struct chance *chance)
{
    static const enum role roles[] = {ROLE_SUBMITTER, ROLE_VERIFIER, ROLE_APPROVER, ROLE_CMO};
    w->policy = fixture_policy;
    w->policy.version = 7;
    for (int i = 0; i < NODES; i++) {
        struct route_node node = {.name = "n",
                                  .state = i == 0 ? STATE_SUBMITTED : STATE_VERIFIED,
                                  .role = roles[2 * i + (int)chance_below(chance, 2)],
                                  .level = JOB_LEVEL_CLERK + (enum job_level)chance_below(chance, 4),
                                  .need = (int)chance_below(chance, 4),
                                  .own_manager = chance_below(chance, 5) == 0};
        if (!node.own_manager && chance_below(chance, 4) == 0) {
            node.persons[node.person_count++] = w->logins[chance_below(chance, PEOPLE)];
            node.persons[node.person_count++] = w->logins[chance_below(chance, PEOPLE)];
        }
        w->policy.route[w->policy.route_count++] = node;
    }
    if (chance_below(chance, 3) == 0) {
        w->policy.authority[w->policy.authority_count++] = (struct authority){
            .level = JOB_LEVEL_SUPERVISOR + (enum job_level)chance_below(chance, 3), .jump = 4, .kinds = ~0u};
    }
}

static void make_case(struct world *w, struct chance *chance)
{
    static const enum state states[] = {STATE_SUBMITTED, STATE_VERIFIED, STATE_RETURNED, STATE_APPROVED};
    struct application *a = &w->application;
    *a = (struct application){.state = states[chance_below(chance, 4)],
                              .branch_id = B11,
                              .region_id = R1,
                              .policy_version = w->policy.version,
                              .from = {TIER_KEY, GRADE_RED},
                              .to_grade = GRADE_GREEN,
                              .assessed_by = chance_below(chance, 3) == 0 ? any_person(chance) : 0,
                              .claimed_by = chance_below(chance, 4) == 0 ? any_person(chance) : 0};
    for (uint64_t left = chance_below(chance, 4); left > 0; left--) {
        ids_add(a->hands, &a->hand_count, HANDS_MAX, any_person(chance));
    }
    for (uint64_t left = chance_below(chance, 3); left > 0 && route_signed(a->state); left--) {
        ids_add(a->signers, &a->signer_count, HANDS_MAX, any_person(chance));
    }
    a->signatures = (int)chance_below(chance, (uint64_t)a->signer_count + 1);
    if (chance_below(chance, 8) == 0 && route_signed(a->state)) {
        ids_add(a->countersigners, &a->countersigner_count, COUNTERSIGNERS_MAX, any_person(chance));
    }
    w->assessed_by = chance_below(chance, 2) == 0 ? any_person(chance) : 0;
    w->managed_by = chance_below(chance, 4) != 0 ? any_person(chance) : 0;
    assert_true(node_turn(&w->org, &w->policy, a, &a->turn_unit, &a->turn_role));
}

static bool among(const int64_t *ids, size_t count, int64_t id)
{
    return ids_have(ids, (int)count, id);
}

/* As read_due.sql has it. */
static bool catches(const struct sieve_row *row, const struct world *w)
{
    const struct application *a = &w->application;
    int64_t involved[2 * HANDS_MAX + 1];
    int count = 0, hands = 0, need = row->need - a->signatures > 1 ? row->need - a->signatures : 1;
    for (int i = 0; i < a->hand_count; i++) {
        ids_add(involved, &count, 2 * HANDS_MAX + 1, a->hands[i]);
    }
    for (int i = 0; i < a->signer_count; i++) {
        ids_add(involved, &count, 2 * HANDS_MAX + 1, a->signers[i]);
    }
    ids_add(involved, &count, 2 * HANDS_MAX + 1, a->assessed_by);
    for (int i = 0; i < count; i++) {
        hands += among(row->tied, row->tied_count, involved[i]);
    }
    bool assessed = among(row->tied, row->tied_count, w->assessed_by);
    bool elsewhere = row->own_manager && !among(row->people, row->people_count, w->managed_by);
    int spare = row->capacity - need;
    return spare < 0 || a->countersigner_count > 0 || (hands > 0 && hands * row->weight > spare) ||
           ((row->own_manager || row->weight > spare || hands > 0) && (assessed || elsewhere));
}

static bool is_for(const struct sieve_row *row, const struct application *a)
{
    bool node = route_signed(a->state);
    return row->unit_id == a->turn_unit && row->state == a->state && row->place == (node ? a->node : 0) &&
           row->policy_version == (node ? a->policy_version : 0);
}

static void nothing_is_let_through(void **state)
{
    struct chance chance = {.seed = chance_setting("CREDITD_RANDOM_SEED", 20261128)};
    struct world *w = calloc(1, sizeof *w);
    struct arena *arena = arena_new(0);
    int nobody = 0, caught_in_vain = 0, passed = 0;
    (void)state;
    for (int i = 0; i < WORLDS; i++) {
        *w = (struct world){.assessed_by = 0};
        make_people(w, &chance);
        make_policy(w, &chance);
        make_case(w, &chance);
        const struct holders_case c = {&w->org,        &w->policy,    FIXTURE_NOW, &w->application,
                                       w->assessed_by, w->managed_by, false};
        struct sieve_row *rows;
        size_t count = sieve_rows(&w->org, &w->policy, 1, unit_by_id(&w->org, HQ), FIXTURE_NOW, arena, &rows);
        bool caught = false, is = signature_short(&c) > 0;
        for (size_t k = 0; k < count; k++) {
            caught |= is_for(&rows[k], &w->application) && catches(&rows[k], w);
        }
        assert_true(caught || !is);
        nobody += is;
        caught_in_vain += caught && !is;
        passed += !caught;
        arena_reset(arena);
    }
    assert_true(nobody > WORLDS / 10 && passed > WORLDS / 20 && caught_in_vain < WORLDS / 2);
    arena_free(arena);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_let_through)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
