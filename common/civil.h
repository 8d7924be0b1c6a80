/* Civil dates and time zones. Instants are microseconds since 1970-01-01T00:00:00Z; a civil date is the number of days
 * since 1970-01-01 (proleptic Gregorian). Zones come from the system's tz database through the C library, so a zone
 * name must be known there. The functions with a zone set the TZ of the process: whatever else prints a time must use
 * gmtime_r(). */
#ifndef CREDITD_COMMON_CIVIL_H
#define CREDITD_COMMON_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int32_t civil_date;

#define US_PER_SECOND      1000000LL
#define US_PER_DAY         (86400LL * US_PER_SECOND)
#define CIVIL_TEXT_BYTES   16
#define INSTANT_TEXT_BYTES 40

civil_date civil_from_ymd(int year, int month, int day);
void civil_to_ymd(civil_date date, int *year, int *month, int *day);
/* "2026-11-23"; refuses what is no date of the calendar, 0001-01-01 to 9999-12-31. */
bool civil_parse(const char *text, civil_date *out);
void civil_format(civil_date date, char out[CIVIL_TEXT_BYTES]);
/* The same day of the month so many months later (earlier, when negative), or the last one of a shorter month: one
 * month after 31 January is 28 or 29 February. */
civil_date civil_add_months(civil_date date, int months);

/* Is this the name of a zone of the tz database ("Asia/Shanghai", "UTC")? */
bool zone_valid(const char *zone);
/* The civil date in a zone at an instant. The zone must be valid. */
civil_date zone_date_at(const char *zone, int64_t at_us);
/* The first instant of a civil date in a zone: 00:00, or the first instant that exists when a clock change skips it. */
int64_t zone_day_start_us(const char *zone, civil_date date);
/* Offset of a zone from UTC in seconds at an instant. */
int32_t zone_offset_s(const char *zone, int64_t at_us);
/* RFC 3339 with the zone's offset: "2026-11-23T14:05:00+08:00" ("Z" for UTC); microseconds only when not zero. */
void instant_format(const char *zone, int64_t at_us, char out[INSTANT_TEXT_BYTES]);
/* Reads what instant_format() writes. False: the text is no instant. */
bool instant_parse(const char *text, int64_t *out);

#endif
