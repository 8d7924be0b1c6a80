/* Sockets and TLS of the client. Nothing waits here but where a deadline is given. */
#include "client/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"
#include "client/text.h"
#include "common/check.h"

#define FRAME_MOST_BYTES (64u * 1024 * 1024)
#define PING_SEND_MS     1000

enum stage { STAGE_CONNECT, STAGE_HANDSHAKE, STAGE_OPEN };

struct connection {
    struct servers *servers;
    int server;
    unsigned in_flight_max;
    enum stage stage;
    int socket;
    short wants; /* of poll, to go on */
    SSL *ssl;
    uint8_t *buffer;
    size_t have, room, taken; /* bytes read, size of the buffer, bytes of the frame handed out last */
    bool hinted;              /* since it was asked last */
    bool pinged;              /* and no answer yet */
};

/* ---- connecting ---- */

static void not_connected(const struct connection *c, int error, struct failure *failure)
{
    failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("no connection to %s: %s"),
                servers_text(c->servers, c->server), strerror(error));
}

static void no_handshake(const struct connection *c, struct failure *failure)
{
    const char *server = servers_text(c->servers, c->server);
    long verified = SSL_get_verify_result(c->ssl);

    if (verified != X509_V_OK)
        failure_set(failure, EXIT_FAILED, "CERTIFICATE", "ca", _("the certificate of %s is not to be trusted: %s"),
                    server, X509_verify_cert_error_string(verified));
    else
        failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("%s does not complete the TLS handshake"),
                    server);
}

void connection_give_up(const struct connection *connection, int error, struct failure *failure)
{
    if (connection->stage == STAGE_HANDSHAKE)
        no_handshake(connection, failure);
    else
        not_connected(connection, error, failure);
}

struct connection *connection_begin(struct servers *servers, int server, const struct addrinfo *address,
                                    struct failure *failure)
{
    struct connection *c = xcalloc(1, sizeof *c);
    int on = 1;

    c->servers = servers;
    c->server = server;
    c->wants = POLLOUT;
    c->socket = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->socket >= 0) {
        setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(c->socket, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS)
            return c;
    }
    not_connected(c, errno, failure);
    connection_close(c);
    return NULL;
}

static enum progress finish_connect(struct connection *c, struct failure *failure)
{
    struct pollfd ready = {.fd = c->socket, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;

    if (poll(&ready, 1, 0) == 0)
        return PROGRESS_WAITS;
    if (getsockopt(c->socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        not_connected(c, error, failure);
        return PROGRESS_FAILED;
    }
    c->ssl = servers_tls(c->servers, c->server, c->socket, failure);
    if (c->ssl == NULL)
        return PROGRESS_FAILED;
    c->stage = STAGE_HANDSHAKE;
    return PROGRESS_DONE;
}

/* What came of the last call on the TLS connection. */
static enum progress tls_progress(struct connection *c, int result)
{
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        c->wants = POLLIN;
        return PROGRESS_WAITS;
    case SSL_ERROR_WANT_WRITE:
        c->wants = POLLOUT;
        return PROGRESS_WAITS;
    default:
        return PROGRESS_FAILED;
    }
}

static enum progress finish_handshake(struct connection *c, struct failure *failure)
{
    enum progress progress;
    int result;

    ERR_clear_error();
    result = SSL_connect(c->ssl);
    if (result == 1) {
        c->stage = STAGE_OPEN;
        c->wants = POLLIN;
        return PROGRESS_DONE;
    }
    progress = tls_progress(c, result);
    if (progress == PROGRESS_FAILED)
        no_handshake(c, failure);
    return progress;
}

enum progress connection_go_on(struct connection *connection, struct failure *failure)
{
    enum progress progress = PROGRESS_DONE;

    if (connection->stage == STAGE_CONNECT)
        progress = finish_connect(connection, failure);
    if (connection->stage == STAGE_HANDSHAKE)
        progress = finish_handshake(connection, failure);
    return progress;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->stage == STAGE_OPEN)
        SSL_shutdown(connection->ssl);
    SSL_free(connection->ssl);
    if (connection->socket >= 0)
        close(connection->socket);
    free(connection->buffer);
    free(connection);
}

int connection_server(const struct connection *connection)
{
    return connection->server;
}

void connection_set_in_flight_max(struct connection *connection, unsigned most)
{
    connection->in_flight_max = most;
}

