/* The steps of an application: fields (fields.tbl), four eyes (four_eyes.tbl), and what a step changes. */
#include "server/rules/workflow.h"

#include "server/rules/clock.h"
#include "server/rules/four_eyes.h"
#include "server/rules/standing.h"
#include "tests/rules/case.h"

#define TEXT_BYTES 8192

/* "why", "2001*x", "blank" or "-". */
static const char *text_of(const char *cell, char *buffer)
{
    if (strcmp(cell, "-") == 0) {
        return NULL;
    }
    if (strcmp(cell, "blank") == 0) {
        return "   ";
    }
    char *star;
    long count = strtol(cell, &star, 10);
    if (*star != '*') {
        return cell;
    }
    size_t bytes = strlen(star + 1), at = 0;
    assert_true(bytes * (size_t)count < TEXT_BYTES);
    for (long i = 0; i < count; i++, at += bytes) {
        memcpy(buffer + at, star + 1, bytes);
    }
    buffer[at] = '\0';
    return buffer;
}

/* A word of a list, a number for what is not in it, 0 for "-". */
static int value_of(const struct word *words, const char *cell)
{
    if (strcmp(cell, "-") == 0) {
        return 0;
    }
    int number = word_number(words, cell);
    return number >= 0 ? number : (int)strtol(cell, NULL, 10);
}

/* "licence=ok, volume=wrong", split in place. */
static int items_of(char *cell, struct checked_item *items)
{
    int count = 0;
    if (strcmp(cell, "-") == 0) {
        return 0;
    }
    char *rest = cell;
    for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ",")) {
        item = table_trim(item);
        char *equal = strchr(item, '=');
        assert_non_null(equal);
        *equal = '\0';
        items[count++] = (struct checked_item){.name = item, .ok = strcmp(equal + 1, "ok") == 0};
    }
    return count;
}

/* A case in the state of the row. */
static struct test_case case_of(const struct table *table, const struct table_row *row)
{
    struct test_case c = case_new();
    const char *in_force = table_cell(table, row, "in force");
    int grade = value_of(words_grade, table_cell(table, row, "asked"));
    c.customer.standing = (struct standing){TIER_ORDINARY, GRADE_NONE};
    if (strcmp(in_force, "ordinary") != 0) {
        c.customer.standing = (struct standing){TIER_KEY, (enum grade)value_of(words_grade, in_force)};
    }
    const char *state = table_cell(table, row, "state");
    if (strcmp(state, "none") != 0) {
        struct step_input input = case_input(EVENT_SUBMIT);
        input.grade = (enum grade)grade;
        struct user user = case_user(&c, EVENT_SUBMIT, 1);
        struct step_result result;
        case_try(&c, &user, &input, &result);
        case_take(&c, &result);
        case_bring_to(&c, (enum state)word_number(words_state, state));
    }
    return c;
}

/* Somebody new whose step it is, or would be in another state. */
static struct user somebody_for(const struct test_case *c, enum event_kind action)
{
    if (case_transition(c, action) != NULL) {
        return case_user(c, action, 50);
    }
    for (size_t i = 0; i < transition_count; i++) {
        if (transitions[i].action == action) {
            return fixture_user(50, fixture_unit_of(transitions[i].by_level), JOB_LEVEL_SUPERVISOR,
                                ROLE_BIT(transitions[i].by_role));
        }
    }
    fail_msg("no such step");
    abort();
}

static int32_t version_of(const char *cell, const struct test_case *c, enum event_kind action)
{
    if (strcmp(cell, "ok") == 0) {
        return action == EVENT_SUBMIT ? c->customer.version : c->application.version;
    }
    return (int32_t)strtol(cell, NULL, 10) > 0 ? (int32_t)strtol(cell, NULL, 10) : 0;
}

