/* What the decide functions of commands share: refusals, arguments, JSON payloads, fields of requests. */
#ifndef CREDITD_OPERATIONS_DECISION_H
#define CREDITD_OPERATIONS_DECISION_H

#include <stdbool.h>

#include "server/commit/payload.h"
#include "server/operations/answer.h"
#include "server/operations/call.h"

/* Refuses; name/value: one argument, or NULL. */
void decision_refuse(struct command *command, enum reason reason, const char *field, const char *name,
                     const char *value);
/* The right of the user to this operation at all (session, role, level); false: refused. */
bool decision_allowed(struct command *command, const struct situation *situation);
/* Takes over a refusal of the rules; true when there was one. */
bool decision_refused_by(struct command *command, const struct refusal *refusal);
/* A text field: present, clean UTF-8, at most `max` characters. False: refused. `optional`: may be missing or blank. */
bool decision_text(struct command *command, const char *field, const char *text, size_t max, bool optional);
/* An event of the organisation's chain and the change it stands for. */
void decision_reference(struct command *command, struct effects *effects, enum event_kind kind, const char *payload,
                        const char *entity);

#endif
