/* The state table: the data in code against RULES.md, and every state x step x role x unit level against
 * workflow.tbl, through the access table and the workflow as a request goes. */
#include "server/rules/route.h"

#include "tests/rules/case.h"

enum { ACTIONS = EVENT_RETURN_TO_NODE, ROLES = ROLE_SYNC_AGENT + 1, LEVELS = 3, STATES = STATE_LAPSED + 1 };

/* Number of a word where "none" or "-" is 0. */
static int number_of(const struct word *words, const char *name)
{
    return strcmp(name, "none") == 0 || strcmp(name, "-") == 0 ? 0 : word_number(words, name);
}

static int level_of(const char *name)
{
    return strcmp(name, "HQ") == 0 ? UNIT_LEVEL_HQ : word_number(words_unit_level, name);
}

static void document_has_the_state_table(void **state)
{
    (void)state;
    struct table table = table_load_markdown("server/RULES.md", "## State table");
    assert_int_equal(table.count, transition_count);
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        const struct transition *transition = &transitions[i];
        bool by_system = strcmp(table_cell(&table, row, "by"), "system") == 0;
        assert_int_equal(number_of(words_state, table_cell(&table, row, "came from")), transition->from);
        assert_int_equal(number_of(words_event, table_cell(&table, row, "action")), transition->action);
        assert_int_equal(number_of(words_state, table_cell(&table, row, "state")), transition->to);
        assert_int_equal(by_system, transition->by_role == ROLE_NONE);
        if (!by_system) {
            assert_int_equal(number_of(words_role, table_cell(&table, row, "by")), transition->by_role);
            assert_int_equal(level_of(table_cell(&table, row, "unit")), transition->by_level);
        }
    }
    table_free(&table);
}

/* Every state and every step of the table is named in the picture. */
static void document_has_the_picture(void **state)
{
    (void)state;
    char *text = table_read_file("server/RULES.md");
    char *picture = strstr(text, "```text\n");
    assert_non_null(picture);
    char *end = strstr(picture + 8, "```");
    assert_non_null(end);
    *end = '\0';
    for (const struct word *word = words_state; word->name != NULL; word++) {
        assert_true(word->number == STATE_NONE || strstr(picture, word->name) != NULL);
    }
    for (size_t i = 0; i < transition_count; i++) {
        assert_non_null(strstr(picture, word_name(words_event, (int)transitions[i].action)));
    }
    free(text);
}

static enum method method_of(enum event_kind action)
{
    static const enum method methods[] = {
        [EVENT_SUBMIT] = METHOD_APPLICATION_SUBMIT,
        [EVENT_VERIFY] = METHOD_APPLICATION_VERIFY,
        [EVENT_RETURN] = METHOD_APPLICATION_RETURN,
        [EVENT_RESUBMIT] = METHOD_APPLICATION_RESUBMIT,
        [EVENT_APPROVE] = METHOD_APPLICATION_APPROVE,
        [EVENT_REJECT] = METHOD_APPLICATION_REJECT,
        [EVENT_WITHDRAW] = METHOD_APPLICATION_WITHDRAW,
        [EVENT_RECORD] = METHOD_APPLICATION_RECORD,
        [EVENT_RECALL] = METHOD_APPLICATION_RECALL,
        [EVENT_RETURN_TO_REGION] = METHOD_APPLICATION_RETURN_TO_REGION,
        [EVENT_RETURN_TO_NODE] = METHOD_APPLICATION_RETURN_TO_NODE,
    };
    return methods[action];
}

static const char *cell_of_reason(enum reason reason)
{
    switch ((int)reason) {
    case REASON_ROLE_MISSING:
        return "role";
    case REASON_NODE_NOT_EARLIER:
        return "node";
    case REASON_NOT_YOUR_UNIT:
        return "unit";
    case REASON_ADMINISTRATOR_ONLY_UNITS_AND_USERS:
        return "admin";
    case REASON_OPEN_APPLICATION_EXISTS:
        return "open";
    case REASON_STATE_CHANGED:
        return "changed";
    case REASON_ALREADY_DECIDED:
        return "decided";
    }
    return reason_name(reason);
}

