/* What comes of a customer's move to other units (rules/relocation.h), whoever moves it. */
#ifndef CREDITD_COMMIT_RELOCATION_EFFECTS_H
#define CREDITD_COMMIT_RELOCATION_EFFECTS_H

#include "server/commit/command.h"

/* Rows and events of the customer's move to `branch`, its open application with it; `reason` NULL: the system, which
 * has none. The command is one `with_case`. Fills the outcome's entity and version too. */
void relocation_effects(struct command *command, const struct situation *s, const struct unit *branch,
                        const char *reason, struct arena *arena, struct effects *effects);

#endif
