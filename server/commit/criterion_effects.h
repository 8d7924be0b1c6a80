/* The note that the end of a criterion has passed (rules/evaluation.h), by itself or before what takes the criterion
 * away. */
#ifndef CREDITD_COMMIT_CRITERION_EFFECTS_H
#define CREDITD_COMMIT_CRITERION_EFFECTS_H

#include "server/commit/command.h"

/* Notes it in the customer's row, with an event of the system. False: it is not so, or was noted before. */
bool criterion_note_missed(const struct situation *s, struct customer *customer, struct arena *arena,
                           struct effects *effects);

#endif
