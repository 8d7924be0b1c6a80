/* Connections and statements. */
#include "tests/bench/plant/database.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"

void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("plant: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static PGresult *expect(PGconn *conn, PGresult *result, const char *sql)
{
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
        fail("%s: %s", sql, PQerrorMessage(conn));
    return result;
}

PGconn *database_connect(const char *conninfo)
{
    PGconn *conn = PQconnectdb(conninfo);

    if (PQstatus(conn) != CONNECTION_OK)
        fail("%s", PQerrorMessage(conn));
    database_run(conn, "SET ROLE creditd_owner");
    database_run(conn, "SET search_path = creditd");
    database_run(conn, "SET client_min_messages = warning");
    return conn;
}

void database_run(PGconn *conn, const char *format, ...)
{
    va_list arguments;
    char *sql;

    va_start(arguments, format);
    CHECK(vasprintf(&sql, format, arguments) >= 0);
    va_end(arguments);
    PQclear(expect(conn, PQexec(conn, sql), sql));
    free(sql);
}

PGresult *database_query(PGconn *conn, const char *sql, int count, const char *const *values)
{
    return expect(conn, PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0), sql);
}

int64_t database_number(PGconn *conn, const char *sql, int count, const char *const *values)
{
    PGresult *result = database_query(conn, sql, count, values);

    if (PQntuples(result) != 1 || PQgetisnull(result, 0, 0))
        fail("%s: no value", sql);
    int64_t value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return value;
}

void database_end_copy(PGconn *conn, const char *table)
{
    PGresult *result;

    while ((result = PQgetResult(conn)) != NULL)
        PQclear(expect(conn, result, table));
}
