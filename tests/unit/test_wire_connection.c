/* The wire against clients that behave and clients that do not. */
#include "tests/unit/wire_fixture.h"

/* ---- tests ---- */

static void addresses(void **state)
{
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];

    (void)state;
    assert_true(address_split("127.0.0.1:7443", host, port));
    assert_string_equal(host, "127.0.0.1");
    assert_string_equal(port, "7443");
    assert_true(address_split("[::1]:0", host, port));
    assert_string_equal(host, "::1");
    assert_true(address_split(":65535", host, port));
    assert_string_equal(host, "");
    assert_true(address_split("*:1", host, port));
    assert_string_equal(host, "");
    assert_false(address_split("127.0.0.1", host, port));
    assert_false(address_split("127.0.0.1:", host, port));
    assert_false(address_split("127.0.0.1:65536", host, port));
    assert_false(address_split("127.0.0.1:-1", host, port));
    assert_false(address_split("::1:7443", host, port));
    assert_false(address_split("[::1:7443", host, port));
}

static void a_request_byte_by_byte(void **state)
{
    struct fixture *f = *state;
    uint8_t bytes[FRAME_HEADER_BYTES + 5] = {0};
    struct client client;

    f->echo = true;
    open_wire(f);
    client = connect_unix(f);
    frame_encode(bytes, &(struct frame){.length = 5, .kind = FRAME_REQUEST, .method = 40, .id = 99});
    memcpy(bytes + FRAME_HEADER_BYTES, "hello", 5);
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_equal(f->seen_count, 0);
        put(f, &client, bytes + i, 1);
    }
    UNTIL(f, has(&client, sizeof bytes));
    assert_int_equal(frame_at(&client, 0).kind, FRAME_ANSWER);
    assert_int_equal(frame_at(&client, 0).id, 99);
    assert_memory_equal(client.got + FRAME_HEADER_BYTES, "hello", 5);
    leave(&client);
    UNTIL(f, f->closed == 1);
    assert_int_equal(wire_connections(f->wire), 0);
}

static void pings_are_answered_by_the_wire(void **state)
{
    struct fixture *f = *state;
    struct client client;

    open_wire(f);
    client = connect_unix(f);
    put_frame(f, &client, &(struct frame){.length = 3, .kind = FRAME_PING, .id = 77});
    UNTIL(f, has(&client, FRAME_HEADER_BYTES));
    assert_int_equal(frame_at(&client, 0).kind, FRAME_PONG);
    assert_int_equal(frame_at(&client, 0).id, 77);
    assert_int_equal(frame_at(&client, 0).length, 0);
    assert_int_equal(f->seen_count, 0);
    leave(&client);
}

/* More frames in one read than are taken in one turn. */
static void many_frames_in_one_read(void **state)
{
    enum { FRAMES = 500 };
    struct fixture *f = *state;
    uint8_t bytes[FRAMES * FRAME_HEADER_BYTES];
    struct client client;

    f->echo = true;
    open_wire(f);
    client = connect_unix(f);
    for (unsigned i = 0; i < FRAMES; i++)
        frame_encode(bytes + i * FRAME_HEADER_BYTES, &(struct frame){.kind = FRAME_REQUEST, .method = 1, .id = i});
    put(f, &client, bytes, sizeof bytes);
    UNTIL(f, has(&client, sizeof bytes));
    for (unsigned i = 0; i < FRAMES; i++)
        assert_int_equal(frame_at(&client, i * FRAME_HEADER_BYTES).id, i);
    leave(&client);
}

/* Sends 20 requests at once and answers them one by one: never more than `most` are handed on. `before`: requests that
 * were handed on before. */
static void ask_20(struct fixture *f, struct client *client, size_t before, size_t most)
{
    uint8_t nothing = 0;

    for (uint64_t id = 0; id < 20; id++)
        request(f, client, 100 + id, 10);
    UNTIL(f, f->seen_count == before + most);
    for (int i = 0; i < 20; i++)
        turn(f);
    assert_int_equal(f->seen_count, before + most);
    for (size_t i = before; i < before + 20; i++) {
        UNTIL(f, f->seen_count > i);
        assert_true(f->seen_count <= i + most);
        assert_int_equal(f->seen[i].request_id, 100 + i - before);
        wire_answer(f->wire, f->seen[i].conn, 7, f->seen[i].request_id, &nothing, 0);
    }
    UNTIL(f, has(client, 20 * FRAME_HEADER_BYTES));
}

