/* Emergencies: overrides for minutes that wait for no case, by one person or by two, and the review that each of them
 * opens. Source: the regulation's paragraph on exceptions (RULES.md). Right, unit and version of the customer are the
 * caller's to check.
 *
 * Four eyes hold in each of them: who asked, who confirmed and who reviews are three people, and none of them entered
 * the customer's assessment or appealed for him (four_eyes.h: a delegation in effect ties two people into one). */
#ifndef CREDITD_RULES_EMERGENCY_H
#define CREDITD_RULES_EMERGENCY_H

#include "server/rules/override.h"

struct emergency_input {
    const struct organisation *org;
    const struct policy *policy; /* in force */
    const struct user *user;
    const char *zone; /* of the branch */
    int64_t now;
    struct uuid timer_id;
    enum grade grade; /* asked for; GRADE_NONE: ordinary */
    uint32_t minutes; /* asked for */
    bool confirm;     /* of an answer */
    enum review_finding finding;
    const char *text; /* reason or opinion */
};
/* In each of these a refusal leaves *customer, `detail` is storage for its value, and else the version is raised. */

/* In force at once by whoever may decide it alone, when customer->override is then an emergency; else it is asked for.
 */
struct refusal emergency_ask(const struct emergency_input *input, struct customer *customer,
                             char detail[OVERRIDE_DETAIL_BYTES]);
/* Another one confirms what was asked for, which is in force then, or refuses it. */
struct refusal emergency_answer(const struct emergency_input *input, struct customer *customer,
                                char detail[OVERRIDE_DETAIL_BYTES]);
/* Another one yet reviews an emergency that is over. */
struct refusal emergency_review(const struct emergency_input *input, struct customer *customer,
                                char detail[OVERRIDE_DETAIL_BYTES]);
/* Does an emergency wait to be confirmed? After its time it does not any more, nor while whoever asked could not ask.
 */
bool emergency_waits(const struct organisation *org, const struct policy *policy, const struct customer *customer,
                     int64_t now);
/* Has he the right to act for HQ in emergencies, beside the level that the policy asks for? NULL has not. */
bool emergency_acts_for_hq(const struct organisation *org, const struct user *user);
/* Could he confirm it, or review it, as it stands? It is on his desk then. */
bool emergency_can_confirm(const struct organisation *org, const struct policy *policy, const struct user *user,
                           const struct customer *customer, int64_t now);
bool emergency_can_review(const struct organisation *org, const struct policy *policy, const struct user *user,
                          const struct customer *customer, int64_t now);
/* Is there anybody who can do the review that is open, when the emergency is over? */
bool emergency_has_reviewer(const struct organisation *org, const struct policy *policy,
                            const struct customer *customer, int64_t now);

#endif
