/* Units, delegations and heads by RULES.md. */
#include "tests/rules/route_people.h"

#include <string.h>

#define ROLES_IN_CASES (1u << ROLE_SUBMITTER | 1u << ROLE_VERIFIER | 1u << ROLE_APPROVER | 1u << ROLE_CMO)

uint32_t people_bit(int id)
{
    return id == 0 ? 0 : 1u << id;
}

const struct user *people_of(const struct organisation *org, int id)
{
    return &org->users[id - 1];
}

const struct unit *people_unit(const struct organisation *org, int32_t id)
{
    const struct unit *unit = org->units;
    while (unit->id != id) {
        unit++;
    }
    return unit;
}

enum case_kind people_kind(struct standing from, enum grade to)
{
    if (from.tier == TIER_ORDINARY) {
        return CASE_KIND_ADMISSION;
    }
    return (int)to < (int)from.grade ? CASE_KIND_PROMOTION : CASE_KIND_DEMOTION;
}

struct hand people_himself(const struct user *user)
{
    return (struct hand){.id = (int)user->id,
                         .unit = user->unit_id,
                         .level = user->level,
                         .roles = user->roles,
                         .disabled = user->disabled};
}

static bool same_or_above(const struct organisation *org, int32_t top, int32_t unit)
{
    while (unit != top && unit != 0) {
        unit = people_unit(org, unit)->parent_id;
    }
    return unit == top;
}

bool people_by(const struct organisation *org, int64_t now, const struct delegation *row, struct hand *out)
{
    const struct user *whose = people_of(org, (int)row->delegator), *substitute = people_of(org, (int)row->substitute);
    bool fits = substitute->level >= JOB_LEVEL_SUPERVISOR && (substitute->roles & ROLES_IN_CASES) != 0 &&
                (substitute->roles & 1u << ROLE_ADMINISTRATOR) == 0 &&
                same_or_above(org, substitute->unit_id, whose->unit_id);
    *out = (struct hand){.id = (int)substitute->id,
                         .acts_for = (int)whose->id,
                         .unit = whose->unit_id,
                         .level = substitute->level < whose->level ? substitute->level : whose->level,
                         .roles = whose->roles & ROLES_IN_CASES};
    return now >= row->begins_at && now < row->ends_at && fits && !whose->disabled && !substitute->disabled;
}

bool people_is_for(const struct delegation *row, enum case_kind kind, int64_t amount)
{
    bool any = row->amount_to.currency[0] == '\0';
    return (row->kinds == 0 || (row->kinds & 1u << kind) != 0) &&
           (any || (amount >= 0 && amount <= row->amount_to.minor));
}

bool people_hand(const struct organisation *org, int64_t now, const struct user *user, const char *acting_for,
                 struct hand *out)
{
    *out = people_himself(user);
    for (size_t i = 0; acting_for != NULL && i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        bool meant = row->substitute == user->id && strcmp(people_of(org, (int)row->delegator)->login, acting_for) == 0;
        if (meant && people_by(org, now, row, out)) {
            return true;
        }
    }
    return acting_for == NULL;
}

bool people_covered(const struct organisation *org, int64_t now, const struct hand *hand, enum case_kind kind,
                    int64_t amount)
{
    struct hand acting;
    for (size_t i = 0; hand->acts_for != 0 && i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        if (row->substitute == hand->id && row->delegator == hand->acts_for && people_is_for(row, kind, amount) &&
            people_by(org, now, row, &acting)) {
            return true;
        }
    }
    return hand->acts_for == 0;
}

bool people_tied(const struct organisation *org, int64_t now, int one, int other)
{
    struct hand acting;
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct delegation *row = &org->delegations[i];
        bool these =
            (row->delegator == one && row->substitute == other) || (row->delegator == other && row->substitute == one);
        if (these && people_by(org, now, row, &acting)) {
            return true;
        }
    }
    return false;
}

static bool may_head(int32_t unit, int32_t at, uint32_t roles, enum job_level level, bool disabled)
{
    return unit == at && (roles & ROLES_IN_CASES) != 0 && level >= JOB_LEVEL_SUPERVISOR && !disabled;
}

bool people_is_head(const struct organisation *org, int32_t unit, const struct hand *hand)
{
    bool highest = may_head(hand->unit, unit, hand->roles, hand->level, hand->disabled);
    for (size_t i = 0; i < org->user_count; i++) {
        const struct user *user = &org->users[i];
        highest = highest && !(may_head(user->unit_id, unit, user->roles, user->level, user->disabled) &&
                               user->level > hand->level);
    }
    return highest;
}
