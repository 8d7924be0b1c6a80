/* Civil dates and zones. The starts of days were computed with another implementation (Python's zoneinfo) by looking at
 * every minute. */
#include "common/civil.h"

#include "tests/unit/unit.h"

static void dates_have_these_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        civil_date date;
    } rows[] = {
        {"1970-01-01", 0},     {"1969-12-31", -1},     {"1970-03-01", 59},      {"2000-02-29", 11016},
        {"2000-03-01", 11017}, {"1900-02-28", -25509}, {"1900-03-01", -25508},  {"2024-02-29", 19782},
        {"2026-11-23", 20780}, {"2100-03-01", 47541},  {"0001-01-01", -719162}, {"9999-12-31", 2932896},
        {"2038-01-19", 24855},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        civil_date date;
        char text[CIVIL_TEXT_BYTES];
        assert_true(civil_parse(rows[i].text, &date));
        assert_int_equal(date, rows[i].date);
        civil_format(date, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void months_are_added(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *to;
    } rows[] = {
        {"2026-11-23", 0, "2026-11-23"},   {"2026-11-23", 1, "2026-12-23"},    {"2026-11-23", 2, "2027-01-23"},
        {"2026-11-23", -11, "2025-12-23"}, {"2026-11-23", -12, "2025-11-23"},  {"2026-01-31", 1, "2026-02-28"},
        {"2028-01-31", 1, "2028-02-29"},   {"2026-03-31", -1, "2026-02-28"},   {"2024-02-29", -12, "2023-02-28"},
        {"2024-02-29", 12, "2025-02-28"},  {"2024-02-29", 48, "2028-02-29"},   {"2100-01-30", 1, "2100-02-28"},
        {"2026-05-31", -1, "2026-04-30"},  {"2026-12-31", 2, "2027-02-28"},    {"2026-12-01", 12, "2027-12-01"},
        {"2026-01-15", -1, "2025-12-15"},  {"2026-01-15", 1200, "2126-01-15"}, {"2026-01-15", -1200, "1926-01-15"},
        {"1969-12-31", 2, "1970-02-28"},   {"0001-01-31", 1, "0001-02-28"},    {"2026-10-31", -300, "2001-10-31"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        civil_date from;
        char text[CIVIL_TEXT_BYTES];
        assert_true(civil_parse(rows[i].from, &from));
        civil_format(civil_add_months(from, rows[i].months), text);
        assert_string_equal(text, rows[i].to);
    }
}

/* The window that ends with a day never starts later than the one that ends with the next day. */
static void months_keep_the_order_of_days(void **state)
{
    (void)state;
    for (civil_date date = civil_from_ymd(1999, 1, 1); date < civil_from_ymd(2005, 1, 1); date++) {
        for (int months = -25; months <= 25; months++) {
            assert_true(civil_add_months(date, months) <= civil_add_months(date + 1, months));
        }
    }
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Counts through the whole calendar by the rule of leap years. */
static void every_day_of_10000_years_follows_the_one_before(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    civil_date date = -719162;
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (month == 2 && is_leap(year));
            for (int day = 1; day <= length; day++, date++) {
                int y, m, d;
                civil_to_ymd(date, &y, &m, &d);
                if (y != year || m != month || d != day || civil_from_ymd(year, month, day) != date) {
                    fail_msg("%d-%d-%d", year, month, day);
                }
            }
        }
    }
    assert_int_equal(date, 2932897);
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "2026-02-29", "2100-02-29",  "1900-02-29",           "2026-13-01", "2026-00-01",
        "2026-04-31", "2026-01-00", "2026-01-32",  "0000-01-01",           "2026-1-01",  "2026-01-1",
        "26-01-01",   "2026/01/01", "2026-01-01 ", " 2026-01-01",          "+026-01-01", "-026-01-01",
        "2026-0a-01", "20260101",   "12026-01-01", "2026-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        civil_date date;
        if (civil_parse(texts[i], &date)) {
            fail_msg("\"%s\" was read", texts[i]);
        }
    }
    civil_date date;
    assert_false(civil_parse(NULL, &date));
}

