/* The wire through TLS: handshakes, records that come in pieces or many at once, ends. */
#include "tests/unit/wire_fixture.h"

#define ALPN                                                                                                           \
    "\x09"                                                                                                             \
    "creditd/1"

/* ---- clients ---- */

/* A client that has not begun its handshake. */
static struct client dial(struct fixture *f, const char *alpn, int version)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)wire_port(f->wire)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int small = 16384; /* so that it can be filled */

    assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fcntl(client.fd, F_SETFL, O_NONBLOCK), 0);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    client.ssl = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(client.ssl, client.fd);
    if (alpn != NULL)
        SSL_set_alpn_protos(client.ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    return client;
}

/* Is the handshake over, whatever its end? */
static bool shaken(struct client *client)
{
    int result = SSL_connect(client->ssl);

    client->ended = result != 1 && SSL_get_error(client->ssl, result) != SSL_ERROR_WANT_READ;
    return result == 1 || client->ended;
}

static struct client connect_tls(struct fixture *f, const char *alpn, int version)
{
    struct client client = dial(f, alpn, version);

    UNTIL(f, shaken(&client));
    return client;
}

/* From here on what the client says is kept until deliver(). */
static void hold_back(struct client *client)
{
    SSL_set0_wbio(client->ssl, BIO_new(BIO_s_mem()));
}

/* Sends what was kept, `piece` bytes in a turn. */
static void deliver(struct fixture *f, struct client *client, size_t piece)
{
    struct client plain = {.fd = client->fd};
    uint8_t *bytes;
    long length = BIO_get_mem_data(SSL_get_wbio(client->ssl), &bytes);

    assert_true(length > 0);
    for (size_t at = 0; at < (size_t)length; at += piece)
        put(f, &plain, bytes + at, (size_t)length - at < piece ? (size_t)length - at : piece);
    BIO_reset(SSL_get_wbio(client->ssl));
}

/* One that has been seen by a request. */
static struct client logged_in_tls(struct fixture *f, uint64_t *conn)
{
    struct client client = connect_tls(f, ALPN, TLS1_3_VERSION);

    assert_false(client.ended);
    return entered(f, client, conn);
}

/* ---- tests ---- */

static void its_protocol_only(void **state)
{
    struct fixture *f = *state;
    struct client good, none, other, old;

    f->echo = true;
    open_wire(f);
    good = connect_tls(f, "\x02h2" ALPN, TLS1_3_VERSION);
    assert_false(good.ended);
    for (uint64_t id = 1; id <= 300; id++)
        request(f, &good, id, 1000);
    UNTIL(f, has(&good, 300 * (FRAME_HEADER_BYTES + 1000)));
    assert_int_equal(frame_at(&good, 299 * (FRAME_HEADER_BYTES + 1000)).id, 300);
    other = connect_tls(f, "\x02h2", TLS1_3_VERSION);
    assert_true(other.ended);
    old = connect_tls(f, ALPN, TLS1_2_VERSION);
    assert_true(old.ended);
    none = connect_tls(f, NULL, TLS1_3_VERSION);
    UNTIL(f, ended(&none));
    leave(&good);
    leave(&none);
    leave(&other);
    leave(&old);
    UNTIL(f, f->closed == 4);
}

static void the_server_says_good_bye(void **state)
{
    struct fixture *f = *state;
    struct client client;

    f->echo = true;
    open_wire(f);
    client = connect_tls(f, ALPN, TLS1_3_VERSION);
    request(f, &client, 1, 100);
    UNTIL(f, f->seen_count == 1);
    wire_drain(f->wire);
    UNTIL(f, ended(&client));
    assert_int_equal(client.have, FRAME_HEADER_BYTES + 100);
    assert_true((SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN) != 0);
    leave(&client);
}

