/* Who may take a step of a case. */
#include "server/rules/right.h"

#include "common/check.h"
#include "server/rules/authority.h"
#include "server/rules/four_eyes.h"
#include "server/rules/node.h"
#include "server/rules/route.h"
#include "server/rules/signature.h"

#define STEPS_TEXT "200" /* STEPS_MAX */

static const struct refusal allowed = {.reason = REASON_NONE};

struct refusal right_of_place(const struct organisation *org, const struct user *user, int32_t unit_id, enum role role)
{
    const struct unit *unit = unit_by_id(org, unit_id);
    CHECK(unit != NULL);
    if (user->unit_id != unit->id) {
        return refusal_of(REASON_NOT_YOUR_UNIT, NULL, "unit", unit->code);
    }
    return user_has(user, role) ? allowed
                                : refusal_of(REASON_ROLE_MISSING, NULL, "role", word_name(words_role, (int)role));
}

static bool goes_back(enum event_kind action)
{
    return action == EVENT_RETURN || action == EVENT_RETURN_TO_REGION || action == EVENT_RETURN_TO_NODE ||
           action == EVENT_RECALL;
}

static struct refusal check_room(const struct application *application, const struct user *user, enum event_kind action)
{
    bool makes_hand = action == EVENT_RESUBMIT || action == EVENT_VERIFY;
    if (goes_back(action) && application->version >= STEPS_MAX) {
        return refusal_of(REASON_TOO_MANY_STEPS, "application", "limit", STEPS_TEXT);
    }
    if (makes_hand && !four_eyes_has_room(application, user)) {
        return refusal_of(REASON_TOO_MANY_HANDS, "application", "limit", HANDS_MAX_TEXT);
    }
    /* Who has signed is there already. */
    return !route_signs(action) || signature_given(application, user) || signature_fits(application, user)
               ? allowed
               : refusal_of(REASON_TOO_MANY_SIGNERS, "application", "limit", HANDS_MAX_TEXT);
}

struct refusal right_of_hands(const struct holders_case *c, const struct user *user, enum event_kind action)
{
    const struct application *application = c->application;
    if (!route_judges(action)) {
        return check_room(application, user, action);
    }
    /* Who has signed may still return the case, and end a node that nobody else can sign any more. */
    bool given = signature_given(application, user);
    if (given && action != EVENT_RETURN && !signature_is_last(c, user)) {
        return refusal_of(REASON_ALREADY_SIGNED, NULL, NULL, NULL);
    }
    struct refusal refusal = four_eyes_refusal(c->org, c->now, application, c->assessed_by, user, !given);
    return refusal.reason != REASON_NONE ? refusal : check_room(application, user, action);
}

/* Does the node want this one's signature? */
static struct refusal check_node(const struct holders_case *c, const struct user *user)
{
    const struct application *application = c->application;
    const struct route_node *node = node_of(c->policy, application);
    if (signature_given(application, user) || signature_wanted(c, user)) {
        return allowed;
    }
    if (node->need != 0 && application->signatures >= node->need && application->countersigner_count > 0) {
        return refusal_of(REASON_COUNTERSIGNERS_MISSING, NULL, "node", node->name);
    }
    return user->level < node->level
               ? refusal_of(REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, (int)node->level))
               : refusal_of(node->own_manager ? REASON_NOT_MANAGER : REASON_NOT_NAMED, NULL, "node", node->name);
}

struct refusal right_at_node(const struct holders_case *c, const struct user *user, enum event_kind action)
{
    const struct application *application = c->application;
    if (!route_judges(action)) {
        return allowed;
    }
    struct refusal refusal = check_node(c, user);
    if (refusal.reason != REASON_NONE || !node_needs_authority(c->policy, application)) {
        return refusal;
    }
    enum job_level needed = authority_needed(c->policy, application->from, application->to_grade, application->limit);
    CHECK(needed != 0); /* policy_route.c */
    return user->level >= needed
               ? allowed
               : refusal_of(REASON_ABOVE_AUTHORITY, NULL, "level", word_name(words_job_level, (int)needed));
}

struct refusal right_to_act(const struct holders_case *c, const struct user *user)
{
    const struct application *application = c->application;
    if (user->disabled) {
        return refusal_of(REASON_USER_DISABLED, NULL, NULL, NULL);
    }
    if (user->level < JOB_LEVEL_SUPERVISOR) {
        return refusal_of(REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, JOB_LEVEL_SUPERVISOR));
    }
    struct refusal refusal = right_of_place(c->org, user, application->turn_unit, application->turn_role);
    if (refusal.reason != REASON_NONE || node_of(c->policy, application) == NULL) {
        return refusal;
    }
    enum event_kind action = application->state == STATE_SUBMITTED ? EVENT_VERIFY : EVENT_APPROVE;
    refusal = right_of_hands(c, user, action);
    return refusal.reason != REASON_NONE ? refusal : right_at_node(c, user, action);
}
