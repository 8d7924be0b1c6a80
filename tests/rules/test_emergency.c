/* Emergencies and their reviews (emergency.tbl), and what lies beneath one. */
#include "server/rules/emergency.h"

#include "server/rules/standing.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

enum { SUP = 1, MAN, OTHER, THIRD, DIR, SUB, PEOPLE = SUB };
#define MINUTE (60 * US_PER_SECOND)

static const char *const logins[PEOPLE] = {"sup", "man", "other", "third", "dir", "sub"};
static struct user people[PEOPLE];
static const struct delegation tie = {.id = 1,
                                      .delegator = MAN,
                                      .substitute = SUB,
                                      .begins_at = FIXTURE_NOW - US_PER_DAY,
                                      .ends_at = FIXTURE_NOW + US_PER_DAY,
                                      .set_by = MAN};
static struct organisation org;
static struct policy policy;

static int begin(void **state)
{
    (void)state;
    org = fixture_org;
    for (int i = 0; i < PEOPLE; i++) {
        enum job_level level = i + 1 == SUP   ? JOB_LEVEL_SUPERVISOR
                               : i + 1 == DIR ? JOB_LEVEL_DIRECTOR
                                              : JOB_LEVEL_MANAGER;
        people[i] = fixture_user(i + 1, HQ, level, ROLE_BIT(ROLE_APPROVER));
        people[i].login = logins[i];
    }
    org.users = people;
    org.user_count = PEOPLE;
    org.delegations = &tie;
    org.delegation_count = 1;
    policy = fixture_policy;
    policy.emergency.minutes_most = 240;
    policy.emergency.alone_level = JOB_LEVEL_DIRECTOR;
    policy.emergency.ask_level = JOB_LEVEL_MANAGER;
    policy.emergency.review_days = 3;
    return 0;
}

static const struct user *user_named(const char *login)
{
    for (int i = 0; i < PEOPLE; i++) {
        if (strcmp(logins[i], login) == 0) {
            return &people[i];
        }
    }
    fail_msg("%s is nobody", login);
    return NULL;
}

static struct emergency asked_until(int64_t expires_at)
{
    return (struct emergency){
        .by = MAN, .grade = GRADE_GREEN, .minutes = 60, .expires_at = expires_at, .reason = "because"};
}

static void put_before(const char *word, const struct user *user, struct customer *customer)
{
    civil_date today = zone_date_at("Asia/Shanghai", FIXTURE_NOW);
    if (strcmp(word, "asked") == 0) {
        customer->emergency = asked_until(FIXTURE_NOW + 1);
    } else if (strcmp(word, "expired") == 0) {
        customer->emergency = asked_until(FIXTURE_NOW);
    } else if (strcmp(word, "override") == 0) {
        customer->override = (struct override){.until = today, .from = GRADE_RED, .by = DIR};
    } else if (strcmp(word, "in_force") == 0) {
        customer->override =
            (struct override){.until = today, .from = GRADE_RED, .by = MAN, .ends_at = FIXTURE_NOW + MINUTE};
        customer->review = (struct after_review){FIXTURE_NOW - 1, FIXTURE_NOW + US_PER_DAY, MAN, OTHER};
    } else if (strcmp(word, "over") == 0) {
        customer->review = (struct after_review){FIXTURE_NOW - 1, FIXTURE_NOW, MAN, OTHER};
    } else if (strcmp(word, "alone_over") == 0) {
        customer->review = (struct after_review){FIXTURE_NOW - 1, FIXTURE_NOW, DIR, 0};
    } else if (strcmp(word, "case") == 0) {
        customer->open_application = 3;
    } else if (strcmp(word, "few") == 0) {
        people[OTHER - 1].disabled = people[THIRD - 1].disabled = true;
    } else if (strcmp(word, "alone") == 0) {
        for (int i = 0; i < PEOPLE; i++) {
            people[i].disabled = i + 1 != DIR;
        }
    } else if (strcmp(word, "gone") == 0) {
        people[MAN - 1].disabled = true;
    } else if (strcmp(word, "elsewhere") == 0) {
        people[MAN - 1].unit_id = B11;
    } else if (strcmp(word, "without_role") == 0) {
        people[MAN - 1].roles = ROLE_BIT(ROLE_CMO);
    } else if (strcmp(word, "lower") == 0) {
        people[MAN - 1].level = JOB_LEVEL_SUPERVISOR;
    } else if (strcmp(word, "none") == 0) {
        memset(&policy.emergency, 0, sizeof policy.emergency);
    } else if (strcmp(word, "shorter") == 0) {
        policy.emergency.minutes_most = 59;
    } else if (strcmp(word, "green") == 0) {
        customer->standing.grade = GRADE_GREEN;
    } else if (strcmp(word, "assessed") == 0) {
        customer->assessed_by = user->id;
    } else if (strcmp(word, "appealed") == 0) {
        customer->notice.appealed_by = user->id;
    } else {
        assert_string_equal(word, "-");
    }
}

