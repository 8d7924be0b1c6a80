/* CHECK ends the process, with place and condition, also in a release build. */
#include "common/check.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/civil.h"
#include "tests/unit/unit.h"

static void fail_a_check(void)
{
    CHECK(1 + 1 == 3);
}

static void pass_a_limit(void)
{
    struct arena *arena = arena_new(100);
    memset(arena_alloc(arena, 101), 0, 101);
}

static void use_no_zone(void)
{
    zone_offset_s("Asia/Nowhere", 0);
}

/* Runs `work` in a child, whose last words go to `out`; returns how it ended. */
static int end_of(void (*work)(void), char *out, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        /* The handlers of the test library belong to the parent. */
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        work();
        _exit(0);
    }
    close(ends[1]);
    FILE *words = fdopen(ends[0], "r");
    assert_non_null(words);
    out[fread(out, 1, size - 1, words)] = '\0';
    fclose(words);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_failed_check_aborts(void **state)
{
    (void)state;
    static void (*const works[])(void) = {fail_a_check, pass_a_limit, use_no_zone};
    static const char *const words[] = {"tests/unit/test_check.c:", "common/arena.c:", "common/civil.c:"};
    for (size_t i = 0; i < COUNT(works); i++) {
        char out[4096];
        int status = end_of(works[i], out, sizeof out);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_non_null(strstr(out, words[i]));
        assert_non_null(strstr(out, "CHECK failed: "));
    }
}

static void a_check_that_holds_does_nothing(void **state)
{
    (void)state;
    int evaluated = 0;
    CHECK(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

static void allocations_are_zeroed_and_never_null(void **state)
{
    (void)state;
    int *numbers = xcalloc(3, sizeof *numbers);
    assert_int_equal(numbers[0] | numbers[1] | numbers[2], 0);
    free(numbers);
    free(xcalloc(0, 0));
    char *copy = xstrdup("华东");
    assert_string_equal(copy, "华东");
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_check_aborts),
        cmocka_unit_test(a_check_that_holds_does_nothing),
        cmocka_unit_test(allocations_are_zeroed_and_never_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
