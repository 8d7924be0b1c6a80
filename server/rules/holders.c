/* Who can act on a case. */
#include "server/rules/holders.h"

#include "common/check.h"
#include "server/rules/authority.h"
#include "server/rules/delegation.h"
#include "server/rules/four_eyes.h"
#include "server/rules/node.h"
#include "server/rules/signature.h"

/* From every step of a node. */
static bool barred(const struct holders_case *c, const struct user *user)
{
    return node_of(c->policy, c->application) != NULL &&
           four_eyes_bar(c->org, c->now, c->application, c->assessed_by, user);
}

/* The last signature of HQ's approvers is for those whose authority covers the case. */
static bool has_authority(const struct holders_case *c, const struct user *user)
{
    const struct application *application = c->application;
    if (!node_needs_authority(c->policy, application)) {
        return true;
    }
    enum job_level needed = authority_needed(c->policy, application->from, application->to_grade, application->limit);
    return needed != 0 && user->level >= needed;
}

/* Whoever may have claimed it. */
static enum holding unclaimed(const struct holders_case *c, const struct user *user)
{
    const struct application *application = c->application;
    if (application->turn_role == ROLE_NONE || user->disabled || user->unit_id != application->turn_unit ||
        !user_has(user, application->turn_role)) {
        return HOLDING_NONE;
    }
    if (barred(c, user)) {
        return HOLDING_BARRED;
    }
    bool high_enough = user->level >= JOB_LEVEL_SUPERVISOR && has_authority(c, user);
    if (signature_given(application, user)) {
        return high_enough && !c->new_signers && signature_is_last(c, user) ? HOLDING_CAN : HOLDING_NONE;
    }
    if (four_eyes_signed(c->org, c->now, application, user)) {
        return HOLDING_BARRED;
    }
    bool can = high_enough && signature_fits(application, user) && signature_wanted(c, user);
    return can ? HOLDING_CAN : HOLDING_NONE;
}

int64_t holders_claimed(const struct holders_case *c)
{
    int64_t claimed = c->application->claimed_by;
    const struct user *user = claimed == 0 ? NULL : user_by_id(c->org, claimed);
    bool stands = user != NULL && unclaimed(c, user) == HOLDING_CAN;
    return stands ? user->id : 0;
}

enum holding holders_of_one(const struct holders_case *c, const struct user *user)
{
    enum holding holding = unclaimed(c, user);
    int64_t claimed = holding == HOLDING_CAN ? holders_claimed(c) : 0;
    bool others = claimed != 0 && claimed != user->id && claimed != user->acts_for;
    return others ? HOLDING_NONE : holding;
}

/* Lets the delegation this one act in the case today? */
static bool lets_act(const struct holders_case *c, const struct delegation *row, const struct user *user)
{
    enum case_kind kind = delegation_case_kind(c->application->from, c->application->to_grade);
    return row->substitute == user->id && delegation_is_for(row, kind, c->application->limit) &&
           delegation_in_effect(c->org, row, c->now);
}

enum holding holders_of_any(const struct holders_case *c, const struct user *user, int64_t *acts_for)
{
    const struct organisation *org = c->org;
    enum holding best = holders_of_one(c, user);
    *acts_for = 0;
    for (size_t i = 0; i < org->delegation_count && best != HOLDING_CAN; i++) {
        const struct delegation *row = &org->delegations[i];
        if (!lets_act(c, row, user)) {
            continue;
        }
        struct user acting = delegation_acting_by(org, row);
        enum holding holding = holders_of_one(c, &acting);
        if (holding > best) {
            best = holding;
            *acts_for = acting.acts_for;
        }
    }
    return best;
}

bool holders_made(const struct application *row, int32_t branch_id, const struct user *user)
{
    int64_t maker = row->submitted_for != 0 ? row->submitted_for : row->submitted_by;

    return user->id == maker && user->unit_id == branch_id;
}

