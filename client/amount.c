/* Reading of amounts: taken apart into plain decimal text, which common/money reads. */
#include "client/amount.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "client/unicode.h"
#include "common/money.h"

#define DIGITS_MAX 64 /* more digits than any amount has */

/* Signs of currencies, in the form that NFKC leaves. */
static const struct sign {
    const char *text, *currency;
} signs[] = {{"¥", "CNY"}, {"¥", "JPY"},   {"元", "CNY"},  {"圆", "CNY"}, {"RMB", "CNY"}, {"円", "JPY"},
             {"$", "USD"}, {"US$", "USD"}, {"HK$", "HKD"}, {"€", "EUR"},  {"£", "GBP"}};
static const struct factor {
    const char *text;
    int zeros;
} factors[] = {{"万", 4}, {"萬", 4}, {"亿", 8}, {"億", 8}};

/* An amount that is taken apart from left to right. */
struct parts {
    const char *at;
    const char *currency;
    bool negative, named, other; /* a currency stands there; it is another one */
    char digits[DIGITS_MAX + 1]; /* without the point */
    int count, decimals;         /* digits, and those of them behind the point */
    int zeros;                   /* of the factor */
};

static void skip_blanks(struct parts *p)
{
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static bool take(struct parts *p, const char *text)
{
    size_t length = strlen(text);

    if (strncmp(p->at, text, length) != 0)
        return false;
    p->at += length;
    skip_blanks(p);
    return true;
}

static void take_minus(struct parts *p)
{
    if (!p->negative && (take(p, "-") || take(p, "\xe2\x88\x92"))) /* U+2212 */
        p->negative = true;
    else if (!p->negative)
        take(p, "+");
}

/* A sign or a code of a currency, if there is one. */
static void take_currency(struct parts *p)
{
    size_t letters = 0;
    bool found = false, same = false;

    if (p->named)
        return;
    while (isalpha((unsigned char)p->at[letters]))
        letters++;
    if (letters == 3 && p->at[3] != '$') {
        char code[4];
        for (int i = 0; i < 3; i++)
            code[i] = (char)toupper((unsigned char)p->at[i]);
        code[3] = '\0';
        found = money_exponent(code) >= 0;
        same = strcmp(code, p->currency) == 0;
        p->at += found ? 3 : 0;
    }
    for (size_t i = 0; i < sizeof signs / sizeof signs[0] && !found; i++) {
        const char *sign = signs[i].text;
        found = take(p, sign);
        for (size_t k = i; k < sizeof signs / sizeof signs[0] && found; k++)
            same |= strcmp(signs[k].text, sign) == 0 && strcmp(signs[k].currency, p->currency) == 0;
    }
    p->named = found;
    p->other = found && !same;
    skip_blanks(p);
}

static bool add_digit(struct parts *p)
{
    if (p->count == DIGITS_MAX)
        return false;
    p->digits[p->count++] = *p->at++;
    return true;
}

static int run_of_digits(const char *at)
{
    return (int)strspn(at, "0123456789");
}

/* Digits in groups of three or without any, a point and decimals. */
static bool take_number(struct parts *p)
{
    int first = run_of_digits(p->at);
    bool grouped = p->at[first] == ',';

    if (first == 0 || (grouped && first > 3))
        return false;
    for (;;) {
        int run = run_of_digits(p->at);
        for (int i = 0; i < run; i++)
            if (!add_digit(p))
                return false;
        if (*p->at != ',')
            break;
        p->at++;
        if (run_of_digits(p->at) != 3)
            return false;
    }
    if (*p->at == '.') {
        p->at++;
        p->decimals = run_of_digits(p->at);
        for (int i = 0; i < p->decimals; i++)
            if (!add_digit(p))
                return false;
        if (p->decimals == 0)
            return false;
    }
    skip_blanks(p);
    return true;
}

static void take_factor(struct parts *p)
{
    for (size_t i = 0; i < sizeof factors / sizeof factors[0] && p->zeros == 0; i++)
        if (take(p, factors[i].text))
            p->zeros = factors[i].zeros;
}

/* The plain text: the factor moves the point. */
static enum amount_result to_minor(struct parts *p, int exponent, int64_t *minor)
{
    char plain[2 * DIGITS_MAX + 16];
    int whole = p->count - p->decimals + p->zeros, length = 0;

    plain[length++] = p->negative ? '-' : '+';
    for (int i = 0; i < whole || i < p->count; i++) {
        if (i == whole)
            plain[length++] = '.';
        plain[length++] = i < p->count ? p->digits[i] : '0';
    }
    plain[length] = '\0';
    switch (money_parse(plain, exponent, minor)) {
    case MONEY_OK:
        return AMOUNT_OK;
    case MONEY_TOO_MANY_DECIMALS:
        return AMOUNT_TOO_MANY_DECIMALS;
    case MONEY_TOO_LARGE:
        return AMOUNT_TOO_LARGE;
    default:
        return AMOUNT_NOT_A_NUMBER;
    }
}

static enum amount_result read_plain(const char *text, const char *currency, int64_t *minor)
{
    struct parts p = {.at = text, .currency = currency};
    int exponent = money_exponent(currency);

    if (exponent < 0)
        return AMOUNT_UNKNOWN_CURRENCY;
    take_minus(&p);
    take_currency(&p);
    take_minus(&p);
    if (!take_number(&p))
        return AMOUNT_NOT_A_NUMBER;
    take_factor(&p);
    take_currency(&p);
    if (*p.at != '\0')
        return AMOUNT_NOT_A_NUMBER;
    return p.other ? AMOUNT_OTHER_CURRENCY : to_minor(&p, exponent, minor);
}

enum amount_result amount_read(const char *text, const char *currency, int64_t *minor)
{
    char *plain = unicode_plain(text);
    enum amount_result result = read_plain(plain, currency, minor);

    free(plain);
    return result;
}

static const struct {
    const char *reason, *error;
} results[] = {
    [AMOUNT_OK] = {NULL, NULL},
    [AMOUNT_NOT_A_NUMBER] = {"NOT_A_NUMBER", N_("this is no amount of money")},
    [AMOUNT_TOO_MANY_DECIMALS] = {"TOO_MANY_DECIMALS", N_("the currency has fewer decimals")},
    [AMOUNT_TOO_LARGE] = {"AMOUNT_TOO_LARGE", N_("the amount is too large")},
    [AMOUNT_OTHER_CURRENCY] = {"OTHER_CURRENCY", N_("the amount is written in another currency")},
    [AMOUNT_UNKNOWN_CURRENCY] = {"UNKNOWN_CURRENCY", N_("this is no currency of ISO 4217")},
};

const char *amount_reason(enum amount_result result)
{
    return results[result].reason;
}

const char *amount_error(enum amount_result result)
{
    return results[result].error;
}
