/* The product of form of route x state and node x step x role, unit and job level x relation to the case, walked in
 * full: each situation that a form leads to is looked for, and there everybody, in every place, asks for every step, as
 * a request goes. What has to come of it says route_oracle.h. The walk tells how much it was. */
#include "tests/rules/route_code.h"

#include "tests/rules/fixture.h"
#include "tests/rules/route_forms.h"
#include "tests/rules/route_who.h"
#include "tests/rules/table.h"

enum {
    SITUATIONS = 2048,
    REASONS = 256,
    STEPS = EVENT_RETURN_TO_NODE + 1,
    STATES = STATE_LAPSED + 1,
    PLACES = ROUTE_PLACES
};

/* How one stands to a case. */
enum relation_to_case {
    STRANGER,
    ENTERED,
    VERIFIED,
    SIGNED_NODE,
    SIGNED_BEFORE,
    COUNTERSIGNS,
    ASSESSED,
    TIED, /* by a delegation to one of these, and himself none */
    ACTS, /* for somebody */
    IS_NAMED,
    RELATIONS
};
static const char *const relation_names[RELATIONS] = {"stranger",      "entered it",   "verified it", "signed the node",
                                                      "signed before", "countersigns", "assessed",    "tied to one",
                                                      "acts for one",  "named"};

/* What was walked of a form. */
struct account {
    uint64_t asked, taken, at_relation[RELATIONS];
    uint64_t steps[STEPS];
    bool reached[STATES][PLACES], signed_here[STATES][PLACES];
    int situations;
};

struct walk {
    struct scene scene;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    struct situation found[SITUATIONS];
    int found_count;
    struct account account;
    uint64_t reasons[REASONS];
};

/* ---- the account ---- */

static void note_relations(struct walk *w, const struct ask *ask)
{
    const struct tale *t = &w->scene.at->tale;
    struct hand hand;
    if (ask->user == NULL || !people_hand(&w->scene.org, w->scene.oracle.now, ask->user, ask->acting_for, &hand)) {
        return;
    }
    uint32_t him = who_bits(&hand), here = who_signs_in(t->state) ? t->signed_at[t->place] : 0;
    uint32_t assessors = people_bit(t->assessed) | people_bit(t->assessed_then);
    uint32_t all = t->entered | t->verified | who_signed(t) | t->countersigners | assessors;
    const struct route_node *node = who_node(&w->scene.oracle, t);
    const bool is[RELATIONS] = {
        [STRANGER] = !who_same(&w->scene.oracle, &hand, all),
        [ENTERED] = (him & t->entered) != 0,
        [VERIFIED] = (him & t->verified) != 0,
        [SIGNED_NODE] = (him & here) != 0,
        [SIGNED_BEFORE] = who_signs_in(t->state) && (him & who_signed(t) & ~here) != 0,
        [COUNTERSIGNS] = who_countersigns(t, &hand),
        [ASSESSED] = (him & assessors) != 0,
        [TIED] = (him & all) == 0 && who_same(&w->scene.oracle, &hand, all),
        [ACTS] = hand.acts_for != 0,
        [IS_NAMED] = node != NULL && node->person_count > 0 && who_is_named(&w->scene.oracle, node, &hand),
    };
    for (int i = 0; i < RELATIONS; i++) {
        w->account.at_relation[i] += is[i];
    }
}

static void note(struct walk *w, const struct ask *ask, const struct answer *expected)
{
    struct account *account = &w->account;
    const struct tale *t = &w->scene.at->tale;
    account->asked++;
    w->reasons[expected->reason]++;
    if (expected->reason != REASON_NONE) {
        return;
    }
    account->taken++;
    if (ask->input.action != EVENT_NONE && !expected->held) {
        account->steps[expected->step]++;
        account->steps[EVENT_APPROVE] += expected->decided;
        account->signed_here[t->state][t->place] |=
            ask->input.action == EVENT_VERIFY || ask->input.action == EVENT_APPROVE;
    }
}

static bool tried(struct walk *w, const struct ask *ask, struct answer *expected, struct outcome *got)
{
    if (ask->input.action != EVENT_NONE) {
        oracle_step(&w->scene.oracle, &w->scene.at->tale, ask->user, ask->acting_for, &ask->input, expected);
        code_step(&w->scene, ask, got);
    } else {
        oracle_desk(&w->scene.oracle, &w->scene.at->tale, ask->user, ask->acting_for, ask->op, ask->to, expected);
        code_desk(&w->scene, ask, got);
    }
    const char *what = code_differs(&w->scene, ask, expected, got);
    if (what != NULL) {
        code_complain(&w->scene, ask, what, expected, got);
    }
    note(w, ask, expected);
    return expected->reason == REASON_NONE && !expected->held;
}

