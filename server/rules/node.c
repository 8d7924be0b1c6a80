/* The nodes of a route. */
#include "server/rules/node.h"

#include <string.h>

#include "common/check.h"
#include "server/rules/authority.h"
#include "server/rules/limit.h"
#include "server/rules/route.h"

static const struct route_node regulation[] = {
    {.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .level = JOB_LEVEL_SUPERVISOR, .need = 1},
    {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .level = JOB_LEVEL_SUPERVISOR, .need = 1},
};

int node_route(const struct policy *policy, const struct route_node **out)
{
    if (policy == NULL || policy->route_count == 0) {
        *out = regulation;
        return sizeof regulation / sizeof regulation[0];
    }
    *out = policy->route;
    return policy->route_count;
}

const struct route_node *node_at(const struct policy *policy, enum state state, int place)
{
    const struct route_node *route;
    int count = node_route(policy, &route);
    for (int i = 0; i < count; i++) {
        if (route[i].state == state && place-- == 0) {
            return &route[i];
        }
    }
    return NULL;
}

const struct route_node *node_of(const struct policy *policy, const struct application *application)
{
    return node_at(policy, application->state, application->node);
}

enum unit_level node_level(const struct route_node *node)
{
    return node->role == ROLE_SUBMITTER  ? UNIT_LEVEL_BRANCH
           : node->role == ROLE_VERIFIER ? UNIT_LEVEL_REGION
                                         : UNIT_LEVEL_HQ;
}

static bool answers(enum asked asked, bool is)
{
    return asked == ASKED_EITHER || (asked == ASKED_YES) == is;
}

/* An amount that is not known is passed by nowhere, and decided by the system nowhere. */
static bool amount_fits(const struct route_node *node, struct money limit)
{
    if (node->amount_from == 0 && node->amount_to == 0) {
        return true;
    }
    if (!limit_known(limit)) {
        return !node->automatic;
    }
    return limit.minor >= node->amount_from && (node->amount_to == 0 || limit.minor <= node->amount_to);
}

bool node_is_for(const struct route_node *node, const struct application *application)
{
    int jump = authority_jump(application->from, application->to_grade);
    uint32_t kind = CASE_KIND_BIT(delegation_case_kind(application->from, application->to_grade));
    return (node->kinds == 0 || (node->kinds & kind) != 0) && jump >= node->jump_from &&
           (node->jump_to == 0 || jump <= node->jump_to) && amount_fits(node, application->limit) &&
           answers(node->off_criteria, application->off_criteria) &&
           answers(node->doubtful, application->finding == FINDING_DOUBTFUL);
}

int node_arrive(const struct policy *policy, const struct application *application, enum state state, int place,
                uint32_t *skipped)
{
    const struct route_node *route;
    (void)node_route(policy, &route);
    for (const struct route_node *node; (node = node_at(policy, state, place)) != NULL; place++) {
        if (node_is_for(node, application)) {
            return place;
        }
        *skipped |= 1U << (node - route);
    }
    return -1;
}

/* The node of that name, its state and its place there; false: there is none. */
static bool find(const struct policy *policy, const char *name, enum state *state, int *place)
{
    const struct route_node *route;
    int count = node_route(policy, &route);
    *place = 0;
    for (int i = 0; i < count; i++) {
        *place = i > 0 && route[i].state == route[i - 1].state ? *place + 1 : 0;
        if (strcmp(route[i].name, name) == 0) {
            *state = route[i].state;
            return true;
        }
    }
    return false;
}

bool node_is_first(const struct policy *policy, const struct application *application, enum state state, int place)
{
    struct application fresh = *application;
    uint32_t skipped = 0;
    fresh.finding = FINDING_NONE;
    return state == STATE_SUBMITTED && node_arrive(policy, &fresh, state, 0, &skipped) == place;
}

