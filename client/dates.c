/* Dates and their formats. */
#include "client/dates.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "client/unicode.h"

/* Length of the run of one letter at `at`. */
static size_t run(const char *at)
{
    size_t n = 1;

    while (at[n] == at[0])
        n++;
    return n;
}

const char *date_format_fault(const char *format)
{
    int years = 0, months = 0, days = 0;

    for (const char *at = format; *at != '\0';) {
        size_t length = *at == 'Y' || *at == 'M' || *at == 'D' ? run(at) : 1;
        bool letter = length > 1 || *at == 'Y' || *at == 'M' || *at == 'D';
        if (!letter && (isalnum((unsigned char)*at) || (*at == '*' && at[1] != '\0')))
            return N_("only YYYY, MM, M, DD, D, separators and a star at the end may stand there");
        if ((*at == 'Y' && length != 4) || (*at != 'Y' && length > 2))
            return N_("the year is YYYY, the month MM or M, the day DD or D");
        if (letter && *at != 'Y' && length == 1 && (at[1] == 'Y' || at[1] == 'M' || at[1] == 'D'))
            return N_("a separator must follow M and D; without one they are MM and DD");
        years += *at == 'Y';
        months += *at == 'M';
        days += *at == 'D';
        at += length;
    }
    return years == 1 && months == 1 && days == 1 ? NULL : N_("YYYY, MM or M, and DD or D must stand there once each");
}

/* A number of `least` to `most` digits; false: it is none. */
static bool take_number(const char **at, size_t least, size_t most, int *out)
{
    size_t digits = strspn(*at, "0123456789");

    if (digits > most)
        digits = most;
    if (digits < least)
        return false;
    *out = 0;
    for (size_t i = 0; i < digits; i++)
        *out = *out * 10 + (*(*at)++ - '0');
    return true;
}

/* What a star stands for does not go on with the number before it. */
static bool is_time_of_day(const char *at)
{
    return *at == '\0' || !isdigit((unsigned char)*at);
}

static bool fits(const char *text, const char *format, civil_date *out)
{
    int year = 0, month = 0, day = 0;
    char plain[CIVIL_TEXT_BYTES];

    while (*format != '\0' && *format != '*') {
        size_t length = run(format);
        if (*format == 'Y' || *format == 'M' || *format == 'D') {
            int *number = *format == 'Y' ? &year : *format == 'M' ? &month : &day;
            if (!take_number(&text, length, length == 1 ? 2 : length, number))
                return false;
            format += length;
        } else if (*text++ != *format++) {
            return false;
        }
    }
    if (*format == '*' ? !is_time_of_day(text) : *text != '\0')
        return false;
    snprintf(plain, sizeof plain, "%04d-%02d-%02d", year, month, day);
    return civil_parse(plain, out);
}

enum date_result date_read(const char *text, const char *const *formats, int count, civil_date *out)
{
    char *plain = unicode_plain(text);
    enum date_result result = DATE_NO_FORMAT;

    for (int i = 0; i < count && result != DATE_AMBIGUOUS; i++) {
        civil_date date;
        if (!fits(plain, formats[i], &date))
            continue;
        if (result == DATE_OK && date != *out)
            result = DATE_AMBIGUOUS;
        else
            result = DATE_OK;
        if (result == DATE_OK)
            *out = date;
    }
    free(plain);
    return result;
}
