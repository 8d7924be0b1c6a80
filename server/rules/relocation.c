/* Customers and cases that get other units. */
#include "server/rules/relocation.h"

#include "common/check.h"
#include "server/rules/assist.h"
#include "server/rules/clock.h"
#include "server/rules/node.h"
#include "server/rules/signature.h"
#include "server/rules/turn.h"

const struct unit *relocation_branch(const struct organisation *org, const struct customer *customer)
{
    const struct unit *branch = unit_by_id(org, customer->branch_id);
    CHECK(branch != NULL);
    return unit_successor(org, branch);
}

bool relocation_due(const struct organisation *org, const struct customer *customer)
{
    const struct unit *branch = relocation_branch(org, customer);
    return branch->id != customer->branch_id || unit_region_today(org, branch->id) != customer->region_id;
}

/* Is it another unit's turn when these look after the case? */
static bool turn_changes(const struct relocation *input, int32_t region_id, const struct application *application)
{
    struct application moved = *application;
    moved.branch_id = input->branch->id;
    moved.region_id = region_id;
    return turn_pass_on(input->org, input->policy, &moved);
}

/* What the unit before has signed of the node that is waited for, the next one signs anew. */
static void sign_anew(const struct policy *policy, struct application *application)
{
    if (node_of(policy, application) == NULL) {
        return;
    }
    if (node_is_first(policy, application, application->state, application->node)) {
        application->finding = FINDING_NONE;
    }
    node_enter(application, application->node);
    signature_void_from(application, application->node);
}

static bool move_case(const struct relocation *input, int32_t region_id, struct application *application)
{
    bool anew = turn_changes(input, region_id, application);
    if (anew) {
        turn_end(input->org, input->policy, input->now, false, application); /* by the units that it was with */
    }
    application->branch_id = input->branch->id;
    application->region_id = region_id;
    if (!anew) {
        assist_moved(input->org, application);
        return false;
    }
    sign_anew(input->policy, application);
    turn_pass(input->org, input->policy, input->now, application);
    /* A deadline that was missed, and noted, is not missed again. */
    if (!uuid_is_zero(application->timer_id) || !clock_overdue(application->due_at, input->now)) {
        application->timer_id = input->case_timer;
    }
    return true;
}

/* An override that is over, but not yet evaluated, stays over where it is an earlier date. */
static void keep_ended(const struct relocation *input, struct override *override, const char *zone_before)
{
    civil_date today = zone_date_at(input->branch->zone, input->now);
    bool is_over =
        override->until != 0 && override->ends_at == 0 && zone_date_at(zone_before, input->now) > override->until;
    if (is_over && override->until >= today) {
        override->until = today - 1;
    }
}

void relocate(const struct relocation *input, struct customer *customer, struct application *application, bool *anew)
{
    CHECK(input->branch->level == UNIT_LEVEL_BRANCH && !input->branch->closed);
    const struct unit *region = unit_region(input->org, input->branch);
    CHECK(region != NULL);
    CHECK(application == NULL || (application->customer_id == customer->key.id && input->policy != NULL));
    keep_ended(input, &customer->override, unit_by_id(input->org, customer->branch_id)->zone);
    customer->branch_id = input->branch->id;
    customer->region_id = region->id;
    struct evaluation *evaluation = &customer->evaluation;
    if ((evaluation->policy_version != 0 || customer->override.until != 0) && evaluation->imports_open == 0) {
        evaluation->timer_id = input->evaluation_timer;
        evaluation->evaluate_at = input->now;
    }
    *anew = application != NULL && move_case(input, region->id, application);
}
