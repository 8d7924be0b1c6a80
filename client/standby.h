/* A second connection, to another of the servers, logged in and silent: whoever watches goes on over it at once when
 * his own breaks. Nothing here waits. */
#ifndef CREDITD_CLIENT_STANDBY_H
#define CREDITD_CLIENT_STANDBY_H

#include "client/client.h"

struct standby;

/* The client's servers are known (exchange_find_servers). NULL: there is only one. */
struct standby *standby_new(struct client *client);
/* NULL is allowed, here and below: there is never one. */
void standby_free(struct standby *standby);

/* Keeps it, for a client that has a connection: connects, now or after a pause; anew when it broke, answers no more, or
 * is to the same server as the client's own. To be called after each wait. */
void standby_tend(struct standby *standby);
/* What to wait for (so many), and until when. */
int standby_poll(const struct standby *standby, struct pollfd wanted[SERVERS_MAX]);
int64_t standby_wakes_ms(const struct standby *standby);

/* Makes it the connection of a client that has none. False: it is not there; until the client has connected by itself
 * nothing is tried here. */
bool standby_take(struct standby *standby);
/* Changes the two when its server stands before that of the client's connection in the list, so that everybody is back
 * where he belongs soon after a server is. False: it does not. */
bool standby_prefer(struct standby *standby);
/* The client has left this server, which is there and does not answer: it is not preferred for a while, a longer one
 * each time until it has answered. */
void standby_keep_off(struct standby *standby, int server);
/* The server of the client's connection has answered. */
void standby_answered(struct standby *standby);

#endif
