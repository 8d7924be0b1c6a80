/* The manager of a customer. */
#include "server/rules/manager.h"

#include "server/rules/delegation.h"
#include "server/rules/four_eyes.h"
#include "server/rules/signature.h"

struct refusal manager_drop(const struct manager_input *input)
{
    const struct application *application = input->application;
    if (application != NULL && input->user->level < JOB_LEVEL_SUPERVISOR) {
        return refusal_of(REASON_LEVEL_TOO_LOW, "manager", "level", word_name(words_job_level, JOB_LEVEL_SUPERVISOR));
    }
    struct refusal refusal = refusal_of(REASON_NONE, NULL, NULL, NULL);
    if (application != NULL) {
        refusal = signature_outsider(input->org, input->now, application, input->assessed_by, input->user);
        refusal.field = "manager";
    }
    return refusal;
}

struct refusal manager_name(const struct manager_input *input, const struct user *to)
{
    if (to == NULL) {
        return refusal_of(REASON_NOT_FOUND, "manager", NULL, NULL);
    }
    if (to->disabled || (to->roles & DELEGATED_ROLES) == 0 ||
        relation_to(input->org, to, input->branch_id, input->region_id) == RELATION_NONE) {
        return refusal_of(REASON_FIELD_INVALID, "manager", "rule",
                          "a user with a role in cases, of the branch, its region or HQ");
    }
    if (input->application != NULL && four_eyes_same_hand(input->org, input->now, input->user, to->id)) {
        return refusal_of(REASON_FIELD_INVALID, "manager", "rule", "another than whoever asks");
    }
    return manager_drop(input);
}
