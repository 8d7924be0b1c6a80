/* Deadlines as in civil law: the start day does not count, a period ends at 24:00 of its last day in the zone of the
 * unit that must act. Which days count is the policy's: all of them, all but a last one that is no working day, or
 * working days only, by the calendar of that unit (calendar.h). Zones are valid names, days are not negative. */
#ifndef CREDITD_RULES_CLOCK_H
#define CREDITD_RULES_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* By what deadlines are counted. */
struct clock {
    const struct organisation *org;
    const struct policy *policy;
    int paused_days; /* that the whole is longer by */
};
/* The instant a period of `days` ends that starts at `start_us`: 24:00 of the last day, which is 00:00 of the next. */
int64_t clock_end(const struct clock *clock, const struct unit *unit, int64_t start_us, int days);
/* End of the whole change, by its branch. */
int64_t clock_complete_by(const struct clock *clock, const struct unit *branch, int64_t whole_start_us);
/* The end of a period that ends at `end_us`, with so many days more, at least one. */
int64_t clock_longer(const struct clock *clock, const struct unit *unit, int64_t end_us, int days);
/* The end of the whole less the reserve, which is taken off in days of the branch as periods are counted. Where the
 * branch has got another zone since, the whole counts as ending at the nearest end of a day there. */
int64_t clock_before_reserve(const struct clock *clock, const struct unit *branch, int64_t complete_by);
/* Due instant of a step before recording: the step's end, or, when that is earlier, that of the whole less the reserve.
 */
int64_t clock_step_due(const struct clock *clock, const struct unit *unit, int64_t step_start_us, int days,
                       const struct unit *branch, int64_t complete_by);
/* Has the deadline passed? Exactly at the end it has: the last day is over. 0 is no deadline. */
bool clock_overdue(int64_t due_us, int64_t now_us);

#endif
