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

/* Of one address, while there is another one: it may swallow everything. */
#define TRY_MOST_MS      3000
#define FRAME_MOST_BYTES (64u * 1024 * 1024)

enum stage { STAGE_NONE, STAGE_CONNECT, STAGE_HANDSHAKE, STAGE_OPEN };

struct connection {
    struct servers *servers;
    int but;             /* the server that is not to be tried */
    int server, address; /* that is tried, or open; the address that is next */
    int64_t deadline_ms, try_ends_ms;
    struct failure why; /* of the tries that have failed */
    enum stage stage;
    int socket;
    short wants; /* of poll, to go on */
    SSL *ssl;
    uint8_t *buffer;
    size_t have, room, taken; /* bytes read, size of the buffer, bytes of the frame handed out last */
    bool hinted;              /* since it was asked last */
};

/* ---- what went wrong ---- */

/* All that was tried is told. It may succeed later when one of them may. */
static void note(struct connection *c, const struct failure *failure)
{
    size_t used = strlen(c->why.message);
    bool retryable = c->why.retryable || failure->retryable;

    if (c->why.code == EXIT_DONE)
        c->why = *failure;
    else if (strstr(c->why.message, failure->message) == NULL)
        snprintf(c->why.message + used, sizeof c->why.message - used, "; %s", failure->message);
    c->why.retryable = retryable;
}

static void note_not_connected(struct connection *c, int error)
{
    struct failure failure;

    failure_set(&failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("no connection to %s: %s"),
                servers_text(c->servers, c->server), strerror(error));
    note(c, &failure);
}

static void note_handshake(struct connection *c)
{
    const char *server = servers_text(c->servers, c->server);
    long verified = SSL_get_verify_result(c->ssl);
    struct failure failure;

    if (verified != X509_V_OK)
        failure_set(&failure, EXIT_FAILED, "CERTIFICATE", "ca", _("the certificate of %s is not to be trusted: %s"),
                    server, X509_verify_cert_error_string(verified));
    else
        failure_set(&failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("%s does not complete the TLS handshake"),
                    server);
    note(c, &failure);
}

static void note_over(struct connection *c, int error)
{
    if (c->stage == STAGE_HANDSHAKE)
        note_handshake(c);
    else
        note_not_connected(c, error);
}

/* ---- one try after the other ---- */

static void end_try(struct connection *c)
{
    SSL_free(c->ssl);
    if (c->socket >= 0)
        close(c->socket);
    c->ssl = NULL;
    c->socket = -1;
    c->stage = STAGE_NONE;
}

/* Of this server, else of the next one; NULL: all were tried. */
static const struct addrinfo *next_address(struct connection *c)
{
    for (; c->server < servers_count(c->servers); c->server++, c->address = 0) {
        struct failure failure = {.code = EXIT_DONE};
        const struct addrinfo *address =
            c->server == c->but ? NULL : servers_address(c->servers, c->server, c->address, &failure);
        if (failure.code != EXIT_DONE)
            note(c, &failure);
        if (address != NULL) {
            c->address++;
            return address;
        }
    }
    return NULL;
}

static bool has_another(const struct connection *c)
{
    struct failure ignored;

    for (int i = c->server + 1; i < servers_count(c->servers); i++)
        if (i != c->but)
            return true;
    return servers_address(c->servers, c->server, c->address, &ignored) != NULL;
}

static bool begin_try(struct connection *c, const struct addrinfo *address)
{
    int64_t now = client_clock_ms(), half = (c->deadline_ms - now) / 2;
    int on = 1;

    c->try_ends_ms = !has_another(c) ? c->deadline_ms : now + (half < TRY_MOST_MS ? half : TRY_MOST_MS);
    c->socket = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->socket >= 0) {
        setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(c->socket, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) {
            c->stage = STAGE_CONNECT;
            c->wants = POLLOUT;
            return true;
        }
    }
    note_not_connected(c, errno);
    end_try(c);
    return false;
}

static bool next_try(struct connection *c)
{
    const struct addrinfo *address;

    end_try(c);
    do
        address = next_address(c);
    while (address != NULL && !begin_try(c, address));
    return address != NULL;
}

static enum progress finish_connect(struct connection *c)
{
    struct pollfd ready = {.fd = c->socket, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;

    if (poll(&ready, 1, 0) == 0)
        return PROGRESS_WAITS;
    if (getsockopt(c->socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        note_not_connected(c, error);
        return PROGRESS_FAILED;
    }
    c->ssl = servers_tls(c->servers, c->server, c->socket);
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

static enum progress finish_handshake(struct connection *c)
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
        note_handshake(c);
    return progress;
}

/* As far as this try goes without waiting. */
static enum progress go_on_trying(struct connection *c)
{
    enum progress progress = c->stage == STAGE_NONE ? PROGRESS_FAILED : PROGRESS_DONE;

    if (c->stage == STAGE_CONNECT)
        progress = finish_connect(c);
    if (c->stage == STAGE_HANDSHAKE)
        progress = finish_handshake(c);
    if (progress == PROGRESS_WAITS && client_clock_ms() >= c->try_ends_ms) {
        note_over(c, ETIMEDOUT);
        progress = PROGRESS_FAILED;
    }
    return progress;
}

struct connection *connection_begin(struct servers *servers, int but, int64_t deadline_ms)
{
    struct connection *c = xcalloc(1, sizeof *c);

    c->servers = servers;
    c->but = but;
    c->deadline_ms = deadline_ms;
    c->socket = -1;
    return c;
}

enum progress connection_go_on(struct connection *c, struct failure *failure)
{
    enum progress progress;

    while ((progress = go_on_trying(c)) == PROGRESS_FAILED)
        if (!next_try(c)) {
            *failure = c->why;
            break;
        }
    return progress;
}

struct connection *connection_open(struct servers *servers, int64_t deadline_ms, struct failure *failure)
{
    struct connection *c = connection_begin(servers, NO_SERVER, deadline_ms);
    enum progress progress;

    while ((progress = connection_go_on(c, failure)) == PROGRESS_WAITS)
        if (!client_wait(c->socket, c->wants, c->try_ends_ms) && client_interrupted()) {
            note_over(c, EINTR);
            *failure = c->why;
            break;
        }
    if (progress == PROGRESS_DONE)
        return c;
    connection_close(c);
    servers_look_up_anew(servers);
    return NULL;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->stage == STAGE_OPEN)
        SSL_shutdown(connection->ssl);
    end_try(connection);
    free(connection->buffer);
    free(connection);
}

int connection_server(const struct connection *connection)
{
    return connection->server;
}

struct pollfd connection_poll(const struct connection *connection)
{
    return (struct pollfd){.fd = connection->socket, .events = connection->wants};
}

int64_t connection_try_ends_ms(const struct connection *connection)
{
    return connection->try_ends_ms;
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

bool connection_send(struct connection *connection, int64_t deadline_ms, uint16_t method, uint64_t id,
                     const uint8_t *body, size_t length)
{
    struct frame frame = {.length = (uint32_t)length, .kind = FRAME_REQUEST, .method = method, .id = id};
    uint8_t *bytes = xcalloc(1, FRAME_HEADER_BYTES + length);
    bool ok;

    frame_encode(bytes, &frame);
    if (length > 0)
        memcpy(bytes + FRAME_HEADER_BYTES, body, length);
    ok = write_all(connection, deadline_ms, bytes, FRAME_HEADER_BYTES + length);
    free(bytes);
    return ok;
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
