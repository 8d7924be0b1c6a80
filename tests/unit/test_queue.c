/* The queue of commands: arrival order within a share, weights, what never shares a batch, and reference commands that
 * nobody passes. */
#include "server/commit/queue.h"

#include "tests/unit/unit.h"

static const struct command_kind step = {.trades = COMMAND_NO_TRADES};
static const struct command_kind chunk = {.trades = COMMAND_WRITES_TRADES};
static const struct command_kind evaluation = {.trades = COMMAND_EVALUATES};
static const struct command_kind on_units = {.reference = true};

enum { SHARES = 2, BATCH_MAX = 4, ALL = 3, EVEN = 1, ODD = 2 };

/* A command of a queue; `rows` 0: a command without rows. */
struct given {
    int16_t home;
    const struct command_kind *kind;
    size_t rows;
};

static struct command_queue queue;
static struct command commands[16];

static void fill(const struct given *given, size_t count)
{
    queue_init(&queue, SHARES, BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        commands[i] = (struct command){.home = given[i].home, .kind = given[i].kind, .row_count = given[i].rows};
        queue_add(&queue, &commands[i]);
    }
}

/* What is taken next: `expected` are indexes of commands as digits, "" for nothing. */
static void takes(uint32_t allowed, const char *expected)
{
    struct range *range = queue_take(&queue, allowed);

    assert_int_equal(range == NULL ? 0 : range->count, strlen(expected));
    for (size_t i = 0; i < strlen(expected); i++)
        assert_ptr_equal(range->commands[i], &commands[expected[i] - '0']);
    free(range);
}

static void commands_leave_in_arrival_order_up_to_a_batch(void **state)
{
    (void)state;
    fill((struct given[]){{1, &step, 0}, {2, &step, 0}, {1, &step, 0}, {4, &step, 0}, {3, &step, 0}, {1, &step, 0}}, 6);
    assert_int_equal(queue.weight, 6);
    takes(ALL, "0123");
    takes(ALL, "45");
    takes(ALL, "");
    assert_int_equal(queue.weight, 0);
}

static void a_share_that_is_not_allowed_keeps_its_place_and_order(void **state)
{
    (void)state;
    fill((struct given[]){{1, &step, 0}, {2, &step, 0}, {3, &step, 0}, {4, &step, 0}, {2, &step, 0}}, 5);
    takes(EVEN, "134");
    takes(EVEN, "");
    takes(0, "");
    takes(ODD, "02");
    commands[5] = (struct command){.home = 1, .kind = &step};
    queue_add(&queue, &commands[5]); /* also when the last one was taken from the midst */
    takes(ALL, "5");
}

static void a_command_weighs_its_rows_and_a_heavy_one_is_alone(void **state)
{
    (void)state;
    fill((struct given[]){{1, &chunk, 3}, {1, &chunk, 2}, {1, &step, 0}, {1, &chunk, 9}, {1, &step, 0}}, 5);
    assert_int_equal(queue.weight, 16);
    takes(ALL, "0");
    takes(ALL, "12");
    takes(ALL, "3");
    takes(ALL, "4");
}

static void trades_are_written_or_evaluated_by_a_batch(void **state)
{
    (void)state;
    fill((struct given[]){{1, &chunk, 0}, {1, &step, 0}, {1, &evaluation, 0}, {1, &evaluation, 0}, {1, &chunk, 0}}, 5);
    takes(ALL, "01");
    takes(ALL, "23");
    takes(ALL, "4");
}

static void nobody_passes_a_command_on_reference_data(void **state)
{
    (void)state;
    fill((struct given[]){{1, &step, 0}, {0, &on_units, 0}, {2, &step, 0}, {0, &on_units, 0}}, 4);
    takes(EVEN, "");
    takes(ALL, "0");
    takes(EVEN, "");
    takes(ODD, "");
    takes(ALL, "1");
    takes(ALL, "2");
    takes(ALL, "3");
}

static void a_part_of_a_range_owns_its_shares(void **state)
{
    (void)state;
    fill((struct given[]){{1, &step, 0}, {2, &step, 0}, {3, &step, 0}}, 3);
    struct range *range = queue_take(&queue, ALL), *part = range_part(range, 1, 2);
    assert_int_equal(part->count, 2);
    assert_ptr_equal(part->commands[0], &commands[1]);
    assert_int_equal(part->shares, range->shares);
    assert_int_equal(range->shares, ALL);
    free(range);
    free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_leave_in_arrival_order_up_to_a_batch),
        cmocka_unit_test(a_share_that_is_not_allowed_keeps_its_place_and_order),
        cmocka_unit_test(a_command_weighs_its_rows_and_a_heavy_one_is_alone),
        cmocka_unit_test(trades_are_written_or_evaluated_by_a_batch),
        cmocka_unit_test(nobody_passes_a_command_on_reference_data),
        cmocka_unit_test(a_part_of_a_range_owns_its_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
