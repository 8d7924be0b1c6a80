/* The life of a connection: connecting without blocking, checking what it must keep, preparing the statements, and
 * coming back with growing pauses. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/check.h"
#include "common/log.h"
#include "server/store/connection.h"
#include "server/store/failpoint.h"
#include "server/store/durable.h"

#define CONNECT_TIMEOUT_MS 30000
#define PAUSE_MIN_MS       50
#define PAUSE_MAX_MS       2000

static void connect_start(struct store *store);

int64_t connection_clock_ms(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void start_timer(struct store *store, int ms)
{
    struct timeval time = {ms / 1000, (ms % 1000) * 1000};

    evtimer_add(store->timer, &time);
}

static void announce(struct store *store)
{
    bool up = store->state == CONNECTION_UP && !store->broken;

    if (up == store->announced || store->closed)
        return;
    store->announced = up;
    if (store->changed != NULL)
        store->changed(store->arg, up);
}

static void drop_events(struct store *store)
{
    if (store->read_event != NULL)
        event_free(store->read_event);
    if (store->write_event != NULL)
        event_free(store->write_event);
    store->read_event = store->write_event = NULL;
}

static void drop(struct store *store)
{
    drop_events(store); /* before the socket is closed */
    pipe_fail_all(store);
    if (PQsocket(store->conn) >= 0)
        shutdown(PQsocket(store->conn),
                 SHUT_RDWR); /* else PQfinish would send what is still buffered, a Sync perhaps */
    PQfinish(store->conn);
    store->conn = NULL;
    store->broken = false;
    store->state = CONNECTION_WAITING;
    /* Half of the pause is by chance, so that servers do not come back in step. */
    start_timer(store, store->pause_ms / 2 + (int)randombytes_uniform((uint32_t)store->pause_ms / 2 + 1));
    store->pause_ms = store->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : store->pause_ms * 2;
}

void connection_break(struct store *store, const char *why)
{
    if (store->broken)
        return;
    if (store->state == CONNECTION_UP)
        log_warning("%s: database connection dropped: %s", store->name, why);
    else
        log_debug("%s: database connection dropped: %s", store->name, why);
    store->broken = true;
    event_active(store->turn, EV_TIMEOUT, 0);
}

static void free_store(struct store *store)
{
    drop_events(store);
    pipe_fail_all(store);
    pipe_answer_ended(store); /* closed: frees without calling back */
    PQfinish(store->conn);
    event_free(store->timer);
    event_free(store->guard);
    event_free(store->turn);
    free((char *)store->config.conninfo);
    free(store);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct store *store = arg;

    (void)fd, (void)what;
    if (store->state >= CONNECTION_SETTING_UP && !store->broken)
        pipe_read(store);
    if (store->broken && !store->closed)
        drop(store);
    pipe_answer_ended(store);
    announce(store);
    if (store->closed)
        free_store(store);
}

/* ---- settings, then statements ---- */

static void prepared(void *arg, enum store_result result)
{
    struct store *store = arg;

    if (result != STORE_OK) {
        connection_break(store, "statements could not be prepared");
        return;
    }
    store->state = CONNECTION_UP;
    store->pause_ms = PAUSE_MIN_MS;
    store->refusal[0] = '\0';
    store->rows_written = 0;
    store->discard_at_rows = REPLAN_ROWS_FIRST;
    store->discard_at_ms = connection_clock_ms() + REPLAN_EVERY_MS;
    evtimer_del(store->timer);
    log_info("%s: database connection up", store->name);
    event_active(store->turn, EV_TIMEOUT, 0); /* tells `changed` */
}

static void refuse(struct store *store, const char *why)
{
    if (strcmp(store->refusal, why) != 0)
        log_error("%s: %s", store->name, why);
    snprintf(store->refusal, sizeof store->refusal, "%s", why);
    store->pause_ms = PAUSE_MAX_MS;
    connection_break(store, why);
}

static void take_settings(struct txn *txn, const PGresult *result)
{
    struct store *store = txn_out(txn);
    struct store_start found = {0};

    if (!durable_check(result, store->writer, &found))
        refuse(store, found.message);
    else if (store->failpoint != NULL && store->failpoint->count > 0 && !found.test_clock)
        refuse(store, "a failpoint needs a database with a test clock");
}

static void take_row_types(struct txn *txn, const PGresult *result)
{
    struct store *store = txn_out(txn);
    bool all = PQntuples(result) == ROW_TYPE_COUNT;

    for (int i = 0; all && i < ROW_TYPE_COUNT; i++) {
        store->row_types[i] = (uint32_t)strtoul(PQgetvalue(result, i, 0), NULL, 10);
        all = store->row_types[i] != 0;
    }
    if (!all)
        refuse(store, "the database's schema lacks a row type of its version");
}

static void settings_done(void *arg, enum store_result result)
{
    struct store *store = arg;

    if (store->broken || result == STORE_DOWN)
        return; /* refused for a reason that has been told, or lost */
    if (result != STORE_OK)
        refuse(store, "the database cannot be used as it is: is it migrated? (creditd --migrate)");
    else
        pipe_send_prepare(store, prepared);
}

/* ---- connecting ---- */

static void on_notice(void *arg, const PGresult *result)
{
    struct store *store = arg;
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    log_warning("%s: database: %s", store->name, text == NULL ? "notice" : text);
    if (store->head != NULL)
        store->head->notice = true;
}

