/* Log lines: one line each, in UTC, nothing below the level. */
#include "common/log.h"

#include <time.h>
#include <unistd.h>

#include "common/civil.h"
#include "tests/unit/unit.h"

/* What `run` writes to stderr, NUL-terminated. */
static void capture(void (*run)(void), char *out, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int stderr_before = dup(STDERR_FILENO);
    assert_true(stderr_before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    run();
    assert_true(dup2(stderr_before, STDERR_FILENO) >= 0);
    close(stderr_before);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void write_levels(void)
{
    log_debug("not shown");
    log_info("port %d", 7443);
    log_set_level(LOG_LEVEL_ERROR);
    log_warning("not shown");
    log_error("no disk");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("shown");
    log_set_level(LOG_LEVEL_INFO);
}

static void levels_below_the_lowest_are_dropped(void **state)
{
    (void)state;
    char text[1024];
    capture(write_levels, text, sizeof text);
    assert_null(strstr(text, "not shown"));
    assert_non_null(strstr(text, "Z info port 7443\n"));
    assert_non_null(strstr(text, "Z error no disk\n"));
    assert_non_null(strstr(text, "Z debug shown\n"));
}

static void write_hostile(void)
{
    log_info("%s", "one\ntwo\r\x1b[2Jthree");
}

static void a_message_stays_one_line(void **state)
{
    (void)state;
    char text[1024];
    capture(write_hostile, text, sizeof text);
    assert_non_null(strstr(text, " info one two  [2Jthree\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void write_long(void)
{
    char message[20000];
    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    log_info("%s", message);
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    char text[20000];
    capture(write_long, text, sizeof text);
    assert_true(strlen(text) > 4000 && strlen(text) < 5000);
    assert_string_equal(text + strlen(text) - 5, "x...\n");
}

static void times_are_utc_whatever_zone_is_set(void **state)
{
    (void)state;
    char text[1024], before[INSTANT_TEXT_BYTES], after[INSTANT_TEXT_BYTES];
    struct timespec now;
    zone_offset_s("Asia/Shanghai", 0);
    clock_gettime(CLOCK_REALTIME, &now);
    instant_format("UTC", now.tv_sec * US_PER_SECOND, before);
    zone_offset_s("Asia/Shanghai", 0);
    capture(write_hostile, text, sizeof text);
    clock_gettime(CLOCK_REALTIME, &now);
    instant_format("UTC", now.tv_sec * US_PER_SECOND, after);
    assert_int_equal(text[19], '.');
    assert_int_equal(text[23], 'Z');
    assert_true(strncmp(before, text, 19) <= 0 && strncmp(text, after, 19) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_below_the_lowest_are_dropped),
        cmocka_unit_test(a_message_stays_one_line),
        cmocka_unit_test(a_long_message_is_cut),
        cmocka_unit_test(times_are_utc_whatever_zone_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
