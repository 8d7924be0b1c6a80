/* A row of a file as a trade, through a mapping. */
#ifndef CREDITD_CLIENT_TRADE_ROW_H
#define CREDITD_CLIENT_TRADE_ROW_H

#include "client/mapping.h"
#include "trade.pb-c.h"

/* Why a row is no trade. */
struct row_fault {
    enum trade_key key;  /* that is at fault */
    const char *reason;  /* word */
    const char *message; /* in the user's language */
};

/* The trade that a row's cells (of mapping->wanted) stand for; it and its texts are of the arena. NULL: *fault says
 * why; the first fault counts. */
Creditd__V1__TradeRow *trade_row_read(const struct mapping *mapping, const char *const *cells, struct arena *arena,
                                      struct row_fault *fault);
/* The key that a field of a trade is, by its name in the mapping or in the protocol ("due", "due_on"); KEY_COUNT: none.
 */
enum trade_key trade_row_key(const char *field);

#endif
