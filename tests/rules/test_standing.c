/* Grades, standing, and the organisation's own rules. */
#include "server/rules/standing.h"

#include "server/rules/organisation.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

static const int grades[] = {GRADE_GREEN, GRADE_YELLOW, GRADE_RED, GRADE_BLACK};

static void grades_between(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/grades.tbl");
    assert_int_equal(table.count, 5 * 4 - 4);
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        const char *in_force = table_cell(&table, row, "in force");
        struct standing from = {TIER_ORDINARY, GRADE_NONE};
        if (strcmp(in_force, "ordinary") != 0) {
            from = (struct standing){TIER_KEY, (enum grade)word_number(words_grade, in_force)};
        }
        enum grade requested = (enum grade)word_number(words_grade, table_cell(&table, row, "requested"));
        for (size_t g = 0; g < 4; g++) {
            bool expected = table_yes(table_cell(&table, row, word_name(words_grade, grades[g])));
            if (standing_grade_between(from, requested, (enum grade)grades[g]) != expected) {
                fail_msg("line %d, %s", row->line, word_name(words_grade, grades[g]));
            }
        }
        assert_false(standing_grade_between(from, requested, GRADE_NONE));
        assert_false(standing_grade_between(from, requested, (enum grade)5));
    }
    table_free(&table);
}

static void verdict_holds_black_only(void **state)
{
    (void)state;
    for (size_t g = 0; g < 4; g++) {
        struct standing standing = {TIER_KEY, (enum grade)grades[g]};
        assert_int_equal(standing_verdict(standing), grades[g] == GRADE_BLACK ? VERDICT_ON_HOLD : VERDICT_OPEN);
    }
    assert_int_equal(standing_verdict((struct standing){TIER_ORDINARY, GRADE_NONE}), VERDICT_OPEN);
}

static void standing_changes_alone(void **state)
{
    (void)state;
    struct customer customer = fixture_customer();
    customer.evaluation.demoted_on = 20000;
    customer.evaluation.demoted_from = GRADE_RED;
    customer.evaluation.demoted_policy = 3;
    standing_put_in_force(&customer, (struct standing){TIER_KEY, GRADE_GREEN}, 20780, NULL);
    assert_int_equal(customer.standing.grade, GRADE_GREEN);
    assert_int_equal(customer.in_force_since, 20780);
    assert_int_equal(customer.evaluation.demoted_on, 0);
    assert_int_equal(customer.evaluation.demoted_from, GRADE_NONE);
    assert_int_equal(customer.evaluation.demoted_policy, 0);
    assert_int_equal(customer.version, fixture_customer().version);
    standing_put_in_force(&customer, (struct standing){TIER_ORDINARY, GRADE_NONE}, 0, NULL);
    assert_int_equal(customer.in_force_since, 0);
    assert_int_equal(customer.standing.tier, TIER_ORDINARY);
}

static void check_roles_at(const struct table *table, const struct table_row *row, enum unit_level level,
                           const char *column)
{
    enum role role = (enum role)word_number(words_role, table_cell(table, row, "role"));
    enum role named, other;
    enum reason reason = organisation_check_roles(level, ROLE_BIT(role), &named, &other);
    bool allowed = table_yes(table_cell(table, row, column));
    assert_int_equal(reason, allowed ? REASON_NONE : REASON_ROLE_NOT_FOR_LEVEL);
    assert_int_equal(named, allowed ? ROLE_NONE : role);
    assert_int_equal(other, ROLE_NONE);
}

static void roles_belong_to_levels(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/roles.tbl");
    assert_int_equal(table.count, ROLE_SYNC_AGENT);
    for (size_t i = 0; i < table.count; i++) {
        check_roles_at(&table, &table.rows[i], UNIT_LEVEL_BRANCH, "branch");
        check_roles_at(&table, &table.rows[i], UNIT_LEVEL_REGION, "region");
        check_roles_at(&table, &table.rows[i], UNIT_LEVEL_HQ, "HQ");
    }
    table_free(&table);
}

static void administrators_are_nothing_else_but_auditors(void **state)
{
    (void)state;
    enum role role, other;
    uint32_t administrator = ROLE_BIT(ROLE_ADMINISTRATOR);
    uint32_t both = administrator | ROLE_BIT(ROLE_AUDITOR);
    assert_int_equal(organisation_check_roles(UNIT_LEVEL_HQ, both, &role, &other), REASON_NONE);
    for (int beside = ROLE_APPROVER; beside <= ROLE_POLICY_CHECKER; beside++) {
        uint32_t roles = administrator | ROLE_BIT(beside);
        assert_int_equal(organisation_check_roles(UNIT_LEVEL_HQ, roles, &role, &other), REASON_ROLES_CONFLICT);
        assert_int_equal(role, ROLE_ADMINISTRATOR);
        assert_int_equal(other, beside);
    }
    assert_int_equal(organisation_check_roles(UNIT_LEVEL_HQ, 0, &role, &other), REASON_NONE);
    assert_int_equal(organisation_check_roles(UNIT_LEVEL_HQ, 1, &role, &other), REASON_UNKNOWN_VALUE);
    assert_int_equal(organisation_check_roles(UNIT_LEVEL_HQ, 1u << 10, &role, &other), REASON_UNKNOWN_VALUE);
}

