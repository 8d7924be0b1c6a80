/* Signatures of a node: whose counts, who is asked for his besides, and how a node ends whose people have gone. */
#include "server/rules/signature.h"

#include "server/rules/countersign.h"
#include "server/rules/delegation.h"
#include "server/rules/node.h"
#include "server/rules/relocation.h"
#include "tests/rules/case.h"

enum { SUB, VER1, VER2, VER3, DIRECTOR, APP1, APP2, CMO, PEOPLE = 40 };

struct world {
    struct organisation org;
    struct policy policy;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    char logins[PEOPLE][8];
    struct test_case c;
};

static struct world *world_new(void)
{
    static struct world w;
    static const struct {
        int32_t unit;
        enum role role;
        enum job_level level;
    } people[] = {{B11, ROLE_SUBMITTER, JOB_LEVEL_SUPERVISOR}, {R1, ROLE_VERIFIER, JOB_LEVEL_SUPERVISOR},
                  {R1, ROLE_VERIFIER, JOB_LEVEL_SUPERVISOR},   {R1, ROLE_VERIFIER, JOB_LEVEL_MANAGER},
                  {HQ, ROLE_APPROVER, JOB_LEVEL_DIRECTOR},     {HQ, ROLE_APPROVER, JOB_LEVEL_SUPERVISOR},
                  {HQ, ROLE_APPROVER, JOB_LEVEL_SUPERVISOR},   {HQ, ROLE_CMO, JOB_LEVEL_DIRECTOR}};
    w = (struct world){.org = fixture_org, .policy = fixture_policy, .c = case_new()};
    w.org.users = w.users;
    w.org.user_count = CMO + 1;
    w.org.users_by_login = w.by_login;
    for (int i = 0; i < PEOPLE; i++) {
        int at = i <= CMO ? i : APP1;
        snprintf(w.logins[i], sizeof w.logins[i], "u%02d", i);
        w.users[i] = fixture_user(i + 1, people[at].unit, people[at].level, ROLE_BIT(people[at].role));
        w.users[i].login = w.logins[i];
        w.by_login[i] = &w.users[i];
    }
    return &w;
}

static void add_node(struct world *w, struct route_node node)
{
    if (node.role == ROLE_NONE) {
        node.role = node.state == STATE_SUBMITTED ? ROLE_VERIFIER : ROLE_APPROVER;
    }
    w->policy.route[w->policy.route_count++] = node;
}

#define VERIFY(name_, ...) ((struct route_node){.name = (name_), .state = STATE_SUBMITTED, __VA_ARGS__})
#define DECIDE(name_, ...) ((struct route_node){.name = (name_), .state = STATE_VERIFIED, __VA_ARGS__})

/* The reason, or NONE: it was taken. */
static enum reason step_with(struct world *w, int who, struct step_input input)
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

static enum reason step(struct world *w, int who, enum event_kind action)
{
    return step_with(w, who, case_input(action));
}

static void took(struct world *w, int who, enum event_kind action, enum event_kind as, enum state state)
{
    assert_int_equal(step(w, who, action), REASON_NONE);
    assert_int_equal(w->c.application.action, as);
    assert_int_equal(w->c.application.state, state);
}

static enum reason countersign(struct world *w, int who, int to, bool add)
{
    const struct claim_input input = {.org = &w->org,
                                      .policy = &w->policy,
                                      .user = &w->users[who],
                                      .now = w->c.now,
                                      .managed_by = w->c.customer.managed_by};
    const struct refusal refusal = add ? countersign_add(&input, &w->users[to], &w->c.application)
                                       : countersign_drop(&input, &w->users[to], &w->c.application);
    return refusal.reason;
}

/* Another branch and region look after the case: is it another unit's turn? */
static bool goes_to_b21(struct world *w)
{
    const struct relocation there = {.org = &w->org,
                                     .policy = &w->policy,
                                     .now = w->c.now,
                                     .branch = unit_by_id(&w->org, B21),
                                     .case_timer.bytes = {2},
                                     .evaluation_timer.bytes = {3}};
    bool anew;
    relocate(&there, &w->c.customer, &w->c.application, &anew);
    return anew;
}

