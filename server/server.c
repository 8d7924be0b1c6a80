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
#include "server/cluster.h"
#include "server/commit/engine.h"
#include "server/commit/reference.h"
#include "server/monitor/notify.h"
#include "server/operations/dispatch.h"
#include "server/password/password.h"
#include "server/ready.h"
#include "server/reload.h"
#include "server/watch/feed.h"
#include "server/watch/watch.h"
#include "server/wire/wire.h"

#ifndef CREDITD_VERSION
#define CREDITD_VERSION "0"
#endif
#define FILES_RESERVED 48 /* descriptors that are not for connections of clients */
#define DRAIN_CHECK_MS 10
#define START_CHECK_MS 2

struct server {
    struct config *config;
    struct prepared *prepared;
    const struct wire_sockets *sockets;
    const struct seat *seat; /* NULL: alone */
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
    struct feed *feed;
    struct cluster *cluster;
    struct event *terminate, *interrupt, *reload, *start, *drain, *alive, *parent;
    enum exit_code start_failed; /* EXIT_OK: not */
    int drain_checks_left;
    bool draining;
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

static struct wire_config wire_settings(const struct server *server)
{
    const struct config *config = server->config;
    const struct prepared *prepared = server->prepared;
    const struct limits *limits = &config->limits;

    return (struct wire_config){
        .listen = config->listen,
        .unix_socket = config->unix_socket,
        .sockets = server->sockets,
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

/* A worker's part of what is counted for all of them together, one at least. */
static unsigned part_of_worker(const struct config *config, int together)
{
    int part = together / config->workers;

    return part < 1 ? 1 : (unsigned)part;
}

/* ---- reload ---- */

static bool use_certificate(void *arg, char *message, size_t message_bytes)
{
    struct server *server = arg;

    return wire_reload(server->wire, server->prepared->certificate, server->prepared->private_key, message,
                       message_bytes);
}

static void reload(struct server *server)
{
    struct wire_config settings;

    if (!reload_settings(server->config, server->prepared, server->argc, server->argv, use_certificate, server))
        return;
    settings = wire_settings(server);
    wire_set_limits(server->wire, &settings);
    log_info("reload: done");
}

static void reload_asked(evutil_socket_t signal_number, short what, void *arg)
{
    struct server *server = arg;

    (void)signal_number, (void)what;
    if (server->draining)
        return;
    notify_reloading();
    reload(server);
    notify_ready();
}

static void cluster_revived(void *arg)
{
    struct server *server = arg;

    if (!server->draining && !ready_write(server->config, wire_port(server->wire), server->prepared))
        log_warning("%s: %s", server->config->ready_file, strerror(errno));
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

static void drain(struct server *server)
{
    struct timeval interval = {0, DRAIN_CHECK_MS * 1000};

    if (server->draining)
        return;
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

/* The first signal drains, a second one ends at once. A worker may get one from somebody else beside its parent's word,
 * so that its signals never end it at once. */
static void end_asked(evutil_socket_t signal_number, short what, void *arg)
{
    struct server *server = arg;

    (void)what;
    if (!server->draining)
        log_info("ending on %s", strsignal(signal_number));
    else if (server->seat == NULL)
        event_base_loopbreak(server->base);
    drain(server);
}

/* ---- the parent ---- */

static void told(struct server *server, char message)
{
    switch (message) {
    case SEAT_RELOAD:
        reload(server);
        seat_say(server->seat->channel, SEAT_RELOADED);
        break;
    case SEAT_DUE:
        watch_look(server->watch);
        break;
    case SEAT_END:
        drain(server);
        break;
    default:
        CHECK(message == SEAT_END_NOW);
        event_base_loopbreak(server->base);
    }
}

static void parent_speaks(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;
    char heard[SEAT_HEARD_MAX];
    int count = seat_hear(fd, heard);

    (void)what;
    for (int i = 0; i < count; i++)
        told(server, heard[i]);
    if (count < 0)
        event_base_loopbreak(server->base); /* a worker without a parent ends */
}

static void left_due(void *arg)
{
    const struct server *server = arg;

    seat_say(server->seat->channel, SEAT_DUE);
}

static void tell_alive(evutil_socket_t fd, short what, void *arg)
{
    const struct server *server = arg;

    (void)fd, (void)what;
    if (server->seat != NULL)
        seat_say(server->seat->channel, SEAT_ALIVE);
    else
        notify_alive();
}

/* ---- the beginning ---- */

static enum exit_code tell_ready(const struct server *server)
{
    if (server->seat == NULL)
        return ready_tell(server->config, wire_port(server->wire), server->prepared);
    seat_say(server->seat->channel, SEAT_READY);
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

static struct event *every(struct server *server, int ms, event_callback_fn handler)
{
    struct timeval interval = {ms / 1000, ms % 1000 * 1000};
    struct event *event = event_new(server->base, -1, EV_PERSIST, handler, server);

    CHECK(event != NULL && event_add(event, &interval) == 0);
    return event;
}

/* The signals that a terminal sends to all processes, and the database, are the parent's. */
static void open_seat(struct server *server)
{
    const struct seat *seat = server->seat;

    CHECK(signal(SIGINT, SIG_IGN) != SIG_ERR && signal(SIGHUP, SIG_IGN) != SIG_ERR);
    server->parent = event_new(server->base, seat->channel, EV_READ | EV_PERSIST, parent_speaks, server);
    CHECK(server->parent != NULL && event_add(server->parent, NULL) == 0);
    if (seat->beat_ms > 0)
        server->alive = every(server, seat->beat_ms, tell_alive);
}

static void open_alone(struct server *server)
{
    int watchdog_ms = notify_watchdog_ms();

    server->interrupt = on_signal(server, SIGINT, end_asked);
    server->reload = on_signal(server, SIGHUP, reload_asked);
    if (watchdog_ms > 1)
        server->alive = every(server, watchdog_ms / 2, tell_alive);
    if (server->config->embedded != NULL)
        server->cluster = cluster_watch(server->base, &server->prepared->embedded, cluster_revived, server);
}

static void open_events(struct server *server)
{
    server->start = every(server, START_CHECK_MS, start_check);
    server->terminate = on_signal(server, SIGTERM, end_asked);
    server->drain = event_new(server->base, -1, EV_PERSIST, drain_check, server);
    CHECK(server->drain != NULL);
    if (server->seat == NULL)
        open_alone(server);
    else
        open_seat(server);
}

static bool is_watched(void *arg)
{
    const struct server *server = arg;

    return dispatch_is_watched(server->dispatch);
}

static void tasks_changed(void *arg, const struct change_page *page, bool all)
{
    const struct server *server = arg;

    dispatch_hint(server->dispatch, page, all);
}

/* In the order of what needs what. */
static enum exit_code open_parts(struct server *server, char *message, size_t message_bytes)
{
    server->failpoints = store_failpoints_new(server->config->failpoint);

    const struct limits *limits = &server->config->limits;
    const struct store_config store = {server->prepared->app_conninfo, limits->statement_timeout_ms,
                                       limits->commit_timeout_ms, server->failpoints};
    const struct engine_config engine = {.batch_max = (unsigned)limits->batch_commands_max,
                                         .bulk_max = (unsigned)limits->batch_rows_max,
                                         .waiting_max = (unsigned)limits->commands_waiting_max,
                                         .bulk_waiting_max = (unsigned)limits->rows_waiting_max,
                                         .lanes = part_of_worker(server->config, limits->lanes_max),
                                         .split_min = (unsigned)limits->lane_split_min,
                                         .recent_rows_max = (unsigned)limits->recent_rows_max};
    const struct dispatch_config dispatch = dispatch_settings(server->config, server->prepared);
    const struct wire_config wire = wire_settings(server);
    const struct wire_handlers handlers = dispatch_handlers();
    const struct feed_handlers feed = {is_watched, tasks_changed};

    server->reference = reference_new();
    server->engine = engine_new(server->base, &engine, &store, server->reference);
    server->dispatch =
        dispatch_new(server->base, &dispatch, &store, server->engine, server->reference, server->passwords);
    server->wire = wire_open(server->base, &wire, &handlers, server->dispatch, message, message_bytes);
    if (server->wire == NULL)
        return EXIT_DEPENDENCY;
    dispatch_set_wire(server->dispatch, server->wire);
    server->feed = feed_new(server->base, dispatch_reader(server->dispatch), &feed, server);
    if (server->seat == NULL || server->seat->number == 1)
        server->watch = watch_new(server->base, &store, server->engine, server->reference);
    else
        engine_set_due(server->engine, left_due, server);
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
    feed_free(server->feed);
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
    free_event(server->alive);
    free_event(server->parent);
    cluster_unwatch(server->cluster);
    if (server->config->embedded != NULL && server->seat == NULL)
        embedded_stop(&server->prepared->embedded);
}

/* What a worker finds done. */
static enum exit_code prepare(struct server *server, char *message, size_t message_bytes)
{
    enum exit_code code = EXIT_OK;

    if (server->seat == NULL)
        code = prepare_database(server->prepared, server->config);
    if (code != EXIT_OK)
        snprintf(message, message_bytes, "%s", server->prepared->message);
    return code;
}

enum exit_code server_run(struct config *config, struct prepared *prepared, const struct wire_sockets *sockets,
                          const struct seat *seat, int argc, char **argv)
{
    struct server server = {
        .config = config, .prepared = prepared, .sockets = sockets, .seat = seat, .argc = argc, .argv = argv};
    char message[1024] = "";
    enum exit_code code;

    server.base = event_base_new();
    CHECK(server.base != NULL);
    server.passwords = password_pool_new(server.base, part_of_worker(config, config->limits.password_workers_max),
                                         (unsigned)config->limits.password_queue_max, config->cheap_passwords);
    code = prepare(&server, message, sizeof message);
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
