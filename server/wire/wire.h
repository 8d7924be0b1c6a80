/* Sockets, TLS, frames and back-pressure. Turns bytes into requests and answers into bytes; knows nothing of methods
 * but their number. A connection is named by an id that is never reused, so an answer to a peer who has gone is
 * dropped. */
#ifndef CREDITD_WIRE_WIRE_H
#define CREDITD_WIRE_WIRE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"

/* Bound sockets that somebody else holds too; -1: none. */
struct wire_sockets {
    int tls;
    int plain; /* a unix socket, frames without TLS */
};

struct wire_config {
    const char *listen;                 /* "127.0.0.1:7443"; port 0: any */
    const char *unix_socket;            /* plain frames on a unix socket (0600), or NULL */
    const struct wire_sockets *sockets; /* taken over in the place of those; NULL: none */
    const char *certificate;            /* PEM chain */
    const char *private_key;            /* PEM */
    int handshake_timeout_ms;           /* TLS handshake and Hello + login, 5000 */
    int frame_timeout_ms; /* to finish a frame once its first byte came; to read anything of waiting answers */
    int idle_timeout_ms;  /* logged in and silent */
    unsigned connections_max;
    unsigned anonymous_per_address_max; /* connections not logged in */
    unsigned in_flight_max;             /* requests of one connection; beyond it nothing is read */
    size_t output_bytes_max; /* output buffer of one connection; beyond it nothing is read, at twice it is closed */
};

struct wire;

struct wire_handlers {
    /* One whole request. `body` is valid during the call only. Each is answered once by wire_answer. */
    void (*request)(void *arg, uint64_t conn, uint16_t method, uint64_t request_id, const uint8_t *body, size_t length);
    void (*closed)(void *arg, uint64_t conn);
};

/* Listens; NULL with `message` filled on failure. */
struct wire *wire_open(struct event_base *base, const struct wire_config *config, const struct wire_handlers *handlers,
                       void *arg, char *message, size_t message_bytes);
/* The port of the TLS listener. */
unsigned wire_port(const struct wire *wire);
unsigned wire_connections(const struct wire *wire);
/* Answers a request; a connection that has gone is a normal case. */
void wire_answer(struct wire *wire, uint64_t conn, uint16_t method, uint64_t request_id, const uint8_t *body,
                 size_t length);
/* A hint to a connection that is logged in. Dropped when it has gone, or when so much waits to be read there that it
 * would only make it longer. */
void wire_push(struct wire *wire, uint64_t conn, uint16_t method, const uint8_t *body, size_t length);
/* Logged in: larger frames, idle time-out instead of the login deadline. */
void wire_set_logged_in(struct wire *wire, uint64_t conn, bool logged_in);
/* New certificate and key for new connections; false with message leaves the old ones. */
bool wire_reload(struct wire *wire, const char *certificate, const char *private_key, char *message,
                 size_t message_bytes);
/* Time-outs and limits of `config` from now on; where it listens and its certificate stay. */
void wire_set_limits(struct wire *wire, const struct wire_config *config);
/* Stops accepting and reading; what is in flight is still answered. wire_idle: nothing is in flight, all is sent. */
void wire_drain(struct wire *wire);
bool wire_idle(const struct wire *wire);
/* Ends all connections without calling `closed`. NULL is allowed. */
void wire_free(struct wire *wire);

/* Checks certificate and key without listening (--check-config). */
bool wire_check_certificate(const char *certificate, const char *private_key, char *message, size_t message_bytes);

#endif
