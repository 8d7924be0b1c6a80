/* Delegations: who is a substitute, who may set it, when it is in effect, and whom it makes act. */
#include "server/rules/delegation.h"

#include "server/rules/extension.h"
#include "server/rules/override.h"
#include "server/rules/submitters.h"
#include "tests/rules/case.h"

enum { SUB = 1, SUB_HEAD, VER, VER_HEAD, APP, APP_HEAD, ELSEWHERE, CLERK, AUDITOR, ADMIN, PEOPLE = ADMIN };

static struct user people[PEOPLE];
static const struct user *by_login[PEOPLE];
static struct delegation rows[60];
static struct organisation org;
static const char *const logins[PEOPLE] = {"sub",      "sub.head",  "ver",   "ver.head", "app",
                                           "app.head", "elsewhere", "clerk", "auditor",  "admin"};

static int in_order(const void *a, const void *b)
{
    const struct user *const *x = a, *const *y = b;
    return strcmp((*x)->login, (*y)->login);
}

static void add(int id, int32_t unit, enum job_level level, uint32_t roles)
{
    people[id - 1] = fixture_user(id, unit, level, roles);
    people[id - 1].login = logins[id - 1];
    by_login[id - 1] = &people[id - 1];
}

static int begin(void **state)
{
    (void)state;
    add(SUB, B11, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_SUBMITTER));
    add(SUB_HEAD, B11, JOB_LEVEL_MANAGER, ROLE_BIT(ROLE_SUBMITTER));
    add(VER, R1, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_VERIFIER));
    add(VER_HEAD, R1, JOB_LEVEL_MANAGER, ROLE_BIT(ROLE_VERIFIER));
    add(APP, HQ, JOB_LEVEL_MANAGER, ROLE_BIT(ROLE_APPROVER));
    add(APP_HEAD, HQ, JOB_LEVEL_DIRECTOR, ROLE_BIT(ROLE_APPROVER) | ROLE_BIT(ROLE_CMO) | ROLE_BIT(ROLE_POLICY_MAKER));
    add(ELSEWHERE, B21, JOB_LEVEL_MANAGER, ROLE_BIT(ROLE_SUBMITTER));
    add(CLERK, B11, JOB_LEVEL_CLERK, ROLE_BIT(ROLE_SUBMITTER));
    add(AUDITOR, R1, JOB_LEVEL_MANAGER, ROLE_BIT(ROLE_AUDITOR));
    add(ADMIN, HQ, JOB_LEVEL_DIRECTOR, ROLE_BIT(ROLE_ADMINISTRATOR));
    qsort(by_login, PEOPLE, sizeof by_login[0], in_order);
    org = fixture_org;
    org.users = people;
    org.user_count = PEOPLE;
    org.users_by_login = by_login;
    org.delegations = rows;
    org.delegation_count = 0;
    return 0;
}

static struct refusal grant(int by, int delegator, int substitute, int from, int days, uint32_t kinds)
{
    civil_date today = zone_date_at("Asia/Shanghai", FIXTURE_NOW);
    const struct delegation_input input = {.org = &org,
                                           .user = &people[by - 1],
                                           .delegator = &people[delegator - 1],
                                           .substitute = &people[substitute - 1],
                                           .now = FIXTURE_NOW,
                                           .from = today + from,
                                           .until = today + from + days - 1,
                                           .kinds = kinds};
    struct delegation *row = &rows[org.delegation_count];
    struct refusal refusal = delegation_grant(&input, row);
    if (refusal.reason == REASON_NONE) {
        row->id = (int64_t)++org.delegation_count;
    }
    return refusal;
}

