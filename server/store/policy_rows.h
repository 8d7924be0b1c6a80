/* Inside of store/: the parts of store_load and store_apply that are about versions of the policy. */
#ifndef CREDITD_STORE_POLICY_ROWS_H
#define CREDITD_STORE_POLICY_ROWS_H

#include "server/store/pipe.h"

/* Adds the look at a version (0: none); the unit's `out` is a struct loaded. */
void load_policy(struct txn *txn, int32_t version);
/* Adds a change of a version. */
void apply_policy(struct txn *txn, const struct reference_change *change);

#endif