static void check_refusal(const struct table *table, const struct table_row *row, const struct step_result *result)
{
    const char *outcome = table_cell(table, row, "outcome");
    const char *got = result->refusal.reason == REASON_NONE ? "yes" : reason_name(result->refusal.reason);
    if (strcmp(outcome, got) != 0) {
        fail_msg("line %d: %s expected, got %s", row->line, outcome, got);
    }
    char arguments[160] = "-";
    if (result->name2 != NULL) {
        snprintf(arguments, sizeof arguments, "%s=%s %s=%s", result->refusal.name, result->refusal.value, result->name2,
                 result->detail2);
    } else if (result->refusal.name != NULL) {
        snprintf(arguments, sizeof arguments, "%s=%s", result->refusal.name, result->refusal.value);
    }
    const char *field = result->refusal.field != NULL ? result->refusal.field : "-";
    if (strcmp(field, table_cell(table, row, "field")) != 0 ||
        strcmp(arguments, table_cell(table, row, "arguments")) != 0) {
        fail_msg("line %d: got field %s, arguments %s", row->line, field, arguments);
    }
}

static void fields_are_checked(void **state)
{
    (void)state;
    static char buffer[TEXT_BYTES];
    struct table table = table_load("tests/rules/fields.tbl");
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        struct test_case c = case_of(&table, row);
        struct checked_item items[4];
        struct step_input input = {0};
        input.action = (enum event_kind)word_number(words_event, table_cell(&table, row, "step"));
        input.if_version = version_of(table_cell(&table, row, "version"), &c, input.action);
        input.grade = (enum grade)value_of(words_grade, table_cell(&table, row, "grade"));
        input.finding = (enum finding)value_of(words_finding, table_cell(&table, row, "finding"));
        input.text = text_of(table_cell(&table, row, "text"), buffer);
        input.items = items;
        input.item_count = items_of(table_cell(&table, row, "items"), items);
        struct user user = somebody_for(&c, input.action);
        struct step_result result;
        case_try(&c, &user, &input, &result);
        check_refusal(&table, row, &result);
    }
    table_free(&table);
}

static void four_eyes_hold(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/four_eyes.tbl");
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        struct test_case c = case_new();
        char *rest = table_cell(&table, row, "so far");
        for (char *step = strsep(&rest, " "); step != NULL; step = strsep(&rest, " ")) {
            case_play(&c, (enum event_kind)word_number(words_event, strchr(step, ':') + 1), step[0]);
        }
        enum event_kind action = (enum event_kind)word_number(words_event, table_cell(&table, row, "step"));
        const char *outcome = table_cell(&table, row, "outcome");
        struct user user = case_user(&c, action, table_cell(&table, row, "who")[0]);
        struct step_input input = case_input(action);
        struct step_result result;
        case_try(&c, &user, &input, &result);
        const char *got = result.refusal.reason == REASON_NONE ? "yes" : reason_name(result.refusal.reason);
        if (strcmp(outcome, got) != 0) {
            fail_msg("line %d: %s expected, got %s", row->line, outcome, got);
        }
        assert_int_equal(route_judges(action) && four_eyes_bar(&fixture_org, c.now, &c.application, 0, &user),
                         strcmp(outcome, "yes") != 0);
    }
    table_free(&table);
}

