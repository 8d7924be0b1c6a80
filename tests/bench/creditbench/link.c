/* Sockets, TLS and frames of the load generator. */
#include "tests/bench/creditbench/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "tests/bench/creditbench/clock.h"
#include "tests/bench/creditbench/fatal.h"
#include "tests/bench/creditbench/message.h"

#define READ_BYTES     (4u * 1024 * 1024) /* more than a frame of the largest answer asked for here */
#define TLS_READ_BYTES 32768              /* taken from a socket at once */
#define RECORD_BYTES   16384
#define EVENTS_MAX     256
#define PATIENCE_NS    (60 * SECOND_NS) /* in which a link is ready */

SSL_CTX *links_context(const char *ca)
{
    static const unsigned char protocol[] = "\x09"
                                            "creditd/1";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    CHECK(context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
    if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
        fatal("the certificate authority %s cannot be read", ca);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    CHECK(SSL_CTX_set_alpn_protos(context, protocol, sizeof protocol - 1) == 0);
    /* One read() for all that has arrived, not two for each record. */
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, TLS_READ_BYTES);
    return context;
}

void links_start(struct links *links, SSL_CTX *context, int port, size_t count)
{
    *links = (struct links){.port = port, .context = context, .count = count};
    links->epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(links->epoll >= 0);
    links->all = xcalloc(count, sizeof links->all[0]);
    links->buffer = xcalloc(1, READ_BYTES);
}

void links_end(struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (links->all[i].state != LINK_CLOSED)
            link_close(links, &links->all[i]);
    close(links->epoll);
    free(links->all);
    free(links->buffer);
}

static void watch(struct links *links, struct link *link, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | (link->wants_write ? EPOLLOUT : 0), .data.ptr = link};

    CHECK(epoll_ctl(links->epoll, operation, link->socket, &event) == 0);
}

static void set_wants_write(struct links *links, struct link *link, bool wants_write)
{
    if (link->wants_write == wants_write)
        return;
    link->wants_write = wants_write;
    watch(links, link, EPOLL_CTL_MOD);
}

_Noreturn static void lost(const struct link *link, const char *doing)
{
    const char *who = link->person == NULL ? "nobody" : link->person->login;
    unsigned long error = ERR_get_error();

    fatal("a connection of %s was lost, %s: %s", who, doing,
          error != 0 ? ERR_reason_error_string(error) : strerror(errno));
}

void link_open(struct links *links, struct link *link)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)links->port)};
    int on = 1;

    CHECK(link->state == LINK_CLOSED);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    link->opened_at = now_ns();
    link->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->socket < 0 || setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        (connect(link->socket, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS))
        lost(link, "connecting");
    link->ssl = SSL_new(links->context);
    CHECK(link->ssl != NULL && SSL_set_fd(link->ssl, link->socket) == 1 && SSL_set1_host(link->ssl, "localhost") == 1 &&
          SSL_set_tlsext_host_name(link->ssl, "localhost") == 1);
    SSL_set_connect_state(link->ssl);
    if (links->idle)
        SSL_set_mode(link->ssl, SSL_MODE_RELEASE_BUFFERS);
    link->state = LINK_CONNECTING;
    link->wants_write = true;
    links->opening++;
    watch(links, link, EPOLL_CTL_ADD);
}

static void bytes_of(const struct link *link, uint64_t *sent, uint64_t *received)
{
    *sent += BIO_number_written(SSL_get_wbio(link->ssl));
    *received += BIO_number_read(SSL_get_rbio(link->ssl));
}

void link_close(struct links *links, struct link *link)
{
    const struct person *person = link->person;

    links->opening -= link->state != LINK_READY;
    if (SSL_is_init_finished(link->ssl))
        SSL_shutdown(link->ssl);
    ERR_clear_error(); /* a peer that has gone already is no error */
    bytes_of(link, &links->sent, &links->received);
    SSL_free(link->ssl);
    close(link->socket);
    free(link->rest);
    free(link->out);
    *link = (struct link){.person = person};
}

void links_bytes(const struct links *links, uint64_t *sent, uint64_t *received)
{
    *sent = links->sent;
    *received = links->received;
    for (size_t i = 0; i < links->count; i++)
        if (links->all[i].state != LINK_CLOSED)
            bytes_of(&links->all[i], sent, received);
}

/* ---- writing ---- */

uint8_t *link_room(struct link *link)
{
    if (link->out_length + REQUEST_BYTES_MAX > link->out_room) {
        link->out_room = link->out_room * 2 + REQUEST_BYTES_MAX;
        link->out = realloc(link->out, link->out_room);
        CHECK(link->out != NULL);
    }
    return link->out + link->out_length;
}

void link_added(struct link *link, size_t length)
{
    link->out_length += length;
}

void link_flush(struct links *links, struct link *link)
{
    while (link->out_written < link->out_length) {
        int wrote = SSL_write(link->ssl, link->out + link->out_written, (int)(link->out_length - link->out_written));
        if (wrote <= 0) {
            if (SSL_get_error(link->ssl, wrote) != SSL_ERROR_WANT_WRITE)
                lost(link, "writing");
            set_wants_write(links, link, true);
            return;
        }
        link->out_written += (size_t)wrote;
    }
    link->out_length = link->out_written = 0;
    set_wants_write(links, link, false);
}

/* ---- becoming ready ---- */

static void send_greeting(struct links *links, struct link *link, enum link_state next)
{
    uint8_t *room = link_room(link);

    link->state = next;
    link_added(link, next == LINK_HELLO ? write_hello(room, 0) : write_resume(room, 0, link->person->token));
    link_flush(links, link);
}

