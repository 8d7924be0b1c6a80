/* What reports share with the inbox. */
#ifndef CREDITD_CLIENT_REPORT_H
#define CREDITD_CLIENT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/client.h"
#include "standing.pb-c.h"

/* Adds criteria; `kind` (NULL: criterion) is what they are called in the list, which then has none of a customer twice.
 * False: failed, with its failure set. */
bool report_add_criteria(struct client *client, Creditd__V1__CriterionListRequest *request, const char *kind,
                         json_t *list, size_t limit);
/* Adds the missed deadlines, and the cases on which nobody can act, that whoever asks is told of. False: as above. */
bool report_add_escalated(struct client *client, json_t *list, size_t limit);

#endif
