/* What is done once before serving, over plain blocking connections: inspection, the first administrator,
 * the policy. */
#include "server/store/start.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/vocabulary.h"
#include "server/store/durable.h"

/* ---- helpers ---- */

bool start_fail(struct store_start *start, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(start->message, sizeof start->message, format, arguments);
    va_end(arguments);
    start->ok = false;
    return false;
}

/* libpq's messages end with a line feed and may have several lines. */
static bool fail_libpq(struct store_start *start, const char *message)
{
    start_fail(start, "database: %s", message);
    for (char *at = start->message; *at != '\0'; at++)
        if (*at == '\n')
            *at = at[1] == '\0' ? '\0' : ' ';
    return false;
}

/* A connection, or NULL. */
static PGconn *open_connection(const char *conninfo, struct store_start *start)
{
    const char *keys[] = {"dbname", "fallback_application_name", "client_encoding", "gssencmode", NULL};
    const char *values[] = {conninfo, "creditd start", "UTF8", "disable", NULL};
    PGconn *conn = PQconnectdbParams(keys, values, 1);

    CHECK(conn != NULL);
    if (PQstatus(conn) == CONNECTION_OK)
        return conn;
    fail_libpq(start, PQerrorMessage(conn));
    PQfinish(conn);
    return NULL;
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static PGresult *query_params(PGconn *conn, struct store_start *start, const char *sql, int count,
                              const char *const *values)
{
    PGresult *result = count == 0 ? PQexec(conn, sql) : PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0);

    if (succeeded(result))
        return result;
    fail_libpq(start, PQresultErrorMessage(result));
    PQclear(result);
    return NULL;
}

PGresult *start_query(PGconn *conn, struct store_start *start, const char *sql)
{
    return query_params(conn, start, sql, 0, NULL);
}

bool start_run_params(PGconn *conn, struct store_start *start, const char *sql, int count, const char *const *values)
{
    PGresult *result = query_params(conn, start, sql, count, values);
    bool ok = result != NULL;

    PQclear(result);
    return ok;
}

bool start_run(PGconn *conn, struct store_start *start, const char *sql)
{
    return start_run_params(conn, start, sql, 0, NULL);
}

/* ---- inspection ---- */

/* False with message when it could not be asked. */
static bool has_policy(PGconn *conn, bool *has, struct store_start *out)
{
    PGresult *found = start_query(conn, out, "SELECT 1 FROM creditd.policy_version LIMIT 1");
    bool ok = found != NULL;

    *has = ok && PQntuples(found) > 0;
    PQclear(found);
    return ok;
}

void store_inspect(const char *app_conninfo, struct store_start *out)
{
    static const char *const values[] = {"0", "0", "auto"};
    bool has = false;

    *out = (struct store_start){0};
    PGconn *conn = open_connection(app_conninfo, out);
    if (conn == NULL)
        return;
    PGresult *result = query_params(conn, out, statement_texts[STATEMENT_session_setup], 3, values);
    if (result != NULL && durable_check(result, true, out)) {
        out->ok = has_policy(conn, &has, out) && has;
        if (!out->ok && out->message[0] == '\0')
            start_fail(out,
                       "the database has no policy yet: start once with the owner's connection (--owner-database)");
    }
    PQclear(result);
    PQfinish(conn);
}

/* ---- in one transaction as the owner ---- */

struct store_owner *store_owner_open(const char *owner_conninfo, struct store_start *out)
{
    *out = (struct store_start){0};
    PGconn *conn = open_connection(owner_conninfo, out);
    if (conn == NULL)
        return NULL;
    struct store_owner *owner = xcalloc(1, sizeof *owner);
    owner->conn = conn;
    return owner;
}

void store_owner_close(struct store_owner *owner)
{
    if (owner == NULL)
        return;
    PQfinish(owner->conn);
    free(owner);
}

/* The epoch row is the lock of all reference data. */
static bool begin_as_owner(PGconn *conn, struct store_start *out)
{
    return start_run(conn, out, "SET ROLE creditd_owner") && start_run(conn, out, "SET search_path = creditd") &&
           start_run(conn, out, "BEGIN") && start_run(conn, out, "SELECT epoch FROM reference_epoch FOR UPDATE");
}

