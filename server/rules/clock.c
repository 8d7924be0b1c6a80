/* Counting of deadlines. */
#include "server/rules/clock.h"

#include "common/check.h"
#include "common/civil.h"
#include "server/rules/calendar.h"

static civil_date last_day(const struct clock *clock, const struct unit *unit, int64_t start_us, int days)
{
    CHECK(clock->org != NULL && clock->policy != NULL && unit != NULL && unit->zone != NULL);
    return calendar_last_day(clock->org, unit, clock->policy->counting, zone_date_at(unit->zone, start_us), days);
}

int64_t clock_end(const struct clock *clock, const struct unit *unit, int64_t start_us, int days)
{
    return zone_day_start_us(unit->zone, last_day(clock, unit, start_us, days) + 1);
}

int64_t clock_complete_by(const struct clock *clock, const struct unit *branch, int64_t whole_start_us)
{
    return clock_end(clock, branch, whole_start_us, clock->policy->whole_days + clock->paused_days);
}

/* The last day of a period that ends at that instant: of another zone, where it ends within a day, the one whose end is
 * nearest. */
static civil_date day_ended(const struct unit *unit, int64_t end_us)
{
    return zone_date_at(unit->zone, end_us + US_PER_DAY / 2) - 1;
}

int64_t clock_longer(const struct clock *clock, const struct unit *unit, int64_t end_us, int days)
{
    CHECK(days > 0);
    civil_date last = calendar_last_day(clock->org, unit, clock->policy->counting, day_ended(unit, end_us), days);
    return zone_day_start_us(unit->zone, last + 1);
}

int64_t clock_before_reserve(const struct clock *clock, const struct unit *branch, int64_t complete_by)
{
    const struct policy *policy = clock->policy;
    CHECK(policy->reserve_days >= 0 && policy->reserve_days <= policy->whole_days);
    civil_date last =
        calendar_before(clock->org, branch, policy->counting, day_ended(branch, complete_by), policy->reserve_days);
    int64_t latest = zone_day_start_us(branch->zone, last + 1);
    return latest < complete_by ? latest : complete_by;
}

int64_t clock_step_due(const struct clock *clock, const struct unit *unit, int64_t step_start_us, int days,
                       const struct unit *branch, int64_t complete_by)
{
    int64_t step_end = clock_end(clock, unit, step_start_us, days);
    int64_t latest = clock_before_reserve(clock, branch, complete_by);
    return step_end < latest ? step_end : latest;
}

bool clock_overdue(int64_t due_us, int64_t now_us)
{
    return due_us != 0 && now_us >= due_us;
}
