/* A private PostgreSQL cluster: made with initdb, started as a process of its own session so that it survives the death
 * of this one, and adopted when it did. Whether it answers is asked of pg_isready, so that nothing here needs libpq.
 * The unprivileged user is creditd when there is one, else postgres (the Debian package makes it), else nobody. */
#include "server/embedded/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/embedded/process.h"

#define START_TIMEOUT_MS 30000
#define STOP_TIMEOUT_MS  30000
#define LOCK_TIMEOUT_MS  2000 /* workers of a killed server hold it a moment longer */
#define SOCKET_DIR_MAX   90   /* with "/.s.PGSQL.5432" it stays below the 108 bytes of a socket address */
#define SUPERUSER        "creditd_super"

static bool fail(struct embedded *embedded, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct embedded *embedded, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(embedded->message, sizeof embedded->message, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- the unprivileged user ---- */

static const struct passwd *unprivileged_user(void)
{
    static const char *const names[] = {"creditd", "postgres", "nobody"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct passwd *user = getpwnam(names[i]);
        if (user != NULL && user->pw_uid != 0)
            return user;
    }
    return NULL;
}

/* Is it empty, or a cluster's? Another directory of root's is a mistake that would hand it to somebody. */
static bool may_be_given(const char *directory)
{
    char version[PATH_MAX];
    struct dirent *entry;
    DIR *entries;
    bool empty = true;

    if (snprintf(version, sizeof version, "%s/data/PG_VERSION", directory) >= (int)sizeof version)
        return false;
    if (access(version, F_OK) == 0)
        return true;
    entries = opendir(directory);
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (entries != NULL)
        closedir(entries);
    return entries != NULL && empty;
}

/* May DIR become that user's? What belongs to somebody else is not taken from him. */
static bool give_directory(const char *directory, const struct passwd *user, char *message, size_t size)
{
    struct stat status;

    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        snprintf(message, size, "%s: %s", directory, strerror(errno));
    } else if (lstat(directory, &status) != 0 || !S_ISDIR(status.st_mode)) {
        snprintf(message, size, "%s is no directory", directory);
    } else if (status.st_uid != 0 && status.st_uid != user->pw_uid) {
        snprintf(message, size, "%s belongs to neither root nor %s", directory, user->pw_name);
    } else if (status.st_uid == 0 && !may_be_given(directory)) {
        snprintf(message, size, "%s is neither empty nor a directory of creditd", directory);
    } else if (lchown(directory, user->pw_uid, user->pw_gid) != 0) {
        snprintf(message, size, "%s: %s", directory, strerror(errno));
    } else {
        return true;
    }
    return false;
}

bool embedded_drop_privileges(const char *directory, char *message, unsigned long message_bytes)
{
    if (geteuid() != 0)
        return true;
    const struct passwd *user = unprivileged_user();
    if (user == NULL) {
        snprintf(message, message_bytes, "started as root, and there is none of the users creditd, postgres, nobody");
        return false;
    }
    if (!give_directory(directory, user, message, message_bytes))
        return false;
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) {
        snprintf(message, message_bytes, "cannot become the user %s: %s", user->pw_name, strerror(errno));
        return false;
    }
    CHECK(geteuid() != 0 && setuid(0) != 0);
    if (access(directory, R_OK | W_OK | X_OK) != 0) {
        snprintf(message, message_bytes,
                 "the user %s cannot enter %s: give it a place that others may pass (x on every directory above it)",
                 user->pw_name, directory);
        return false;
    }
    return true;
}

/* ---- places ---- */

static bool file_in(char *out, size_t size, const char *directory, const char *name)
{
    int length = snprintf(out, size, "%s/%s", directory, name);
    return length > 0 && (size_t)length < size;
}

/* Private: a directory, ours, closed to others. */
static bool is_private(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           (status.st_mode & 077) == 0;
}

