/* Indexes and key constraints of the tables that are filled, away while they are. */
#ifndef CREDITD_BENCH_INDEXES_H
#define CREDITD_BENCH_INDEXES_H

#include <libpq-fe.h>

/* Drops them all, of tables named with commas between; the result says how to make them. */
PGresult *indexes_drop(PGconn *conn, const char *tables);
/* Makes them again, as they were. */
void indexes_make(PGconn *conn, PGresult *dropped);

#endif
