/* What the files of this folder share: the wire, its connections and where they are listed. */
#ifndef CREDITD_WIRE_INTERNAL_H
#define CREDITD_WIRE_INTERNAL_H

#include <event2/event_struct.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <uthash.h>

#include "server/wire/stream.h"
#include "server/wire/wire.h"

struct listener;

enum conn_state {
    CONN_HANDSHAKE, /* TLS is being agreed on */
    CONN_ANONYMOUS, /* may send small frames, has to log in by a deadline */
    CONN_LOGGED_IN,
    CONN_FLUSHING, /* nothing more is read or queued; closed when all is sent */
    CONN_CLOSED,   /* freed at the end of this turn of the loop */
};

/* Where connections come from, as far as the limit of anonymous ones is concerned: an IPv4 address, the first 64 bits
 * of an IPv6 address, or (all zero) a unix socket. */
struct source {
    uint8_t address[16];
    unsigned anonymous;
    UT_hash_handle hh;
};

/* All times are milliseconds of the monotonic clock; 0: not running. */
struct conn {
    struct wire *wire;
    uint64_t id;
    enum conn_state state;
    bool listening;     /* `readable` is added; it stays so until something comes that is not to be read */
    bool reading;       /* what comes is read */
    bool taking;        /* frames are being handed on */
    bool hungry;        /* what was read goes on being handed on in the next turn */
    bool ended;         /* nothing more comes */
    bool login_overdue; /* reads nothing more; closed unless what is in flight logs it in */
    bool touched;       /* in the wire's list */
    unsigned in_flight;
    struct stream stream;
    struct bytes *input; /* read and not yet handed on: at most a frame that is not whole, and one read behind it */
    struct event readable, timer;
    struct event *writable;  /* while the socket takes no more, else NULL */
    struct source *source;   /* while it counts as anonymous */
    struct in6_addr address; /* of the peer; IPv4 mapped, all zero: a unix socket */
    int64_t login_deadline, frame_deadline, armed_at;
    int64_t active_at;        /* last frame or answer */
    int64_t write_moved_at;   /* output became non-empty or shrank */
    const char *why;          /* of the end; static text */
    struct conn *prev, *next; /* anonymous ones, oldest first */
    struct conn *next_touched;
    UT_hash_handle hh;
};

struct wire {
    struct event_base *base;
    struct wire_config config;
    struct wire_handlers handlers;
    void *arg;
    SSL_CTX *context;
    struct listener *tls_listener, *unix_listener;
    struct conn *conns; /* by id */
    uint64_t last_id;
    struct conn *anonymous; /* list, oldest first */
    struct source *sources;
    struct stream_room *room;
    struct conn *touched; /* what they have to send leaves at the end of this turn; closed ones are freed then */
    struct event *turn_end;
    unsigned closed_count; /* of the touched */
    unsigned handshakes;   /* that went on in this turn */
    bool draining;
};

/* ---- conn.c ---- */

int64_t wire_now_ms(void);
/* Takes over the socket, which does not block. `from` is the peer's address. */
void conn_accept(struct wire *wire, int fd, bool tls, const struct sockaddr *from);
struct conn *conn_find(const struct wire *wire, uint64_t id);
/* The only way to change a state; CHECKs that the step is in the table. */
void conn_set_state(struct conn *conn, enum conn_state state);
void conn_answer(struct conn *conn, const struct frame *frame, const uint8_t *body);
/* Closes after what is queued has been sent. */
void conn_close(struct conn *conn, const char *why);
/* Closes at the end of this turn, whatever is queued. */
void conn_abort(struct conn *conn, const char *why);
/* Reads or not, as its limits and the wire's state say now, and sets its timer. */
void conn_update(struct conn *conn);
/* The wire drains: whole frames that have come are still handed on, then it closes when it has nothing to wait for. */
void conn_drain(struct conn *conn);
/* Sends what waits, as far as the socket takes it. */
void conn_flush(struct conn *conn);
/* Frees it at once; only outside its callbacks. */
void conn_free(struct conn *conn);

/* ---- wire.c ---- */

/* The connection has something to send, or is closed: both are seen to at the end of this turn. */
void wire_touch(struct conn *conn);

/* ---- anonymous.c ---- */

/* Notes a connection as not logged in, or no longer so. */
void anonymous_add(struct conn *conn);
void anonymous_remove(struct conn *conn);
/* Makes room for one more from this source, and in all: ends the oldest that has not logged in. False: there is none
 * that could be ended, and no room. */
bool anonymous_make_room(struct wire *wire, const struct in6_addr *from);
/* Ends the oldest of all; false: there is none. */
bool anonymous_end_oldest(struct wire *wire, const char *why);

/* ---- listen.c ---- */

/* On the socket that is given, which is taken over, or (-1) one that is bound where the settings say. */
struct listener *listener_open_tcp(struct wire *wire, int given, char *message, size_t message_bytes);
struct listener *listener_open_unix(struct wire *wire, int given, char *message, size_t message_bytes);
unsigned listener_port(const struct listener *listener);
/* Connections were closed: one that paused goes on. NULL is allowed. */
void listener_resume(struct listener *listener);
/* NULL is allowed. */
void listener_free(struct listener *listener);

#endif