/* The socket directory of an earlier start, as DIR/socket_dir remembers it. */
static bool remembered_socket_dir(struct embedded *embedded)
{
    char path[300], line[SOCKET_DIR_MAX + 2];
    FILE *file;

    if (!file_in(path, sizeof path, embedded->directory, "socket_dir") || (file = fopen(path, "r")) == NULL)
        return false;
    bool ok = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    if (!ok)
        return false;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '/' || strlen(line) > SOCKET_DIR_MAX || !is_private(line))
        return false;
    snprintf(embedded->socket_dir, sizeof embedded->socket_dir, "%s", line);
    return true;
}

static bool remember_socket_dir(struct embedded *embedded)
{
    char path[300], fresh[310];

    if (!file_in(path, sizeof path, embedded->directory, "socket_dir"))
        return fail(embedded, "%s is too long", embedded->directory);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "w");
    if (file == NULL)
        return fail(embedded, "%s: %s", fresh, strerror(errno));
    bool written = fprintf(file, "%s\n", embedded->socket_dir) > 0;
    if (fclose(file) != 0 || !written || rename(fresh, path) != 0)
        return fail(embedded, "%s: %s", path, strerror(errno));
    return true;
}

/* DIR/socket when that is short enough, else a directory of chance name where short ones are. */
static bool new_socket_dir(struct embedded *embedded)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *places[] = {runtime, "/tmp"};

    if (strlen(embedded->directory) + strlen("/socket") <= SOCKET_DIR_MAX) {
        snprintf(embedded->socket_dir, sizeof embedded->socket_dir, "%.*s/socket", SOCKET_DIR_MAX, embedded->directory);
        if ((mkdir(embedded->socket_dir, 0700) == 0 || errno == EEXIST) && is_private(embedded->socket_dir))
            return true;
        return fail(embedded, "%s cannot be made private", embedded->socket_dir);
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i] == NULL || strlen(places[i]) + 16 > SOCKET_DIR_MAX)
            continue;
        snprintf(embedded->socket_dir, sizeof embedded->socket_dir, "%s/creditd-XXXXXX", places[i]);
        if (mkdtemp(embedded->socket_dir) != NULL)
            return true;
    }
    return fail(embedded, "no place for the database's socket: %s", strerror(errno));
}

static bool find_socket_dir(struct embedded *embedded)
{
    return remembered_socket_dir(embedded) || (new_socket_dir(embedded) && remember_socket_dir(embedded));
}

static bool find_places(struct embedded *embedded, const char *directory)
{
    char absolute[PATH_MAX];

    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return fail(embedded, "%s: %s", directory, strerror(errno));
    if (realpath(directory, absolute) == NULL)
        return fail(embedded, "%s: %s", directory, strerror(errno));
    if (strlen(absolute) >= sizeof embedded->directory)
        return fail(embedded, "%s: the path is too long", absolute);
    if (geteuid() == 0)
        return fail(embedded, "PostgreSQL does not run as root");
    snprintf(embedded->directory, sizeof embedded->directory, "%.*s", (int)sizeof embedded->directory - 1, absolute);
    snprintf(embedded->data, sizeof embedded->data, "%s/data", embedded->directory);
    return true;
}

/* For the life of the process: a second server would stop the first one's database when it ends. */
static bool take_lock(struct embedded *embedded)
{
    long deadline = process_clock_ms() + LOCK_TIMEOUT_MS;
    char path[300];
    int fd;

    if (!file_in(path, sizeof path, embedded->directory, "lock"))
        return fail(embedded, "%s is too long", embedded->directory);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(embedded, "%s: %s", path, strerror(errno));
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || process_clock_ms() > deadline) {
            fail(embedded, "%s is in use by another creditd (%s: %s)", embedded->directory, path, strerror(errno));
            close(fd);
            return false;
        }
        process_pause_ms(10);
    }
    return true; /* the descriptor stays open */
}

