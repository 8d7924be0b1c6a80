/* A connection to a server: TLS 1.3, verified against the profile's authority, frames both ways. Nothing waits but
 * where a deadline is given (monotonic milliseconds). Which server it is to be: reach.h. */
#ifndef CREDITD_CLIENT_CONNECTION_H
#define CREDITD_CLIENT_CONNECTION_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/progress.h"
#include "client/servers.h"
#include "common/frame.h"

struct connection;

/* Begins to connect to an address of a server. NULL: failure is set. */
struct connection *connection_begin(struct servers *servers, int server, const struct addrinfo *address,
                                    struct failure *failure);
/* Connects and shakes hands as far as it goes without waiting: done when frames can be sent. */
enum progress connection_go_on(struct connection *connection, struct failure *failure);
/* Why it was not made in time: `error` says what ended the wait. */
void connection_give_up(const struct connection *connection, int error, struct failure *failure);
void connection_close(struct connection *connection);

/* Which of the servers it is. */
int connection_server(const struct connection *connection);
/* How many requests the server takes before it has answered one; 0: it has not said so. */
void connection_set_in_flight_max(struct connection *connection, unsigned most);
unsigned connection_in_flight_max(const struct connection *connection);
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
/* Asks whether the server is there; false: it did not answer the last time, or the connection is broken.
 * connection_take_hints takes the answer. */
bool connection_ping(struct connection *connection);

#endif
