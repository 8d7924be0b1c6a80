/* Scores, ranks and sums of the scoreboard. */
#include "server/rules/scoreboard.h"

#include <string.h>

#include "tests/rules/fixture.h"
#include "tests/unit/unit.h"

static struct policy weighted(void)
{
    struct policy policy = fixture_policy;
    policy.score_weights.submitted_bp = 5000;
    policy.score_weights.verified_bp = 3000;
    policy.score_weights.not_reversed_bp = 2000;
    return policy;
}

static void a_score_is_the_weighted_mean_of_what_there_is(void **state)
{
    (void)state;
    const struct policy policy = weighted();
    static const struct {
        int64_t submitted, submit_missed, verified, verify_missed, decided, reversed;
        int expected;
    } rows[] = {
        {0, 0, 0, 0, 0, 0, -1},     {10, 0, 0, 0, 0, 0, 10000}, {0, 10, 0, 0, 0, 0, 0},      {1, 2, 0, 0, 0, 0, 3333},
        {10, 0, 0, 10, 0, 0, 6250}, {0, 0, 0, 0, 4, 1, 7500},   {5, 5, 10, 0, 10, 10, 5500}, {5, 5, 10, 0, 10, 0, 7500},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const int64_t counts[SCORE_COUNTS] = {
            [SCORE_SUBMITTED] = rows[i].submitted,
            [SCORE_SUBMITTED_IN_TIME] = rows[i].submitted,
            [SCORE_SUBMIT_MISSED] = rows[i].submit_missed,
            [SCORE_VERIFIED] = rows[i].verified,
            [SCORE_VERIFIED_IN_TIME] = rows[i].verified,
            [SCORE_VERIFY_MISSED] = rows[i].verify_missed,
            [SCORE_DECIDED] = rows[i].decided,
            [SCORE_REVERSED] = rows[i].reversed,
        };
        assert_int_equal(scoreboard_score(&policy, counts), rows[i].expected);
        assert_int_equal(scoreboard_score(&fixture_policy, counts), -1);
    }
}

/* Of each step those in time against those missed: what was done late, in this month or a later one, adds nothing, and
 * what was never done is missed all the same. */
static void every_step_has_its_share(void **state)
{
    (void)state;
    const enum score_count missed[] = {SCORE_SUBMIT_MISSED, SCORE_MET_MISSED, SCORE_VERIFY_MISSED, SCORE_DECIDE_MISSED,
                                       SCORE_RECORD_MISSED};
    const enum score_count taken[] = {SCORE_SUBMITTED, SCORE_MET, SCORE_VERIFIED, SCORE_DECIDED, SCORE_RECORDED};
    for (size_t i = 0; i < COUNT(missed); i++) {
        struct policy policy = fixture_policy;
        int *weights[] = {&policy.score_weights.submitted_bp, &policy.score_weights.met_bp,
                          &policy.score_weights.verified_bp, &policy.score_weights.decided_bp,
                          &policy.score_weights.recorded_bp};
        int64_t counts[SCORE_COUNTS] = {0};
        *weights[i] = 10000;
        counts[taken[i]] = 7;
        assert_int_equal(scoreboard_score(&policy, counts), -1);
        counts[missed[i]] = 3;
        assert_int_equal(scoreboard_score(&policy, counts), 0);
        counts[taken[i] + 1] = 1; /* in time */
        assert_int_equal(scoreboard_score(&policy, counts), 2500);
    }
}