/* ---- situations ---- */

static int at_most(int number, int most)
{
    return number < most ? number : most;
}

/* Hands that are not signers of the running state. */
static int earlier_hands(const struct tale *t)
{
    return who_number((t->entered | t->verified) & ~who_signed(t));
}

/* The step that led to a node that nobody has signed yet: some can be recalled. */
static enum event_kind fresh_from(const struct tale *t)
{
    return t->own == 0 && t->signed_at[t->place] == 0 ? t->last : EVENT_NONE;
}

static bool alike_at_node(const struct tale *a, const struct tale *b)
{
    return a->place == b->place && a->own == b->own && a->finding == b->finding && a->signed_for == b->signed_for &&
           fresh_from(a) == fresh_from(b) && (a->claimed == 0) == (b->claimed == 0) &&
           who_number(a->countersigners) == who_number(b->countersigners) &&
           at_most(who_number(a->signed_at[a->place]), 3) == at_most(who_number(b->signed_at[b->place]), 3) &&
           at_most(earlier_hands(a), 2) == at_most(earlier_hands(b), 2);
}

/* Situations that are alike are walked once: who is who among equals does not matter, nor what was before the end. */
static bool alike(const struct tale *a, const struct tale *b)
{
    return a->state == b->state && (a->version == 0) == (b->version == 0) && a->decided == b->decided &&
           a->automatic == b->automatic && (a->state != STATE_RETURNED || (a->verified == 0) == (b->verified == 0)) &&
           (!who_signs_in(a->state) || alike_at_node(a, b));
}

static void find(struct walk *w, const struct tale *t, const struct application *application,
                 const struct customer *customer, int countersigners)
{
    for (int i = 0; i < w->found_count; i++) {
        if (alike(&w->found[i].tale, t)) {
            return;
        }
    }
    bool asked = countersigners > 0 && w->scene.kind == &route_kinds[0];
    if (countersigners > (asked ? w->scene.form->countersigners : 0)) {
        return;
    }
    assert_true(w->found_count < SITUATIONS);
    w->found[w->found_count++] = (struct situation){*t, *application, *customer, countersigners};
    w->account.reached[t->state][t->place] = true;
}

/* ---- requests ---- */

static char long_text[2002];

/* One way in which a request of a step can be; `leads`: situations that it leads to are walked, too. */
struct variant {
    uint32_t actions; /* bits */
    bool leads;
    int32_t version; /* -1: the right one */
    enum grade grade;
    enum finding finding;
    const char *text, *node;
    struct checked_item items[2];
    int item_count;
};
#define ON(action) (1u << EVENT_##action)
#define TEXTS                                                                                                          \
    (ON(SUBMIT) | ON(VERIFY) | ON(RETURN) | ON(RESUBMIT) | ON(APPROVE) | ON(REJECT) | ON(WITHDRAW) | ON(RECALL) |      \
     ON(RETURN_TO_REGION) | ON(RETURN_TO_NODE))
