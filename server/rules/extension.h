/* More time for HQ to decide: asked for by HQ with a reason, granted or refused by the marketing director. Source: the
 * regulation's table of steps and clocks (RULES.md). */
#ifndef CREDITD_RULES_EXTENSION_H
#define CREDITD_RULES_EXTENSION_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

#define EXTENSION_DETAIL_BYTES 64
#define EXTENSION_DAYS_MAX     365

struct extension_input {
    const struct organisation *org;
    const struct policy *policy; /* of the case */
    const struct user *user;
    int64_t now;
    struct uuid timer_id; /* for the new end, when it is granted */
    int days;             /* asked for, more than it has */
    bool grant;           /* of an answer */
    const char *reason;
};
/* The latest end that HQ's step can get: its days in all from the verification, no later than the end of the whole less
 * the reserve. 0: the case does not wait for HQ, its clock stands still, or the policy extends nothing. */
int64_t extension_latest(const struct organisation *org, const struct policy *policy,
                         const struct application *application);
/* HQ asks. A refusal leaves the application as it was; `detail` is storage for its value. Neither this nor the answer
 * is a step: the application's version stays. */
struct refusal extension_ask(const struct extension_input *input, struct application *application,
                             char detail[EXTENSION_DETAIL_BYTES]);
/* The director answers, who has not asked himself. What was asked for beyond the latest end is cut; *cut says so.
 * Neither is taken when the step would end no later than it does, or no later than now. */
struct refusal extension_answer(const struct extension_input *input, struct application *application, bool *cut,
                                char detail[EXTENSION_DETAIL_BYTES]);
/* Does an extension of the case wait for the answer of this one, as himself or by a delegation? *acts_for: for whom he
 * then acts, 0: as himself, which comes first. */
bool extension_wants(const struct organisation *org, const struct policy *policy, int64_t now,
                     const struct application *application, const struct user *user, int64_t *acts_for);

#endif