/* All in one read: more frames than a turn takes, and the good-bye behind them. */
static void the_client_says_good_bye(void **state)
{
    enum { FRAMES = 200 };
    struct fixture *f = *state;
    struct client client;
    uint64_t conn;

    f->echo = true;
    open_wire(f);
    client = logged_in_tls(f, &conn);
    hold_back(&client);
    for (uint64_t id = 2; id < 2 + FRAMES; id++)
        request(f, &client, id, 10);
    SSL_shutdown(client.ssl);
    deliver(f, &client, 65536);
    UNTIL(f, f->closed == 1);
    assert_int_equal(f->seen_count, 1 + FRAMES);
    assert_int_equal(f->seen[FRAMES].request_id, 1 + FRAMES);
    UNTIL(f, ended(&client));
    assert_true((SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN) != 0);
    leave(&client);
}

static void records_byte_by_byte(void **state)
{
    struct fixture *f = *state;
    struct client client;

    f->echo = true;
    open_wire(f);
    client = dial(f, ALPN, TLS1_3_VERSION);
    hold_back(&client);
    assert_false(shaken(&client));
    deliver(f, &client, 1);
    UNTIL(f, shaken(&client));
    assert_false(client.ended);
    deliver(f, &client, 1);
    for (uint64_t id = 1; id <= 3; id++)
        request(f, &client, id, 50);
    deliver(f, &client, 1);
    UNTIL(f, has(&client, 3 * (FRAME_HEADER_BYTES + 50)));
    assert_int_equal(frame_at(&client, 2 * (FRAME_HEADER_BYTES + 50)).id, 3);
    leave(&client);
}

/* Nothing comes behind them that would wake the server. */
static void requests_come_with_the_end_of_the_handshake(void **state)
{
    struct fixture *f = *state;
    struct client client;

    f->echo = true;
    open_wire(f);
    client = dial(f, ALPN, TLS1_3_VERSION);
    assert_false(shaken(&client));
    hold_back(&client);
    UNTIL(f, shaken(&client));
    for (uint64_t id = 1; id <= 40; id++)
        request(f, &client, id, 1);
    deliver(f, &client, 65536);
    UNTIL(f, has(&client, 40 * (FRAME_HEADER_BYTES + 1)));
    assert_int_equal(frame_at(&client, 39 * (FRAME_HEADER_BYTES + 1)).id, 40);
    leave(&client);
}

/* The server answers that by itself, with nothing else to send. */
static void keys_are_renewed(void **state)
{
    struct fixture *f = *state;
    struct client client;

    f->echo = true;
    open_wire(f);
    client = connect_tls(f, ALPN, TLS1_3_VERSION);
    for (uint64_t id = 1; id <= 3; id++) {
        assert_int_equal(SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(client.ssl), 1);
        for (int i = 0; i < 20; i++)
            turn(f);
        request(f, &client, id, 10);
        UNTIL(f, has(&client, id * (FRAME_HEADER_BYTES + 10)));
    }
    assert_int_equal(f->closed, 0);
    leave(&client);
}

static void damaged_records_end_the_connection(void **state)
{
    struct fixture *f = *state;
    struct client client;
    uint64_t conn;
    uint8_t *bytes;

    open_wire(f);
    client = logged_in_tls(f, &conn);
    hold_back(&client);
    request(f, &client, 2, 10);
    assert_true(BIO_get_mem_data(SSL_get_wbio(client.ssl), &bytes) > 10);
    bytes[10] ^= 1;
    deliver(f, &client, 65536);
    UNTIL(f, f->closed == 1);
    assert_int_equal(f->seen_count, 1);
    leave(&client);
}

