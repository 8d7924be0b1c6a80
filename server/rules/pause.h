/* The clock of a case stops while whoever's turn it is waits for the customer, for so many days in all as the policy
 * allows. Source: the regulation's paragraph on the counting of days (RULES.md).
 *
 * Days of a pause are those after the day on which it began, up to the day on which it ends, as periods are counted, by
 * the unit whose turn it is. As long as it runs, the ends of step and whole are those that they would have if it lasted
 * as long as it may, so that nothing is overdue meanwhile and the clock goes on by itself when that time is over. */
#ifndef CREDITD_RULES_PAUSE_H
#define CREDITD_RULES_PAUSE_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

struct pause_input {
    const struct organisation *org;
    const struct policy *policy; /* of the case */
    const struct user *user;
    int64_t now;
    struct uuid timer_id; /* for the new end */
    const char *waits_for;
};
/* Does the clock stand still now? Not any more when the days that the policy allows are used up, or the step is
 * overdue.
 */
bool pause_stands(const struct organisation *org, const struct policy *policy, int64_t now,
                  const struct application *application);
#define PAUSE_DETAIL_BYTES 64
/* Neither is a step: the application's version stays. A refusal leaves it as it was; `detail` is storage for its value.
 */
struct refusal pause_begin(const struct pause_input *input, struct application *application,
                           char detail[PAUSE_DETAIL_BYTES]);
struct refusal pause_end(const struct pause_input *input, struct application *application);
/* Ends a pause, if there is one: step and whole end so many days later than when it began. True: the step has another
 * end than while it ran, for which the timer is the caller's to set. One whose time is over has its ends already. */
bool pause_settle(const struct organisation *org, const struct policy *policy, int64_t now,
                  struct application *application);
/* Ends only one whose time is over, that is, one that does not stand any more. */
void pause_close(const struct organisation *org, const struct policy *policy, int64_t now,
                 struct application *application);
/* There is no pause, and there was none: the case ends in it. */
void pause_clear(struct application *application);
/* Days that the running step has, pauses that are over included; -1: recording, which has what is left of the whole. */
int pause_step_days(const struct policy *policy, const struct application *application);

#endif
