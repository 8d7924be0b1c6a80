/* The organisation as one immutable value: units and users with their roles, sorted by id, and look-ups in it.
 * It is loaded whole, used by every decision of a batch, and replaced whole when the reference epoch has moved. */
#ifndef CREDITD_RULES_ORGANISATION_H
#define CREDITD_RULES_ORGANISATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/civil.h"
#include "common/money.h"
#include "common/vocabulary.h"

struct unit {
    int32_t id;
    int32_t parent_id; /* 0 for HQ */
    enum unit_level level;
    int16_t home; /* of a region; a branch has its region's home only through the tree */
    bool closed;
    const char *code, *name, *zone;
    int32_t merged_into; /* 0: it was not; else it is closed */
};

struct user {
    int64_t id;
    int32_t unit_id;
    enum job_level level;
    uint32_t roles; /* bit 1 << role */
    bool disabled;
    const char *login, *name;
    int64_t acts_for; /* the user whose unit and roles these are; 0: one's own. Rows have 0 (rules/delegation.h) */
};

/* A holiday or a make-up day of a unit and those below it. */
struct calendar_day {
    int32_t unit_id;
    civil_date date;
    bool working;
    const char *name; /* "" when it has none */
};

/* What a user may do in cases is handed over to another one while he is absent: in effect in [begins_at, ends_at). */
struct delegation {
    int64_t id;
    int64_t delegator, substitute; /* users */
    int64_t begins_at, ends_at;
    uint32_t kinds; /* bits 1 << case_kind; 0: cases of all kinds */
    int64_t set_by;
    struct money amount_to; /* credit limit of the cases at most; not known: any */
};

struct organisation {
    int64_t epoch;
    const struct unit *units; /* by id */
    size_t unit_count;
    const struct user *users; /* by id */
    size_t user_count;
    const struct calendar_day *calendar; /* by unit and date */
    size_t calendar_count;
    const struct delegation *delegations; /* by id; those that have ended may be missing */
    size_t delegation_count;
    const struct user **users_by_login; /* the same, in the order of strcmp() of their logins */
};

#define ROLE_BIT(role) (1u << (role))

/* How the user's unit stands to the units that look after a subject. */
enum relation {
    RELATION_NONE,   /* elsewhere: the subject does not exist for this user */
    RELATION_BRANCH, /* the same branch */
    RELATION_REGION, /* the region above the branch */
    RELATION_HQ      /* HQ */
};

const struct unit *unit_by_id(const struct organisation *org, int32_t id); /* NULL: none */
const struct unit *unit_by_code(const struct organisation *org, const char *code);
const struct unit *unit_hq(const struct organisation *org);
/* Which unit has that level in a case of the branch and region: HQ, the region or the branch itself. */
int32_t unit_id_of_level(const struct organisation *org, enum unit_level level, int32_t branch_id, int32_t region_id);
/* The region a branch belongs to, the region itself, or NULL for HQ. */
const struct unit *unit_region(const struct organisation *org, const struct unit *unit);
/* The unit that has taken over: the unit itself, or, as often as one was merged into another, that other one. */
const struct unit *unit_successor(const struct organisation *org, const struct unit *unit);
/* The region that a branch, or the one that has taken it over, belongs to today: where its customers are, though their
 * rows may say so only in a moment. */
int32_t unit_region_today(const struct organisation *org, int32_t branch_id);
/* Home of the unit's region; 0 for HQ. */
int16_t unit_home(const struct organisation *org, const struct unit *unit);
/* Is `unit` `top` itself or below it? */
bool unit_within(const struct organisation *org, const struct unit *unit, const struct unit *top);
const struct user *user_by_id(const struct organisation *org, int64_t id);
const struct user *user_by_login(const struct organisation *org, const char *login);
bool user_has(const struct user *user, enum role role);
/* Relation of the user to a subject looked after by `branch_id` of `region_id`. */
enum relation relation_to(const struct organisation *org, const struct user *user, int32_t branch_id,
                          int32_t region_id);
/* Users not disabled of a unit who hold a role, by id, into `out`; how many were put there, at most `max`. */
size_t users_holding(const struct organisation *org, int32_t unit_id, enum role role, const struct user **out,
                     size_t max);

/* Rules of change: REASON_NONE or why not. `roles` is a bit set. */
#include "common/reasons.h"
/* May a unit of this level stand below that parent? */
enum reason organisation_check_parent(enum unit_level level, const struct unit *parent);
/* Do the roles fit the unit's level and one another (administrator only with auditor)? ROLE_NOT_FOR_LEVEL sets *role,
 * ROLES_CONFLICT both, UNKNOWN_VALUE (a bit that is no role) neither. */
enum reason organisation_check_roles(enum unit_level level, uint32_t roles, enum role *role, enum role *other);
/* Would the organisation keep an administrator without this one? */
bool organisation_has_other_administrator(const struct organisation *org, int64_t user_id);

#endif
