/* Versions of the policy as values of the protocol. */
#ifndef CREDITD_OPERATIONS_POLICY_VIEW_H
#define CREDITD_OPERATIONS_POLICY_VIEW_H

#include "policy.pb-c.h"
#include "server/operations/call.h"
#include "server/policy_file.h"

/* A version as it stands at `now`; `text` NULL: without it. */
Creditd__V1__Policy *view_policy(struct call *call, const struct policy_version *row, const char *text, int64_t now);
/* A whole policy from the text of a request; NULL: *refusal says why, with the field "text", a message of the text's
 * own from the line on. Policy and refusal are in `arena`. */
struct policy *policy_of_text(const char *text, struct arena *arena, struct refusal *refusal);

#endif
