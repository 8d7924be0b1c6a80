/* Amounts of money, their text, and the currencies. */
#include "common/money.h"

#include "tests/unit/unit.h"

static void currencies_have_their_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int decimals;
    } rows[] = {
        {"AED", 2},  {"CNY", 2}, {"EUR", 2},   {"USD", 2},  {"GBP", 2},   {"JPY", 0},  {"KRW", 0},
        {"VND", 0},  {"CLP", 0}, {"ISK", 0},   {"XOF", 0},  {"BHD", 3},   {"KWD", 3},  {"TND", 3},
        {"CLF", 4},  {"UYW", 4}, {"MRU", 2},   {"MGA", 2},  {"HRK", 2},   {"SLE", 2},  {"XCG", 2},
        {"ZWG", 2},  {"ZWL", 2}, {"XAU", -1},  {"XXX", -1}, {"XTS", -1},  {"ABC", -1}, {"", -1},
        {"cny", -1}, {"CN", -1}, {"CNYY", -1}, {"RMB", -1}, {"CNY ", -1}, {NULL, -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (money_exponent(rows[i].code) != rows[i].decimals) {
            fail_msg("%s: %d", rows[i].code, money_exponent(rows[i].code));
        }
    }
}

/* The look-up needs the table sorted. */
static void every_currency_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int decimals;
    } rows[] = {
#define CURRENCY(code, decimals) {#code, decimals},
#include "common/currency.def"
#undef CURRENCY
    };
    assert_true(COUNT(rows) > 150);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(strlen(rows[i].code), 3);
        assert_int_equal(money_exponent(rows[i].code), rows[i].decimals);
        assert_true(rows[i].decimals >= 0 && rows[i].decimals <= MONEY_DECIMALS_MAX);
        assert_true(i == 0 || strcmp(rows[i - 1].code, rows[i].code) < 0);
    }
}

#define N MONEY_NOT_A_NUMBER
#define D MONEY_TOO_MANY_DECIMALS
#define L MONEY_TOO_LARGE

static void texts_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int decimals;
        enum money_result result;
        int64_t minor;
    } rows[] = {
        {"1234.50", 2, MONEY_OK, 123450},
        {"1234.5", 2, MONEY_OK, 123450},
        {"1234", 2, MONEY_OK, 123400},
        {"0.01", 2, MONEY_OK, 1},
        {"0", 2, MONEY_OK, 0},
        {"-0.00", 2, MONEY_OK, 0},
        {"0007.10", 2, MONEY_OK, 710},
        {"-1234.50", 2, MONEY_OK, -123450},
        {"+1234.50", 2, MONEY_OK, 123450},
        {"1234.50000", 2, MONEY_OK, 123450},
        {"1234.00", 0, MONEY_OK, 1234},
        {"1234", 0, MONEY_OK, 1234},
        {"7.12345678", 8, MONEY_OK, 712345678},
        {"10000000000000", 2, MONEY_OK, MONEY_MINOR_MAX},
        {"-10000000000000.00", 2, MONEY_OK, -MONEY_MINOR_MAX},
        {"00000000000000000000000000000000000001", 2, MONEY_OK, 100},
        {"10000000000000.01", 2, L, 0},
        {"1000000000000000", 0, MONEY_OK, MONEY_MINOR_MAX},
        {"1000000000000001", 0, L, 0},
        {"9223372036854775808", 0, L, 0},
        {"99999999999999999999999999999999999999999999", 2, L, 0},
        {"99999999999999999999999999999999999999999999.", 2, N, 0},
        {"99999999999999999999999999999999999999999999x", 2, N, 0},
        {"1234.505", 2, D, 0},
        {"1234.5", 0, D, 0},
        {"0.000000001", 8, D, 0},
        {"0.001x", 2, N, 0},
        {"", 2, N, 0},
        {"-", 2, N, 0},
        {".", 2, N, 0},
        {".5", 2, N, 0},
        {"5.", 2, N, 0},
        {"-.5", 2, N, 0},
        {"--5", 2, N, 0},
        {"+-5", 2, N, 0},
        {" 5", 2, N, 0},
        {"5 ", 2, N, 0},
        {"1,234.50", 2, N, 0},
        {"1.234,50", 2, N, 0},
        {"1.2.3", 2, N, 0},
        {"1e3", 2, N, 0},
        {"0x10", 2, N, 0},
        {"١", 2, N, 0},
        {"１２", 2, N, 0},
        {"CNY 5", 2, N, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t minor = 0;
        enum money_result result = money_parse(rows[i].text, rows[i].decimals, &minor);
        if (result != rows[i].result || minor != rows[i].minor) {
            fail_msg("\"%s\": %d, %lld", rows[i].text, (int)result, (long long)minor);
        }
    }
}

static void amounts_are_printed(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        int decimals;
        const char *text;
    } rows[] = {
        {0, 2, "0.00"},
        {1, 2, "0.01"},
        {-1, 2, "-0.01"},
        {123450, 2, "1234.50"},
        {-123450, 2, "-1234.50"},
        {1234, 0, "1234"},
        {-1234, 0, "-1234"},
        {12345, 3, "12.345"},
        {710000000, 8, "7.10000000"},
        {MONEY_MINOR_MAX, 2, "10000000000000.00"},
        {INT64_MAX, 2, "92233720368547758.07"},
        {INT64_MIN, 2, "-92233720368547758.08"},
        {INT64_MIN, 0, "-9223372036854775808"},
        {INT64_MIN, 8, "-92233720368.54775808"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[MONEY_TEXT_BYTES];
        money_format(rows[i].minor, rows[i].decimals, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void zeros_at_the_end_are_left_out(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        int decimals;
        const char *text;
    } rows[] = {
        {0, 4, "0"},         {825000, 4, "82.5"}, {825001, 4, "82.5001"}, {1000000, 4, "100"},
        {-12000, 4, "-1.2"}, {10, 0, "10"},       {5, 4, "0.0005"},       {INT64_MIN, 2, "-92233720368547758.08"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[MONEY_TEXT_BYTES];
        money_format_short(rows[i].minor, rows[i].decimals, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void what_is_printed_is_read_again(void **state)
{
    (void)state;
    for (int decimals = 0; decimals <= MONEY_DECIMALS_MAX; decimals++) {
        for (int64_t minor = 1; minor <= MONEY_MINOR_MAX; minor = minor * 3 + 7) {
            char text[MONEY_TEXT_BYTES];
            int64_t again = 0;
            money_format(-minor, decimals, text);
            assert_int_equal(money_parse(text, decimals, &again), MONEY_OK);
            assert_true(again == -minor);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_have_their_decimals), cmocka_unit_test(every_currency_is_found),
        cmocka_unit_test(texts_are_read_exactly),         cmocka_unit_test(amounts_are_printed),
        cmocka_unit_test(zeros_at_the_end_are_left_out),  cmocka_unit_test(what_is_printed_is_read_again),
    };
    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
