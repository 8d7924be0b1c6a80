/* The one place where the tier and grade in force change. */
#include "server/rules/standing.h"

#include "common/check.h"

static bool is_grade(enum grade grade)
{
    return grade >= GRADE_GREEN && grade <= GRADE_BLACK;
}

void standing_put_in_force(struct customer *customer, struct standing standing, civil_date since)
{
    CHECK(customer != NULL);
    CHECK((standing.tier == TIER_KEY && is_grade(standing.grade)) ||
          (standing.tier == TIER_ORDINARY && standing.grade == GRADE_NONE));
    customer->standing = standing;
    customer->in_force_since = since;
    customer->evaluation.demoted_on = 0;
    customer->evaluation.demoted_from = GRADE_NONE;
    customer->evaluation.demoted_policy = 0;
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
