/* Versions of the policy: which is in force, and the tests that stand beside it. */
#include "server/rules/policy.h"

#include "server/rules/evaluation.h"

const struct policy *policy_in_force(const struct policy *policies, size_t count, int64_t now)
{
    const struct policy *found = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct policy *policy = &policies[i];
        if (policy->rolled_back || policy->effective_at > now)
            continue;
        if (found == NULL || policy->effective_at > found->effective_at ||
            (policy->effective_at == found->effective_at && policy->version > found->version))
            found = policy;
    }
    return found;
}

enum policy_state policy_state_at(const struct policy_version *row, int32_t in_force, int64_t now)
{
    if (row->published_at == 0)
        return POLICY_STATE_PROPOSED;
    if (row->rolled_back_at != 0)
        return POLICY_STATE_ROLLED_BACK;
    if (row->effective_at > now)
        return POLICY_STATE_WAITING;
    return row->version == in_force ? POLICY_STATE_IN_FORCE : POLICY_STATE_SUPERSEDED;
}

enum grade policy_vector_gives(const struct policy *policy, const struct policy_vector *vector)
{
    /* By either basis: of 10,000 that were due, so many are fulfilled. */
    int due = vector->rate_bp < 0 ? 0 : 10000, fulfilled = vector->rate_bp < 0 ? 0 : vector->rate_bp;
    const struct trade_sum sum = {.volume_minor = vector->volume_minor,
                                  .due = due,
                                  .fulfilled = fulfilled,
                                  .due_minor = due,
                                  .fulfilled_minor = fulfilled};

    return standing_of(standing_judge(policy, &sum), vector->tier).grade;
}

const struct policy_vector *policy_failing_vector(const struct policy *policy, enum grade *given)
{
    for (int i = 0; i < policy->vector_count; i++) {
        *given = policy_vector_gives(policy, &policy->vectors[i]);
        if (*given != policy->vectors[i].expected)
            return &policy->vectors[i];
    }
    return NULL;
}
