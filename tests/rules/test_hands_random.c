/* Cases of one customer, on routes of several forms, played by people who move, leave, are promoted and delegate
 * meanwhile, as requests go: nobody, and nobody with or for another, holds two hands in a case.
 * CREDITD_RANDOM_SEQUENCES says how many; RULES.md how many were run. */
#include "server/rules/assist.h"
#include "server/rules/claim.h"
#include "server/rules/countersign.h"
#include "server/rules/delegation.h"
#include "server/rules/holders.h"
#include "server/rules/limit.h"
#include "server/rules/manager.h"
#include "server/rules/node.h"
#include "server/rules/signature.h"
#include "tests/rules/case.h"
#include "tests/rules/chance.h"

enum { PEOPLE = 9, ATTEMPTS = 300, DELEGATIONS = 12, CASES = 10000, ROUTES = 9, BY_AMOUNT = 7 };

/* Bounds on the amount of a case, of the form BY_AMOUNT, and of delegations. */
enum { LARGE_FROM = 30000, SMALL_TO = 20000, CLERKS_TO = 45000, DELEGATED_TO = 40000, AMOUNTS = 60000 };

/* The regulation's; two of everything; all; persons; with conditions; the branch and the CMO; the customer's manager;
 * by the amount; two at the region. */
static const struct route_node nodes[ROUTES][4] = {
    {{0}},
    {{.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 2},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 2}},
    {{.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 0},
     {.name = "again", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "first", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 0}},
    {{.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "named",
      .state = STATE_VERIFIED,
      .role = ROLE_APPROVER,
      .need = 1,
      .persons = {"u01", "u03", "u05", "u07"},
      .person_count = 4},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1, .level = JOB_LEVEL_MANAGER}},
    {{.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "doubts", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1, .doubtful = ASKED_YES},
     {.name = "small",
      .state = STATE_VERIFIED,
      .automatic = true,
      .need = 1,
      .role = ROLE_APPROVER,
      .doubtful = ASKED_NO},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1}},
    {{.name = "head", .state = STATE_SUBMITTED, .role = ROLE_SUBMITTER, .need = 1},
     {.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1},
     {.name = "cmo", .state = STATE_VERIFIED, .role = ROLE_CMO, .need = 1}},
    {{.name = "own", .state = STATE_SUBMITTED, .role = ROLE_SUBMITTER, .need = 1, .own_manager = true},
     {.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "his", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1, .own_manager = true},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1}},
    {{.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "large", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1, .amount_from = LARGE_FROM},
     {.name = "small",
      .state = STATE_VERIFIED,
      .automatic = true,
      .need = 1,
      .role = ROLE_APPROVER,
      .amount_to = SMALL_TO,
      .doubtful = ASKED_NO},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1}},
    {{.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "again", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .need = 1},
     {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .need = 1}},
};

struct world {
    struct organisation org;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    char logins[PEOPLE][8];
    struct delegation delegations[DELEGATIONS];
    struct policy policy;
    struct chance chance;
    unsigned managers; /* who have signed as such */
};

/* What the test itself remembers of a case: bits of people. */
struct memory {
    int own;        /* signatures that the node at hand has of its own */
    int64_t amount; /* of the case; -1: not known */
    uint32_t entered, verified;
    /* By state and node: who has signed it since the case last went back to it or to what is before it. */
    uint32_t signed_at[STATE_VERIFIED + 1][ROUTE_NODES_MAX];
};

static uint64_t draw(struct world *w, uint64_t below)
{
    return chance_below(&w->chance, below);
}

