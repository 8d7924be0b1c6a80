/* A socket's bytes, through TLS or as they are: what the peer sent comes out in the clear, what is put in leaves when
 * it is flushed. Knows neither frames nor events: the caller waits until the socket is ready. Nothing blocks.
 *
 * OpenSSL never sees the socket. One read takes what has come into the room that all streams of a loop share, OpenSSL
 * takes it from there to the last byte, and what it wants to send is kept until the socket takes it. So there are no
 * operations to be repeated when the socket is ready for something else than the one that OpenSSL was asked for, and a
 * stream that is silent holds nothing but its SSL. */
#ifndef CREDITD_WIRE_STREAM_H
#define CREDITD_WIRE_STREAM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/wire/bytes.h"

struct stream_room;

struct stream {
    int fd;
    SSL *ssl;             /* NULL: without TLS */
    struct bytes *out;    /* put in, in the clear */
    struct bytes *sealed; /* TLS records on their way to the socket */
};

enum stream_end {
    STREAM_GOES_ON,
    STREAM_ENDED, /* the peer said so, or closed */
    STREAM_BROKEN,
};

struct received {
    const uint8_t *bytes; /* in the clear, in the room: until the next call for any stream */
    size_t length;
    enum stream_end end; /* after these */
    const char *failure; /* BROKEN by what came, in OpenSSL's words, else NULL; static text */
};

struct stream_room *stream_room_new(void);
/* NULL is allowed. All its streams are closed. */
void stream_room_free(struct stream_room *room);

/* Takes over a socket that does not block; `context` NULL: without TLS. False: out of memory in OpenSSL, and the socket
 * is still the caller's. */
bool stream_open(struct stream *stream, struct stream_room *room, int fd, SSL_CTX *context);
/* Closes the socket, whatever waits. */
void stream_close(struct stream *stream);
/* The handshake is done, or there is none. */
bool stream_is_ready(const struct stream *stream);
/* Reads once from the socket. The handshake goes on by it; it may leave something to be flushed. */
struct received stream_receive(struct stream *stream, struct stream_room *room);
/* Puts in what stream_flush sends; only when it is ready. */
void stream_put(struct stream *stream, const void *bytes, size_t length);
/* Bytes that wait to be sent. */
size_t stream_waiting(const struct stream *stream);
/* Sends until nothing waits or the socket takes no more; *moved: it took something. False: the peer has gone. */
bool stream_flush(struct stream *stream, struct stream_room *room, bool *moved);
/* Says good-bye in TLS, as far as the socket takes it. */
void stream_say_goodbye(struct stream *stream, struct stream_room *room);

#endif
