/* The access table: the data in code against access.tbl and RULES.md, and every operation for every kind of user. */
#include "server/rules/access.h"

#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

static const struct access_row *row_named(const char *name)
{
    for (size_t i = 0; i < access_count; i++) {
        if (strcmp(access_table[i].name, name) == 0) {
            return &access_table[i];
        }
    }
    fail_msg("no operation is called %s", name);
    abort();
}

static enum session_need session_of(const char *cell)
{
    if (strcmp(cell, "-") == 0) {
        return SESSION_NONE;
    }
    return strcmp(cell, "user") == 0 ? SESSION_USER : SESSION_SYSTEM;
}

/* The bits of the listed words; every word of the list must be one. */
static uint32_t bits_of(const char *cell, const char *const *words, size_t count, int line)
{
    uint32_t bits = 0;
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL && table_lists(cell, words[i])) {
            bits |= 1u << i;
            length += strlen(words[i]) + (length > 0 ? 2 : 0);
        }
    }
    if (strcmp(cell, "-") != 0 && length != strlen(cell)) {
        fail_msg("line %d: \"%s\" has an unknown word", line, cell);
    }
    return bits;
}

static uint32_t roles_of(const struct table *table, const struct table_row *row)
{
    const char *words[ROLE_SYNC_AGENT + 1] = {NULL};
    for (int role = ROLE_SUBMITTER; role <= ROLE_SYNC_AGENT; role++) {
        words[role] = word_name(words_role, role);
    }
    return bits_of(table_cell(table, row, "roles"), words, ROLE_SYNC_AGENT + 1, row->line);
}

static uint32_t relations_of(const struct table *table, const struct table_row *row)
{
    static const char *const words[] = {
        [RELATION_NONE] = NULL, [RELATION_BRANCH] = "branch", [RELATION_REGION] = "region", [RELATION_HQ] = "HQ"};
    return bits_of(table_cell(table, row, "units"), words, 4, row->line);
}

/* Every operation stands in the table once, with what the code has. */
static void compare_with_code(struct table *table)
{
    assert_int_equal(table->count, access_count);
    for (size_t i = 0; i < table->count; i++) {
        const struct table_row *row = &table->rows[i];
        const struct access_row *access = row_named(table_cell(table, row, "operation"));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(table->rows[j].cells[0], row->cells[0]);
        }
        assert_int_equal(access->session, session_of(table_cell(table, row, "session")));
        assert_int_equal(access->roles, roles_of(table, row));
        assert_int_equal(access->relations, relations_of(table, row));
        assert_string_equal(word_name(words_job_level, (int)access->least_level), table_cell(table, row, "level"));
        assert_int_equal(access->business, table_yes(table_cell(table, row, "business")));
        assert_int_equal(access->credit, table_yes(table_cell(table, row, "credit")));
    }
    table_free(table);
}

static void code_has_the_table(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/access.tbl");
    compare_with_code(&table);
}

static void document_has_the_table(void **state)
{
    (void)state;
    struct table table = table_load_markdown("server/RULES.md", "## Access table");
    compare_with_code(&table);
}

static void every_method_has_its_row(void **state)
{
    (void)state;
    size_t methods = 0;
    for (const struct word *word = words_method; word->name != NULL; word++) {
        const struct access_row *row = access_row_of((enum method)word->number);
        assert_non_null(row);
        assert_int_equal(row->method, word->number);
        assert_string_equal(row->name, word->name);
        methods++;
    }
    assert_int_equal(methods, access_count);
    assert_null(access_row_of((enum method)0));
    assert_null(access_row_of((enum method)9999));
}

static enum relation relation_of_unit(int32_t unit)
{
    return unit == HQ ? RELATION_HQ : unit == R1 ? RELATION_REGION : unit == B11 ? RELATION_BRANCH : RELATION_NONE;
}

static enum reason expected_right(const struct table *table, const struct table_row *row, const struct user *user)
{
    const char *session = table_cell(table, row, "session");
    const char *roles = table_cell(table, row, "roles");
    if (strcmp(session, "user") != 0) {
        return strcmp(session, "-") == 0 ? REASON_NONE : REASON_UNKNOWN_METHOD;
    }
    if (user == NULL) {
        return REASON_NOT_LOGGED_IN;
    }
    if (user->disabled) {
        return REASON_USER_DISABLED;
    }
    bool administrator = user_has(user, ROLE_ADMINISTRATOR);
    bool as_auditor = user_has(user, ROLE_AUDITOR) && table_lists(roles, "auditor");
    if (administrator && !as_auditor && table_yes(table_cell(table, row, "business"))) {
        return REASON_ADMINISTRATOR_ONLY_UNITS_AND_USERS;
    }
    bool holds = strcmp(roles, "-") == 0;
    for (const struct word *word = words_role; word->name != NULL; word++) {
        holds = holds || (word->number != ROLE_NONE && user_has(user, (enum role)word->number) &&
                          table_lists(roles, word->name));
    }
    if (!holds) {
        return REASON_ROLE_MISSING;
    }
    bool too_low = (int)user->level < word_number(words_job_level, table_cell(table, row, "level"));
    return too_low ? REASON_LEVEL_TOO_LOW : REASON_NONE;
}