/* A place that is likely to matter. */
static void place(struct world *w, struct user *user)
{
    static const struct {
        int32_t unit;
        uint32_t roles;
    } places[] = {
        {B11, ROLE_BIT(ROLE_SUBMITTER)}, {B11, ROLE_BIT(ROLE_SUBMITTER)}, {R1, ROLE_BIT(ROLE_VERIFIER)},
        {R1, ROLE_BIT(ROLE_VERIFIER)},   {HQ, ROLE_BIT(ROLE_APPROVER)},   {HQ, ROLE_BIT(ROLE_APPROVER)},
        {HQ, ROLE_BIT(ROLE_CMO)},        {B12, ROLE_BIT(ROLE_SUBMITTER)}, {R1, ROLE_BIT(ROLE_AUDITOR)},
    };
    uint64_t at = draw(w, sizeof places / sizeof places[0]);
    user->unit_id = places[at].unit;
    user->roles = places[at].roles;
}

static void people_begin(struct world *w)
{
    w->org = fixture_org;
    w->org.users = w->users;
    w->org.user_count = PEOPLE;
    w->org.users_by_login = w->by_login;
    w->org.delegations = w->delegations;
    w->org.delegation_count = 0;
    for (int i = 0; i < PEOPLE; i++) {
        snprintf(w->logins[i], sizeof w->logins[i], "u%02d", i);
        w->users[i] = fixture_user(i + 1, B11, JOB_LEVEL_SUPERVISOR + (enum job_level)draw(w, 3), 0);
        w->users[i].login = w->logins[i];
        w->by_login[i] = &w->users[i];
        place(w, &w->users[i]);
    }
}

static void delegate(struct world *w, int64_t now)
{
    struct user *delegator = &w->users[draw(w, PEOPLE)];
    civil_date today = zone_date_at("Asia/Shanghai", now);
    const struct delegation_input input = {
        .org = &w->org,
        .user = &w->users[draw(w, 4) == 0 ? draw(w, PEOPLE) : (uint64_t)delegator->id - 1],
        .delegator = delegator,
        .substitute = &w->users[draw(w, PEOPLE)],
        .now = now,
        .from = today,
        .until = today + (civil_date)draw(w, 5),
        .kinds = (uint32_t)draw(w, 2) * CASE_KIND_BIT(CASE_KIND_PROMOTION),
        .amount_to = draw(w, 2) == 0 ? (struct money){0} : (struct money){DELEGATED_TO, "CNY"}};
    struct delegation row;
    if (delegation_grant(&input, &row).reason == REASON_NONE) {
        size_t at = w->org.delegation_count < DELEGATIONS ? w->org.delegation_count++ : draw(w, DELEGATIONS);
        row.id = (int64_t)at + 1;
        w->delegations[at] = row;
    }
}

/* Somebody moves, leaves, comes back, is promoted, delegates or takes that back. */
static void something_changes(struct world *w, int64_t now)
{
    struct user *user = &w->users[draw(w, PEOPLE)];
    switch (draw(w, 8)) {
    case 0:
        place(w, user);
        break;
    case 1:
        user->disabled = !user->disabled;
        break;
    case 2:
        user->level = JOB_LEVEL_CLERK + (enum job_level)draw(w, 4);
        break;
    case 3:
        if (w->org.delegation_count > 0) {
            (void)delegation_revoke(&w->org, user, now, &w->delegations[draw(w, w->org.delegation_count)]);
        }
        break;
    default:
        delegate(w, now);
    }
}

static enum method method_of(enum event_kind action)
{
    switch ((int)action) {
    case EVENT_RECALL:
        return METHOD_APPLICATION_RECALL;
    case EVENT_RETURN_TO_REGION:
        return METHOD_APPLICATION_RETURN_TO_REGION;
    case EVENT_RETURN_TO_NODE:
        return METHOD_APPLICATION_RETURN_TO_NODE;
    default:
        return (enum method)(METHOD_APPLICATION_SUBMIT + (action - EVENT_SUBMIT));
    }
}

