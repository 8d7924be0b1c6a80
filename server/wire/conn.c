/* One connection: states, frames in and out, back-pressure, deadlines, closing. A connection is never freed in one of
 * its own callbacks: it is marked closed and freed at the end of the turn. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/wire/internal.h"
#include "server/wire/tls.h"

#define FRAMES_PER_TURN     32 /* of one connection, before others have their turn */
#define HANDSHAKES_PER_TURN 4  /* that go on, about half a millisecond each, before those who are in have their turn */
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

/* An IPv4 address in its IPv6 form; all zero: a unix socket. */
static struct in6_addr address_of(const struct sockaddr *from)
{
    struct in6_addr address = {0};

    if (from->sa_family == AF_INET6)
        return ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    if (from->sa_family == AF_INET) {
        memset(address.s6_addr + 10, 0xff, 2);
        memcpy(address.s6_addr + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    }
    return address;
}

struct peer_text {
    char text[INET6_ADDRSTRLEN];
};

/* For the log. */
static struct peer_text peer_of(const struct conn *conn)
{
    const struct in6_addr *address = &conn->address;
    struct peer_text peer = {"unix"};

    if (IN6_IS_ADDR_V4MAPPED(address))
        inet_ntop(AF_INET, address->s6_addr + 12, peer.text, sizeof peer.text);
    else if (!IN6_IS_ADDR_UNSPECIFIED(address))
        inet_ntop(AF_INET6, address, peer.text, sizeof peer.text);
    return peer;
}

/* Logged out: it counts as anonymous again and has to log in by a deadline. */
static void become_anonymous(struct conn *conn)
{
    anonymous_add(conn);
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

static void stop_waiting_to_write(struct conn *conn)
{
    if (conn->writable != NULL)
        event_free(conn->writable);
    conn->writable = NULL;
}

void conn_abort(struct conn *conn, const char *why)
{
    conn_set_state(conn, CONN_CLOSED);
    if (conn->why == NULL)
        conn->why = why;
    log_debug("connection %llu (%s) ends: %s", (unsigned long long)conn->id, peer_of(conn).text, conn->why);
    event_del(&conn->readable);
    event_del(&conn->timer);
    stop_waiting_to_write(conn);
    conn->reading = conn->listening = conn->hungry = false;
    conn->wire->closed_count++;
    wire_touch(conn);
}

/* All is sent: says good-bye in TLS once, then ends. */
static void finish(struct conn *conn)
{
    stream_say_goodbye(&conn->stream, conn->wire->room);
    conn_abort(conn, conn->why);
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
    if (stream_waiting(&conn->stream) == 0)
        finish(conn);
    else
        conn_update(conn);
}

/* The peer broke the protocol: one line in the log. */
static void refuse(struct conn *conn, const char *why)
{
    log_info("connection %llu (%s): %s", (unsigned long long)conn->id, peer_of(conn).text, why);
    conn_close(conn, why);
}

void conn_free(struct conn *conn)
{
    CHECK(conn->source == NULL);
    stop_waiting_to_write(conn);
    stream_close(&conn->stream);
    bytes_free(&conn->input);
    free(conn);
}

/* ---- back-pressure and deadlines ---- */

static uint32_t body_max(const struct conn *conn)
{
    return conn->state == CONN_LOGGED_IN ? FRAME_BODY_MAX : FRAME_BODY_MAX_BEFORE_LOGIN;
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
           stream_waiting(&conn->stream) < wire->config.output_bytes_max;
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
    if (conn->state != CONN_HANDSHAKE && stream_waiting(&conn->stream) > 0)
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
    CHECK(event_add(&conn->timer, &wait_time) == 0);
}

static void take_input(struct conn *conn);

static void timer_rang(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    struct deadline deadline = next_deadline(conn);

    (void)fd, (void)what;
    conn->armed_at = 0;
    if (conn->hungry)
        take_input(conn);
    else if (deadline.at == 0 || deadline.at > wire_now_ms())
        arm(conn);
    else if (deadline.at == conn->login_deadline && conn->in_flight > 0) {
        conn->login_overdue = true; /* the server is the slow one: what was asked is still answered */
        conn_update(conn);
    } else if (conn->state == CONN_FLUSHING || stream_waiting(&conn->stream) > 0)
        conn_abort(conn, deadline.why);
    else
        conn_close(conn, deadline.why);
}

/* What was read and waits is handed on in the next turn, whether or not more comes. */
static void be_hungry(struct conn *conn)
{
    const struct timeval at_once = {0, 0};

    if (conn->hungry)
        return;
    conn->hungry = true;
    conn->armed_at = 1; /* earlier than any deadline */
    CHECK(event_add(&conn->timer, &at_once) == 0);
}

/* That nothing is read is told to the kernel when something comes, which mostly is when it may be read again. */
static void set_reading(struct conn *conn, bool reading)
{
    if (reading == conn->reading)
        return;
    conn->reading = reading;
    conn->frame_deadline = 0; /* while nothing is read the peer cannot be late */
    if (!reading)
        return;
    if (!conn->listening)
        CHECK(event_add(&conn->readable, NULL) == 0);
    conn->listening = true;
    if (conn->input != NULL && !conn->taking)
        be_hungry(conn);
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
        set_reading(conn, may_read(conn));
    arm(conn);
}

/* ---- frames ---- */

void conn_answer(struct conn *conn, const struct frame *frame, const uint8_t *body)
{
    uint8_t header[FRAME_HEADER_BYTES];

    if (stream_waiting(&conn->stream) == 0)
        conn->write_moved_at = frame->kind == FRAME_PUSH ? wire_now_ms() : conn->active_at; /* which is now */
    frame_encode(header, frame);
    stream_put(&conn->stream, header, sizeof header);
    stream_put(&conn->stream, body, frame->length);
    wire_touch(conn);
    if (stream_waiting(&conn->stream) > 2 * conn->wire->config.output_bytes_max)
        conn_abort(conn, "too much output waits to be read");
}

static void take_frame(struct conn *conn, const struct frame *frame, const uint8_t *body)
{
    struct wire *wire = conn->wire;
    struct frame pong = {.kind = FRAME_PONG, .method = frame->method, .id = frame->id};

    conn->active_at = wire_now_ms();
    conn->frame_deadline = 0;
    if (frame->kind == FRAME_REQUEST) {
        conn->in_flight++;
        wire->handlers.request(wire->arg, conn->id, frame->method, frame->id, body, frame->length);
    } else if (frame->kind == FRAME_PING)
        conn_answer(conn, &pong, NULL);
    else
        refuse(conn, "a frame of a kind that only servers send");
}

/* Takes the frame that begins there. Its length; 0: it is not whole, or the connection ends. */
static size_t next_frame(struct conn *conn, const uint8_t *bytes, size_t have)
{
    struct frame frame;

    switch (frame_decode(bytes, have, body_max(conn), &frame)) {
    case FRAME_COMPLETE:
        take_frame(conn, &frame, bytes + FRAME_HEADER_BYTES);
        return FRAME_HEADER_BYTES + (size_t)frame.length;
    case FRAME_NEED_MORE:
        if (have > 0 && conn->frame_deadline == 0)
            conn->frame_deadline = wire_now_ms() + conn->wire->config.frame_timeout_ms;
        return 0;
    case FRAME_TOO_LARGE:
        refuse(conn, "a frame larger than the limit");
        return 0;
    case FRAME_BAD_KIND:
        refuse(conn, "bytes that are no frame");
        return 0;
    case FRAME_BAD_FLAGS:
        refuse(conn, "a frame with flags that are not known");
        return 0;
    }
    return 0;
}

static bool takes_frames(const struct conn *conn)
{
    return conn->state == CONN_ANONYMOUS || conn->state == CONN_LOGGED_IN;
}

void conn_drain(struct conn *conn)
{
    conn->in_flight++; /* keeps it open until every frame has been handed on */
    while (takes_frames(conn) && conn->input != NULL) {
        size_t length = next_frame(conn, bytes_first(conn->input), bytes_length(conn->input));

        if (length == 0)
            break;
        bytes_take(&conn->input, length);
    }
    conn->in_flight--;
    conn_update(conn);
}

/* Hands on frames as long as the connection may be read, up to a turn's share of them. Bytes they had. */
static size_t take_frames(struct conn *conn, const uint8_t *bytes, size_t have)
{
    size_t taken = 0, length = 1;
    unsigned frames = 0;

    conn->taking = true;
    while (length > 0 && frames < FRAMES_PER_TURN && may_read(conn)) {
        length = next_frame(conn, bytes + taken, have - taken);
        taken += length;
        frames++;
    }
    conn->taking = false;
    if (length > 0 && taken < have && may_read(conn))
        be_hungry(conn);
    return taken;
}

static void settle(struct conn *conn)
{
    if (!conn->ended || conn->hungry || !takes_frames(conn)) {
        conn_update(conn);
        return;
    }
    if (conn->why == NULL)
        conn->why = conn->input != NULL ? "the peer went within a frame" : "the peer went";
    finish(conn);
}

/* What was read earlier. */
static void take_input(struct conn *conn)
{
    conn->hungry = false;
    if (conn->input != NULL)
        bytes_take(&conn->input, take_frames(conn, bytes_first(conn->input), bytes_length(conn->input)));
    settle(conn);
}

/* What was read now: mostly whole frames, which are handed on where they are. */
static void take_received(struct conn *conn, const uint8_t *bytes, size_t length)
{
    size_t taken;

    if (conn->input != NULL) {
        bytes_add(&conn->input, bytes, length);
        take_input(conn);
        return;
    }
    taken = take_frames(conn, bytes, length);
    bytes_add(&conn->input, bytes + taken, length - taken);
    settle(conn);
}

/* ---- the socket is ready ---- */

/* May one more handshake go on in this turn? What is not read now is still there in the next. */
static bool may_shake_hands(struct wire *wire)
{
    event_active(wire->turn_end, 0, 0);
    return wire->handshakes++ < HANDSHAKES_PER_TURN;
}

static void handshake_failed(struct conn *conn, const char *failure)
{
    bool moved;

    if (failure != NULL)
        log_info("connection %llu (%s): TLS: %s", (unsigned long long)conn->id, peer_of(conn).text, failure);
    stream_flush(&conn->stream, conn->wire->room, &moved); /* tells the peer why */
    conn_abort(conn, "the handshake failed");
}

/* False: not done yet, or it ends. */
static bool shake_hands(struct conn *conn, const struct received *received)
{
    if (received->end != STREAM_GOES_ON) {
        handshake_failed(conn, received->failure);
        return false;
    }
    if (!stream_is_ready(&conn->stream))
        return false;
    if (!tls_has_alpn(conn->stream.ssl)) {
        log_info("connection %llu (%s): offers no ALPN", (unsigned long long)conn->id, peer_of(conn).text);
        conn_abort(conn, "no ALPN");
        return false;
    }
    conn_set_state(conn, CONN_ANONYMOUS);
    return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    struct wire *wire = conn->wire;
    size_t waited = stream_waiting(&conn->stream);
    struct received received;

    (void)fd, (void)what;
    if (!conn->reading) {
        event_del(&conn->readable);
        conn->listening = false;
        return;
    }
    if (conn->hungry || (conn->state == CONN_HANDSHAKE && !may_shake_hands(wire)))
        return;
    received = stream_receive(&conn->stream, wire->room);
    if (waited == 0 && stream_waiting(&conn->stream) > 0) { /* TLS itself has something to say */
        conn->write_moved_at = wire_now_ms();
        wire_touch(conn);
    }
    if (conn->state == CONN_HANDSHAKE && !shake_hands(conn, &received))
        return;
    if (received.end == STREAM_BROKEN) {
        conn_abort(conn, "the peer went");
        return;
    }
    conn->ended = received.end == STREAM_ENDED;
    take_received(conn, received.bytes, received.length);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    conn_flush(arg);
}

static void wait_to_write(struct conn *conn)
{
    if (conn->writable != NULL)
        return;
    conn->writable = event_new(conn->wire->base, conn->stream.fd, EV_WRITE | EV_PERSIST, on_writable, conn);
    CHECK(conn->writable != NULL && event_add(conn->writable, NULL) == 0);
}

void conn_flush(struct conn *conn)
{
    bool moved;

    if (!stream_flush(&conn->stream, conn->wire->room, &moved)) {
        conn_abort(conn, "the peer went");
        return;
    }
    if (moved)
        conn->write_moved_at = wire_now_ms();
    if (stream_waiting(&conn->stream) > 0)
        wait_to_write(conn);
    else
        stop_waiting_to_write(conn);
    if (conn->state == CONN_FLUSHING && stream_waiting(&conn->stream) == 0)
        finish(conn);
    else
        conn_update(conn);
}

/* ---- beginning ---- */

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

/* Enters it into the lists and starts it. */
static void conn_start(struct conn *conn)
{
    struct wire *wire = conn->wire;
    int64_t now = wire_now_ms();

    conn->id = ++wire->last_id;
    conn->active_at = now;
    conn->login_deadline = now + wire->config.handshake_timeout_ms;
    CHECK(evtimer_assign(&conn->timer, wire->base, timer_rang, conn) == 0);
    CHECK(event_assign(&conn->readable, wire->base, conn->stream.fd, EV_READ | EV_PERSIST, on_readable, conn) == 0);
    HASH_ADD(hh, wire->conns, id, sizeof conn->id, conn);
    anonymous_add(conn);
    conn->state = stream_is_ready(&conn->stream) ? CONN_ANONYMOUS : CONN_HANDSHAKE;
    set_reading(conn, true);
    conn_update(conn);
}

void conn_accept(struct wire *wire, int fd, bool tls, const struct sockaddr *from)
{
    struct in6_addr address = address_of(from);
    struct conn *conn;

    if (!anonymous_make_room(wire, &address)) {
        log_info("a connection was refused: there are %u", wire_connections(wire));
        close(fd);
        return;
    }
    conn = xcalloc(1, sizeof *conn);
    conn->wire = wire;
    conn->address = address;
    if (tls)
        set_tcp_options(fd);
    if (!stream_open(&conn->stream, wire->room, fd, tls ? wire->context : NULL)) {
        log_warning("a connection was refused: out of memory");
        close(fd);
        free(conn);
        return;
    }
    conn_start(conn);
}
