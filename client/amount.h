/* Amounts of money as people and other systems write them: "1,234.50", "１２３．５０", "120万", "1.2亿元", "¥55.94",
 * "USD 55.94". Decimal arithmetic only. */
#ifndef CREDITD_CLIENT_AMOUNT_H
#define CREDITD_CLIENT_AMOUNT_H

#include <stdint.h>

enum amount_result {
    AMOUNT_OK,
    AMOUNT_NOT_A_NUMBER,
    AMOUNT_TOO_MANY_DECIMALS, /* more than the currency has */
    AMOUNT_TOO_LARGE,
    AMOUNT_OTHER_CURRENCY, /* it is written with the sign or the code of another currency */
    AMOUNT_UNKNOWN_CURRENCY
};

/* Reads a whole text in a currency, a code of ISO 4217 in capitals: *minor are its minor units. Blanks around it and
 * between its parts, full-width characters, a sign, separators of thousands (groups of three), a factor of 10,000 (万,
 * 萬) or 100,000,000 (亿, 億), and the currency's sign or code on one side are taken. */
enum amount_result amount_read(const char *text, const char *currency, int64_t *minor);
/* What is wrong, as the reason word of a refused row: "NOT_A_NUMBER" ... */
const char *amount_reason(enum amount_result result);
/* The same in words (English, static). */
const char *amount_error(enum amount_result result);

#endif
