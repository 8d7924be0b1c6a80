/* The amount of a case. */
#include "server/rules/limit.h"

#include <string.h>

bool limit_known(struct money limit)
{
    return limit.currency[0] != '\0';
}

bool limit_within(struct money limit, struct money most)
{
    return limit_known(limit) && strcmp(limit.currency, most.currency) == 0 && limit.minor <= most.minor;
}

struct money limit_of_case(const struct policy *policy, const struct customer *customer, enum grade grade)
{
    struct money limit = customer->evaluation.volume;
    bool known = grade >= GRADE_GREEN && grade <= GRADE_BLACK; /* a request may name any */
    if (!known || !policy->has_terms || !limit_known(limit) || strcmp(limit.currency, policy->currency) != 0) {
        return (struct money){0};
    }
    limit.minor = policy_limit(policy, grade, limit.minor);
    return limit;
}

struct money limit_of_decision(const struct policy *policy, const struct customer *customer,
                               const struct application *application, enum grade grade)
{
    struct money limit = application->limit, other = limit_of_case(policy, customer, grade);
    return limit_known(limit) && (!limit_known(other) || other.minor > limit.minor) ? other : limit;
}
