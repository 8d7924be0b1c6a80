/* Inside of store/: what the files that apply a change set share. */
#ifndef CREDITD_STORE_APPLY_H
#define CREDITD_STORE_APPLY_H

#include "server/store/pipe.h"

int apply_compare_int(int64_t a, int64_t b);
int apply_compare_key(struct key a, struct key b);
/* Pointers to the rows of an array in the order of `compare` (of pointers to such pointers). */
const void **apply_sorted(struct arena *arena, const void *rows, size_t count, size_t size,
                          int (*compare)(const void *, const void *));
/* Closes the rows and adds a statement that takes each of them or fails. */
void apply_add(struct txn *txn, enum statement statement, struct rows *rows, size_t count);
/* The same for a statement that is given the count of rows it has to touch. */
void apply_add_expecting(struct txn *txn, enum statement statement, struct rows *rows, size_t count);

/* trade_apply.c: trades, their earlier versions, imports and the customers of them. */
void apply_trades(struct txn *txn, const struct change_set *set);

#endif
