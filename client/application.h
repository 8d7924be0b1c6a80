/* What the commands on applications share with the inbox. */
#ifndef CREDITD_CLIENT_APPLICATION_H
#define CREDITD_CLIENT_APPLICATION_H

#include <jansson.h>
#include <stdbool.h>

#include "client/client.h"
#include "client/exchange.h"

/* Adds a page of applications to the list; *next is where the next one starts, NULL after the last. False: failure is
 * set. */
bool application_add_page(struct client *client, enum method method, const ProtobufCMessage *request, json_t *list,
                          char **next);

#endif
