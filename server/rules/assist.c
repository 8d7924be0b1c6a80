/* Opinions that whose step it is asks for. */
#include "server/rules/assist.h"

#include "server/rules/delegation.h"
#include "server/rules/four_eyes.h"
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
static bool leaves_too_few_at(const struct holders_case *c, const struct user *user, int place)
{
    const struct route_node *node = node_at(c->policy, STATE_VERIFIED, place);
    struct application now = *c->application;
    now.state = STATE_VERIFIED;
    now.claimed_by = 0;
    now.signer_count = 0;
    now.finding = node->doubtful == ASKED_YES ? FINDING_DOUBTFUL : FINDING_CONFIRMED;
    node_enter(&now, place);
    if (node->automatic || !node_is_for(node, &now)) {
        return false;
    }
    (void)turn_pass_on(c->org, c->policy, &now);
    struct application then = now;
    four_eyes_verify(user, &then);
    struct holders_case without = *c, with = *c;
    without.application = &now;
    with.application = &then;
    return signature_short(&without) <= 0 && signature_short(&with) > 0;
}

/* Can this one become one of those who have verified the case? */
static struct refusal check_hand(const struct holders_case *c, const struct user *user, const char *field)
{
    if (!four_eyes_has_room(c->application, user)) {
        return refusal_of(REASON_TOO_MANY_HANDS, "application", "limit", HANDS_MAX_TEXT);
    }
    for (int place = 0; node_at(c->policy, STATE_VERIFIED, place) != NULL; place++) {
        if (leaves_too_few_at(c, user, place)) {
            return refusal_of(REASON_TOO_FEW_OTHERS, field, "login", user->login);
        }
    }
    return done;
}

/* Can this one give an opinion on the case? */
static struct refusal check_assistant(const struct holders_case *c, const struct user *user, const char *field)
{
    if (!sees(c->org, c->application, user)) {
        return refusal_of(REASON_CANNOT_ASSIST, field, "login", user->login);
    }
    struct refusal refusal = four_eyes_refusal(c->org, c->now, c->application, c->assessed_by, user, false);
    if (refusal.reason != REASON_NONE) {
        refusal.field = field;
        return refusal;
    }
    return c->application->state == STATE_SUBMITTED ? check_hand(c, user, field) : done;
}

static bool can_give(const struct holders_case *c, const struct user *user)
{
    return check_assistant(c, user, NULL).reason == REASON_NONE;
}

int64_t assist_awaited(const struct holders_case *c)
{
    int64_t asked = c->application->assistant;
    const struct user *user = asked == 0 ? NULL : user_by_id(c->org, asked);
    return user != NULL && can_give(c, user) ? asked : 0;
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
    const struct holders_case c = claim_case(input, application);
    int64_t awaited = assist_awaited(&c);
    if (awaited != 0) {
        return refusal_of(REASON_OPINION_AWAITED, NULL, "login", login_of(input, awaited));
    }
    if (to == NULL) {
        return refusal_of(REASON_NOT_FOUND, "to", NULL, NULL);
    }
    if (to->id == input->user->id || to->id == input->user->acts_for) {
        return refusal_of(REASON_FIELD_INVALID, "to", "rule", "another than whoever asks");
    }
    refusal = check_assistant(&c, to, "to");
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
    const struct holders_case c = claim_case(input, application);
    struct refusal refusal = check_assistant(&c, input->user, NULL);
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

bool assist_wants(const struct holders_case *c, const struct user *user, int64_t *acts_for)
{
    const struct organisation *org = c->org;
    const struct application *application = c->application;
    *acts_for = 0;
    if (application->assistant == 0) {
        return false;
    }
    if (application->assistant == user->id) {
        return can_give(c, user);
    }
    enum case_kind kind = delegation_case_kind(application->from, application->to_grade);
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->substitute != user->id || row->delegator != application->assistant ||
            !delegation_is_for(row, kind, application->limit) || !delegation_in_effect(org, row, c->now)) {
            continue;
        }
        struct user acting = delegation_acting_by(org, row);
        *acts_for = acting.acts_for;
        return can_give(c, &acting);
    }
    return false;
}
