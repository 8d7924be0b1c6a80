/* Puts the parts together, wires signals and timers to them, takes them down in the opposite order. */
#include "server/server.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/commit/engine.h"
#include "server/commit/reference.h"
#include "server/monitor/notify.h"
#include "server/operations/dispatch.h"
#include "server/password/password.h"
#include "server/ready.h"
#include "server/watch/watch.h"
#include "server/wire/wire.h"

#ifndef CREDITD_VERSION
#define CREDITD_VERSION "0"
#endif
#define FILES_RESERVED   48 /* descriptors that are not for connections of clients */
#define DRAIN_CHECK_MS   10
#define START_CHECK_MS   2
#define CLUSTER_CHECK_MS 200
#define REVIVE_MIN_MS    200 /* pause between two tries to start the database again, growing to ... */
#define REVIVE_MAX_MS    10000

struct server {
    struct config *config;
    struct prepared *prepared;
    int argc;
    char **argv;
    struct event_base *base;
    struct password_pool *passwords;
    struct failpoints *failpoints;
    struct reference *reference;
    struct engine *engine;
    struct dispatch *dispatch;
    struct wire *wire;
    struct watch *watch;
    struct event *terminate, *interrupt, *reload, *start, *drain, *cluster, *watchdog;
    enum exit_code start_failed; /* EXIT_OK: not */
    int drain_checks_left;
    bool draining;
    bool reviving;          /* the embedded cluster has ended and is not ready again */
    int revive_pause_ms;    /* before the next try */
    int revive_wait_checks; /* checks until it */
};

/* ---- what the parts are told ---- */

/* Descriptors bound the connections, so that the database and the files keep theirs. */
static unsigned connections_max(const struct config *config)
{
    struct rlimit files;
    unsigned wanted = (unsigned)config->limits.connections_max;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return wanted;
    if (files.rlim_cur <= FILES_RESERVED + 8)
        return 8;
    return files.rlim_cur - FILES_RESERVED < wanted ? (unsigned)(files.rlim_cur - FILES_RESERVED) : wanted;
}

static struct wire_config wire_settings(const struct config *config, const struct prepared *prepared)
{
    const struct limits *limits = &config->limits;

    return (struct wire_config){
        .listen = config->listen,
        .unix_socket = config->unix_socket,
        .certificate = prepared->certificate,
        .private_key = prepared->private_key,
        .handshake_timeout_ms = limits->handshake_timeout_ms,
        .frame_timeout_ms = limits->frame_timeout_ms,
        .idle_timeout_ms = limits->idle_timeout_ms,
        .connections_max = connections_max(config),
        .anonymous_per_address_max = (unsigned)limits->anonymous_per_address_max,
        .in_flight_max = (unsigned)limits->in_flight_max,
        .output_bytes_max = (size_t)limits->output_bytes_max,
    };
}

static struct dispatch_config dispatch_settings(const struct config *config, const struct prepared *prepared)
{
    return (struct dispatch_config){
        .session_idle_s = config->limits.session_idle_s,
        .session_absolute_s = config->limits.session_absolute_s,
        .reads_waiting_max = (unsigned)config->limits.reads_waiting_max,
        .in_flight_max = (unsigned)config->limits.in_flight_max,
        .test_clock = prepared->start.test_clock,
        .schema_version = prepared->start.schema_version,
        .version = CREDITD_VERSION,
    };
}

/* ---- reload ---- */

/* All or nothing: the settings are taken over only when the certificate could be, too. */
static bool reload(struct server *server, struct config *fresh, struct arena *arena, char *message,
                   size_t message_bytes)
{
    struct wire_config settings;

    if (config_read(server->argc, server->argv, arena, fresh, message, message_bytes) != EXIT_OK)
        return false;
    if (!prepare_certificates(server->prepared, server->config)) {
        snprintf(message, message_bytes, "%s", server->prepared->message);
        return false;
    }
    if (!wire_reload(server->wire, server->prepared->certificate, server->prepared->private_key, message,
                     message_bytes))
        return false;
    config_take_over(server->config, fresh);
    log_set_level((enum log_level)server->config->log_level);
    settings = wire_settings(server->config, server->prepared);
    wire_set_limits(server->wire, &settings);
    return true;
}

