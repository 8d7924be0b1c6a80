/* The state table of an application and the questions it answers. */
#include "server/rules/route.h"

#include "common/check.h"

const struct transition transitions[] = {
    {STATE_NONE, EVENT_SUBMIT, STATE_SUBMITTED, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_SUBMITTED, EVENT_VERIFY, STATE_VERIFIED, UNIT_LEVEL_REGION, ROLE_VERIFIER},
    {STATE_SUBMITTED, EVENT_RETURN, STATE_RETURNED, UNIT_LEVEL_REGION, ROLE_VERIFIER},
    {STATE_SUBMITTED, EVENT_WITHDRAW, STATE_WITHDRAWN, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_SUBMITTED, EVENT_LAPSE, STATE_LAPSED, UNIT_LEVEL_HQ, ROLE_NONE},
    {STATE_SUBMITTED, EVENT_RECALL, STATE_RETURNED, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_RETURNED, EVENT_RESUBMIT, STATE_SUBMITTED, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_RETURNED, EVENT_WITHDRAW, STATE_WITHDRAWN, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_RETURNED, EVENT_LAPSE, STATE_LAPSED, UNIT_LEVEL_HQ, ROLE_NONE},
    {STATE_VERIFIED, EVENT_RETURN, STATE_RETURNED, UNIT_LEVEL_HQ, ROLE_APPROVER},
    {STATE_VERIFIED, EVENT_APPROVE, STATE_APPROVED, UNIT_LEVEL_HQ, ROLE_APPROVER},
    {STATE_VERIFIED, EVENT_REJECT, STATE_REJECTED, UNIT_LEVEL_HQ, ROLE_APPROVER},
    {STATE_VERIFIED, EVENT_WITHDRAW, STATE_WITHDRAWN, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_VERIFIED, EVENT_LAPSE, STATE_LAPSED, UNIT_LEVEL_HQ, ROLE_NONE},
    {STATE_VERIFIED, EVENT_RECALL, STATE_SUBMITTED, UNIT_LEVEL_REGION, ROLE_VERIFIER},
    {STATE_VERIFIED, EVENT_RETURN_TO_REGION, STATE_SUBMITTED, UNIT_LEVEL_HQ, ROLE_APPROVER},
    {STATE_SUBMITTED, EVENT_SIGN, STATE_SUBMITTED, UNIT_LEVEL_REGION, ROLE_VERIFIER},
    {STATE_SUBMITTED, EVENT_RETURN_TO_NODE, STATE_SUBMITTED, UNIT_LEVEL_REGION, ROLE_VERIFIER},
    {STATE_VERIFIED, EVENT_SIGN, STATE_VERIFIED, UNIT_LEVEL_HQ, ROLE_APPROVER},
    {STATE_VERIFIED, EVENT_RETURN_TO_NODE, STATE_VERIFIED, UNIT_LEVEL_HQ, ROLE_APPROVER},
    {STATE_APPROVED, EVENT_RECORD, STATE_RECORDED, UNIT_LEVEL_BRANCH, ROLE_SUBMITTER},
    {STATE_APPROVED, EVENT_LAPSE, STATE_LAPSED, UNIT_LEVEL_HQ, ROLE_NONE},
};
const size_t transition_count = sizeof transitions / sizeof transitions[0];

const struct transition *route_find(enum state from, enum event_kind action, enum unit_level by_level)
{
    for (size_t i = 0; i < transition_count; i++) {
        const struct transition *row = &transitions[i];
        if (row->from == from && row->action == action && row->by_level == by_level) {
            return row;
        }
    }
    return NULL;
}

bool route_possible(enum state from, enum event_kind action)
{
    return route_find(from, action, UNIT_LEVEL_HQ) != NULL || route_find(from, action, UNIT_LEVEL_REGION) != NULL ||
           route_find(from, action, UNIT_LEVEL_BRANCH) != NULL;
}

bool route_judges(enum event_kind action)
{
    return action == EVENT_VERIFY || action == EVENT_RETURN || action == EVENT_RETURN_TO_REGION ||
           action == EVENT_RETURN_TO_NODE || action == EVENT_APPROVE || action == EVENT_REJECT;
}

bool route_signs(enum event_kind action)
{
    return action == EVENT_VERIFY || action == EVENT_APPROVE;
}

bool route_waits_for(const struct transition *row)
{
    enum unit_level level;
    enum role role;
    return row->action != EVENT_SIGN && row->from != STATE_NONE && route_turn(row->from, &level, &role) &&
           row->by_role == role;
}

bool route_signed(enum state state)
{
    return state == STATE_SUBMITTED || state == STATE_VERIFIED;
}

bool route_closed(enum state state)
{
    CHECK(state >= STATE_SUBMITTED && state <= STATE_LAPSED);
    return state == STATE_RECORDED || state == STATE_REJECTED || state == STATE_WITHDRAWN || state == STATE_LAPSED;
}

bool route_turn(enum state state, enum unit_level *level, enum role *role)
{
    CHECK(level != NULL && role != NULL);
    if (state == STATE_SUBMITTED) {
        *level = UNIT_LEVEL_REGION;
        *role = ROLE_VERIFIER;
    } else if (state == STATE_VERIFIED) {
        *level = UNIT_LEVEL_HQ;
        *role = ROLE_APPROVER;
    } else if (state == STATE_RETURNED || state == STATE_APPROVED) {
        *level = UNIT_LEVEL_BRANCH;
        *role = ROLE_SUBMITTER;
    } else {
        return false;
    }
    return true;
}

enum reason route_refusal(enum state state)
{
    return state == STATE_APPROVED || route_closed(state) ? REASON_ALREADY_DECIDED : REASON_STATE_CHANGED;
}
