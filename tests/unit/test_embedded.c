/* Which postmaster is alive, as far as a process can tell about its own children. No PostgreSQL runs here. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/embedded/embedded.h"

#include "tests/unit/unit.h"

static pid_t start_child(void)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when an assertion ends the test */
        pause();
        _exit(0);
    }
    return pid;
}

/* Ended, and still to be reaped. */
static void end_child(pid_t pid)
{
    siginfo_t info;

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void a_child_is_alive_before_it_is_in_its_data_directory(void **state)
{
    (void)state;
    struct embedded embedded = {.data = "/nowhere"};

    embedded.postmaster_pid = start_child();
    assert_false(embedded_is_dead(&embedded));
    end_child((pid_t)embedded.postmaster_pid);
    assert_true(embedded_is_dead(&embedded));
    assert_int_equal(kill((pid_t)embedded.postmaster_pid, 0), -1);
}

/* Also one that has got the number of a postmaster that was reaped. */
static void a_process_elsewhere_that_is_no_child_is_no_postmaster(void **state)
{
    (void)state;
    struct embedded embedded = {.data = "/nowhere", .postmaster_pid = getppid()};

    assert_true(embedded_is_dead(&embedded));
    snprintf(embedded.data, sizeof embedded.data, "%s", "/proc/self/cwd");
    embedded.postmaster_pid = getpid();
    assert_false(embedded_is_dead(&embedded));
}

/* The one that is started finds an empty data directory and ends at once: it is only begun here. */
static void a_dead_child_that_holds_the_lock_file_is_reaped(void **state)
{
    (void)state;
    struct embedded embedded = {0};
    char path[400];
    pid_t child = start_child();

    snprintf(embedded.directory, sizeof embedded.directory, "%s", "/tmp/test_embedded.XXXXXX");
    assert_non_null(mkdtemp(embedded.directory));
    snprintf(embedded.data, sizeof embedded.data, "%s/data", embedded.directory);
    assert_int_equal(mkdir(embedded.data, 0700), 0);
    snprintf(path, sizeof path, "%s/postmaster.pid", embedded.data);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%ld\n", (long)child);
    assert_int_equal(fclose(file), 0);
    end_child(child);

    assert_true(embedded_revive(&embedded));
    assert_int_equal(kill(child, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_true(embedded.postmaster_pid != child);
    assert_int_equal(waitpid((pid_t)embedded.postmaster_pid, NULL, 0), embedded.postmaster_pid);

    unlink(path);
    rmdir(embedded.data);
    snprintf(path, sizeof path, "%s/postgresql.log", embedded.directory);
    unlink(path);
    rmdir(embedded.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_alive_before_it_is_in_its_data_directory),
        cmocka_unit_test(a_process_elsewhere_that_is_no_child_is_no_postmaster),
        cmocka_unit_test(a_dead_child_that_holds_the_lock_file_is_reaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
