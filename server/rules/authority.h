/* Authority: which cases HQ's approvers of a job level decide, by the kind of case, the grade jump and the credit
 * limit. Source: design, authority matrix (RULES.md). What a case needs is the policy's; without a matrix every
 * approver decides everything. A case above somebody's authority is not on his desk: it goes up by itself. */
#ifndef CREDITD_RULES_AUTHORITY_H
#define CREDITD_RULES_AUTHORITY_H

#include "server/rules/delegation.h"
#include "server/rules/policy.h"

/* Grades between the one in force and the one that is asked for; an ordinary customer stands one below black. */
int authority_jump(struct standing from, enum grade to);
/* The least job level that decides such a case; 0: no level does. A limit that is not known is above every bound. */
enum job_level authority_needed(const struct policy *policy, struct standing from, enum grade to, struct money limit);

#endif
