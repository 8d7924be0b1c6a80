/* Sockets and TLS of the client. */
#include "client/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client.h"
#include "client/text.h"
#include "common/check.h"

struct connection {
    int socket;
    SSL_CTX *context;
    SSL *ssl;
    uint8_t *buffer;
    size_t have, room, taken; /* bytes read, size of the buffer, bytes of the frame handed out last */
    bool hinted;              /* since the last wait for a hint */
};

static bool try_later(struct failure *failure)
{
    failure->retryable = true;
    return false;
}

static bool connect_address(const struct addrinfo *address, int64_t deadline_ms, int *out)
{
    int error = 0, on = 1;
    socklen_t size = sizeof error;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return false;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0 ||
        (errno == EINPROGRESS && client_wait(fd, POLLOUT, deadline_ms) &&
         getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)) {
        *out = fd;
        return true;
    }
    if (error == 0)
        error = errno; /* of the call that failed; closing must not change it */
    close(fd);
    errno = error;
    return false;
}

/* "host:port", "[::1]:port". */
static bool split_server(const char *server, char *host, size_t host_size, char *port, size_t port_size)
{
    const char *colon = server == NULL ? NULL : strrchr(server, ':');
    size_t length;

    if (colon == NULL || colon == server || colon[1] == '\0')
        return false;
    length = (size_t)(colon - server);
    if (server[0] == '[' && length > 2 && server[length - 1] == ']') {
        server++;
        length -= 2;
    }
    snprintf(host, host_size, "%.*s", (int)length, server);
    snprintf(port, port_size, "%s", colon + 1);
    return true;
}

static bool connect_host(struct connection *c, const char *host, const char *port, int64_t deadline_ms,
                         struct failure *failure)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
    int found = getaddrinfo(host, port, &hints, &list), addresses = 0, error = 0;

    if (found != 0) {
        failure_set(failure, EXIT_TRY_AGAIN, "HOST_UNKNOWN", "server", _("%s cannot be found: %s"), host,
                    gai_strerror(found));
        return try_later(failure);
    }
    for (a = list; a != NULL; a = a->ai_next)
        addresses++;
    /* One address that swallows everything must leave time for the others. */
    for (a = list; a != NULL; a = a->ai_next) {
        int64_t now = client_clock_ms(), left = deadline_ms - now;
        if (connect_address(a, now + left / addresses--, &c->socket))
            break;
        error = errno;
    }
    freeaddrinfo(list);
    if (a != NULL)
        return true;
    failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("no connection to %s:%s: %s"), host, port,
                strerror(error));
    return try_later(failure);
}

/* ---- TLS ---- */

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool make_tls(struct connection *c, const struct profile *profile, const char *name, struct failure *failure)
{
    static const unsigned char protocol[] = "\x09"
                                            "creditd/1";

    c->context = SSL_CTX_new(TLS_client_method());
    CHECK(c->context != NULL && SSL_CTX_set_min_proto_version(c->context, TLS1_3_VERSION) == 1);
    SSL_CTX_set_verify(c->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(c->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(c->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (profile->ca == NULL ? SSL_CTX_set_default_verify_paths(c->context) != 1
                            : SSL_CTX_load_verify_locations(c->context, profile->ca, NULL) != 1)
        return failure_set(failure, EXIT_USAGE, "CA", "ca", _("the certificate authority %s cannot be read"),
                           profile->ca == NULL ? "" : profile->ca);
    c->ssl = SSL_new(c->context);
    CHECK(c->ssl != NULL && SSL_set_fd(c->ssl, c->socket) == 1);
    SSL_set_alpn_protos(c->ssl, protocol, sizeof protocol - 1);
    if (is_address(name)) {
        CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c->ssl), name) == 1);
    } else {
        CHECK(SSL_set1_host(c->ssl, name) == 1);
        SSL_set_tlsext_host_name(c->ssl, name);
    }
    return true;
}

/* Waits for what the last call on the TLS connection wants; false: it has failed, or the time is over. */
static bool wait_tls(struct connection *c, int result, int64_t deadline_ms)
{
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return client_wait(c->socket, POLLIN, deadline_ms);
    case SSL_ERROR_WANT_WRITE:
        return client_wait(c->socket, POLLOUT, deadline_ms);
    default:
        return false;
    }
}

