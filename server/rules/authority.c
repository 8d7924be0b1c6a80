/* The authority matrix. */
#include "server/rules/authority.h"

#include <stdlib.h>

int authority_jump(struct standing from, enum grade to)
{
    int before = from.tier == TIER_ORDINARY ? GRADE_BLACK + 1 : (int)from.grade;
    return abs(before - (int)to);
}

enum job_level authority_needed(const struct policy *policy, struct standing from, enum grade to)
{
    if (policy == NULL || policy->authority_count == 0) {
        return JOB_LEVEL_CLERK;
    }
    enum job_level least = 0;
    for (int i = 0; i < policy->authority_count; i++) {
        const struct authority *row = &policy->authority[i];
        bool covers =
            authority_jump(from, to) <= row->jump && (row->kinds & CASE_KIND_BIT(delegation_case_kind(from, to))) != 0;
        if (covers && (least == 0 || row->level < least)) {
            least = row->level;
        }
    }
    return least;
}