#define GRADES (ON(SUBMIT) | ON(RESUBMIT) | ON(APPROVE))
#define USUAL  .finding = FINDING_CONFIRMED, .text = "because"
static const struct variant variants[] = {
    {.actions = TEXTS | ON(RECORD), USUAL, .version = 77},
    {.actions = TEXTS | ON(RECORD), USUAL, .version = -1},
    {.actions = TEXTS, .finding = FINDING_CONFIRMED, .text = "  "},
    {.actions = TEXTS, .finding = FINDING_CONFIRMED, .text = long_text},
    {.actions = TEXTS, .finding = FINDING_CONFIRMED, .text = "a " WORD_OF_NOBODY " word"},
    {.actions = TEXTS, .finding = FINDING_CONFIRMED, .text = "a " WORD_OF_HEADS " word"},
    {.actions = ON(VERIFY), .leads = true, .finding = FINDING_DOUBTFUL, .text = "hm"},
    {.actions = ON(VERIFY), .text = "hm"},
    {.actions = ON(VERIFY), .text = "hm", .finding = (enum finding)9},
    {.actions = ON(VERIFY), USUAL, .items = {{"colour", true}}, .item_count = 1},
    {.actions = ON(VERIFY), USUAL, .items = {{"volume", true}, {"volume", true}}, .item_count = 2},
    {.actions = ON(VERIFY), USUAL, .items = {{"licence", true}, {"volume", false}}, .item_count = 2},
    {.actions = ON(VERIFY), .finding = FINDING_DOUBTFUL, .text = "hm", .items = {{"volume", false}}, .item_count = 1},
    {.actions = GRADES, USUAL, .grade = GRADE_GREEN},
    {.actions = GRADES, USUAL, .grade = GRADE_YELLOW},
    {.actions = GRADES, USUAL, .grade = GRADE_RED},
    {.actions = GRADES, USUAL, .grade = GRADE_BLACK},
    {.actions = GRADES, USUAL, .grade = (enum grade)9},
    {.actions = GRADES, .grade = GRADE_RED},
    {.actions = ON(APPROVE),
     USUAL,
     .leads = true,
     .grade = GRADE_BLACK},         /* between ordinary and yellow, and as asked */
    {.actions = ON(SUBMIT), USUAL}, /* without a grade */
    {.actions = ON(RETURN_TO_NODE), USUAL, .node = " "},
    {.actions = ON(RETURN_TO_NODE), USUAL, .node = "nowhere"},
};
#define VARIANTS ((int)(sizeof variants / sizeof variants[0]))

static const enum event_kind actions[] = {EVENT_SUBMIT,  EVENT_VERIFY,           EVENT_RETURN,         EVENT_RESUBMIT,
                                          EVENT_APPROVE, EVENT_REJECT,           EVENT_WITHDRAW,       EVENT_RECORD,
                                          EVENT_RECALL,  EVENT_RETURN_TO_REGION, EVENT_RETURN_TO_NODE, EVENT_LAPSE};
#define ACTIONS ((int)(sizeof actions / sizeof actions[0]))

/* With all that the step asks for. */
static struct step_input usual(const struct walk *w, enum event_kind action)
{
    return (struct step_input){
        .action = action,
        .grade = action == EVENT_SUBMIT ? w->scene.kind->to : GRADE_NONE,
        USUAL,
        .node = action == EVENT_RETURN_TO_NODE ? who_node_at(&w->scene.oracle, STATE_SUBMITTED, 0)->name : NULL};
}

static struct step_input varied(const struct walk *w, enum event_kind action, const struct variant *v)
{
    const struct tale *t = &w->scene.at->tale;
    struct step_input input = usual(w, action);
    input.if_version = v->version >= 0 ? v->version : action == EVENT_SUBMIT ? t->customer_version : t->version;
    input.finding = v->finding;
    input.text = v->text;
    input.items = v->items;
    input.item_count = v->item_count;
    bool without = action == EVENT_SUBMIT && v->grade == GRADE_NONE && v->actions == ON(SUBMIT);
    input.grade = v->grade != GRADE_NONE || without ? v->grade : input.grade;
    input.node = v->node != NULL ? v->node : input.node;
    return input;
}

/* Whom a user may name as the one he acts for: nobody, and those who have delegated to him, `over` or not. */
static int names_for(const struct walk *w, const struct user *user, bool over, const char *out[4])
{
    int count = 0;
    out[count++] = NULL;
    for (size_t i = 0; i < w->scene.org.delegation_count; i++) {
        const struct delegation *row = &w->scene.org.delegations[i];
        if (row->substitute == user->id && (over || row->ends_at > w->scene.oracle.now)) {
            out[count++] = people_of(&w->scene.org, (int)row->delegator)->login;
        }
    }
    return count;
}

static void ask_step(struct walk *w, const struct ask *ask, bool leads)
{
    static struct answer expected;
    static struct outcome got;
    if (tried(w, ask, &expected, &got) && leads) {
        find(w, &expected.after, &got.result.application, &got.result.customer, w->scene.at->countersigners);
    }
}

/* Every node of the route is what a case is to be returned to. */
static void ask_for_every_node(struct walk *w, struct ask *ask, bool leads)
{
    const struct route_node *node;
    ask->input = usual(w, EVENT_RETURN_TO_NODE);
    for (int place = 0; place < 2 * PLACES; place++) {
        node = who_node_at(&w->scene.oracle, place < PLACES ? STATE_SUBMITTED : STATE_VERIFIED, place % PLACES);
        if (node != NULL) {
            ask->input.node = node->name;
            ask_step(w, ask, leads);
        }
    }
}