/* Overrides and emergencies count against recordings; the policy need not weigh them. */
static void what_authority_put_in_force(void **state)
{
    (void)state;
    struct policy policy = weighted();
    policy.score_weights.not_reversed_bp = 0;
    policy.score_weights.not_overridden_bp = 2000;
    static const struct {
        int64_t recorded, overrides, emergencies, submitted;
        int expected, unweighted;
    } rows[] = {
        {0, 0, 0, 0, -1, -1},   {4, 0, 0, 0, 10000, -1},    {0, 1, 0, 0, 0, -1},
        {0, 0, 2, 0, 0, -1},    {3, 1, 0, 0, 7500, -1},     {2, 1, 1, 0, 5000, -1},
        {1, 1, 1, 0, 3333, -1}, {0, 0, 0, 5, 10000, 10000}, {1, 9, 0, 5, 7428, 10000},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const int64_t counts[SCORE_COUNTS] = {
            [SCORE_RECORDED] = rows[i].recorded,           [SCORE_OVERRIDES] = rows[i].overrides,
            [SCORE_EMERGENCIES] = rows[i].emergencies,     [SCORE_SUBMITTED] = rows[i].submitted,
            [SCORE_SUBMITTED_IN_TIME] = rows[i].submitted,
        };
        const struct policy without = weighted();
        assert_int_equal(scoreboard_score(&policy, counts), rows[i].expected);
        assert_int_equal(scoreboard_score(&without, counts), rows[i].unweighted);
    }
}

/* B11's cases of when it belonged to R2 stay R2's. */
static void sums_follow_the_region_of_then(void **state)
{
    (void)state;
    const struct policy policy = weighted();
    const struct score_row rows[] = {
        {B11, R1, {[SCORE_SUBMITTED] = 4, [SCORE_SUBMITTED_IN_TIME] = 4, [SCORE_MISSED] = 1}},
        {B11, R2, {[SCORE_SUBMITTED] = 2, [SCORE_SUBMITTED_IN_TIME] = 1, [SCORE_SUBMIT_MISSED] = 1}},
        {B12, R1, {[SCORE_SUBMITTED] = 1, [SCORE_SUBMITTED_IN_TIME] = 1}},
        {B21, R2, {[SCORE_OVERRIDES] = 1}},
    };
    static const struct {
        int32_t unit_id;
        int64_t submitted;
        int score_bp, rank;
    } expected[] = {{HQ, 7, 8571, 1},  {R1, 5, 10000, 1},  {R2, 2, 5000, 2},
                    {B11, 6, 8333, 2}, {B12, 1, 10000, 1}, {B21, 0, -1, 0}};
    struct score out[COUNT(fixture_units)];
    assert_int_equal(scoreboard_fill(&fixture_org, &policy, rows, COUNT(rows), out), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(out[i].unit_id, expected[i].unit_id);
        assert_int_equal(out[i].counts[SCORE_SUBMITTED], expected[i].submitted);
        assert_int_equal(out[i].score_bp, expected[i].score_bp);
        assert_int_equal(out[i].rank, expected[i].rank);
    }
    assert_int_equal(out[0].counts[SCORE_MISSED], 1);
    assert_int_equal(out[5].counts[SCORE_OVERRIDES], 1);
    assert_int_equal(scoreboard_fill(&fixture_org, &policy, rows, 0, out), 0);
}

/* Equal scores, equal ranks; the next one counts all before it. */
static void ranks_count_those_that_are_better(void **state)
{
    (void)state;
    const struct policy policy = weighted();
    const struct score_row rows[] = {
        {B11, R1, {[SCORE_SUBMITTED] = 2, [SCORE_SUBMITTED_IN_TIME] = 2}},
        {B12, R1, {[SCORE_SUBMITTED] = 9, [SCORE_SUBMITTED_IN_TIME] = 9}},
        {B21, R2, {[SCORE_SUBMITTED] = 2, [SCORE_SUBMITTED_IN_TIME] = 1, [SCORE_SUBMIT_MISSED] = 1}},
    };
    struct score out[COUNT(fixture_units)];
    assert_int_equal(scoreboard_fill(&fixture_org, &policy, rows, COUNT(rows), out), 6);
    assert_int_equal(out[3].rank, 1);
    assert_int_equal(out[4].rank, 1);
    assert_int_equal(out[5].rank, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_is_the_weighted_mean_of_what_there_is),
        cmocka_unit_test(every_step_has_its_share),
        cmocka_unit_test(what_authority_put_in_force),
        cmocka_unit_test(sums_follow_the_region_of_then),
        cmocka_unit_test(ranks_count_those_that_are_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
