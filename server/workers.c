/* The parent of the workers. It serves nobody itself: it waits for signals, for what workers say, and for their end.
 *
 * Workers are forked from between two runs of the loop, so that a worker never goes on inside of a callback of its
 * parent. What is listened on stays open here: connections that come while a worker is away wait for the next one. */
#include "server/workers.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/cluster.h"
#include "server/monitor/notify.h"
#include "server/ready.h"
#include "server/reload.h"
#include "server/seat.h"
#include "server/server.h"
#include "server/wire/bind.h"

#define LIVED_LONG_MS  10000 /* a worker that ends after less is started again after a pause, growing from ... */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS   10000
#define END_GRACE_MS   3000 /* beyond the time that a worker has to drain */

struct worker {
    struct workers *all;
    unsigned number; /* from 1 */
    pid_t pid;       /* 0: none */
    int channel;
    struct event *heard, *start; /* start: time for a new process */
    bool due;                    /* to be started as soon as the loop pauses */
    bool ready, reloading;
    int64_t started_ms, alive_ms; /* monotonic */
    int pause_ms;                 /* before it is started again */
};

struct workers {
    struct config *config;
    struct prepared *prepared;
    int argc;
    char **argv;
    struct event_base *base;
    struct worker list[WORKERS_MAX];
    unsigned count;
    int tcp[WORKERS_MAX], plain; /* listening sockets, dealt out in turn; shared by all */
    unsigned tcp_count, port;
    const char *unix_path; /* of `plain` when it was bound here */
    struct cluster *cluster;
    struct event *terminate, *interrupt, *reload, *watchdog, *overdue;
    int watchdog_ms;
    bool told_ready, reloading, ending;
    enum exit_code failed; /* of the first start; EXIT_OK: not */
};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_timer(struct event *timer, int ms)
{
    struct timeval wait = {ms / 1000, ms % 1000 * 1000};

    CHECK(timer != NULL && event_add(timer, &wait) == 0);
}

/* Is it so of any worker that runs? */
static bool any(const struct workers *all, bool (*is)(const struct worker *worker))
{
    for (unsigned i = 0; i < all->count; i++)
        if (all->list[i].pid != 0 && is(&all->list[i]))
            return true;
    return false;
}

static bool is_running(const struct worker *worker)
{
    return worker->pid != 0;
}

static void say_all(const struct workers *all, enum seat_message message)
{
    for (unsigned i = 0; i < all->count; i++)
        if (all->list[i].pid != 0)
            seat_say(all->list[i].channel, message);
}

/* ---- sockets ---- */

static bool hold_sockets(struct workers *all, const struct given_sockets *given, char *message, size_t message_bytes)
{
    const char *path = all->config->unix_socket;

    all->tcp_count = given->tcp_count;
    all->plain = given->plain;
    memcpy(all->tcp, given->tcp, sizeof given->tcp);
    if (all->tcp_count == 0) {
        if (bind_tcp_group(all->config->listen, all->tcp, all->count, message, message_bytes) != 0)
            return false;
        all->tcp_count = all->count;
    }
    all->port = bind_port(all->tcp[0]);
    if (all->plain >= 0 || path == NULL)
        return true;
    all->plain = bind_unix(path, message, message_bytes);
    if (all->plain < 0)
        return false;
    all->unix_path = path;
    CHECK(listen(all->plain, BIND_BACKLOG) == 0);
    return true;
}

static int *own_socket(struct workers *all, const struct worker *worker)
{
    return &all->tcp[(worker->number - 1) % all->tcp_count];
}

/* All, or all but the worker's. */
static void close_sockets(struct workers *all, const struct worker *kept)
{
    const int *own = kept == NULL ? NULL : own_socket(all, kept);

    for (unsigned i = 0; i < all->tcp_count; i++)
        if (&all->tcp[i] != own)
            close(all->tcp[i]);
    if (kept == NULL && all->plain >= 0)
        close(all->plain);
}

/* ---- the end of all ---- */

static void unlink_path(const char *path)
{
    if (path != NULL)
        unlink(path);
}

