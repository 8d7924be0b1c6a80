/* The code as a request goes, beside the oracle. */
#include "tests/rules/route_code.h"

#include "server/rules/access.h"
#include "server/rules/assist.h"
#include "server/rules/claim.h"
#include "server/rules/countersign.h"
#include "server/rules/delegation.h"
#include "server/rules/limit.h"
#include "tests/rules/fixture.h"
#include "tests/rules/route_who.h"
#include "tests/rules/table.h"

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

static struct refusal right(const struct scene *s, const struct ask *ask, enum method method, enum grade submitted,
                            struct user *acting)
{
    const struct access_row *row = access_row_of(method);
    const struct application *a = &s->at->application;
    bool submission = method == METHOD_APPLICATION_SUBMIT;
    const char *field = submission ? "customer" : "application";
    struct refusal refusal = delegation_acting(&s->org, ask->user, ask->acting_for, s->oracle.now, acting);
    if (refusal.reason == REASON_NONE) {
        refusal = access_check(row, acting);
    }
    if (refusal.reason == REASON_NONE && !submission && a->version == 0) {
        refusal = refusal_of(REASON_NOT_FOUND, field, NULL, NULL);
    }
    if (refusal.reason == REASON_NONE) {
        refusal = access_check_subject(row, &s->org, acting, B11, R1, field);
    }
    if (refusal.reason == REASON_NONE) {
        enum case_kind kind = submission ? delegation_case_kind(s->at->customer.standing, submitted)
                                         : delegation_case_kind(a->from, a->to_grade);
        struct money limit = submission ? limit_of_case(&s->policy, &s->at->customer, submitted) : a->limit;
        refusal = delegation_covers(&s->org, acting, kind, limit, s->oracle.now);
    }
    if (refusal.reason == REASON_NONE && method == METHOD_APPLICATION_RESUBMIT && submitted != GRADE_NONE) {
        refusal = delegation_covers(&s->org, acting, delegation_case_kind(a->from, submitted),
                                    limit_of_case(&s->policy, &s->at->customer, submitted), s->oracle.now);
    }
    return refusal;
}

void code_step(const struct scene *s, const struct ask *ask, struct outcome *out)
{
    struct user acting;
    struct step_context ctx = {.org = &s->org, .policy = &s->policy, .now = s->oracle.now, .timer_id.bytes = {1}};
    out->refusal = (struct refusal){.reason = REASON_NONE};
    out->name2 = out->value2 = NULL;
    if (ask->user != NULL) {
        acting = *ask->user;
        ctx.user = &acting;
    }
    if (ask->user != NULL && ask->input.action != EVENT_LAPSE) {
        out->refusal = right(s, ask, method_of(ask->input.action), ask->input.grade, &acting);
        if (out->refusal.reason != REASON_NONE) {
            return;
        }
    }
    if (ask->input.action == EVENT_SUBMIT) {
        workflow_submit(&ctx, &s->at->customer, ORACLE_NUMBER, &ask->input, &out->result);
    } else {
        workflow_step(&ctx, &s->at->application, &s->at->customer, &ask->input, &out->result);
    }
    out->refusal = out->result.refusal;
    out->name2 = out->result.name2;
    out->value2 = out->result.detail2;
}

void code_desk(const struct scene *s, const struct ask *ask, struct outcome *out)
{
    static const enum method methods[] = {
        [OP_CLAIM] = METHOD_APPLICATION_CLAIM,       [OP_RELEASE] = METHOD_APPLICATION_RELEASE,
        [OP_TRANSFER] = METHOD_APPLICATION_TRANSFER, [OP_ADD] = METHOD_APPLICATION_COUNTERSIGN,
        [OP_DROP] = METHOD_APPLICATION_COUNTERSIGN,  [OP_ASK] = METHOD_APPLICATION_ASSIST,
        [OP_CALL_BACK] = METHOD_APPLICATION_ASSIST,  [OP_GIVE] = METHOD_APPLICATION_OPINION};
    struct user acting;
    const struct claim_input input = {.org = &s->org,
                                      .policy = &s->policy,
                                      .user = &acting,
                                      .now = s->oracle.now,
                                      .assessed_by = s->at->customer.assessed_by,
                                      .managed_by = s->at->customer.managed_by};
    struct application *a = &out->result.application;
    *a = s->at->application;
    out->name2 = out->value2 = NULL;
    out->refusal = right(s, ask, methods[ask->op], GRADE_NONE, &acting);
    if (out->refusal.reason != REASON_NONE) {
        return;
    }
    out->refusal = ask->op == OP_CLAIM       ? claim_take(&input, a)
                   : ask->op == OP_RELEASE   ? claim_release(&input, a)
                   : ask->op == OP_TRANSFER  ? claim_transfer(&input, ask->to, a)
                   : ask->op == OP_ADD       ? countersign_add(&input, ask->to, a)
                   : ask->op == OP_DROP      ? countersign_drop(&input, ask->to, a)
                   : ask->op == OP_ASK       ? assist_ask(&input, ask->to, a)
                   : ask->op == OP_CALL_BACK ? assist_call_back(&input, a)
                                             : assist_give(&input, a);
}

