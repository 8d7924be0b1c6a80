/* The system's command that notes in the chain that no application was submitted for a criterion until its end.
 * Accepted as long as that is so and was not noted, so that any server may try. */
#ifndef CREDITD_WATCH_LATE_CRITERION_H
#define CREDITD_WATCH_LATE_CRITERION_H

#include "server/commit/command.h"

/* Fills a command of the user `system`; `done` and `arg` are the caller's to set. */
void late_criterion_command(struct key customer, struct command *command);

#endif
