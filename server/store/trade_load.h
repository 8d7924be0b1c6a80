/* Inside of store/: the part of store_load that is about trades. */
#ifndef CREDITD_STORE_TRADE_LOAD_H
#define CREDITD_STORE_TRADE_LOAD_H

#include "server/store/pipe.h"

/* Adds the statements for the trades and imports of the list; the unit's `out` is a struct loaded. */
void load_trade_rows(struct txn *txn, const struct load_list *list);
/* What only the first unit of a load tells of: customers whom an import touches first, and documents in the homes of
 * customers who turned out to be elsewhere. Is there any; its statements. */
bool has_rest(const struct load_list *list, const struct loaded *loaded);
void load_rest(struct txn *txn, const struct load_list *list, const struct loaded *loaded);
/* Room for `more` customers beside those of other statements. */
void grow_customers(struct loaded *out, struct arena *arena, size_t more);
/* Takes customers into the struct loaded of the unit. */
void take_customers(struct txn *txn, const PGresult *result);
/* Takes applications and their customers likewise. */
void take_applications(struct txn *txn, const PGresult *result);
/* Parameters home, id of keys, and the statement; nothing when there are none. */
void load_by_keys(struct txn *txn, enum statement statement, const struct key *keys, size_t count, txn_take *take);

#endif
