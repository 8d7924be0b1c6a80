/* A socket's bytes through TLS: OpenSSL reads from and writes to memory, and this moves them from and to the socket. */
#include "server/wire/stream.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"

#define READ_BYTES   65536u
#define RECORD_BYTES 16384u /* of a TLS record; one of which the last byte was missing comes out with what came now */
#define SEAL_BYTES   65536u /* that are made into records at once: more than these never wait as records */

struct stream_room {
    BIO_METHOD *method;
    BIO *bio;              /* of every SSL: each has a reference */
    struct stream *active; /* that OpenSSL works on */
    size_t from, to;       /* of `input`: not yet taken by OpenSSL */
    uint8_t input[READ_BYTES];
    uint8_t plain[READ_BYTES + RECORD_BYTES];
};

/* ---- what OpenSSL takes for its socket ---- */

static int room_read(BIO *bio, char *into, size_t room_bytes, size_t *got)
{
    struct stream_room *room = BIO_get_data(bio);
    size_t length = room->to - room->from;

    BIO_clear_retry_flags(bio);
    if (length == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    if (length > room_bytes)
        length = room_bytes;
    memcpy(into, room->input + room->from, length);
    room->from += length;
    *got = length;
    return 1;
}

static int room_write(BIO *bio, const char *bytes, size_t length, size_t *taken)
{
    struct stream_room *room = BIO_get_data(bio);

    CHECK(room->active != NULL);
    BIO_clear_retry_flags(bio);
    bytes_add(&room->active->sealed, bytes, length);
    *taken = length;
    return 1;
}

static long room_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

struct stream_room *stream_room_new(void)
{
    struct stream_room *room = xcalloc(1, sizeof *room);

    room->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "room");
    CHECK(room->method != NULL && BIO_meth_set_read_ex(room->method, room_read) == 1 &&
          BIO_meth_set_write_ex(room->method, room_write) == 1 && BIO_meth_set_ctrl(room->method, room_control) == 1);
    room->bio = BIO_new(room->method);
    CHECK(room->bio != NULL);
    BIO_set_data(room->bio, room);
    BIO_set_init(room->bio, 1);
    return room;
}

void stream_room_free(struct stream_room *room)
{
    if (room == NULL)
        return;
    BIO_free(room->bio);
    BIO_meth_free(room->method);
    free(room);
}

/* Errors that earlier work has left must not be taken for errors of this. */
static void enter(struct stream_room *room, struct stream *stream)
{
    CHECK(room->active == NULL);
    ERR_clear_error();
    room->active = stream;
}

static void leave(struct stream_room *room)
{
    room->active = NULL;
}

/* ---- beginning and end ---- */

bool stream_open(struct stream *stream, struct stream_room *room, int fd, SSL_CTX *context)
{
    *stream = (struct stream){.fd = fd};
    if (context == NULL)
        return true;
    stream->ssl = SSL_new(context);
    if (stream->ssl == NULL) {
        ERR_clear_error();
        return false;
    }
    CHECK(BIO_up_ref(room->bio) == 1);
    SSL_set_bio(stream->ssl, room->bio, room->bio);
    SSL_set_accept_state(stream->ssl);
    return true;
}

void stream_close(struct stream *stream)
{
    SSL_free(stream->ssl);
    close(stream->fd);
    bytes_free(&stream->out);
    bytes_free(&stream->sealed);
}

bool stream_is_ready(const struct stream *stream)
{
    return stream->ssl == NULL || SSL_is_init_finished(stream->ssl) != 0;
}

/* ---- in ---- */

/* What became of an operation of OpenSSL that did not succeed. */
static void judge(const struct stream *stream, int result, struct received *received)
{
    unsigned long error;

    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        received->end = STREAM_ENDED;
        break;
    default:
        received->end = STREAM_BROKEN;
        while ((error = ERR_get_error()) != 0)
            if (received->failure == NULL && ERR_GET_LIB(error) == ERR_LIB_SSL)
                received->failure = ERR_reason_error_string(error);
    }
}

/* Lets OpenSSL take all that was read: it keeps a record that is not whole, so nothing of this is left in the room. */
static void open_sealed(struct stream *stream, struct stream_room *room, struct received *received)
{
    SSL *ssl = stream->ssl;
    int result = 1;

    if (SSL_is_init_finished(ssl) == 0)
        result = SSL_do_handshake(ssl);
    while (result == 1 && (room->from < room->to || SSL_pending(ssl) > 0)) {
        size_t got = 0;

        CHECK(received->length < sizeof room->plain);
        result = SSL_read_ex(ssl, room->plain + received->length, sizeof room->plain - received->length, &got);
        received->length += got;
    }
    if (result != 1)
        judge(stream, result, received);
}

struct received stream_receive(struct stream *stream, struct stream_room *room)
{
    struct received received = {.bytes = room->plain};
    ssize_t got = read(stream->fd, stream->ssl == NULL ? room->plain : room->input, READ_BYTES);

    if (got == 0)
        received.end = STREAM_ENDED;
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        received.end = STREAM_BROKEN;
    if (got <= 0)
        return received;
    if (stream->ssl == NULL) {
        received.length = (size_t)got;
        return received;
    }
    room->from = 0;
    room->to = (size_t)got;
    enter(room, stream);
    open_sealed(stream, room, &received);
    leave(room);
    return received;
}

/* ---- out ---- */

void stream_put(struct stream *stream, const void *bytes, size_t length)
{
    bytes_add(&stream->out, bytes, length);
}

size_t stream_waiting(const struct stream *stream)
{
    return bytes_length(stream->out) + bytes_length(stream->sealed);
}

/* Makes the next of what was put in into records: a record for many small answers. */
static bool seal(struct stream *stream, struct stream_room *room)
{
    size_t length = bytes_length(stream->out), taken = 0;
    int result;

    if (length == 0)
        return true;
    enter(room, stream);
    result = SSL_write_ex(stream->ssl, bytes_first(stream->out), length > SEAL_BYTES ? SEAL_BYTES : length, &taken);
    leave(room);
    bytes_take(&stream->out, taken);
    return result == 1;
}

bool stream_flush(struct stream *stream, struct stream_room *room, bool *moved)
{
    struct bytes **from = stream->ssl == NULL ? &stream->out : &stream->sealed;

    *moved = false;
    for (;;) {
        ssize_t sent;
        size_t length;

        if (stream->ssl != NULL && stream->sealed == NULL && !seal(stream, room))
            return false;
        length = bytes_length(*from);
        if (length == 0)
            return true;
        sent = send(stream->fd, bytes_first(*from), length, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        *moved = true;
        bytes_take(from, (size_t)sent);
        if ((size_t)sent < length)
            return true;
    }
}

void stream_say_goodbye(struct stream *stream, struct stream_room *room)
{
    bool moved;

    if (stream->ssl == NULL)
        return;
    enter(room, stream);
    SSL_shutdown(stream->ssl);
    leave(room);
    bytes_free(&stream->out);
    stream_flush(stream, room, &moved);
}