static bool handshake(struct connection *c, const char *server, int64_t deadline_ms, struct failure *failure)
{
    long verified;
    int result;

    ERR_clear_error();
    while ((result = SSL_connect(c->ssl)) != 1)
        if (!wait_tls(c, result, deadline_ms)) {
            verified = SSL_get_verify_result(c->ssl);
            if (verified != X509_V_OK)
                return failure_set(failure, EXIT_FAILED, "CERTIFICATE", "ca",
                                   _("the certificate of %s is not to be trusted: %s"), server,
                                   X509_verify_cert_error_string(verified));
            failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("%s does not complete the TLS handshake"),
                        server);
            return try_later(failure);
        }
    return true;
}

struct connection *connection_open(const struct profile *profile, int64_t deadline_ms, struct failure *failure)
{
    struct connection *c;
    char host[256], port[16];
    const char *name;

    if (!split_server(profile->server, host, sizeof host, port, sizeof port)) {
        failure_set(failure, EXIT_USAGE, "CONFIG", "server", _("no server is configured (HOST:PORT)"));
        failure_hint(failure, "%s", _("set it in the profile, or give --server and --ca"));
        return NULL;
    }
    name = profile->server_name != NULL ? profile->server_name : host;
    c = xcalloc(1, sizeof *c);
    c->socket = -1;
    if (connect_host(c, host, port, deadline_ms, failure) && make_tls(c, profile, name, failure) &&
        handshake(c, profile->server, deadline_ms, failure))
        return c;
    connection_close(c);
    return NULL;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->ssl != NULL && SSL_is_init_finished(connection->ssl))
        SSL_shutdown(connection->ssl);
    SSL_free(connection->ssl);
    SSL_CTX_free(connection->context);
    if (connection->socket >= 0)
        close(connection->socket);
    free(connection->buffer);
    free(connection);
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
        } else if (!wait_tls(c, wrote, deadline_ms)) {
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

static bool read_more(struct connection *c, int64_t deadline_ms)
{
    int got;

    if (c->room - c->have < 16384) {
        c->room = c->room * 2 + 65536;
        c->buffer = realloc(c->buffer, c->room);
        CHECK(c->buffer != NULL);
    }
    ERR_clear_error();
    while ((got = SSL_read(c->ssl, c->buffer + c->have, (int)(c->room - c->have))) <= 0)
        if (!wait_tls(c, got, deadline_ms))
            return false;
    c->have += (size_t)got;
    return true;
}

static bool receive_frame(struct connection *c, int64_t deadline_ms, struct frame *frame, const uint8_t **body)
{
    if (c->taken > 0)
        memmove(c->buffer, c->buffer + c->taken, c->have - c->taken);
    c->have -= c->taken;
    c->taken = 0;
    for (;;) {
        switch (frame_decode(c->buffer, c->have, 64u * 1024 * 1024, frame)) {
        case FRAME_NEED_MORE:
            if (!read_more(c, deadline_ms))
                return false;
            break;
        case FRAME_COMPLETE:
            c->taken = FRAME_HEADER_BYTES + frame->length;
            *body = c->buffer + FRAME_HEADER_BYTES;
            return true;
        default:
            return false;
        }
    }
}

bool connection_receive(struct connection *c, int64_t deadline_ms, struct frame *frame, const uint8_t **body)
{
    do {
        if (!receive_frame(c, deadline_ms, frame, body))
            return false;
        c->hinted |= frame->kind == FRAME_PUSH;
    } while (frame->kind != FRAME_ANSWER);
    return true;
}

bool connection_wait_hint(struct connection *c, int64_t deadline_ms)
{
    struct frame frame;
    const uint8_t *body;

    while (!c->hinted) {
        if (!receive_frame(c, deadline_ms, &frame, &body))
            return !client_interrupted() && client_clock_ms() >= deadline_ms;
        c->hinted = frame.kind == FRAME_PUSH;
    }
    c->hinted = false;
    return true;
}
