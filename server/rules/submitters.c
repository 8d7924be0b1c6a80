/* Who can submit. */
#include "server/rules/submitters.h"

#include "common/check.h"

static bool submits_for(const struct user *user, int32_t branch_id)
{
    return user->unit_id == branch_id && !user->disabled && user_has(user, ROLE_SUBMITTER) &&
           user->level >= JOB_LEVEL_SUPERVISOR;
}

/* Lets the delegation its substitute make it? */
static bool lets_submit(const struct submission *submission, const struct delegation *row)
{
    if (!delegation_is_for(row, submission->kind, submission->limit) ||
        !delegation_in_effect(submission->org, row, submission->now)) {
        return false;
    }
    struct user acting = delegation_acting_by(submission->org, row);
    return submits_for(&acting, submission->branch_id);
}

bool submitters_can(const struct submission *submission, const struct user *user, int64_t *acts_for)
{
    const struct organisation *org = submission->org;
    bool can = submits_for(user, submission->branch_id);
    *acts_for = 0;
    for (size_t i = 0; i < org->delegation_count && !can; i++) {
        const struct delegation *row = &org->delegations[i];
        can = row->substitute == user->id && lets_submit(submission, row);
        *acts_for = can ? row->delegator : 0;
    }
    return can;
}

size_t submitters_find(const struct submission *submission, const struct user **out, size_t max)
{
    const struct organisation *org = submission->org;
    size_t count = 0;
    for (size_t i = 0; i < org->user_count && count < max; i++) {
        if (submits_for(&org->users[i], submission->branch_id)) {
            out[count++] = &org->users[i];
        }
    }
    for (size_t i = 0; i < org->delegation_count && count < max; i++) {
        const struct user *substitute = user_by_id(org, org->delegations[i].substitute);
        CHECK(substitute != NULL);
        bool there = false;
        for (size_t k = 0; k < count && !there; k++) {
            there = out[k] == substitute;
        }
        if (!there && lets_submit(submission, &org->delegations[i])) {
            out[count++] = substitute;
        }
    }
    return count;
}

bool submitters_lack(const struct organisation *org, int32_t branch_id)
{
    for (size_t i = 0; i < org->user_count; i++) {
        if (submits_for(&org->users[i], branch_id)) {
            return false;
        }
    }
    return true;
}
