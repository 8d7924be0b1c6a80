/* Rows kept after a commit: which keys need no load, what stands in front of the loaded rows, what is forgotten. */
#include "server/commit/recent.h"

#include "tests/unit/unit.h"

enum { ROWS_MAX = 3, SEEN = 7 };

static struct recent *recent;
static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    recent = recent_new(ROWS_MAX);
    arena = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    recent_free(recent);
    arena_free(arena);
    return 0;
}

static struct customer customer(int64_t id)
{
    return (struct customer){
        .key = {1, id}, .number = arena_printf(arena, "K%d", (int)id), .name = "n", .emergency = {.reason = ""}};
}

static struct application application(int64_t id, int64_t of, bool open)
{
    return (struct application){
        .key = {1, id}, .customer_id = of, .version = 1, .turn_unit = open ? 2 : 0, .reason = "r"};
}

/* A commit that has written customer `id`, and an application 100 + `id` of it. */
static struct change_set written(int64_t id, bool open)
{
    struct customer *c = ARENA_NEW(arena, struct customer);
    struct application *a = ARENA_NEW(arena, struct application);
    struct customer_write *customers = ARENA_NEW(arena, struct customer_write);
    struct application_write *applications = ARENA_NEW(arena, struct application_write);

    *c = customer(id);
    *a = application(100 + id, id, open);
    *customers = (struct customer_write){c, SEEN};
    *applications = (struct application_write){a, 0};
    return (struct change_set){
        .customers = customers, .customer_count = 1, .applications = applications, .application_count = 1};
}

static void commit(int64_t id)
{
    struct change_set set = written(id, true);

    recent_keep(recent, &set);
}

/* How many of these need no load: of customer `id` and of its application. */
static size_t taken(int64_t id, struct recent_use *use)
{
    const struct key customers[] = {{1, id}}, applications[] = {{1, 100 + id}};
    struct load_list list = {
        .customers = customers, .customer_count = 1, .applications = applications, .application_count = 1};

    recent_take_out(recent, arena, &list, use);
    assert_int_equal(list.customer_count + use->customer_count, 1);
    assert_int_equal(list.application_count + use->application_count, 1);
    return use->customer_count + use->application_count;
}

static void what_was_written_needs_no_load(void **state)
{
    struct recent_use use;

    (void)state;
    assert_int_equal(taken(1, &use), 0);
    commit(1);
    assert_int_equal(taken(1, &use), 2);
    assert_int_equal(taken(2, &use), 0);
}

static void copies_stand_in_front_of_what_was_loaded(void **state)
{
    struct customer seen = customer(9);
    struct application with = application(109, 9, true);
    struct loaded loaded = {.customers = &seen, .customer_count = 1, .applications = &with, .application_count = 1};
    struct recent_use use;

    (void)state;
    commit(1);
    assert_int_equal(taken(1, &use), 2);
    assert_true(recent_fill(recent, &use, arena, &loaded));
    assert_int_equal(loaded.customer_count, 3); /* by itself, with its application, and the loaded one */
    assert_int_equal(loaded.customers[0].key.id, 1);
    assert_int_equal(loaded.customers[0].revision, SEEN + 1);
    assert_string_equal(loaded.customers[1].number, "K1");
    assert_int_equal(loaded.customers[2].key.id, 9);
    assert_int_equal(loaded.application_count, 2);
    assert_int_equal(loaded.applications[0].key.id, 101);
    assert_int_equal(loaded.applications[1].key.id, 109);
    recent_clear(recent);
    assert_string_equal(loaded.applications[0].reason, "r"); /* a copy */
}

static void what_has_gone_meanwhile_is_told(void **state)
{
    struct change_set set = written(1, true);
    struct loaded loaded = {0};
    struct recent_use use;

    (void)state;
    commit(1);
    assert_int_equal(taken(1, &use), 2);
    recent_forget(recent, &set);
    assert_false(recent_fill(recent, &use, arena, &loaded));
    assert_int_equal(loaded.customer_count, 0);
}

