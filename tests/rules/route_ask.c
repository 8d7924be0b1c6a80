/* What is asked in a situation, by whom, and the account of it. */
#include "tests/rules/route_walk.h"

#include "tests/rules/fixture.h"
#include "tests/rules/route_who.h"
#include "tests/rules/table.h"

const char *const relation_names[RELATIONS] = {
    "stranger",    "entered it",   "verified it", "signed the node",      "signed before", "countersigns",   "assessed",
    "tied to one", "acts for one", "named",       "manages the customer", "is asked",      "gave an opinion"};

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
        [IS_NAMED] = node != NULL && node->person_count > 0 && who_is_named(&w->scene.oracle, t, node, &hand),
        [IS_ASKED] = (him & people_bit(t->asked)) != 0,
        [GAVE] = (him & t->authors) != 0,
        [MANAGES] = (him & people_bit(t->manager)) != 0,
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
           fresh_from(a) == fresh_from(b) && (a->asked == 0) == (b->asked == 0) &&
           (a->authors == 0) == (b->authors == 0) && (a->claimed == 0) == (b->claimed == 0) &&
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

void ask_prepare(void)
{
    memset(long_text, 'x', sizeof long_text - 1);
}

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

void ask_as_they_are(struct walk *w, bool fully)
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

void ask_in_all_ways(struct walk *w, enum event_kind action)
{
    for (int i = 0; i < PEOPLE; i++) {
        const char *names[4];
        int count = names_for(w, &w->users[i], false, names);
        for (int j = 0; j < count; j++) {
            struct ask ask = {.user = &w->users[i], .acting_for = names[j], .input = usual(w, action)};
            ask_step(w, &ask, false);
            ask_in_every_way(w, &ask, action, false);
        }
    }
}

void ask_as_system(struct walk *w)
{
    for (int i = 0; i < ACTIONS && w->scene.at->tale.version != 0; i++) {
        struct ask ask = {.input = usual(w, actions[i])};
        ask.input.text = NULL; /* the system says nothing */
        ask_step(w, &ask, true);
    }
}

/* Is what comes of it walked? Of countersigners while no opinion is awaited, and in some forms of opinions. */
static bool leads_on(const struct walk *w, const struct ask *ask)
{
    int of = w->scene.kind == &route_kinds[0] ? w->scene.form->opinion_of : 0;
    if (w->scene.at->tale.other_hands > 0 || w->scene.at->tale.other_signers > 0) {
        return false;
    }
    switch ((int)ask->op) {
    case OP_ADD:
    case OP_DROP:
        return w->scene.at->tale.asked == 0;
    case OP_RELEASE:
        return of != 0 && w->scene.at->tale.asked != 0;
    case OP_ASK:
        return ask->to != NULL && ask->to->id == of;
    case OP_CALL_BACK:
    case OP_GIVE:
        return of != 0;
    }
    return false;
}

void ask_at_desk(struct walk *w)
{
    static struct answer expected;
    static struct outcome got;
    for (int i = 0; i < PEOPLE; i++) {
        const char *names[4];
        int count = names_for(w, &w->users[i], true, names);
        for (int j = 0; j < count * OPS; j++) {
            struct ask ask = {.user = &w->users[i], .acting_for = names[j / OPS], .op = j % OPS};
            bool about = ask.op >= OP_TRANSFER && ask.op <= OP_ASK;
            int most = ask.op < OP_CLAIM ? 0 : about ? PEOPLE + (ask.op == OP_ASK) : 1;
            for (int to = 0; to < most; to++) {
                ask.to = about && to < PEOPLE ? &w->users[to] : NULL;
                if (tried(w, &ask, &expected, &got) && leads_on(w, &ask)) {
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
    uint32_t of_the_case =
        t->entered | t->verified | who_signed(t) | t->countersigners | people_bit(t->assessed) | people_bit(t->asked);
    bool delegates = false;
    for (size_t i = 0; i < w->scene.org.delegation_count; i++) {
        const struct delegation *row = &w->scene.org.delegations[i];
        delegates = delegates ||
                    ((row->delegator == user->id || row->substitute == user->id) && row->ends_at > w->scene.oracle.now);
    }
    return user->id == PROBE || (of_the_case & people_bit(hand.id)) != 0 || delegates ||
           (node != NULL && (node->own_manager || node->person_count > 0) &&
            who_is_named(&w->scene.oracle, t, node, &hand));
}

void ask_from_every_place(struct walk *w)
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
        bool acts = true;
        user->disabled = way == WAYS - 1; /* as he is, and disabled */
        if (!user->disabled) {
            user->unit_id = units[way % UNITS];
            user->roles = roles[way / UNITS % ROLES];
            user->level = JOB_LEVEL_CLERK + (enum job_level)(way / UNITS / ROLES);
        }
        for (int j = 0; j < count * ACTIONS; j++) {
            struct ask ask = {.user = user, .acting_for = names[j / ACTIONS], .input = usual(w, actions[j % ACTIONS])};
            struct hand hand;
            bool first = j % ACTIONS == 0;
            if (first) { /* who may not act for that one, may in no step */
                acts = people_hand(&w->scene.org, w->scene.oracle.now, user, ask.acting_for, &hand);
                note_relations(w, &ask);
            }
            if ((first || acts) && ask.input.action != EVENT_LAPSE) {
                ask_step(w, &ask, false);
            }
        }
        *user = before;
    }
}
