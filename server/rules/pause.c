/* Stopping the clock. */
#include "server/rules/pause.h"

#include "common/check.h"
#include "common/text.h"
#include "server/rules/calendar.h"
#include "server/rules/clock.h"

int pause_step_days(const struct policy *policy, const struct application *application)
{
    switch (application->state) {
    case STATE_SUBMITTED:
        return policy->verify_days + application->step_paused_days;
    case STATE_VERIFIED:
        return policy->decide_days + application->extended_days + application->step_paused_days;
    case STATE_RETURNED:
        return policy->submit_days + application->step_paused_days;
    default:
        return -1;
    }
}

/* What is left of the days that the policy allows: a case that was moved to another policy may have had more. */
static int days_left(const struct policy *policy, const struct application *application)
{
    int left = policy->pause_days - application->paused_days;
    return left > 0 ? left : 0;
}

/* Days of the pause that runs, so far, however many are left. */
static int days_since(const struct organisation *org, const struct policy *policy, int64_t now,
                      const struct application *application)
{
    const struct unit *unit = unit_by_id(org, application->turn_unit);
    CHECK(unit != NULL);
    civil_date began = zone_date_at(unit->zone, application->paused_at), today = zone_date_at(unit->zone, now);
    int days = 0;
    for (civil_date date = began + 1; date <= today; date++) {
        days += policy->counting != COUNTING_WORKING || calendar_working(org, unit, date);
    }
    return days;
}

bool pause_stands(const struct organisation *org, const struct policy *policy, int64_t now,
                  const struct application *application)
{
    return application->paused_at != 0 && days_since(org, policy, now, application) <= days_left(policy, application);
}

/* The ends of step and whole, with so many days of a pause beside those that are over. Neither is earlier than `least`,
 * when the step was due without the pause: it may have begun under another policy or calendar. */
static void set_ends(const struct pause_input *input, int days, int64_t least, struct application *application)
{
    const struct unit *branch = unit_by_id(input->org, application->branch_id);
    const struct unit *turn = unit_by_id(input->org, application->turn_unit);
    const struct clock clock = {input->org, input->policy, application->paused_days + days};
    CHECK(branch != NULL && turn != NULL);
    int64_t whole = clock_complete_by(&clock, branch, application->clock_started_at);
    int64_t due =
        clock_step_due(&clock, turn, application->step_started_at, pause_step_days(input->policy, application) + days,
                       branch, application->clock_started_at);
    application->complete_by = whole > least ? whole : least;
    application->due_at = due > least ? due : least;
    /* A deadline that was missed, and noted, is not missed again. */
    if (!uuid_is_zero(application->timer_id) || !clock_overdue(application->due_at, input->now)) {
        application->timer_id = input->timer_id;
    }
}

/* Is it his turn, in a step that can wait for the customer? */
static struct refusal check(const struct pause_input *input, const struct application *application)
{
    if (pause_step_days(input->policy, application) < 0) {
        return refusal_of(application->turn_unit == 0 ? REASON_ALREADY_DECIDED : REASON_STATE_CHANGED, NULL, "state",
                          word_name(words_state, (int)application->state));
    }
    if (input->user->unit_id != application->turn_unit) {
        return refusal_of(REASON_NOT_YOUR_UNIT, NULL, "unit", unit_by_id(input->org, application->turn_unit)->code);
    }
    if (!user_has(input->user, application->turn_role)) {
        return refusal_of(REASON_ROLE_MISSING, NULL, "role", word_name(words_role, (int)application->turn_role));
    }
    return (struct refusal){.reason = REASON_NONE};
}

struct refusal pause_begin(const struct pause_input *input, struct application *application,
                           char detail[PAUSE_DETAIL_BYTES])
{
    struct refusal refusal = check(input, application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->paused_at != 0) {
        return refusal_of(REASON_PAUSED, NULL, NULL, NULL);
    }
    if (clock_overdue(application->due_at, input->now)) {
        instant_format(unit_by_id(input->org, application->turn_unit)->zone, application->due_at, detail);
        return refusal_of(REASON_OVERDUE, NULL, "due", detail);
    }
    if (days_left(input->policy, application) == 0) {
        return refusal_of(REASON_NO_PAUSE_LEFT, NULL, NULL, NULL);
    }
    if (text_is_blank(input->waits_for)) {
        return refusal_of(REASON_FIELD_REQUIRED, "waits_for", NULL, NULL);
    }
    application->paused_at = input->now;
    application->paused_by = input->user->id;
    application->paused_due_at = application->due_at;
    set_ends(input, days_left(input->policy, application), application->due_at, application);
    return refusal;
}

void pause_settle(const struct organisation *org, const struct policy *policy, int64_t now,
                  struct application *application)
{
    if (application->paused_at == 0) {
        return;
    }
    int days = days_since(org, policy, now, application), left = days_left(policy, application);
    days = days < left ? days : left;
    application->paused_days += days;
    application->step_paused_days += days;
    application->paused_at = application->paused_by = application->paused_due_at = 0;
}

struct refusal pause_end(const struct pause_input *input, struct application *application)
{
    struct refusal refusal = check(input, application);
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    if (application->paused_at == 0) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, NULL, NULL, NULL);
    }
    int64_t due_before = application->paused_due_at;
    pause_settle(input->org, input->policy, input->now, application);
    set_ends(input, 0, due_before, application);
    return refusal;
}
