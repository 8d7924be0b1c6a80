/* One connection: states, frames in and out, back-pressure, deadlines, closing. A connection is never freed in one of
 * its own callbacks: it is marked closed and freed at the end of the turn. */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/check.h"
#include "common/log.h"
#include "server/wire/internal.h"
#include "server/wire/tls.h"

#define FRAMES_PER_TURN     32     /* of one connection, before others have their turn */
#define INPUT_SLACK_BYTES   65536u /* that are read beyond one whole frame */
#define KEEPALIVE_IDLE_S    60
#define TCP_USER_TIMEOUT_MS 30000

static const char *const state_names[] = {"handshake", "anonymous", "logged in", "flushing", "closed"};

/* Bit n of allowed[from]: the step to state n exists. */
#define TO(state) (1u << CONN_##state)
static const unsigned allowed[] = {
    [CONN_HANDSHAKE] = TO(ANONYMOUS) | TO(CLOSED),
    [CONN_ANONYMOUS] = TO(LOGGED_IN) | TO(FLUSHING) | TO(CLOSED),
    [CONN_LOGGED_IN] = TO(ANONYMOUS) | TO(FLUSHING) | TO(CLOSED),
    [CONN_FLUSHING] = TO(CLOSED),
    [CONN_CLOSED] = 0,
};

int64_t wire_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct conn *conn_find(const struct wire *wire, uint64_t id)
{
    struct conn *conn;

    HASH_FIND(hh, wire->conns, &id, sizeof id, conn);
    return conn;
}

/* ---- states ---- */

