/* Money: whole minor units (cents) of an ISO 4217 currency, and its plain decimal text ("1234.50"). Exact, without
 * floating point. */
#ifndef CREDITD_COMMON_MONEY_H
#define CREDITD_COMMON_MONEY_H

#include <stdint.h>

/* Largest single amount, in minor units; sums of amounts may be larger. */
#define MONEY_MINOR_MAX    1000000000000000LL
#define MONEY_DECIMALS_MAX 8
#define MONEY_TEXT_BYTES   32
#define CURRENCY_BYTES     4 /* three letters and a NUL */

/* An amount of a currency that may not be known: its currency is "" then. */
struct money {
    int64_t minor;
    char currency[CURRENCY_BYTES];
};

enum money_result {
    MONEY_OK,
    MONEY_NOT_A_NUMBER,
    MONEY_TOO_MANY_DECIMALS, /* more than the currency has; zeros at the end do not count */
    MONEY_TOO_LARGE          /* more than MONEY_MINOR_MAX */
};

/* Decimals of the currency's minor unit: 2 for "CNY", 0 for "JPY"; -1: not a code of ISO 4217 with a minor unit, in
 * capitals. NULL is none. */
int money_exponent(const char *currency);
/* Reads a whole text: an optional sign, digits, and a point with digits after it or neither; nothing else, no blanks,
 * no separators of thousands. *minor is set when it is MONEY_OK. `decimals` is from 0 to MONEY_DECIMALS_MAX. */
enum money_result money_parse(const char *text, int decimals, int64_t *minor);
/* The text with exactly that many decimals; any number of minor units. */
void money_format(int64_t minor, int decimals, char out[MONEY_TEXT_BYTES]);
/* The same with as few decimals as it can be: "1234.5", "1234". */
void money_format_short(int64_t minor, int decimals, char out[MONEY_TEXT_BYTES]);

#endif
