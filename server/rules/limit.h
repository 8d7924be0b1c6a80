/* The amount of a case: the credit limit that the requested grade brings its customer. It is worked out when the case
 * is submitted, resubmitted for another grade, or goes over to another policy, from the volume of the customer's last
 * evaluation; in between it stays, so that the case's route and who decides it do. A decision for another grade than
 * the requested one is one on that grade's amount, too. Where it is not known, the stricter holds: a bound on it lets
 * no node be passed by, but for an automatic one, which is then none for the case; and no authority and no delegation
 * that has a bound covers it. */
#ifndef CREDITD_RULES_LIMIT_H
#define CREDITD_RULES_LIMIT_H

#include "server/rules/model.h"
#include "server/rules/policy.h"

/* What the grade brings the customer under the policy. Not known: there is no volume, it is in another currency, or the
 * policy says nothing of limits, or there is no such grade. */
struct money limit_of_case(const struct policy *policy, const struct customer *customer, enum grade grade);
/* The amount of a case that is decided for that grade, which is not the requested one: never less than its own. Not
 * known: one of the two is not. */
struct money limit_of_decision(const struct policy *policy, const struct customer *customer,
                               const struct application *application, enum grade grade);
/* Is there an amount? */
bool limit_known(struct money limit);
/* Is it known, and no more than `most`, in the same currency? */
bool limit_within(struct money limit, struct money most);

#endif
