/* Deadlines against clock.tbl, which clock_reference.py computes without the server's code. */
#include "server/rules/calendar.h"
#include "server/rules/clock.h"
#include "server/rules/extension.h"
#include "server/rules/pause.h"

#include "common/civil.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"
#include "tests/unit/unit.h"

/* The days of holidays.csv, as HQ's. */
static struct calendar_day holidays[64];
static struct organisation org_with_holidays;

static int load_holidays(void **state)
{
    (void)state;
    char line[256], kind[16], day[16];
    FILE *file = fopen("tests/rules/holidays.csv", "re");
    assert_non_null(file);
    org_with_holidays = fixture_org;
    org_with_holidays.calendar = holidays;
    assert_non_null(fgets(line, sizeof line, file)); /* its header */
    while (fgets(line, sizeof line, file) != NULL) {
        struct calendar_day *out = &holidays[org_with_holidays.calendar_count++];
        assert_int_equal(sscanf(line, "%15[^,],%15[^,],", day, kind), 2);
        assert_true(civil_parse(day, &out->date));
        out->unit_id = HQ;
        out->working = strcmp(kind, "workday") == 0;
    }
    fclose(file);
    assert_true(org_with_holidays.calendar_count > 10);
    return 0;
}

/* "step moved": the kind of row, and how its days are counted. */
static enum counting counting_of(const char *what)
{
    const char *space = strchr(what, ' ');
    return space == NULL ? COUNTING_NATURAL : (enum counting)word_number(words_counting, space + 1);
}

static int64_t computed(const struct table *table, const struct table_row *row)
{
    const char *what = table_cell(table, row, "what");
    const char *zone = table_cell(table, row, "zone");
    int64_t start = table_instant(table_cell(table, row, "start"));
    int days = (int)strtol(table_cell(table, row, "days"), NULL, 10);
    assert_true(zone_valid(zone));
    struct policy policy = fixture_policy;
    policy.counting = counting_of(what);
    const struct clock clock = {.org = &org_with_holidays, .policy = &policy};
    const struct unit unit = {.id = R1, .parent_id = HQ, .zone = zone};
    if (strncmp(what, "period", 6) == 0) {
        return clock_end(&clock, &unit, start, days);
    }
    if (strncmp(what, "whole", 5) == 0) {
        return clock_complete_by(&clock, &unit, start);
    }
    assert_int_equal(strncmp(what, "step", 4), 0);
    const struct unit branch = {.id = B11, .parent_id = R1, .zone = table_cell(table, row, "branch zone")};
    int64_t whole = clock_complete_by(&clock, &branch, table_instant(table_cell(table, row, "whole start")));
    return clock_step_due(&clock, &unit, start, days, &branch, whole);
}

static void check_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct table_row *row = &table->rows[i];
        const char *expected = table_cell(table, row, "end");
        int64_t got = computed(table, row);
        if (got != table_instant(expected)) {
            char text[INSTANT_TEXT_BYTES];
            instant_format(table_cell(table, row, "zone"), got, text);
            fail_msg("line %d: %s expected, %s computed", row->line, expected, text);
        }
    }
    table_free(table);
}

static void deadlines_are_those_of_the_reference(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/clock.tbl");
    assert_true(table.count >= 200);
    check_table(&table);
}

static void examples_of_the_document_are_right(void **state)
{
    (void)state;
    struct table table = table_load_markdown("server/RULES.md", "## Examples of deadlines");
    assert_int_equal(table.count, 20);
    check_table(&table);
}

/* ---- more time ---- */

/* A case with that step, which has three days. */
static struct application waiting(const struct clock *clock, enum state state, int64_t whole_start, int64_t step_start)
{
    bool at_hq = state == STATE_VERIFIED;
    struct application out = {.state = state,
                              .branch_id = B11,
                              .turn_unit = at_hq ? HQ : R1,
                              .turn_role = at_hq ? ROLE_APPROVER : ROLE_VERIFIER,
                              .clock_started_at = whole_start,
                              .step_started_at = step_start};
    const struct unit *branch = unit_by_id(clock->org, B11);
    out.complete_by = clock_complete_by(clock, branch, whole_start);
    out.due_at = clock_step_due(clock, unit_by_id(clock->org, out.turn_unit), step_start, 3, branch, out.complete_by);
    return out;
}

