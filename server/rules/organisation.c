/* Look-ups in the organisation tree and the rules of its change. */
#include "server/rules/organisation.h"

#include <string.h>

#include "common/check.h"

/* No tree of HQ, regions and branches is deeper; the bound ends a walk over parents that form a ring. */
#define TREE_DEPTH_MAX 3

const struct unit *unit_by_id(const struct organisation *org, int32_t id)
{
    CHECK(org != NULL);
    size_t low = 0, high = org->unit_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (org->units[middle].id == id) {
            return &org->units[middle];
        }
        if (org->units[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct unit *unit_by_code(const struct organisation *org, const char *code)
{
    CHECK(org != NULL && code != NULL);
    for (size_t i = 0; i < org->unit_count; i++) {
        if (strcmp(org->units[i].code, code) == 0) {
            return &org->units[i];
        }
    }
    return NULL;
}

const struct unit *unit_hq(const struct organisation *org)
{
    CHECK(org != NULL);
    for (size_t i = 0; i < org->unit_count; i++) {
        if (org->units[i].level == UNIT_LEVEL_HQ) {
            return &org->units[i];
        }
    }
    return NULL;
}

int32_t unit_id_of_level(const struct organisation *org, enum unit_level level, int32_t branch_id, int32_t region_id)
{
    if (level == UNIT_LEVEL_HQ) {
        const struct unit *hq = unit_hq(org);
        CHECK(hq != NULL);
        return hq->id;
    }
    return level == UNIT_LEVEL_REGION ? region_id : branch_id;
}

const struct unit *unit_region(const struct organisation *org, const struct unit *unit)
{
    CHECK(unit != NULL);
    const struct unit *at = unit;
    for (int depth = 0; at != NULL && depth < TREE_DEPTH_MAX; depth++) {
        if (at->level == UNIT_LEVEL_REGION) {
            return at;
        }
        at = unit_by_id(org, at->parent_id);
    }
    return NULL;
}

const struct unit *unit_successor(const struct organisation *org, const struct unit *unit)
{
    CHECK(unit != NULL);
    const struct unit *at = unit;
    /* A unit is merged into an open one, once: there are no rings. */
    for (size_t merges = 0; at->merged_into != 0; merges++) {
        CHECK(merges < org->unit_count);
        at = unit_by_id(org, at->merged_into);
        CHECK(at != NULL);
    }
    return at;
}

int32_t unit_region_today(const struct organisation *org, int32_t branch_id)
{
    const struct unit *branch = unit_by_id(org, branch_id);
    CHECK(branch != NULL);
    const struct unit *region = unit_region(org, unit_successor(org, branch));
    CHECK(region != NULL);
    return region->id;
}

int16_t unit_home(const struct organisation *org, const struct unit *unit)
{
    const struct unit *region = unit_region(org, unit);
    return region != NULL ? region->home : 0;
}

bool unit_within(const struct organisation *org, const struct unit *unit, const struct unit *top)
{
    CHECK(unit != NULL && top != NULL);
    const struct unit *at = unit;
    for (int depth = 0; at != NULL && depth < TREE_DEPTH_MAX; depth++) {
        if (at->id == top->id) {
            return true;
        }
        at = unit_by_id(org, at->parent_id);
    }
    return false;
}

const struct user *user_by_id(const struct organisation *org, int64_t id)
{
    CHECK(org != NULL);
    size_t low = 0, high = org->user_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (org->users[middle].id == id) {
            return &org->users[middle];
        }
        if (org->users[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct user *user_by_login(const struct organisation *org, const char *login)
{
    CHECK(org != NULL && login != NULL);
    size_t low = 0, high = org->user_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(org->users_by_login[middle]->login, login);
        if (order == 0) {
            return org->users_by_login[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool user_has(const struct user *user, enum role role)
{
    CHECK(user != NULL && role != ROLE_NONE);
    return (user->roles & ROLE_BIT(role)) != 0;
}

enum relation relation_to(const struct organisation *org, const struct user *user, int32_t branch_id, int32_t region_id)
{
    CHECK(user != NULL);
    const struct unit *unit = unit_by_id(org, user->unit_id);
    if (unit == NULL) {
        return RELATION_NONE;
    }
    if (unit->level == UNIT_LEVEL_HQ) {
        return RELATION_HQ;
    }
    if (unit->level == UNIT_LEVEL_REGION) {
        return unit->id == region_id ? RELATION_REGION : RELATION_NONE;
    }
    return unit->id == branch_id ? RELATION_BRANCH : RELATION_NONE;
}

size_t users_holding(const struct organisation *org, int32_t unit_id, enum role role, const struct user **out,
                     size_t max)
{
    CHECK(org != NULL && (out != NULL || max == 0));
    size_t count = 0;
    for (size_t i = 0; i < org->user_count && count < max; i++) {
        const struct user *user = &org->users[i];
        if (user->unit_id == unit_id && !user->disabled && user_has(user, role)) {
            out[count++] = user;
        }
    }
    return count;
}

enum reason organisation_check_parent(enum unit_level level, const struct unit *parent)
{
    if (level == UNIT_LEVEL_HQ) {
        return parent == NULL ? REASON_NONE : REASON_BAD_PARENT;
    }
    enum unit_level wanted = level == UNIT_LEVEL_REGION ? UNIT_LEVEL_HQ : UNIT_LEVEL_REGION;
    if (parent == NULL || parent->level != wanted) {
        return REASON_BAD_PARENT;
    }
    return parent->closed ? REASON_UNIT_CLOSED : REASON_NONE;
}

/* The roles that may be held at a unit of that level. */
static uint32_t roles_of_level(enum unit_level level)
{
    switch (level) {
    case UNIT_LEVEL_BRANCH:
        return ROLE_BIT(ROLE_SUBMITTER) | ROLE_BIT(ROLE_SYNC_AGENT) | ROLE_BIT(ROLE_AUDITOR);
    case UNIT_LEVEL_REGION:
        return ROLE_BIT(ROLE_VERIFIER) | ROLE_BIT(ROLE_AUDITOR);
    case UNIT_LEVEL_HQ:
        return ROLE_BIT(ROLE_APPROVER) | ROLE_BIT(ROLE_CMO) | ROLE_BIT(ROLE_POLICY_MAKER) |
               ROLE_BIT(ROLE_POLICY_CHECKER) | ROLE_BIT(ROLE_ADMINISTRATOR) | ROLE_BIT(ROLE_AUDITOR);
    }
    return 0;
}

/* The first role of a set that is not empty. */
static enum role first_role(uint32_t roles)
{
    CHECK(roles != 0);
    return (enum role)__builtin_ctz(roles);
}

enum reason organisation_check_roles(enum unit_level level, uint32_t roles, enum role *role, enum role *other)
{
    CHECK(role != NULL && other != NULL);
    const uint32_t known = (ROLE_BIT(ROLE_SYNC_AGENT) << 1) - ROLE_BIT(ROLE_SUBMITTER);
    *role = *other = ROLE_NONE;
    if ((roles & ~known) != 0) {
        return REASON_UNKNOWN_VALUE;
    }
    uint32_t misplaced = roles & ~roles_of_level(level);
    if (misplaced != 0) {
        *role = first_role(misplaced);
        return REASON_ROLE_NOT_FOR_LEVEL;
    }
    uint32_t beside = roles & ~(ROLE_BIT(ROLE_ADMINISTRATOR) | ROLE_BIT(ROLE_AUDITOR));
    if ((roles & ROLE_BIT(ROLE_ADMINISTRATOR)) != 0 && beside != 0) {
        *role = ROLE_ADMINISTRATOR;
        *other = first_role(beside);
        return REASON_ROLES_CONFLICT;
    }
    return REASON_NONE;
}

bool organisation_has_other_administrator(const struct organisation *org, int64_t user_id)
{
    CHECK(org != NULL);
    for (size_t i = 0; i < org->user_count; i++) {
        const struct user *user = &org->users[i];
        if (user->id != user_id && !user->disabled && user_has(user, ROLE_ADMINISTRATOR)) {
            return true;
        }
    }
    return false;
}
