/* Inside of store/: the part of store_load that is about trades. */
#ifndef CREDITD_STORE_TRADE_LOAD_H
#define CREDITD_STORE_TRADE_LOAD_H

#include "server/store/pipe.h"

/* Adds the statements for the trades and imports of the list; the unit's `out` is a struct loaded. */
void load_trade_rows(struct txn *txn, const struct load_list *list);
/* Documents in the homes of customers who turned out to be elsewhere: are there any, and the statement for them. */
bool has_documents_elsewhere(const struct load_list *list, const struct loaded *loaded);
void load_documents_elsewhere(struct txn *txn, const struct load_list *list, const struct loaded *loaded);
/* Room for `more` customers beside those of other statements. */
void grow_customers(struct loaded *out, struct arena *arena, size_t more);
/* Takes customers into the struct loaded of the unit. */
void take_customers(struct txn *txn, const PGresult *result);
/* Takes applications and their customers likewise. */
void take_applications(struct txn *txn, const PGresult *result);
/* Parameters home, id of keys, and the statement; nothing when there are none. */
void load_by_keys(struct txn *txn, enum statement statement, const struct key *keys, size_t count, txn_take *take);

#endif