static void who_is_a_substitute(void **state)
{
    (void)state;
    static const bool fit[PEOPLE + 1][PEOPLE + 1] = {
        [SUB] = {[SUB_HEAD] = true, [VER] = true, [VER_HEAD] = true, [APP] = true, [APP_HEAD] = true},
        [VER] = {[VER_HEAD] = true, [APP] = true, [APP_HEAD] = true},
        [APP] = {[APP_HEAD] = true},
        [CLERK] = {[SUB] = true, [SUB_HEAD] = true, [VER] = true, [VER_HEAD] = true, [APP] = true, [APP_HEAD] = true},
    };
    static const int delegators[] = {SUB, VER, APP, CLERK};
    for (size_t i = 0; i < sizeof delegators / sizeof delegators[0]; i++) {
        for (int substitute = 1; substitute <= PEOPLE; substitute++) {
            struct refusal refusal = grant(delegators[i], delegators[i], substitute, 0, 1, 0);
            bool given = refusal.reason == REASON_NONE;
            assert_int_equal(given, fit[delegators[i]][substitute]);
            assert_true(given || (refusal.reason == REASON_FIELD_INVALID && strcmp(refusal.field, "substitute") == 0));
        }
    }
    people[VER - 1].disabled = true;
    assert_int_equal(grant(SUB, SUB, VER, 0, 1, 0).reason, REASON_FIELD_INVALID);
    people[SUB - 1].disabled = true;
    assert_int_equal(grant(SUB_HEAD, SUB, VER_HEAD, 0, 1, 0).reason, REASON_NOT_FOUND);
    assert_int_equal(grant(AUDITOR, AUDITOR, VER_HEAD, 0, 1, 0).reason, REASON_FIELD_INVALID);
}

static void who_sets_it(void **state)
{
    (void)state;
    static const bool may[PEOPLE + 1] = {[SUB] = true, [SUB_HEAD] = true, [VER_HEAD] = true};
    for (int by = 1; by <= PEOPLE; by++) {
        int substitute = by == VER_HEAD ? APP : VER_HEAD; /* somebody else than who sets it */
        enum reason reason = grant(by, SUB, substitute, 0, 1, 0).reason;
        assert_int_equal(reason, may[by] ? REASON_NONE : REASON_NOT_SUPERVISOR);
    }
    assert_int_equal(grant(VER_HEAD, SUB, VER_HEAD, 0, 1, 0).reason, REASON_FIELD_INVALID);
    assert_int_equal(grant(APP_HEAD, VER, VER_HEAD, 0, 1, 0).reason, REASON_NONE);
    assert_int_equal(grant(APP, VER, VER_HEAD, 0, 1, 0).reason, REASON_NOT_SUPERVISOR);
}

static void which_days(void **state)
{
    (void)state;
    assert_int_equal(grant(SUB, SUB, VER, -1, 3, 0).reason, REASON_FIELD_INVALID);
    assert_int_equal(grant(SUB, SUB, VER, 0, 0, 0).reason, REASON_FIELD_INVALID);
    assert_int_equal(grant(SUB, SUB, VER, 0, DELEGATION_DAYS_MAX + 1, 0).reason, REASON_FIELD_INVALID);
    assert_int_equal(grant(SUB, SUB, VER, 0, DELEGATION_DAYS_MAX, 0).reason, REASON_NONE);
    assert_int_equal(grant(SUB, SUB, APP, 2, 2, 0).reason, REASON_NONE);
    civil_date first = zone_date_at("Asia/Shanghai", FIXTURE_NOW) + 2;
    int64_t begin_us = zone_day_start_us("Asia/Shanghai", first),
            end_us = zone_day_start_us("Asia/Shanghai", first + 2);
    assert_int_equal(rows[0].begins_at, FIXTURE_NOW);
    assert_int_equal(rows[1].begins_at, begin_us);
    assert_int_equal(rows[1].ends_at, end_us);
    assert_false(delegation_in_effect(&org, &rows[1], begin_us - 1));
    assert_true(delegation_in_effect(&org, &rows[1], begin_us));
    assert_true(delegation_in_effect(&org, &rows[1], end_us - 1));
    assert_false(delegation_in_effect(&org, &rows[1], end_us));
}

static void no_more_than_fifty(void **state)
{
    (void)state;
    for (int i = 0; i < DELEGATIONS_MAX; i++) {
        assert_int_equal(grant(SUB, SUB, VER, i, 1, 0).reason, REASON_NONE);
    }
    assert_int_equal(grant(SUB, SUB, VER, 0, 1, 0).reason, REASON_TOO_MANY_DELEGATIONS);
    assert_int_equal(grant(SUB_HEAD, SUB_HEAD, VER, 0, 1, 0).reason, REASON_NONE);
}

