/* Messages on trades and standing as records of the stable JSON contract (records.h). Money is an `amount`, as exact
 * decimal text with the decimals of the currency, beside its `currency`. */
#ifndef CREDITD_CLIENT_TRADE_RECORDS_H
#define CREDITD_CLIENT_TRADE_RECORDS_H

#include "client/records.h"
#include "standing.pb-c.h"
#include "trade.pb-c.h"

#define TRADE_COLUMNS   "document amount currency issued_on due_on settled_on cancelled fulfilled version import"
#define VERSION_COLUMNS "version amount currency issued_on due_on settled_on cancelled import recorded_at"
#define COUNTED_COLUMNS "document amount currency due_on settled_on fulfilled"
#define TASK_COLUMNS    "kind customer_id customer_number customer_name grade measure due_on due_at overdue told branch"
#define LIFT_COLUMNS    "grade missing"
#define MOVE_COLUMNS    "factor new_value gain enough evidence"
#define EVENT_COLUMNS   "seq at kind actor application_id payload"

/* The amount beside its currency in an object of its own, or nothing; with another currency than those of ISO 4217,
 * minor units without a point. */
void record_sum(json_t *object, const char *key, bool has, int64_t minor, const char *currency);

json_t *record_trade(const struct client *client, const Creditd__V1__Trade *m);
json_t *record_import(const struct client *client, const Creditd__V1__TradeImport *m);
/* The counters of an import that tell of its customers: customers, evaluated, demoted, corrected, criteria. */
void record_evaluation(json_t *object, const Creditd__V1__TradeImport *m);
json_t *record_event(const struct client *client, const Creditd__V1__CustomerEvent *m);
json_t *record_task(const struct client *client, const Creditd__V1__Task *m);
/* With the key `kind`, as it stands in the inbox. */
json_t *record_criterion(const struct client *client, const Creditd__V1__Criterion *m);
json_t *record_explanation(const struct client *client, const Creditd__V1__Explanation *m);
json_t *record_as_of(const struct client *client, const Creditd__V1__AsOf *m);

/* An explanation as lines of a table: with everything but the due trades, the factors of the score and further ways to
 * a better grade. */
json_t *explanation_lines(const Creditd__V1__Explanation *m);
/* The same in parts: what is counted of trades; what comes out of volume and score. */
json_t *explanation_trade(const Creditd__V1__Explanation *m);
json_t *explanation_outcome(const Creditd__V1__Explanation *m);
/* Rows of tables: every way to a better grade, and what would raise the score. */
json_t *explanation_lifts(const Creditd__V1__Explanation *m);
json_t *explanation_moves(const Creditd__V1__Explanation *m);
/* The due trades behind the rate. */
json_t *explanation_counted(const Creditd__V1__Explanation *m);

#endif