/* Whoever entered the customer's last assessment judges no case of his; to enter, edit and record decides nothing. */
static void who_assessed_does_not_judge(void **state)
{
    (void)state;
    static const struct {
        enum state state;
        enum event_kind action;
        bool judges;
    } rows[] = {
        {STATE_NONE, EVENT_SUBMIT, false},       {STATE_SUBMITTED, EVENT_VERIFY, true},
        {STATE_SUBMITTED, EVENT_RETURN, true},   {STATE_SUBMITTED, EVENT_WITHDRAW, false},
        {STATE_RETURNED, EVENT_RESUBMIT, false}, {STATE_RETURNED, EVENT_WITHDRAW, false},
        {STATE_VERIFIED, EVENT_RETURN, true},    {STATE_VERIFIED, EVENT_APPROVE, true},
        {STATE_VERIFIED, EVENT_REJECT, true},    {STATE_VERIFIED, EVENT_WITHDRAW, false},
        {STATE_APPROVED, EVENT_RECORD, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct test_case c = case_new();
        if (rows[i].state != STATE_NONE) {
            case_bring_to(&c, rows[i].state);
        }
        struct user user = case_user(&c, rows[i].action, 50);
        struct step_input input = case_input(rows[i].action);
        struct step_result result;
        c.customer.assessed_by = user.id;
        case_try(&c, &user, &input, &result);
        assert_int_equal(result.refusal.reason, rows[i].judges ? REASON_OWN_ASSESSMENT : REASON_NONE);
        assert_int_equal(route_judges(rows[i].action) &&
                             four_eyes_bar(&fixture_org, c.now, &c.application, user.id, &user),
                         rows[i].judges);
        c.customer.assessed_by = user.id + 1;
        case_try(&c, &user, &input, &result);
        assert_int_equal(result.refusal.reason, REASON_NONE);
        assert_false(route_judges(rows[i].action) &&
                     four_eyes_bar(&fixture_org, c.now, &c.application, user.id + 1, &user));
    }
}

/* The last verifier may verify the corrected case again, but not when he has assessed the customer since. */
static void who_assessed_does_not_verify_again(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    case_play(&c, EVENT_VERIFY, 2);
    case_play(&c, EVENT_RETURN, 3);
    case_play(&c, EVENT_RESUBMIT, 1);
    const struct user bob = fixture_user(2, R1, JOB_LEVEL_SUPERVISOR, ROLE_BIT(ROLE_VERIFIER));
    assert_false(four_eyes_bar(&fixture_org, c.now, &c.application, 0, &bob));
    assert_true(four_eyes_bar(&fixture_org, c.now, &c.application, 2, &bob));
}

static int64_t at(const char *text)
{
    return table_instant(text);
}

static void a_submission_opens_a_case(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    const struct application *application = &c.application;
    assert_int_equal(application->key.home, 1);
    assert_int_equal(application->key.id, 104);
    assert_int_equal(application->customer_id, 7);
    assert_int_equal(application->version, 1);
    assert_int_equal(application->came_from, STATE_NONE);
    assert_int_equal(application->action, EVENT_SUBMIT);
    assert_int_equal(application->from.grade, GRADE_YELLOW);
    assert_int_equal(application->to_grade, GRADE_GREEN);
    assert_true(application->off_criteria);
    assert_int_equal(application->hand_count, 1);
    assert_int_equal(application->submitted_by, 1);
    assert_int_equal(application->submitted_at, FIXTURE_NOW);
    assert_int_equal(application->clock_started_at, FIXTURE_NOW);
    assert_int_equal(application->policy_version, 1);
    assert_string_equal(application->reason, "because");
    assert_int_equal(application->turn_unit, R1);
    assert_int_equal(application->turn_role, ROLE_VERIFIER);
    assert_int_equal(application->due_at, at("2026-11-27T00:00:00+08:00"));
    assert_int_equal(application->complete_by, at("2026-12-04T00:00:00+08:00"));
    assert_int_equal(application->timer_id.bytes[0], 1);
    assert_int_equal(c.customer.open_application, 104);
    assert_int_equal(c.customer.version, 5);
    assert_int_equal(c.customer.standing.grade, GRADE_YELLOW);
}

/* A customer for whom another standing was computed than the one in force, detected two days ago. */
static struct test_case case_with_criterion(struct computed computed)
{
    struct test_case c = case_new();
    c.customer.evaluation = (struct evaluation){.policy_version = 1,
                                                .computed = computed,
                                                .criterion = true,
                                                .met_on = civil_from_ymd(2026, 11, 1),
                                                .detected_at = at("2026-11-21T09:00:00+08:00"),
                                                .criterion_due_at = at("2026-11-24T00:00:00+08:00")};
    return c;
}

static struct step_result submit(struct test_case *c, enum grade grade, const char *text)
{
    struct user user = case_user(c, EVENT_SUBMIT, 1);
    struct step_input input = {.action = EVENT_SUBMIT, .grade = grade, .text = text};
    struct step_result result;
    case_try(c, &user, &input, &result);
    return result;
}

static void a_criterion_starts_the_clock(void **state)
{
    (void)state;
    struct test_case c = case_with_criterion((struct computed){GRADE_GREEN, true});
    struct step_result result = submit(&c, GRADE_GREEN, NULL);
    const struct application *application = &result.application;
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_false(application->off_criteria);
    assert_string_equal(application->reason, "");
    assert_true(application->criterion_met);
    assert_int_equal(application->criterion_met_on, civil_from_ymd(2026, 11, 1));
    assert_int_equal(application->criterion_detected_at, at("2026-11-21T09:00:00+08:00"));
    assert_int_equal(application->clock_started_at, application->criterion_detected_at);
    assert_int_equal(application->submitted_at, FIXTURE_NOW);
    assert_int_equal(application->complete_by, at("2026-12-02T00:00:00+08:00"));
    assert_int_equal(application->due_at, at("2026-11-27T00:00:00+08:00"));
    assert_int_equal(result.due_before, at("2026-11-24T00:00:00+08:00"));
    assert_false(result.late);
    assert_true(result.customer.evaluation.criterion);
    c.now = at("2026-11-24T00:00:00+08:00");
    result = submit(&c, GRADE_GREEN, NULL);
    assert_true(result.late);
    /* Another grade: the clock is the same, and the request is off-criteria. */
    assert_int_equal(submit(&c, GRADE_RED, " ").refusal.reason, REASON_REASON_REQUIRED);
    result = submit(&c, GRADE_RED, "because");
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_true(result.application.off_criteria);
    assert_int_equal(result.application.complete_by, at("2026-12-02T00:00:00+08:00"));
    assert_true(result.late);
}

/* Whatever is left of the whole, no step is due after its end. */
static void a_criterion_answered_too_late_is_overdue_at_once(void **state)
{
    (void)state;
    static const char *const instants[] = {"2026-11-30T12:00:00+08:00", "2026-12-01T12:00:00+08:00",
                                           "2026-12-02T00:00:00+08:00", "2027-01-05T12:00:00+08:00"};
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        struct test_case c = case_with_criterion((struct computed){GRADE_GREEN, true});
        c.now = at(instants[i]);
        case_bring_to(&c, STATE_VERIFIED);
        assert_int_equal(c.application.complete_by, at("2026-12-02T00:00:00+08:00"));
        assert_int_equal(c.application.due_at, at("2026-12-01T00:00:00+08:00"));
        case_play(&c, EVENT_APPROVE, 3);
        assert_int_equal(c.application.due_at, c.application.complete_by);
    }
}

