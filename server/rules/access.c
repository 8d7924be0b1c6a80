/* The access table as data and the functions that read it. */
#include "server/rules/access.h"

#include "common/check.h"

#define R(role)      ROLE_BIT(ROLE_##role)
#define AT(relation) RELATION_BIT(RELATION_##relation)
#define READERS      (R(SUBMITTER) | R(VERIFIER) | R(APPROVER) | R(CMO) | R(AUDITOR))
#define IMPORTERS    (R(SUBMITTER) | R(APPROVER) | R(SYNC_AGENT))
#define HANDS        (R(SUBMITTER) | R(VERIFIER) | R(APPROVER) | R(CMO))
#define POLICY       (R(POLICY_MAKER) | R(POLICY_CHECKER) | R(APPROVER) | R(CMO) | R(AUDITOR))
#define ANYWHERE     (AT(BRANCH) | AT(REGION) | AT(HQ))
#define NONE         0

const struct access_row access_table[] = {
#define ACCESS(method, name, session, roles, relations, level, business, credit)                                       \
    {METHOD_##method, name, SESSION_##session, (roles), (relations), JOB_LEVEL_##level, business, credit},
#include "server/rules/access.def"
#undef ACCESS
};
const size_t access_count = sizeof access_table / sizeof access_table[0];

/* Place of each row in the table. */
enum {
#define ACCESS(method, name, session, roles, relations, level, business, credit) PLACE_##method,
#include "server/rules/access.def"
#undef ACCESS
};

/* A method without a row is a value that the switch lacks, a second row for a method a value it has twice. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
const struct access_row *access_row_of(enum method method)
{
    switch (method) {
#define ACCESS(method, name, session, roles, relations, level, business, credit)                                       \
    case METHOD_##method:                                                                                              \
        return &access_table[PLACE_##method];
#include "server/rules/access.def"
#undef ACCESS
    }
    return NULL;
}
#pragma GCC diagnostic pop

static struct refusal allow(void)
{
    return (struct refusal){.reason = REASON_NONE};
}

/* Is a business operation asked for by an administrator who may not do it as an auditor either? */
static bool administrator_at_business(const struct access_row *row, const struct user *user)
{
    return row->business && user_has(user, ROLE_ADMINISTRATOR) &&
           (user->roles & row->roles & ROLE_BIT(ROLE_AUDITOR)) == 0;
}

struct refusal access_check(const struct access_row *row, const struct user *user)
{
    CHECK(row != NULL);
    if (row->session == SESSION_NONE) {
        return allow();
    }
    if (row->session == SESSION_SYSTEM) {
        return refusal_of(REASON_UNKNOWN_METHOD, NULL, NULL, NULL);
    }
    if (user == NULL) {
        return refusal_of(REASON_NOT_LOGGED_IN, NULL, NULL, NULL);
    }
    if (user->disabled) {
        return refusal_of(REASON_USER_DISABLED, NULL, NULL, NULL);
    }
    if (administrator_at_business(row, user)) {
        return refusal_of(REASON_ADMINISTRATOR_ONLY_UNITS_AND_USERS, NULL, NULL, NULL);
    }
    if (row->roles != 0 && (user->roles & row->roles) == 0) {
        return refusal_of(REASON_ROLE_MISSING, NULL, "role", word_name(words_role, __builtin_ctz(row->roles)));
    }
    if (user->level < row->least_level) {
        return refusal_of(REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, (int)row->least_level));
    }
    return allow();
}

/* The lowest unit among those whose relation the row allows, or NULL. */
static const struct unit *unit_that_may(const struct access_row *row, const struct organisation *org, int32_t branch_id,
                                        int32_t region_id)
{
    if ((row->relations & AT(BRANCH)) != 0) {
        return unit_by_id(org, branch_id);
    }
    return (row->relations & AT(REGION)) != 0 ? unit_by_id(org, region_id) : unit_hq(org);
}

struct refusal access_check_subject(const struct access_row *row, const struct organisation *org,
                                    const struct user *user, int32_t branch_id, int32_t region_id, const char *field)
{
    CHECK(row != NULL && user != NULL);
    enum relation relation = relation_to(org, user, branch_id, region_id);
    if (relation == RELATION_NONE) {
        return refusal_of(REASON_NOT_FOUND, field, NULL, NULL);
    }
    if (row->relations == 0 || (row->relations & RELATION_BIT(relation)) != 0) {
        return allow();
    }
    const struct unit *unit = unit_that_may(row, org, branch_id, region_id);
    return refusal_of(REASON_NOT_YOUR_UNIT, NULL, "unit", unit != NULL ? unit->code : NULL);
}

bool access_sees_any_credit(const struct user *user)
{
    CHECK(user != NULL);
    return !user->disabled && user->level >= JOB_LEVEL_SUPERVISOR && (user->roles & READERS) != 0;
}

bool access_sees_credit(const struct organisation *org, const struct user *user, int32_t branch_id, int32_t region_id)
{
    return access_sees_any_credit(user) && relation_to(org, user, branch_id, region_id) != RELATION_NONE;
}

struct refusal refusal_of(enum reason reason, const char *field, const char *name, const char *value)
{
    return (struct refusal){.reason = reason, .field = field, .name = value != NULL ? name : NULL, .value = value};
}
