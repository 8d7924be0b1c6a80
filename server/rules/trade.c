/* Rules of single trades. */
#include "server/rules/trade.h"

#include <stdio.h>
#include <string.h>

#include "common/money.h"

static struct trade_refusal invalid(const char *field, const char *rule)
{
    return (struct trade_refusal){.reason = REASON_FIELD_INVALID, .field = field, .rule = rule};
}

struct trade_refusal trade_check(const struct policy *policy, const struct trade *trade, civil_date today)
{
    int64_t converted;

    if (money_exponent(trade->currency) < 0)
        return invalid("currency", "a currency of ISO 4217");
    if (trade->amount_minor <= 0)
        return invalid("amount_minor", "more than zero");
    if (trade->amount_minor > MONEY_MINOR_MAX)
        return invalid("amount_minor", "10^15 minor units at most");
    if (trade->due_on < trade->issued_on)
        return invalid("due_on", "the day of issue or later");
    if (trade->issued_on > today)
        return invalid("issued_on", "today or earlier");
    if (trade->settled && trade->settled_on > today)
        return invalid("settled_on", "today or earlier");
    if (policy->band_count > 0 && !trade_convert(policy, trade, &converted)) {
        struct trade_refusal refusal = {.reason = REASON_NO_RATE, .field = "currency"};
        civil_format(trade->issued_on, refusal.date);
        return refusal;
    }
    return (struct trade_refusal){.reason = REASON_NONE};
}

static bool is_same(const struct trade *a, const struct trade *b)
{
    return strcmp(a->currency, b->currency) == 0 && a->amount_minor == b->amount_minor &&
           a->issued_on == b->issued_on && a->due_on == b->due_on && a->settled == b->settled &&
           (!a->settled || a->settled_on == b->settled_on) && a->cancelled == b->cancelled;
}

bool trade_take(const struct trade_told *told, const struct trade *before, struct trade *out)
{
    *out = (struct trade){.document = told->document};
    if (before != NULL) {
        *out = *before;
    }
    memcpy(out->currency, told->currency, sizeof out->currency);
    out->amount_minor = told->amount_minor;
    out->issued_on = told->issued_on;
    out->due_on = told->due_on;
    if (told->settled) {
        out->settled = true;
        out->settled_on = told->settled_on;
    }
    if (told->has_cancelled)
        out->cancelled = told->cancelled;
    if (before != NULL && is_same(before, out))
        return false;
    out->version++;
    return true;
}
