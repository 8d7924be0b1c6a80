/* The inbox, read once or watched. */
#ifndef CREDITD_CLIENT_INBOX_H
#define CREDITD_CLIENT_INBOX_H

#include <jansson.h>

#include "client/client.h"

#define INBOX_MAX 1000000

/* What waits for oneself, part by part, and last the cases that one has made and that wait for others. Each adds to the
 * list until it has `limit` rows, but for what stands in it already; false: failure is set. */
typedef bool inbox_add(struct client *client, json_t *list, size_t limit);
enum inbox_part { INBOX_CASES, INBOX_CRITERIA, INBOX_EMERGENCIES, INBOX_ESCALATIONS, INBOX_OWN, INBOX_PARTS };
extern inbox_add *const inbox_parts[INBOX_PARTS];
/* Takes off `own` the cases that are among those to act on as well: they have moved between the two reads. */
void inbox_drop_listed(json_t *own, const json_t *cases);
/* Shows it, then each change of it, until it is interrupted or --timeout is over; gives the exit code. */
int inbox_watch(struct client *client);

#endif