/* Is a doubt a condition of the route? If it is none, what follows it is as without it. */
static bool asks_for_doubt(const struct route_form *form)
{
    bool asks = false;
    for (int i = 0; i < PLACES && form->nodes[i].name != NULL; i++) {
        asks = asks || form->nodes[i].doubtful != ASKED_EITHER;
    }
    return asks;
}

/* In every way in which a request of the step can be wrong or right. */
static void ask_in_every_way(struct walk *w, struct ask *ask, enum event_kind action, bool leads)
{
    for (int v = 0; v < VARIANTS; v++) {
        if ((variants[v].actions & 1u << action) != 0) {
            bool doubts = variants[v].finding == FINDING_DOUBTFUL;
            ask->input = varied(w, action, &variants[v]);
            ask_step(w, ask, leads && variants[v].leads && (!doubts || asks_for_doubt(w->scene.form)));
        }
    }
}

/* Everybody in his place asks for every step; `fully`: in every way, and what comes of it is walked, too. */
static void ask_as_they_are(struct walk *w, bool fully)
{
    for (int i = 0; i < PEOPLE; i++) {
        const char *names[4];
        int count = names_for(w, &w->users[i], true, names);
        for (int j = 0; j < count * ACTIONS; j++) {
            struct ask ask = {.user = &w->users[i], .acting_for = names[j / ACTIONS]};
            enum event_kind action = actions[j % ACTIONS];
            if (action == EVENT_LAPSE && (ask.acting_for != NULL || w->scene.at->tale.version == 0)) {
                continue;
            }
            ask.input = usual(w, action);
            note_relations(w, &ask);
            ask_step(w, &ask, fully);
            if (fully) {
                ask_in_every_way(w, &ask, action, true);
            }
            if (action == EVENT_RETURN_TO_NODE) {
                ask_for_every_node(w, &ask, fully);
            }
        }
    }
}

static void ask_as_system(struct walk *w)
{
    for (int i = 0; i < ACTIONS && w->scene.at->tale.version != 0; i++) {
        struct ask ask = {.input = usual(w, actions[i])};
        ask.input.text = NULL; /* the system says nothing */
        ask_step(w, &ask, true);
    }
}

/* Claims and countersigners: by everybody, for everybody. */
static void ask_at_desk(struct walk *w)
{
    static struct answer expected;
    static struct outcome got;
    for (int i = 0; i < PEOPLE; i++) {
        const char *names[4];
        int count = names_for(w, &w->users[i], true, names);
        for (int j = 0; j < count * OPS; j++) {
            struct ask ask = {.user = &w->users[i], .acting_for = names[j / OPS], .op = j % OPS};
            for (int to = 0; ask.op >= OP_CLAIM && to < (ask.op >= OP_TRANSFER ? PEOPLE : 1); to++) {
                ask.to = ask.op >= OP_TRANSFER ? &w->users[to] : NULL;
                if (tried(w, &ask, &expected, &got) && ask.op >= OP_ADD) {
                    find(w, &expected.after, &got.result.application, &w->scene.at->customer,
                         w->scene.at->countersigners + (ask.op == OP_ADD));
                }
            }
        }
    }
}

/* Has he anything to do with the case, its route or a delegation? Of the others one stands for all. */
static bool matters(const struct walk *w, const struct user *user)
{
    const struct tale *t = &w->scene.at->tale;
    const struct route_node *node = who_node(&w->scene.oracle, t);
    const struct hand hand = people_himself(user);
    uint32_t of_the_case = t->entered | t->verified | who_signed(t) | t->countersigners | people_bit(t->assessed);
    bool delegates = false;
    for (size_t i = 0; i < w->scene.org.delegation_count; i++) {
        const struct delegation *row = &w->scene.org.delegations[i];
        delegates = delegates ||
                    ((row->delegator == user->id || row->substitute == user->id) && row->ends_at > w->scene.oracle.now);
    }
    return user->id == PROBE || (of_the_case & people_bit(hand.id)) != 0 || delegates ||
           (node != NULL && node->person_count > 0 && who_is_named(&w->scene.oracle, node, &hand));
}

