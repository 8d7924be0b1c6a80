/* Connections to the server: TLS 1.3 on sockets that do not block, one epoll for all. A link says hello and, when it
 * has a person, resumes his session; then it is ready. What goes wrong on a link ends the process. */
#ifndef CREDITBENCH_LINK_H
#define CREDITBENCH_LINK_H

#include <openssl/ssl.h>

#include "common/frame.h"
#include "tests/bench/creditbench/book.h"

/* Connections being made at once: the server bounds those of one address that have not logged in. */
#define OPENING_MAX 64

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_HANDSHAKE, LINK_HELLO, LINK_RESUME, LINK_READY };

struct link {
    enum link_state state;
    int socket;
    SSL *ssl;
    const struct person *person; /* NULL: hello is enough */
    int64_t opened_at;           /* when it began to connect, nanoseconds */
    bool wants_write;            /* epoll tells when more can be written */
    uint8_t *rest;               /* of a frame that has not arrived whole */
    size_t rest_length, rest_room;
    uint8_t *out; /* what is to be written, from `written` to `length` */
    size_t out_length, out_written, out_room;
};

/* What the owner of links is told; `now` is when it was read from the socket. */
struct link_events {
    void (*ready)(void *owner, struct link *link, int64_t now);
    void (*answer)(void *owner, struct link *link, const struct frame *frame, const uint8_t *body, int64_t now);
};

struct links {
    struct link *all; /* made by links_new */
    size_t count;
    size_t opening; /* not yet ready */
    int port;
    bool idle; /* little is sent: no link keeps buffers */
    int epoll;
    SSL_CTX *context;
    uint8_t *buffer; /* one for all reads */
    struct link_events events;
    void *owner;
    uint64_t sent, received; /* by links that were closed, see links_bytes */
};

/* What all links share: the certificate authority that they trust. */
SSL_CTX *links_context(const char *ca);
void links_start(struct links *links, SSL_CTX *context, int port, size_t count);
/* Closes what is open and frees all but the context. */
void links_end(struct links *links);
/* Begins to connect a closed link. */
void link_open(struct links *links, struct link *link);
void link_close(struct links *links, struct link *link);
/* Opens all, each with the person it was given, and waits until they are ready. */
void links_open_all(struct links *links);
/* Waits until something has arrived, but not after `until` (0: no end), and handles it. */
void links_turn(struct links *links, int64_t until);
/* Room for one more request at the end of what link_flush() will write. */
uint8_t *link_room(struct link *link);
void link_added(struct link *link, size_t length);
/* Writes what was added; what the socket does not take now follows later. */
void link_flush(struct links *links, struct link *link);
/* Bytes that the sockets of these links sent and received, TLS included. */
void links_bytes(const struct links *links, uint64_t *sent, uint64_t *received);

#endif
