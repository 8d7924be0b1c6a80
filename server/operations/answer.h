/* What answer.c and dispatch.c need of each other, and outcomes' arguments. */
#ifndef CREDITD_OPERATIONS_ANSWER_H
#define CREDITD_OPERATIONS_ANSWER_H

#include "server/operations/call.h"

/* Adds a line to an outcome's arguments; one that has no room is left out whole. */
void outcome_argument(struct outcome *outcome, const char *name, const char *value);

/* Lines "name=value\n" as arguments of an answer. */
Creditd__V1__Argument **answer_arguments(struct call *call, const char *lines, size_t *count);

/* Answers that wait for their audit row, written together. */
struct audit_queue;
struct audit_queue *audit_queue_new(struct store *store);
void audit_queue_free(struct audit_queue *queue);
size_t audit_queue_length(const struct audit_queue *queue);
struct audit_queue *dispatch_audit(struct dispatch *dispatch);

/* Sends the encoded answer and frees the call. */
void dispatch_send(struct dispatch *dispatch, struct call *call, const uint8_t *bytes, size_t size);

#endif
