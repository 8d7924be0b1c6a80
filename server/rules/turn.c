/* Turns of a case. */
#include "server/rules/turn.h"

#include "common/check.h"
#include "server/rules/clock.h"
#include "server/rules/pause.h"
#include "server/rules/route.h"

const struct unit *turn_unit_of(const struct organisation *org, enum unit_level level, int32_t branch_id,
                                int32_t region_id)
{
    const struct unit *unit = unit_by_id(org, unit_id_of_level(org, level, branch_id, region_id));
    CHECK(unit != NULL);
    return unit;
}

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
    const struct clock clock = {org, policy, application->paused_days};
    int64_t due = clock_step_due(&clock, turn, now, days, branch, application->clock_started_at);
    /* The end of the whole stays as it is when the calendar or the branch changes. */
    return due < application->complete_by ? due : application->complete_by;
}

/* A pause ends with the step that it was in; what it was for the whole stays. With the case, nothing is counted any
 * more. */
void turn_end(const struct organisation *org, const struct policy *policy, int64_t now, bool closes,
              struct application *application)
{
    if (application->paused_at != 0 && !closes) {
        const struct unit *branch = unit_by_id(org, application->branch_id);
        CHECK(branch != NULL);
        pause_settle(org, policy, now, application);
        application->complete_by = clock_complete_by(&(struct clock){org, policy, application->paused_days}, branch,
                                                     application->clock_started_at);
    }
    application->paused_at = application->paused_by = application->paused_due_at = 0;
    application->step_paused_days = 0;
    application->step_started_at = 0;
    application->extension_days = application->extended_days = 0;
    application->extension_by = application->extension_for = 0;
    application->urged_at = application->urged_by = 0;
    application->claimed_by = 0;
}

void turn_pass(const struct organisation *org, const struct policy *policy, int64_t now,
               struct application *application)
{
    enum unit_level level;
    enum role role;
    if (!route_turn(application->state, &level, &role)) {
        application->due_at = 0;
        application->turn_unit = 0;
        application->turn_role = ROLE_NONE;
        return;
    }
    const struct unit *turn = turn_unit_of(org, level, application->branch_id, application->region_id);
    application->step_started_at = now;
    application->turn_unit = turn->id;
    application->turn_role = role;
    application->due_at = due_of(org, policy, now, application, turn);
}