static void how_a_substitute_acts(void **state)
{
    (void)state;
    struct user acting;
    assert_int_equal(grant(APP_HEAD, APP_HEAD, APP, 0, 1, 0).reason, REASON_NONE);
    assert_int_equal(delegation_acting(&org, &people[APP - 1], "app.head", FIXTURE_NOW, &acting).reason, REASON_NONE);
    assert_int_equal(acting.id, APP);
    assert_int_equal(acting.acts_for, APP_HEAD);
    assert_int_equal(acting.unit_id, HQ);
    assert_int_equal(acting.level, JOB_LEVEL_MANAGER);                            /* the lower one */
    assert_int_equal(acting.roles, ROLE_BIT(ROLE_APPROVER) | ROLE_BIT(ROLE_CMO)); /* roles in cases only */
    assert_int_equal(delegation_acting(&org, &people[APP - 1], "", FIXTURE_NOW, &acting).reason, REASON_NONE);
    assert_int_equal(acting.acts_for, 0);
    static const char *const others[] = {"sub", "app", "nobody"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(delegation_acting(&org, &people[APP - 1], others[i], FIXTURE_NOW, &acting).reason,
                         REASON_NOT_DELEGATED);
    }
    assert_int_equal(delegation_acting(&org, &people[APP_HEAD - 1], "app", FIXTURE_NOW, &acting).reason,
                     REASON_NOT_DELEGATED); /* not the other way */
}

static void which_kinds(void **state)
{
    (void)state;
    assert_int_equal(delegation_case_kind((struct standing){TIER_ORDINARY, GRADE_NONE}, GRADE_BLACK),
                     CASE_KIND_ADMISSION);
    assert_int_equal(delegation_case_kind((struct standing){TIER_KEY, GRADE_YELLOW}, GRADE_GREEN), CASE_KIND_PROMOTION);
    assert_int_equal(delegation_case_kind((struct standing){TIER_KEY, GRADE_YELLOW}, GRADE_RED), CASE_KIND_DEMOTION);
    struct user acting;
    assert_int_equal(grant(SUB, SUB, VER, 0, 1, CASE_KIND_BIT(CASE_KIND_ADMISSION)).reason, REASON_NONE);
    assert_int_equal(delegation_acting(&org, &people[VER - 1], "sub", FIXTURE_NOW, &acting).reason, REASON_NONE);
    assert_int_equal(delegation_covers(&org, &acting, CASE_KIND_ADMISSION, (struct money){0}, FIXTURE_NOW).reason,
                     REASON_NONE);
    assert_int_equal(delegation_covers(&org, &acting, CASE_KIND_DEMOTION, (struct money){0}, FIXTURE_NOW).reason,
                     REASON_DELEGATION_NARROWER);
    assert_int_equal(grant(SUB, SUB, VER, 0, 1, CASE_KIND_BIT(CASE_KIND_DEMOTION)).reason, REASON_NONE);
    assert_int_equal(delegation_covers(&org, &acting, CASE_KIND_DEMOTION, (struct money){0}, FIXTURE_NOW).reason,
                     REASON_NONE);
    assert_int_equal(
        delegation_covers(&org, &people[VER - 1], CASE_KIND_PROMOTION, (struct money){0}, FIXTURE_NOW).reason,
        REASON_NONE);
}

static void who_ends_it(void **state)
{
    (void)state;
    static const bool may[PEOPLE + 1] = {[SUB] = true, [SUB_HEAD] = true, [VER_HEAD] = true, [APP] = true};
    for (int by = 1; by <= PEOPLE; by++) {
        begin(NULL);
        assert_int_equal(grant(SUB, SUB, APP, 0, 3, 0).reason, REASON_NONE);
        struct refusal refusal = delegation_revoke(&org, &people[by - 1], FIXTURE_NOW + 1, &rows[0]);
        assert_int_equal(refusal.reason, may[by] ? REASON_NONE : REASON_NOT_SUPERVISOR);
        assert_int_equal(delegation_in_effect(&org, &rows[0], FIXTURE_NOW + 1), !may[by]);
    }
    begin(NULL);
    assert_int_equal(grant(SUB, SUB, APP, 2, 3, 0).reason, REASON_NONE); /* one that has not begun never does */
    assert_int_equal(delegation_revoke(&org, &people[SUB - 1], FIXTURE_NOW, &rows[0]).reason, REASON_NONE);
    assert_false(delegation_in_effect(&org, &rows[0], rows[0].begins_at));
    assert_int_equal(delegation_revoke(&org, &people[SUB - 1], rows[0].ends_at, &rows[0]).reason,
                     REASON_NOTHING_TO_CHANGE);
}