static bool is_there(const struct user *user, const struct user *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i]->id == user->id) {
            return true;
        }
    }
    return false;
}

/* In the place that the ids give it. */
static size_t put(const struct user *user, const struct user **list, size_t count)
{
    size_t at = count;
    for (; at > 0 && list[at - 1]->id > user->id; at--) {
        list[at] = list[at - 1];
    }
    list[at] = user;
    return count + 1;
}

/* Is the substitute of this delegation one of an earlier one, too? */
static bool comes_again(const struct organisation *org, size_t place)
{
    for (size_t i = 0; i < place; i++) {
        if (org->delegations[i].substitute == org->delegations[place].substitute) {
            return true;
        }
    }
    return false;
}

size_t holders_count(const struct holders_case *c, size_t enough)
{
    const struct organisation *org = c->org;
    int32_t unit_id = c->application->turn_unit;
    size_t count = 0;
    int64_t acts_for;
    for (size_t i = 0; i < org->user_count && count < enough; i++) {
        const struct user *user = &org->users[i];
        count += user->unit_id == unit_id && holders_of_any(c, user, &acts_for) == HOLDING_CAN;
    }
    for (size_t i = 0; i < org->delegation_count && count < enough; i++) {
        const struct user *substitute = user_by_id(org, org->delegations[i].substitute);
        CHECK(substitute != NULL);
        count += substitute->unit_id != unit_id && !comes_again(org, i) &&
                 holders_of_any(c, substitute, &acts_for) == HOLDING_CAN;
    }
    return count;
}

/* As himself, or else in every way in which he can. */
static size_t add_hands(const struct holders_case *c, const struct user *user, struct user *out, size_t count,
                        size_t max)
{
    if (count < max && holders_of_one(c, user) == HOLDING_CAN) {
        out[count] = *user;
        return count + 1;
    }
    for (size_t i = 0; i < c->org->delegation_count && count < max; i++) {
        const struct delegation *row = &c->org->delegations[i];
        if (lets_act(c, row, user)) {
            out[count] = delegation_acting_by(c->org, row);
            count += holders_of_one(c, &out[count]) == HOLDING_CAN;
        }
    }
    return count;
}

size_t holders_hands(const struct holders_case *c, struct user *out, size_t max)
{
    const struct organisation *org = c->org;
    size_t count = 0;
    for (size_t i = 0; i < org->user_count && count < max; i++) {
        const struct user *user = &org->users[i];
        count = user->unit_id == c->application->turn_unit ? add_hands(c, user, out, count, max) : count;
    }
    for (size_t i = 0; i < org->delegation_count && count < max; i++) {
        const struct user *substitute = user_by_id(org, org->delegations[i].substitute);
        CHECK(substitute != NULL);
        if (substitute->unit_id != c->application->turn_unit && !comes_again(org, i)) {
            count = add_hands(c, substitute, out, count, max);
        }
    }
    return count;
}

size_t holders_find(const struct holders_case *c, enum holding holding, const struct user **out, size_t max)
{
    const struct organisation *org = c->org;
    CHECK(holding != HOLDING_NONE);
    size_t count = 0, sitting = users_holding(org, c->application->turn_unit, c->application->turn_role, out, max);
    int64_t acts_for;
    for (size_t i = 0; i < sitting; i++) {
        if (holders_of_any(c, out[i], &acts_for) == holding) {
            out[count++] = out[i];
        }
    }
    for (size_t i = 0; i < org->delegation_count && count < max; i++) {
        const struct user *substitute = user_by_id(org, org->delegations[i].substitute);
        const struct user *delegator = user_by_id(org, org->delegations[i].delegator);
        CHECK(substitute != NULL && delegator != NULL);
        if (delegator->unit_id == c->application->turn_unit && !substitute->disabled &&
            !is_there(substitute, out, count) && holders_of_any(c, substitute, &acts_for) == holding) {
            count = put(substitute, out, count);
        }
    }
    return count;
}
