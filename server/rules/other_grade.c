/* Decisions for another grade than the requested one. */
#include "server/rules/other_grade.h"

#include "server/rules/authority.h"
#include "server/rules/limit.h"
#include "server/rules/node.h"

struct refusal other_grade_check(const struct holders_case *c, const struct customer *customer, enum grade grade,
                                 const struct user *user)
{
    const struct application *application = c->application;
    struct money limit = limit_of_decision(c->policy, customer, application, grade);
    const struct route_node *passed_by = node_for_amount(c->policy, application, limit);
    if (passed_by != NULL) {
        return refusal_of(REASON_GRADE_NEEDS_NODE, "grade", "node", passed_by->name);
    }
    enum case_kind kind = delegation_case_kind(application->from, application->to_grade);
    struct refusal refusal = delegation_covers(c->org, user, kind, limit, c->now);
    if (refusal.reason != REASON_NONE || !node_needs_authority(c->policy, application)) {
        return refusal;
    }
    enum job_level needed = authority_needed(c->policy, application->from, application->to_grade, limit);
    return user->level >= needed
               ? refusal
               : refusal_of(REASON_ABOVE_AUTHORITY, "grade", "level", word_name(words_job_level, (int)needed));
}
