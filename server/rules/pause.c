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
    return application->paused_at != 0 && !clock_overdue(application->due_at, now) &&
           days_since(org, policy, now, application) <= days_left(policy, application);
}

/* When the whole ended as the pause began. */
static int64_t whole_before(const struct clock *clock, const struct unit *branch, const struct application *application)
{
    return application->paused_complete_by != 0 ? application->paused_complete_by
                                                : clock_complete_by(clock, branch, application->clock_started_at);
}

/* The ends of step and whole, so many days later than when the pause began. A step that ended with the whole less the
 * reserve still does; no other one comes to end later than that. */
static void set_ends(const struct organisation *org, const struct policy *policy, int days,
                     struct application *application)
{
    const struct unit *branch = unit_by_id(org, application->branch_id);
    const struct unit *turn = unit_by_id(org, application->turn_unit);
    const struct clock clock = {org, policy, application->paused_days};
    CHECK(branch != NULL && turn != NULL);
    int64_t due = application->paused_due_at, whole = whole_before(&clock, branch, application);
    if (days > 0) {
        int64_t reserve = clock_before_reserve(&clock, branch, whole);
        whole = clock_longer(&clock, branch, whole, days);
        int64_t latest = due > reserve ? whole : clock_before_reserve(&clock, branch, whole);
        int64_t longer = due == reserve ? latest : clock_longer(&clock, turn, due, days);
        due = longer < latest ? longer : latest;
    }
    application->due_at = due;
    application->complete_by = whole;
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

/* Why the clock does not stop now. */
static struct refusal check_begin(const struct pause_input *input, const struct application *application,
                                  char detail[PAUSE_DETAIL_BYTES])
{
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
    return text_is_blank(input->waits_for) ? refusal_of(REASON_FIELD_REQUIRED, "waits_for", NULL, NULL)
                                           : (struct refusal){.reason = REASON_NONE};
}

struct refusal pause_begin(const struct pause_input *input, struct application *application,
                           char detail[PAUSE_DETAIL_BYTES])
{
    struct application row = *application;
    struct refusal refusal = check(input, &row);
    if (refusal.reason == REASON_NONE) {
        pause_close(input->org, input->policy, input->now, &row);
        refusal = check_begin(input, &row, detail);
    }
    if (refusal.reason != REASON_NONE) {
        return refusal;
    }
    row.paused_at = input->now;
    row.paused_by = input->user->id;
    row.paused_due_at = row.due_at;
    row.paused_complete_by = row.complete_by;
    set_ends(input->org, input->policy, days_left(input->policy, &row), &row);
    row.timer_id = input->timer_id;
    *application = row;
    return refusal;
}

void pause_clear(struct application *application)
{
    application->paused_at = application->paused_by = 0;
    application->paused_due_at = application->paused_complete_by = 0;
}

bool pause_settle(const struct organisation *org, const struct policy *policy, int64_t now,
                  struct application *application)
{
    if (application->paused_at == 0) {
        return false;
    }
    bool stands = pause_stands(org, policy, now, application);
    int days = stands ? days_since(org, policy, now, application) : days_left(policy, application);
    if (stands) {
        set_ends(org, policy, days, application);
    }
    application->paused_days += days;
    application->step_paused_days += days;
    pause_clear(application);
    return stands;
}

void pause_close(const struct organisation *org, const struct policy *policy, int64_t now,
                 struct application *application)
{
    if (application->paused_at != 0 && !pause_stands(org, policy, now, application)) {
        (void)pause_settle(org, policy, now, application);
    }
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
    if (pause_settle(input->org, input->policy, input->now, application)) {
        application->timer_id = input->timer_id;
    }
    return refusal;
}
