/* The system's command to evaluate a customer: because its timer is due, because an import that changed its trades has
 * ended, or because the policy is a newer one. What is computed is put in force where the regulation says so. As long
 * as another import is open for the customer nothing is computed: the end of the last one brings it. */
#ifndef CREDITD_WATCH_EVALUATE_H
#define CREDITD_WATCH_EVALUATE_H

#include "server/commit/command.h"

/* An import without a chunk for so long ends: nobody waits without an end for the evaluation of its customers. */
#define IMPORT_IDLE_US US_PER_DAY

/* Fill a command for the engine; the caller sets done and arg. `import` is the key of the import. */
void evaluate_by_timer(const struct timer *timer, struct command *command);
void evaluate_after_import(const struct import_customer *customer, struct key import, struct command *command);
void evaluate_by_policy(struct key customer, struct command *command);
/* Ends an import that nobody has gone on with. */
void import_expire_command(struct key import, struct command *command);

#endif
