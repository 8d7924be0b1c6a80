/* Passes over what is due: where pages begin, before something fails and after. */
#include "server/watch/pass.h"

#include "tests/unit/unit.h"

#define SECOND 1000000LL

static struct timer timers[] = {{.key = {1, TIMER_DEADLINE, 7}, .due_at = 100},
                                {.key = {2, TIMER_EVALUATE, 8}, .due_at = 200}};
static struct criterion_place late[] = {{300, {1, 9}}};
static struct import_customer imported[] = {{.customer = {1, 10}, .import_id = 5}};

/* A poll has read so much. */
static void read_pages(struct pass *pass, size_t timer_count, size_t others)
{
    const struct due_timers due = {.rows = timers, .count = timer_count};
    const struct evaluations_found found = {
        .late = late, .late_count = others, .imported = imported, .imported_count = others};

    pass_read(pass, &due, &found);
}

static void begins_at(const struct pass *pass, int64_t timer_due, int64_t late_due, int64_t import, bool idle_imports)
{
    struct evaluation_search search = {.imported_after_import = 0};

    pass_search(pass, &search);
    assert_int_equal(pass_timers(pass).due_at, timer_due);
    assert_int_equal(search.late_after.due_at, late_due);
    assert_int_equal(search.imported_after_import, import);
    assert_int_equal(search.idle_import_limit != 0, idle_imports);
}

static void all_is_read_from_the_front_while_nothing_fails(void **state)
{
    struct pass pass = {.failed = 0};

    (void)state;
    for (int poll = 0; poll < 3; poll++) {
        assert_false(pass_begins(&pass, poll));
        begins_at(&pass, 0, 0, 0, true);
        read_pages(&pass, 2, 1);
        pass_ends(&pass, poll);
    }
    assert_int_equal(pass.again_at, 0);
}

static void what_fails_is_passed_over(void **state)
{
    struct pass pass = {.failed = 0};

    (void)state;
    read_pages(&pass, 1, 0);
    read_pages(&pass, 1, 1); /* from the front again, and it fails */
    pass.failed = 2;
    begins_at(&pass, 100, 300, 5, false);
    read_pages(&pass, 2, 0);
    begins_at(&pass, 200, 300, 5, false);
    assert_int_equal(pass_timers(&pass).key.subject, 8);
    read_pages(&pass, 0, 0); /* the end: the place stays, for what is due later comes behind it */
    begins_at(&pass, 200, 300, 5, false);
}

/* What was read in an earlier poll, and is done, is no place to begin behind. */
static void a_list_that_was_empty_is_read_from_its_front(void **state)
{
    struct pass pass = {.failed = 0};

    (void)state;
    read_pages(&pass, 2, 1);
    read_pages(&pass, 0, 1);
    pass.failed = 1;
    begins_at(&pass, 0, 300, 5, false);
}

static void it_is_tried_again_after_a_pause_that_grows(void **state)
{
    static const int64_t pauses[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct pass pass = {.failed = 0};
    int64_t now = 1000;

    (void)state;
    for (size_t i = 0; i < COUNT(pauses); i++) {
        read_pages(&pass, 2, 1);
        pass.failed++;
        pass.stale_failed = true;
        pass_ends(&pass, now);
        assert_int_equal(pass.again_at, now + pauses[i] * SECOND);
        pass_ends(&pass, now + 1); /* polls in the pause do not put it off */
        assert_false(pass_begins(&pass, pass.again_at - 1));
        now = pass.again_at;
        assert_true(pass_begins(&pass, now));
        assert_true(pass.failed == 0 && pass.failed_before == 1 && !pass.stale_failed);
        begins_at(&pass, 0, 0, 0, true);
    }
    pass_ends(&pass, now); /* nothing fails any more: the next failure begins with a short pause */
    pass.failed = 1;
    pass_ends(&pass, now);
    assert_int_equal(pass.pause_us, SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_read_from_the_front_while_nothing_fails),
        cmocka_unit_test(what_fails_is_passed_over),
        cmocka_unit_test(a_list_that_was_empty_is_read_from_its_front),
        cmocka_unit_test(it_is_tried_again_after_a_pause_that_grows),
    };

    return cmocka_run_group_tests_name("pass", tests, NULL, NULL);
}
