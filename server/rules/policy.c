/* Versions of the policy: which is in force, and the tests that stand beside it. */
#include "server/rules/policy.h"

#include <string.h>

#include "server/rules/evaluation.h"
#include "server/rules/wide.h"

const struct evidence_kind *policy_evidence(const struct policy *policy, const char *name)
{
    for (int i = 0; i < policy->evidence_count; i++)
        if (strcmp(policy->evidence[i].name, name) == 0)
            return &policy->evidence[i];
    return NULL;
}

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

int64_t policy_limit(const struct policy *policy, enum grade grade, int64_t volume_minor)
{
    const struct grade_terms *terms = &policy->terms[grade];
    wide limit = (wide)volume_minor * terms->limit_volume_bp / 10000;

    if (!policy->has_terms)
        return -1;
    if (limit < terms->limit_least)
        return terms->limit_least;
    return limit > terms->limit_most ? terms->limit_most : (int64_t)limit;
}

bool policy_scores_alone(const struct policy *policy)
{
    const struct scorecard *card = &policy->scorecard;

    return card->factor_count > 0 && (card->combine == COMBINE_SCORE || card->combine == COMBINE_BETTER);
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

    struct scored scored = {.valid = false};
    if (vector->score >= 0)
        scored = scorecard_band(&policy->scorecard, (int)vector->score);
    return standing_of(standing_judge(policy, &sum, scored), vector->tier).grade;
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