/* As a request would go: who acts, right, subject, what is covered, the step itself. */
static bool attempt(struct world *w, struct test_case *c, const struct step_input *input, const struct user *user,
                    const char *acting_for, struct user *acting, struct step_result *out)
{
    const struct access_row *row = access_row_of(method_of(input->action));
    bool submission = input->action == EVENT_SUBMIT;
    if (delegation_acting(&w->org, user, acting_for, c->now, acting).reason != REASON_NONE ||
        access_check(row, acting).reason != REASON_NONE ||
        access_check_subject(row, &w->org, acting, B11, R1, "application").reason != REASON_NONE ||
        (!submission && c->application.version == 0)) {
        return false;
    }
    enum case_kind kind = submission ? delegation_case_kind(c->customer.standing, input->grade)
                                     : delegation_case_kind(c->application.from, c->application.to_grade);
    struct money limit = submission ? limit_of_case(&w->policy, &c->customer, input->grade) : c->application.limit;
    if (delegation_covers(&w->org, acting, kind, limit, c->now).reason != REASON_NONE) {
        return false;
    }
    struct step_context ctx = {.org = &w->org, .policy = &w->policy, .user = acting, .now = c->now};
    ctx.timer_id.bytes[0] = 1;
    if (submission) {
        workflow_submit(&ctx, &c->customer, 7, input, out);
    } else {
        workflow_step(&ctx, &c->application, &c->customer, input, out);
    }
    return out->refusal.reason == REASON_NONE;
}

static uint32_t bit(int64_t user_id)
{
    return user_id == 0 ? 0 : 1U << user_id;
}

/* The node has all that it needs, or nobody else can sign it. */
static bool is_last(const struct world *w, const struct test_case *c)
{
    struct application open = c->application;
    open.claimed_by = 0;
    const struct holders_case at = {&w->org, &w->policy, c->now, &open, c->customer.assessed_by, c->customer.managed_by,
                                    true};
    const struct route_node *node = node_of(&w->policy, &open);
    bool met = node != NULL && node->need != 0 && open.signatures >= node->need && open.countersigner_count == 0;
    return met || holders_count(&at, 1) == 0;
}

/* Whose signatures in the state stand, from that node on. */
static uint32_t signed_from(const struct memory *m, enum state state, int node)
{
    uint32_t people = 0;
    for (; state <= STATE_VERIFIED && node < ROUTE_NODES_MAX; node++) {
        people |= m->signed_at[state][node];
    }
    return people;
}

static void end_from(struct memory *m, enum state state, int node)
{
    for (; node < ROUTE_NODES_MAX; node++) {
        m->signed_at[state][node] = 0;
    }
}

/* A signature is remembered; a way back, to a node or to before the first one, ends those from there on. */
static void remember(const struct application *before, const struct step_result *result, uint32_t people,
                     struct memory *m)
{
    const struct application *after = &result->application;
    switch ((int)result->action) {
    case EVENT_SIGN:
    case EVENT_VERIFY:
    case EVENT_APPROVE:
        m->signed_at[before->state][before->node] |= people;
        break;
    case EVENT_RETURN_TO_NODE:
        end_from(m, after->state, after->node);
        break;
    case EVENT_RETURN_TO_REGION:
        end_from(m, STATE_SUBMITTED, after->node);
        end_from(m, STATE_VERIFIED, 0);
        break;
    case EVENT_RETURN:
    case EVENT_RECALL:
        end_from(m, STATE_SUBMITTED, 0);
        end_from(m, STATE_VERIFIED, 0);
        break;
    default:
        break;
    }
}

/* Nobody judges what he, or whom he acts for, entered, verified or signed; who only verified verifies again. */
static void check_hands(const struct world *w, const struct test_case *before, const struct user *acting,
                        enum event_kind action, struct memory *m)
{
    uint32_t people = bit(acting->id) | bit(acting->acts_for);
    bool at_region = before->application.state == STATE_SUBMITTED;
    if (route_judges(action)) {
        assert_int_equal(people & m->entered, 0);
        assert_int_equal(people & m->verified & ~(at_region ? m->verified : 0), 0);
        uint32_t signers = signed_from(m, before->application.state, 0);
        bool may = action == EVENT_RETURN || ((people & signers) != 0 && is_last(w, before));
        assert_true((people & signers) == 0 || may);
        for (int64_t id = 1; id <= PEOPLE; id++) { /* nor what one has entered or signed who could act for him */
            uint32_t done = m->entered | (may ? 0 : signers);
            assert_false((done & bit(id)) != 0 && delegation_ties(&w->org, acting->id, id, before->now));
        }
    }
    if (action == EVENT_SUBMIT) {
        *m = (struct memory){.entered = people, .amount = m->amount};
    } else if (action == EVENT_RESUBMIT) {
        m->entered |= people;
    } else if (action == EVENT_VERIFY) {
        m->verified |= people;
    }
}