/* Everybody is put into every place, and asks for every step from there. */
static void ask_from_every_place(struct walk *w)
{
    static const int32_t units[] = {B11, B12, B21, R1, R2, HQ};
    static const uint32_t roles[] = {0,
                                     1u << ROLE_SUBMITTER,
                                     1u << ROLE_VERIFIER,
                                     1u << ROLE_APPROVER,
                                     1u << ROLE_CMO,
                                     1u << ROLE_POLICY_MAKER,
                                     1u << ROLE_POLICY_CHECKER,
                                     1u << ROLE_AUDITOR,
                                     1u << ROLE_ADMINISTRATOR,
                                     1u << ROLE_SYNC_AGENT,
                                     1u << ROLE_APPROVER | 1u << ROLE_CMO,
                                     1u << ROLE_ADMINISTRATOR | 1u << ROLE_AUDITOR};
    enum { UNITS = 6, ROLES = 12, LEVELS = 4, WAYS = UNITS * ROLES * LEVELS + 1 };
    for (int i = 0; i < PEOPLE * WAYS; i++) {
        struct user *user = &w->users[i / WAYS];
        int way = i % WAYS;
        if (!matters(w, user)) {
            continue;
        }
        const struct user before = *user;
        const char *names[4];
        int count = names_for(w, user, false, names);
        user->disabled = way == WAYS - 1; /* as he is, and disabled */
        if (!user->disabled) {
            user->unit_id = units[way % UNITS];
            user->roles = roles[way / UNITS % ROLES];
            user->level = JOB_LEVEL_CLERK + (enum job_level)(way / UNITS / ROLES);
        }
        for (int j = 0; j < count * ACTIONS; j++) {
            struct ask ask = {.user = user, .acting_for = names[j / ACTIONS], .input = usual(w, actions[j % ACTIONS])};
            struct hand hand;
            bool first = j % ACTIONS == 0; /* who may not act for that one, may in no step */
            bool asks = first || people_hand(&w->scene.org, w->scene.oracle.now, user, ask.acting_for, &hand);
            if (first) {
                note_relations(w, &ask);
            }
            if (asks && ask.input.action != EVENT_LAPSE) {
                ask_step(w, &ask, false);
            }
        }
        *user = before;
    }
}

/* Somebody is away: his place is empty, and everybody else asks. */
static void ask_while_one_is_away(struct walk *w)
{
    for (int i = 0; i < PEOPLE; i++) {
        uint32_t him = people_bit(i + 1);
        if ((him & (who_signed(&w->scene.at->tale) | w->scene.at->tale.countersigners)) == 0) {
            continue;
        }
        w->users[i].disabled = true;
        ask_as_they_are(w, false);
        ask_at_desk(w);
        w->users[i].disabled = false;
    }
}

/* ---- what a situation may be besides ---- */

static void ask_besides(struct walk *w, const struct situation *situation, const char *overlay, bool at_desk)
{
    const struct situation *before = w->scene.at;
    w->scene.at = situation;
    w->scene.overlay = overlay;
    ask_as_they_are(w, false);
    if (at_desk) {
        ask_at_desk(w);
    }
    w->scene.at = before;
    w->scene.overlay = "";
}

/* By the first one who can act, by the last one, and by one who cannot. */
static void ask_claimed(struct walk *w)
{
    int first = 0, last = 0, other = 0;
    for (int id = 1; id <= PEOPLE; id++) {
        const struct hand hand = people_himself(&w->users[id - 1]);
        bool can = who_can(&w->scene.oracle, &w->scene.at->tale, &hand, false);
        first = can && first == 0 ? id : first;
        last = can ? id : last;
        other = can ? other : id;
    }
    const int ids[] = {first, last, other};
    for (int i = 0; i < 3; i++) {
        struct situation claimed = *w->scene.at;
        claimed.tale.claimed = ids[i];
        claimed.application.claimed_by = ids[i];
        if (ids[i] != 0) {
            ask_besides(w, &claimed, ", claimed", true);
        }
    }
}

static void ask_assessed_since(struct walk *w)
{
    static const int assessors[] = {SUB2, VER2, APP3, CMO1};
    for (size_t i = 0; i < sizeof assessors / sizeof assessors[0]; i++) {
        struct situation assessed = *w->scene.at;
        assessed.tale.assessed = assessors[i];
        assessed.customer.assessed_by = assessors[i];
        ask_besides(w, &assessed, ", assessed since", i == 1);
    }
}

static void fill(int64_t *ids, int *count, int most, int *others)
{
    for (; *count < most; ++*others) {
        ids[*count] = 100 + *count;
        ++*count;
    }
}

