/* What the event of a new standing tells of measures. */
#ifndef CREDITD_COMMIT_MEASURES_PAYLOAD_H
#define CREDITD_COMMIT_MEASURES_PAYLOAD_H

#include "server/commit/command.h"
#include "server/commit/payload.h"

/* Sets `measures`, those that the new standing of `after` opens, and `measures_withdrawn`, those that had been applied
 * for the one of `before` (NULL: there was none); neither when there are none. */
void payload_measures(json_t *object, const struct situation *s, const struct customer *before,
                      const struct customer *after);

#endif