static void a_later_criterion_moves_no_clock(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    assert_false(c.application.criterion_met);
    assert_true(c.application.off_criteria);
    int64_t complete_by = c.application.complete_by;
    c.customer.evaluation = case_with_criterion((struct computed){GRADE_GREEN, true}).customer.evaluation;
    case_play(&c, EVENT_VERIFY, 2);
    assert_int_equal(c.application.clock_started_at, FIXTURE_NOW);
    assert_int_equal(c.application.complete_by, complete_by);
    assert_false(c.application.criterion_met);
    assert_true(c.application.off_criteria);
}

static void what_is_computed_is_on_criteria(void **state)
{
    (void)state;
    static const struct {
        struct standing in_force;
        struct computed computed;
        bool evaluated;
        enum grade asked;
        bool off;
    } rows[] = {
        {{TIER_KEY, GRADE_YELLOW}, {GRADE_GREEN, true}, true, GRADE_GREEN, false},
        {{TIER_KEY, GRADE_YELLOW}, {GRADE_BLACK, false}, true, GRADE_BLACK, false},
        {{TIER_KEY, GRADE_YELLOW}, {GRADE_GREEN, true}, true, GRADE_RED, true},
        {{TIER_KEY, GRADE_YELLOW}, {GRADE_YELLOW, true}, true, GRADE_GREEN, true},
        {{TIER_KEY, GRADE_YELLOW}, {GRADE_NONE, false}, false, GRADE_GREEN, true},
        {{TIER_ORDINARY, GRADE_NONE}, {GRADE_RED, true}, true, GRADE_RED, false},
        {{TIER_ORDINARY, GRADE_NONE}, {GRADE_RED, true}, true, GRADE_YELLOW, true},
        {{TIER_ORDINARY, GRADE_NONE}, {GRADE_BLACK, false}, true, GRADE_BLACK, true},
        {{TIER_ORDINARY, GRADE_NONE}, {GRADE_NONE, false}, true, GRADE_RED, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct test_case c = case_new();
        c.customer.standing = rows[i].in_force;
        c.customer.evaluation.policy_version = rows[i].evaluated;
        c.customer.evaluation.computed = rows[i].computed;
        assert_int_equal(submit(&c, rows[i].asked, NULL).refusal.reason,
                         rows[i].off ? REASON_REASON_REQUIRED : REASON_NONE);
        struct step_result result = submit(&c, rows[i].asked, "because");
        assert_int_equal(result.refusal.reason, REASON_NONE);
        assert_int_equal(result.application.off_criteria, rows[i].off);
        assert_int_equal(result.due_before, 0);
        assert_int_equal(result.application.clock_started_at, FIXTURE_NOW);
    }
}

static void a_corrected_grade_is_judged_anew(void **state)
{
    (void)state;
    struct test_case c = case_with_criterion((struct computed){GRADE_GREEN, true});
    struct step_result result = submit(&c, GRADE_GREEN, NULL);
    case_take(&c, &result);
    case_bring_to(&c, STATE_RETURNED);
    struct user user = case_user(&c, EVENT_RESUBMIT, 1);
    struct step_input input = {.action = EVENT_RESUBMIT, .grade = GRADE_RED};
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_REASON_REQUIRED);
    assert_string_equal(result.refusal.field, "reason");
    input.text = "because";
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_true(result.application.off_criteria);
    case_take(&c, &result);
    case_play(&c, EVENT_RETURN, 2);
    input = (struct step_input){.action = EVENT_RESUBMIT, .grade = GRADE_GREEN};
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_false(result.application.off_criteria);
    input.grade = GRADE_NONE;
    case_try(&c, &user, &input, &result);
    assert_true(result.application.off_criteria);
}