/* Host and dbname never hold a character that a conninfo would need quoted: the socket directory is checked. */
static bool write_conninfos(struct embedded *embedded)
{
    const char *dir = embedded->socket_dir;

    if (strpbrk(dir, " '\\,") != NULL)
        return fail(embedded, "%s: no blanks, quotes or commas are allowed in this path", dir);
    snprintf(embedded->superuser_conninfo, sizeof embedded->superuser_conninfo,
             "host=%s port=5432 dbname=postgres user=" SUPERUSER, dir);
    snprintf(embedded->owner_conninfo, sizeof embedded->owner_conninfo,
             "host=%s port=5432 dbname=creditd user=" SUPERUSER, dir);
    snprintf(embedded->app_conninfo, sizeof embedded->app_conninfo, "host=%s port=5432 dbname=creditd user=creditd_app",
             dir);
    return true;
}

/* ---- initdb ---- */

static bool append_settings(struct embedded *embedded)
{
    char path[300];

    if (!file_in(path, sizeof path, embedded->data, "postgresql.conf"))
        return fail(embedded, "%s is too long", embedded->data);
    FILE *file = fopen(path, "a");
    if (file == NULL)
        return fail(embedded, "%s: %s", path, strerror(errno));
    fputs("\n# Set by creditd. Where the socket is stands on the command line.\n"
          "listen_addresses = ''\n"
          "fsync = on\n"
          "full_page_writes = on\n"
          "synchronous_commit = on\n"
          "shared_buffers = 128MB\n"
          "max_connections = 60\n"
          "max_wal_size = 2GB\n"
          "log_timezone = 'UTC'\n"
          "timezone = 'UTC'\n",
          file);
    bool ok = ferror(file) == 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return (fclose(file) == 0 && ok) || fail(embedded, "%s: cannot be written", path);
}

/* A cluster appears whole or not at all: it is made beside its place and moved there. */
static bool initialise(struct embedded *embedded)
{
    char place[300], log[300], initdb[PATH_MAX], command[PATH_MAX + 16];
    char final[sizeof embedded->data];

    if (access(embedded->data, F_OK) == 0)
        return true;
    if (!process_find("initdb", initdb, sizeof initdb))
        return fail(embedded, "PostgreSQL's initdb was not found: install postgresql-15");
    snprintf(place, sizeof place, "%s.new", embedded->data);
    snprintf(log, sizeof log, "%s/initdb.log", embedded->directory);
    snprintf(command, sizeof command, "%s", place);
    const char *const remove[] = {"/bin/rm", "-rf", "--", command, NULL};
    const char *const make[] = {initdb,
                                "--pgdata",
                                place,
                                "--data-checksums",
                                "--locale=C.UTF-8",
                                "--encoding=UTF8",
                                "--auth=trust",
                                "--username=" SUPERUSER,
                                NULL};
    if (process_run(remove, NULL) != 0 || process_run(make, log) != 0)
        return fail(embedded, "initdb failed, see %s", log);
    snprintf(final, sizeof final, "%s", embedded->data);
    snprintf(embedded->data, sizeof embedded->data, "%.*s", (int)sizeof embedded->data - 1, place);
    bool ok = append_settings(embedded);
    snprintf(embedded->data, sizeof embedded->data, "%s", final);
    if (!ok)
        return false;
    if (rename(place, embedded->data) != 0)
        return fail(embedded, "%s: %s", embedded->data, strerror(errno));
    return true;
}

/* ---- running or not ---- */

/* postmaster.pid: line 1 the process, line 8 its status. 0: there is no such file. */
static long read_postmaster(const struct embedded *embedded, bool *ready)
{
    char path[300], line[PATH_MAX];
    FILE *file;
    long pid = 0;

    *ready = false;
    if (!file_in(path, sizeof path, embedded->data, "postmaster.pid") || (file = fopen(path, "r")) == NULL)
        return 0;
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        if (number == 1)
            pid = strtol(line, NULL, 10);
        if (number == 8)
            *ready = strncmp(line, "ready", 5) == 0;
    }
    fclose(file);
    return pid > 1 ? pid : 0;
}

static bool answers(const struct embedded *embedded)
{
    char program[PATH_MAX];

    if (!process_find("pg_isready", program, sizeof program))
        return false;
    const char *const ask[] = {
        program, "-q", "-h", embedded->socket_dir, "-p", "5432", "-U", SUPERUSER, "-d", "postgres", "-t", "3", NULL};
    return process_run(ask, "/dev/null") == 0;
}

