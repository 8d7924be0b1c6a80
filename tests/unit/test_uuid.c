/* UUIDs: form, version 7, order of time. */
#include "common/uuid.h"

#include <time.h>

#include "tests/unit/unit.h"

#define TIME_BYTES 8 /* milliseconds, version and fraction: what orders two ids */

static void text_and_back(void **state)
{
    (void)state;
    static const char text[] = "01936f5e-9c40-7abc-8def-0123456789ab";
    char again[UUID_TEXT_BYTES];
    struct uuid uuid, upper;
    assert_true(uuid_parse(text, &uuid));
    assert_int_equal(uuid.bytes[0], 0x01);
    assert_int_equal(uuid.bytes[15], 0xab);
    uuid_format(uuid, again);
    assert_string_equal(again, text);
    assert_true(uuid_parse("01936F5E-9C40-7ABC-8DEF-0123456789AB", &upper));
    assert_true(uuid_equal(uuid, upper));
    upper.bytes[15] ^= 1;
    assert_false(uuid_equal(uuid, upper));
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "01936f5e9c407abc8def0123456789ab",
        "01936f5e-9c40-7abc-8def-0123456789a",
        "01936f5e-9c40-7abc-8def-0123456789abc",
        "01936f5e-9c40-7abc-8def-0123456789ag",
        "01936f5e-9c40-7abc-8def 0123456789ab",
        "01936f5e9-c40-7abc-8def-0123456789ab",
        "{1936f5e-9c40-7abc-8def-0123456789a}",
        "-1936f5e-9c40-7abc-8def-0123456789ab",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct uuid uuid;
        if (uuid_parse(texts[i], &uuid)) {
            fail_msg("\"%s\" was read", texts[i]);
        }
    }
    struct uuid uuid;
    assert_false(uuid_parse(NULL, &uuid));
}

static void zero_is_zero(void **state)
{
    (void)state;
    struct uuid uuid = {0};
    assert_true(uuid_is_zero(uuid));
    uuid.bytes[15] = 1;
    assert_false(uuid_is_zero(uuid));
}

static uint64_t milliseconds_of(struct uuid uuid)
{
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++) {
        ms = ms << 8 | uuid.bytes[i];
    }
    return ms;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void new_ones_are_of_version_7_and_now(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint64_t before = now_ms();
        struct uuid uuid = uuid_new();
        uint64_t after = now_ms();
        assert_int_equal(uuid.bytes[6] >> 4, 7);
        assert_int_equal(uuid.bytes[8] >> 6, 2);
        assert_true(milliseconds_of(uuid) >= before && milliseconds_of(uuid) <= after);
        assert_false(uuid_is_zero(uuid));
    }
}

static void new_ones_are_ordered_and_differ(void **state)
{
    (void)state;
    struct uuid last = uuid_new();
    int moved = 0;
    for (int i = 0; i < 10000; i++) {
        struct uuid uuid = uuid_new();
        int order = memcmp(last.bytes, uuid.bytes, TIME_BYTES);
        assert_true(order <= 0);
        assert_false(uuid_equal(last, uuid));
        moved += order < 0;
        last = uuid;
    }
    assert_true(moved > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(zero_is_zero),
        cmocka_unit_test(new_ones_are_of_version_7_and_now),
        cmocka_unit_test(new_ones_are_ordered_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
