/* Fields that all lists have: limit, cursor, unit filters, days. One that gives a bool gives false when it refused the
 * call. */
#ifndef CREDITD_OPERATIONS_PAGE_H
#define CREDITD_OPERATIONS_PAGE_H

#include "server/operations/call.h"

bool page_limit(struct call *call, bool has, uint32_t given, unsigned *out);
bool page_after(struct call *call, char letter, const char *given, struct key *out);
/* The cursor of a list in the order of instants, "1719822600000000/A-07-1024", and its reading. */
char *page_due_text(struct call *call, char letter, int64_t due, struct key key);
bool page_after_due(struct call *call, char letter, const char *given, int64_t *due, struct key *out);
/* A unit named as a filter, within the caller's subtree; *out holds the scope's bound and may only be narrowed. */
bool page_unit(struct call *call, const char *field, const char *code, enum unit_level level, int32_t *out);
/* Until the end of the day so many days from today, each unit's in its zone; in the call's arena. */
struct due_until page_days(struct call *call, int64_t now, int days);
/* The same of one unit. */
int64_t page_until(const struct due_until *until, int32_t unit_id);

#endif
