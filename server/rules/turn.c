/* Turns of a case. */
#include "server/rules/turn.h"

#include "common/check.h"
#include "server/rules/clock.h"
#include "server/rules/node.h"
#include "server/rules/pause.h"

/* End of the step that the case now waits for. */
static int64_t due_of(const struct organisation *org, const struct policy *policy, int64_t now,
                      const struct application *application, const struct unit *turn)
{
    int days = pause_step_days(policy, application);
    if (days < 0) {
        CHECK(application->state == STATE_APPROVED);
        return application->complete_by;
    }
    const struct unit *branch = unit_by_id(org, application->branch_id);
    CHECK(branch != NULL);
    return clock_step_due(&(struct clock){.org = org, .policy = policy}, turn, now, days, branch,
                          application->complete_by);
}

/* A pause ends with the step that it was in; what it was for the whole stays. With the case, nothing is counted any
 * more. */
void turn_end(const struct organisation *org, const struct policy *policy, int64_t now, bool closes,
              struct application *application)
{
    if (closes) {
        pause_clear(application);
    } else {
        (void)pause_settle(org, policy, now, application);
    }
    application->step_paused_days = 0;
    application->step_started_at = 0;
    application->extension_days = application->extended_days = 0;
    application->extension_by = application->extension_for = 0;
    application->urged_at = application->urged_by = 0;
    application->claimed_by = application->held_by = application->assistant = 0;
}

bool turn_pass_on(const struct organisation *org, const struct policy *policy, struct application *application)
{
    int32_t unit_id = 0;
    enum role role = ROLE_NONE;
    (void)node_turn(org, policy, application, &unit_id, &role);
    bool another = unit_id != application->turn_unit || role != application->turn_role;
    application->turn_unit = unit_id;
    application->turn_role = role;
    return another;
}

void turn_pass(const struct organisation *org, const struct policy *policy, int64_t now,
               struct application *application)
{
    (void)turn_pass_on(org, policy, application);
    if (application->turn_unit == 0) {
        application->due_at = 0;
        return;
    }
    application->step_started_at = now;
    application->due_at = due_of(org, policy, now, application, unit_by_id(org, application->turn_unit));
}