static uint32_t signers_of(const struct application *a)
{
    uint32_t signers = 0;
    for (int i = 0; i < a->signer_count; i++) {
        assert_true((signers & bit(a->signers[i])) == 0);
        signers |= bit(a->signers[i]);
    }
    return signers;
}

/* The row says what the test remembers, so that its constraints hold for the database too. */
static void check_row(const struct application *a, const struct memory *m)
{
    uint32_t hands = 0;
    for (int i = 0; i < a->hand_count; i++) {
        hands |= bit(a->hands[i]);
    }
    assert_int_equal(hands, m->entered | m->verified);
    assert_int_equal((bit(a->decided_by) | bit(a->decided_for)) & (hands | signers_of(a)), 0);
    assert_true(a->state != STATE_SUBMITTED || (signers_of(a) & ~(m->verified & ~m->entered)) == 0);
    assert_true(a->state > STATE_VERIFIED || signers_of(a) == signed_from(m, a->state, 0));
    assert_true(a->state < STATE_VERIFIED || a->state > STATE_REJECTED || (signers_of(a) & hands) == 0);
    assert_true(a->automatic == (a->decided_at != 0 && a->decided_by == 0));
    assert_int_equal((bit(a->verified_by) | bit(a->verified_for)) & (bit(a->submitted_by) | bit(a->submitted_for)), 0);
}

static bool is_named(const struct world *w, const struct route_node *node, int64_t managed_by,
                     const struct user *acting)
{
    const struct user *name = acting->acts_for != 0 ? &w->users[acting->acts_for - 1] : acting;
    bool named = node->person_count == 0 && (!node->own_manager || name->id == managed_by);
    for (int i = 0; i < node->person_count; i++) {
        named = named || strcmp(node->persons[i], name->login) == 0;
    }
    return named;
}

/* No node is passed with fewer signatures of its level, and of its persons or the customer's manager, than it needs:
 * countersigners come besides. */
static void check_node(struct world *w, const struct test_case *c, const struct user *acting,
                       const struct step_result *result, struct memory *m)
{
    const struct application *before = &c->application;
    const struct route_node *node = node_of(&w->policy, before);
    const struct application *after = result->decided ? &result->before : &result->application;
    bool passed = after->state != before->state || after->node != before->node;
    bool signs = result->action == EVENT_SIGN || result->action == EVENT_VERIFY || result->action == EVENT_APPROVE;
    if (node != NULL && signs) {
        bool countersigns = false;
        for (int i = 0; i < before->countersigner_count; i++) {
            countersigns =
                countersigns || before->countersigners[i] == (acting->acts_for != 0 ? acting->acts_for : acting->id);
        }
        bool own = !countersigns && !signature_given(before, acting) && acting->level >= node->level &&
                   is_named(w, node, c->customer.managed_by, acting);
        m->own += own;
        w->managers += own && node->own_manager;
        assert_true(!passed || m->own >= node->need);
    }
    m->own = passed ? 0 : m->own;
}

static bool at_most(int64_t amount, int64_t bound)
{
    return amount >= 0 && amount <= bound;
}

