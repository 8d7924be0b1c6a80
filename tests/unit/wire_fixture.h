/* What the tests of the wire stand on: a real server on a unix socket and on TLS in one process, clients on the same
 * event loop. Nothing sleeps: every wait is for a condition, with a limit that fails the test. */
#ifndef CREDITD_TESTS_WIRE_FIXTURE_H
#define CREDITD_TESTS_WIRE_FIXTURE_H

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/address.h"
#include "server/wire/wire.h"
#include "tests/unit/unit.h"

#define WAIT_MS  5000
#define SEEN_MAX 4096

struct seen {
    uint64_t conn, request_id;
    uint16_t method;
    size_t length;
};

struct fixture {
    struct event_base *base;
    struct wire *wire;
    struct wire_config config;
    char directory[64], socket[96], certificate[96], key[96];
    struct seen seen[SEEN_MAX];
    size_t seen_count;
    unsigned closed;
    bool echo; /* answers at once with the same bytes */
};

struct client {
    int fd;
    SSL *ssl;
    uint8_t *got;
    size_t have, room;
    bool ended;
};

static void on_request(void *arg, uint64_t conn, uint16_t method, uint64_t request_id, const uint8_t *body,
                       size_t length)
{
    struct fixture *f = arg;

    assert_true(f->seen_count < SEEN_MAX);
    f->seen[f->seen_count++] = (struct seen){conn, request_id, method, length};
    if (f->echo)
        wire_answer(f->wire, conn, method, request_id, body, length);
}

static void on_closed(void *arg, uint64_t conn)
{
    struct fixture *f = arg;

    (void)conn;
    f->closed++;
}

/* ---- certificate ---- */

static void make_certificate(const struct fixture *f)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *file;

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    file = fopen(f->certificate, "w");
    assert_non_null(file);
    PEM_write_X509(file, certificate);
    fclose(file);
    file = fopen(f->key, "w");
    assert_non_null(file);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* ---- setting up ---- */

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    snprintf(f->directory, sizeof f->directory, "/tmp/creditd-wire-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->socket, sizeof f->socket, "%s/socket", f->directory);
    snprintf(f->certificate, sizeof f->certificate, "%s/certificate", f->directory);
    snprintf(f->key, sizeof f->key, "%s/key", f->directory);
    make_certificate(f);
    f->config = (struct wire_config){.listen = "127.0.0.1:0",
                                     .unix_socket = f->socket,
                                     .certificate = f->certificate,
                                     .private_key = f->key,
                                     .handshake_timeout_ms = WAIT_MS,
                                     .frame_timeout_ms = WAIT_MS,
                                     .idle_timeout_ms = WAIT_MS,
                                     .connections_max = 100,
                                     .anonymous_per_address_max = 50,
                                     .in_flight_max = 64,
                                     .output_bytes_max = 1 << 20};
    f->base = event_base_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    wire_free(f->wire);
    event_base_free(f->base);
    unlink(f->certificate);
    unlink(f->key);
    assert_int_equal(rmdir(f->directory), 0); /* the socket is gone already */
    free(f);
    return 0;
}

static void open_wire(struct fixture *f)
{
    const struct wire_handlers handlers = {on_request, on_closed};
    char message[256] = "";

    f->wire = wire_open(f->base, &f->config, &handlers, f, message, sizeof message);
    assert_string_equal(message, "");
    assert_non_null(f->wire);
}

/* ---- the clients' side ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline struct client connect_unix(const struct fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct client client = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};

    snprintf(address.sun_path, sizeof address.sun_path, "%s", f->socket);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static void take(struct client *client)
{
    ssize_t got;

    if (client->room - client->have < 65536) {
        client->room += 1 << 20;
        client->got = realloc(client->got, client->room);
        assert_non_null(client->got);
    }
    if (client->ssl != NULL) {
        size_t bytes = 0;
        int result = SSL_read_ex(client->ssl, client->got + client->have, client->room - client->have, &bytes);
        int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(client->ssl, result);

        client->have += bytes;
        client->ended = client->ended || (error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ);
        return;
    }
    got = recv(client->fd, client->got + client->have, client->room - client->have, 0);
    if (got > 0)
        client->have += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        client->ended = true;
}

static void turn(struct fixture *f)
{
    event_base_loop(f->base, EVLOOP_NONBLOCK);
}

/* Turns the loop until the condition holds. */
#define UNTIL(f, condition)                                                                                            \
    do {                                                                                                               \
        int64_t until_end = now_ms() + WAIT_MS;                                                                        \
        while (!(condition)) {                                                                                         \
            turn(f);                                                                                                   \
            assert_true(now_ms() < until_end);                                                                         \
        }                                                                                                              \
    } while (0)

static bool has(struct client *client, size_t bytes)
{
    take(client);
    return client->have >= bytes;
}

static bool ended(struct client *client)
{
    take(client);
    return client->ended;
}

static void put(struct fixture *f, const struct client *client, const uint8_t *bytes, size_t length)
{
    int64_t end = now_ms() + WAIT_MS;

    while (length > 0) {
        size_t sent = 0;

        if (client->ssl != NULL) {
            if (SSL_write_ex(client->ssl, bytes, length, &sent) != 1)
                sent = 0;
        } else {
            ssize_t result = send(client->fd, bytes, length, MSG_NOSIGNAL);

            sent = result > 0 ? (size_t)result : 0;
        }
        bytes += sent;
        length -= sent;
        turn(f);
        assert_true(now_ms() < end);
    }
}

static void put_frame(struct fixture *f, const struct client *client, const struct frame *frame)
{
    uint8_t *bytes = calloc(1, FRAME_HEADER_BYTES + frame->length);

    assert_non_null(bytes);
    frame_encode(bytes, frame);
    put(f, client, bytes, FRAME_HEADER_BYTES + frame->length);
    free(bytes);
}

static void request(struct fixture *f, const struct client *client, uint64_t id, uint32_t length)
{
    put_frame(f, client, &(struct frame){.length = length, .kind = FRAME_REQUEST, .method = 7, .id = id});
}

static struct frame frame_at(const struct client *client, size_t at)
{
    struct frame frame;

    assert_int_equal(frame_decode(client->got + at, client->have - at, FRAME_BODY_MAX, &frame), FRAME_COMPLETE);
    return frame;
}

static void leave(struct client *client)
{
    SSL_free(client->ssl);
    close(client->fd);
    free(client->got);
}

/* Logs a connection in, which has to be seen by one request first. */
static inline struct client entered(struct fixture *f, struct client client, uint64_t *conn)
{
    size_t before = f->seen_count;
    uint8_t nothing = 0;

    request(f, &client, 1, 0);
    UNTIL(f, f->seen_count > before);
    *conn = f->seen[before].conn;
    wire_set_logged_in(f->wire, *conn, true);
    if (!f->echo)
        wire_answer(f->wire, *conn, 7, 1, &nothing, 0);
    UNTIL(f, has(&client, FRAME_HEADER_BYTES));
    client.have = 0;
    return client;
}

static inline struct client logged_in(struct fixture *f, uint64_t *conn)
{
    return entered(f, connect_unix(f), conn);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