/* Ends the transaction: with a new epoch when something was done. */
static bool end_as_owner(PGconn *conn, bool ok, bool done, struct store_start *out)
{
    out->ok = ok && (!done || start_run(conn, out, "UPDATE reference_epoch SET epoch = epoch + 1")) &&
              start_run(conn, out, "COMMIT");
    return out->ok;
}

/* HQ is kept when it is there already. */
static bool insert_first_user(PGconn *conn, const char *login, const char *password_hash, const char *zone,
                              struct store_start *out)
{
    char level[8], roles[16];
    const char *unit[] = {zone};
    const char *user[] = {login, level, roles, password_hash};

    snprintf(level, sizeof level, "%d", JOB_LEVEL_DIRECTOR);
    snprintf(roles, sizeof roles, "%u", ROLE_BIT(ROLE_ADMINISTRATOR));
    return start_run_params(conn, out,
                            "INSERT INTO unit (level, code, name, zone) VALUES (1, 'HQ', 'Headquarters', $1) "
                            "ON CONFLICT (code) DO NOTHING",
                            1, unit) &&
           start_run_params(conn, out,
                            "WITH u AS (INSERT INTO app_user (login, name, unit_id, job_level, roles) "
                            "SELECT $1::text, $1::text, unit_id, $2::smallint, $3::integer FROM unit WHERE level = 1 "
                            "RETURNING user_id) "
                            "INSERT INTO user_password (user_id, hash, changed_at) "
                            "SELECT user_id, $4::text, business_now() FROM u",
                            4, user);
}

bool store_has_users(struct store_owner *owner, bool *has, struct store_start *out)
{
    PGresult *users = start_query(owner->conn, out, "SELECT 1 FROM creditd.app_user LIMIT 1");

    out->ok = users != NULL;
    *has = out->ok && PQntuples(users) > 0;
    PQclear(users);
    return out->ok;
}

bool store_bootstrap(struct store_owner *owner, const char *login, const char *password_hash, const char *zone,
                     bool *created, struct store_start *out)
{
    PGconn *conn = owner->conn;
    bool has = false;
    bool ok = begin_as_owner(conn, out) && store_has_users(owner, &has, out);

    ok = ok && (has || insert_first_user(conn, login, password_hash, zone, out));
    ok = end_as_owner(conn, ok, !has, out);
    *created = ok && !has;
    return ok;
}

bool store_has_policy(struct store_owner *owner, bool *has, struct store_start *out)
{
    return has_policy(owner->conn, has, out);
}

static bool insert_policy(PGconn *conn, const char *text, struct store_start *out)
{
    const char *values[] = {text};

    return start_run_params(conn, out,
                            "INSERT INTO policy_version (version, text, proposed_at, published_by, published_at, "
                            "effective_at) SELECT 1, $1::text, t.now, 0, t.now, t.now FROM business_now() AS t (now)",
                            1, values);
}

bool store_register_policy(struct store_owner *owner, const char *text, struct store_start *out)
{
    PGconn *conn = owner->conn;
    bool has = false;
    bool ok = begin_as_owner(conn, out) && has_policy(conn, &has, out) && (has || insert_policy(conn, text, out));

    return end_as_owner(conn, ok, !has, out);
}

/* ---- a fresh cluster ---- */

bool store_create_database(const char *superuser_conninfo, struct store_start *out)
{
    *out = (struct store_start){0};
    PGconn *conn = open_connection(superuser_conninfo, out);
    if (conn == NULL)
        return false;
    PGresult *found = start_query(conn, out, "SELECT 1 FROM pg_database WHERE datname = 'creditd'");
    out->ok = found != NULL;
    if (out->ok && PQntuples(found) == 0)
        out->ok = start_run(conn, out,
                            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'creditd_owner') THEN "
                            "CREATE ROLE creditd_owner NOLOGIN; "
                            "ALTER ROLE creditd_owner SET search_path = creditd; END IF; END $$") &&
                  start_run(conn, out, "CREATE DATABASE creditd OWNER creditd_owner");
    PQclear(found);
    PQfinish(conn);
    return out->ok;
}
