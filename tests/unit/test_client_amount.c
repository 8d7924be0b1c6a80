/* Amounts as people write them: each text of the table is exactly that many minor units, or what is wrong with it. */
#include "client/amount.h"
#include "tests/unit/unit.h"

struct row {
    const char *text, *currency;
    int64_t minor;
    enum amount_result result;
};

static const struct row rows[] = {
    {"55.94", "USD", 5594, AMOUNT_OK},
    {"0", "CNY", 0, AMOUNT_OK},
    {"007", "CNY", 700, AMOUNT_OK},
    {"1,234.50", "CNY", 123450, AMOUNT_OK},
    {"1,234,567", "CNY", 123456700, AMOUNT_OK},
    {"12,345,678.9", "CNY", 1234567890, AMOUNT_OK},
    {"１２３．５０", "CNY", 12350, AMOUNT_OK},
    {"１，２３４", "CNY", 123400, AMOUNT_OK},
    {"120万", "CNY", 120000000, AMOUNT_OK},
    {"1.2亿", "CNY", 12000000000, AMOUNT_OK},
    {"0.00001万", "CNY", 10, AMOUNT_OK},
    {"１．２５萬元", "CNY", 1250000, AMOUNT_OK},
    {"3億円", "JPY", 300000000, AMOUNT_OK},
    {"¥55.94", "CNY", 5594, AMOUNT_OK},
    {"￥ 55.94", "CNY", 5594, AMOUNT_OK},
    {"¥5594", "JPY", 5594, AMOUNT_OK},
    {"CNY 1,000", "CNY", 100000, AMOUNT_OK},
    {"cny1000", "CNY", 100000, AMOUNT_OK},
    {"ＣＮＹ１０００", "CNY", 100000, AMOUNT_OK},
    {"RMB 10", "CNY", 1000, AMOUNT_OK},
    {"55.94 USD", "USD", 5594, AMOUNT_OK},
    {"$55.94", "USD", 5594, AMOUNT_OK},
    {"US$55.94", "USD", 5594, AMOUNT_OK},
    {"120 万元", "CNY", 120000000, AMOUNT_OK},
    {"\xe3\x80\x80 55.94\xe3\x80\x80", "USD", 5594, AMOUNT_OK},
    {"-5", "CNY", -500, AMOUNT_OK},
    {"－5.00", "CNY", -500, AMOUNT_OK},
    {"-¥5", "CNY", -500, AMOUNT_OK},
    {"+5", "CNY", 500, AMOUNT_OK},
    {"1.500", "CNY", 150, AMOUNT_OK},
    {"1000.00", "JPY", 1000, AMOUNT_OK},
    {"1.234", "KWD", 1234, AMOUNT_OK},
    {"10000000000000", "CNY", 1000000000000000, AMOUNT_OK},
    {"0.1", "CNY", 10, AMOUNT_OK},
    {"", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"n/a", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"CNY", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"万", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {".5", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"5.", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1.2.3", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1.234,50", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"12,50", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1234,567", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {",123", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1,234,", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1,2345", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1 234", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"--5", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"(5)", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"1e3", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"0x10", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"12万亿万", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"12abc", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"CNY CNY 5", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"¥5元", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"5\xff", "CNY", 0, AMOUNT_NOT_A_NUMBER},
    {"55.945", "CNY", 0, AMOUNT_TOO_MANY_DECIMALS},
    {"0.000001万", "CNY", 1, AMOUNT_OK},
    {"0.0000001万", "CNY", 0, AMOUNT_TOO_MANY_DECIMALS},
    {"1.5", "JPY", 0, AMOUNT_TOO_MANY_DECIMALS},
    {"10000000000000.01", "CNY", 0, AMOUNT_TOO_LARGE},
    {"999999999999999999999999999999", "CNY", 0, AMOUNT_TOO_LARGE},
    {"99999999999亿", "CNY", 0, AMOUNT_TOO_LARGE},
    {"USD 5", "CNY", 0, AMOUNT_OTHER_CURRENCY},
    {"¥5", "USD", 0, AMOUNT_OTHER_CURRENCY},
    {"5元", "USD", 0, AMOUNT_OTHER_CURRENCY},
    {"$5", "CNY", 0, AMOUNT_OTHER_CURRENCY},
    {"5", "XYZ", 0, AMOUNT_UNKNOWN_CURRENCY},
    {"5", "", 0, AMOUNT_UNKNOWN_CURRENCY},
};

static void amounts_are_read_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t minor = 0;
        enum amount_result result = amount_read(rows[i].text, rows[i].currency, &minor);
        if (result != rows[i].result || minor != rows[i].minor)
            print_error("row %zu: %s %s\n", i, rows[i].text, rows[i].currency);
        assert_int_equal(result, rows[i].result);
        assert_int_equal(minor, rows[i].minor);
    }
}

static void more_digits_than_any_amount_has(void **state)
{
    char text[200];
    int64_t minor;

    (void)state;
    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(amount_read(text, "CNY", &minor), AMOUNT_NOT_A_NUMBER);
    text[64] = '\0';
    assert_int_equal(amount_read(text, "CNY", &minor), AMOUNT_TOO_LARGE);
    text[1] = '.';
    assert_int_equal(amount_read(text, "CNY", &minor), AMOUNT_TOO_MANY_DECIMALS);
}

static void every_mistake_has_a_word(void **state)
{
    (void)state;
    for (int r = AMOUNT_NOT_A_NUMBER; r <= AMOUNT_UNKNOWN_CURRENCY; r++) {
        assert_non_null(amount_reason((enum amount_result)r));
        assert_non_null(amount_error((enum amount_result)r));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_exactly),
        cmocka_unit_test(more_digits_than_any_amount_has),
        cmocka_unit_test(every_mistake_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
