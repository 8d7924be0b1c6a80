/* Counting of deadlines in civil days. */
#include "server/rules/clock.h"

#include "common/check.h"
#include "common/civil.h"

int64_t clock_end(const char *zone, int64_t start_us, int days)
{
    CHECK(zone != NULL && days >= 0);
    return zone_day_start_us(zone, zone_date_at(zone, start_us) + days + 1);
}

int64_t clock_complete_by(const struct policy *policy, const char *zone, int64_t whole_start_us)
{
    CHECK(policy != NULL);
    return clock_end(zone, whole_start_us, policy->whole_days);
}

int64_t clock_step_due(const struct policy *policy, const char *zone, int64_t step_start_us, int days,
                       const char *branch_zone, int64_t whole_start_us)
{
    CHECK(policy != NULL && policy->reserve_days >= 0 && policy->reserve_days <= policy->whole_days);
    int64_t step_end = clock_end(zone, step_start_us, days);
    int64_t latest = clock_end(branch_zone, whole_start_us, policy->whole_days - policy->reserve_days);
    return step_end < latest ? step_end : latest;
}

bool clock_overdue(int64_t due_us, int64_t now_us)
{
    return due_us != 0 && now_us >= due_us;
}