static void handshake(struct links *links, struct link *link)
{
    int result;

    link->state = LINK_HANDSHAKE;
    result = SSL_do_handshake(link->ssl);
    if (result == 1) {
        send_greeting(links, link, LINK_HELLO);
        return;
    }
    switch (SSL_get_error(link->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        set_wants_write(links, link, false);
        break;
    case SSL_ERROR_WANT_WRITE:
        set_wants_write(links, link, true);
        break;
    default:
        lost(link, "in the handshake");
    }
}

static void greeted(struct links *links, struct link *link, const struct frame *frame, const uint8_t *body, int64_t now)
{
    enum method expected = link->state == LINK_HELLO ? METHOD_HELLO : METHOD_RESUME;
    struct answer answer;

    if (frame->id != 0 || frame->method != expected || !read_answer(body, frame->length, &answer) ||
        answer.status != STATUS_OK) {
        tell_answer(body, frame->length);
        fatal("wrong: the answer to %s of %s", word_name(words_method, (int)expected),
              link->person == NULL ? "nobody" : link->person->login);
    }
    if (link->state == LINK_HELLO && link->person != NULL) {
        send_greeting(links, link, LINK_RESUME);
        return;
    }
    link->state = LINK_READY;
    links->opening--;
    if (links->events.ready != NULL)
        links->events.ready(links->owner, link, now);
}

/* ---- reading ---- */

/* Hands out the whole frames at `bytes`; what is left over. The link may be closed by one of them. */
static size_t take_frames(struct links *links, struct link *link, const uint8_t *bytes, size_t have, int64_t now)
{
    struct frame frame;

    while (link->state != LINK_CLOSED) {
        enum frame_result result = frame_decode(bytes, have, READ_BYTES / 2, &frame);
        if (result == FRAME_NEED_MORE)
            return have;
        if (result != FRAME_COMPLETE || frame.kind != FRAME_ANSWER)
            fatal("wrong: a frame of kind %d, flags %d, method %d and %u bytes", frame.kind, frame.flags, frame.method,
                  (unsigned)frame.length);
        if (link->state == LINK_READY)
            links->events.answer(links->owner, link, &frame, bytes + FRAME_HEADER_BYTES, now);
        else
            greeted(links, link, &frame, bytes + FRAME_HEADER_BYTES, now);
        bytes += FRAME_HEADER_BYTES + frame.length;
        have -= FRAME_HEADER_BYTES + frame.length;
    }
    return 0;
}

static void keep_rest(struct link *link, const uint8_t *bytes, size_t length)
{
    if (length > link->rest_room) {
        link->rest_room = length;
        link->rest = realloc(link->rest, length);
        CHECK(link->rest != NULL);
    }
    if (length > 0)
        memcpy(link->rest, bytes, length);
    link->rest_length = length;
}

/* Reads while the socket has something, or the buffer is full; false: there is nothing more now. */
static bool fill(struct links *links, const struct link *link, size_t *have)
{
    while (READ_BYTES - *have >= RECORD_BYTES) {
        int got = SSL_read(link->ssl, links->buffer + *have, (int)(READ_BYTES - *have));
        if (got <= 0) {
            if (SSL_get_error(link->ssl, got) != SSL_ERROR_WANT_READ)
                lost(link, "reading");
            return false;
        }
        *have += (size_t)got;
        /* What has not been taken from the socket yet, epoll tells again. */
        if (SSL_has_pending(link->ssl) == 0)
            return false;
    }
    return true;
}

static void read_link(struct links *links, struct link *link)
{
    bool again = true;

    while (again && link->state != LINK_CLOSED) {
        size_t have = link->rest_length, left;
        int64_t now;
        if (have > 0)
            memcpy(links->buffer, link->rest, have);
        again = fill(links, link, &have);
        now = now_ns();
        left = take_frames(links, link, links->buffer, have, now);
        if (link->state != LINK_CLOSED)
            keep_rest(link, links->buffer + have - left, left);
    }
}

/* ---- turns ---- */

static void handle(struct links *links, struct link *link, uint32_t events)
{
    if (link->state == LINK_CONNECTING || link->state == LINK_HANDSHAKE) {
        handshake(links, link);
        return; /* what came with the end of it, epoll tells or the server has not been asked for */
    }
    if ((events & EPOLLOUT) != 0)
        link_flush(links, link);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        read_link(links, link);
}

void links_turn(struct links *links, int64_t until)
{
    struct epoll_event events[EVENTS_MAX];
    struct timespec patience, *timeout = NULL;
    int count;

    if (until != 0) {
        int64_t left = until - now_ns();
        left = left < 0 ? 0 : left;
        patience = (struct timespec){.tv_sec = left / SECOND_NS, .tv_nsec = left % SECOND_NS};
        timeout = &patience;
    }
    count = epoll_pwait2(links->epoll, events, EVENTS_MAX, timeout, NULL);
    if (count < 0 && errno != EINTR)
        fatal("epoll_pwait2: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct link *link = events[i].data.ptr;
        if (link->state != LINK_CLOSED)
            handle(links, link, events[i].events);
    }
}

void links_open_all(struct links *links)
{
    int64_t end = now_ns() + PATIENCE_NS;

    for (size_t next = 0; next < links->count || links->opening > 0;) {
        while (next < links->count && links->opening < OPENING_MAX)
            link_open(links, &links->all[next++]);
        links_turn(links, now_ns() + SECOND_NS);
        if (now_ns() > end)
            fatal("%zu connections do not become ready", links->opening);
    }
}
