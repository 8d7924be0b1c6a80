/* Reasons: why a request was not done. One table for server, client and docs (reasons.def). */
#ifndef CREDITD_COMMON_REASONS_H
#define CREDITD_COMMON_REASONS_H

#include <stdbool.h>

enum reason {
    REASON_NONE = 0,
#define REASON(number, name, exit_code, retryable, text) REASON_##name = (number),
#include "common/reasons.def"
#undef REASON
};

/* "STALE_VERSION"; "NONE" for REASON_NONE; NULL for a number that is not in the table. */
const char *reason_name(enum reason reason);
/* English text with {argument} places, or NULL. */
const char *reason_text(enum reason reason);
/* Exit code of creditctl for this reason (README, exit codes); 1 when unknown. */
int reason_exit_code(enum reason reason);
/* May the same bytes succeed later? */
bool reason_retryable(enum reason reason);
/* The reason of that name, or REASON_NONE. */
enum reason reason_from_name(const char *name);
/* The nth reason of the table for walking it (0, 1, ...); REASON_NONE past the end. */
enum reason reason_at(unsigned n);

#endif