static void on_ready(evutil_socket_t fd, short what, void *arg);

static void watch_socket(struct store *store, bool write)
{
    int fd = PQsocket(store->conn);

    drop_events(store);
    store->read_event = event_new(store->base, fd, EV_READ | EV_PERSIST, on_ready, store);
    store->write_event = event_new(store->base, fd, EV_WRITE | EV_PERSIST, on_ready, store);
    CHECK(fd >= 0 && store->read_event != NULL && store->write_event != NULL);
    event_add(write ? store->write_event : store->read_event, NULL);
}

static void connected(struct store *store)
{
    if (PQsetnonblocking(store->conn, 1) != 0 || PQenterPipelineMode(store->conn) != 1) {
        connection_break(store, PQerrorMessage(store->conn));
        return;
    }
    PQsetNoticeReceiver(store->conn, on_notice, store);
    store->state = CONNECTION_SETTING_UP;
    pipe_send_setup(store, settings_done, take_settings, take_row_types);
}

/* The socket may be another one after every step (several hosts, or a second try without TLS). */
static void connect_step(struct store *store)
{
    switch (PQconnectPoll(store->conn)) {
    case PGRES_POLLING_READING:
        watch_socket(store, false);
        break;
    case PGRES_POLLING_WRITING:
        watch_socket(store, true);
        break;
    case PGRES_POLLING_OK:
        watch_socket(store, false);
        connected(store);
        break;
    default:
        if (strcmp(store->refusal, "connect") != 0)
            log_warning("%s: %s", store->name, PQerrorMessage(store->conn));
        snprintf(store->refusal, sizeof store->refusal, "connect");
        connection_break(store, "not connected");
    }
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct store *store = arg;

    (void)fd, (void)what;
    if (store->broken)
        return;
    if (store->state == CONNECTION_CONNECTING) {
        connect_step(store);
        return;
    }
    /* Reading also when only writing was possible: the server may be waiting for us to read. libpq writes while it
     * reads, so from here on the last Sync may have left. */
    store->unflushed = false;
    bool alive = PQconsumeInput(store->conn) == 1;
    pipe_read(store);
    if (store->closed || store->broken)
        return; /* `turn` is on its way */
    if (!alive || PQstatus(store->conn) != CONNECTION_OK)
        connection_break(store, "closed by the server");
    else
        pipe_sent(store);
}

static void connect_start(struct store *store)
{
    const char *keys[] = {"dbname", "fallback_application_name", "client_encoding", "gssencmode", NULL};
    const char *values[] = {store->config.conninfo, store->name, "UTF8", "disable", NULL};

    store->state = CONNECTION_CONNECTING;
    store->conn = PQconnectStartParams(keys, values, 1);
    CHECK(store->conn != NULL);
    start_timer(store, CONNECT_TIMEOUT_MS);
    if (PQstatus(store->conn) == CONNECTION_BAD) {
        if (strcmp(store->refusal, "connect") != 0)
            log_warning("%s: %s", store->name, PQerrorMessage(store->conn));
        snprintf(store->refusal, sizeof store->refusal, "connect");
        connection_break(store, "not connected");
        return;
    }
    watch_socket(store, true);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct store *store = arg;

    (void)fd, (void)what;
    if (store->state == CONNECTION_WAITING)
        connect_start(store);
    else
        connection_break(store, "connecting took too long");
}

static void on_guard(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    connection_break(arg, "no answer in time");
}

/* ---- public ---- */

struct store *store_open(struct event_base *base, const struct store_config *config, enum store_use use,
                         void (*changed)(void *arg, bool up), void *arg)
{
    /* In the log, and as application_name in the database. */
    static const char *const names[] = {[STORE_COMMIT] = "commit",
                                        [STORE_READ] = "reader",
                                        [STORE_SESSION] = "sessions",
                                        [STORE_AUDIT] = "read audit",
                                        [STORE_WATCH] = "watch"};
    struct store *store = xcalloc(1, sizeof *store);

    CHECK(config->commit_timeout_ms > 0 && config->statement_timeout_ms > 0);
    store->base = base;
    store->config = *config;
    store->config.conninfo = xstrdup(config->conninfo);
    store->name = names[use];
    store->use = use;
    store->writer = use == STORE_COMMIT || use == STORE_SESSION || use == STORE_AUDIT;
    store->changed = changed;
    store->arg = arg;
    store->failpoint = config->failpoints == NULL ? NULL : &config->failpoints->of[use];
    store->tail = &store->head;
    store->ended_tail = &store->ended;
    store->pause_ms = PAUSE_MIN_MS;
    store->timer = evtimer_new(base, on_timer, store);
    store->guard = evtimer_new(base, on_guard, store);
    store->turn = evtimer_new(base, on_turn, store);
    CHECK(store->timer != NULL && store->guard != NULL && store->turn != NULL);
    connect_start(store);
    return store;
}

bool store_is_up(const struct store *store)
{
    return store->state == CONNECTION_UP && !store->broken;
}

size_t store_pending(const struct store *store)
{
    return store->pending;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    store->closed = true;
    if (store->inside)
        event_active(store->turn, EV_TIMEOUT, 0); /* a callback of it is running: freed after it */
    else
        free_store(store);
}