static void source_of(const struct sockaddr *from, uint8_t address[16])
{
    memset(address, 0, 16);
    if (from->sa_family == AF_INET) {
        memcpy(address, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;

        if (IN6_IS_ADDR_V4MAPPED(six))
            memcpy(address, six->s6_addr + 12, 4);
        else
            memcpy(address, six, 8);
    }
}

/* Logged out: it counts as anonymous again and has to log in by a deadline. */
static void become_anonymous(struct conn *conn)
{
    struct sockaddr_storage from = {0};
    socklen_t bytes = sizeof from;
    uint8_t address[16];

    if (getpeername(bufferevent_getfd(conn->bev), (struct sockaddr *)&from, &bytes) != 0)
        from.ss_family = AF_UNSPEC;
    source_of((const struct sockaddr *)&from, address);
    anonymous_add(conn, address);
    conn->login_deadline = wire_now_ms() + conn->wire->config.handshake_timeout_ms;
}

void conn_set_state(struct conn *conn, enum conn_state state)
{
    CHECK((allowed[conn->state] & (1u << state)) != 0);
    log_debug("connection %llu: %s -> %s", (unsigned long long)conn->id, state_names[conn->state], state_names[state]);
    if (state == CONN_ANONYMOUS && conn->state == CONN_LOGGED_IN)
        become_anonymous(conn);
    if (state != CONN_ANONYMOUS) {
        anonymous_remove(conn);
        conn->login_deadline = 0;
        conn->login_overdue = false;
    }
    conn->state = state;
}

/* ---- closing ---- */

void conn_abort(struct conn *conn, const char *why)
{
    struct wire *wire = conn->wire;

    conn_set_state(conn, CONN_CLOSED);
    if (conn->why == NULL)
        conn->why = why;
    log_debug("connection %llu (%s) ends: %s", (unsigned long long)conn->id, conn->peer, conn->why);
    bufferevent_setcb(conn->bev, NULL, NULL, NULL, NULL);
    bufferevent_disable(conn->bev, EV_READ | EV_WRITE);
    evtimer_del(conn->timer);
    conn->reading = false;
    conn->next_closed = wire->closed;
    wire->closed = conn;
    wire->closed_count++;
    event_active(wire->reaper, 0, 0);
}

/* All is sent: says good-bye in TLS once, then ends. */
static void finish(struct conn *conn)
{
    if (conn->ssl != NULL) {
        ERR_clear_error();
        SSL_shutdown(conn->ssl);
        ERR_clear_error();
    }
    conn_abort(conn, conn->why);
}

static size_t output_length(const struct conn *conn)
{
    return evbuffer_get_length(bufferevent_get_output(conn->bev));
}

void conn_close(struct conn *conn, const char *why)
{
    if (conn->state == CONN_FLUSHING)
        return;
    conn->why = why;
    if (conn->state == CONN_HANDSHAKE) {
        conn_abort(conn, why);
        return;
    }
    conn_set_state(conn, CONN_FLUSHING);
    if (output_length(conn) == 0)
        finish(conn);
    else
        conn_update(conn);
}

/* The peer broke the protocol: one line in the log. */
static void refuse(struct conn *conn, const char *why)
{
    log_info("connection %llu (%s): %s", (unsigned long long)conn->id, conn->peer, why);
    conn_close(conn, why);
}

void conn_free(struct conn *conn)
{
    CHECK(conn->source == NULL);
    bufferevent_free(conn->bev); /* closes the socket and frees the SSL */
    event_free(conn->timer);
    free(conn);
}

/* ---- back-pressure and deadlines ---- */

static uint32_t body_max(const struct conn *conn)
{
    return conn->state == CONN_LOGGED_IN ? FRAME_BODY_MAX : FRAME_BODY_MAX_BEFORE_LOGIN;
}

/* More than this is not held: at least one whole frame fits, so reading never waits for itself. */
static size_t input_max(const struct conn *conn)
{
    return FRAME_HEADER_BYTES + body_max(conn) + INPUT_SLACK_BYTES;
}

/* Who has not logged in gets a request at a time: each costs a look into the database, and a hash. */
static unsigned in_flight_max(const struct conn *conn)
{
    return conn->state == CONN_LOGGED_IN ? conn->wire->config.in_flight_max : 1;
}

static bool may_read(const struct conn *conn)
{
    const struct wire *wire = conn->wire;

    return (conn->state == CONN_ANONYMOUS || conn->state == CONN_LOGGED_IN) && !wire->draining &&
           !conn->login_overdue && conn->in_flight < in_flight_max(conn) &&
           output_length(conn) < wire->config.output_bytes_max;
}

struct deadline {
    int64_t at; /* 0: none */
    const char *why;
};

static void earlier(struct deadline *deadline, int64_t at, const char *why)
{
    if (at != 0 && (deadline->at == 0 || at < deadline->at))
        *deadline = (struct deadline){at, why};
}

static struct deadline next_deadline(const struct conn *conn)
{
    const struct wire_config *config = &conn->wire->config;
    struct deadline deadline = {0, NULL};

    if (!conn->login_overdue)
        earlier(&deadline, conn->login_deadline, "not logged in in time");
    earlier(&deadline, conn->frame_deadline, "a frame was not finished in time");
    if (conn->state == CONN_LOGGED_IN && conn->in_flight == 0)
        earlier(&deadline, conn->active_at + config->idle_timeout_ms, "idle");
    if (conn->state != CONN_HANDSHAKE && output_length(conn) > 0)
        earlier(&deadline, conn->write_moved_at + config->frame_timeout_ms, "does not read its answers");
    return deadline;
}

/* The timer may ring too early, never too late: a deadline that moved away is looked at when it rings. */
static void arm(struct conn *conn)
{
    struct deadline deadline = next_deadline(conn);
    int64_t wait;
    struct timeval wait_time;

    if (deadline.at == 0 || (conn->armed_at != 0 && conn->armed_at <= deadline.at))
        return;
    wait = deadline.at - wire_now_ms();
    if (wait < 0)
        wait = 0;
    wait_time = (struct timeval){wait / 1000, wait % 1000 * 1000 + 999};
    conn->armed_at = deadline.at;
    CHECK(evtimer_add(conn->timer, &wait_time) == 0);
}

static void timer_rang(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    struct deadline deadline = next_deadline(conn);

    (void)fd, (void)what;
    conn->armed_at = 0;
    if (deadline.at == 0 || deadline.at > wire_now_ms())
        arm(conn);
    else if (deadline.at == conn->login_deadline && conn->in_flight > 0) {
        conn->login_overdue = true; /* the server is the slow one: what was asked is still answered */
        conn_update(conn);
    } else if (conn->state == CONN_FLUSHING || output_length(conn) > 0)
        conn_abort(conn, deadline.why);
    else
        conn_close(conn, deadline.why);
}

static void set_reading(struct conn *conn, bool reading)
{
    if (reading == conn->reading)
        return;
    conn->reading = reading;
    conn->frame_deadline = 0; /* while nothing is read the peer cannot be late */
    if (!reading) {
        bufferevent_disable(conn->bev, EV_READ);
        return;
    }
    bufferevent_enable(conn->bev, EV_READ);
    /* Frames that were read before the pause bring no new event of their own. */
    if (evbuffer_get_length(bufferevent_get_input(conn->bev)) > 0)
        bufferevent_trigger(conn->bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

void conn_update(struct conn *conn)
{
    bool settled = conn->in_flight == 0 && (conn->state == CONN_ANONYMOUS || conn->state == CONN_LOGGED_IN);

    if (conn->state == CONN_CLOSED)
        return;
    if (conn->wire->draining && (settled || conn->state == CONN_HANDSHAKE)) {
        conn_close(conn, "the server is shutting down");
        return;
    }
    if (conn->login_overdue && settled) {
        conn_close(conn, "not logged in in time");
        return;
    }
    if (conn->state != CONN_HANDSHAKE)
        set_reading(conn, may_read(conn) && evbuffer_get_length(bufferevent_get_input(conn->bev)) < input_max(conn));
    arm(conn);
}

/* Reading stops in the midst of a burst, not after it. */
static void input_changed(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
    struct conn *conn = arg;

    (void)info;
    if (conn->reading && evbuffer_get_length(input) >= input_max(conn))
        set_reading(conn, false);
}

static void output_changed(struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
    struct conn *conn = arg;

    (void)output;
    if (info->n_deleted > 0 || info->orig_size == 0)
        conn->write_moved_at = wire_now_ms();
}

/* ---- frames ---- */

void conn_answer(struct conn *conn, const struct frame *frame, const uint8_t *body)
{
    uint8_t header[FRAME_HEADER_BYTES];

    frame_encode(header, frame);
    CHECK(bufferevent_write(conn->bev, header, sizeof header) == 0);
    if (frame->length > 0)
        CHECK(bufferevent_write(conn->bev, body, frame->length) == 0);
    if (output_length(conn) > 2 * conn->wire->config.output_bytes_max)
        conn_abort(conn, "too much output waits to be read");
}

static void take_request(struct conn *conn, const struct frame *frame, struct evbuffer *input)
{
    struct wire *wire = conn->wire;
    const uint8_t *whole = evbuffer_pullup(input, (ev_ssize_t)(FRAME_HEADER_BYTES + frame->length));

    CHECK(whole != NULL);
    conn->in_flight++;
    wire->handlers.request(wire->arg, conn->id, frame->method, frame->id, whole + FRAME_HEADER_BYTES, frame->length);
}

static void take_frame(struct conn *conn, const struct frame *frame, struct evbuffer *input)
{
    struct frame pong = {.kind = FRAME_PONG, .method = frame->method, .id = frame->id};

    conn->active_at = wire_now_ms();
    conn->frame_deadline = 0;
    if (frame->kind == FRAME_REQUEST)
        take_request(conn, frame, input);
    else if (frame->kind == FRAME_PING)
        conn_answer(conn, &pong, NULL);
    else
        refuse(conn, "a frame of a kind that only servers send");
    evbuffer_drain(input, FRAME_HEADER_BYTES + frame->length);
}

/* Takes the next whole frame. False: there is none, or the connection ends. */
static bool next_frame(struct conn *conn, struct evbuffer *input)
{
    uint8_t header[FRAME_HEADER_BYTES];
    size_t have = evbuffer_get_length(input);
    struct frame frame;

    if (have >= sizeof header)
        CHECK(evbuffer_copyout(input, header, sizeof header) == sizeof header);
    switch (frame_decode(header, have, body_max(conn), &frame)) {
    case FRAME_COMPLETE:
        take_frame(conn, &frame, input);
        return true;
    case FRAME_NEED_MORE:
        if (have > 0 && conn->frame_deadline == 0)
            conn->frame_deadline = wire_now_ms() + conn->wire->config.frame_timeout_ms;
        return false;
    case FRAME_TOO_LARGE:
        refuse(conn, "a frame larger than the limit");
        return false;
    case FRAME_BAD_KIND:
        refuse(conn, "bytes that are no frame");
        return false;
    case FRAME_BAD_FLAGS:
        refuse(conn, "a frame with flags that are not known");
        return false;
    }
    return false;
}

static bool takes_frames(const struct conn *conn)
{
    return conn->state == CONN_ANONYMOUS || conn->state == CONN_LOGGED_IN;
}

void conn_drain(struct conn *conn)
{
    conn->in_flight++; /* keeps it open until every frame has been handed on */
    while (takes_frames(conn) && next_frame(conn, bufferevent_get_input(conn->bev)))
        ;
    conn->in_flight--;
    conn_update(conn);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct conn *conn = arg;
    struct evbuffer *input = bufferevent_get_input(bev);
    unsigned frames = 0;

    while (may_read(conn) && frames < FRAMES_PER_TURN && next_frame(conn, input))
        frames++;
    if (frames == FRAMES_PER_TURN)
        bufferevent_trigger(bev, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
    conn_update(conn);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct conn *conn = arg;

    (void)bev;
    if (conn->state == CONN_FLUSHING && output_length(conn) == 0)
        finish(conn);
    else
        conn_update(conn);
}

/* ---- beginning and end ---- */

static void connected(struct conn *conn)
{
    if (!tls_has_alpn(conn->ssl)) {
        log_info("connection %llu (%s): offers no ALPN", (unsigned long long)conn->id, conn->peer);
        conn_abort(conn, "no ALPN");
        return;
    }
    conn_set_state(conn, CONN_ANONYMOUS);
    conn_update(conn);
}

/* What OpenSSL says of a failed handshake, NULL when the peer just went; for that libevent stores numbers that are no
 * errors. */
static const char *tls_failure(struct bufferevent *bev)
{
    const char *text = NULL;
    unsigned long error;

    while ((error = bufferevent_get_openssl_error(bev)) != 0)
        if (text == NULL && ERR_GET_LIB(error) == ERR_LIB_SSL)
            text = ERR_reason_error_string(error);
    ERR_clear_error();
    return text;
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct conn *conn = arg;

    if (what & BEV_EVENT_CONNECTED) {
        if (conn->state == CONN_HANDSHAKE)
            connected(conn);
        return;
    }
    if (conn->state == CONN_HANDSHAKE) {
        const char *failure = tls_failure(bev);

        if (failure != NULL)
            log_info("connection %llu (%s): TLS: %s", (unsigned long long)conn->id, conn->peer, failure);
        conn_abort(conn, "the handshake failed");
        return;
    }
    if (conn->why == NULL)
        conn->why =
            evbuffer_get_length(bufferevent_get_input(bev)) > 0 ? "the peer went within a frame" : "the peer went";
    if ((what & BEV_EVENT_EOF) != 0)
        finish(conn);
    else
        conn_abort(conn, conn->why);
}

static void name_peer(struct conn *conn, const struct sockaddr *from)
{
    const char *text = NULL;

    if (from->sa_family == AF_INET)
        text = inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)from)->sin_addr, conn->peer,
                         sizeof conn->peer);
    else if (from->sa_family == AF_INET6)
        text = inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, conn->peer,
                         sizeof conn->peer);
    if (text == NULL)
        snprintf(conn->peer, sizeof conn->peer, "unix");
}

