/* A connection to one of the servers: TLS 1.3, verified against the profile's authority, frames both ways. Made step by
 * step by whoever has other things to wait for, else blocking with a deadline (monotonic milliseconds). */
#ifndef CREDITD_CLIENT_CONNECTION_H
#define CREDITD_CLIENT_CONNECTION_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/servers.h"
#include "common/frame.h"

#define NO_SERVER (-1)

struct connection;

/* How far something went that does not wait. */
enum progress {
    PROGRESS_DONE,
    PROGRESS_WAITS, /* it goes on when connection_poll is ready */
    PROGRESS_FAILED
};

/* Connects and shakes hands with the first of the servers that does; NULL with failure, which tells of each.
 * `retryable` tells whether a later try may succeed. */
struct connection *connection_open(struct servers *servers, int64_t deadline_ms, struct failure *failure);
/* The same in steps, with any server but one (or NO_SERVER). The caller's to close, whatever becomes of it. */
struct connection *connection_begin(struct servers *servers, int but, int64_t deadline_ms);
/* Goes as far as it does without waiting: done when it is open. Looking up a name waits: it is done once
 * (servers.h). */
enum progress connection_go_on(struct connection *connection, struct failure *failure);
/* When it is to be called again at the latest while the connection is made. */
int64_t connection_try_ends_ms(const struct connection *connection);
void connection_close(struct connection *connection);

/* Which of the servers it is. */
int connection_server(const struct connection *connection);
/* What to wait for after PROGRESS_WAITS. */
struct pollfd connection_poll(const struct connection *connection);

/* Sends one request; false: the connection is broken, the deadline has passed, or Ctrl-C came. */
bool connection_send(struct connection *connection, int64_t deadline_ms, uint16_t method, uint64_t id,
                     const uint8_t *body, size_t length);
/* The next answer, if it has come; hints are noted, frames of other kinds skipped. *body is valid until the next call.
 */
enum progress connection_take(struct connection *connection, struct frame *frame, const uint8_t **body);
/* Waits for it. False: broken, the deadline has passed, or Ctrl-C came. */
bool connection_receive(struct connection *connection, int64_t deadline_ms, struct frame *frame, const uint8_t **body);
/* Has the server hinted that there is something to ask for, since this was done last? Answers are dropped: none is
 * awaited. */
enum progress connection_take_hints(struct connection *connection);

#endif