static int missing_people(const struct world *w)
{
    const struct holders_case c = {&w->org, &w->policy, w->c.now, &w->c.application, 0, w->c.customer.managed_by,
                                   false};
    return signature_short(&c);
}

static size_t who_can(const struct world *w)
{
    const struct holders_case c = {&w->org, &w->policy, w->c.now, &w->c.application, 0, w->c.customer.managed_by,
                                   false};
    return holders_count(&c, PEOPLE);
}

static void a_countersigner_signs_besides(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("board", .need = 1, .level = JOB_LEVEL_DIRECTOR));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_NONE);
    took(w, VER2, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED); /* first, and not in place of the node's own */
    assert_int_equal(w->c.application.signatures, 0);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    assert_int_equal(step(w, APP1, EVENT_APPROVE), REASON_LEVEL_TOO_LOW);
    assert_int_equal(countersign(w, DIRECTOR, APP1, true), REASON_NONE);
    took(w, APP1, EVENT_APPROVE, EVENT_SIGN, STATE_VERIFIED);
    assert_int_equal(who_can(w), 1);
    took(w, DIRECTOR, EVENT_APPROVE, EVENT_APPROVE, STATE_APPROVED);
}

static void the_node_keeps_enough_of_its_own(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 2));
    add_node(w, DECIDE("decide", .need = 1));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    w->users[VER3].disabled = true;
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_TOO_FEW_OTHERS);
    w->users[VER3].disabled = false;
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_NONE);
    assert_int_equal(missing_people(w), 0);
    w->users[VER3].disabled = true;
    assert_int_equal(missing_people(w), 1); /* shown, although two can sign */
    assert_int_equal(countersign(w, VER1, VER2, false), REASON_NONE);
    assert_int_equal(missing_people(w), 0);
}

static void a_claim_hides_nobody(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 2));
    add_node(w, DECIDE("decide", .need = 1));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    w->c.application.claimed_by = w->users[VER1].id;
    assert_int_equal(missing_people(w), 0);
}

static void somebody_ends_a_node_whose_signer_has_gone(void **state)
{
    (void)state;
    struct world *w = world_new();
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_NONE);
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    assert_int_equal(step(w, VER3, EVENT_VERIFY), REASON_COUNTERSIGNERS_MISSING);
    w->users[VER1].disabled = true;
    assert_int_equal(countersign(w, VER3, VER2, false), REASON_NONE); /* who heads the unit */
    assert_int_equal(missing_people(w), 0);
    took(w, VER3, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
}

static void who_has_signed_may_return(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 2));
    add_node(w, DECIDE("decide", .need = 1));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    w->users[VER2].disabled = w->users[VER3].disabled = true;
    assert_int_equal(missing_people(w), 1);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_ALREADY_SIGNED);
    took(w, VER1, EVENT_RETURN, EVENT_RETURN, STATE_RETURNED);
}

static void nobody_returns_to_an_automatic_node(void **state)
{
    (void)state;
    struct world *w = world_new();
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("small", .need = 1, .automatic = true, .doubtful = ASKED_NO));
    add_node(w, DECIDE("see", .need = 1));
    add_node(w, DECIDE("board", .need = 1, .level = JOB_LEVEL_DIRECTOR));
    uint32_t skipped = 0;
    node_restart(&w->policy, &w->policy, &w->c.application, &skipped);
    assert_int_equal(skipped, 1U << 1); /* the system does not decide it now */
    struct step_input input = case_input(EVENT_RETURN_TO_NODE);
    input.node = "small";
    assert_int_equal(step_with(w, APP1, input), REASON_NODE_AUTOMATIC);
    took(w, APP1, EVENT_APPROVE, EVENT_SIGN, STATE_VERIFIED);
    input.node = "see";
    assert_int_equal(step_with(w, DIRECTOR, input), REASON_NONE);
}

