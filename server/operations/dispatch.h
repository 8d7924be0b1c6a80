/* From a frame to an operation and back: finds the descriptor, pre-scans and unpacks into a capped arena, checks
 * session and right, sends commands to the engine and reads to the readers, and encodes the answer. */
#ifndef CREDITD_OPERATIONS_DISPATCH_H
#define CREDITD_OPERATIONS_DISPATCH_H

#include <event2/event.h>
#include <stdbool.h>

#include "server/commit/engine.h"
#include "server/password/password.h"
#include "server/wire/wire.h"

struct dispatch_config {
    int session_idle_s;
    int session_absolute_s;
    unsigned reads_waiting_max;
    unsigned in_flight_max; /* told to clients in Hello; the wire keeps it */
    bool test_clock;
    int schema_version;
    const char *version; /* of the server program */
};

struct dispatch;
struct dispatch *dispatch_new(struct event_base *base, const struct dispatch_config *config,
                              const struct store_config *store, struct engine *engine, struct reference *reference,
                              struct password_pool *passwords);
/* The wire is opened with these handlers and then made known. */
struct wire_handlers dispatch_handlers(void);
void dispatch_set_wire(struct dispatch *dispatch, struct wire *wire);
/* Does anybody watch his inbox (METHOD_INBOX_WATCH)? */
bool dispatch_is_watched(const struct dispatch *dispatch);
/* Gives hints to those whose desks these changes concern; `all`: to all who watch, without homes. */
void dispatch_hint(struct dispatch *dispatch, const struct change_page *page, bool all);
/* The connection for reading; closed by dispatch_free. */
struct store *dispatch_reader(struct dispatch *dispatch);
/* Are the connections for reading, for sessions and for the read audit up? */
bool dispatch_is_up(const struct dispatch *dispatch);
/* From now on new requests get SHUTTING_DOWN. */
void dispatch_drain(struct dispatch *dispatch);
/* Nothing is waiting for an answer. */
bool dispatch_idle(const struct dispatch *dispatch);
void dispatch_free(struct dispatch *dispatch);

#endif
