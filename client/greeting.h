/* The beginning of a conversation: Hello, and Resume of the profile's session, sent together. */
#ifndef CREDITD_CLIENT_GREETING_H
#define CREDITD_CLIENT_GREETING_H

#include "client/connection.h"
#include "client/profile.h"

struct greeting {
    int due; /* answers */
};

/* Sends it; a connection that is new takes it without waiting. False: failure is set, such as when nobody is logged in.
 * `session`: with Resume. */
bool greeting_send(struct greeting *greeting, struct connection *connection, const struct profile *profile,
                   bool session, int64_t deadline_ms, struct failure *failure);
/* Takes the answers that have come; done: all are good. Failed: failure is set. */
enum progress greeting_go_on(struct greeting *greeting, struct connection *connection, struct failure *failure);

#endif
