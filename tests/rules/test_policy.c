/* Which version of the policy is in force, in which state each is, and the tests that stand beside one. */
#include "server/rules/policy.h"

#include "tests/unit/unit.h"

/* A published version. */
#define VERSION(number, from, back)                                                                                    \
    {                                                                                                                  \
        .version = (number), .effective_at = (from), .rolled_back = (back)                                             \
    }

static void in_force_is_the_one_that_came_last(void **state)
{
    static const struct policy one[] = {VERSION(1, 100, false)};
    static const struct policy later[] = {VERSION(1, 100, false), VERSION(2, 300, false), VERSION(4, 200, false)};
    static const struct policy back[] = {VERSION(1, 100, false), VERSION(2, 200, true), VERSION(3, 200, false),
                                         VERSION(4, 200, false)};
    static const struct {
        const struct policy *policies;
        size_t count;
        int64_t now;
        int32_t version; /* 0: none */
    } rows[] = {
        {one, 1, 99, 0},    {one, 1, 100, 1},   {later, 3, 199, 1}, {later, 3, 200, 4}, {later, 3, 299, 4},
        {later, 3, 300, 2}, {later, 3, 999, 2}, {back, 4, 199, 1},  {back, 4, 200, 4},  {back, 2, 200, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct policy *found = policy_in_force(rows[i].policies, rows[i].count, rows[i].now);
        if ((found == NULL ? 0 : found->version) != rows[i].version)
            fail_msg("row %zu: %d", i, found == NULL ? 0 : (int)found->version);
    }
}

static void a_version_is_in_one_state(void **state)
{
    static const struct {
        struct policy_version row;
        enum policy_state expected;
    } rows[] = {
        {{.version = 2, .proposed_at = 10}, POLICY_STATE_PROPOSED},
        {{.version = 2, .published_at = 20, .effective_at = 51}, POLICY_STATE_WAITING},
        {{.version = 7, .published_at = 20, .effective_at = 50}, POLICY_STATE_IN_FORCE},
        {{.version = 2, .published_at = 20, .effective_at = 20}, POLICY_STATE_SUPERSEDED},
        {{.version = 2, .published_at = 20, .effective_at = 20, .rolled_back_at = 30}, POLICY_STATE_ROLLED_BACK},
        {{.version = 2, .published_at = 20, .effective_at = 99, .rolled_back_at = 30}, POLICY_STATE_ROLLED_BACK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(policy_state_at(&rows[i].row, 7, 50), rows[i].expected);
}

static void a_test_sees_volume_rate_and_tier(void **state)
{
    static const struct {
        struct policy_vector vector;
        enum grade given;
    } rows[] = {
        {{.tier = TIER_KEY, .volume_minor = 500, .rate_bp = 10000, .score = -1}, GRADE_GREEN},
        {{.tier = TIER_KEY, .volume_minor = 499, .rate_bp = 7500, .score = -1}, GRADE_RED},
        {{.tier = TIER_KEY, .volume_minor = 99, .rate_bp = -1, .score = -1}, GRADE_BLACK},
        {{.tier = TIER_KEY, .volume_minor = 500, .rate_bp = 7499, .score = -1}, GRADE_NONE},
        {{.tier = TIER_ORDINARY, .volume_minor = 100, .rate_bp = 7500, .score = -1}, GRADE_RED},
        {{.tier = TIER_ORDINARY, .volume_minor = 99, .rate_bp = 7500, .score = -1}, GRADE_NONE},
    };

    (void)state;
    for (int basis = BASIS_COUNT; basis <= BASIS_AMOUNT; basis++) {
        struct policy policy = {.bands = {{GRADE_GREEN, 500}, {GRADE_RED, 100}},
                                .band_count = 2,
                                .below_lowest = GRADE_BLACK,
                                .basis = (enum basis)basis,
                                .floor_bp = 7500};
        for (size_t i = 0; i < COUNT(rows); i++)
            assert_int_equal(policy_vector_gives(&policy, &rows[i].vector), rows[i].given);
    }
}

static void the_first_failing_test_is_told(void **state)
{
    struct policy policy = {.bands = {{GRADE_GREEN, 500}},
                            .band_count = 1,
                            .below_lowest = GRADE_BLACK,
                            .basis = BASIS_COUNT,
                            .floor_bp = 7500,
                            .vectors = {{"right", TIER_KEY, 500, 8000, -1, GRADE_GREEN},
                                        {"wrong", TIER_KEY, 499, 8000, -1, GRADE_GREEN},
                                        {"wrong too", TIER_KEY, 0, 0, -1, GRADE_RED}},
                            .vector_count = 3};
    enum grade given = GRADE_NONE;

    (void)state;
    assert_string_equal(policy_failing_vector(&policy, &given)->name, "wrong");
    assert_int_equal(given, GRADE_BLACK);
    policy.vector_count = 1;
    assert_null(policy_failing_vector(&policy, &given));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_force_is_the_one_that_came_last),
        cmocka_unit_test(a_version_is_in_one_state),
        cmocka_unit_test(a_test_sees_volume_rate_and_tier),
        cmocka_unit_test(the_first_failing_test_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