static enum reason expected_subject(const struct table *table, const struct table_row *row, int32_t unit)
{
    const char *const names[] = {"", "branch", "region", "HQ"};
    enum relation relation = relation_of_unit(unit);
    const char *units = table_cell(table, row, "units");
    if (relation == RELATION_NONE) {
        return REASON_NOT_FOUND;
    }
    return strcmp(units, "-") == 0 || table_lists(units, names[relation]) ? REASON_NONE : REASON_NOT_YOUR_UNIT;
}

static void check_one(const struct table *table, const struct table_row *row, const struct user *user, int32_t unit)
{
    const struct access_row *access = row_named(row->cells[0]);
    struct refusal right = access_check(access, user);
    enum reason expected = expected_right(table, row, user);
    if (right.reason != expected) {
        fail_msg("%s: %s expected, got %s (roles %x, level %d)", access->name, reason_name(expected),
                 reason_name(right.reason), user != NULL ? user->roles : 0, user != NULL ? (int)user->level : 0);
    }
    assert_int_equal(right.name != NULL, expected == REASON_ROLE_MISSING || expected == REASON_LEVEL_TOO_LOW);
    if (user == NULL) {
        return;
    }
    struct refusal subject = access_check_subject(access, &fixture_org, user, B11, R1, "customer");
    expected = expected_subject(table, row, unit);
    if (subject.reason != expected) {
        fail_msg("%s: %s expected for unit %d, got %s", access->name, reason_name(expected), (int)unit,
                 reason_name(subject.reason));
    }
    if (expected == REASON_NOT_FOUND) {
        assert_string_equal(subject.field, "customer");
    } else if (expected == REASON_NOT_YOUR_UNIT) {
        assert_string_equal(subject.name, "unit");
    }
}

static void check_users(const struct table *table, const struct table_row *row, uint32_t roles)
{
    static const int32_t units[] = {HQ, R1, R2, B11, B12, B21};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        for (int level = JOB_LEVEL_CLERK; level <= JOB_LEVEL_DIRECTOR; level++) {
            struct user user = fixture_user(5, units[u], (enum job_level)level, roles);
            check_one(table, row, &user, units[u]);
            user.disabled = true;
            check_one(table, row, &user, units[u]);
        }
    }
}

static void every_operation_for_every_user(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/access.tbl");
    for (size_t i = 0; i < table.count; i++) {
        check_one(&table, &table.rows[i], NULL, 0);
        /* every set of at most two roles, the empty one included */
        for (int a = ROLE_NONE; a <= ROLE_SYNC_AGENT; a++) {
            for (int b = a; b <= ROLE_SYNC_AGENT; b++) {
                uint32_t roles = (ROLE_BIT(a) | ROLE_BIT(b)) & ~ROLE_BIT(ROLE_NONE);
                check_users(&table, &table.rows[i], roles);
            }
        }
    }
    table_free(&table);
}

static void refusals_name_role_level_and_unit(void **state)
{
    (void)state;
    const struct access_row *verify = access_row_of(METHOD_APPLICATION_VERIFY);
    struct user user = fixture_user(5, R1, JOB_LEVEL_CLERK, ROLE_BIT(ROLE_AUDITOR));
    assert_string_equal(access_check(verify, &user).name, "role");
    assert_string_equal(access_check(verify, &user).value, "submitter"); /* the first that would do */
    user.roles = ROLE_BIT(ROLE_VERIFIER);
    assert_string_equal(access_check(verify, &user).name, "level");
    assert_string_equal(access_check(verify, &user).value, "supervisor");
    user.unit_id = HQ;
    assert_string_equal(access_check_subject(verify, &fixture_org, &user, B11, R1, "application").value, "B11");
    user.unit_id = B11;
    const struct access_row *approve = access_row_of(METHOD_APPLICATION_APPROVE);
    assert_string_equal(access_check_subject(approve, &fixture_org, &user, B11, R1, "application").value, "HQ");
    user.unit_id = R1;
    const struct access_row *record = access_row_of(METHOD_APPLICATION_RECORD);
    assert_string_equal(access_check_subject(record, &fixture_org, &user, B11, R1, "application").value, "B11");
}

static void credit_is_for_supervisors_with_a_business_role(void **state)
{
    (void)state;
    for (int role = ROLE_SUBMITTER; role <= ROLE_SYNC_AGENT; role++) {
        bool business = role <= ROLE_CMO || role == ROLE_AUDITOR;
        for (int level = JOB_LEVEL_CLERK; level <= JOB_LEVEL_DIRECTOR; level++) {
            struct user user = fixture_user(5, B11, (enum job_level)level, ROLE_BIT(role));
            bool sees = business && level >= JOB_LEVEL_SUPERVISOR;
            assert_int_equal(access_sees_any_credit(&user), sees);
            assert_int_equal(access_sees_credit(&fixture_org, &user, B11, R1), sees);
            assert_false(access_sees_credit(&fixture_org, &user, B12, R1));
            user.unit_id = R1;
            assert_int_equal(access_sees_credit(&fixture_org, &user, B11, R1), sees);
            assert_false(access_sees_credit(&fixture_org, &user, B21, R2));
            user.unit_id = HQ;
            assert_int_equal(access_sees_credit(&fixture_org, &user, B21, R2), sees);
            user.disabled = true;
            assert_false(access_sees_any_credit(&user));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_has_the_table),
        cmocka_unit_test(document_has_the_table),
        cmocka_unit_test(every_method_has_its_row),
        cmocka_unit_test(every_operation_for_every_user),
        cmocka_unit_test(refusals_name_role_level_and_unit),
        cmocka_unit_test(credit_is_for_supervisors_with_a_business_role),
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