static void no_more_is_read_than_may_be_in_flight(void **state)
{
    struct fixture *f = *state;
    struct client client;
    uint64_t conn;

    f->config.in_flight_max = 4;
    open_wire(f);
    client = logged_in(f, &conn);
    ask_20(f, &client, f->seen_count, 4);
    leave(&client);
}

static void before_login_one_request_is_in_flight(void **state)
{
    struct fixture *f = *state;
    struct client client;

    f->config.in_flight_max = 4;
    open_wire(f);
    client = connect_unix(f);
    ask_20(f, &client, 0, 1);
    leave(&client);
}

static void frames_are_small_before_login(void **state)
{
    struct fixture *f = *state;
    struct client small, large;
    uint64_t conn;

    f->echo = true;
    open_wire(f);
    small = connect_unix(f);
    request(f, &small, 1, FRAME_BODY_MAX_BEFORE_LOGIN);
    UNTIL(f, has(&small, FRAME_HEADER_BYTES + FRAME_BODY_MAX_BEFORE_LOGIN));
    put_frame(f, &small, &(struct frame){.length = 0, .kind = FRAME_REQUEST, .id = 2});
    {
        uint8_t header[FRAME_HEADER_BYTES];

        frame_encode(header, &(struct frame){.length = FRAME_BODY_MAX_BEFORE_LOGIN + 1, .kind = FRAME_REQUEST});
        put(f, &small, header, sizeof header);
    }
    UNTIL(f, ended(&small));
    large = logged_in(f, &conn);
    request(f, &large, 2, FRAME_BODY_MAX);
    UNTIL(f, has(&large, FRAME_HEADER_BYTES + FRAME_BODY_MAX));
    leave(&small);
    leave(&large);
}

static void bad_headers_end_the_connection(void **state)
{
    static const struct frame bad[] = {
        {.kind = 0},
        {.kind = 6},
        {.kind = FRAME_REQUEST, .flags = FRAME_FLAG_COMPRESSED},
        {.kind = FRAME_ANSWER},
        {.kind = FRAME_PUSH},
        {.kind = FRAME_PONG},
        {.kind = FRAME_REQUEST, .length = UINT32_MAX},
        {.kind = FRAME_REQUEST, .length = 0x80000000u},
    };
    struct fixture *f = *state;

    open_wire(f);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct client client = connect_unix(f);
        uint8_t header[FRAME_HEADER_BYTES];

        frame_encode(header, &bad[i]);
        put(f, &client, header, sizeof header);
        UNTIL(f, ended(&client));
        assert_int_equal(client.have, 0);
        leave(&client);
    }
    UNTIL(f, f->closed == COUNT(bad));
    assert_int_equal(f->seen_count, 0);
}

static void whoever_does_not_log_in_is_cut(void **state)
{
    struct fixture *f = *state;
    struct client client;
    int64_t start = now_ms();

    f->echo = true;
    f->config.handshake_timeout_ms = 100;
    open_wire(f);
    client = connect_unix(f);
    while (!ended(&client)) { /* being busy is no excuse */
        uint8_t header[FRAME_HEADER_BYTES];

        frame_encode(header, &(struct frame){.kind = FRAME_PING});
        (void)!send(client.fd, header, sizeof header, MSG_NOSIGNAL);
        turn(f);
        assert_true(now_ms() < start + WAIT_MS);
    }
    assert_true(now_ms() >= start + 99);
    leave(&client);
}

/* The server is the slow one: the answer still comes, then the end. */
static void a_late_answer_is_still_sent(void **state)
{
    struct fixture *f = *state;
    struct client client;
    uint8_t nothing = 0;
    int64_t late;

    f->config.handshake_timeout_ms = 200;
    open_wire(f);
    client = connect_unix(f);
    request(f, &client, 5, 0);
    UNTIL(f, f->seen_count == 1);
    late = now_ms() + 250;
    UNTIL(f, now_ms() > late);
    assert_false(ended(&client));
    wire_answer(f->wire, f->seen[0].conn, 7, 5, &nothing, 0);
    UNTIL(f, ended(&client));
    assert_int_equal(frame_at(&client, 0).id, 5);
    leave(&client);
}