/* As many steps, hands, and signers as a case can have. */
static void ask_at_the_limits(struct walk *w)
{
    struct situation full = *w->scene.at;
    full.tale.version = full.application.version = STEPS_MAX;
    ask_besides(w, &full, ", at its last step", false);
    for (int most = HANDS_MAX - 1; most <= HANDS_MAX; most++) {
        full = *w->scene.at;
        fill(full.application.hands, &full.application.hand_count, most, &full.tale.other_hands);
        ask_besides(w, &full, ", full of hands", false);
    }
    for (int most = HANDS_MAX - 3; who_signs_in(full.tale.state) && most <= HANDS_MAX - 1; most++) {
        full = *w->scene.at;
        fill(full.application.signers, &full.application.signer_count, most, &full.tale.other_signers);
        ask_besides(w, &full, ", full of signers", most == HANDS_MAX - 1);
    }
}

static void ask_everything(struct walk *w, const struct situation *situation)
{
    w->scene.at = situation;
    w->scene.overlay = "";
    ask_as_they_are(w, true);
    ask_as_system(w);
    ask_at_desk(w);
    ask_from_every_place(w);
    ask_while_one_is_away(w);
    if (situation->tale.version != 0) {
        ask_claimed(w);
        ask_assessed_since(w);
        ask_at_the_limits(w);
    }
}

/* ---- the walk ---- */

static int by_login(const void *a, const void *b)
{
    const struct user *const *one = a, *const *other = b;
    return strcmp((*one)->login, (*other)->login);
}

static void begin(struct walk *w, const struct route_form *form, const struct route_kind *kind)
{
    w->scene.form = form;
    w->scene.kind = kind;
    w->scene.policy = route_policy(form);
    w->scene.org = fixture_org;
    memcpy(w->users, route_people, sizeof w->users);
    for (int i = 0; i < PEOPLE; i++) {
        w->by_login[i] = &w->users[i];
    }
    qsort(w->by_login, PEOPLE, sizeof w->by_login[0], by_login);
    w->scene.org.users = w->users;
    w->scene.org.user_count = PEOPLE;
    w->scene.org.users_by_login = w->by_login;
    w->scene.org.delegations = route_delegations;
    w->scene.org.delegation_count = (size_t)route_delegation_count;
    w->scene.oracle.org = &w->scene.org;
    w->scene.oracle.policy = &w->scene.policy;
    w->scene.oracle.now = FIXTURE_NOW;
    struct situation *none = &w->found[0];
    *none = (struct situation){.customer = fixture_customer()};
    none->customer.standing = kind->from;
    none->customer.assessed_by = ASSESSOR;
    if (kind->computed != GRADE_NONE) {
        none->customer.evaluation.policy_version = 1;
        none->customer.evaluation.computed = (struct computed){kind->computed, true};
    }
    none->tale = (struct tale){.customer_version = none->customer.version,
                               .standing = kind->from,
                               .computed = kind->computed,
                               .assessed = ASSESSOR};
    w->found_count = 1;
}

/* Every node that a person signs was reached, and signed there, by some kind of case. */
static void check_account(const struct walk *w)
{
    const struct account *account = &w->account;
    for (int i = 0; i < 2 * PLACES; i++) {
        enum state state = i < PLACES ? STATE_SUBMITTED : STATE_VERIFIED;
        const struct route_node *node = who_node_at(&w->scene.oracle, state, i % PLACES);
        if (node != NULL && !node->automatic &&
            !(account->reached[state][i % PLACES] && account->signed_here[state][i % PLACES])) {
            fail_msg("%s: node %s was not walked", w->scene.form->name, node->name);
        }
    }
    for (enum state state = STATE_SUBMITTED; state <= STATE_LAPSED; state++) {
        bool reached = false;
        for (int place = 0; place < PLACES; place++) {
            reached = reached || account->reached[state][place];
        }
        assert_true(reached);
    }
    for (enum event_kind step = EVENT_SUBMIT; step <= EVENT_RETURN_TO_NODE; step++) {
        bool may_lack = step == EVENT_SIGN || step == EVENT_RETURN_TO_NODE; /* of forms with one signature a state */
        if (account->steps[step] == 0 && !may_lack) {
            fail_msg("%s: %s was never taken", w->scene.form->name, word_name(words_event, (int)step));
        }
    }
    for (int i = 0; i < RELATIONS; i++) {
        bool always = i != SIGNED_NODE && i != SIGNED_BEFORE && i != COUNTERSIGNS && i != IS_NAMED;
        if (account->at_relation[i] == 0 && (always || (i == COUNTERSIGNS && w->scene.form->countersigners > 0))) {
            fail_msg("%s: nobody who %s was asked for", w->scene.form->name, relation_names[i]);
        }
    }
}

