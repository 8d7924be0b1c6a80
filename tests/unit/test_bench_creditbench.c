/* The load generator's histogram and the words of its cells. */
#include "tests/bench/creditbench/cell.h"
#include "tests/bench/creditbench/histogram.h"
#include "tests/unit/unit.h"

static struct histogram histogram;

static int emptied(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    return 0;
}

static void nothing_counted_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(histogram_at(&histogram, 0.5), 0);
    assert_int_equal(histogram_at(&histogram, 1), 0);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t value = 0; value <= 2000; value++)
        histogram_add(&histogram, value);
    assert_int_equal(histogram_at(&histogram, 0.5), 1000);
    assert_int_equal(histogram_at(&histogram, 0.99), 1980);
    assert_int_equal(histogram_at(&histogram, 1), 2000);
}

/* Around every power of two: what is told is not below the value, and above it by less than a thousandth. */
static void large_values_keep_three_digits(void **state)
{
    (void)state;
    for (unsigned bits = 10; bits < 32; bits++)
        for (int64_t off = -3; off <= 3; off++) {
            uint64_t value = (uint64_t)((INT64_C(1) << bits) + off), told;
            if (value > HISTOGRAM_LONGEST)
                continue;
            memset(&histogram, 0, sizeof histogram);
            histogram_add(&histogram, value);
            histogram_add(&histogram, HISTOGRAM_LONGEST); /* so that the longest does not tell it */
            told = histogram_at(&histogram, 0.5);
            assert_true(told >= value && told - value <= value / 1000);
        }
}

static void the_longest_is_told_as_it_was(void **state)
{
    (void)state;
    histogram_add(&histogram, 1234567);
    assert_int_equal(histogram_at(&histogram, 0.99), 1234567);
    histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(histogram_at(&histogram, 1), HISTOGRAM_LONGEST);
}

/* Against the values themselves, sorted: 10,000, each 0.2 % above the one before. */
static void shares_agree_with_sorted_values(void **state)
{
    static uint64_t values[10000];
    const double shares[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999};
    double value = 1;

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++, value *= 1.002) {
        values[i] = (uint64_t)value;
        histogram_add(&histogram, values[i]);
    }
    assert_int_equal(histogram.total, COUNT(values));
    for (size_t i = 0; i < COUNT(shares); i++) {
        uint64_t exact = values[(size_t)(shares[i] * (double)COUNT(values)) - 1], told;
        told = histogram_at(&histogram, shares[i]);
        assert_true(told >= exact && told <= exact + exact / 500 + 1);
    }
}

static void a_cell_is_read(void **state)
{
    struct cell cell;
    char message[256];

    (void)state;
    assert_true(cell_parse("kind=steps port=7443 connections=64 outstanding=16 seconds=2.5 warmup=1 part=2/3\n", &cell,
                           message, sizeof message));
    assert_int_equal(cell.kind, CELL_STEPS);
    assert_int_equal(cell.port, 7443);
    assert_int_equal(cell.connections, 64);
    assert_int_equal(cell.outstanding, 16);
    assert_int_equal(cell.part, 2);
    assert_int_equal(cell.parts, 3);
    assert_true(cell.seconds == 2.5 && cell.warmup == 1 && cell.rate == 0);
    assert_true(cell_parse(" kind=inbox  port=1 sorted=1", &cell, message, sizeof message));
    assert_true(cell.kind == CELL_INBOX && cell.sorted && cell.connections == 1 && cell.parts == 1);
}

static void other_lines_are_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "port=1",
        "kind=steps",
        "kind=step port=1",
        "kind=steps port=70000",
        "kind=steps port=1 connections=0",
        "kind=steps port=1 connections=1.5",
        "kind=steps port=1 connections=",
        "kind=steps port=1 connections",
        "kind=steps port=1 seconds=x",
        "kind=steps port=1 seconds=1s",
        "kind=steps port=1 part=3/2",
        "kind=steps port=1 part=2",
        "kind=steps port=1 total=1 rate=1",
        "kind=steps port=1 colour=green",
    };
    struct cell cell;
    char message[256];

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_false(cell_parse(lines[i], &cell, message, sizeof message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_counted_is_nothing, emptied),
        cmocka_unit_test_setup(small_values_are_exact, emptied),
        cmocka_unit_test_setup(large_values_keep_three_digits, emptied),
        cmocka_unit_test_setup(the_longest_is_told_as_it_was, emptied),
        cmocka_unit_test_setup(shares_agree_with_sorted_values, emptied),
        cmocka_unit_test(a_cell_is_read),
        cmocka_unit_test(other_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
