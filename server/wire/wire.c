/* The wire as a whole: opens and drains it, finds connections by id, frees closed ones at the end of a turn. What one
 * connection does is conn.c's. */
#include "server/wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "server/wire/internal.h"
#include "server/wire/tls.h"

void wire_touch(struct conn *conn)
{
    struct wire *wire = conn->wire;

    if (conn->touched)
        return;
    conn->touched = true;
    conn->next_touched = wire->touched;
    wire->touched = conn;
    event_active(wire->turn_end, 0, 0);
}

static void reap(struct wire *wire, struct conn *conn)
{
    CHECK(wire->closed_count > 0 && wire->conns != NULL);
    wire->closed_count--;
    HASH_DEL(wire->conns, conn);
    wire->handlers.closed(wire->arg, conn->id);
    conn_free(conn);
    listener_resume(wire->tls_listener);
    listener_resume(wire->unix_listener);
}

/* Behind everything that was ready in this turn, so in nobody's callback: all answers of the turn leave together. */
static void turn_ends(evutil_socket_t fd, short what, void *arg)
{
    struct wire *wire = arg;
    struct conn *conn;

    (void)fd, (void)what;
    wire->handshakes = 0;
    while ((conn = wire->touched) != NULL) {
        wire->touched = conn->next_touched;
        conn->touched = false;
        if (conn->state == CONN_CLOSED)
            reap(wire, conn);
        else
            conn_flush(conn);
    }
}

static bool open_listeners(struct wire *wire, char *message, size_t message_bytes)
{
    const struct wire_config *config = &wire->config;
    const struct wire_sockets none = {-1, -1}, given = config->sockets == NULL ? none : *config->sockets;

    wire->context = tls_context_new(config->certificate, config->private_key, message, message_bytes);
    if (wire->context == NULL)
        return false;
    wire->tls_listener = listener_open_tcp(wire, given.tls, message, message_bytes);
    if (wire->tls_listener == NULL)
        return false;
    if (config->unix_socket == NULL && given.plain < 0)
        return true;
    wire->unix_listener = listener_open_unix(wire, given.plain, message, message_bytes);
    return wire->unix_listener != NULL;
}

struct wire *wire_open(struct event_base *base, const struct wire_config *config, const struct wire_handlers *handlers,
                       void *arg, char *message, size_t message_bytes)
{
    struct wire *wire = xcalloc(1, sizeof *wire);

    wire->base = base;
    wire->config = *config;
    wire->handlers = *handlers;
    wire->arg = arg;
    wire->room = stream_room_new();
    wire->turn_end = event_new(base, -1, 0, turn_ends, wire);
    CHECK(wire->turn_end != NULL);
    if (open_listeners(wire, message, message_bytes))
        return wire;
    wire_free(wire);
    return NULL;
}

unsigned wire_port(const struct wire *wire)
{
    CHECK(wire->tls_listener != NULL);
    return listener_port(wire->tls_listener);
}

unsigned wire_connections(const struct wire *wire)
{
    return HASH_COUNT(wire->conns) - wire->closed_count;
}

void wire_answer(struct wire *wire, uint64_t id, uint16_t method, uint64_t request_id, const uint8_t *body,
                 size_t length)
{
    struct conn *conn = conn_find(wire, id);
    struct frame frame = {.length = (uint32_t)length, .kind = FRAME_ANSWER, .method = method, .id = request_id};

    CHECK(length <= UINT32_MAX);
    if (conn == NULL || (conn->state != CONN_ANONYMOUS && conn->state != CONN_LOGGED_IN))
        return;
    CHECK(conn->in_flight > 0);
    conn->in_flight--;
    conn->active_at = wire_now_ms();
    conn_answer(conn, &frame, body);
    conn_update(conn);
}

void wire_push(struct wire *wire, uint64_t id, uint16_t method, const uint8_t *body, size_t length)
{
    struct conn *conn = conn_find(wire, id);
    struct frame frame = {.length = (uint32_t)length, .kind = FRAME_PUSH, .method = method};

    if (conn == NULL || conn->state != CONN_LOGGED_IN || stream_waiting(&conn->stream) >= wire->config.output_bytes_max)
        return;
    conn_answer(conn, &frame, body);
    conn_update(conn);
}

void wire_set_logged_in(struct wire *wire, uint64_t id, bool logged_in)
{
    struct conn *conn = conn_find(wire, id);

    if (conn == NULL || (conn->state != CONN_ANONYMOUS && conn->state != CONN_LOGGED_IN))
        return;
    if (logged_in == (conn->state == CONN_LOGGED_IN))
        return;
    conn_set_state(conn, logged_in ? CONN_LOGGED_IN : CONN_ANONYMOUS);
    conn_update(conn);
}

bool wire_reload(struct wire *wire, const char *certificate, const char *private_key, char *message,
                 size_t message_bytes)
{
    SSL_CTX *context = tls_context_new(certificate, private_key, message, message_bytes);

    if (context == NULL)
        return false;
    SSL_CTX_free(wire->context); /* connections hold their own reference */
    wire->context = context;
    return true;
}

void wire_set_limits(struct wire *wire, const struct wire_config *config)
{
    struct wire_config kept = wire->config;

    wire->config = *config;
    wire->config.listen = kept.listen;
    wire->config.unix_socket = kept.unix_socket;
    wire->config.sockets = kept.sockets;
    wire->config.certificate = kept.certificate;
    wire->config.private_key = kept.private_key;
}

void wire_drain(struct wire *wire)
{
    struct conn *conn, *next;

    wire->draining = true;
    listener_free(wire->tls_listener);
    listener_free(wire->unix_listener);
    wire->tls_listener = wire->unix_listener = NULL;
    HASH_ITER(hh, wire->conns, conn, next)
    {
        conn_drain(conn);
    }
}

/* While it drains, a connection is closed as soon as nothing is left to do for it. */
bool wire_idle(const struct wire *wire)
{
    return wire->conns == NULL;
}

void wire_free(struct wire *wire)
{
    struct conn *conn, *next;

    if (wire == NULL)
        return;
    listener_free(wire->tls_listener);
    listener_free(wire->unix_listener);
    HASH_ITER(hh, wire->conns, conn, next)
    {
        if (conn->state != CONN_CLOSED)
            conn_abort(conn, "the server ends");
        CHECK(wire->conns != NULL);
        HASH_DEL(wire->conns, conn);
        conn_free(conn);
    }
    CHECK(wire->sources == NULL && wire->anonymous == NULL);
    SSL_CTX_free(wire->context);
    event_free(wire->turn_end);
    stream_room_free(wire->room);
    free(wire);
}