/* The matrix is asked of the last approver, also when a CMO comes behind him. */
static void authority_before_a_cmo(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("look", .need = 1));
    add_node(w, DECIDE("decide", .need = 1));
    add_node(w, DECIDE("cmo", .need = 1, .role = ROLE_CMO));
    w->policy.authority[w->policy.authority_count++] =
        (struct authority){.level = JOB_LEVEL_DIRECTOR, .jump = 4, .kinds = ~0U};
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    took(w, APP1, EVENT_APPROVE, EVENT_SIGN, STATE_VERIFIED);
    assert_int_equal(step(w, APP2, EVENT_APPROVE), REASON_ABOVE_AUTHORITY);
    took(w, DIRECTOR, EVENT_APPROVE, EVENT_SIGN, STATE_VERIFIED);
    took(w, CMO, EVENT_APPROVE, EVENT_APPROVE, STATE_APPROVED);
}

/* A doubt goes with the signature that said it. */
static void doubts_of_void_signatures(void **state)
{
    (void)state;
    for (int moved = 0; moved < 2; moved++) {
        struct world *w = world_new();
        add_node(w, VERIFY("verify", .need = 2));
        add_node(w, DECIDE("decide", .need = 1));
        took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
        struct step_input input = case_input(EVENT_VERIFY);
        input.finding = FINDING_DOUBTFUL;
        assert_int_equal(step_with(w, VER1, input), REASON_NONE);
        assert_int_equal(w->c.application.finding, FINDING_DOUBTFUL);
        if (moved) {
            assert_true(goes_to_b21(w));
        } else {
            uint32_t skipped = 0;
            node_restart(&w->policy, &w->policy, &w->c.application, &skipped);
        }
        assert_int_equal(w->c.application.signatures + w->c.application.signer_count, 0);
        assert_int_equal(w->c.application.finding, FINDING_NONE);
    }
}

/* All of more people than a case has room for: the last that it has room for ends the node. */
static void more_than_there_is_room_for(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("all", .need = 0));
    w->org.user_count = PEOPLE;
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    int who = CMO + 1;
    while (w->c.application.state == STATE_VERIFIED && who < PEOPLE) {
        assert_int_equal(step(w, who++, EVENT_APPROVE), REASON_NONE);
    }
    assert_int_equal(w->c.application.state, STATE_APPROVED);
    assert_int_equal(w->c.application.signer_count, HANDS_MAX - 2);
}

static void no_more_than_sixteen_countersigners(void **state)
{
    (void)state;
    struct world *w = world_new();
    w->org.user_count = PEOPLE;
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    int next = CMO + 1;
    for (; next <= CMO + COUNTERSIGNERS_MAX; next++) {
        assert_int_equal(countersign(w, APP1, next, true), REASON_NONE);
    }
    assert_int_equal(countersign(w, APP1, next, true), REASON_TOO_MANY_COUNTERSIGNERS);
    assert_int_equal(countersign(w, APP1, CMO + 1, false), REASON_NONE);
    assert_int_equal(countersign(w, APP1, next, true), REASON_NONE);
}

static void only_the_customers_own_manager_signs(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("own", .need = 1, .own_manager = true));
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("decide", .need = 1, .own_manager = true, .level = JOB_LEVEL_DIRECTOR));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(missing_people(w), 1); /* the customer has no manager */
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_NOT_MANAGER);
    assert_int_equal(step(w, VER1, EVENT_RETURN), REASON_NOT_MANAGER);
    w->c.customer.managed_by = w->users[APP1].id; /* of another unit than the node's */
    assert_int_equal(missing_people(w), 1);
    w->c.customer.managed_by = w->users[VER2].id;
    assert_int_equal(missing_people(w), 0);
    assert_int_equal(who_can(w), 1);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_NOT_MANAGER);
    w->users[VER2].disabled = true;
    assert_int_equal(missing_people(w), 1);
    w->users[VER2].disabled = false;
    took(w, VER2, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    assert_int_equal(who_can(w), 2); /* of the next node, whoever else verifies */
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    w->c.customer.managed_by = w->users[APP1].id;
    assert_int_equal(missing_people(w), 1);
    assert_int_equal(step(w, APP1, EVENT_APPROVE), REASON_LEVEL_TOO_LOW);
    w->c.customer.managed_by = w->users[DIRECTOR].id;
    took(w, DIRECTOR, EVENT_APPROVE, EVENT_APPROVE, STATE_APPROVED);
}

