/* Who can act on a case. */
#include "server/rules/holders.h"

#include "common/check.h"
#include "server/rules/delegation.h"
#include "server/rules/route.h"
#include "server/rules/four_eyes.h"

/* From every step that the role may take in this state. */
static bool barred(const struct organisation *org, int64_t now, const struct application *application,
                   int64_t assessed_by, const struct user *user)
{
    bool any = false;
    for (size_t i = 0; i < transition_count; i++) {
        if (transitions[i].from != application->state || transitions[i].by_role != application->turn_role) {
            continue;
        }
        if (!four_eyes_bar(org, now, application, assessed_by, user, transitions[i].action)) {
            return false;
        }
        any = true;
    }
    return any;
}

/* Whoever may have claimed it. */
static enum holding unclaimed(const struct organisation *org, int64_t now, const struct application *application,
                              int64_t assessed_by, const struct user *user)
{
    if (application->turn_role == ROLE_NONE || user->disabled || user->unit_id != application->turn_unit ||
        !user_has(user, application->turn_role)) {
        return HOLDING_NONE;
    }
    if (barred(org, now, application, assessed_by, user)) {
        return HOLDING_BARRED;
    }
    return user->level >= JOB_LEVEL_SUPERVISOR ? HOLDING_CAN : HOLDING_NONE;
}

int64_t holders_claimed(const struct organisation *org, int64_t now, const struct application *application,
                        int64_t assessed_by)
{
    const struct user *user = application->claimed_by == 0 ? NULL : user_by_id(org, application->claimed_by);
    bool stands = user != NULL && unclaimed(org, now, application, assessed_by, user) == HOLDING_CAN;
    return stands ? user->id : 0;
}

enum holding holders_of_one(const struct organisation *org, int64_t now, const struct application *application,
                            int64_t assessed_by, const struct user *user)
{
    enum holding holding = unclaimed(org, now, application, assessed_by, user);
    int64_t claimed = holding == HOLDING_CAN ? holders_claimed(org, now, application, assessed_by) : 0;
    bool others = claimed != 0 && claimed != user->id && claimed != user->acts_for;
    return others ? HOLDING_NONE : holding;
}

enum holding holders_of_any(const struct organisation *org, int64_t now, const struct application *application,
                            int64_t assessed_by, const struct user *user, int64_t *acts_for)
{
    enum case_kind kind = delegation_case_kind(application->from, application->to_grade);
    enum holding best = holders_of_one(org, now, application, assessed_by, user);
    *acts_for = 0;
    for (size_t i = 0; i < org->delegation_count && best != HOLDING_CAN; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->substitute != user->id || (row->kinds != 0 && (row->kinds & CASE_KIND_BIT(kind)) == 0) ||
            !delegation_in_effect(org, row, now)) {
            continue;
        }
        struct user acting = delegation_acting_by(org, row);
        enum holding holding = holders_of_one(org, now, application, assessed_by, &acting);
        if (holding > best) {
            best = holding;
            *acts_for = acting.acts_for;
        }
    }
    return best;
}

size_t holders_find(const struct organisation *org, int64_t now, const struct application *application,
                    int64_t assessed_by, enum holding holding, const struct user **out, size_t max)
{
    CHECK(holding != HOLDING_NONE);
    size_t count = 0;
    int64_t acts_for;
    for (size_t i = 0; i < org->user_count && count < max; i++) {
        const struct user *user = &org->users[i];
        if (!user->disabled && holders_of_any(org, now, application, assessed_by, user, &acts_for) == holding) {
            out[count++] = user;
        }
    }
    return count;
}