bool node_is_last(const struct policy *policy, const struct application *application)
{
    uint32_t skipped = 0;
    return node_arrive(policy, application, application->state, application->node + 1, &skipped) < 0;
}

const struct route_node *node_for_amount(const struct policy *policy, const struct application *application,
                                         struct money limit)
{
    struct application with = *application;
    with.limit = limit;
    const struct route_node *route;
    int count = node_route(policy, &route);
    for (int i = 0; i < count; i++) {
        if (!route[i].automatic && node_is_for(&route[i], &with) && !node_is_for(&route[i], application)) {
            return &route[i];
        }
    }
    return NULL;
}

bool node_needs_authority(const struct policy *policy, const struct application *application)
{
    const struct route_node *node = node_of(policy, application);
    if (node == NULL || node->role != ROLE_APPROVER) {
        return false;
    }
    for (int place = application->node + 1; (node = node_at(policy, application->state, place)) != NULL; place++) {
        if (node->role == ROLE_APPROVER && !node->automatic && node_is_for(node, application)) {
            return false;
        }
    }
    return true;
}

bool node_turn(const struct organisation *org, const struct policy *policy, const struct application *application,
               int32_t *unit_id, enum role *role)
{
    const struct route_node *node = node_of(policy, application);
    enum unit_level level;
    if (node != NULL) {
        level = node_level(node);
        *role = node->role;
    } else if (!route_turn(application->state, &level, role)) {
        return false;
    }
    *unit_id = unit_id_of_level(org, level, application->branch_id, application->region_id);
    return true;
}

enum reason node_back_to(const struct policy *policy, const struct application *application, const char *name,
                         enum state *state, int *place)
{
    if (!find(policy, name, state, place)) {
        return REASON_UNKNOWN_NODE;
    }
    const struct route_node *node = node_at(policy, *state, *place);
    if (*state > application->state || (*state == application->state && *place >= application->node)) {
        return REASON_NODE_NOT_EARLIER;
    }
    if (node->automatic) {
        return REASON_NODE_AUTOMATIC;
    }
    bool comes = node_is_for(node, application) || node_is_first(policy, application, *state, *place);
    return comes ? REASON_NONE : REASON_NODE_PASSED_BY;
}

void node_enter(struct application *application, int place)
{
    CHECK(place >= 0 && place < ROUTE_NODES_MAX);
    if (place != application->node) {
        application->urged_at = application->urged_by = 0;
    }
    application->node = place;
    application->signatures = 0;
    application->signed_grade = GRADE_NONE;
    application->countersigner_count = 0;
}

/* The place of the region's node of that name; of one that there is no more, the first. */
static int region_place(const struct policy *policy, const char *name)
{
    enum state state;
    int place;
    return find(policy, name, &state, &place) && state == STATE_SUBMITTED ? place : 0;
}

static void rename_region(const struct policy *from, const struct policy *to, struct application *application)
{
    for (int i = 0; i < application->region_signer_count; i++) {
        const struct route_node *node = node_at(from, STATE_SUBMITTED, (int)application->region_nodes[i]);
        application->region_nodes[i] = node == NULL ? 0 : region_place(to, node->name);
    }
}

void node_restart(const struct policy *from, const struct policy *to, struct application *application,
                  uint32_t *skipped)
{
    if (node_at(to, application->state, 0) == NULL) {
        return;
    }
    if (application->state == STATE_SUBMITTED) {
        application->finding = FINDING_NONE; /* of signatures that are void */
    }
    rename_region(from, to, application);
    const struct route_node *route, *node;
    (void)node_route(to, &route);
    int place = -1;
    do {
        place = node_arrive(to, application, application->state, place + 1, skipped);
        node = node_at(to, application->state, place);
        CHECK(node != NULL); /* every route has one without a condition */
        *skipped |= node->automatic ? 1U << (node - route) : 0;
    } while (node->automatic);
    node_enter(application, place);
    application->signer_count = 0;
}