static void what_it_ties(void **state)
{
    (void)state;
    assert_int_equal(grant(SUB, SUB, VER, 0, 1, 0).reason, REASON_NONE);
    assert_int_equal(grant(VER, VER, APP, 0, 1, 0).reason, REASON_NONE);
    assert_true(delegation_ties(&org, SUB, VER, FIXTURE_NOW));
    assert_true(delegation_ties(&org, VER, SUB, FIXTURE_NOW));
    assert_false(delegation_ties(&org, SUB, APP, FIXTURE_NOW)); /* what was delegated is not delegated again */
    assert_false(delegation_ties(&org, SUB, VER, rows[0].ends_at));
    people[VER - 1].unit_id = R2; /* nobody can act by it any more */
    assert_false(delegation_ties(&org, SUB, VER, FIXTURE_NOW));
}

/* An override is no case, and four eyes hold for it all the same. */
static void what_it_bars_beside_cases(void **state)
{
    (void)state;
    struct policy policy = fixture_policy;
    policy.override_level = JOB_LEVEL_MANAGER;
    policy.override_most_days = 30;
    const struct override_input input = {.org = &org,
                                         .policy = &policy,
                                         .user = &people[APP - 1],
                                         .zone = "Asia/Shanghai",
                                         .now = FIXTURE_NOW,
                                         .grade = GRADE_RED,
                                         .until = zone_date_at("Asia/Shanghai", FIXTURE_NOW) + 1,
                                         .reason = "because"};
    char detail[OVERRIDE_DETAIL_BYTES];
    struct customer customer = fixture_customer(), changed = customer;
    customer.assessed_by = changed.assessed_by = SUB;
    assert_int_equal(override_standing(&input, &changed, detail).reason, REASON_NONE);
    assert_int_equal(grant(SUB, SUB, APP, 0, 1, 0).reason, REASON_NONE);
    struct refusal refusal = override_standing(&input, &customer, detail);
    assert_int_equal(refusal.reason, REASON_TIED_TO_HAND);
    assert_string_equal(refusal.value, people[SUB - 1].login);
    customer.assessed_by = 0;
    customer.notice.appealed_by = SUB;
    assert_int_equal(override_standing(&input, &customer, detail).reason, REASON_TIED_TO_HAND);
    customer.notice.appealed_by = APP;
    assert_int_equal(override_standing(&input, &customer, detail).reason, REASON_OWN_APPEAL);
    customer.assessed_by = APP;
    assert_int_equal(override_standing(&input, &customer, detail).reason, REASON_OWN_ASSESSMENT);
}

static void check_submitters(enum case_kind kind, const int *expected, size_t count)
{
    const struct submission submission = {.org = &org, .now = FIXTURE_NOW, .branch_id = B11, .kind = kind};
    const struct user *found[PEOPLE];
    assert_int_equal(submitters_find(&submission, found, PEOPLE), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i]->id, expected[i]);
    }
    for (int id = 1; id <= PEOPLE; id++) {
        int64_t acts_for;
        bool there = false;
        for (size_t i = 0; i < count; i++) {
            there |= expected[i] == id;
        }
        assert_int_equal(submitters_can(&submission, &people[id - 1], &acts_for), there);
        assert_int_equal(acts_for, there && people[id - 1].unit_id != B11 ? SUB_HEAD : 0);
    }
}

static void who_can_submit(void **state)
{
    (void)state;
    check_submitters(CASE_KIND_PROMOTION, (const int[]){SUB, SUB_HEAD}, 2);
    assert_false(submitters_lack(&org, B11));
    assert_true(submitters_lack(&org, B12));
    assert_int_equal(grant(SUB_HEAD, SUB_HEAD, VER, 0, 1, CASE_KIND_BIT(CASE_KIND_PROMOTION)).reason, REASON_NONE);
    assert_int_equal(grant(SUB_HEAD, SUB_HEAD, SUB, 0, 1, 0).reason, REASON_NONE);
    assert_int_equal(grant(SUB_HEAD, SUB_HEAD, APP, 1, 1, 0).reason, REASON_NONE);
    assert_int_equal(grant(CLERK, CLERK, VER_HEAD, 0, 1, 0).reason, REASON_NONE);
    check_submitters(CASE_KIND_PROMOTION, (const int[]){SUB, SUB_HEAD, VER}, 3);
    check_submitters(CASE_KIND_DEMOTION, (const int[]){SUB, SUB_HEAD}, 2);
    people[SUB - 1].disabled = true;
    people[SUB_HEAD - 1].disabled = true;
    check_submitters(CASE_KIND_PROMOTION, NULL, 0);
    assert_true(submitters_lack(&org, B11));
}