static void half_a_frame_is_cut(void **state)
{
    struct fixture *f = *state;
    struct client client;
    uint64_t conn;

    f->config.frame_timeout_ms = 50;
    open_wire(f);
    client = logged_in(f, &conn);
    put(f, &client, (const uint8_t *)"\0\0\0", 3);
    UNTIL(f, ended(&client));
    leave(&client);
}

static void idle_connections_are_closed(void **state)
{
    struct fixture *f = *state;
    struct client idle, waiting;
    uint64_t conn, waiting_conn;

    f->config.idle_timeout_ms = 200;
    open_wire(f);
    waiting = logged_in(f, &waiting_conn);
    request(f, &waiting, 2, 0); /* has something to wait for */
    UNTIL(f, f->seen_count == 2);
    idle = logged_in(f, &conn);
    UNTIL(f, ended(&idle));
    assert_false(ended(&waiting));
    leave(&idle);
    leave(&waiting);
}

static void who_does_not_read_is_not_read(void **state)
{
    struct fixture *f = *state;
    uint8_t *body = calloc(1, 1 << 20);
    struct client client;
    uint64_t conn;

    open_wire(f);
    client = logged_in(f, &conn);
    for (uint64_t id = 2; id < 5; id++)
        request(f, &client, id, 0);
    UNTIL(f, f->seen_count == 4);
    wire_answer(f->wire, conn, 7, 2, body, 1 << 20); /* fills the socket and the output */
    wire_answer(f->wire, conn, 7, 3, body, 1 << 19);
    request(f, &client, 5, 0);
    for (int i = 0; i < 20; i++)
        turn(f);
    assert_int_equal(f->seen_count, 4);
    UNTIL(f, has(&client, (1 << 20) + (1 << 19) + 2 * FRAME_HEADER_BYTES));
    UNTIL(f, f->seen_count == 5);
    free(body);
    leave(&client);
}

static void too_much_output_ends_the_connection(void **state)
{
    struct fixture *f = *state;
    uint8_t *body = calloc(1, 1 << 20);
    struct client client;
    uint64_t conn;

    open_wire(f);
    client = logged_in(f, &conn);
    for (uint64_t id = 2; id < 7; id++)
        request(f, &client, id, 0);
    UNTIL(f, f->seen_count == 6);
    for (uint64_t id = 2; id < 7; id++)
        wire_answer(f->wire, conn, 7, id, body, 1 << 20);
    UNTIL(f, f->closed == 1);
    free(body);
    leave(&client);
}

static void a_reader_that_stops_is_cut(void **state)
{
    struct fixture *f = *state;
    uint8_t *body = calloc(1, 1 << 20);
    struct client client;
    uint64_t conn;

    f->config.frame_timeout_ms = 50;
    open_wire(f);
    client = logged_in(f, &conn);
    request(f, &client, 2, 0);
    UNTIL(f, f->seen_count == 2);
    wire_answer(f->wire, conn, 7, 2, body, 1 << 20);
    UNTIL(f, f->closed == 1);
    free(body);
    leave(&client);
}

static void closing_sends_what_is_queued(void **state)
{
    struct fixture *f = *state;
    uint8_t *body = calloc(1, 1 << 20);
    struct client client;
    uint64_t conn;

    open_wire(f);
    client = logged_in(f, &conn);
    request(f, &client, 2, 0);
    UNTIL(f, f->seen_count == 2);
    wire_answer(f->wire, conn, 7, 2, body, 1 << 20);
    wire_drain(f->wire);
    wire_drain(f->wire);
    wire_answer(f->wire, conn, 7, 2, body, 1); /* too late: dropped */
    UNTIL(f, ended(&client));
    assert_int_equal(client.have, (1 << 20) + FRAME_HEADER_BYTES);
    wire_answer(f->wire, conn, 7, 2, body, 1); /* nobody there any more */
    free(body);
    leave(&client);
}

static void the_oldest_of_an_address_goes(void **state)
{
    struct fixture *f = *state;
    struct client clients[4];
    uint64_t conn;

    f->config.anonymous_per_address_max = 2;
    open_wire(f);
    clients[0] = logged_in(f, &conn); /* does not count */
    for (size_t i = 1; i < 4; i++) {
        clients[i] = connect_unix(f);
        put_frame(f, &clients[i], &(struct frame){.kind = FRAME_PING, .id = i});
        UNTIL(f, has(&clients[i], FRAME_HEADER_BYTES));
    }
    UNTIL(f, ended(&clients[1]));
    assert_int_equal(wire_connections(f->wire), 3);
    wire_set_logged_in(f->wire, conn, false); /* counts again, and must not be refused for it */
    assert_int_equal(wire_connections(f->wire), 3);
    for (size_t i = 0; i < 4; i++)
        leave(&clients[i]);
}

