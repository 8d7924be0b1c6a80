/* Deadlines against clock.tbl, which clock_reference.py computes without the server's code. */
#include "server/rules/clock.h"

#include "common/civil.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

static int64_t computed(const struct table *table, const struct table_row *row)
{
    const char *what = table_cell(table, row, "what");
    const char *zone = table_cell(table, row, "zone");
    int64_t start = table_instant(table_cell(table, row, "start"));
    int days = (int)strtol(table_cell(table, row, "days"), NULL, 10);
    assert_true(zone_valid(zone));
    if (strcmp(what, "period") == 0) {
        return clock_end(zone, start, days);
    }
    if (strcmp(what, "whole") == 0) {
        return clock_complete_by(&fixture_policy, zone, start);
    }
    assert_string_equal(what, "step");
    return clock_step_due(&fixture_policy, zone, start, days, table_cell(table, row, "branch zone"),
                          table_instant(table_cell(table, row, "whole start")));
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
    assert_true(table.count >= 60);
    check_table(&table);
}

static void examples_of_the_document_are_right(void **state)
{
    (void)state;
    struct table table = table_load_markdown("server/RULES.md", "## Examples of deadlines");
    assert_int_equal(table.count, 20);
    check_table(&table);
}

static void a_deadline_has_passed_exactly_at_its_instant(void **state)
{
    (void)state;
    int64_t end = clock_end("Asia/Shanghai", FIXTURE_NOW, 3);
    assert_false(clock_overdue(end, end - 1));
    assert_true(clock_overdue(end, end));
    assert_true(clock_overdue(end, end + 1));
    assert_false(clock_overdue(0, end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_are_those_of_the_reference),
        cmocka_unit_test(examples_of_the_document_are_right),
        cmocka_unit_test(a_deadline_has_passed_exactly_at_its_instant),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