/* ---- what was expected ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static uint32_t bits_of_list(const int64_t *ids, int count)
{
    uint32_t bits = 0;
    for (int i = 0; i < count; i++) {
        bits |= ids[i] <= PEOPLE ? people_bit((int)ids[i]) : 0;
    }
    return bits;
}

static bool same_at_nodes(const int64_t *ids, const int64_t *nodes, int count, const uint32_t expected[ROUTE_PLACES])
{
    uint32_t places[ROUTE_PLACES] = {0};
    for (int i = 0; i < count; i++) {
        places[nodes[i]] |= ids[i] <= PEOPLE ? people_bit((int)ids[i]) : 0;
    }
    return memcmp(places, expected, sizeof places) == 0;
}

/* Those of the running state, and while HQ has it those of the region. */
static bool same_signers(const struct application *a, const struct tale *t)
{
    static const uint32_t nobody[ROUTE_PLACES];
    return same_at_nodes(a->signers, a->signer_nodes, a->signer_count, t->signed_at) &&
           same_at_nodes(a->region_signers, a->region_nodes, a->region_signer_count,
                         t->state == STATE_VERIFIED ? t->region_at : nobody);
}

/* NULL, or what differs. */
static const char *differs_in_hands(const struct application *a, const struct tale *t)
{
    return bits_of_list(a->hands, a->hand_count) != (t->entered | t->verified)            ? "hands"
           : bits_of_list(a->verifiers, a->verifier_count) != t->verified                 ? "verifiers"
           : !same_signers(a, t)                                                          ? "signers"
           : bits_of_list(a->countersigners, a->countersigner_count) != t->countersigners ? "countersigners"
           : a->claimed_by != t->claimed                                                  ? "claimed by"
           : a->assistant != t->asked                                                     ? "asked"
           : a->decided_by != t->decided_by || a->decided_for != t->decided_for           ? "decided by"
           : a->verified_by != t->verified_by || a->verified_for != t->verified_for       ? "verified by"
           : a->assessed_by != t->assessed_then                                           ? "assessed by"
                                                                                          : NULL;
}

/* -1: not known; -2: of another currency than the policy's. */
static int64_t amount_of(const struct application *a)
{
    if (a->limit.currency[0] == '\0') {
        return -1;
    }
    return strcmp(a->limit.currency, fixture_policy.currency) == 0 ? a->limit.minor : -2;
}

static const char *differs_in_case(const struct scene *s, const struct application *a, const struct tale *t)
{
    int32_t unit;
    enum role role;
    bool waits = who_turn(&s->oracle, t, &unit, &role);
    return a->state != t->state || a->came_from != t->came_from              ? "state"
           : a->version != t->version                                        ? "version"
           : a->action != t->last                                            ? "step"
           : a->node != t->place                                             ? "node"
           : a->signatures != t->own                                         ? "signatures"
           : a->signed_grade != t->signed_for                                ? "signed grade"
           : a->finding != t->finding                                        ? "finding"
           : amount_of(a) != t->amount                                       ? "amount"
           : a->to_grade != t->to || a->off_criteria != t->off_criteria      ? "request"
           : a->from.tier != t->from.tier || a->from.grade != t->from.grade  ? "from"
           : a->decided_grade != t->decided || a->automatic != t->automatic  ? "decision"
           : a->turn_unit != unit || a->turn_role != role                    ? "turn"
           : (a->due_at != 0) != waits || uuid_is_zero(a->timer_id) == waits ? "clock"
                                                                             : differs_in_hands(a, t);
}

