/* What the commands on a case that are no steps share. */
#ifndef CREDITD_OPERATIONS_APPLICATION_NAMED_H
#define CREDITD_OPERATIONS_APPLICATION_NAMED_H

#include "server/operations/decision.h"

/* `prepare`: the case by its public id; one that cannot be read is left for `decide` to refuse. */
void application_named(struct call *call, const char *id, struct command *command);
/* Right, existence, subject and version (0: not given), in this order; false: refused. */
bool application_allowed(struct command *command, const struct situation *s, uint32_t if_version);
/* Accepts a change of the case, with its event; `payload` is released. */
void application_accept(struct command *command, const struct situation *s, const struct application *row,
                        enum event_kind kind, json_t *payload, struct arena *arena, struct effects *effects);

#endif
