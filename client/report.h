/* What reports share with the inbox. */
#ifndef CREDITD_CLIENT_REPORT_H
#define CREDITD_CLIENT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/client.h"

/* Adds the missed deadlines that whoever asks is told of. False: failed, with its failure set. */
bool report_add_escalated(struct client *client, json_t *list, size_t limit);

#endif