/* The case of a row: HQ's step of `extend`, the region's of `pause`. */
static struct application case_of(const struct table *table, const struct table_row *row, const struct policy *policy)
{
    bool at_hq = strcmp(table_cell(table, row, "what"), "extend") == 0;
    return waiting(&(struct clock){.org = &org_with_holidays, .policy = policy},
                   at_hq ? STATE_VERIFIED : STATE_SUBMITTED, table_instant(table_cell(table, row, "whole start")),
                   table_instant(table_cell(table, row, "step start")));
}

static void check_end(const struct table *table, const struct table_row *row, const char *column, int64_t got)
{
    const char *expected = table_cell(table, row, column);
    if (got != (strcmp(expected, "none") == 0 ? 0 : table_instant(expected))) {
        char text[INSTANT_TEXT_BYTES];
        instant_format("Asia/Shanghai", got, text);
        fail_msg("line %d, %s: %s expected, %s computed", row->line, column, expected, text);
    }
}

static void check_extension(const struct table *table, const struct table_row *row, const struct policy *policy)
{
    const struct user approver = fixture_user(1, HQ, JOB_LEVEL_SUPERVISOR, 1U << ROLE_APPROVER),
                      director = fixture_user(2, HQ, JOB_LEVEL_DIRECTOR, 1U << ROLE_CMO);
    struct extension_input input = {.org = &org_with_holidays,
                                    .policy = policy,
                                    .user = &approver,
                                    .now = table_instant(table_cell(table, row, "at")),
                                    .days = (int)strtol(table_cell(table, row, "days"), NULL, 10),
                                    .grant = true,
                                    .reason = "r"};
    struct application application = case_of(table, row, policy);
    char detail[EXTENSION_DETAIL_BYTES];
    bool cut;
    struct refusal refusal = extension_ask(&input, &application, detail);
    input.user = &director;
    if (refusal.reason == REASON_NONE) {
        refusal = extension_answer(&input, &application, &cut, detail);
    }
    assert_true(refusal.reason == REASON_NONE || refusal.reason == REASON_NO_TIME_LEFT ||
                refusal.reason == REASON_FIELD_INVALID);
    check_end(table, row, "end", refusal.reason == REASON_NONE ? application.due_at : 0);
}

static void pause_for(const struct policy *policy, int64_t at, int64_t until, struct application *application)
{
    const struct user verifier = fixture_user(1, R1, JOB_LEVEL_SUPERVISOR, 1U << ROLE_VERIFIER);
    struct pause_input input = {
        .org = &org_with_holidays, .policy = policy, .user = &verifier, .now = at, .waits_for = "w"};
    char detail[PAUSE_DETAIL_BYTES];
    int64_t due = application->due_at, whole = application->complete_by;
    assert_int_equal(pause_begin(&input, application, detail).reason, REASON_NONE);
    int64_t latest = application->due_at;
    input.now = until;
    assert_int_equal(pause_end(&input, application).reason, REASON_NONE);
    assert_true(application->due_at <= latest);
    assert_true(application->due_at >= due && application->complete_by >= whole);
}

static void check_pause(const struct table *table, const struct table_row *row, const struct policy *policy)
{
    struct application application = case_of(table, row, policy);
    int64_t at = table_instant(table_cell(table, row, "at")), until = table_instant(table_cell(table, row, "until"));
    if (strcmp(table_cell(table, row, "what"), "pauses") == 0) {
        int64_t between = strtol(table_cell(table, row, "days"), NULL, 10) * US_PER_DAY;
        assert_int_equal(at - between, application.step_started_at + until - at);
        pause_for(policy, application.step_started_at, at - between, &application);
    }
    pause_for(policy, at, until, &application);
    check_end(table, row, "end", application.due_at);
    check_end(table, row, "whole end", application.complete_by);
}

static void more_time_is_that_of_the_reference(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/more_time.tbl");
    assert_true(table.count >= 650);
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        struct policy policy = fixture_policy;
        policy.counting = (enum counting)word_number(words_counting, table_cell(&table, row, "counting"));
        policy.extended_decide_days = 7;
        policy.pause_days = 5;
        if (strcmp(table_cell(&table, row, "what"), "extend") == 0) {
            check_extension(&table, row, &policy);
        } else {
            check_pause(&table, row, &policy);
        }
    }
    table_free(&table);
}

