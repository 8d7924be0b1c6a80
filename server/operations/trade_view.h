/* Trades and computed standings as messages, for the one who asks. */
#ifndef CREDITD_OPERATIONS_TRADE_VIEW_H
#define CREDITD_OPERATIONS_TRADE_VIEW_H

#include "server/operations/view.h"
#include "server/rules/evaluation.h"
#include "standing.pb-c.h"
#include "trade.pb-c.h"

/* A trade of `customer`; amount, settlement and fulfilment only with `credit`. `today` in the zone of the branch. */
Creditd__V1__Trade *view_trade(struct call *call, const struct customer *customer, const struct trade *row,
                               civil_date today, bool credit);
/* What comes out on a date for a customer with the standing that he has in `customer`, with every number behind it. */
Creditd__V1__Explanation *view_explanation(struct call *call, const struct policy *policy,
                                           const struct customer *customer, const struct facts *facts, civil_date on);
/* A civil date as text in the call's arena. */
char *view_date(struct call *call, civil_date date);
/* The civil date in the zone of the customer's branch. */
civil_date view_today(const struct call *call, const struct customer *customer, int64_t now);

#endif
