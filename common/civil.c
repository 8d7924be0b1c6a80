/* Civil dates and time zones.
 *
 * Zones go through the C library (TZ, tzset, localtime_r) rather than a reader of tz files of our own: the format has
 * grown versions, footers and leap second variants, the library is kept right by the distribution together with the
 * data, and this program has one thread and no other use of TZ. The last zone stays set, because most calls in a row
 * ask for the same one and a change reads the file again. Deadlines ask for the same days and instants in several zones
 * in turn, so the latest answers are kept; a newer tz database is in use after a restart. Whatever else prints a time
 * must use gmtime_r(). */
#include "common/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/check.h"

#define ZONE_DIRECTORY  "/usr/share/zoneinfo/"
#define ZONE_NAME_MAX   63
#define SECONDS_PER_DAY 86400LL
/* No offset was ever 18 hours from UTC. */
#define OFFSET_BOUND_S (18 * 3600LL)
/* Days whose microseconds fit in 64 bits. */
#define DAYS_BOUND   100000000
#define ANSWERS_KEPT 256

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Eras of 400 years of 146,097 days; years begin on 1 March, so that the leap day is the last of its year. */
civil_date civil_from_ymd(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (civil_date)(era * 146097 + day_of_era - 719468);
}

void civil_to_ymd(civil_date date, int *year, int *month, int *day)
{
    int64_t days = (int64_t)date + 719468;
    int64_t era = floor_div(days, 146097);
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static bool read_number(const char *text, int digits, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

bool civil_parse(const char *text, civil_date *out)
{
    int year, month, day;
    if (text == NULL || strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !read_number(text, 4, &year) ||
        !read_number(text + 5, 2, &month) || !read_number(text + 8, 2, &day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    civil_date date = civil_from_ymd(year, month, day);
    int same_year, same_month, same_day;
    civil_to_ymd(date, &same_year, &same_month, &same_day);
    if (same_month != month || same_day != day) {
        return false;
    }
    *out = date;
    return true;
}

void civil_format(civil_date date, char out[CIVIL_TEXT_BYTES])
{
    int year, month, day;
    civil_to_ymd(date, &year, &month, &day);
    int length = snprintf(out, CIVIL_TEXT_BYTES, "%04d-%02d-%02d", year, month, day);
    CHECK(length > 0 && length < CIVIL_TEXT_BYTES);
}

civil_date civil_add_months(civil_date date, int months)
{
    int year, month, day;
    civil_to_ymd(date, &year, &month, &day);
    int64_t count = (int64_t)year * 12 + (month - 1) + months;
    int64_t new_year = floor_div(count, 12);
    CHECK(new_year > -DAYS_BOUND / 366 && new_year < DAYS_BOUND / 366);
    int new_month = (int)(count - new_year * 12) + 1;
    bool december = new_month == 12;
    civil_date first = civil_from_ymd((int)new_year, new_month, 1);
    civil_date next = civil_from_ymd((int)new_year + december, december ? 1 : new_month + 1, 1);
    return first + day - 1 < next ? first + day - 1 : next - 1;
}

/* Area/Location: starts with a capital, which keeps out "right/", "posix/" and "localtime"; without dots there is no
 * way out of the directory and no file that is no zone. */
static bool zone_name_fits(const char *zone)
{
    size_t length = strnlen(zone, ZONE_NAME_MAX + 1);
    if (length == 0 || length > ZONE_NAME_MAX || zone[0] < 'A' || zone[0] > 'Z') {
        return false;
    }
    return strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == length &&
           strstr(zone, "//") == NULL && zone[length - 1] != '/';
}

bool zone_valid(const char *zone)
{
    if (zone == NULL || !zone_name_fits(zone)) {
        return false;
    }
    if (strcmp(zone, "UTC") == 0) {
        return true; /* also on a machine without the tz database */
    }
    char path[sizeof ZONE_DIRECTORY + ZONE_NAME_MAX], magic[4];
    snprintf(path, sizeof path, "%s%s", ZONE_DIRECTORY, zone);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool is_zone = fread(magic, 1, sizeof magic, file) == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
    fclose(file);
    return is_zone;
}

static void zone_set(const char *zone)
{
    static char current[ZONE_NAME_MAX + 1];
    if (strcmp(zone, current) == 0) {
        return;
    }
    /* A name that the library does not know would silently be UTC. */
    CHECK(zone_valid(zone));
    char value[sizeof ZONE_DIRECTORY + ZONE_NAME_MAX + 1];
    if (strcmp(zone, "UTC") == 0) {
        snprintf(value, sizeof value, "UTC0");
    } else {
        snprintf(value, sizeof value, ":%s%s", ZONE_DIRECTORY, zone);
    }
    CHECK(setenv("TZ", value, 1) == 0);
    tzset();
    snprintf(current, sizeof current, "%s", zone);
}

/* An answer that is kept: what was asked of a zone, and the answer. */
struct answer {
    char zone[ZONE_NAME_MAX + 1]; /* "": nothing is kept here */
    int64_t asked, value;
};

/* The place of a question among the answers: it is there or nowhere. */
static struct answer *place_of(struct answer answers[ANSWERS_KEPT], const char *zone, int64_t asked)
{
    uint64_t hash = (uint64_t)asked;
    for (const char *c = zone; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
    }
    return &answers[(hash ^ hash >> 32) % ANSWERS_KEPT];
}

static bool is_kept(const struct answer *answer, const char *zone, int64_t asked)
{
    return answer->asked == asked && zone[0] != '\0' && strcmp(answer->zone, zone) == 0;
}

/* The zone's name is known to fit, since an answer was found for it. */
static int64_t keep(struct answer *answer, const char *zone, int64_t asked, int64_t value)
{
    answer->asked = asked;
    answer->value = value;
    snprintf(answer->zone, sizeof answer->zone, "%s", zone);
    return value;
}

static int64_t offset_at(int64_t at_s)
{
    time_t at = at_s;
    struct tm parts;
    CHECK(localtime_r(&at, &parts) != NULL);
    return parts.tm_gmtoff;
}

int32_t zone_offset_s(const char *zone, int64_t at_us)
{
    static struct answer offsets[ANSWERS_KEPT];
    int64_t at_s = floor_div(at_us, US_PER_SECOND);
    struct answer *answer = place_of(offsets, zone, at_s);
    if (is_kept(answer, zone, at_s)) {
        return (int32_t)answer->value;
    }
    zone_set(zone);
    return (int32_t)keep(answer, zone, at_s, offset_at(at_s));
}

civil_date zone_date_at(const char *zone, int64_t at_us)
{
    int64_t at_s = floor_div(at_us, US_PER_SECOND);
    return (civil_date)floor_div(at_s + zone_offset_s(zone, at_us), SECONDS_PER_DAY);
}

/* The instant in (before, after] from which on the offset is not that of `before`. */
static int64_t find_change(int64_t before, int64_t after)
{
    int64_t offset = offset_at(before);
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (offset_at(middle) == offset) {
            before = middle;
        } else {
            after = middle;
        }
    }
    return after;
}

static int64_t day_start_s(civil_date date)
{
    int64_t midnight = date * SECONDS_PER_DAY;
    int64_t offset_before = offset_at(midnight - OFFSET_BOUND_S);
    int64_t offset_after = offset_at(midnight + OFFSET_BOUND_S);
    int64_t start = midnight - offset_before;
    if (offset_before != offset_after && offset_at(start) != offset_before) {
        /* The clock was changed at or before what would have been midnight. */
        int64_t start_after = midnight - offset_after;
        bool skipped = offset_at(start_after) != offset_after;
        start = skipped ? find_change(start_after, start) : start_after;
    }
    return start;
}

int64_t zone_day_start_us(const char *zone, civil_date date)
{
    static struct answer starts[ANSWERS_KEPT];
    struct answer *answer = place_of(starts, zone, date);
    CHECK(date > -DAYS_BOUND && date < DAYS_BOUND);
    if (is_kept(answer, zone, date)) {
        return answer->value * US_PER_SECOND;
    }
    zone_set(zone);
    return keep(answer, zone, date, day_start_s(date)) * US_PER_SECOND;
}

void instant_format(const char *zone, int64_t at_us, char out[INSTANT_TEXT_BYTES])
{
    /* RFC 3339 has no seconds in offsets; local mean times before about 1900 lose theirs. */
    int32_t offset = zone_offset_s(zone, at_us) / 60 * 60;
    int64_t at_s = floor_div(at_us, US_PER_SECOND);
    int64_t days = floor_div(at_s + offset, SECONDS_PER_DAY);
    int second = (int)(at_s + offset - days * SECONDS_PER_DAY);
    int micros = (int)((at_us % US_PER_SECOND + US_PER_SECOND) % US_PER_SECOND);
    char date[CIVIL_TEXT_BYTES], fraction[8] = "", suffix[8] = "Z";
    civil_format((civil_date)days, date);
    if (micros != 0) {
        snprintf(fraction, sizeof fraction, ".%06d", micros);
    }
    if (strcmp(zone, "UTC") != 0) {
        unsigned minutes = (unsigned)abs(offset) / 60;
        snprintf(suffix, sizeof suffix, "%c%02u:%02u", offset < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
    }
    int length = snprintf(out, INSTANT_TEXT_BYTES, "%sT%02d:%02d:%02d%s%s", date, second / 3600, second / 60 % 60,
                          second % 60, fraction, suffix);
    CHECK(length > 0 && length < INSTANT_TEXT_BYTES);
}

/* Two digits up to `most`, behind `before`; -1: none. */
static int two_digits(const char *at, char before, int most)
{
    int number;

    if (at[0] != before || at[1] < '0' || at[1] > '9' || at[2] < '0' || at[2] > '9')
        return -1;
    number = (at[1] - '0') * 10 + at[2] - '0';
    return number <= most ? number : -1;
}

/* "Z", "+08:00"; false: none. */
static bool read_offset(const char *at, int64_t *out_s)
{
    int hours, minutes;

    *out_s = 0;
    if (strcmp(at, "Z") == 0)
        return true;
    hours = at[0] == '+' || at[0] == '-' ? two_digits(at, at[0], 99) : -1;
    minutes = hours < 0 ? -1 : two_digits(at + 3, ':', 59);
    if (minutes < 0 || at[6] != '\0')
        return false;
    *out_s = (at[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

bool instant_parse(const char *text, int64_t *out)
{
    char day[] = "YYYY-MM-DD";
    const char *at = text + sizeof day - 1;
    civil_date date;
    int64_t micros = 0, offset;
    int hours, minutes, seconds;

    if (strnlen(text, sizeof day - 1) < sizeof day - 1)
        return false;
    memcpy(day, text, sizeof day - 1);
    if (!civil_parse(day, &date) || (hours = two_digits(at, 'T', 23)) < 0 ||
        (minutes = two_digits(at + 3, ':', 59)) < 0 || (seconds = two_digits(at + 6, ':', 59)) < 0)
        return false;
    at += 9;
    if (*at == '.') {
        if (strspn(at + 1, "0123456789") != 6)
            return false;
        micros = strtol(at + 1, NULL, 10);
        at += 7;
    }
    if (!read_offset(at, &offset))
        return false;
    *out = (date * (int64_t)SECONDS_PER_DAY + hours * 3600 + minutes * 60 + seconds - offset) * US_PER_SECOND + micros;
    return true;
}