static void a_manager_who_has_a_hand_in_it_does_not_sign(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("own", .need = 1, .own_manager = true, .role = ROLE_SUBMITTER));
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("decide", .need = 1));
    w->c.customer.managed_by = w->users[SUB].id;
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(step(w, SUB, EVENT_VERIFY), REASON_OWN_CASE);
    assert_int_equal(missing_people(w), 1);
}

/* A countersigner asks for his signature besides the manager's; a claim of one who is the manager no more has no
 * effect. */
static void a_manager_claims_and_wants_another(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("own", .need = 1, .own_manager = true));
    add_node(w, DECIDE("decide", .need = 1));
    w->c.customer.managed_by = w->users[VER1].id;
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER2, VER3, true), REASON_NOT_MANAGER);
    assert_int_equal(countersign(w, VER1, VER3, true), REASON_NONE);
    w->c.application.claimed_by = w->users[VER1].id;
    assert_int_equal(step(w, VER3, EVENT_VERIFY), REASON_CLAIMED);
    w->c.customer.managed_by = w->users[VER2].id;
    took(w, VER3, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    assert_int_equal(w->c.application.signatures, 0);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_NOT_MANAGER);
    took(w, VER2, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
}

/* Two rules, two reasons: it waits for no countersigner any more, but not for everybody either. */
static void who_may_not_end_a_node_is_told_why(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1, .persons = {"u01"}, .person_count = 1));
    add_node(w, DECIDE("board", .need = 1, .level = JOB_LEVEL_DIRECTOR));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_NONE);
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    assert_int_equal(step(w, VER3, EVENT_VERIFY), REASON_COUNTERSIGNERS_MISSING);
    assert_int_equal(countersign(w, VER1, VER2, false), REASON_NONE);
    assert_int_equal(step(w, VER3, EVENT_VERIFY), REASON_NOT_NAMED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    assert_int_equal(countersign(w, DIRECTOR, APP1, true), REASON_NONE);
    took(w, DIRECTOR, EVENT_APPROVE, EVENT_SIGN, STATE_VERIFIED);
    assert_int_equal(countersign(w, DIRECTOR, APP1, false), REASON_NONE);
    assert_int_equal(step(w, APP2, EVENT_APPROVE), REASON_LEVEL_TOO_LOW);
}

/* He ends a node by a step, which asks for a level and for authority like any other. */
static void a_signer_of_too_low_a_level_ends_nothing(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1, .persons = {"u01"}, .person_count = 1));
    add_node(w, DECIDE("board", .need = 1, .persons = {"u04"}, .person_count = 1));
    w->policy.authority[w->policy.authority_count++] = (struct authority){JOB_LEVEL_DIRECTOR, 4, ~0u, 0};
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_NONE);
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    w->users[VER2].disabled = true;
    assert_int_equal(missing_people(w), 0);
    w->users[VER1].level = JOB_LEVEL_CLERK;
    assert_int_equal(missing_people(w), 1);
    w->users[VER1].level = JOB_LEVEL_SUPERVISOR;
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    w->users[APP1].level = JOB_LEVEL_DIRECTOR;
    assert_int_equal(countersign(w, DIRECTOR, APP1, true), REASON_NONE);
    took(w, DIRECTOR, EVENT_APPROVE, EVENT_SIGN, STATE_VERIFIED);
    w->users[APP1].disabled = true;
    assert_int_equal(missing_people(w), 0);
    w->users[DIRECTOR].level = JOB_LEVEL_MANAGER;
    assert_int_equal(step(w, DIRECTOR, EVENT_APPROVE), REASON_ABOVE_AUTHORITY);
    assert_int_equal(missing_people(w), 1);
}

