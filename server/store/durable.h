/* Inside of store/: what a database must keep before it is used, read by the statement session_setup. */
#ifndef CREDITD_STORE_DURABLE_H
#define CREDITD_STORE_DURABLE_H

#include <libpq-fe.h>

#include "server/store/store.h"

/* Reads a text-format result of session_setup into *out (schema_version, test_clock); false: out->message says why the
 * database is not used. `writer`: it must not be a standby. */
bool durable_check(const PGresult *result, bool writer, struct store_start *out);

#endif