/* After the record the standing in force is compared with the one computed last. */
static void a_record_answers_the_criterion_or_leaves_another(void **state)
{
    (void)state;
    struct test_case c = case_with_criterion((struct computed){GRADE_GREEN, true});
    case_bring_to(&c, STATE_RECORDED);
    const struct evaluation *evaluation = &c.customer.evaluation;
    assert_int_equal(c.customer.standing.grade, GRADE_GREEN);
    assert_int_equal(c.customer.in_force_since, civil_from_ymd(2026, 11, 23));
    assert_false(evaluation->criterion);
    assert_int_equal(evaluation->detected_at, 0);
    assert_int_equal(evaluation->evaluate_at, 0);

    c = case_with_criterion((struct computed){GRADE_RED, true});
    case_bring_to(&c, STATE_RECORDED);
    assert_true(evaluation->criterion);
    assert_int_equal(evaluation->met_on, civil_from_ymd(2026, 11, 23));
    assert_int_equal(evaluation->detected_at, FIXTURE_NOW);
    assert_int_equal(evaluation->criterion_due_at, at("2026-11-26T00:00:00+08:00"));

    /* Below the floor: not for long. */
    c = case_new();
    c.customer.standing = (struct standing){TIER_ORDINARY, GRADE_NONE};
    c.customer.evaluation = (struct evaluation){.policy_version = 1, .demoted_on = 20000, .demoted_from = GRADE_RED};
    case_bring_to(&c, STATE_RECORDED);
    assert_int_equal(c.customer.standing.tier, TIER_KEY);
    assert_int_equal(evaluation->demoted_on, 0);
    assert_false(evaluation->criterion);
    assert_int_equal(evaluation->evaluate_at, FIXTURE_NOW);
    assert_int_equal(evaluation->timer_id.bytes[0], c.timers);

    /* Never evaluated: there is nothing to compare. */
    c = case_new();
    case_bring_to(&c, STATE_RECORDED);
    assert_false(evaluation->criterion);
    assert_int_equal(evaluation->evaluate_at, 0);
}

