/* Who may be a customer's manager, and who may say so. */
#include "server/rules/manager.h"

#include "server/rules/workflow.h"
#include "tests/rules/case.h"

/* The customer is of B11. */
static const struct {
    int32_t unit;
    uint32_t roles;
    bool disabled;
    enum reason reason;
} cases[] = {
    {B11, ROLE_BIT(ROLE_SUBMITTER), false, REASON_NONE},
    {R1, ROLE_BIT(ROLE_VERIFIER), false, REASON_NONE},
    {HQ, ROLE_BIT(ROLE_APPROVER), false, REASON_NONE},
    {HQ, ROLE_BIT(ROLE_CMO) | ROLE_BIT(ROLE_AUDITOR), false, REASON_NONE},
    {B11, ROLE_BIT(ROLE_SUBMITTER), true, REASON_FIELD_INVALID},
    {B11, ROLE_BIT(ROLE_AUDITOR), false, REASON_FIELD_INVALID},
    {B11, 0, false, REASON_FIELD_INVALID},
    {HQ, ROLE_BIT(ROLE_ADMINISTRATOR), false, REASON_FIELD_INVALID},
    {B12, ROLE_BIT(ROLE_SUBMITTER), false, REASON_FIELD_INVALID},
    {B21, ROLE_BIT(ROLE_SUBMITTER), false, REASON_FIELD_INVALID},
    {R2, ROLE_BIT(ROLE_VERIFIER), false, REASON_FIELD_INVALID},
};

static void who_may_be_one(void **state)
{
    (void)state;
    const struct user by = fixture_user(1, HQ, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_APPROVER));
    const struct manager_input input = {.org = &fixture_org, .user = &by, .branch_id = B11, .region_id = R1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct user to = fixture_user(2, cases[i].unit, JOB_LEVEL_CLERK, cases[i].roles);
        to.disabled = cases[i].disabled;
        const struct refusal refusal = manager_name(&input, &to);
        assert_int_equal(refusal.reason, cases[i].reason);
        assert_true(refusal.reason == REASON_NONE || strcmp(refusal.field, "manager") == 0);
    }
    assert_int_equal(manager_name(&input, NULL).reason, REASON_NOT_FOUND);
}

/* Whoever has a hand in the open case, has assessed or signed it does not choose who signs it. */
static void who_may_choose_him(void **state)
{
    (void)state;
    enum { SUB = 1, VER, APP, OTHER };
    struct application application = {.state = STATE_VERIFIED,
                                      .hands = {SUB, VER},
                                      .hand_count = 2,
                                      .verifiers = {VER},
                                      .verifier_count = 1,
                                      .signers = {APP},
                                      .signer_count = 1};
    const struct user to = fixture_user(5, R1, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_VERIFIER));
    for (int64_t id = SUB; id <= OTHER; id++) {
        const struct user by = fixture_user(id, HQ, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_APPROVER));
        struct manager_input input = {
            .org = &fixture_org, .user = &by, .branch_id = B11, .region_id = R1, .application = &application};
        enum reason expected = id == OTHER ? REASON_NONE : id == APP ? REASON_ALREADY_SIGNED : REASON_OWN_CASE;
        assert_int_equal(manager_name(&input, &to).reason, expected);
        assert_int_equal(manager_drop(&input).reason, expected);
        struct application again = application; /* whoever has only verified it may verify it again, and yet not this */
        again.state = STATE_SUBMITTED;
        again.signer_count = 0;
        input.application = &again;
        assert_int_equal(manager_drop(&input).reason, id == APP ? REASON_NONE : expected);
        input.application = &application;
        input.assessed_by = OTHER;
        assert_int_equal(manager_drop(&input).reason, id == OTHER ? REASON_OWN_ASSESSMENT : expected);
        input.assessed_by = 0;
        const struct user clerk = fixture_user(id, HQ, JOB_LEVEL_CLERK, ROLE_BIT(ROLE_APPROVER));
        input.user = &clerk;
        assert_int_equal(manager_name(&input, &to).reason, REASON_LEVEL_TOO_LOW);
        assert_int_equal(manager_drop(&input).reason, REASON_LEVEL_TOO_LOW);
        input.user = &by;
        const struct user self = fixture_user(id, R1, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_VERIFIER));
        assert_int_equal(manager_name(&input, &self).reason, REASON_FIELD_INVALID); /* nor himself */
        input.application = NULL;                                                   /* nothing is open */
        assert_int_equal(manager_name(&input, &self).reason, REASON_NONE);
        assert_int_equal(manager_name(&input, &to).reason, REASON_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_be_one),
        cmocka_unit_test(who_may_choose_him),
    };
    return cmocka_run_group_tests_name("managers", tests, NULL, NULL);
}
