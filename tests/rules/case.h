/* A case played through the rules step by step, each step by a user of the unit and role that the state table names. */
#ifndef CREDITD_TESTS_RULES_CASE_H
#define CREDITD_TESTS_RULES_CASE_H

#include "server/rules/route.h"
#include "server/rules/workflow.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

struct test_case {
    struct customer customer;
    struct application application; /* version 0: none yet */
    int64_t now;
    uint8_t timers; /* drawn so far */
};

static inline struct test_case case_new(void)
{
    return (struct test_case){.customer = fixture_customer(), .now = FIXTURE_NOW};
}

/* A request that has all the step needs. */
static inline struct step_input case_input(enum event_kind action)
{
    return (struct step_input){.action = action,
                               .grade = action == EVENT_SUBMIT ? GRADE_GREEN : GRADE_NONE,
                               .finding = FINDING_CONFIRMED,
                               .text = "because"};
}

/* Tries the step as that user (NULL: the system); nothing is taken over. */
static inline void case_try(struct test_case *c, const struct user *user, const struct step_input *input,
                            struct step_result *out)
{
    struct step_context ctx = {.org = &fixture_org, .policy = &fixture_policy, .user = user, .now = c->now};
    ctx.timer_id.bytes[0] = ++c->timers;
    ctx.timer_id.bytes[1] = 1; /* never zero, however many were drawn */
    if (input->action == EVENT_SUBMIT) {
        workflow_submit(&ctx, &c->customer, 100 + c->customer.version, input, out);
    } else {
        workflow_step(&ctx, &c->application, &c->customer, input, out);
    }
}

/* Takes over what an accepted step led to. */
static inline void case_take(struct test_case *c, const struct step_result *result)
{
    assert_int_equal(result->refusal.reason, REASON_NONE);
    c->application = result->application;
    c->customer = result->customer;
    c->customer.last_event_at = c->now;
}

/* The row of the state table for a step in the case's state. */
static inline const struct transition *case_transition(const struct test_case *c, enum event_kind action)
{
    enum state state = action == EVENT_SUBMIT ? STATE_NONE : c->application.state;
    for (size_t i = 0; i < transition_count; i++) {
        if (transitions[i].from == state && transitions[i].action == action) {
            return &transitions[i];
        }
    }
    return NULL;
}

/* The user whose step it would be, in the unit and role for it. */
static inline struct user case_user(const struct test_case *c, enum event_kind action, int64_t id)
{
    const struct transition *row = case_transition(c, action);
    assert_non_null(row);
    return fixture_user(id, fixture_unit_of(row->by_level), JOB_LEVEL_SUPERVISOR, ROLE_BIT(row->by_role));
}

/* Plays one step, by the user with that id or the system. */
static inline void case_play(struct test_case *c, enum event_kind action, int64_t id)
{
    struct step_input input = case_input(action);
    struct step_result result;
    if (action == EVENT_LAPSE) {
        case_try(c, NULL, &input, &result);
    } else {
        struct user user = case_user(c, action, id);
        case_try(c, &user, &input, &result);
    }
    case_take(c, &result);
}

/* Brings a case that is still without application to a state, by users 1 (branch), 2 (region), 3 (HQ). */
static inline void case_bring_to(struct test_case *c, enum state state)
{
    static const enum event_kind paths[][4] = {
        [STATE_SUBMITTED] = {EVENT_NONE},
        [STATE_RETURNED] = {EVENT_RETURN},
        [STATE_VERIFIED] = {EVENT_VERIFY},
        [STATE_APPROVED] = {EVENT_VERIFY, EVENT_APPROVE},
        [STATE_RECORDED] = {EVENT_VERIFY, EVENT_APPROVE, EVENT_RECORD},
        [STATE_REJECTED] = {EVENT_VERIFY, EVENT_REJECT},
        [STATE_WITHDRAWN] = {EVENT_WITHDRAW},
        [STATE_LAPSED] = {EVENT_LAPSE},
    };
    if (c->application.version == 0) {
        case_play(c, EVENT_SUBMIT, 1);
    }
    for (int i = 0; i < 4 && paths[state][i] != EVENT_NONE; i++) {
        enum event_kind action = paths[state][i];
        case_play(c, action, 4 - (int)case_transition(c, action)->by_level);
    }
    assert_int_equal(c->application.state, state);
}

#endif