static void reload_asked(evutil_socket_t signal_number, short what, void *arg)
{
    struct server *server = arg;
    struct arena *arena = arena_new(0);
    struct config fresh;
    char message[1024];

    (void)signal_number, (void)what;
    if (!server->draining) {
        notify_reloading();
        if (reload(server, &fresh, arena, message, sizeof message))
            log_info("reload: done");
        else
            log_warning("reload: nothing was changed: %s", message);
        notify_ready();
    }
    arena_free(arena);
}

/* ---- the embedded cluster ---- */

/* Its shared memory may still be in use, its disk full: each try waits longer than the one before. */
static void revive(struct server *server)
{
    struct embedded *embedded = &server->prepared->embedded;

    if (!server->reviving) {
        log_warning("the database (process %ld) has ended, starting it again", embedded->postmaster_pid);
        server->revive_pause_ms = REVIVE_MIN_MS;
    }
    server->reviving = true;
    server->revive_wait_checks = server->revive_pause_ms / CLUSTER_CHECK_MS;
    server->revive_pause_ms = server->revive_pause_ms * 2 > REVIVE_MAX_MS ? REVIVE_MAX_MS : server->revive_pause_ms * 2;
    if (!embedded_revive(embedded))
        log_warning("the database could not be started: %s", embedded->message);
}

static void revived(struct server *server)
{
    server->reviving = false;
    log_info("the database runs again (process %ld)", server->prepared->embedded.postmaster_pid);
    if (server->config->ready_file != NULL && !server->draining &&
        !ready_write(server->config->ready_file, wire_port(server->wire), server->prepared))
        log_warning("%s: %s", server->config->ready_file, strerror(errno));
}

static void cluster_check(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;

    (void)fd, (void)what;
    if (server->reviving && embedded_is_ready(&server->prepared->embedded))
        revived(server);
    else if (embedded_is_dead(&server->prepared->embedded) && --server->revive_wait_checks < 0)
        revive(server);
}

/* ---- the end ---- */

static bool is_idle(const struct server *server)
{
    return wire_idle(server->wire) && dispatch_idle(server->dispatch) && engine_idle(server->engine);
}

static void drain_check(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;

    (void)fd, (void)what;
    if (!is_idle(server) && --server->drain_checks_left > 0)
        return;
    if (!is_idle(server))
        log_warning("ending with requests in flight");
    event_base_loopbreak(server->base);
}

/* The first signal drains, a second one ends at once. */
static void end_asked(evutil_socket_t signal_number, short what, void *arg)
{
    struct server *server = arg;
    struct timeval interval = {0, DRAIN_CHECK_MS * 1000};

    (void)what;
    if (server->draining) {
        event_base_loopbreak(server->base);
        return;
    }
    log_info("ending on %s", strsignal(signal_number));
    notify_stopping();
    server->draining = true;
    server->drain_checks_left = server->config->limits.drain_timeout_ms / DRAIN_CHECK_MS;
    if (server->config->ready_file != NULL)
        unlink(server->config->ready_file);
    event_del(server->start); /* who ends before he was ready never is */
    watch_stop(server->watch);
    dispatch_drain(server->dispatch);
    wire_drain(server->wire);
    CHECK(event_add(server->drain, &interval) == 0);
}

/* ---- the beginning ---- */

static enum exit_code tell_ready(const struct server *server)
{
    const char *file = server->config->ready_file;
    unsigned port = wire_port(server->wire);

    if (file != NULL && !ready_write(file, port, server->prepared)) {
        log_error("%s: %s", file, strerror(errno));
        return EXIT_CONFIG;
    }
    fprintf(stderr, "creditd: ready on %.*s:%u\n", (int)(strrchr(server->config->listen, ':') - server->config->listen),
            server->config->listen, port);
    notify_ready();
    return EXIT_OK;
}

/* Ready is said when requests will be done: every connection to the database is up. */
static void start_check(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;

    (void)fd, (void)what;
    if (!engine_is_up(server->engine) || !dispatch_is_up(server->dispatch))
        return;
    event_del(server->start);
    server->start_failed = tell_ready(server);
    if (server->start_failed != EXIT_OK)
        event_base_loopbreak(server->base);
}

/* When the event is freed, libevent puts back what was before it: ignored, so that a signal that comes while the parts
 * are taken down does not end the process in the middle of that. */
static struct event *on_signal(struct server *server, int signal_number, event_callback_fn handler)
{
    struct event *event = evsignal_new(server->base, signal_number, handler, server);

