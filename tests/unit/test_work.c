/* The working copy of a batch: rows that were loaded twice. */
#include "server/commit/work.h"

#include "tests/unit/unit.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* Customer 1 as two statements saw it: the second one with its open application. */
static bool is_torn(int64_t first, int64_t second)
{
    struct customer *rows = ARENA_ARRAY(arena, struct customer, 2);
    struct application *application = ARENA_NEW(arena, struct application);
    struct loaded loaded = {
        .customers = rows, .customer_count = 2, .applications = application, .application_count = 1};

    rows[0] = (struct customer){.key = {1, 1}, .number = "K", .name = "n", .revision = first};
    rows[1] = rows[0];
    rows[1].revision = second;
    rows[1].open_application = 7;
    *application = (struct application){.key = {1, 7}, .customer_id = 1, .reason = "r"};
    struct work *work = work_new(arena, &loaded);
    bool torn = work_is_torn(work);
    assert_non_null(work_application(work, application->key));
    work_free(work);
    return torn;
}

static void rows_of_one_moment_fit(void **state)
{
    (void)state;
    assert_false(is_torn(5, 5));
}

static void rows_before_and_after_a_commit_do_not(void **state)
{
    (void)state;
    assert_true(is_torn(5, 6));
    assert_true(is_torn(6, 5));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_one_moment_fit),
        TEST(rows_before_and_after_a_commit_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