static void end_all(struct workers *all)
{
    if (all->ending)
        return;
    all->ending = true;
    notify_stopping();
    unlink_path(all->config->ready_file);
    close_sockets(all, NULL);
    unlink_path(all->unix_path);
    for (unsigned i = 0; i < all->count; i++)
        evtimer_del(all->list[i].start);
    say_all(all, SEAT_END);
    add_timer(all->overdue, all->config->limits.drain_timeout_ms + END_GRACE_MS);
    if (!any(all, is_running))
        event_base_loopbreak(all->base);
}

/* The first signal drains, a second one ends at once. */
static void end_asked(evutil_socket_t signal_number, short what, void *arg)
{
    struct workers *all = arg;

    (void)what;
    if (all->ending)
        say_all(all, SEAT_END_NOW);
    else
        log_info("ending on %s", strsignal(signal_number));
    end_all(all);
}

/* One that hangs does not hold up the others' end for ever. */
static void overdue(evutil_socket_t fd, short what, void *arg)
{
    struct workers *all = arg;

    (void)fd, (void)what;
    for (unsigned i = 0; i < all->count; i++) {
        if (all->list[i].pid == 0)
            continue;
        log_warning("worker %u (process %ld) does not end, killing it", i + 1, (long)all->list[i].pid);
        kill(all->list[i].pid, SIGKILL);
    }
}

/* ---- what workers say, and their end ---- */

static void tell_ready(struct workers *all)
{
    for (unsigned i = 0; i < all->count; i++)
        if (!all->list[i].ready)
            return;
    if (all->told_ready || all->ending)
        return;
    all->told_ready = true;
    all->failed = ready_tell(all->config, all->port, all->prepared);
    if (all->failed != EXIT_OK)
        end_all(all);
}

static bool is_reloading(const struct worker *worker)
{
    return worker->reloading;
}

static void tell_reloaded(struct workers *all)
{
    if (!all->reloading || any(all, is_reloading))
        return;
    all->reloading = false;
    log_info("reload: done");
    if (all->told_ready)
        notify_ready();
}

static void take_message(struct worker *worker, char message)
{
    struct workers *all = worker->all;

    switch (message) {
    case SEAT_READY:
        worker->ready = true;
        tell_ready(all);
        break;
    case SEAT_RELOADED:
        worker->reloading = false;
        tell_reloaded(all);
        break;
    case SEAT_DUE:
        if (all->list[0].pid != 0)
            seat_say(all->list[0].channel, SEAT_DUE);
        break;
    default:
        CHECK(message == SEAT_ALIVE);
        worker->alive_ms = monotonic_ms();
    }
}

/* One that has lived for a while is started again at once, one that has not after a pause that grows. */
static void start_again(struct worker *worker)
{
    int wait_ms;

    if (monotonic_ms() - worker->started_ms >= LIVED_LONG_MS)
        worker->pause_ms = 0;
    wait_ms = worker->pause_ms;
    worker->pause_ms = wait_ms == 0 ? PAUSE_FIRST_MS : wait_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : wait_ms * 2;
    add_timer(worker->start, wait_ms);
}

static void log_end(const struct worker *worker, int status)
{
    if (WIFSIGNALED(status))
        log_warning("worker %u (process %ld) was ended by a signal: %s", worker->number, (long)worker->pid,
                    strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != EXIT_OK)
        log_warning("worker %u (process %ld) ended with %d", worker->number, (long)worker->pid, WEXITSTATUS(status));
    else
        log_info("worker %u (process %ld) has ended", worker->number, (long)worker->pid);
}

static void worker_ended(struct worker *worker)
{
    struct workers *all = worker->all;
    int status = 0;

    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        ;
    log_end(worker, status);
    event_free(worker->heard);
    close(worker->channel);
    worker->pid = 0;
    worker->ready = worker->reloading = false;
    tell_reloaded(all);
    if (!all->told_ready && !all->ending && WIFEXITED(status) && WEXITSTATUS(status) != EXIT_OK) {
        all->failed = (enum exit_code)WEXITSTATUS(status);
        end_all(all);
    } else if (!all->ending) {
        start_again(worker);
    } else if (!any(all, is_running)) {
        event_base_loopbreak(all->base);
    }
}

