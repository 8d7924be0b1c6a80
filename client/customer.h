/* What the commands that change a customer share. */
#ifndef CREDITD_CLIENT_CUSTOMER_H
#define CREDITD_CLIENT_CUSTOMER_H

#include "client/run.h"

/* Sends a command and prints the customer after it. */
int customer_change(struct client *client, enum method method, const ProtobufCMessage *request);

#endif
