/* Reminders, urges, escalation. */
#include "server/rules/reminder.h"

#include "common/check.h"
#include "common/civil.h"
#include "server/rules/clock.h"
#include "server/rules/pause.h"

/* Whoever takes part in cases, not whoever administers or audits. */
static bool may_head(const struct user *user, int32_t unit_id)
{
    const unsigned business =
        ROLE_BIT(ROLE_SUBMITTER) | ROLE_BIT(ROLE_VERIFIER) | ROLE_BIT(ROLE_APPROVER) | ROLE_BIT(ROLE_CMO);
    return user->unit_id == unit_id && !user->disabled && user->level >= JOB_LEVEL_SUPERVISOR &&
           (user->roles & business) != 0;
}

static enum job_level highest_level(const struct organisation *org, int32_t unit_id)
{
    enum job_level highest = JOB_LEVEL_SUPERVISOR;
    for (size_t i = 0; i < org->user_count; i++) {
        if (may_head(&org->users[i], unit_id) && org->users[i].level > highest) {
            highest = org->users[i].level;
        }
    }
    return highest;
}

bool reminder_is_among(const struct user *user, const struct user *const *users, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (users[i]->id == user->id) {
            return true;
        }
    }
    return false;
}

bool reminder_is_head(const struct organisation *org, int32_t unit_id, const struct user *user)
{
    return may_head(user, unit_id) && user->level == highest_level(org, unit_id);
}

/* Fills at most `max` heads of a unit, and gives how many. */
static size_t heads_of(const struct organisation *org, int32_t unit_id, const struct user **out, size_t max)
{
    enum job_level highest = highest_level(org, unit_id);
    size_t count = 0;
    for (size_t i = 0; i < org->user_count && count < max; i++) {
        if (may_head(&org->users[i], unit_id) && org->users[i].level == highest) {
            out[count++] = &org->users[i];
        }
    }
    return count;
}

bool reminder_due_soon_of(const struct organisation *org, const struct policy *policy, int32_t unit_id, int64_t due_at,
                          int64_t now)
{
    if (due_at == 0 || clock_overdue(due_at, now)) {
        return false;
    }
    const struct unit *unit = unit_by_id(org, unit_id);
    CHECK(unit != NULL);
    /* Most are far off, and lists show many: today's end is a day from now at most, and a day has 25 hours at most. */
    if (policy->counting == COUNTING_NATURAL && due_at > now + (int64_t)(policy->remind_days + 2) * US_PER_DAY) {
        return false;
    }
    const struct clock clock = {.org = org, .policy = policy};
    return due_at <= clock_end(&clock, unit, now, policy->remind_days);
}

bool reminder_due_soon(const struct organisation *org, const struct policy *policy,
                       const struct application *application, int64_t now)
{
    return reminder_due_soon_of(org, policy, application->turn_unit, application->due_at, now);
}

size_t reminder_told_of(const struct organisation *org, const struct policy *policy, int32_t unit_id, int64_t due_at,
                        bool nobody, int64_t now, const struct user **out, size_t max)
{
    if (!nobody && !clock_overdue(due_at, now)) {
        return 0;
    }
    const struct unit *unit = unit_by_id(org, unit_id);
    CHECK(unit != NULL);
    size_t count = heads_of(org, unit->id, out, max);
    const struct clock clock = {.org = org, .policy = policy};
    /* The deadline is the end of a day: days are counted from that day. */
    bool above = nobody || clock_overdue(clock_end(&clock, unit, due_at - 1, policy->escalate_days), now);
    if (above && unit->parent_id != 0) {
        count += heads_of(org, unit->parent_id, out + count, max - count);
    }
    return count;
}

size_t reminder_told(const struct organisation *org, const struct policy *policy, const struct application *application,
                     bool nobody, int64_t now, const struct user **out, size_t max)
{
    return reminder_told_of(org, policy, application->turn_unit, application->due_at, nobody, now, out, max);
}

struct refusal reminder_urge(const struct organisation *org, const struct policy *policy, const struct user *user,
                             int64_t now, struct application *application)
{
    const struct unit *branch = unit_by_id(org, application->branch_id);
    CHECK(branch != NULL);
    if (application->turn_unit == 0) {
        return refusal_of(REASON_ALREADY_DECIDED, NULL, "state", word_name(words_state, (int)application->state));
    }
    if (application->turn_unit == application->branch_id) {
        return refusal_of(REASON_OWN_TURN, NULL, "unit", branch->code);
    }
    if (pause_stands(org, policy, now, application)) {
        return refusal_of(REASON_PAUSED, NULL, NULL, NULL);
    }
    if (application->urged_at != 0 &&
        zone_date_at(branch->zone, application->urged_at) == zone_date_at(branch->zone, now)) {
        return refusal_of(REASON_URGED_TODAY, NULL, NULL, NULL);
    }
    application->urged_at = now;
    application->urged_by = user->id;
    return (struct refusal){.reason = REASON_NONE};
}