/* A demotion ends the open case in any state, decided or not. */
static void the_system_ends_every_open_case(void **state)
{
    (void)state;
    static const enum state open[] = {STATE_SUBMITTED, STATE_RETURNED, STATE_VERIFIED, STATE_APPROVED};
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        struct test_case c = case_new();
        case_bring_to(&c, open[i]);
        standing_put_in_force(&c.customer, (struct standing){TIER_ORDINARY, GRADE_NONE}, 20780, NULL);
        case_play(&c, EVENT_LAPSE, 0);
        assert_int_equal(c.application.state, STATE_LAPSED);
        assert_int_equal(c.application.came_from, open[i]);
        assert_int_equal(c.customer.open_application, 0);
        assert_int_equal(c.customer.standing.tier, TIER_ORDINARY);
        assert_int_equal(c.customer.in_force_since, 20780);
    }
}

/* Takes a step at an instant and looks at the deadline that follows. */
static void step_at(struct test_case *c, enum event_kind action, int64_t id, const char *when, bool late,
                    const char *due)
{
    c->now = at(when);
    struct user user = case_user(c, action, id);
    struct step_input input = case_input(action);
    struct step_result result;
    int64_t due_before = c->application.due_at;
    case_try(c, &user, &input, &result);
    assert_int_equal(result.standing_changed, action == EVENT_RECORD);
    assert_int_equal(result.late, late);
    assert_int_equal(result.due_before, due_before);
    case_take(c, &result);
    assert_int_equal(c->application.due_at, due == NULL ? 0 : at(due));
    assert_int_equal(c->application.timer_id.bytes[0], due == NULL ? 0 : c->timers);
}

static void clocks_of_a_returned_case(void **state)
{
    (void)state;
    struct test_case c = case_new();
    step_at(&c, EVENT_SUBMIT, 1, "2026-11-23T14:05:00+08:00", false, "2026-11-27T00:00:00+08:00");
    step_at(&c, EVENT_VERIFY, 2, "2026-11-24T09:00:00+08:00", false, "2026-11-28T00:00:00+08:00");
    assert_int_equal(c.application.finding, FINDING_CONFIRMED);
    assert_int_equal(c.application.verified_by, 2);
    assert_int_equal(c.application.verified_at, c.now);
    assert_int_equal(c.application.hand_count, 2);
    step_at(&c, EVENT_RETURN, 3, "2026-11-27T23:59:59+08:00", false, "2026-11-30T00:00:00+08:00");
    assert_int_equal(c.application.turn_unit, B11);
    assert_int_equal(c.application.turn_role, ROLE_SUBMITTER);
    step_at(&c, EVENT_RESUBMIT, 1, "2026-11-30T00:00:00+08:00", true, "2026-12-03T00:00:00+08:00");
    assert_int_equal(c.application.finding, FINDING_NONE);
    assert_int_equal(c.application.submitted_at, FIXTURE_NOW);
    step_at(&c, EVENT_VERIFY, 2, "2026-12-02T12:00:00+08:00", false, "2026-12-03T00:00:00+08:00");
    assert_int_equal(c.application.hand_count, 2);
    step_at(&c, EVENT_APPROVE, 3, "2026-12-03T00:00:00+08:00", true, "2026-12-04T00:00:00+08:00");
    assert_int_equal(c.application.decided_grade, GRADE_GREEN);
    assert_int_equal(c.application.decided_by, 3);
    assert_int_equal(c.application.decided_at, c.now);
    assert_int_equal(c.application.hand_count, 2);
    assert_int_equal(c.customer.standing.grade, GRADE_YELLOW);
    assert_int_equal(c.customer.version, 5);
    step_at(&c, EVENT_RECORD, 1, "2026-12-04T00:00:00+08:00", true, NULL);
    assert_int_equal(c.application.version, 7);
    assert_int_equal(c.application.from.grade, GRADE_YELLOW);
    assert_int_equal(c.application.recorded_by, 1);
    assert_int_equal(c.application.recorded_at, c.now);
    assert_int_equal(c.application.turn_unit, 0);
    assert_int_equal(c.customer.standing.grade, GRADE_GREEN);
    assert_int_equal(c.customer.open_application, 0);
    assert_int_equal(c.customer.version, 6);
}

