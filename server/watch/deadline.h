/* The system command of a due timer: notes in the chain that a deadline was missed. */
#ifndef CREDITD_WATCH_DEADLINE_H
#define CREDITD_WATCH_DEADLINE_H

#include "server/commit/command.h"

/* Fills a command of the user `system` whose id is the timer's. `done` and `arg` are the caller's to set. */
void deadline_command(const struct timer *timer, struct command *command);

#endif