static void zones_are_told_from_other_names(void **state)
{
    (void)state;
    static const char *const right[] = {
        "UTC",     "Asia/Shanghai", "Europe/Berlin",          "America/New_York",
        "Etc/UTC", "Etc/GMT+12",    "America/Port-au-Prince", "America/Argentina/Buenos_Aires"};
    static const char *const wrong[] = {
        "",
        "Asia",
        "Asia/",
        "/Asia/Shanghai",
        "Asia//Shanghai",
        "Asia/Nowhere",
        "asia/shanghai",
        "../zoneinfo/UTC",
        "Asia/../UTC",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "right/UTC",
        "posix/UTC",
        "zone.tab",
        "tzdata.zi",
        "EST5EDT4,M3",
        "CST-8",
        "UTC0",
        ":UTC",
        "UTC ",
        "Asia/Shanghai\n",
        "A23456789012345678901234567890123456789012345678901234567890123456789",
    };
    for (size_t i = 0; i < COUNT(right); i++) {
        if (!zone_valid(right[i])) {
            fail_msg("%s is a zone", right[i]);
        }
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (zone_valid(wrong[i])) {
            fail_msg("%s is no zone", wrong[i]);
        }
    }
    assert_false(zone_valid(NULL));
}

static void days_start_when_they_should(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *date, *start;
    } rows[] = {
        {"UTC", "2026-11-24", "2026-11-24T00:00:00Z"},
        {"UTC", "1969-12-31", "1969-12-31T00:00:00Z"},
        {"Asia/Shanghai", "2026-11-24", "2026-11-23T16:00:00Z"},
        {"Asia/Shanghai", "1986-05-05", "1986-05-04T15:00:00Z"}, /* summer time of 1986 to 1991 */
        {"Asia/Shanghai", "1991-09-16", "1991-09-15T16:00:00Z"},
        {"Asia/Urumqi", "2026-11-24", "2026-11-23T18:00:00Z"},
        {"Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"},
        {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"},
        {"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
        {"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z"},
        {"America/New_York", "2026-11-02", "2026-11-02T05:00:00Z"},
        {"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"},
        {"Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"},
        {"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"},
        {"Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"},
        {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, /* 00:00 is skipped */
        {"America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"}, /* 23:00 to 24:00 of the day before is twice */
        {"America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"},
        {"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},   /* 00:00 to 01:00 is twice */
        {"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"}, /* at 00:01 the clock goes back to 23:01 */
        {"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
        {"Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"},
        {"Asia/Beirut", "2026-10-25", "2026-10-24T22:00:00Z"},
        {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, /* the whole day is skipped */
        {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
        {"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"},
        {"Etc/GMT+12", "2026-01-01", "2026-01-01T12:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        civil_date date;
        char text[INSTANT_TEXT_BYTES];
        assert_true(civil_parse(rows[i].date, &date));
        instant_format("UTC", zone_day_start_us(rows[i].zone, date), text);
        if (strcmp(text, rows[i].start) != 0) {
            fail_msg("%s %s starts at %s, not %s", rows[i].zone, rows[i].date, rows[i].start, text);
        }
    }
}

/* Each start lies on the border of its date, for every day of 70 years. */
static void starts_and_dates_agree(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo",
                                        "America/St_Johns"};
    for (size_t i = 0; i < COUNT(zones); i++) {
        for (civil_date date = civil_from_ymd(1980, 1, 1); date < civil_from_ymd(2050, 1, 1); date++) {
            int64_t start = zone_day_start_us(zones[i], date);
            if (zone_date_at(zones[i], start) != date || zone_date_at(zones[i], start - 1) != date - 1) {
                fail_msg("%s, day %d", zones[i], date);
            }
        }
    }
}

static void offsets_follow_the_clock_changes(void **state)
{
    (void)state;
    const int64_t berlin_spring = 1774746000LL * US_PER_SECOND; /* 2026-03-29T01:00:00Z */
    assert_int_equal(zone_offset_s("Europe/Berlin", berlin_spring - 1), 3600);
    assert_int_equal(zone_offset_s("Europe/Berlin", berlin_spring), 7200);
    assert_int_equal(zone_offset_s("Asia/Shanghai", berlin_spring), 28800);
    assert_int_equal(zone_offset_s("UTC", berlin_spring), 0);
    assert_int_equal(zone_offset_s("Asia/Kathmandu", berlin_spring), 20700);
    assert_int_equal(zone_offset_s("America/New_York", berlin_spring), -14400);
}

static void instants_are_rfc_3339(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int64_t at_us;
        const char *text;
    } rows[] = {
        {"UTC", 0, "1970-01-01T00:00:00Z"},
        {"UTC", -1, "1969-12-31T23:59:59.999999Z"},
        {"UTC", 1795413900LL * US_PER_SECOND, "2026-11-23T06:05:00Z"},
        {"Asia/Shanghai", 1795413900LL * US_PER_SECOND, "2026-11-23T14:05:00+08:00"},
        {"Asia/Shanghai", 1795413900LL * US_PER_SECOND + 50, "2026-11-23T14:05:00.000050+08:00"},
        {"America/New_York", 1795413900LL * US_PER_SECOND, "2026-11-23T01:05:00-05:00"},
        {"America/St_Johns", 1795413900LL * US_PER_SECOND, "2026-11-23T02:35:00-03:30"},
        {"Etc/UTC", 0, "1970-01-01T00:00:00+00:00"},
        {"Asia/Shanghai", -3000000000LL * US_PER_SECOND, "1874-12-08T02:45:00+08:05"}, /* +08:05:43 in truth */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[INSTANT_TEXT_BYTES];
        int64_t back = 0;
        instant_format(rows[i].zone, rows[i].at_us, text);
        assert_string_equal(text, rows[i].text);
        assert_true(instant_parse(text, &back));
        assert_true(i + 1 == COUNT(rows) || back == rows[i].at_us); /* the last one has lost its seconds */
    }
}

static void what_is_no_instant(void **state)
{
    static const char *const texts[] = {"",
                                        "2026-11-23",
                                        "2026-11-23T14:05",
                                        "2026-11-23T14:05:00",
                                        "2026-11-23 14:05:00Z",
                                        "2026-13-23T14:05:00Z",
                                        "2026-11-23T24:05:00Z",
                                        "2026-11-23T14:60:00Z",
                                        "2026-11-23T14:05:00.5Z",
                                        "2026-11-23T14:05:00.1234567Z",
                                        "2026-11-23T14:05:00+08",
                                        "2026-11-23T14:05:00+08:00 ",
                                        "2026-11-23T14:05:00Zulu",
                                        "?"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t at;
        assert_false(instant_parse(texts[i], &at));
    }
}

static void extreme_instants_do_no_harm(void **state)
{
    (void)state;
    static const int64_t instants[] = {INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < COUNT(instants); i++) {
        char text[INSTANT_TEXT_BYTES];
        instant_format("Asia/Shanghai", instants[i], text);
        assert_true(strlen(text) > 20);
        zone_date_at("Europe/Berlin", instants[i]);
    }
}

/* Answers are kept: asked again, in turn with other zones and after many others, they are the same. */
static void answers_do_not_depend_on_what_was_asked_before(void **state)
{
    (void)state;
    static const char *const zones[] = {"Asia/Shanghai", "America/New_York", "UTC", "Pacific/Apia"};
    enum { DAYS = 400, FIRST = 15200 }; /* Apia left out a day in these */
    static int64_t starts[COUNT(zones)][DAYS];
    for (size_t z = 0; z < COUNT(zones); z++)
        for (int d = 0; d < DAYS; d++)
            starts[z][d] = zone_day_start_us(zones[z], FIRST + d);
    for (int d = 0; d < DAYS; d++)
        for (size_t z = 0; z < COUNT(zones); z++) {
            assert_true(zone_day_start_us(zones[z], FIRST + d) == starts[z][d]);
            int32_t offset = zone_offset_s(zones[z], starts[z][d]);
            assert_true(zone_offset_s(zones[z], starts[z][d]) == offset);
            assert_true(zone_date_at(zones[z], starts[z][d] + 1) >= FIRST + d);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_have_these_numbers),
        cmocka_unit_test(months_are_added),
        cmocka_unit_test(months_keep_the_order_of_days),
        cmocka_unit_test(every_day_of_10000_years_follows_the_one_before),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(zones_are_told_from_other_names),
        cmocka_unit_test(days_start_when_they_should),
        cmocka_unit_test(starts_and_dates_agree),
        cmocka_unit_test(offsets_follow_the_clock_changes),
        cmocka_unit_test(instants_are_rfc_3339),
        cmocka_unit_test(what_is_no_instant),
        cmocka_unit_test(answers_do_not_depend_on_what_was_asked_before),
        cmocka_unit_test(extreme_instants_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
