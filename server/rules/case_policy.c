/* Moving a case to another version of the policy. */
#include "server/rules/case_policy.h"

#include "common/check.h"
#include "common/text.h"
#include "server/rules/authority.h"
#include "server/rules/clock.h"
#include "server/rules/four_eyes.h"
#include "server/rules/limit.h"
#include "server/rules/node.h"
#include "server/rules/pause.h"
#include "server/rules/signature.h"
#include "server/rules/turn.h"

static struct refusal check(const struct case_policy_input *input, const struct application *application)
{
    if (application->turn_unit == 0) {
        return refusal_of(REASON_ALREADY_DECIDED, NULL, "state", word_name(words_state, (int)application->state));
    }
    if (input->target == NULL) {
        return refusal_of(REASON_NOT_FOUND, "policy_version", NULL, NULL);
    }
    if (input->target->rolled_back) {
        return refusal_of(REASON_FIELD_INVALID, "policy_version", "rule", "a version that is not rolled back");
    }
    if (input->target->version == application->policy_version) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, "policy_version", NULL, NULL);
    }
    if (text_is_blank(input->reason)) {
        return refusal_of(REASON_REASON_REQUIRED, "reason", NULL, NULL);
    }
    return (struct refusal){.reason = REASON_NONE};
}

static void move(const struct case_policy_input *input, struct application *application, uint32_t *skipped)
{
    const struct unit *branch = unit_by_id(input->org, application->branch_id);
    CHECK(branch != NULL);
    pause_close(input->org, input->policy, input->now, application);
    application->policy_version = input->target->version;
    const struct clock clock = {input->org, input->target, application->paused_days};
    application->complete_by = clock_complete_by(&clock, branch, application->clock_started_at);
    if (application->due_at > application->complete_by) {
        application->due_at = application->complete_by;
    }
    application->limit = limit_of_case(input->target, input->customer, application->to_grade);
    node_restart(input->policy, input->target, application, skipped);
    if (turn_pass_on(input->org, input->target, application)) {
        application->claimed_by = application->held_by = application->assistant = 0;
        application->urged_at = application->urged_by = 0;
    }
    application->asked_policy = 0;
    application->asked_by = 0;
}

static struct refusal ask(const struct case_policy_input *input, struct application *application)
{
    if (application->asked_policy == input->target->version) {
        return refusal_of(REASON_POLICY_ASKED, "policy_version", NULL, NULL);
    }
    application->asked_policy = input->target->version;
    application->asked_by = input->user->id;
    return (struct refusal){.reason = REASON_NONE};
}

/* By the policy that it is to leave, for the next one may give the case to lower levels. */
static struct refusal check_authority(const struct case_policy_input *input, const struct application *application)
{
    enum job_level needed =
        authority_needed(input->policy, application->from, application->to_grade, application->limit);
    bool decided = application->state == STATE_APPROVED;
    return decided || input->user->level >= needed
               ? refusal_of(REASON_NONE, NULL, NULL, NULL)
               : refusal_of(REASON_ABOVE_AUTHORITY, NULL, "level", word_name(words_job_level, (int)needed));
}

struct refusal case_policy_move(const struct case_policy_input *input, struct application *application,
                                uint32_t *skipped)
{
    struct refusal refusal = check(input, application);
    *skipped = 0;
    if (refusal.reason != REASON_NONE || !input->approve) {
        return refusal.reason != REASON_NONE ? refusal : ask(input, application);
    }
    if (application->asked_policy == 0) {
        return refusal_of(REASON_NO_POLICY_ASKED, NULL, NULL, NULL);
    }
    if (application->asked_policy != input->target->version) {
        return refusal_of(REASON_FIELD_INVALID, "policy_version", "rule", "the version that was asked for");
    }
    /* To approve is to judge the case, as far as four eyes go. */
    refusal = four_eyes_not_by(input->org, input->now, input->user, &application->asked_by, 1, REASON_OWN_REQUEST);
    if (refusal.reason == REASON_NONE) {
        refusal = signature_outsider(input->org, input->now, application, input->customer->assessed_by, input->user);
    }
    if (refusal.reason == REASON_NONE) {
        refusal = check_authority(input, application);
    }
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (pause_stands(input->org, input->policy, input->now, application)) {
        return refusal_of(REASON_PAUSED, NULL, NULL, NULL);
    }
    move(input, application, skipped);
    return refusal;
}
