/* Counting of working days. */
#include "server/rules/calendar.h"

#include "common/check.h"

/* The entry of a unit for a date, or NULL. Entries are sorted by unit and date. */
static const struct calendar_day *find_day(const struct organisation *org, int32_t unit_id, civil_date date)
{
    size_t from = 0, to = org->calendar_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct calendar_day *day = &org->calendar[middle];
        if (day->unit_id == unit_id && day->date == date) {
            return day;
        }
        if (day->unit_id < unit_id || (day->unit_id == unit_id && day->date < date)) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return NULL;
}

/* 1 January 1970 was a Thursday. */
static bool on_weekday(civil_date date)
{
    int day = (date % 7 + 7 + 3) % 7; /* 0: Monday */
    return day < 5;
}

const struct calendar_day *calendar_entry(const struct organisation *org, const struct unit *unit, civil_date date)
{
    const struct calendar_day *day = NULL;
    for (const struct unit *at = unit; at != NULL && day == NULL;
         at = at->parent_id == 0 ? NULL : unit_by_id(org, at->parent_id)) {
        day = find_day(org, at->id, date);
    }
    return day;
}

bool calendar_working(const struct organisation *org, const struct unit *unit, civil_date date)
{
    const struct calendar_day *day = calendar_entry(org, unit, date);
    return day == NULL ? on_weekday(date) : day->working;
}

/* A calendar of nothing but holidays does not keep anybody for ever. */
#define SEARCH_MAX 366

/* The first working day from a date on, in steps of 1 or -1. */
static civil_date next_working(const struct organisation *org, const struct unit *unit, civil_date date, int step)
{
    for (int i = 0; i < SEARCH_MAX && !calendar_working(org, unit, date); i++) {
        date += step;
    }
    return date;
}

static civil_date count_working(const struct organisation *org, const struct unit *unit, civil_date date, int days,
                                int step)
{
    for (int i = 0; i < days; i++) {
        date = next_working(org, unit, date + step, step);
    }
    return date;
}

civil_date calendar_last_day(const struct organisation *org, const struct unit *unit, enum counting counting,
                             civil_date start, int days)
{
    CHECK(days >= 0);
    switch (counting) {
    case COUNTING_MOVED:
        return days == 0 ? start : next_working(org, unit, start + days, 1);
    case COUNTING_WORKING:
        return count_working(org, unit, start, days, 1);
    case COUNTING_NATURAL:
        break;
    }
    return start + days;
}

civil_date calendar_before(const struct organisation *org, const struct unit *unit, enum counting counting,
                           civil_date last, int days)
{
    CHECK(days >= 0);
    switch (counting) {
    case COUNTING_MOVED:
        return days == 0 ? last : next_working(org, unit, last - days, -1);
    case COUNTING_WORKING:
        return count_working(org, unit, last, days, -1);
    case COUNTING_NATURAL:
        break;
    }
    return last - days;
}
