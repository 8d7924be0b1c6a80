/* The inbox, read once or watched. */
#ifndef CREDITD_CLIENT_INBOX_H
#define CREDITD_CLIENT_INBOX_H

#include <jansson.h>

#include "client/client.h"

#define INBOX_MAX 1000000

/* Everything that waits for oneself, at most `limit` of it; NULL: failure is set. The caller lets go of it. */
json_t *inbox_gather(struct client *client, size_t limit);
/* Shows it, then each change of it, until it is interrupted or --timeout is over; gives the exit code. */
int inbox_watch(struct client *client);

#endif