static void another_row_is_told(void **state)
{
    struct customer rows[] = {customer(1), customer(2)};
    struct loaded loaded = {.customers = rows, .customer_count = 2};

    (void)state;
    assert_true(recent_agrees(recent, &loaded));
    commit(2);
    rows[1].revision = SEEN + 1;
    assert_true(recent_agrees(recent, &loaded));
    rows[1].revision = SEEN + 2;
    assert_false(recent_agrees(recent, &loaded));
    rows[1].revision = SEEN;
    assert_false(recent_agrees(recent, &loaded));
}

/* The customer alone is written, as it was loaded at that revision. */
static void commit_customer(int64_t id, int64_t loaded_revision, int64_t open_application)
{
    struct change_set set = written(id, true);
    struct customer *row = ARENA_NEW(arena, struct customer);
    struct customer_write *write = ARENA_NEW(arena, struct customer_write);

    *row = customer(id);
    row->open_application = open_application;
    *write = (struct customer_write){row, loaded_revision};
    set.customers = write;
    set.application_count = 0;
    recent_keep(recent, &set);
}

static void an_application_goes_with_one_row_of_its_customer(void **state)
{
    struct recent_use use;

    (void)state;
    commit(1);
    commit_customer(1, SEEN + 1, 101); /* the row that goes with it was edited: it still does */
    assert_int_equal(taken(1, &use), 2);
    commit_customer(1, SEEN + 3, 101); /* somebody else has written in between */
    assert_int_equal(taken(1, &use), 1);
    assert_int_equal(use.application_count, 0);
    commit(2);
    commit_customer(2, SEEN + 2, 0); /* it was ended elsewhere */
    assert_int_equal(taken(2, &use), 1);
}

static void an_application_without_its_customer_is_loaded(void **state)
{
    struct change_set set = written(1, true);
    struct recent_use use;

    (void)state;
    commit(1);
    set.application_count = 0;
    recent_forget(recent, &set);
    assert_int_equal(taken(1, &use), 0);
}

static void one_that_has_ended_is_not_kept(void **state)
{
    struct change_set set = written(1, false);
    struct recent_use use;

    (void)state;
    commit(1);
    recent_keep(recent, &set);
    assert_int_equal(taken(1, &use), 1);
    assert_int_equal(use.application_count, 0);
}

static void the_one_written_longest_ago_goes_first(void **state)
{
    struct recent_use use;

    (void)state;
    for (int64_t id = 1; id <= ROWS_MAX; id++)
        commit(id);
    commit(1);
    commit(ROWS_MAX + 1);
    assert_int_equal(taken(1, &use), 2);
    assert_int_equal(taken(2, &use), 0);
    assert_int_equal(taken(3, &use), 2);
}

/* Batches that find nothing of what each of them has written, until one does. */
static int paused(void)
{
    struct recent_use use;
    int batches = 0;

    for (commit(1); taken(1, &use) == 0; commit(1))
        batches++;
    return batches;
}

static void after_an_old_row_nothing_is_taken_for_longer_and_longer(void **state)
{
    struct recent_use use;
    int first;

    (void)state;
    commit(1);
    recent_pause(recent);
    first = paused();
    assert_true(first > 0);
    recent_pause(recent);
    assert_int_equal(paused(), first * 2);
    for (int i = 0; i < first * 8; i++)
        assert_int_equal(taken(1, &use), 2);
    recent_pause(recent);
    assert_int_equal(paused(), first); /* it was right for longer than it would pause */
}

static void none_are_kept_when_none_may_be(void **state)
{
    struct recent_use use;

    (void)state;
    recent_free(recent);
    recent = recent_new(0);
    commit(1);
    assert_int_equal(taken(1, &use), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_written_needs_no_load),
        TEST(copies_stand_in_front_of_what_was_loaded),
        TEST(what_has_gone_meanwhile_is_told),
        TEST(another_row_is_told),
        TEST(an_application_goes_with_one_row_of_its_customer),
        TEST(an_application_without_its_customer_is_loaded),
        TEST(one_that_has_ended_is_not_kept),
        TEST(the_one_written_longest_ago_goes_first),
        TEST(after_an_old_row_nothing_is_taken_for_longer_and_longer),
        TEST(none_are_kept_when_none_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