/* More than a socket takes at once, and the reader begins late. */
static void much_is_sent_piece_by_piece(void **state)
{
    enum { BODY = 1 << 20, ANSWERS = 6 };
    struct fixture *f = *state;
    uint8_t *body = calloc(1, BODY);
    struct client client;
    uint64_t conn;

    f->config.output_bytes_max = ANSWERS * BODY / 2;
    open_wire(f);
    client = logged_in_tls(f, &conn);
    for (uint64_t id = 2; id < 2 + ANSWERS; id++)
        request(f, &client, id, 0);
    UNTIL(f, f->seen_count == 1 + ANSWERS);
    for (size_t i = 0; i < BODY; i++)
        body[i] = (uint8_t)(i * 7 >> 3);
    for (uint64_t id = 2; id < 2 + ANSWERS; id++)
        wire_answer(f->wire, conn, 7, id, body, BODY - 100);
    for (int i = 0; i < 20; i++)
        turn(f);
    UNTIL(f, has(&client, ANSWERS * (FRAME_HEADER_BYTES + BODY - 100)));
    for (size_t i = 0; i < ANSWERS; i++)
        assert_memory_equal(client.got + i * (FRAME_HEADER_BYTES + BODY - 100) + FRAME_HEADER_BYTES, body, BODY - 100);
    free(body);
    leave(&client);
}

/* How many of these have been sent something. */
static unsigned greeted(const struct client *clients, size_t count)
{
    unsigned greeted = 0;
    char first;

    for (size_t i = 0; i < count; i++)
        greeted += recv(clients[i].fd, &first, 1, MSG_PEEK) == 1;
    return greeted;
}

/* turn() goes on until nothing is ready. */
static void one_turn(struct fixture *f)
{
    event_base_loop(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* Those who are in are served between the handshakes of those who come. */
static void handshakes_wait_for_each_other(void **state)
{
    enum { CROWD = 40, MOST = 4 };
    struct fixture *f = *state;
    struct client crowd[CROWD], there;
    uint8_t ping[FRAME_HEADER_BYTES];
    uint64_t conn;

    frame_encode(ping, &(struct frame){.kind = FRAME_PING, .id = 2});
    f->echo = true;
    open_wire(f);
    there = logged_in_tls(f, &conn);
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = dial(f, ALPN, TLS1_3_VERSION);
        assert_false(shaken(&crowd[i]));
    }
    while (wire_connections(f->wire) < CROWD + 1)
        one_turn(f);
    assert_int_equal(greeted(crowd, CROWD), 0);
    assert_int_equal(SSL_write(there.ssl, ping, sizeof ping), sizeof ping);
    while (!has(&there, FRAME_HEADER_BYTES))
        one_turn(f);
    assert_true(greeted(crowd, CROWD) <= CROWD / 2);
    for (unsigned before = greeted(crowd, CROWD), now; before < CROWD; before = now) {
        one_turn(f);
        now = greeted(crowd, CROWD);
        assert_true(now > before && now <= before + MOST);
    }
    for (size_t i = 0; i < CROWD; i++) {
        UNTIL(f, shaken(&crowd[i]));
        assert_false(crowd[i].ended);
        leave(&crowd[i]);
    }
    leave(&there);
}

static void a_certificate_is_exchanged_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    char message[256] = "";
    struct client client;

    open_wire(f);
    assert_false(wire_reload(f->wire, f->certificate, "/nonexistent", message, sizeof message));
    assert_string_not_equal(message, "");
    assert_false(wire_reload(f->wire, f->key, f->certificate, message, sizeof message));
    client = connect_tls(f, ALPN, TLS1_3_VERSION);
    assert_false(client.ended);
    make_certificate(f);
    assert_true(wire_check_certificate(f->certificate, f->key, message, sizeof message));
    assert_true(wire_reload(f->wire, f->certificate, f->key, message, sizeof message));
    leave(&client);
    client = connect_tls(f, ALPN, TLS1_3_VERSION);
    assert_false(client.ended);
    leave(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_protocol_only),
        TEST(the_server_says_good_bye),
        TEST(the_client_says_good_bye),
        TEST(records_byte_by_byte),
        TEST(requests_come_with_the_end_of_the_handshake),
        TEST(keys_are_renewed),
        TEST(damaged_records_end_the_connection),
        TEST(much_is_sent_piece_by_piece),
        TEST(handshakes_wait_for_each_other),
        TEST(a_certificate_is_exchanged_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