static void walk_form(struct walk *w, const struct route_form *form, uint64_t *asked)
{
    w->account = (struct account){0};
    for (int i = 0; i < route_kind_count; i++) {
        begin(w, form, &route_kinds[i]);
        for (int at = 0; at < w->found_count; at++) {
            ask_everything(w, &w->found[at]);
        }
        w->account.situations += w->found_count;
    }
    print_message("%-30s %4d situations, %9lu requests, %8lu taken\n", form->name, w->account.situations,
                  (unsigned long)w->account.asked, (unsigned long)w->account.taken);
    check_account(w);
    assert_true(w->account.situations >= 3 * 12 && w->account.asked >= 1000000);
    *asked += w->account.asked;
}

/* All that a request of a step, a claim or a countersigner can be refused for, by the rules. */
static const enum reason every_reason[] = {
    REASON_NONE,
    REASON_LIMIT_EXCEEDED,
    REASON_USER_DISABLED,
    REASON_ROLE_MISSING,
    REASON_LEVEL_TOO_LOW,
    REASON_NOT_YOUR_UNIT,
    REASON_OWN_CASE,
    REASON_OWN_ASSESSMENT,
    REASON_TIED_TO_HAND,
    REASON_ADMINISTRATOR_ONLY_UNITS_AND_USERS,
    REASON_NOT_FOUND,
    REASON_STALE_VERSION,
    REASON_STATE_CHANGED,
    REASON_OPEN_APPLICATION_EXISTS,
    REASON_ALREADY_DECIDED,
    REASON_FIELD_REQUIRED,
    REASON_FIELD_TOO_LONG,
    REASON_FIELD_INVALID,
    REASON_UNKNOWN_VALUE,
    REASON_SAME_GRADE,
    REASON_GRADE_NOT_BETWEEN,
    REASON_OPINION_REQUIRED,
    REASON_REASON_REQUIRED,
    REASON_FINDING_REQUIRED,
    REASON_UNKNOWN_ITEM,
    REASON_FINDING_CONTRADICTS_ITEMS,
    REASON_NOTHING_TO_CHANGE,
    REASON_NOT_DELEGATED,
    REASON_DELEGATION_NARROWER,
    REASON_CLAIMED,
    REASON_NOT_CLAIMED,
    REASON_CANNOT_ACT,
    REASON_ABOVE_AUTHORITY,
    REASON_WORD_REFUSED,
    REASON_ALREADY_SIGNED,
    REASON_NOT_NAMED,
    REASON_COUNTERSIGNERS_MISSING,
    REASON_GRADE_BY_LAST,
    REASON_GRADE_DIFFERS,
    REASON_UNKNOWN_NODE,
    REASON_WORD_FOR_HEAD,
    REASON_TOO_FEW_OTHERS,
};

static void the_product_is_as_the_rules_say(void **state)
{
    (void)state;
    static struct walk w;
    uint64_t asked = 0, counted = 0;
    memset(long_text, 'x', sizeof long_text - 1);
    oracle_read_rights(&w.scene.oracle);
    for (int i = 0; i < route_form_count; i++) {
        walk_form(&w, &route_forms[i], &asked);
    }
    for (size_t i = 0; i < sizeof every_reason / sizeof every_reason[0]; i++) {
        enum reason reason = every_reason[i];
        const char *name = reason == REASON_NONE ? "taken" : reason_name(reason);
        print_message("%s %lu%s", name, (unsigned long)w.reasons[reason], i % 4 == 3 ? "\n" : ", ");
        if (w.reasons[reason] == 0) {
            fail_msg("%s was never the outcome", name);
        }
        counted += w.reasons[reason];
    }
    print_message("%lu requests\n", (unsigned long)asked);
    assert_int_equal(counted, asked); /* there are no other reasons */
    assert_true(asked >= 50000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_product_is_as_the_rules_say),
    };
    return cmocka_run_group_tests_name("product of route forms", tests, NULL, NULL);
}