/* What has changed since the ends were counted moves them neither for a pause of no days, nor later by more than its
 * own days. */
static void a_pause_counts_from_the_ends_that_there_are(void **state)
{
    (void)state;
    enum { MONDAY = 20780 }; /* 2026-11-23 */
    static const struct calendar_day late[] = {{HQ, MONDAY + 5, true, ""},  {HQ, MONDAY + 6, true, ""},
                                               {R1, MONDAY + 1, false, ""}, {R1, MONDAY + 2, false, ""},
                                               {R1, MONDAY + 3, false, ""}, {R1, MONDAY + 4, false, ""}};
    struct organisation org = fixture_org;
    struct policy policy = fixture_policy;
    policy.counting = COUNTING_WORKING;
    policy.pause_days = 5;
    const struct clock clock = {.org = &org, .policy = &policy};
    const struct unit *region = unit_by_id(&org, R1);
    int64_t start = zone_day_start_us(region->zone, MONDAY) + US_PER_DAY / 2;
    const struct application application = waiting(&clock, STATE_SUBMITTED, start, start);
    org.calendar = late;
    org.calendar_count = COUNT(late);
    policy.verify_days = 8;
    const struct user verifier = fixture_user(1, R1, JOB_LEVEL_SUPERVISOR, 1U << ROLE_VERIFIER);
    struct pause_input input = {.org = &org, .policy = &policy, .user = &verifier, .now = start, .waits_for = "w"};
    char detail[PAUSE_DETAIL_BYTES];
    struct application row = application;
    assert_int_equal(pause_begin(&input, &row, detail).reason, REASON_NONE);
    assert_int_equal(pause_end(&input, &row).reason, REASON_NONE);
    assert_true(row.due_at == application.due_at && row.complete_by == application.complete_by);
    /* Until Saturday, which is made up: one day. The step ended with Thursday, the whole with a Monday. */
    assert_int_equal(pause_begin(&input, &row, detail).reason, REASON_NONE);
    input.now = start + 5 * US_PER_DAY;
    assert_int_equal(pause_end(&input, &row).reason, REASON_NONE);
    assert_int_equal(row.paused_days, 1);
    assert_int_equal(row.due_at, zone_day_start_us(region->zone, MONDAY + 6));
    assert_int_equal(row.complete_by, application.complete_by + US_PER_DAY);
}

/* Neither a used-up pause nor one whose step is overdue stands; its ends are those that it had. */
static void a_pause_is_over_by_itself(void **state)
{
    (void)state;
    struct policy policy = fixture_policy;
    policy.pause_days = 2;
    const struct clock clock = {.org = &fixture_org, .policy = &policy};
    const struct unit *region = unit_by_id(&fixture_org, R1);
    const struct user verifier = fixture_user(1, R1, JOB_LEVEL_SUPERVISOR, 1U << ROLE_VERIFIER);
    struct pause_input input = {
        .org = &fixture_org, .policy = &policy, .user = &verifier, .now = FIXTURE_NOW, .waits_for = "w"};
    char detail[PAUSE_DETAIL_BYTES];
    for (int working = 0; working < 2; working++) {
        policy.counting = working ? COUNTING_WORKING : COUNTING_NATURAL;
        struct application row = waiting(&clock, STATE_SUBMITTED, FIXTURE_NOW, FIXTURE_NOW);
        input.now = FIXTURE_NOW;
        assert_int_equal(pause_begin(&input, &row, detail).reason, REASON_NONE);
        int64_t over = clock_end(&clock, region, FIXTURE_NOW, 2);
        assert_true(pause_stands(&fixture_org, &policy, over - 1, &row) && over < row.due_at);
        struct application before = row;
        pause_close(&fixture_org, &policy, over - 1, &row);
        assert_memory_equal(&row, &before, sizeof row);
        int64_t later = working ? row.due_at : clock_end(&clock, region, FIXTURE_NOW, 2);
        assert_false(pause_stands(&fixture_org, &policy, later, &row));
        pause_close(&fixture_org, &policy, later, &row);
        assert_true(row.paused_at == 0 && row.paused_complete_by == 0 && row.due_at == before.due_at &&
                    row.complete_by == before.complete_by);
        assert_int_equal(row.paused_days, 2);
    }
}