/* The node of the answer: that was signed, or that it is returned to. */
static const char *node_told(const struct scene *s, const struct ask *ask)
{
    enum event_kind action = ask->input.action;
    if (action == EVENT_RETURN_TO_NODE) {
        return ask->input.node;
    }
    return action == EVENT_VERIFY || action == EVENT_APPROVE ? who_node(&s->oracle, &s->at->tale)->name : NULL;
}

static const char *differs_in_step(const struct scene *s, const struct ask *ask, const struct answer *expected,
                                   const struct step_result *result)
{
    const struct tale *t = &expected->after;
    const struct customer *c = &result->customer;
    if (expected->held != (result->held_word != NULL)) {
        return "held";
    }
    if (expected->held) {
        return result->application.held_by != ask->user->id ? "held by" : differs_in_case(s, &result->application, t);
    }
    const struct application *first = result->decided ? &result->before : &result->application;
    return result->action != expected->step || first->action != expected->step ? "step taken"
           : result->skipped != expected->skipped                              ? "nodes passed by"
           : result->decided != expected->decided                              ? "decided by the system"
           : result->application.held_by != 0                                  ? "held by"
           : !same_text(result->node, node_told(s, ask))                       ? "node told"
           : (c->open_application == ORACLE_NUMBER) != t->open                 ? "open application"
           : c->version != t->customer_version                                 ? "customer's version"
           : c->standing.tier != t->standing.tier || c->standing.grade != t->standing.grade
               ? "standing"
               : differs_in_case(s, &result->application, t);
}

const char *code_differs(const struct scene *s, const struct ask *ask, const struct answer *expected,
                         const struct outcome *got)
{
    const struct refusal *r = &got->refusal;
    if (r->reason != expected->reason) {
        return "reason";
    }
    if (r->reason != REASON_NONE) {
        const char *value = expected->value;
        bool same = same_text(r->field, expected->field) && same_text(r->name, expected->name) &&
                    same_text(r->value, value) && same_text(got->name2, expected->name2);
        return same && (got->name2 == NULL || strcmp(got->value2, expected->number2) == 0) ? NULL : "argument";
    }
    if (s->at->tale.other_hands != 0 || s->at->tale.other_signers != 0) {
        return NULL; /* who they are, the oracle does not know */
    }
    return ask->input.action != EVENT_NONE ? differs_in_step(s, ask, expected, &got->result)
                                           : differs_in_case(s, &got->result.application, &expected->after);
}

static const char *text_or(const char *text)
{
    return text != NULL ? text : "-";
}

void code_complain(const struct scene *s, const struct ask *ask, const char *what, const struct answer *expected,
                   const struct outcome *got)
{
    const struct tale *t = &s->at->tale;
    const struct route_node *node = who_node(&s->oracle, t);
    const struct user *user = ask->user;
    const char *asks = ask->input.action != EVENT_NONE ? word_name(words_event, (int)ask->input.action)
                                                       : oracle_operation_names[ask->op];
    fail_msg("%s, a %s, %s%s, version %d, node %s: %s of unit %d, level %d, roles %x, for %s, asks %s (%s, grade %d, "
             "node %s, to %s): %s differs; expected %s %s %s, got %s %s %s; signed %x, own %d, hands %x %x",
             s->form->name, s->kind->name, word_name(words_state, (int)t->state), s->overlay, t->version,
             node != NULL ? node->name : "-", user != NULL ? user->login : "system", user != NULL ? user->unit_id : 0,
             user != NULL ? (int)user->level : 0, user != NULL ? user->roles : 0, text_or(ask->acting_for), asks,
             text_or(ask->input.text), (int)ask->input.grade, text_or(ask->input.node),
             ask->to != NULL ? ask->to->login : "-", what,
             expected->reason == REASON_NONE ? "yes" : reason_name(expected->reason), text_or(expected->field),
             text_or(expected->value), got->refusal.reason == REASON_NONE ? "yes" : reason_name(got->refusal.reason),
             text_or(got->refusal.field), text_or(got->refusal.value), who_signed(t), t->own, t->entered, t->verified);
}
