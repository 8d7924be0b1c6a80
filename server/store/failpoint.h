/* Inside of store/: failpoints of tests. "STATEMENT=KIND@N": the Nth run of that statement on a connection is
 * replaced by one that fails; "@N+" that one and all after it. KIND: `error` (an SQL error that is ours), `conflict` (a
 * lost version). STATEMENT is the name of a file in sql/. */
#ifndef CREDITD_STORE_FAILPOINT_H
#define CREDITD_STORE_FAILPOINT_H

#include "server/store/connection.h"

/* NULL is none; false: not of that form, or no such statement. */
bool failpoint_parse(const char *text, struct failpoint *out);

#endif
