/* The fields of requests, as whoever types a command knows them: flags and operands. */
#ifndef CREDITD_CLIENT_FIELD_H
#define CREDITD_CLIENT_FIELD_H

#include "client/client.h"

#define FIELD_TEXT_BYTES 256

/* The field's name in a message about the command of this run: the flag, where that has another name, else the
 * field's own; `with_value`: flag or operand, and what was given for it. */
void field_text(const struct client *client, const char *field, bool with_value, char out[FIELD_TEXT_BYTES]);

#endif