static void connections_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct client clients[3], refused;
    uint64_t conn;

    f->config.connections_max = 3;
    open_wire(f);
    for (size_t i = 0; i < 3; i++)
        clients[i] = logged_in(f, &conn);
    refused = connect_unix(f);
    UNTIL(f, ended(&refused));
    assert_int_equal(wire_connections(f->wire), 3);
    for (size_t i = 0; i < 3; i++)
        leave(&clients[i]);
    leave(&refused);
}

/* A descriptor that comes free goes to the connection that waits; those that are there are served all the while. */
static void descriptors_that_run_out(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct client there, leaving, waiting = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    struct rlimit files, none;
    uint64_t conn;
    int lowest_free;

    f->echo = true;
    open_wire(f);
    there = logged_in(f, &conn);
    leaving = logged_in(f, &conn);
    lowest_free = dup(0);
    close(lowest_free);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    none = (struct rlimit){(rlim_t)lowest_free, files.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", f->socket);
    assert_int_equal(connect(waiting.fd, (struct sockaddr *)&address, sizeof address), 0);
    request(f, &waiting, 9, 0);
    for (uint64_t id = 2; id < 50; id++)
        request(f, &there, id, 0);
    UNTIL(f, has(&there, 48 * FRAME_HEADER_BYTES));
    assert_int_equal(wire_connections(f->wire), 2);
    leave(&leaving);
    UNTIL(f, has(&waiting, FRAME_HEADER_BYTES));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    leave(&there);
    leave(&waiting);
}

static void draining_answers_and_ends(void **state)
{
    struct fixture *f = *state;
    struct client busy, quiet;
    uint64_t conn, other;

    open_wire(f);
    busy = logged_in(f, &conn);
    quiet = logged_in(f, &other);
    request(f, &busy, 9, 0);
    UNTIL(f, f->seen_count == 3);
    wire_drain(f->wire);
    UNTIL(f, ended(&quiet));
    assert_false(wire_idle(f->wire));
    wire_answer(f->wire, conn, 7, 9, (const uint8_t *)"x", 1);
    UNTIL(f, ended(&busy));
    assert_int_equal(frame_at(&busy, 0).id, 9);
    UNTIL(f, wire_idle(f->wire));
    leave(&busy);
    leave(&quiet);
}

static void what_is_in_the_way_of_a_socket(void **state)
{
    const struct wire_handlers handlers = {on_request, on_closed};
    struct fixture *f = *state;
    char message[256] = "";
    FILE *file = fopen(f->socket, "w");

    assert_non_null(file);
    fclose(file);
    assert_null(wire_open(f->base, &f->config, &handlers, f, message, sizeof message)); /* a file is not removed */
    assert_int_equal(unlink(f->socket), 0);
    open_wire(f);
    assert_null(wire_open(f->base, &f->config, &handlers, f, message, sizeof message)); /* nor a socket in use */
    assert_int_equal(access(f->socket, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        TEST(a_request_byte_by_byte),
        TEST(pings_are_answered_by_the_wire),
        TEST(many_frames_in_one_read),
        TEST(no_more_is_read_than_may_be_in_flight),
        TEST(before_login_one_request_is_in_flight),
        TEST(frames_are_small_before_login),
        TEST(bad_headers_end_the_connection),
        TEST(whoever_does_not_log_in_is_cut),
        TEST(a_late_answer_is_still_sent),
        TEST(half_a_frame_is_cut),
        TEST(idle_connections_are_closed),
        TEST(who_does_not_read_is_not_read),
        TEST(too_much_output_ends_the_connection),
        TEST(a_reader_that_stops_is_cut),
        TEST(closing_sends_what_is_queued),
        TEST(the_oldest_of_an_address_goes),
        TEST(connections_are_bounded),
        TEST(descriptors_that_run_out),
        TEST(draining_answers_and_ends),
        TEST(what_is_in_the_way_of_a_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
