/* Civil dates as files write them, by formats such as "YYYY-MM-DD", "M/D/YYYY", "YYYY年M月D日", "YYYYMMDD". */
#ifndef CREDITD_CLIENT_DATES_H
#define CREDITD_CLIENT_DATES_H

#include "common/civil.h"

#define DATES_FORMATS_MAX 8

enum date_result {
    DATE_OK,
    DATE_NO_FORMAT, /* no format fits, or it is no date of the calendar */
    DATE_AMBIGUOUS  /* formats fit that give different dates */
};

/* What is wrong with a format (English, static), or NULL. YYYY is the year, MM and DD are two digits, M and D one or
 * two; a star at the end stands for a time of day, which is passed over; all other characters stand for themselves. */
const char *date_format_fault(const char *format);
/* Reads a whole text, after full-width digits were made plain and blanks around it taken away. The formats are without
 * fault, and in the plain form of unicode_plain(). */
enum date_result date_read(const char *text, const char *const *formats, int count, civil_date *out);

#endif