static void who_has_signed_is_no_countersigner(void **state)
{
    (void)state;
    struct world *w = world_new();
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER1, VER2, true), REASON_NONE);
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    assert_int_equal(countersign(w, VER1, VER2, false), REASON_NONE);
    assert_int_equal(countersign(w, VER3, VER1, true), REASON_CANNOT_ACT);
}

/* Whoever signs for another grade than the requested one says why, also when he leaves it to those before him. */
static void another_grade_has_a_reason_of_everybody(void **state)
{
    (void)state;
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, DECIDE("decide", .need = 2));
    w->c.customer.standing = (struct standing){TIER_ORDINARY, GRADE_NONE};
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    struct step_input input = case_input(EVENT_APPROVE);
    input.grade = GRADE_RED;
    assert_int_equal(step_with(w, APP1, input), REASON_NONE);
    input.grade = GRADE_NONE;
    input.text = NULL;
    assert_int_equal(step_with(w, APP2, input), REASON_REASON_REQUIRED);
    input.text = "because";
    assert_int_equal(step_with(w, APP2, input), REASON_NONE);
    assert_int_equal(w->c.application.decided_grade, GRADE_RED);
}

/* What was doubted is open again from the first node that the case comes to, wherever that stands in the route. */
static void a_doubt_ends_at_the_first_node_of_the_case(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) {
        struct world *w = world_new();
        static const char *const first[] = {"verify", "calm", "doubts"};
        if (form == 0) { /* passed by */
            add_node(w, VERIFY("newcomer", .need = 1, .kinds = CASE_KIND_BIT(CASE_KIND_ADMISSION)));
        } else if (form == 1) { /* its first, though not when it is doubtful */
            add_node(w, VERIFY("calm", .need = 1, .doubtful = ASKED_NO));
        } else { /* for doubts only, which were before it is verified anew */
            add_node(w, VERIFY("doubts", .need = 1, .doubtful = ASKED_YES));
        }
        add_node(w, VERIFY("verify", .need = 1));
        add_node(w, VERIFY("again", .need = 1));
        add_node(w, DECIDE("decide", .need = 1));
        took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
        struct step_input input = case_input(EVENT_VERIFY);
        input.finding = FINDING_DOUBTFUL;
        assert_int_equal(step_with(w, VER1, input), REASON_NONE);
        input = case_input(EVENT_RETURN_TO_NODE);
        input.node = first[form];
        assert_int_equal(step_with(w, VER2, input), REASON_NONE);
        assert_string_equal(node_of(&w->policy, &w->c.application)->name, first[form]);
        assert_int_equal(w->c.application.finding, form == 2 ? FINDING_DOUBTFUL : FINDING_NONE);
    }
}

static enum reason returned(struct world *w, int who, const char *node)
{
    struct step_input input = case_input(EVENT_RETURN_TO_NODE);
    input.node = node;
    return step_with(w, who, input);
}