static void endings_free_the_customer(void **state)
{
    (void)state;
    static const enum state endings[] = {STATE_RECORDED, STATE_REJECTED, STATE_WITHDRAWN, STATE_LAPSED};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct test_case c = case_new();
        case_bring_to(&c, endings[i]);
        assert_int_equal(c.customer.open_application, 0);
        assert_int_equal(c.customer.version, 6);
        assert_int_equal(c.customer.standing.grade, endings[i] == STATE_RECORDED ? GRADE_GREEN : GRADE_YELLOW);
        assert_int_equal(c.application.decided_grade, endings[i] == STATE_RECORDED ? GRADE_GREEN : GRADE_NONE);
        assert_int_equal(c.application.due_at, 0);
        assert_true(uuid_is_zero(c.application.timer_id));
    }
}

static void a_resubmission_may_correct_grade_and_reason(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_bring_to(&c, STATE_RETURNED);
    struct step_input input = {.action = EVENT_RESUBMIT, .text = " "};
    struct user user = case_user(&c, EVENT_RESUBMIT, 9);
    struct step_result result;
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_int_equal(result.application.to_grade, GRADE_GREEN);
    assert_string_equal(result.application.reason, "because");
    input.grade = GRADE_RED;
    input.text = "volume is down";
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_int_equal(result.application.to_grade, GRADE_RED);
    assert_string_equal(result.application.reason, "volume is down");
    assert_int_equal(result.application.submitted_by, 1);
    assert_int_equal(result.application.hand_count, 2);
    assert_int_equal(result.application.hands[1], 9);
}

static void a_grade_between_is_put_in_force(void **state)
{
    (void)state;
    struct test_case c = case_new();
    c.customer.standing = (struct standing){TIER_ORDINARY, GRADE_NONE};
    case_bring_to(&c, STATE_VERIFIED);
    struct step_input input = case_input(EVENT_APPROVE);
    input.grade = GRADE_RED;
    struct user user = case_user(&c, EVENT_APPROVE, 3);
    struct step_result result;
    case_try(&c, &user, &input, &result);
    case_take(&c, &result);
    case_play(&c, EVENT_RECORD, 1);
    assert_int_equal(c.customer.standing.tier, TIER_KEY);
    assert_int_equal(c.customer.standing.grade, GRADE_RED);
    assert_int_equal(c.application.to_grade, GRADE_GREEN);
    assert_int_equal(c.application.from.tier, TIER_ORDINARY);
}

static void a_verification_lists_every_item(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    struct checked_item wrong = {.name = "volume", .ok = false};
    struct step_input input = case_input(EVENT_VERIFY);
    input.finding = FINDING_DOUBTFUL;
    input.items = &wrong;
    input.item_count = 1;
    struct user user = case_user(&c, EVENT_VERIFY, 2);
    struct step_result result;
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.item_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(result.items[i].name, fixture_policy.items[i]);
        assert_int_equal(result.items[i].ok, i != 1);
    }
}

static void a_missed_deadline_changes_no_state(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    c.now = c.application.due_at;
    struct step_context ctx = {.org = &fixture_org, .policy = &fixture_policy, .now = c.now};
    struct step_result result;
    struct uuid other = {.bytes = {99}};
    workflow_deadline_missed(&ctx, &c.application, &c.customer, other, &result);
    assert_int_equal(result.refusal.reason, REASON_STATE_CHANGED);
    workflow_deadline_missed(&ctx, &c.application, &c.customer, c.application.timer_id, &result);
    assert_int_equal(result.refusal.reason, REASON_NONE);
    assert_true(result.late);
    assert_int_equal(result.due_before, c.application.due_at);
    struct application expected = c.application;
    expected.timer_id = (struct uuid){0};
    assert_memory_equal(&result.application, &expected, sizeof expected);
    assert_memory_equal(&result.customer, &c.customer, sizeof c.customer);
    struct uuid gone = c.application.timer_id;
    c.application = result.application;
    workflow_deadline_missed(&ctx, &c.application, &c.customer, gone, &result);
    assert_int_equal(result.refusal.reason, REASON_STATE_CHANGED);
}

