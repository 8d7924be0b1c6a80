/* Who may do what: the access table (access.def) as data, and the one function that reads it.
 * One row per operation: the session it needs, roles (any of), relations to the subject (any of), the least job level,
 * and whether an administrator is told that administrators do no business. RULES.md prints the table, tests walk it.
 * An operation without a row does not build. */
#ifndef CREDITD_RULES_ACCESS_H
#define CREDITD_RULES_ACCESS_H

#include "common/reasons.h"
#include "common/vocabulary.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"

/* SYSTEM: only the server itself, which asks nobody; to everybody else there is no such method (UNKNOWN_METHOD). */
enum session_need { SESSION_NONE, SESSION_USER, SESSION_SYSTEM };

struct access_row {
    enum method method;
    const char *name; /* "application.submit" */
    enum session_need session;
    uint32_t roles;             /* any of these bits; 0: no role needed */
    uint32_t relations;         /* bits 1 << relation; 0: any within the subtree, or no subject */
    enum job_level least_level; /* JOB_LEVEL_CLERK: any */
    bool business;              /* never as administrator; one who is auditor too may do what auditors may */
    bool credit;                /* the answer can carry credit information */
};

extern const struct access_row access_table[];
extern const size_t access_count;

/* The row of a method, or NULL. */
const struct access_row *access_row_of(enum method method);

struct refusal {
    enum reason reason;       /* REASON_NONE: allowed */
    const char *field;        /* or NULL */
    const char *name, *value; /* one argument, or NULL; static, or text that outlives the refusal */
};
/* With an argument when `value` is not NULL. */
struct refusal refusal_of(enum reason reason, const char *field, const char *name, const char *value);

#define RELATION_BIT(relation) (1u << (relation))

/* May `user` (NULL: nobody is logged in) do this, as far as session, roles and level say? Refusals in this order:
 * NOT_LOGGED_IN, USER_DISABLED, ADMINISTRATOR_ONLY_UNITS_AND_USERS, ROLE_MISSING (argument role: the first that would
 * do), LEVEL_TOO_LOW (argument level). */
struct refusal access_check(const struct access_row *row, const struct user *user);
/* May he do it to a subject looked after by these units? Outside his subtree: NOT_FOUND with that field. Within it, but
 * somebody else's to do: NOT_YOUR_UNIT (argument unit: code of the lowest unit that may). */
struct refusal access_check_subject(const struct access_row *row, const struct organisation *org,
                                    const struct user *user, int32_t branch_id, int32_t region_id, const char *field);
/* May the user see credit information of that subject: supervisor and above, a business or auditor role, within the
 * subtree? */
bool access_sees_credit(const struct organisation *org, const struct user *user, int32_t branch_id, int32_t region_id);
/* The same for anything in his subtree at all, as a property of the user. */
bool access_sees_any_credit(const struct user *user);

#endif
