/* Decisions for another grade than the requested one: of a demotion it may be a better one, which brings a larger
 * amount. It needs the authority for that, too, what is delegated must cover it, and there must be no node for it that
 * the case has passed by or would pass by. */
#ifndef CREDITD_RULES_OTHER_GRADE_H
#define CREDITD_RULES_OTHER_GRADE_H

#include "server/rules/holders.h"

/* GRADE_NEEDS_NODE, DELEGATION_AMOUNT, ABOVE_AUTHORITY. */
struct refusal other_grade_check(const struct holders_case *c, const struct customer *customer, enum grade grade,
                                 const struct user *user);

#endif
