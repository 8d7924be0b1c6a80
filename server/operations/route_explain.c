/* The way that a case of a customer would take by the policy in force: each hand with its unit, role, days and
 * authority, and who could act there today. */
#include "policy.pb-c.h"
#include "server/operations/customer_file.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/authority.h"
#include "server/rules/evaluation.h"
#include "server/rules/limit.h"
#include "server/rules/node.h"
#include "server/rules/standing.h"

struct explain {
    struct customer_page page;
    enum grade to_grade;
    const struct user **room;
};

/* The case as it would stand there, entered by nobody that is known yet. */
static struct application case_at(const struct organisation *org, const struct policy *policy,
                                  const struct customer *customer, enum grade to_grade, enum state state, int place)
{
    struct application out = {.key.home = customer->key.home,
                              .customer_id = customer->key.id,
                              .state = state,
                              .node = place,
                              .from = standing_beneath(customer),
                              .to_grade = to_grade,
                              .off_criteria = !evaluation_agrees(customer, to_grade),
                              .limit = limit_of_case(policy, customer, to_grade),
                              .branch_id = customer->branch_id,
                              .region_id = customer->region_id,
                              .policy_version = policy->version};

    if (state == STATE_NONE) {
        out.turn_unit = out.branch_id;
        out.turn_role = ROLE_SUBMITTER;
    } else {
        (void)node_turn(org, policy, &out, &out.turn_unit, &out.turn_role);
    }
    return out;
}

static int days_in(const struct policy *policy, enum state state)
{
    switch (state) {
    case STATE_NONE:
        return policy->submit_days;
    case STATE_SUBMITTED:
        return policy->verify_days;
    case STATE_VERIFIED:
        return policy->decide_days;
    default:
        return 0; /* what is left of the whole */
    }
}

#define FINDING_BIT(finding) (1U << (finding))

/* With which findings does the case come to the node? With those in `decided` the system has decided it before. */
static unsigned findings_at(const struct route_node *node, const struct application *row, unsigned decided)
{
    struct application found = *row;
    unsigned comes = 0;

    for (found.finding = FINDING_CONFIRMED; found.finding <= FINDING_DOUBTFUL; found.finding++)
        if (node_is_for(node, &found))
            comes |= FINDING_BIT(found.finding);
    return comes & ~decided;
}

/* What the route says of the node. The finding is not known yet. */
static void view_conditions(struct call *call, const struct route_node *node, unsigned comes,
                            Creditd__V1__RouteNode *out)
{
    bool one = comes == FINDING_BIT(FINDING_CONFIRMED) || comes == FINDING_BIT(FINDING_DOUBTFUL);
    bool doubtful = one ? comes == FINDING_BIT(FINDING_DOUBTFUL) : node->doubtful == ASKED_YES;

    out->name = arena_strdup(call->arena, node->name);
    out->has_signatures_needed = node->need != 0 && !node->automatic;
    out->signatures_needed = (uint32_t)node->need;
    out->has_automatic = out->automatic = node->automatic;
    out->has_own_manager = out->own_manager = node->own_manager;
    out->has_passed_by = out->passed_by = comes == 0;
    out->has_when_finding = one || node->doubtful != ASKED_EITHER;
    out->when_finding = (Creditd__V1__Finding)(doubtful ? FINDING_DOUBTFUL : FINDING_CONFIRMED);
}

static void view_holders_at(struct call *call, const struct policy *policy, const struct application *row,
                            Creditd__V1__RouteNode *out)
{
    const struct explain *explain = call->state;
    const struct customer *customer = &explain->page.rows[0];
    const struct application_view view = {
        .application = *row, .assessed_by = customer->assessed_by, .managed_by = customer->managed_by};

    if (policy->authority_count > 0 && node_needs_authority(policy, row)) {
        out->has_least_level = true;
        out->least_level = (Creditd__V1__JobLevel)authority_needed(policy, row->from, row->to_grade, row->limit);
    }
    out->n_holders = view_holders(call, &view, HOLDING_CAN, explain->page.stamp.now, explain->room, &out->holders);
}