static void worker_speaks(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;
    char heard[SEAT_HEARD_MAX];
    int count = seat_hear(fd, heard);

    (void)what;
    for (int i = 0; i < count; i++)
        take_message(worker, heard[i]);
    if (count < 0)
        worker_ended(worker);
}

/* ---- the start of a worker ---- */

static void start_due(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;

    (void)fd, (void)what;
    worker->due = true;
    event_base_loopbreak(worker->all->base);
}

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

/* All that hangs on the loop. */
static void close_loop(struct workers *all)
{
    for (unsigned i = 0; i < all->count; i++) {
        free_event(all->list[i].start);
        if (all->list[i].pid == 0)
            continue;
        event_free(all->list[i].heard);
        close(all->list[i].channel);
    }
    free_event(all->terminate);
    free_event(all->interrupt);
    free_event(all->reload);
    free_event(all->watchdog);
    free_event(all->overdue);
    cluster_unwatch(all->cluster);
    event_base_free(all->base);
}

/* In the worker's process: what is the parent's, or another worker's, goes. It ends with its parent, however that
 * ends. */
static void leave_parent(struct workers *all, const struct worker *worker, pid_t parent)
{
    char name[16];

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(EXIT_OK);
    prctl(PR_SET_NAME, "creditd-worker");
    CHECK(event_reinit(all->base) == 0); /* else what is taken off here would be taken off there */
    close_loop(all);
    close_sockets(all, worker);
    notify_disown();
    all->config->ready_file = NULL;
    snprintf(name, sizeof name, "worker %u", worker->number);
    log_set_speaker(name);
}

/* Forks with all signals blocked, so that none comes to handlers of the parent's: 0 in the worker, which unblocks them
 * when it has left those. *channel: its end. */
static pid_t fork_worker(struct worker *worker, int *channel, sigset_t *before)
{
    sigset_t every;
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    sigfillset(&every);
    CHECK(sigprocmask(SIG_BLOCK, &every, before) == 0);
    pid = fork();
    if (pid == 0) {
        close(pair[0]);
        *channel = pair[1];
        return 0;
    }
    CHECK(sigprocmask(SIG_SETMASK, before, NULL) == 0);
    close(pair[1]);
    if (pid < 0)
        close(pair[0]);
    else
        worker->channel = pair[0];
    return pid;
}

static void note_started(struct worker *worker, pid_t pid)
{
    worker->pid = pid;
    worker->started_ms = worker->alive_ms = monotonic_ms();
    worker->heard = event_new(worker->all->base, worker->channel, EV_READ | EV_PERSIST, worker_speaks, worker);
    CHECK(worker->heard != NULL && event_add(worker->heard, NULL) == 0);
    log_info("worker %u is process %ld", worker->number, (long)pid);
}

/* In the new process: serves. */
static enum exit_code be_worker(struct workers *all, const struct worker *worker, int channel, pid_t parent,
                                const sigset_t *signals)
{
    const struct wire_sockets sockets = {*own_socket(all, worker), all->plain};
    const struct seat seat = {worker->number, channel, all->watchdog_ms == 0 ? 0 : all->watchdog_ms / 4 + 1};

    leave_parent(all, worker, parent);
    CHECK(sigprocmask(SIG_SETMASK, signals, NULL) == 0);
    return server_run(all->config, all->prepared, &sockets, &seat, all->argc, all->argv);
}

/* True in a worker's process, when that has served to its end: *code. */
static bool start_those_due(struct workers *all, enum exit_code *code)
{
    pid_t parent = getpid();

    for (unsigned i = 0; i < all->count && !all->ending; i++) {
        struct worker *worker = &all->list[i];
        sigset_t signals;
        int channel;
        pid_t pid;

        if (!worker->due)
            continue;
        worker->due = false;
        pid = fork_worker(worker, &channel, &signals);
        if (pid == 0) {
            *code = be_worker(all, worker, channel, parent, &signals);
            return true;
        }
        if (pid > 0) {
            note_started(worker, pid);
        } else {
            log_warning("worker %u cannot be started: %s", worker->number, strerror(errno));
            start_again(worker);
        }
    }
    return false;
}

/* ---- the parent's other business ---- */

static bool check_certificate(void *arg, char *message, size_t message_bytes)
{
    const struct prepared *prepared = ((const struct workers *)arg)->prepared;

    return wire_check_certificate(prepared->certificate, prepared->private_key, message, message_bytes);
}

