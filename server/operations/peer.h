/* What the server knows of a connection: has it said Hello, who is logged in. */
#ifndef CREDITD_OPERATIONS_PEER_H
#define CREDITD_OPERATIONS_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "server/operations/call.h"

struct peer {
    bool greeted;                    /* Hello was accepted */
    int64_t user_id;                 /* 0: nobody */
    uint8_t token_hash[TOKEN_BYTES]; /* of the session */
    int64_t expires_at;              /* real time, microseconds: absolute end of the session, for display */
    int64_t ends_us;                 /* the same by the monotonic clock */
    bool watches;                    /* is told when something on his desks has changed */
};

/* The peer of a call's connection; NULL when the connection has gone. */
struct peer *call_peer(const struct call *call);
/* Logs the connection in or out, for the wire too. */
void call_begin_session(struct call *call, const struct session_row *session, const uint8_t token_hash[TOKEN_BYTES]);
void call_end_session(struct call *call);
/* From now on hints go to the connection, until it is logged out. */
void call_watches(struct call *call);
/* The connection on which sessions are kept, so that nobody who reads waits for their commits; NULL: too many wait. */
struct store *call_sessions(const struct call *call);
const struct dispatch_config *call_config(const struct call *call);
struct password_pool *call_passwords(const struct call *call);
struct engine *call_engine(const struct call *call);
unsigned call_connections(const struct call *call);

#endif
