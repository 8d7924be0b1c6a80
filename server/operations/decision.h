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
/* Commands on cases, by a user who may act for another (rules/delegation.h). The user as he acts for `login`, NULL or
 * "": as himself, and his right to this operation; then whether a delegation covers such a case. False: refused. */
bool decision_acting(struct command *command, const struct situation *situation, const char *login,
                     struct user *acting);
bool decision_covered(struct command *command, const struct situation *situation, const struct user *acting,
                      struct standing from, enum grade to, struct money limit);
/* Notes in an event's payload whom the user acted for, if he did. */
void payload_acted_for(json_t *payload, const struct user *acting);
/* The amount of a case (rules/limit.h), as `limit_minor` and `limit_currency`; nothing when it is not known. */
void payload_limit(json_t *payload, struct money limit);
/* Takes over a refusal of the rules; true when there was one. */
bool decision_refused_by(struct command *command, const struct refusal *refusal);
/* A text field: present, clean UTF-8, at most `max` characters. False: refused. `optional`: may be missing or blank. */
bool decision_text(struct command *command, const char *field, const char *text, size_t max, bool optional);
/* `prepare` of a command on the organisation: it has no home. */
void decision_prepare_reference(struct call *call, struct command *command);
/* An event of the organisation's chain and the change it stands for. */
void decision_reference(struct command *command, struct effects *effects, enum event_kind kind, const char *payload,
                        const char *entity);

#endif