static void a_deadline_has_passed_exactly_at_its_instant(void **state)
{
    (void)state;
    int64_t end = clock_end(&(struct clock){.org = &fixture_org, .policy = &fixture_policy},
                            unit_by_id(&fixture_org, B11), FIXTURE_NOW, 3);
    assert_false(clock_overdue(end, end - 1));
    assert_true(clock_overdue(end, end));
    assert_true(clock_overdue(end, end + 1));
    assert_false(clock_overdue(0, end));
}

/* Days before: back over what is not counted. */
static void the_reserve_is_taken_off_in_the_same_days(void **state)
{
    (void)state;
    static const struct {
        enum counting counting;
        const char *last;
        int days;
        const char *expected;
    } rows[] = {
        {COUNTING_NATURAL, "2026-10-08", 1, "2026-10-07"}, {COUNTING_MOVED, "2026-10-08", 1, "2026-09-30"},
        {COUNTING_WORKING, "2026-10-08", 1, "2026-09-30"}, {COUNTING_MOVED, "2026-10-12", 2, "2026-10-10"},
        {COUNTING_MOVED, "2026-10-12", 1, "2026-10-10"},   {COUNTING_WORKING, "2026-10-12", 2, "2026-10-09"},
        {COUNTING_MOVED, "2026-10-08", 0, "2026-10-08"},   {COUNTING_WORKING, "2026-10-08", 0, "2026-10-08"},
    };
    const struct unit *branch = unit_by_id(&fixture_org, B11);
    for (size_t i = 0; i < COUNT(rows); i++) {
        civil_date last, expected;
        assert_true(civil_parse(rows[i].last, &last) && civil_parse(rows[i].expected, &expected));
        assert_int_equal(calendar_before(&org_with_holidays, branch, rows[i].counting, last, rows[i].days), expected);
    }
}

/* The entry of the branch before that of the region, before that of HQ. */
static void the_nearest_unit_decides(void **state)
{
    (void)state;
    enum { MONDAY = 20780, SATURDAY = 20785 };
    static const struct calendar_day days[] = {{HQ, MONDAY, false, ""},
                                               {HQ, SATURDAY, true, ""},
                                               {R1, MONDAY, true, ""},
                                               {B11, MONDAY, false, ""},
                                               {B12, SATURDAY, false, ""}};
    struct organisation org = fixture_org;
    org.calendar = days;
    org.calendar_count = COUNT(days);
    static const struct {
        int32_t unit_id;
        bool monday, saturday;
    } rows[] = {{HQ, false, true},  {R1, true, true},   {R2, false, true},
                {B11, false, true}, {B12, true, false}, {B21, false, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct unit *unit = unit_by_id(&org, rows[i].unit_id);
        assert_int_equal(calendar_working(&org, unit, MONDAY), rows[i].monday);
        assert_int_equal(calendar_working(&org, unit, SATURDAY), rows[i].saturday);
        assert_false(calendar_working(&org, unit, SATURDAY + 1));
        assert_true(calendar_working(&org, unit, MONDAY + 1));
    }
    assert_ptr_equal(calendar_entry(&org, unit_by_id(&org, B12), SATURDAY), &days[4]);
    assert_null(calendar_entry(&org, unit_by_id(&org, B12), SATURDAY + 1));
}

/* Every date of some years, before 1970 too. */
static void weekdays_are_those_of_the_calendar(void **state)
{
    (void)state;
    civil_date monday;
    assert_true(civil_parse("1968-01-01", &monday));
    const struct unit *hq = unit_by_id(&fixture_org, HQ);
    for (int day = 0; day < 4000; day++) {
        assert_int_equal(calendar_working(&fixture_org, hq, monday + day), day % 7 < 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_are_those_of_the_reference),
        cmocka_unit_test(more_time_is_that_of_the_reference),
        cmocka_unit_test(a_pause_counts_from_the_ends_that_there_are),
        cmocka_unit_test(a_pause_is_over_by_itself),
        cmocka_unit_test(examples_of_the_document_are_right),
        cmocka_unit_test(a_deadline_has_passed_exactly_at_its_instant),
        cmocka_unit_test(the_reserve_is_taken_off_in_the_same_days),
        cmocka_unit_test(the_nearest_unit_decides),
        cmocka_unit_test(weekdays_are_those_of_the_calendar),
    };
    return cmocka_run_group_tests_name("clock", tests, load_holidays, NULL);
}
