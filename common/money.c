/* Amounts of money and their decimal text. */
#include "common/money.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"

struct currency {
    char code[4];
    int decimals;
};

static const struct currency currencies[] = {
#define CURRENCY(code, decimals) {#code, decimals},
#include "common/currency.def"
#undef CURRENCY
};

static int compare_code(const void *code, const void *currency)
{
    return strcmp(code, ((const struct currency *)currency)->code);
}

int money_exponent(const char *currency)
{
    const struct currency *found = NULL;
    if (currency != NULL) {
        found =
            bsearch(currency, currencies, sizeof currencies / sizeof currencies[0], sizeof currencies[0], compare_code);
    }
    return found == NULL ? -1 : found->decimals;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Appends one digit; once past the limit it stays there, so that the rest of the text is still judged. */
static void append_digit(int64_t *value, int digit)
{
    if (*value <= MONEY_MINOR_MAX) {
        *value = *value * 10 + digit;
    }
}

/* The digits after the point, or none, as exactly `decimals` of them. */
static enum money_result read_decimals(const char *text, int decimals, int64_t *value)
{
    bool too_many = false;
    int read = 0;
    if (*text == '.') {
        do {
            text++;
            if (!is_digit(*text)) {
                return MONEY_NOT_A_NUMBER;
            }
            if (read < decimals) {
                append_digit(value, *text - '0');
                read++;
            } else {
                too_many = too_many || *text != '0';
            }
        } while (is_digit(text[1]));
        text++;
    }
    if (*text != '\0') {
        return MONEY_NOT_A_NUMBER;
    }
    for (; read < decimals; read++) {
        append_digit(value, 0);
    }
    return too_many ? MONEY_TOO_MANY_DECIMALS : MONEY_OK;
}

enum money_result money_parse(const char *text, int decimals, int64_t *minor)
{
    CHECK(text != NULL && decimals >= 0 && decimals <= MONEY_DECIMALS_MAX);
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    if (!is_digit(*text)) {
        return MONEY_NOT_A_NUMBER;
    }
    int64_t value = 0;
    for (; is_digit(*text); text++) {
        append_digit(&value, *text - '0');
    }
    enum money_result result = read_decimals(text, decimals, &value);
    if (result != MONEY_OK) {
        return result;
    }
    if (value > MONEY_MINOR_MAX) {
        return MONEY_TOO_LARGE;
    }
    *minor = negative ? -value : value;
    return MONEY_OK;
}

void money_format(int64_t minor, int decimals, char out[MONEY_TEXT_BYTES])
{
    CHECK(decimals >= 0 && decimals <= MONEY_DECIMALS_MAX);
    uint64_t rest = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
    uint64_t one = 1;
    for (int i = 0; i < decimals; i++) {
        one *= 10;
    }
    const char *sign = minor < 0 ? "-" : "";
    unsigned long long whole = rest / one, part = rest % one;
    int length = decimals == 0 ? snprintf(out, MONEY_TEXT_BYTES, "%s%llu", sign, whole)
                               : snprintf(out, MONEY_TEXT_BYTES, "%s%llu.%0*llu", sign, whole, decimals, part);
    CHECK(length > 0 && length < MONEY_TEXT_BYTES);
}

void money_format_short(int64_t minor, int decimals, char out[MONEY_TEXT_BYTES])
{
    while (decimals > 0 && minor % 10 == 0) {
        minor /= 10;
        decimals--;
    }
    money_format(minor, decimals, out);
}