/* No amount that is not known, or above a bound, is decided by who may not, or skips whoever must see it. */
static void check_amount(const struct world *w, const struct test_case *before, const struct user *acting,
                         const struct step_result *result, int64_t amount)
{
    bool covered = acting->acts_for == 0;
    for (size_t i = 0; i < w->org.delegation_count && !covered; i++) {
        const struct delegation *row = &w->delegations[i];
        covered = row->delegator == acting->acts_for && row->substitute == acting->id &&
                  row->begins_at <= before->now && before->now < row->ends_at &&
                  (row->amount_to.currency[0] == '\0' || at_most(amount, DELEGATED_TO));
    }
    assert_true(covered);
    if (w->policy.authority_count == 0) {
        return;
    }
    bool decides = result->action == EVENT_APPROVE && !result->decided;
    assert_true(!decides || acting->level == JOB_LEVEL_DIRECTOR || at_most(amount, CLERKS_TO));
    assert_true(!result->decided || at_most(amount, SMALL_TO));
    bool is_there = before->application.state != STATE_VERIFIED && result->application.state == STATE_VERIFIED;
    assert_true(!is_there || at_most(amount, LARGE_FROM - 1) == (result->application.node != 0));
}

/* Whoever is shown as one who can act, can; whoever acts was. */
static void check_holder(struct world *w, const struct test_case *c, const struct user *user, const struct user *acting)
{
    const struct holders_case at = {
        &w->org, &w->policy, c->now, &c->application, c->customer.assessed_by, c->customer.managed_by, false};
    int64_t acts_for;
    assert_int_equal(holders_of_one(&at, acting), HOLDING_CAN);
    assert_int_equal(holders_of_any(&at, user, &acts_for), HOLDING_CAN);
}

/* Now and then somebody claims the step. */
static void claim(struct world *w, struct test_case *c)
{
    const struct claim_input input = {.org = &w->org,
                                      .policy = &w->policy,
                                      .user = &w->users[draw(w, PEOPLE)],
                                      .now = c->now,
                                      .managed_by = c->customer.managed_by};
    const struct holders_case at = {&w->org, &w->policy, c->now, &c->application, 0, c->customer.managed_by, false};
    struct application row = c->application;
    if (row.version > 0 && claim_take(&input, &row).reason == REASON_NONE) {
        assert_int_equal(holders_of_one(&at, input.user), HOLDING_CAN);
        c->application = row;
    }
}

/* Nearly always one of the state's. */
static enum event_kind likely_step(struct world *w, const struct test_case *c)
{
    static const enum event_kind actions[] = {
        EVENT_SUBMIT,   EVENT_VERIFY, EVENT_RETURN, EVENT_RESUBMIT,         EVENT_APPROVE,       EVENT_REJECT,
        EVENT_WITHDRAW, EVENT_RECORD, EVENT_RECALL, EVENT_RETURN_TO_REGION, EVENT_RETURN_TO_NODE};
    enum event_kind action = EVENT_SUBMIT;
    for (int i = 0; i < 30; i++) {
        action = actions[draw(w, sizeof actions / sizeof actions[0])];
        if (draw(w, 16) == 0 || (action != EVENT_WITHDRAW && case_transition(c, action) != NULL)) {
            break;
        }
    }
    return action;
}

static const char *likely_delegator(struct world *w, const struct user *user)
{
    for (size_t i = 0; i < w->org.delegation_count; i++) {
        if (w->delegations[i].substitute == user->id && draw(w, 3) > 0) {
            return w->users[w->delegations[i].delegator - 1].login;
        }
    }
    return w->logins[draw(w, PEOPLE)];
}

static const char *likely_node(struct world *w)
{
    const struct route_node *route;
    uint64_t count = (uint64_t)node_route(&w->policy, &route);
    return route[draw(w, count)].name;
}

/* Now and then somebody wants another signature, or does without it. */
static void countersign(struct world *w, struct test_case *c)
{
    const struct claim_input input = {.org = &w->org,
                                      .policy = &w->policy,
                                      .user = &w->users[draw(w, PEOPLE)],
                                      .now = c->now,
                                      .managed_by = c->customer.managed_by};
    const struct user *to = &w->users[draw(w, PEOPLE)];
    struct application row = c->application;
    if (row.version > 0 &&
        (draw(w, 3) > 0 ? countersign_add(&input, to, &row) : countersign_drop(&input, to, &row)).reason ==
            REASON_NONE) {
        c->application = row;
    }
}

