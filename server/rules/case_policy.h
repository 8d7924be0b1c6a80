/* A case stays on the version of the policy that it began with, unless one approver asks for another version and a
 * second one, with no hand in the case and the authority for it, approves. Source: the regulation's paragraph on the
 * policy (RULES.md). */
#ifndef CREDITD_RULES_CASE_POLICY_H
#define CREDITD_RULES_CASE_POLICY_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

struct case_policy_input {
    const struct organisation *org;
    const struct policy *policy; /* of the case */
    const struct policy *target; /* that is asked for; NULL: there is no such published version */
    const struct user *user;
    int64_t now;
    const struct customer *customer;
    bool approve; /* what somebody else has asked for */
    const char *reason;
};
/* Asks for the version, or approves what was asked for. On the new version the end of the whole is counted anew from
 * where it began, the running step keeps its end, unless the whole ends before; later steps and their checks go by it,
 * and so does the case's amount. The application's version stays: it is no step. A refusal leaves it as it was.
 * *skipped: nodes of the new version that the case has passed by, as node.h has them. */
struct refusal case_policy_move(const struct case_policy_input *input, struct application *application,
                                uint32_t *skipped);

#endif
