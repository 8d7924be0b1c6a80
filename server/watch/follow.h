/* The system's command to let a customer follow the organisation: its branch went to another region, or was merged into
 * another one. Accepted as long as the customer's row still names other units, so that any server may try. */
#ifndef CREDITD_WATCH_FOLLOW_H
#define CREDITD_WATCH_FOLLOW_H

#include "server/commit/command.h"

/* Fills a command of the user `system`; `done` and `arg` are the caller's to set. */
void follow_command(struct key customer, struct command *command);

#endif