/* First here, so that a worker that is started later has the same settings, and that certificates are made once. */
static void reload_asked(evutil_socket_t signal_number, short what, void *arg)
{
    struct workers *all = arg;

    (void)signal_number, (void)what;
    if (all->ending)
        return;
    notify_reloading();
    all->reloading = true;
    if (reload_settings(all->config, all->prepared, all->argc, all->argv, check_certificate, all)) {
        for (unsigned i = 0; i < all->count; i++)
            all->list[i].reloading = all->list[i].pid != 0;
        say_all(all, SEAT_RELOAD);
    }
    tell_reloaded(all);
}

static void cluster_revived(void *arg)
{
    const struct workers *all = arg;

    if (all->told_ready && !all->ending && !ready_write(all->config, all->port, all->prepared))
        log_warning("%s: %s", all->config->ready_file, strerror(errno));
}

/* The service manager ends us all when one worker's loop stands still; one that has ended is no business of its. */
static void watch_workers(evutil_socket_t fd, short what, void *arg)
{
    const struct workers *all = arg;
    int64_t oldest = monotonic_ms() - all->watchdog_ms;

    (void)fd, (void)what;
    for (unsigned i = 0; i < all->count; i++)
        if (all->list[i].pid != 0 && all->list[i].alive_ms < oldest)
            return;
    notify_alive();
}

/* ---- beginning and end ---- */

/* As in server.c: ignored again when the event is freed. */
static struct event *on_signal(struct workers *all, int signal_number, event_callback_fn handler)
{
    struct event *event = evsignal_new(all->base, signal_number, handler, all);

    CHECK(signal(signal_number, SIG_IGN) != SIG_ERR);
    CHECK(event != NULL && event_add(event, NULL) == 0);
    return event;
}

static void open_loop(struct workers *all)
{
    all->base = event_base_new();
    CHECK(all->base != NULL);
    for (unsigned i = 0; i < all->count; i++) {
        struct worker *worker = &all->list[i];

        worker->all = all;
        worker->number = i + 1;
        worker->due = true;
        worker->start = evtimer_new(all->base, start_due, worker);
        CHECK(worker->start != NULL);
    }
    all->terminate = on_signal(all, SIGTERM, end_asked);
    all->interrupt = on_signal(all, SIGINT, end_asked);
    all->reload = on_signal(all, SIGHUP, reload_asked);
    all->overdue = evtimer_new(all->base, overdue, all);
    CHECK(all->overdue != NULL);
    all->watchdog_ms = notify_watchdog_ms();
    if (all->watchdog_ms > 1) {
        all->watchdog = event_new(all->base, -1, EV_PERSIST, watch_workers, all);
        add_timer(all->watchdog, all->watchdog_ms / 2);
    }
    if (all->config->embedded != NULL)
        all->cluster = cluster_watch(all->base, &all->prepared->embedded, cluster_revived, all);
}

static enum exit_code run(struct workers *all)
{
    enum exit_code code;

    open_loop(all);
    do {
        if (start_those_due(all, &code))
            return code; /* a worker's; it has closed its parent's loop long ago */
        CHECK(event_base_dispatch(all->base) >= 0);
    } while (!all->ending || any(all, is_running));
    close_loop(all);
    if (all->config->embedded != NULL)
        embedded_stop(&all->prepared->embedded);
    return all->failed;
}

enum exit_code workers_run(struct config *config, struct prepared *prepared, const struct given_sockets *given,
                           int argc, char **argv)
{
    struct workers all = {.config = config,
                          .prepared = prepared,
                          .argc = argc,
                          .argv = argv,
                          .count = (unsigned)config->workers,
                          .plain = -1};
    char message[1024];
    enum exit_code code = prepare_database(prepared, config);

    if (code != EXIT_OK) {
        snprintf(message, sizeof message, "%s", prepared->message);
    } else if (!hold_sockets(&all, given, message, sizeof message)) {
        code = EXIT_DEPENDENCY;
    } else {
        return run(&all);
    }
    log_error("%s", message);
    if (config->embedded != NULL)
        embedded_stop(&prepared->embedded);
    return code;
}
