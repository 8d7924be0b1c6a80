/* What to do next, for every refusal and mistake that a person can meet. */
#ifndef CREDITD_CLIENT_HINTS_H
#define CREDITD_CLIENT_HINTS_H

#include "client/client.h"

/* The failure of this run with its hint: the one that was set where it happened, else that of its reason. Places in
 * hints get what this run knows: {ctl} creditctl with its profile, {noun}, {verb}, {id} the first operand, {command}
 * the command id, {about} what the answer names (Failure.about). */
struct failure hints_complete(const struct client *client);

#endif
