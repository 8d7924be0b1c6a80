/* Deciding one range of commands on a working copy: pure but for the working copy itself. */
#ifndef CREDITD_COMMIT_DECIDE_H
#define CREDITD_COMMIT_DECIDE_H

#include "server/commit/command.h"
#include "server/commit/reference.h"
#include "server/commit/work.h"

/* Fills `list` with what the commands need; arrays come from `arena`. Reference data may not be loaded yet. Earlier
 * outcomes are looked for only when the commands are tried `again`, or may be stored under another home: an id that is
 * there already makes the first try end in a conflict, whatever it was decided to be, since every outcome is stored. */
void decide_load_list(struct command **commands, size_t count, bool again, const struct reference *reference,
                      struct arena *arena, struct load_list *list);
/* Decides the commands in order. The outcome of each stands in the command
 * and, unless it is a repeat or a reused id, in the working copy to be stored. */
void decide_range(struct command **commands, size_t count, struct work *work, const struct loaded *loaded,
                  const struct reference *reference, struct arena *arena);
/* Sets an outcome that no rule decided: RETRY, UNKNOWN or INTERNAL. */
void decide_failed(struct command *command, enum status status, enum reason reason);

#endif
