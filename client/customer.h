/* What the commands that change a customer share. */
#ifndef CREDITD_CLIENT_CUSTOMER_H
#define CREDITD_CLIENT_CUSTOMER_H

#include "client/run.h"

/* Adds the tasks that are asked for to a list, at most `limit` in it. False: failure is set. */
bool task_add(struct client *client, Creditd__V1__TaskListRequest *request, json_t *list, size_t limit);
/* Sends a command and prints the customer after it. */
int customer_change(struct client *client, enum method method, const ProtobufCMessage *request);

#endif
