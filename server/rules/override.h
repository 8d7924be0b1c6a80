/* Grades by authority, and the appeal against a demotion that was announced. Source: the regulation's paragraph on
 * exceptions (RULES.md). Right, unit and version of the customer are the caller's to check. */
#ifndef CREDITD_RULES_OVERRIDE_H
#define CREDITD_RULES_OVERRIDE_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/policy.h"

#define OVERRIDE_DETAIL_BYTES 64

struct override_input {
    const struct organisation *org;
    const struct policy *policy; /* in force */
    const struct user *user;
    const char *zone; /* of the branch */
    int64_t now;
    struct uuid timer_id;
    bool end;         /* the override in force is to end today */
    enum grade grade; /* GRADE_NONE: ordinary */
    civil_date until;
    const char *reason;
};
/* Puts another standing in force until a date, or ends an override: the customer is evaluated at once then, by the
 * timer that is armed. A refusal leaves *customer; `detail` is storage for its value. The version is raised. */
struct refusal override_standing(const struct override_input *input, struct customer *customer,
                                 char detail[OVERRIDE_DETAIL_BYTES]);
/* Puts input->grade in force over the standing that is, without a check: until the end of input->until, or, when
 * ends_at is not 0, as an emergency until that instant, beneath which criteria stay. Arms the timer for its end. */
void override_begin(const struct override_input *input, int64_t ends_at, struct customer *customer);
/* Why this user does not put a standing in force, if so: OWN_ASSESSMENT or OWN_APPEAL, he entered the customer's last
 * assessment or appealed for him; TIED_TO_HAND, he is the same as one who did (four_eyes.h). */
struct refusal override_outsider(const struct organisation *org, int64_t now, const struct user *user,
                                 const struct customer *customer);
/* A second one is refused as long as an override or an emergency is in force. */
struct refusal override_refuse_second(const struct organisation *org, const struct customer *customer,
                                      char detail[OVERRIDE_DETAIL_BYTES]);
/* The branch appeals against the demotion that was announced. */
struct refusal appeal_demotion(int64_t user_id, civil_date today, int64_t now, const char *reason,
                               struct customer *customer, char detail[OVERRIDE_DETAIL_BYTES]);

#endif
