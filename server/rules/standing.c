/* The one place where the tier and grade in force change. */
#include "server/rules/standing.h"

#include "common/check.h"

static bool is_grade(enum grade grade)
{
    return grade >= GRADE_GREEN && grade <= GRADE_BLACK;
}

static struct measures measures_of(const struct policy *policy, enum grade grade)
{
    if (policy == NULL || policy->terms[grade].measure_count == 0) {
        return (struct measures){0};
    }
    return (struct measures){.policy_version = policy->version, .open = (1U << policy->terms[grade].measure_count) - 1};
}

size_t standing_measures(const struct policy *policy, enum grade grade, uint32_t which, const char *names[MEASURES_MAX])
{
    size_t count = 0;
    for (int i = 0; policy != NULL && i < policy->terms[grade].measure_count; i++) {
        if ((which & 1U << i) != 0) {
            names[count++] = policy->terms[grade].measures[i];
        }
    }
    return count;
}

void standing_put_in_force(struct customer *customer, struct standing standing, civil_date since,
                           const struct policy *policy)
{
    CHECK(customer != NULL);
    CHECK((standing.tier == TIER_KEY && is_grade(standing.grade)) ||
          (standing.tier == TIER_ORDINARY && standing.grade == GRADE_NONE));
    customer->standing = standing;
    customer->in_force_since = since;
    customer->measures = measures_of(policy, standing.grade);
    customer->override = (struct override){0};
    if (standing.tier == TIER_ORDINARY) {
        customer->notice = (struct notice){0};
    }
    customer->evaluation.demoted_on = 0;
    customer->evaluation.demoted_from = GRADE_NONE;
    customer->evaluation.demoted_policy = 0;
}

void standing_put_over(struct customer *customer, struct standing standing, civil_date since,
                       const struct policy *policy)
{
    const struct evaluation before = customer->evaluation;
    standing_put_in_force(customer, standing, since, policy);
    customer->evaluation.demoted_on = before.demoted_on;
    customer->evaluation.demoted_from = before.demoted_from;
    customer->evaluation.demoted_policy = before.demoted_policy;
}

civil_date standing_since(const struct customer *customer, civil_date today)
{
    return today > customer->in_force_since ? today : customer->in_force_since;
}

struct standing standing_beneath(const struct customer *customer)
{
    const struct override *override = &customer->override;
    if (override->ends_at == 0) {
        return customer->standing;
    }
    return (struct standing){override->from == GRADE_NONE ? TIER_ORDINARY : TIER_KEY, override->from};
}

enum verdict_word standing_verdict(struct standing standing)
{
    return standing.grade == GRADE_BLACK ? VERDICT_ON_HOLD : VERDICT_OPEN;
}

bool standing_grade_between(struct standing from, enum grade requested, enum grade grade)
{
    CHECK(is_grade(requested));
    int old = from.tier == TIER_KEY ? (int)from.grade : (int)GRADE_BLACK + 1;
    int best = old < (int)requested ? old : (int)requested;
    int worst = old < (int)requested ? (int)requested : old;
    return is_grade(grade) && (int)grade >= best && (int)grade <= worst && (int)grade != old;
}
