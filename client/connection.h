/* A connection to the server: TLS 1.3, verified against the profile's authority, frames both ways. Blocking, with the
 * run's deadline. */
#ifndef CREDITD_CLIENT_CONNECTION_H
#define CREDITD_CLIENT_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/profile.h"
#include "common/frame.h"

struct connection;

/* Connects and shakes hands until the deadline (monotonic milliseconds); NULL with failure. `retryable` tells whether a
 * later try may succeed. */
struct connection *connection_open(const struct profile *profile, int64_t deadline_ms, struct failure *failure);
void connection_close(struct connection *connection);

/* Sends one request; false: the connection is broken, the deadline has passed, or Ctrl-C came. */
bool connection_send(struct connection *connection, int64_t deadline_ms, uint16_t method, uint64_t id,
                     const uint8_t *body, size_t length);
/* The next answer; hints are noted, frames of other kinds skipped. *body is valid until the next call. False: broken,
 * the deadline has passed, or Ctrl-C came. */
bool connection_receive(struct connection *connection, int64_t deadline_ms, struct frame *frame, const uint8_t **body);

/* Waits until the server has hinted that there is something to ask for, one that came since the last wait included.
 * True too when the deadline has passed; false: the connection is broken, or Ctrl-C came. */
bool connection_wait_hint(struct connection *connection, int64_t deadline_ms);

#endif
