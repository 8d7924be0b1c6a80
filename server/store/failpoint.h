/* Inside of store/: failpoints of tests. "STATEMENT=KIND@N": the Nth run of that statement on the connections of
 * one use is replaced by one that fails; "@N+" that one and all after it. KIND: `error` (an SQL error that is ours),
 * `conflict` (a lost version). STATEMENT is the name of a file in sql/. A comma-separated list is a sequence: each step
 * counts from where the one before has failed, so no unit of statements fails for two of them. */
#ifndef CREDITD_STORE_FAILPOINT_H
#define CREDITD_STORE_FAILPOINT_H

#include "server/store/connection.h"

/* Counts a run that is about to be sent. The SQLSTATE that it is to fail with; NULL: it is not to fail. `failpoint` may
 * be NULL. */
const char *failpoint_due(struct failpoint *failpoint, enum statement statement);

#endif
