/* Claims of a step. */
#include "server/rules/claim.h"

#include "server/rules/node.h"
#include "server/rules/reminder.h"
#include "server/rules/right.h"
#include "server/rules/route.h"

static const struct refusal done = {.reason = REASON_NONE};

static struct refusal check_open(const struct application *application)
{
    return application->turn_unit != 0
               ? done
               : refusal_of(REASON_ALREADY_DECIDED, NULL, "state", word_name(words_state, (int)application->state));
}

static const char *login_of(const struct claim_input *input, int64_t user_id)
{
    return user_by_id(input->org, user_id)->login;
}

int64_t claim_name(const struct user *user)
{
    return user->acts_for != 0 ? user->acts_for : user->id;
}

struct holders_case claim_case(const struct claim_input *input, const struct application *application)
{
    return (struct holders_case){input->org,         input->policy,     input->now, application,
                                 input->assessed_by, input->managed_by, false};
}

struct refusal claim_at_node(const struct claim_input *input, const struct application *application)
{
    return node_of(input->policy, application) != NULL ? done
                                                       : refusal_of(route_refusal(application->state), NULL, "state",
                                                                    word_name(words_state, (int)application->state));
}

struct refusal claim_can_act(const struct claim_input *input, const struct application *application)
{
    const struct holders_case c = claim_case(input, application);
    int64_t claimed = holders_claimed(&c);
    bool others = claimed != 0 && claimed != input->user->id && claimed != input->user->acts_for;
    return others ? refusal_of(REASON_CLAIMED, NULL, "login", login_of(input, claimed)) : right_to_act(&c, input->user);
}

struct refusal claim_holds(const struct claim_input *input, const struct application *application)
{
    const struct holders_case c = claim_case(input, application);
    int64_t claimed = holders_claimed(&c);
    if (claimed != 0) {
        return claimed == claim_name(input->user) ? done
                                                  : refusal_of(REASON_CLAIMED, NULL, "login", login_of(input, claimed));
    }
    return right_to_act(&c, input->user);
}

/* The step is his now: nobody waits for his own opinion. */
static void hand_to(struct application *application, int64_t user_id)
{
    application->claimed_by = user_id;
    if (application->assistant == user_id) {
        application->assistant = 0;
    }
}

struct refusal claim_take(const struct claim_input *input, struct application *application)
{
    const struct holders_case c = claim_case(input, application);
    struct refusal refusal = check_open(application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    int64_t claimed = holders_claimed(&c);
    if (claimed != 0) {
        return claimed == claim_name(input->user) ? refusal_of(REASON_NOTHING_TO_CHANGE, NULL, NULL, NULL)
                                                  : refusal_of(REASON_CLAIMED, NULL, "login", login_of(input, claimed));
    }
    refusal = right_to_act(&c, input->user);
    if (refusal.reason == REASON_NONE) {
        hand_to(application, claim_name(input->user));
    }
    return refusal;
}

struct refusal claim_release(const struct claim_input *input, struct application *application)
{
    const struct holders_case c = claim_case(input, application);
    struct refusal refusal = check_open(application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->claimed_by == 0) {
        return refusal_of(REASON_NOT_CLAIMED, NULL, NULL, NULL);
    }
    bool without_effect = holders_claimed(&c) == 0 && holders_of_one(&c, input->user) == HOLDING_CAN;
    if (application->claimed_by != claim_name(input->user) && !without_effect &&
        !reminder_is_head(input->org, application->turn_unit, input->user)) {
        return refusal_of(REASON_CLAIMED, NULL, "login", login_of(input, application->claimed_by));
    }
    application->claimed_by = 0;
    return done;
}

struct refusal claim_transfer(const struct claim_input *input, const struct user *to, struct application *application)
{
    const struct holders_case c = claim_case(input, application);
    struct refusal refusal = check_open(application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (to == NULL) {
        return refusal_of(REASON_NOT_FOUND, "to", NULL, NULL);
    }
    refusal = claim_holds(input, application);
    if (refusal.reason != REASON_NONE && !reminder_is_head(input->org, application->turn_unit, input->user)) {
        return refusal;
    }
    if (holders_claimed(&c) == to->id) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, "to", NULL, NULL);
    }
    struct application unclaimed = *application;
    unclaimed.claimed_by = 0;
    const struct holders_case without = claim_case(input, &unclaimed);
    if (holders_of_one(&without, to) != HOLDING_CAN) {
        return refusal_of(REASON_CANNOT_ACT, "to", "login", to->login);
    }
    hand_to(application, to->id);
    return done;
}