static enum grade grade_named(const char *word)
{
    int grade = word_number(words_grade, word);
    return grade > 0 ? (enum grade)grade : strcmp(word, "unknown") == 0 ? GRADE_BLACK + 1 : GRADE_NONE;
}

static struct refusal take(const char *step, const struct emergency_input *input, struct customer *customer,
                           char detail[OVERRIDE_DETAIL_BYTES])
{
    if (strcmp(step, "ask") == 0) {
        return emergency_ask(input, customer, detail);
    }
    if (strcmp(step, "review") == 0) {
        return emergency_review(input, customer, detail);
    }
    return emergency_answer(input, customer, detail);
}

/* What became of it, in the words of the table. */
static const char *outcome_of(const struct refusal *refusal, const struct customer *before,
                              const struct customer *after)
{
    static char text[80];
    if (refusal->reason != REASON_NONE) {
        snprintf(text, sizeof text, "%s%s%s", reason_name(refusal->reason), refusal->field == NULL ? "" : " ",
                 refusal->field == NULL ? "" : refusal->field);
        return text;
    }
    assert_int_equal(after->version, before->version + 1);
    if (before->review.opened_at != 0 && after->review.opened_at == 0) {
        return "reviewed";
    }
    if (after->review.opened_at != 0) {
        assert_int_equal(after->override.ends_at % MINUTE, FIXTURE_NOW % MINUTE);
        assert_int_equal(after->emergency.by, 0);
        assert_int_equal(after->open_application, before->open_application);
        return "begun";
    }
    return after->emergency.by != 0 ? "asked" : "refused";
}

static void play(const struct table *table, const struct table_row *row)
{
    struct customer customer = fixture_customer();
    const char *step = table_cell(table, row, "step");
    const struct user *user = user_named(table_cell(table, row, "by"));
    unsigned number = (unsigned)strtoul(table_cell(table, row, "minutes"), NULL, 10);
    char words[64], detail[OVERRIDE_DETAIL_BYTES], *rest = words;
    (void)begin(NULL);
    snprintf(words, sizeof words, "%s", table_cell(table, row, "before"));
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        put_before(word, user, &customer);
    }
    const struct emergency_input input = {.org = &org,
                                          .policy = &policy,
                                          .user = user,
                                          .zone = "Asia/Shanghai",
                                          .now = FIXTURE_NOW,
                                          .timer_id = {{1}},
                                          .grade = grade_named(table_cell(table, row, "grade")),
                                          .minutes = number,
                                          .finding = (enum review_finding)number,
                                          .confirm = strcmp(step, "confirm") == 0,
                                          .text = table_cell(table, row, "text")};
    const struct customer before = customer;
    struct refusal refusal = take(step, &input, &customer, detail);
    const char *outcome = outcome_of(&refusal, &before, &customer);
    if (strcmp(outcome, table_cell(table, row, "after")) != 0) {
        fail_msg("line %d: %s", row->line, outcome);
    }
    if (refusal.reason != REASON_NONE) {
        assert_memory_equal(&before, &customer, sizeof customer);
    }
}

