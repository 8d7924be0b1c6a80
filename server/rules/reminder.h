/* What moves a case that waits: a reminder before the end of its step, the branch's urge, and escalation after it.
 * Source: the regulation's paragraph on deadlines (RULES.md). A reminder and an escalation are derived from the clock
 * and the organisation as they are: there is nothing to fire, and nothing to take back when somebody acts. */
#ifndef CREDITD_RULES_REMINDER_H
#define CREDITD_RULES_REMINDER_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

bool reminder_is_among(const struct user *user, const struct user *const *users, size_t count);
/* Is he a head of the unit: one of its users with a role in cases who have the highest job level there, supervisors at
 * least? */
bool reminder_is_head(const struct organisation *org, int32_t unit_id, const struct user *user);
/* Does the step end within the policy's days of reminder, and not before now? */
bool reminder_due_soon(const struct organisation *org, const struct policy *policy,
                       const struct application *application, int64_t now);
/* The same of what a unit is to do by an instant. */
bool reminder_due_soon_of(const struct organisation *org, const struct policy *policy, int32_t unit_id, int64_t due_at,
                          int64_t now);
/* Whom a missed deadline is told: the heads of the unit whose turn it is, and of the one above it after the policy's
 * days. Both at once, and before it is missed, when `nobody` can act; else none before it is missed. */
size_t reminder_told(const struct organisation *org, const struct policy *policy, const struct application *application,
                     bool nobody, int64_t now, const struct user **out, size_t max);
/* The same of what a unit is to do by an instant. */
size_t reminder_told_of(const struct organisation *org, const struct policy *policy, int32_t unit_id, int64_t due_at,
                        bool nobody, int64_t now, const struct user **out, size_t max);
/* The branch asks whoever's turn it is to act: once a day of the branch. A refusal leaves the application as it was. */
struct refusal reminder_urge(const struct organisation *org, const struct policy *policy, const struct user *user,
                             int64_t now, struct application *application);

#endif