/* On whose desk the case is for his opinion, he can give it. */
static void check_desk(struct world *w, const struct test_case *c, const struct user *user, const struct user *acting)
{
    const struct claim_input acts = {
        .org = &w->org, .policy = &w->policy, .user = acting, .now = c->now, .managed_by = c->customer.managed_by};
    struct application row = c->application;
    const struct holders_case at = claim_case(&acts, &c->application);
    int64_t acts_for;
    if (assist_wants(&at, user, &acts_for) && acts_for == acting->acts_for) {
        assert_int_equal(assist_give(&acts, &row).reason, REASON_NONE);
    }
}

/* The case was judged: whoever was asked for his opinion could not give it. */
static void check_awaited(struct world *w, const struct test_case *c)
{
    struct application row = c->application;
    if (row.assistant != 0) {
        const struct claim_input asked = {.org = &w->org,
                                          .policy = &w->policy,
                                          .user = &w->users[row.assistant - 1],
                                          .now = c->now,
                                          .managed_by = c->customer.managed_by};
        assert_int_not_equal(assist_give(&asked, &row).reason, REASON_NONE);
    }
}

/* Now and then whose step it is asks for an opinion, somebody gives it, or it is called back. */
static void assist(struct world *w, struct test_case *c, struct memory *m, unsigned *given)
{
    const struct user *user = &w->users[draw(w, PEOPLE)];
    struct user acting = *user;
    if (draw(w, 2) == 0 &&
        delegation_acting(&w->org, user, likely_delegator(w, user), c->now, &acting).reason != REASON_NONE) {
        return;
    }
    const struct claim_input input = {
        .org = &w->org, .policy = &w->policy, .user = &acting, .now = c->now, .managed_by = c->customer.managed_by};
    struct application row = c->application;
    if (row.version == 0) {
        return;
    }
    check_desk(w, c, user, &acting);
    const struct holders_case at = claim_case(&input, &c->application);
    if (assist_awaited(&at) == 0) {
        (void)assist_ask(&input, &w->users[draw(w, PEOPLE)], &row);
    } else if (assist_give(&input, &row).reason == REASON_NONE) {
        uint32_t people = bit(acting.id) | bit(acting.acts_for);
        m->verified |= row.state == STATE_SUBMITTED ? people & ~m->entered : 0;
        assert_true((people & m->entered) == 0);
        (*given)++;
    } else if (draw(w, 4) == 0) {
        (void)assist_call_back(&input, &row);
    }
    c->application = row;
}

/* The customer gets another manager, by one who may choose him, or none. */
static void name_manager(struct world *w, struct test_case *c)
{
    bool open = c->application.version > 0;
    const struct manager_input input = {.org = &w->org,
                                        .user = &w->users[draw(w, PEOPLE)],
                                        .now = c->now,
                                        .branch_id = B11,
                                        .region_id = R1,
                                        .application = open ? &c->application : NULL};
    const struct user *to = draw(w, 8) == 0 ? NULL : &w->users[draw(w, PEOPLE)];
    for (int i = 0; open && to != NULL && to->unit_id != c->application.turn_unit && i < PEOPLE; i++) {
        to = &w->users[draw(w, PEOPLE)]; /* likely one who can sign */
    }
    enum reason reason = (to == NULL ? manager_drop(&input) : manager_name(&input, to)).reason;
    if (reason == REASON_NONE) {
        c->customer.managed_by = to == NULL ? 0 : to->id;
    }
}

static void choose_route(struct world *w)
{
    uint64_t form = draw(w, ROUTES);
    const struct route_node *route = nodes[form];
    w->policy = fixture_policy;
    w->policy.has_terms = true;
    w->policy.terms[GRADE_GREEN] = (struct grade_terms){.limit_volume_bp = 10000, .limit_most = AMOUNTS};
    if (form == BY_AMOUNT) {
        static const uint32_t all = ~0U;
        w->policy.authority[0] = (struct authority){JOB_LEVEL_SUPERVISOR, GRADE_BLACK, all, CLERKS_TO};
        w->policy.authority[1] = (struct authority){JOB_LEVEL_DIRECTOR, GRADE_BLACK, all, 0};
        w->policy.authority_count = 2;
    }
    for (int i = 0; i < 4 && route[i].name != NULL; i++) {
        w->policy.route[w->policy.route_count++] = route[i];
    }
}

