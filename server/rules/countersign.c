/* Countersigners of a node. */
#include "server/rules/countersign.h"

#include "server/rules/ids.h"
#include "server/rules/reminder.h"
#include "server/rules/signature.h"

#define LIMIT_TEXT "16" /* COUNTERSIGNERS_MAX */

static bool is_countersigner(const struct application *application, const struct user *user)
{
    return ids_have(application->countersigners, application->countersigner_count, user->id);
}

struct refusal countersign_add(const struct claim_input *input, const struct user *to, struct application *application)
{
    struct refusal refusal = claim_at_node(input, application);
    if (refusal.reason == REASON_NONE) {
        refusal = claim_can_act(input, application);
    }
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (to == NULL) {
        return refusal_of(REASON_NOT_FOUND, "add", NULL, NULL);
    }
    if (to->id == input->user->id || to->id == input->user->acts_for) {
        return refusal_of(REASON_FIELD_INVALID, "add", "rule", "another than whoever asks");
    }
    if (is_countersigner(application, to)) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, "add", NULL, NULL);
    }
    if (application->countersigner_count == COUNTERSIGNERS_MAX) {
        return refusal_of(REASON_TOO_MANY_COUNTERSIGNERS, "add", "limit", LIMIT_TEXT);
    }
    struct application with = *application;
    with.claimed_by = 0;
    ids_add(with.countersigners, &with.countersigner_count, COUNTERSIGNERS_MAX, to->id);
    struct holders_case c = claim_case(input, &with);
    c.new_signers = true;
    if (holders_of_one(&c, to) != HOLDING_CAN) {
        return refusal_of(REASON_CANNOT_ACT, "add", "login", to->login);
    }
    if (signature_short(&c) > 0) {
        return refusal_of(REASON_TOO_FEW_OTHERS, "add", "login", to->login);
    }
    ids_add(application->countersigners, &application->countersigner_count, COUNTERSIGNERS_MAX, to->id);
    return refusal;
}

struct refusal countersign_drop(const struct claim_input *input, const struct user *to, struct application *application)
{
    struct refusal refusal = claim_at_node(input, application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    refusal = claim_can_act(input, application);
    if (refusal.reason != REASON_NONE && !signature_given(application, input->user) &&
        !reminder_is_head(input->org, application->turn_unit, input->user)) {
        return refusal;
    }
    if (to == NULL) {
        return refusal_of(REASON_NOT_FOUND, "drop", NULL, NULL);
    }
    if (!is_countersigner(application, to)) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, "drop", NULL, NULL);
    }
    ids_remove(application->countersigners, &application->countersigner_count, to->id);
    return refusal_of(REASON_NONE, NULL, NULL, NULL);
}