/* What comes of a step as a request would go: right, subject, existence, workflow. */
static void outcome_of(struct test_case *c, const struct user *user, enum event_kind action, char out[32])
{
    struct refusal refusal = {.reason = REASON_NONE};
    struct step_result result;
    if (user != NULL) {
        const struct access_row *row = access_row_of(method_of(action));
        refusal = access_check(row, user);
        if (refusal.reason == REASON_NONE) {
            refusal = access_check_subject(row, &fixture_org, user, B11, R1, "application");
        }
    }
    if (refusal.reason == REASON_NONE && c->application.version == 0 && action != EVENT_SUBMIT) {
        assert_false(route_possible(STATE_NONE, action));
        snprintf(out, 32, "none");
        return;
    }
    if (refusal.reason == REASON_NONE) {
        struct step_input input = case_input(action);
        input.node = "verify";
        if (action == EVENT_SUBMIT && c->customer.standing.grade == input.grade) {
            input.grade = GRADE_RED; /* the first application has been recorded */
        }
        case_try(c, user, &input, &result);
        refusal = result.refusal;
    }
    if (refusal.reason == REASON_NONE) {
        snprintf(out, 32, ">%s", word_name(words_state, (int)result.application.state));
    } else {
        snprintf(out, 32, "%s", cell_of_reason(refusal.reason));
    }
}

static void check_cells(const struct table *table, const struct table_row *row, int state, int level, int role)
{
    struct test_case c = case_new();
    if (state != STATE_NONE) {
        case_bring_to(&c, (enum state)state);
    }
    bool system = level == 0;
    struct user user = {0};
    if (!system) {
        uint32_t roles = role == ROLE_NONE ? 0 : ROLE_BIT(role);
        user = fixture_user(90, fixture_unit_of((enum unit_level)level), JOB_LEVEL_DIRECTOR, roles);
    }
    for (int action = EVENT_SUBMIT; action <= ACTIONS; action++) {
        char got[32];
        if (action == EVENT_SIGN || (!system && action == EVENT_LAPSE)) {
            snprintf(got, sizeof got, "none"); /* there is no method for it */
        } else {
            outcome_of(&c, system ? NULL : &user, (enum event_kind)action, got);
        }
        const char *name = word_name(words_event, action);
        if (strcmp(got, table_cell(table, row, name)) != 0) {
            fail_msg("line %d, %s: %s expected, got %s", row->line, name, table_cell(table, row, name), got);
        }
    }
}

static void every_state_step_role_and_level(void **state)
{
    (void)state;
    bool listed[STATES][LEVELS + 1][ROLES] = {0};
    struct table table = table_load("tests/rules/workflow.tbl");
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        bool system = strcmp(table_cell(&table, row, "role"), "system") == 0;
        int at = number_of(words_state, table_cell(&table, row, "state"));
        int level = system ? 0 : level_of(table_cell(&table, row, "unit"));
        int role = system ? ROLE_NONE : number_of(words_role, table_cell(&table, row, "role"));
        assert_true(at >= 0 && at < STATES && level >= 0 && level <= LEVELS && role >= 0 && role < ROLES);
        assert_false(listed[at][level][role]);
        listed[at][level][role] = true;
        check_cells(&table, row, at, level, role);
    }
    assert_int_equal(table.count, STATES * (LEVELS * ROLES + 1)); /* none is missing, as none is there twice */
    table_free(&table);
}

static void users_never_lapse_a_case(void **state)
{
    (void)state;
    for (int level = UNIT_LEVEL_HQ; level <= UNIT_LEVEL_BRANCH; level++) {
        struct test_case c = case_new();
        case_bring_to(&c, STATE_VERIFIED);
        struct user user = fixture_user(90, fixture_unit_of((enum unit_level)level), JOB_LEVEL_DIRECTOR, ~1u);
        struct step_input input = case_input(EVENT_LAPSE);
        struct step_result result;
        case_try(&c, &user, &input, &result);
        assert_int_equal(result.refusal.reason, REASON_ROLE_MISSING);
    }
}

static void turn_is_of_whoever_can_move_the_case_on(void **state)
{
    (void)state;
    for (int at = STATE_SUBMITTED; at <= STATE_LAPSED; at++) {
        enum unit_level level;
        enum role role;
        bool open = route_turn((enum state)at, &level, &role);
        assert_int_equal(open, !route_closed((enum state)at));
        bool found = false, any = false;
        for (size_t i = 0; i < transition_count; i++) {
            any = any || transitions[i].from == (enum state)at;
            found = found || (open && transitions[i].from == (enum state)at && transitions[i].by_level == level &&
                              transitions[i].by_role == role && transitions[i].action != EVENT_WITHDRAW);
        }
        assert_int_equal(any, open);
        assert_int_equal(found, open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_has_the_state_table),
        cmocka_unit_test(document_has_the_picture),
        cmocka_unit_test(every_state_step_role_and_level),
        cmocka_unit_test(users_never_lapse_a_case),
        cmocka_unit_test(turn_is_of_whoever_can_move_the_case_on),
    };
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