/* *decided: findings with which the system has decided the case before this node, and after it. */
static Creditd__V1__RouteNode *view_node(struct call *call, const struct policy *policy,
                                         const struct customer *customer, enum state state, int place,
                                         unsigned *decided)
{
    const struct explain *explain = call->state;
    const struct application row = case_at(call_org(call), policy, customer, explain->to_grade, state, place);
    const struct route_node *node = node_of(policy, &row);
    Creditd__V1__RouteNode *out = ARENA_NEW(call->arena, Creditd__V1__RouteNode);

    creditd__v1__route_node__init(out);
    out->unit = view_unit(call, row.turn_unit);
    out->has_role = true;
    out->role = (Creditd__V1__Role)row.turn_role;
    out->has_step = true;
    out->step = (Creditd__V1__EventKind)(state == STATE_NONE        ? EVENT_SUBMIT
                                         : state == STATE_SUBMITTED ? EVENT_VERIFY
                                         : state == STATE_VERIFIED  ? EVENT_APPROVE
                                                                    : EVENT_RECORD);
    out->has_days = days_in(policy, state) > 0;
    out->days = (uint32_t)days_in(policy, state);
    if (node != NULL) {
        unsigned comes = findings_at(node, &row, *decided);
        view_conditions(call, node, comes, out);
        *decided |= node->automatic ? comes : 0;
    }
    if (!out->passed_by && !out->automatic)
        view_holders_at(call, policy, &row, out);
    return out;
}

static void view_nodes(struct call *call, const struct policy *policy, const struct customer *customer,
                       Creditd__V1__RouteExplainAnswer *body)
{
    static const enum state states[] = {STATE_NONE, STATE_SUBMITTED, STATE_VERIFIED, STATE_APPROVED};

    unsigned decided = 0;

    body->nodes = ARENA_ARRAY(call->arena, Creditd__V1__RouteNode *, ROUTE_NODES_MAX + 3);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        int place = 0;
        do
            body->nodes[body->n_nodes++] = view_node(call, policy, customer, states[i], place++, &decided);
        while (node_at(policy, states[i], place) != NULL);
    }
}

static void customer_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct explain *explain = call->state;
    Creditd__V1__RouteExplainAnswer *body;
    const struct policy *policy;
    struct standing from;
    struct money limit;
    const struct customer *customer = customer_found(call, &explain->page, result);

    if (customer == NULL) /* the call is answered, and its memory gone */
        return;
    from = standing_beneath(customer);
    if (from.tier == TIER_KEY && from.grade == explain->to_grade) {
        call_refuse(call, REASON_SAME_GRADE, "to_grade", NULL, NULL);
        return;
    }
    policy = reference_policy_in_force(call_reference(call), explain->page.stamp.now);
    body = ARENA_NEW(call->arena, Creditd__V1__RouteExplainAnswer);
    creditd__v1__route_explain_answer__init(body);
    body->customer_id = view_id(call, 'C', customer->key);
    body->has_policy_version = true;
    body->policy_version = (uint32_t)policy->version;
    body->has_kind = true;
    body->kind = (Creditd__V1__CaseKind)delegation_case_kind(from, explain->to_grade);
    body->has_jump = true;
    body->jump = (uint32_t)authority_jump(from, explain->to_grade);
    limit = limit_of_case(policy, customer, explain->to_grade);
    body->has_limit_minor = limit_known(limit);
    body->limit_minor = limit.minor;
    body->limit_currency = limit_known(limit) ? arena_strdup(call->arena, limit.currency) : NULL;
    body->has_whole_days = true;
    body->whole_days = (uint32_t)policy->whole_days;
    explain->room = view_room(call);
    view_nodes(call, policy, customer, body);
    call_audit(call, customer->key); /* kind and jump tell the grade in force */
    call_answer_read(call, &body->base);
}

static void explain_start(struct call *call)
{
    const Creditd__V1__RouteExplainRequest *request = (const void *)call->request;
    struct explain *explain = ARENA_NEW(call->arena, struct explain);

    call->state = explain;
    if (!request->has_to_grade) {
        call_refuse(call, REASON_FIELD_REQUIRED, "to_grade", NULL, NULL);
        return;
    }
    explain->to_grade = (enum grade)request->to_grade;
    (void)customer_read(call, request->customer, &explain->page, customer_came);
}

const struct operation operation_route_explain = {.method = METHOD_ROUTE_EXPLAIN,
                                                  .kind = OPERATION_READ,
                                                  .request = &creditd__v1__route_explain_request__descriptor,
                                                  .start = explain_start};
