/* Deadlines as in civil law: the start day does not count, a period ends at 24:00 of its last day in the zone of the
 * unit that must act. Zones are valid names, days are not negative. */
#ifndef CREDITD_RULES_CLOCK_H
#define CREDITD_RULES_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "server/rules/policy.h"

/* The instant a period of `days` ends that starts at `start_us`: 24:00 of the last day, which is 00:00 of the next. */
int64_t clock_end(const char *zone, int64_t start_us, int days);
/* End of the whole change in the zone of its branch. */
int64_t clock_complete_by(const struct policy *policy, const char *zone, int64_t whole_start_us);
/* Due instant of a step before recording: min(step end, whole end - reserve), the reserve counted in whole civil days
 * of the zone of the branch. */
int64_t clock_step_due(const struct policy *policy, const char *zone, int64_t step_start_us, int days,
                       const char *branch_zone, int64_t whole_start_us);
/* Has the deadline passed? Exactly at the end it has: the last day is over. 0 is no deadline. */
bool clock_overdue(int64_t due_us, int64_t now_us);

#endif
