/* fork, exec and wait, and what /proc tells about a process that is no child of ours. */
#include "server/embedded/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"

#define DEBIAN_PLACE "/usr/lib/postgresql/15/bin"

static bool try_place(const char *place, size_t length, const char *name, char *out, size_t size)
{
    int written = snprintf(out, size, "%.*s/%s", (int)length, place, name);
    return written > 0 && (size_t)written < size && access(out, X_OK) == 0;
}

bool process_find(const char *name, char *out, size_t size)
{
    const char *path = getenv("PATH");

    if (try_place(DEBIAN_PLACE, strlen(DEBIAN_PLACE), name, out, size))
        return true;
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        if (length > 0 && try_place(path, length, name, out, size))
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* In the child. Signals and descriptors of the server are not the program's business. */
_Noreturn static void become(const char *const *arguments, int log_fd, bool apart)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (apart)
        setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    if (log_fd >= 0) {
        dup2(log_fd, STDOUT_FILENO);
        dup2(log_fd, STDERR_FILENO);
    }
    close_range(STDERR_FILENO + 1, UINT_MAX, 0);
    execv(arguments[0], (char *const *)arguments);
    _exit(127);
}

long process_spawn(const char *const *arguments, const char *log, bool apart)
{
    int log_fd = log == NULL ? -1 : open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (log != NULL && log_fd < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        become(arguments, log_fd, apart);
    if (log_fd >= 0)
        close(log_fd);
    return pid;
}

int process_run(const char *const *arguments, const char *log)
{
    long pid = process_spawn(arguments, log, false);
    int status = 0;

    if (pid < 0)
        return -1;
    while (waitpid((pid_t)pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool process_ended(long pid)
{
    pid_t reaped = waitpid((pid_t)pid, NULL, WNOHANG);

    if (reaped == (pid_t)pid)
        return true;
    if (reaped == 0)
        return false; /* a child, running */
    return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

bool process_is_postmaster(long pid, const char *data)
{
    char link[64], directory[PATH_MAX], real[PATH_MAX];
    pid_t reaped = waitpid((pid_t)pid, NULL, WNOHANG);

    if (reaped >= 0)
        return reaped == 0;
    snprintf(link, sizeof link, "/proc/%ld/cwd", pid);
    ssize_t length = readlink(link, directory, sizeof directory - 1);
    if (length <= 0 || realpath(data, real) == NULL)
        return false; /* gone, or somebody else's */
    directory[length] = '\0';
    return strcmp(directory, real) == 0;
}

long process_clock_ms(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void process_pause_ms(long ms)
{
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}