static bool spawn_postmaster(struct embedded *embedded, long *pid)
{
    char program[PATH_MAX], log[300], socket[160];

    if (!process_find("postgres", program, sizeof program))
        return fail(embedded, "PostgreSQL's postgres was not found: install postgresql-15");
    snprintf(log, sizeof log, "%s/postgresql.log", embedded->directory);
    snprintf(socket, sizeof socket, "unix_socket_directories=%s", embedded->socket_dir);
    const char *const start[] = {program, "-D", embedded->data, "-c", socket, "-p", "5432", NULL};
    *pid = process_spawn(start, log, true);
    return *pid > 0 || fail(embedded, "%s could not be started: %s", program, strerror(errno));
}

/* Waits for one start: ready, or ended (the shared memory of a killed cluster is still in use), or out of time. */
static bool wait_ready(struct embedded *embedded, long pid, long deadline)
{
    bool ready;

    while (process_clock_ms() < deadline) {
        if (process_ended(pid))
            return false;
        if (read_postmaster(embedded, &ready) == pid && ready && answers(embedded)) {
            embedded->postmaster_pid = pid;
            return true;
        }
        process_pause_ms(10);
    }
    return false;
}

/* Is the postmaster of postmaster.pid ours and alive? One that is just starting or stopping is waited for. */
static bool adopt(struct embedded *embedded, long deadline)
{
    bool ready;
    long pid;

    while ((pid = read_postmaster(embedded, &ready)) != 0 && process_is_postmaster(pid, embedded->data) &&
           process_clock_ms() < deadline) {
        if (ready && answers(embedded)) {
            embedded->postmaster_pid = pid;
            log_info("adopted the running database (process %ld)", pid);
            return true;
        }
        process_pause_ms(10);
    }
    return false;
}

static bool start_until(struct embedded *embedded, long deadline)
{
    long pid = 0;

    while (process_clock_ms() < deadline) {
        if (adopt(embedded, deadline))
            return true;
        if (!spawn_postmaster(embedded, &pid))
            return false;
        if (wait_ready(embedded, pid, deadline))
            return true;
        process_pause_ms(20);
    }
    return fail(embedded, "the database did not start in %d s, see %s/postgresql.log", START_TIMEOUT_MS / 1000,
                embedded->directory);
}

bool embedded_start(struct embedded *embedded, const char *directory)
{
    memset(embedded, 0, sizeof *embedded);
    return find_places(embedded, directory) && take_lock(embedded) && find_socket_dir(embedded) &&
           write_conninfos(embedded) && initialise(embedded) &&
           start_until(embedded, process_clock_ms() + START_TIMEOUT_MS);
}

void embedded_stop(struct embedded *embedded)
{
    long deadline = process_clock_ms() + STOP_TIMEOUT_MS;

    if (embedded->postmaster_pid <= 0 || embedded_is_dead(embedded))
        return;
    kill((pid_t)embedded->postmaster_pid, SIGINT); /* fast shutdown */
    while (!embedded_is_dead(embedded) && process_clock_ms() < deadline)
        process_pause_ms(10);
    if (!embedded_is_dead(embedded))
        log_warning("the database (process %ld) is still stopping", embedded->postmaster_pid);
    else
        embedded->postmaster_pid = 0;
}

bool embedded_is_dead(const struct embedded *embedded)
{
    return embedded->postmaster_pid <= 0 || !process_is_postmaster(embedded->postmaster_pid, embedded->data);
}

bool embedded_revive(struct embedded *embedded)
{
    bool ready;
    long pid = read_postmaster(embedded, &ready);

    /* This reaps a child that has ended: PostgreSQL would take it for one that runs, and refuse to start beside it. */
    if (pid == 0 || !process_is_postmaster(pid, embedded->data)) {
        if (!spawn_postmaster(embedded, &pid))
            return false;
    }
    embedded->postmaster_pid = pid;
    return true;
}

bool embedded_is_ready(const struct embedded *embedded)
{
    bool ready;

    return read_postmaster(embedded, &ready) == embedded->postmaster_pid && ready;
}
