/* Working days: Monday to Friday, but for holidays and make-up days that a unit, or one above it, has in its calendar.
 * The nearest unit with an entry for a date decides. Source: the regulation's paragraph on the counting of days
 * (RULES.md). */
#ifndef CREDITD_RULES_CALENDAR_H
#define CREDITD_RULES_CALENDAR_H

#include "common/civil.h"
#include "server/rules/organisation.h"

/* The entry that decides for a date: of the unit, or of the nearest one above it that has one; NULL: none. */
const struct calendar_day *calendar_entry(const struct organisation *org, const struct unit *unit, civil_date date);
bool calendar_working(const struct organisation *org, const struct unit *unit, civil_date date);
/* The last day of a period of `days` whose start day does not count. `counting` 0 is natural days. */
civil_date calendar_last_day(const struct organisation *org, const struct unit *unit, enum counting counting,
                             civil_date start, int days);
/* The day that lies `days` before the last one of a period: so many working days before it, or natural days and then
 * back to a working day, as periods are counted. */
civil_date calendar_before(const struct organisation *org, const struct unit *unit, enum counting counting,
                           civil_date last, int days);

#endif