static void play(struct world *w, unsigned taken[EVENT_RETURN_TO_NODE + 1], unsigned *for_others, unsigned *given)
{
    struct test_case c = case_new();
    struct memory memory = {0};
    people_begin(w);
    choose_route(w);
    memory.amount = draw(w, 4) == 0 ? -1 : (int64_t)draw(w, AMOUNTS);
    if (memory.amount >= 0) {
        c.customer.evaluation.volume = (struct money){memory.amount, "CNY"};
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        if (draw(w, 3) == 0) {
            something_changes(w, c.now);
        }
        if (draw(w, 6) == 0) {
            claim(w, &c);
        }
        if (draw(w, 6) == 0) {
            countersign(w, &c);
        }
        if (draw(w, 6) == 0) {
            assist(w, &c, &memory, given);
        }
        if (draw(w, 6) == 0) {
            name_manager(w, &c);
        }
        c.now += (int64_t)draw(w, 12) * 3600 * US_PER_SECOND;
        struct step_input input = case_input(likely_step(w, &c));
        input.finding = draw(w, 4) == 0 ? FINDING_DOUBTFUL : FINDING_CONFIRMED;
        input.node = likely_node(w);
        const struct user *user = &w->users[draw(w, PEOPLE)];
        const char *acting_for = draw(w, 2) == 0 ? NULL : likely_delegator(w, user);
        struct user acting;
        struct step_result result;
        struct test_case before = c;
        if (!attempt(w, &c, &input, user, acting_for, &acting, &result)) {
            continue;
        }
        if (route_judges(input.action)) {
            check_awaited(w, &before);
        }
        check_hands(w, &before, &acting, input.action, &memory);
        check_node(w, &before, &acting, &result, &memory);
        check_amount(w, &before, &acting, &result, memory.amount);
        if (input.action != EVENT_SUBMIT && acting.roles == ROLE_BIT(before.application.turn_role) &&
            acting.unit_id == before.application.turn_unit && input.action != EVENT_WITHDRAW &&
            input.action != EVENT_RECALL && input.action != EVENT_RETURN) {
            check_holder(w, &before, user, &acting);
        }
        remember(&before.application, &result, bit(acting.id) | bit(acting.acts_for), &memory);
        case_take(&c, &result);
        check_row(&c.application, &memory);
        taken[result.action]++;
        taken[EVENT_APPROVE] += result.decided;
        *for_others += acting.acts_for != 0;
        if (route_closed(c.application.state)) {
            return;
        }
    }
}

static void nobody_holds_two_hands(void **state)
{
    (void)state;
    const uint64_t cases = chance_setting("CREDITD_RANDOM_SEQUENCES", CASES);
    struct world w = {.chance = {.seed = chance_setting("CREDITD_RANDOM_SEED", 20261128)}};
    unsigned taken[EVENT_RETURN_TO_NODE + 1] = {0}, for_others = 0, given = 0;
    for (uint64_t i = 0; i < cases; i++) {
        play(&w, taken, &for_others, &given);
    }
    for (int action = EVENT_SUBMIT; action <= EVENT_RETURN_TO_NODE; action++) {
        print_message("%s %u ", word_name(words_event, action), taken[action]);
        assert_true(action == EVENT_LAPSE || taken[action] > cases / 250); /* each was really taken */
    }
    print_message("in %lu cases, %u for others, %u as managers, %u opinions\n", (unsigned long)cases, for_others,
                  w.managers, given);
    assert_true(given > cases / 100);
    assert_true(for_others > cases / 20);
    assert_true(w.managers > cases / 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_holds_two_hands),
    };
    return cmocka_run_group_tests_name("hands, random", tests, NULL, NULL);
}
