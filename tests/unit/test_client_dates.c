/* Dates by their formats. */
#include "client/dates.h"
#include "tests/unit/unit.h"

struct row {
    const char *text, *formats[3];
    const char *date; /* NULL: none */
};

static const struct row rows[] = {
    {"2013-01-02", {"YYYY-MM-DD"}, "2013-01-02"},
    {"1/2/2013", {"M/D/YYYY"}, "2013-01-02"},
    {"11/12/2013", {"M/D/YYYY"}, "2013-11-12"},
    {"01/02/2013", {"M/D/YYYY"}, "2013-01-02"},
    {"2.1.2013", {"D.M.YYYY"}, "2013-01-02"},
    {"2013年1月2日", {"YYYY年M月D日"}, "2013-01-02"},
    {"２０１３年１月２日", {"YYYY年M月D日"}, "2013-01-02"},
    {"20130102", {"YYYYMMDD"}, "2013-01-02"},
    {"２０１３－０１－０２", {"YYYY-MM-DD"}, "2013-01-02"},
    {"\xe3\x80\x80"
     "2013-01-02 ",
     {"YYYY-MM-DD"},
     "2013-01-02"},
    {"2012-02-29", {"YYYY-MM-DD"}, "2012-02-29"},
    {"2013/1/2 0:00:00", {"YYYY/M/D*"}, "2013-01-02"},
    {"2013-01-02T10:11:12Z", {"YYYY-MM-DD*"}, "2013-01-02"},
    {"2013-01-02", {"YYYY-MM-DD*"}, "2013-01-02"},
    {"20130102", {"YYYY-MM-DD", "YYYYMMDD"}, "2013-01-02"},
    {"1/1/2013", {"M/D/YYYY", "D/M/YYYY"}, "2013-01-01"},
    {"1/31/2013", {"D/M/YYYY", "M/D/YYYY"}, "2013-01-31"},
    {"", {"YYYY-MM-DD"}, NULL},
    {"2013-1-2", {"YYYY-MM-DD"}, NULL},
    {"2013-02-29", {"YYYY-MM-DD"}, NULL},
    {"2013-13-01", {"YYYY-MM-DD"}, NULL},
    {"0000-01-01", {"YYYY-MM-DD"}, NULL},
    {"13-01-02", {"YYYY-MM-DD"}, NULL},
    {"2013-01-02x", {"YYYY-MM-DD"}, NULL},
    {"2013-01-023", {"YYYY-MM-DD*"}, NULL},
    {"2013-01", {"YYYY-MM-DD"}, NULL},
    {"001/2/2013", {"M/D/YYYY"}, NULL},
    {"1/2/13", {"M/D/YYYY"}, NULL},
    {"-1/2/2013", {"M/D/YYYY"}, NULL},
    {"2013-01-\xff", {"YYYY-MM-DD"}, NULL},
};

static void dates_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int count = 0;
        civil_date date = 0;
        char text[CIVIL_TEXT_BYTES];
        while (count < 3 && rows[i].formats[count] != NULL)
            assert_null(date_format_fault(rows[i].formats[count++]));
        if (date_read(rows[i].text, rows[i].formats, count, &date) != (rows[i].date == NULL ? DATE_NO_FORMAT : DATE_OK))
            fail_msg("row %zu: %s", i, rows[i].text);
        if (rows[i].date == NULL)
            continue;
        civil_format(date, text);
        assert_string_equal(text, rows[i].date);
    }
}

static void two_formats_that_differ_are_told(void **state)
{
    const char *const formats[] = {"M/D/YYYY", "D/M/YYYY"};
    civil_date date;

    (void)state;
    assert_int_equal(date_read("1/2/2013", formats, 2, &date), DATE_AMBIGUOUS);
}

static void formats_with_a_fault(void **state)
{
    static const char *const faulty[] = {
        "",       "YYYY-MM",      "YY-MM-DD",      "yyyy-mm-dd",  "YYYY-MMM-DD", "YYYY-MM-DDD",     "YYYYMD",
        "MYYYYD", "YYYY-MM-DD-D", "YYYY-MM-DD hh", "*YYYY-MM-DD", "YYYY*-MM-DD", "YYYY-MM-DD 0:00", "M/D/YYYYY"};

    (void)state;
    for (size_t i = 0; i < COUNT(faulty); i++)
        if (date_format_fault(faulty[i]) == NULL)
            fail_msg("%s", faulty[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(two_formats_that_differ_are_told),
        cmocka_unit_test(formats_with_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