/* Does the rule take a refusal from him, as himself or in some way in which he may act? */
static bool answers(const struct application *application, const struct user *user)
{
    struct extension_input input = {.org = &org, .policy = &fixture_policy, .now = FIXTURE_NOW, .reason = "because"};
    char detail[EXTENSION_DETAIL_BYTES];
    bool cut, taken = false;
    for (size_t i = 0; i <= org.delegation_count; i++) {
        const struct delegation *row = i == 0 ? NULL : &rows[i - 1];
        struct user acting = *user;
        struct application tried = *application;
        if (row != NULL && (row->substitute != user->id || !delegation_in_effect(&org, row, FIXTURE_NOW))) {
            continue;
        }
        acting = row == NULL ? acting : delegation_acting_by(&org, row);
        input.user = &acting;
        taken |= access_check(access_row_of(METHOD_EXTENSION_ANSWER), &acting).reason == REASON_NONE &&
                 delegation_covers(&org, &acting, CASE_KIND_PROMOTION, application->limit, FIXTURE_NOW).reason ==
                     REASON_NONE &&
                 extension_answer(&input, &tried, &cut, detail).reason == REASON_NONE;
    }
    return taken;
}

static int count_wanted(const struct application *application)
{
    int count = 0;
    for (int id = 1; id <= PEOPLE; id++) {
        int64_t acts_for;
        bool wanted = extension_wants(&org, &fixture_policy, FIXTURE_NOW, application, &people[id - 1], &acts_for);
        assert_int_equal(wanted, answers(application, &people[id - 1]));
        assert_true(acts_for == 0 || (wanted && acts_for == APP_HEAD));
        count += wanted;
    }
    return count;
}

static void whose_answer_an_extension_waits_for(void **state)
{
    (void)state;
    struct application application = {.state = STATE_VERIFIED,
                                      .branch_id = B11,
                                      .region_id = R1,
                                      .from = {TIER_KEY, GRADE_RED},
                                      .to_grade = GRADE_GREEN,
                                      .turn_unit = HQ,
                                      .turn_role = ROLE_APPROVER,
                                      .extension_days = 2,
                                      .extension_by = APP};
    assert_int_equal(count_wanted(&application), 1);
    application.extension_by = APP_HEAD;
    assert_int_equal(count_wanted(&application), 0);
    application.extension_by = APP;
    add(ELSEWHERE, HQ, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_APPROVER));
    assert_int_equal(grant(APP_HEAD, APP_HEAD, ELSEWHERE, 0, 1, CASE_KIND_BIT(CASE_KIND_DEMOTION)).reason, REASON_NONE);
    assert_int_equal(count_wanted(&application), 1);
    assert_int_equal(grant(APP_HEAD, APP_HEAD, ELSEWHERE, 0, 1, CASE_KIND_BIT(CASE_KIND_PROMOTION)).reason,
                     REASON_NONE);
    assert_int_equal(count_wanted(&application), 2);
    application.extension_for = ELSEWHERE;
    assert_int_equal(count_wanted(&application), 0);
    application.extension_for = 0;
    assert_int_equal(grant(APP_HEAD, APP_HEAD, APP, 0, 1, 0).reason, REASON_NONE);
    assert_int_equal(count_wanted(&application), 0); /* as himself or for the one who is tied to whoever asked */
    application.extension_days = 0;
    application.extension_by = 0;
    assert_int_equal(count_wanted(&application), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_is_a_substitute, begin),
        cmocka_unit_test_setup(who_sets_it, begin),
        cmocka_unit_test_setup(which_days, begin),
        cmocka_unit_test_setup(no_more_than_fifty, begin),
        cmocka_unit_test_setup(how_a_substitute_acts, begin),
        cmocka_unit_test_setup(which_kinds, begin),
        cmocka_unit_test_setup(who_ends_it, begin),
        cmocka_unit_test_setup(what_it_ties, begin),
        cmocka_unit_test_setup(what_it_bars_beside_cases, begin),
        cmocka_unit_test_setup(who_can_submit, begin),
        cmocka_unit_test_setup(whose_answer_an_extension_waits_for, begin),
    };
    return cmocka_run_group_tests_name("delegation", tests, NULL, NULL);
}
