/* Plain blocking connections as the owner of the schema. Whatever fails ends the program with a message. */
#ifndef CREDITD_BENCH_DATABASE_H
#define CREDITD_BENCH_DATABASE_H

#include <libpq-fe.h>
#include <stdint.h>

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

PGconn *database_connect(const char *conninfo);
/* One statement; a COPY FROM STDIN is begun. */
void database_run(PGconn *conn, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* With texts as parameters $1 ... $count. */
PGresult *database_query(PGconn *conn, const char *sql, int count, const char *const *values);
/* A whole number, the one value of a query. */
int64_t database_number(PGconn *conn, const char *sql, int count, const char *const *values);
/* After PQputCopyEnd(): its result. */
void database_end_copy(PGconn *conn, const char *table);

#endif