/* With HQ, after VER1 has signed one node of the region and VER2 the next. */
static struct world *verified_by_two(void)
{
    struct world *w = world_new();
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, VERIFY("again", .need = 1));
    add_node(w, DECIDE("decide", .need = 1));
    took(w, SUB, EVENT_SUBMIT, EVENT_SUBMIT, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    took(w, VER2, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    return w;
}

/* What the region has signed before the node that HQ returns the case to stands: nobody signs two of its nodes. */
static void the_regions_signatures_stand(void **state)
{
    (void)state;
    struct world *w = verified_by_two();
    assert_int_equal(returned(w, APP1, "again"), REASON_NONE);
    assert_int_equal(w->c.application.signatures, 0);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_ALREADY_SIGNED);
    assert_int_equal(who_can(w), 2);
    took(w, VER3, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    assert_int_equal(returned(w, APP1, "again"), REASON_NONE);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_ALREADY_SIGNED);
    took(w, VER2, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    assert_int_equal(returned(w, APP1, "verify"), REASON_NONE); /* anew */
    assert_int_equal(who_can(w), 3);
    took(w, VER2, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);
    took(w, VER1, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
    took(w, VER3, EVENT_RECALL, EVENT_RECALL, STATE_SUBMITTED); /* so is what the region takes back */
    assert_int_equal(who_can(w), 3);
    took(w, VER1, EVENT_RETURN, EVENT_RETURN, STATE_RETURNED);
    took(w, SUB, EVENT_RESUBMIT, EVENT_RESUBMIT, STATE_SUBMITTED);
    assert_int_equal(who_can(w), 3);
}

/* So it does for the same node of another policy, or for the first, and when others look after the case. */
static void they_stand_for_another_policy_and_region(void **state)
{
    (void)state;
    struct world *w = verified_by_two();
    struct policy before = w->policy;
    uint32_t skipped = 0;
    w->policy.route_count = 0;
    add_node(w, VERIFY("other", .need = 1));
    add_node(w, VERIFY("verify", .need = 1));
    add_node(w, VERIFY("third", .need = 1));
    add_node(w, DECIDE("decide", .need = 1));
    node_restart(&before, &w->policy, &w->c.application, &skipped);
    const struct application moved = w->c.application;
    assert_int_equal(returned(w, APP1, "third"), REASON_NONE);
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_ALREADY_SIGNED);
    assert_int_equal(step(w, VER2, EVENT_VERIFY), REASON_ALREADY_SIGNED);
    w->c.application = moved;
    assert_int_equal(returned(w, APP1, "verify"), REASON_NONE);
    assert_int_equal(step(w, VER2, EVENT_VERIFY), REASON_ALREADY_SIGNED); /* there is no more node of that name */
    took(w, VER1, EVENT_VERIFY, EVENT_SIGN, STATE_SUBMITTED);

    w = verified_by_two();
    assert_false(goes_to_b21(w));
    assert_int_equal(returned(w, APP1, "again"), REASON_NONE);
    w->users[VER1].unit_id = w->users[VER3].unit_id = R2;
    assert_int_equal(step(w, VER1, EVENT_VERIFY), REASON_ALREADY_SIGNED);
    took(w, VER3, EVENT_VERIFY, EVENT_VERIFY, STATE_VERIFIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_countersigner_signs_besides),
        cmocka_unit_test(the_node_keeps_enough_of_its_own),
        cmocka_unit_test(a_claim_hides_nobody),
        cmocka_unit_test(somebody_ends_a_node_whose_signer_has_gone),
        cmocka_unit_test(who_has_signed_may_return),
        cmocka_unit_test(nobody_returns_to_an_automatic_node),
        cmocka_unit_test(authority_before_a_cmo),
        cmocka_unit_test(doubts_of_void_signatures),
        cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(no_more_than_sixteen_countersigners),
        cmocka_unit_test(only_the_customers_own_manager_signs),
        cmocka_unit_test(a_manager_who_has_a_hand_in_it_does_not_sign),
        cmocka_unit_test(a_manager_claims_and_wants_another),
        cmocka_unit_test(who_may_not_end_a_node_is_told_why),
        cmocka_unit_test(a_signer_of_too_low_a_level_ends_nothing),
        cmocka_unit_test(who_has_signed_is_no_countersigner),
        cmocka_unit_test(another_grade_has_a_reason_of_everybody),
        cmocka_unit_test(a_doubt_ends_at_the_first_node_of_the_case),
        cmocka_unit_test(the_regions_signatures_stand),
        cmocka_unit_test(they_stand_for_another_policy_and_region),
    };
    return cmocka_run_group_tests_name("signatures", tests, NULL, NULL);
}