static void table_of_steps(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/emergency.tbl");
    assert_true(table.count > 50);
    for (size_t i = 0; i < table.count; i++) {
        play(&table, &table.rows[i]);
    }
    table_free(&table);
}

/* What is on whose desk is what he could do. */
static void desks(void **state)
{
    (void)state;
    static const bool confirm[PEOPLE] = {[OTHER - 1] = true, [THIRD - 1] = true, [DIR - 1] = true};
    static const bool review[PEOPLE] = {[THIRD - 1] = true, [DIR - 1] = true};
    struct customer asked = fixture_customer(), over = asked;
    asked.emergency = asked_until(FIXTURE_NOW + 1);
    over.review = (struct after_review){FIXTURE_NOW - 1, FIXTURE_NOW, MAN, OTHER};
    for (int i = 0; i < PEOPLE; i++) {
        assert_int_equal(emergency_can_confirm(&org, &policy, &people[i], &asked, FIXTURE_NOW), confirm[i]);
        assert_int_equal(emergency_can_review(&org, &policy, &people[i], &over, FIXTURE_NOW), review[i]);
        assert_false(emergency_can_confirm(&org, &policy, &people[i], &asked, FIXTURE_NOW + 1));
        assert_false(emergency_can_review(&org, &policy, &people[i], &asked, FIXTURE_NOW));
    }
}

/* Whoever is tied to all who could review it has nothing to confirm. */
static void a_third_is_left(void **state)
{
    (void)state;
    static const bool confirm[PEOPLE] = {[THIRD - 1] = true, [DIR - 1] = true};
    struct delegation ties[] = {tie, tie, tie};
    struct organisation tied = org;
    struct customer asked = fixture_customer();
    ties[1].delegator = ties[2].delegator = OTHER;
    ties[1].substitute = THIRD;
    ties[2].substitute = DIR;
    tied.delegations = ties;
    tied.delegation_count = 3;
    asked.emergency = asked_until(FIXTURE_NOW + 1);
    for (int i = 0; i < PEOPLE; i++) {
        assert_int_equal(emergency_can_confirm(&tied, &policy, &people[i], &asked, FIXTURE_NOW), confirm[i]);
    }
}

/* A director puts green in force for 60 minutes over yellow; the rest is what the customer had. */
static struct customer begun(struct customer customer)
{
    char detail[OVERRIDE_DETAIL_BYTES];
    const struct emergency_input input = {.org = &org,
                                          .policy = &policy,
                                          .user = &people[DIR - 1],
                                          .zone = "Asia/Shanghai",
                                          .now = FIXTURE_NOW,
                                          .timer_id = {{1}},
                                          .grade = GRADE_GREEN,
                                          .minutes = 60,
                                          .text = "because"};
    assert_int_equal(emergency_ask(&input, &customer, detail).reason, REASON_NONE);
    assert_int_equal(customer.override.ends_at, FIXTURE_NOW + 60 * MINUTE);
    assert_int_equal(customer.evaluation.evaluate_at, customer.override.ends_at);
    assert_int_equal(customer.review.due_at,
                     zone_day_start_us("Asia/Shanghai", zone_date_at("Asia/Shanghai", FIXTURE_NOW) + 4));
    return customer;
}

static struct evaluation_result evaluated(const struct customer *customer, int64_t now, bool import_open)
{
    struct evaluation_result out;
    struct arena *arena = arena_new(1 << 16);
    const struct evaluation_input input = {
        .policy = &policy, .org = &org, .branch = unit_by_id(&org, B11), .now = now, .timer_id = {{2}}};
    if (import_open) {
        standing_end_emergency(&input, customer, &out);
    } else {
        standing_evaluate(&input, customer, arena, &out);
    }
    arena_free(arena);
    return out;
}