unsigned connection_in_flight_max(const struct connection *connection)
{
    return connection->in_flight_max;
}

struct pollfd connection_poll(const struct connection *connection)
{
    return (struct pollfd){.fd = connection->socket, .events = connection->wants};
}

/* ---- frames ---- */

static bool write_all(struct connection *c, int64_t deadline_ms, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        int wrote;
        ERR_clear_error();
        wrote = SSL_write(c->ssl, bytes, (int)length);
        if (wrote > 0) {
            bytes += wrote;
            length -= (size_t)wrote;
        } else if (tls_progress(c, wrote) == PROGRESS_FAILED || !client_wait(c->socket, c->wants, deadline_ms)) {
            return false;
        }
    }
    return true;
}

static bool send_frame(struct connection *c, int64_t deadline_ms, const struct frame *frame, const uint8_t *body)
{
    uint8_t *bytes = xcalloc(1, FRAME_HEADER_BYTES + frame->length);
    bool ok;

    frame_encode(bytes, frame);
    if (frame->length > 0)
        memcpy(bytes + FRAME_HEADER_BYTES, body, frame->length);
    ok = write_all(c, deadline_ms, bytes, FRAME_HEADER_BYTES + frame->length);
    free(bytes);
    return ok;
}

bool connection_send(struct connection *connection, int64_t deadline_ms, uint16_t method, uint64_t id,
                     const uint8_t *body, size_t length)
{
    const struct frame frame = {.length = (uint32_t)length, .kind = FRAME_REQUEST, .method = method, .id = id};

    return send_frame(connection, deadline_ms, &frame, body);
}

bool connection_ping(struct connection *connection)
{
    const struct frame frame = {.kind = FRAME_PING};
    bool answered = !connection->pinged;

    connection->pinged = true;
    return answered && send_frame(connection, client_clock_ms() + PING_SEND_MS, &frame, NULL);
}

static enum progress read_more(struct connection *c)
{
    int got;

    if (c->room - c->have < 16384) {
        c->room = c->room * 2 + 65536;
        c->buffer = realloc(c->buffer, c->room);
        CHECK(c->buffer != NULL);
    }
    ERR_clear_error();
    got = SSL_read(c->ssl, c->buffer + c->have, (int)(c->room - c->have));
    if (got <= 0)
        return tls_progress(c, got);
    c->have += (size_t)got;
    return PROGRESS_DONE;
}

/* The next frame, of whatever kind, as far as it has come. */
static enum progress take_frame(struct connection *c, struct frame *frame, const uint8_t **body)
{
    enum progress progress = PROGRESS_DONE;

    if (c->taken > 0)
        memmove(c->buffer, c->buffer + c->taken, c->have - c->taken);
    c->have -= c->taken;
    c->taken = 0;
    while (progress == PROGRESS_DONE) {
        switch (frame_decode(c->buffer, c->have, FRAME_MOST_BYTES, frame)) {
        case FRAME_NEED_MORE:
            progress = read_more(c);
            break;
        case FRAME_COMPLETE:
            c->taken = FRAME_HEADER_BYTES + frame->length;
            *body = c->buffer + FRAME_HEADER_BYTES;
            c->hinted |= frame->kind == FRAME_PUSH;
            c->pinged &= frame->kind != FRAME_PONG;
            return PROGRESS_DONE;
        default:
            progress = PROGRESS_FAILED;
        }
    }
    return progress;
}

enum progress connection_take(struct connection *c, struct frame *frame, const uint8_t **body)
{
    enum progress progress;

    do
        progress = take_frame(c, frame, body);
    while (progress == PROGRESS_DONE && frame->kind != FRAME_ANSWER);
    return progress;
}

bool connection_receive(struct connection *c, int64_t deadline_ms, struct frame *frame, const uint8_t **body)
{
    enum progress progress;

    while ((progress = connection_take(c, frame, body)) == PROGRESS_WAITS)
        if (!client_wait(c->socket, c->wants, deadline_ms))
            return false;
    return progress == PROGRESS_DONE;
}

enum progress connection_take_hints(struct connection *c)
{
    enum progress progress;
    struct frame frame;
    const uint8_t *body;

    while ((progress = take_frame(c, &frame, &body)) == PROGRESS_DONE)
        continue;
    if (progress == PROGRESS_FAILED || !c->hinted)
        return progress;
    c->hinted = false;
    return PROGRESS_DONE;
}
