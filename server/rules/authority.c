/* The authority matrix. */
#include "server/rules/authority.h"

#include <stdlib.h>

#include "server/rules/limit.h"

int authority_jump(struct standing from, enum grade to)
{
    int before = from.tier == TIER_ORDINARY ? GRADE_BLACK + 1 : (int)from.grade;
    return abs(before - (int)to);
}

static bool covers(const struct authority *row, struct standing from, enum grade to, struct money limit)
{
    return authority_jump(from, to) <= row->jump && (row->kinds & CASE_KIND_BIT(delegation_case_kind(from, to))) != 0 &&
           (row->limit == 0 || (limit_known(limit) && limit.minor <= row->limit));
}

enum job_level authority_needed(const struct policy *policy, struct standing from, enum grade to, struct money limit)
{
    if (policy == NULL || policy->authority_count == 0) {
        return JOB_LEVEL_CLERK;
    }
    enum job_level least = 0;
    for (int i = 0; i < policy->authority_count; i++) {
        const struct authority *row = &policy->authority[i];
        if (covers(row, from, to, limit) && (least == 0 || row->level < least)) {
            least = row->level;
        }
    }
    return least;
}
