/* Opinions that whose step it is asks for. */
#include "server/rules/assist.h"

#include "server/rules/delegation.h"
#include "server/rules/four_eyes.h"
#include "server/rules/holders.h"
#include "server/rules/node.h"
#include "server/rules/reminder.h"
#include "server/rules/signature.h"
#include "server/rules/turn.h"

static const struct refusal done = {.reason = REASON_NONE};

static bool sees(const struct organisation *org, const struct application *application, const struct user *user)
{
    return !user->disabled && (user->roles & DELEGATED_ROLES) != 0 &&
           access_sees_credit(org, user, application->branch_id, application->region_id);
}

static const char *login_of(const struct claim_input *input, int64_t user_id)
{
    return user_by_id(input->org, user_id)->login;
}

/* Do too few remain who can sign a node of the decision, because this one has verified the case? Whether the node is
 * for the case may depend on what is found. */
static bool leaves_too_few_at(const struct claim_input *input, const struct application *application,
                              const struct user *user, int place)
{
    const struct route_node *node = node_at(input->policy, STATE_VERIFIED, place);
    struct application now = *application;
    now.state = STATE_VERIFIED;
    now.claimed_by = 0;
    now.signer_count = 0;
    now.finding = node->doubtful == ASKED_YES ? FINDING_DOUBTFUL : FINDING_CONFIRMED;
    node_enter(&now, place);
    if (node->automatic || !node_is_for(node, &now)) {
        return false;
    }
    (void)turn_pass_on(input->org, input->policy, &now);
    struct application then = now;
    four_eyes_verify(user, &then);
    const struct holders_case without = {input->org,         input->policy,     input->now, &now,
                                         input->assessed_by, input->managed_by, false};
    const struct holders_case with = {input->org,         input->policy,     input->now, &then,
                                      input->assessed_by, input->managed_by, false};
    return signature_short(&without) <= 0 && signature_short(&with) > 0;
}

/* Can this one become one of those who have verified the case? */
static struct refusal check_hand(const struct claim_input *input, const struct application *application,
                                 const struct user *user, const char *field)
{
    if (!four_eyes_has_room(application, user)) {
        return refusal_of(REASON_TOO_MANY_HANDS, "application", "limit", HANDS_MAX_TEXT);
    }
    for (int place = 0; node_at(input->policy, STATE_VERIFIED, place) != NULL; place++) {
        if (leaves_too_few_at(input, application, user, place)) {
            return refusal_of(REASON_TOO_FEW_OTHERS, field, "login", user->login);
        }
    }
    return done;
}

/* Can this one give an opinion on the case? */
static struct refusal check_assistant(const struct claim_input *input, const struct application *application,
                                      const struct user *user, const char *field)
{
    if (!sees(input->org, application, user)) {
        return refusal_of(REASON_CANNOT_ASSIST, field, "login", user->login);
    }
    struct refusal refusal = four_eyes_refusal(input->org, input->now, application, input->assessed_by, user, false);
    if (refusal.reason != REASON_NONE) {
        refusal.field = field;
        return refusal;
    }
    return application->state == STATE_SUBMITTED ? check_hand(input, application, user, field) : done;
}

struct refusal assist_ask(const struct claim_input *input, const struct user *to, struct application *application)
{
    struct refusal refusal = claim_at_node(input, application);
    if (refusal.reason == REASON_NONE) {
        refusal = claim_holds(input, application);
    }
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->assistant != 0) {
        return refusal_of(REASON_OPINION_AWAITED, NULL, "login", login_of(input, application->assistant));
    }
    if (to == NULL) {
        return refusal_of(REASON_NOT_FOUND, "to", NULL, NULL);
    }
    if (to->id == input->user->id || to->id == input->user->acts_for) {
        return refusal_of(REASON_FIELD_INVALID, "to", "rule", "another than whoever asks");
    }
    refusal = check_assistant(input, application, to, "to");
    if (refusal.reason == REASON_NONE) {
        application->assistant = to->id;
        application->claimed_by = claim_name(input->user);
    }
    return refusal;
}

struct refusal assist_call_back(const struct claim_input *input, struct application *application)
{
    if (application->assistant == 0) {
        return refusal_of(REASON_NO_OPINION_ASKED, NULL, NULL, NULL);
    }
    struct refusal refusal = claim_holds(input, application);
    if (refusal.reason != REASON_NONE && !reminder_is_head(input->org, application->turn_unit, input->user)) {
        return refusal;
    }
    application->assistant = 0;
    return done;
}

struct refusal assist_give(const struct claim_input *input, struct application *application)
{
    if (application->assistant == 0) {
        return refusal_of(REASON_NO_OPINION_ASKED, NULL, NULL, NULL);
    }
    if (application->assistant != claim_name(input->user)) {
        return refusal_of(REASON_NOT_ASKED, NULL, "login", login_of(input, application->assistant));
    }
    struct refusal refusal = check_assistant(input, application, input->user, NULL);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->state == STATE_SUBMITTED) {
        four_eyes_verify(input->user, application);
    }
    application->assistant = 0;
    return refusal;
}

void assist_moved(const struct organisation *org, struct application *application)
{
    if (application->assistant != 0 && !sees(org, application, user_by_id(org, application->assistant))) {
        application->assistant = 0;
    }
}

static bool can_give(const struct claim_input *input, const struct application *application, const struct user *user)
{
    return check_assistant(input, application, user, NULL).reason == REASON_NONE;
}

bool assist_wants(const struct claim_input *input, const struct application *application, int64_t *acts_for)
{
    const struct organisation *org = input->org;
    *acts_for = 0;
    if (application->assistant == 0) {
        return false;
    }
    if (application->assistant == input->user->id) {
        return can_give(input, application, input->user);
    }
    enum case_kind kind = delegation_case_kind(application->from, application->to_grade);
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->substitute != input->user->id || row->delegator != application->assistant ||
            !delegation_is_for(row, kind, application->limit) || !delegation_in_effect(org, row, input->now)) {
            continue;
        }
        struct user acting = delegation_acting_by(org, row);
        *acts_for = acting.acts_for;
        return can_give(input, application, &acting);
    }
    return false;
}
