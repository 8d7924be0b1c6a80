/* Inside of store/: short synchronous conversations before serving. Every function that fails fills start->message. */
#ifndef CREDITD_STORE_START_H
#define CREDITD_STORE_START_H

#include "server/store/pipe.h"

struct store_owner {
    PGconn *conn;
};

/* Fills the message; always false. */
bool start_fail(struct store_start *start, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Runs commands (several are allowed); false on an error. */
bool start_run(PGconn *conn, struct store_start *start, const char *sql);
/* One command with text parameters. */
bool start_run_params(PGconn *conn, struct store_start *start, const char *sql, int count, const char *const *values);
/* A query in text format, or NULL; PQclear is the caller's. */
PGresult *start_query(PGconn *conn, struct store_start *start, const char *sql);

#endif