static void hands_are_limited(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    for (int64_t id = 2; id <= HANDS_MAX; id++) {
        case_play(&c, EVENT_RETURN, 900);
        case_play(&c, EVENT_RESUBMIT, id);
    }
    assert_int_equal(c.application.hand_count, HANDS_MAX);
    struct step_input input = case_input(EVENT_VERIFY);
    struct user user = case_user(&c, EVENT_VERIFY, 901);
    struct step_result result;
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_TOO_MANY_HANDS);
    assert_string_equal(result.refusal.field, "application");
    assert_string_equal(result.refusal.value, "32");
    case_play(&c, EVENT_RETURN, 900);
    case_play(&c, EVENT_RESUBMIT, 1); /* who is among them already may go on */
}

static void own_unit_and_role_are_looked_at_again(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    struct step_input input = case_input(EVENT_VERIFY);
    struct step_result result;
    struct user user = fixture_user(2, R2, JOB_LEVEL_DIRECTOR, ROLE_BIT(ROLE_VERIFIER));
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_NOT_YOUR_UNIT);
    assert_string_equal(result.refusal.value, "R1");
    user = fixture_user(2, R1, JOB_LEVEL_DIRECTOR, ROLE_BIT(ROLE_AUDITOR));
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_ROLE_MISSING);
    assert_string_equal(result.refusal.value, "verifier");
}

static void long_argument_is_cut_between_characters(void **state)
{
    (void)state;
    struct test_case c = case_new();
    case_play(&c, EVENT_SUBMIT, 1);
    struct checked_item item = {.name = "a信信信信信信信信信信信信信信信信信信信信信信信", .ok = true};
    struct step_input input = case_input(EVENT_VERIFY);
    input.items = &item;
    input.item_count = 1;
    struct user user = case_user(&c, EVENT_VERIFY, 2);
    struct step_result result;
    case_try(&c, &user, &input, &result);
    assert_int_equal(result.refusal.reason, REASON_UNKNOWN_ITEM);
    assert_int_equal(strlen(result.refusal.value), 61);
    assert_memory_equal(result.refusal.value, item.name, 61);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(four_eyes_hold),
        cmocka_unit_test(who_assessed_does_not_judge),
        cmocka_unit_test(who_assessed_does_not_verify_again),
        cmocka_unit_test(a_submission_opens_a_case),
        cmocka_unit_test(a_criterion_starts_the_clock),
        cmocka_unit_test(a_criterion_answered_too_late_is_overdue_at_once),
        cmocka_unit_test(a_later_criterion_moves_no_clock),
        cmocka_unit_test(what_is_computed_is_on_criteria),
        cmocka_unit_test(a_corrected_grade_is_judged_anew),
        cmocka_unit_test(a_record_answers_the_criterion_or_leaves_another),
        cmocka_unit_test(the_system_ends_every_open_case),
        cmocka_unit_test(clocks_of_a_returned_case),
        cmocka_unit_test(endings_free_the_customer),
        cmocka_unit_test(a_resubmission_may_correct_grade_and_reason),
        cmocka_unit_test(a_grade_between_is_put_in_force),
        cmocka_unit_test(a_verification_lists_every_item),
        cmocka_unit_test(a_missed_deadline_changes_no_state),
        cmocka_unit_test(hands_are_limited),
        cmocka_unit_test(own_unit_and_role_are_looked_at_again),
        cmocka_unit_test(long_argument_is_cut_between_characters),
    };
    return cmocka_run_group_tests_name("workflow", tests, NULL, NULL);
}