static void units_stand_below_the_right_level(void **state)
{
    (void)state;
    const struct unit *hq = unit_hq(&fixture_org);
    const struct unit *region = unit_by_code(&fixture_org, "R1");
    const struct unit *branch = unit_by_code(&fixture_org, "B11");
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_HQ, NULL), REASON_NONE);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_HQ, hq), REASON_BAD_PARENT);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_REGION, hq), REASON_NONE);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_REGION, region), REASON_BAD_PARENT);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_REGION, NULL), REASON_BAD_PARENT);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_BRANCH, region), REASON_NONE);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_BRANCH, hq), REASON_BAD_PARENT);
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_BRANCH, branch), REASON_BAD_PARENT);
    struct unit closed = *region;
    closed.closed = true;
    assert_int_equal(organisation_check_parent(UNIT_LEVEL_BRANCH, &closed), REASON_UNIT_CLOSED);
}

static void the_tree_is_walked(void **state)
{
    (void)state;
    const struct unit *hq = unit_by_id(&fixture_org, HQ);
    const struct unit *r1 = unit_by_id(&fixture_org, R1);
    const struct unit *b11 = unit_by_id(&fixture_org, B11);
    const struct unit *b21 = unit_by_id(&fixture_org, B21);
    for (size_t i = 0; i < fixture_org.unit_count; i++) {
        assert_ptr_equal(unit_by_id(&fixture_org, fixture_units[i].id), &fixture_units[i]);
        assert_ptr_equal(unit_by_code(&fixture_org, fixture_units[i].code), &fixture_units[i]);
        assert_true(unit_within(&fixture_org, &fixture_units[i], hq));
    }
    assert_null(unit_by_id(&fixture_org, 0));
    assert_null(unit_by_id(&fixture_org, 12345));
    assert_null(unit_by_code(&fixture_org, "b11"));
    assert_ptr_equal(unit_region(&fixture_org, b11), r1);
    assert_ptr_equal(unit_region(&fixture_org, r1), r1);
    assert_null(unit_region(&fixture_org, hq));
    assert_int_equal(unit_home(&fixture_org, b21), 2);
    assert_int_equal(unit_home(&fixture_org, hq), 0);
    assert_true(unit_within(&fixture_org, b11, r1));
    assert_false(unit_within(&fixture_org, b21, r1));
    assert_false(unit_within(&fixture_org, hq, r1));
}

static void users_are_found(void **state)
{
    (void)state;
    struct user users[] = {
        {.id = 1, .unit_id = HQ, .roles = ROLE_BIT(ROLE_ADMINISTRATOR), .login = "zoe"},
        {.id = 4, .unit_id = R1, .roles = ROLE_BIT(ROLE_VERIFIER), .login = "bob"},
        {.id = 6, .unit_id = R1, .roles = ROLE_BIT(ROLE_VERIFIER), .disabled = true, .login = "ann"},
        {.id = 9, .unit_id = HQ, .roles = ROLE_BIT(ROLE_ADMINISTRATOR), .disabled = true, .login = "max"},
    };
    const struct user *by_login[] = {&users[2], &users[1], &users[3], &users[0]};
    struct organisation org = fixture_org;
    org.users = users;
    org.user_count = 4;
    org.users_by_login = by_login;
    for (size_t i = 0; i < 4; i++) {
        assert_ptr_equal(user_by_id(&org, users[i].id), &users[i]);
        assert_ptr_equal(user_by_login(&org, users[i].login), &users[i]);
    }
    assert_null(user_by_id(&org, 5));
    assert_null(user_by_login(&org, "nobody"));
    const struct user *holders[4];
    assert_int_equal(users_holding(&org, R1, ROLE_VERIFIER, holders, 4), 1);
    assert_ptr_equal(holders[0], &users[1]);
    assert_int_equal(users_holding(&org, R1, ROLE_VERIFIER, holders, 0), 0);
    assert_int_equal(users_holding(&org, R2, ROLE_VERIFIER, holders, 4), 0);
    assert_true(organisation_has_other_administrator(&org, 9));
    assert_false(organisation_has_other_administrator(&org, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grades_between),
        cmocka_unit_test(verdict_holds_black_only),
        cmocka_unit_test(standing_changes_alone),
        cmocka_unit_test(roles_belong_to_levels),
        cmocka_unit_test(administrators_are_nothing_else_but_auditors),
        cmocka_unit_test(units_stand_below_the_right_level),
        cmocka_unit_test(the_tree_is_walked),
        cmocka_unit_test(users_are_found),
    };
    return cmocka_run_group_tests_name("standing and organisation", tests, NULL, NULL);
}