    CHECK(signal(signal_number, SIG_IGN) != SIG_ERR);
    CHECK(event != NULL && event_add(event, NULL) == 0);
    return event;
}

static void open_events(struct server *server)
{
    struct timeval interval = {0, CLUSTER_CHECK_MS * 1000}, soon = {0, START_CHECK_MS * 1000};

    server->start = event_new(server->base, -1, EV_PERSIST, start_check, server);
    CHECK(server->start != NULL && event_add(server->start, &soon) == 0);
    server->terminate = on_signal(server, SIGTERM, end_asked);
    server->interrupt = on_signal(server, SIGINT, end_asked);
    server->reload = on_signal(server, SIGHUP, reload_asked);
    server->drain = event_new(server->base, -1, EV_PERSIST, drain_check, server);
    server->watchdog = notify_watchdog_start(server->base);
    CHECK(server->drain != NULL);
    if (server->config->embedded == NULL)
        return;
    server->cluster = event_new(server->base, -1, EV_PERSIST, cluster_check, server);
    CHECK(server->cluster != NULL && event_add(server->cluster, &interval) == 0);
}

/* In the order of what needs what. */
static enum exit_code open_parts(struct server *server, char *message, size_t message_bytes)
{
    server->failpoints = store_failpoints_new(server->config->failpoint);

    const struct limits *limits = &server->config->limits;
    const struct store_config store = {server->prepared->app_conninfo, limits->statement_timeout_ms,
                                       limits->commit_timeout_ms, server->failpoints};
    const struct engine_config engine = {(unsigned)limits->batch_commands_max, (unsigned)limits->batch_rows_max,
                                         (unsigned)limits->commands_waiting_max, (unsigned)limits->lanes_max,
                                         (unsigned)limits->lane_split_min};
    const struct dispatch_config dispatch = dispatch_settings(server->config, server->prepared);
    const struct wire_config wire = wire_settings(server->config, server->prepared);
    const struct wire_handlers handlers = dispatch_handlers();

    server->reference = reference_new();
    server->engine = engine_new(server->base, &engine, &store, server->reference);
    server->dispatch =
        dispatch_new(server->base, &dispatch, &store, server->engine, server->reference, server->passwords);
    server->wire = wire_open(server->base, &wire, &handlers, server->dispatch, message, message_bytes);
    if (server->wire == NULL)
        return EXIT_DEPENDENCY;
    dispatch_set_wire(server->dispatch, server->wire);
    server->watch = watch_new(server->base, &store, server->engine, server->reference);
    return EXIT_OK;
}

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

/* Commands in flight hold on to their parts; the end of the process frees those. */
static void close_parts(struct server *server)
{
    bool idle = server->wire == NULL || (dispatch_idle(server->dispatch) && engine_idle(server->engine));

    wire_free(server->wire);
    if (!idle)
        return;
    watch_free(server->watch);
    dispatch_free(server->dispatch);
    engine_free(server->engine);
    reference_free(server->reference);
    store_failpoints_free(server->failpoints);
}

static void close_all(struct server *server)
{
    close_parts(server);
    password_pool_free(server->passwords);
    free_event(server->terminate);
    free_event(server->interrupt);
    free_event(server->reload);
    free_event(server->start);
    free_event(server->drain);
    free_event(server->cluster);
    free_event(server->watchdog);
    if (server->config->embedded != NULL)
        embedded_stop(&server->prepared->embedded);
}

enum exit_code server_run(struct config *config, struct prepared *prepared, int argc, char **argv)
{
    struct server server = {.config = config, .prepared = prepared, .argc = argc, .argv = argv};
    char message[1024] = "";
    enum exit_code code;

    server.base = event_base_new();
    CHECK(server.base != NULL);
    server.passwords = password_pool_new(server.base, (unsigned)config->limits.password_workers_max,
                                         (unsigned)config->limits.password_queue_max, config->cheap_passwords);
    code = prepare_database(prepared, config);
    if (code != EXIT_OK)
        snprintf(message, sizeof message, "%s", prepared->message);
    if (code == EXIT_OK)
        code = open_parts(&server, message, sizeof message);
    if (code == EXIT_OK) {
        open_events(&server);
        CHECK(event_base_dispatch(server.base) >= 0);
        code = server.start_failed;
    } else {
        log_error("%s", message);
    }
    close_all(&server);
    event_base_free(server.base);
    return code;
}