static void it_ends_at_its_instant(void **state)
{
    (void)state;
    struct customer customer = begun(fixture_customer());
    int64_t end = customer.override.ends_at;
    for (int import = 0; import < 2; import++) {
        customer.evaluation.imports_open = import;
        struct evaluation_result before = evaluated(&customer, end - 1, import);
        assert_false(before.standing_changed);
        assert_int_equal(before.customer.evaluation.evaluate_at, end);
        struct evaluation_result after = evaluated(&customer, end, import);
        assert_true(after.standing_changed);
        assert_int_equal(after.cause, CAUSE_OVERRIDE);
        assert_int_equal(after.customer.standing.grade, GRADE_YELLOW);
        assert_int_equal(after.valid_from, zone_date_at("Asia/Shanghai", end));
        assert_int_equal(after.customer.override.until, 0);
        assert_int_equal(after.customer.review.asked_by, DIR);
    }
}

/* The customer has moved to a zone where it is the day before. */
static void it_does_not_end_before_it_began(void **state)
{
    (void)state;
    struct customer customer = begun(fixture_customer());
    customer.in_force_since = zone_date_at("Asia/Shanghai", customer.override.ends_at) + 1;
    struct evaluation_result after = evaluated(&customer, customer.override.ends_at, false);
    assert_true(after.standing_changed);
    assert_int_equal(after.valid_from, customer.in_force_since);
}

/* The case that was open goes on; one that was begun on something else does not. */
static void a_case_goes_on_beneath(void **state)
{
    (void)state;
    struct customer customer = begun(fixture_customer());
    struct evaluation_result end = evaluated(&customer, customer.override.ends_at, false);
    const struct application kept = {.from = {TIER_KEY, GRADE_YELLOW}}, other = {.from = {TIER_KEY, GRADE_GREEN}};
    assert_int_equal(standing_beneath(&customer).grade, GRADE_YELLOW);
    assert_false(evaluation_lapses(&end, &kept));
    assert_true(evaluation_lapses(&end, &other));
    end.standing_changed = false;
    assert_false(evaluation_lapses(&end, &other));
}

/* The criterion of before stays with its clock, through the emergency and its end. */
static void a_criterion_stays(void **state)
{
    (void)state;
    struct customer customer = fixture_customer();
    customer.evaluation = (struct evaluation){.policy_version = 1,
                                              .computed = {GRADE_BLACK, false},
                                              .criterion = true,
                                              .met_on = 20000,
                                              .detected_at = FIXTURE_NOW - US_PER_DAY,
                                              .criterion_due_at = FIXTURE_NOW + US_PER_DAY};
    struct customer during = begun(customer);
    struct evaluation_result within = evaluated(&during, FIXTURE_NOW + MINUTE, false);
    struct evaluation_result after = evaluated(&during, during.override.ends_at, false);
    const struct customer *all[] = {&during, &within.customer, &after.customer};
    for (size_t i = 0; i < 3; i++) {
        assert_true(all[i]->evaluation.criterion);
        assert_int_equal(all[i]->evaluation.detected_at, FIXTURE_NOW - US_PER_DAY);
        assert_int_equal(all[i]->evaluation.criterion_due_at, FIXTURE_NOW + US_PER_DAY);
    }
    assert_false(within.criterion_met || within.criterion_gone || after.criterion_met || after.criterion_gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(table_of_steps, begin),
        cmocka_unit_test_setup(desks, begin),
        cmocka_unit_test_setup(a_third_is_left, begin),
        cmocka_unit_test_setup(it_ends_at_its_instant, begin),
        cmocka_unit_test_setup(it_does_not_end_before_it_began, begin),
        cmocka_unit_test_setup(a_case_goes_on_beneath, begin),
        cmocka_unit_test_setup(a_criterion_stays, begin),
    };
    return cmocka_run_group_tests_name("emergency", tests, NULL, NULL);
}