/* Small answers leave at once; a peer that vanished is noticed. */
static void set_tcp_options(int fd)
{
    int on = 1, idle = KEEPALIVE_IDLE_S, timeout = TCP_USER_TIMEOUT_MS;

    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout) != 0)
        log_debug("socket options cannot be set");
}

/* False: out of memory in OpenSSL or libevent; the socket is still the caller's. */
static bool make_bufferevent(struct conn *conn, int fd, bool tls)
{
    struct wire *wire = conn->wire;
    const int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;

    if (!tls) {
        conn->bev = bufferevent_socket_new(wire->base, fd, options);
        return conn->bev != NULL;
    }
    conn->ssl = SSL_new(wire->context);
    if (conn->ssl == NULL)
        return false;
    conn->bev = bufferevent_openssl_socket_new(wire->base, fd, conn->ssl, BUFFEREVENT_SSL_ACCEPTING, options);
    if (conn->bev == NULL)
        SSL_free(conn->ssl);
    return conn->bev != NULL;
}

/* Enters it into the lists and starts it. */
static void conn_start(struct conn *conn, bool tls, const uint8_t address[16])
{
    struct wire *wire = conn->wire;
    int64_t now = wire_now_ms();

    conn->id = ++wire->last_id;
    conn->active_at = now;
    conn->login_deadline = now + wire->config.handshake_timeout_ms;
    conn->timer = evtimer_new(wire->base, timer_rang, conn);
    CHECK(conn->timer != NULL);
    HASH_ADD(hh, wire->conns, id, sizeof conn->id, conn);
    anonymous_add(conn, address);
    CHECK(evbuffer_add_cb(bufferevent_get_input(conn->bev), input_changed, conn) != NULL);
    CHECK(evbuffer_add_cb(bufferevent_get_output(conn->bev), output_changed, conn) != NULL);
    bufferevent_setcb(conn->bev, on_read, on_written, on_event, conn);
    conn->state = tls ? CONN_HANDSHAKE : CONN_ANONYMOUS;
    conn->reading = true;
    bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
    conn_update(conn);
}

void conn_accept(struct wire *wire, int fd, bool tls, const struct sockaddr *from)
{
    uint8_t address[16];
    struct conn *conn;

    source_of(from, address);
    if (!anonymous_make_room(wire, address)) {
        log_info("a connection was refused: there are %u", wire_connections(wire));
        evutil_closesocket(fd);
        return;
    }
    conn = xcalloc(1, sizeof *conn);
    conn->wire = wire;
    name_peer(conn, from);
    if (tls)
        set_tcp_options(fd);
    if (!make_bufferevent(conn, fd, tls)) {
        log_warning("a connection was refused: out of memory");
        ERR_clear_error();
        evutil_closesocket(fd);
        free(conn);
        return;
    }
    conn_start(conn, tls, address);
}
