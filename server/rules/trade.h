/* Trades: what a row of an import or a correction may say, and what it makes of the trade that is there. Pure. */
#ifndef CREDITD_RULES_TRADE_H
#define CREDITD_RULES_TRADE_H

#include "common/reasons.h"
#include "server/rules/evaluation.h"

#define TRADE_DOCUMENT_MAX 64 /* characters */

/* Why a trade is refused; reason NONE: it is not. Texts are static, but for the values of NO_RATE. */
struct trade_refusal {
    enum reason reason;
    const char *field;
    const char *rule;            /* of FIELD_INVALID, else NULL */
    char date[CIVIL_TEXT_BYTES]; /* NO_RATE: the day of issue */
};

/* May the trade stand like this on the civil date `today` (in the zone of its branch)? More than zero and no more than
 * MONEY_MINOR_MAX, in a currency that the policy can convert, due no earlier than issued, not issued or settled in the
 * future. A policy without bands converts nothing, so that every currency is right. */
struct trade_refusal trade_check(const struct policy *policy, const struct trade *trade, civil_date today);

/* What a row of an import tells of a trade. */
struct trade_told {
    const char *document;
    char currency[CURRENCY_BYTES];
    int64_t amount_minor;
    civil_date issued_on, due_on;
    bool settled; /* else nothing is told of the settlement */
    civil_date settled_on;
    bool has_cancelled, cancelled; /* else nothing is told of a cancellation */
};
/* The trade as it is to be: `before` NULL makes version 1, else the next one. False: the row says what is there
 * already. home, customer_id and import are the caller's to set. */
bool trade_take(const struct trade_told *told, const struct trade *before, struct trade *out);

#endif
