/* A customer gets other units to look after it, and its open application with it: because HQ says so, or because its
 * branch has another place in the organisation or was merged into another one. Source: RULES.md, reorganisation.
 *
 * It is no step: states, versions of the application, hands and what was decided stay, and so does the end of the whole
 * but for a pause that ends. Where the unit whose turn it is becomes another one, the step begins anew there: a
 * fresh period, no later than the whole allows, with no pause, urge or claim of the turn before. HQ's turn stays HQ's,
 * without an opinion of one who may not see the case any more (assist.h). */
#ifndef CREDITD_RULES_RELOCATION_H
#define CREDITD_RULES_RELOCATION_H

#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

struct relocation {
    const struct organisation *org;
    const struct policy *policy; /* of the case; not used without one */
    int64_t now;
    const struct unit *branch;                /* that is to look after it */
    struct uuid case_timer, evaluation_timer; /* for those that are armed anew */
};
/* The branch that looks after the customer, as the organisation stands: its own, or the one that this was merged
 * into. */
const struct unit *relocation_branch(const struct organisation *org, const struct customer *customer);
/* Does the customer's row name another branch or region than the organisation gives it? */
bool relocation_due(const struct organisation *org, const struct customer *customer);
/* Changes the customer, and its open application (NULL: none); *anew: its step has begun anew. What is computed of the
 * customer by dates is evaluated again, for they are those of another unit. */
void relocate(const struct relocation *input, struct customer *customer, struct application *application, bool *anew);

#endif
