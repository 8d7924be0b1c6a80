/* Extensions of HQ's step. */
#include "server/rules/extension.h"

#include "common/check.h"
#include "common/text.h"
#include "server/rules/clock.h"
#include "server/rules/delegation.h"
#include "server/rules/four_eyes.h"
#include "server/rules/pause.h"

static const struct refusal accepted = {.reason = REASON_NONE};

/* End of HQ's step when it has so many days in all. */
static int64_t end_with(const struct organisation *org, const struct policy *policy,
                        const struct application *application, int days)
{
    const struct unit *branch = unit_by_id(org, application->branch_id), *hq = unit_hq(org);
    CHECK(branch != NULL && hq != NULL);
    const struct clock clock = {org, policy, application->paused_days};
    int64_t end = clock_step_due(&clock, hq, application->step_started_at, days, branch, application->clock_started_at);
    return end < application->complete_by ? end : application->complete_by;
}

int64_t extension_latest(const struct organisation *org, const struct policy *policy,
                         const struct application *application)
{
    if (application->state != STATE_VERIFIED || application->paused_at != 0 || policy->extended_decide_days == 0) {
        return 0;
    }
    return end_with(org, policy, application, policy->extended_decide_days + application->step_paused_days);
}

static struct refusal check_state(const struct application *application)
{
    if (application->state == STATE_VERIFIED) {
        return application->paused_at == 0 ? accepted : refusal_of(REASON_PAUSED, NULL, NULL, NULL);
    }
    return refusal_of(application->turn_unit == 0 ? REASON_ALREADY_DECIDED : REASON_STATE_CHANGED, NULL, "state",
                      word_name(words_state, (int)application->state));
}

/* The end of the step with so many days more; *cut: not all of them. */
static int64_t end_with_more(const struct extension_input *input, const struct application *application, int more,
                             bool *cut)
{
    const struct policy *policy = input->policy;
    int days = policy->decide_days + application->extended_days + more;
    bool over = days > policy->extended_decide_days;
    int counted = (over ? policy->extended_decide_days : days) + application->step_paused_days;
    int64_t end = end_with(input->org, policy, application, counted);
    const struct clock clock = {.org = input->org, .policy = policy};
    *cut = over || end < clock_end(&clock, unit_hq(input->org), application->step_started_at, counted);
    return end;
}

/* Is there an end later than the one that the step has, and still to come; and is it reached with so many days more? */
static struct refusal check_time_left(const struct extension_input *input, const struct application *application,
                                      int more, char detail[EXTENSION_DETAIL_BYTES])
{
    int64_t latest = extension_latest(input->org, input->policy, application);
    if (latest <= application->due_at || latest <= input->now) {
        instant_format(unit_hq(input->org)->zone, latest == 0 ? application->due_at : latest, detail);
        return refusal_of(REASON_NO_TIME_LEFT, "days", "latest", detail);
    }
    bool cut;
    int64_t end = end_with_more(input, application, more, &cut);
    if (end <= application->due_at || end <= input->now) {
        return refusal_of(REASON_FIELD_INVALID, "days", "rule",
                          "so many that the step ends later than it does, and than now");
    }
    return accepted;
}

struct refusal extension_ask(const struct extension_input *input, struct application *application,
                             char detail[EXTENSION_DETAIL_BYTES])
{
    struct refusal refusal = check_state(application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->extension_days != 0) {
        return refusal_of(REASON_EXTENSION_OPEN, NULL, NULL, NULL);
    }
    if (input->days < 1 || input->days > EXTENSION_DAYS_MAX) {
        return refusal_of(REASON_FIELD_INVALID, "days", "rule", "1 to 365 days");
    }
    if (text_is_blank(input->reason)) {
        return refusal_of(REASON_REASON_REQUIRED, "reason", NULL, NULL);
    }
    refusal = check_time_left(input, application, input->days, detail);
    if (refusal.reason == REASON_NONE) {
        application->extension_days = input->days;
        application->extension_by = input->user->id;
        application->extension_for = input->user->acts_for;
    }
    return refusal;
}

static void close_question(struct application *application)
{
    application->extension_days = 0;
    application->extension_by = application->extension_for = 0;
}

static void grant(const struct extension_input *input, struct application *application, bool *cut)
{
    int most = input->policy->extended_decide_days - input->policy->decide_days;
    int days = application->extended_days + application->extension_days;
    application->due_at = end_with_more(input, application, application->extension_days, cut);
    application->extended_days = days < most ? days : most;
    application->timer_id = input->timer_id;
    close_question(application);
}

/* Whoever asked does not answer. */
static struct refusal check_asker(const struct organisation *org, int64_t now, const struct application *application,
                                  const struct user *user)
{
    const int64_t askers[] = {application->extension_by, application->extension_for};
    return four_eyes_not_by(org, now, user, askers, 2, REASON_OWN_REQUEST);
}

struct refusal extension_answer(const struct extension_input *input, struct application *application, bool *cut,
                                char detail[EXTENSION_DETAIL_BYTES])
{
    struct refusal refusal = check_state(application);
    *cut = false;
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->extension_days == 0) {
        return refusal_of(REASON_NO_EXTENSION_ASKED, NULL, NULL, NULL);
    }
    refusal = check_asker(input->org, input->now, application, input->user);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (!input->grant) {
        if (text_is_blank(input->reason)) {
            return refusal_of(REASON_REASON_REQUIRED, "reason", NULL, NULL);
        }
        close_question(application);
        return accepted;
    }
    refusal = check_time_left(input, application, application->extension_days, detail);
    if (refusal.reason == REASON_NONE) {
        grant(input, application, cut);
    }
    return refusal;
}

/* Can this one, as he acts, answer at all, be it that he refuses? */
static bool can_answer(const struct organisation *org, int64_t now, const struct application *application,
                       const struct user *user)
{
    const struct access_row *row = access_row_of(METHOD_EXTENSION_ANSWER);
    return access_check(row, user).reason == REASON_NONE &&
           access_check_subject(row, org, user, application->branch_id, application->region_id, NULL).reason ==
               REASON_NONE &&
           check_asker(org, now, application, user).reason == REASON_NONE;
}

bool extension_wants(const struct organisation *org, const struct policy *policy, int64_t now,
                     const struct application *application, const struct user *user, int64_t *acts_for)
{
    *acts_for = 0;
    if (application->extension_days == 0 || policy == NULL || pause_stands(org, policy, now, application)) {
        return false;
    }
    bool can = can_answer(org, now, application, user);
    enum case_kind kind = delegation_case_kind(application->from, application->to_grade);
    for (size_t i = 0; i < org->delegation_count && !can; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->substitute == user->id && delegation_is_for(row, kind, application->limit) &&
            delegation_in_effect(org, row, now)) {
            struct user acting = delegation_acting_by(org, row);
            can = can_answer(org, now, application, &acting);
            *acts_for = can ? acting.acts_for : 0;
        }
    }
    return can;
}
