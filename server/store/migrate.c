/* Migrations: numbered .sql files, each in one transaction, in order, under an advisory lock, with their checksums
 * noted. Roles and schema come first, as far as they are missing. Synchronous: nothing is served yet. */
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/check.h"
#include "common/log.h"
#include "server/store/start.h"

#define MIGRATION_BYTES_MAX (4 * 1024 * 1024)
#define CHECKSUM_TEXT_BYTES (crypto_hash_sha256_BYTES * 2 + 1)

struct migration {
    char name[256]; /* as long as the name of a file may be */
    char *text;
    char checksum[CHECKSUM_TEXT_BYTES];
};

struct migrations {
    int count; /* file n stands at n - 1 */
    struct migration file[STORE_SCHEMA_VERSION];
};

static const char roles_sql[] =
    "DO $$\n"
    "DECLARE wanted text[];\n"
    "BEGIN\n"
    "  FOREACH wanted SLICE 1 IN ARRAY ARRAY[['creditd_owner', 'NOLOGIN'], ['creditd_app', 'LOGIN'],\n"
    "                                        ['creditd_audit', 'NOLOGIN']] LOOP\n"
    "    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted[1]) THEN\n"
    "      BEGIN\n"
    "        EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE', wanted[1], wanted[2]);\n"
    "        EXECUTE format('ALTER ROLE %I SET search_path = creditd', wanted[1]);\n"
    "      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;\n" /* another migration was faster */
    "      END;\n"
    "    END IF;\n"
    "  END LOOP;\n"
    "  IF NOT pg_has_role('creditd_owner', 'MEMBER') THEN\n"
    "    EXECUTE format('GRANT creditd_owner TO %I', session_user);\n"
    "  END IF;\n"
    "END $$";

/* The right to the database is what the three roles have and nobody else. */
static const char schema_sql[] =
    "DO $$\n"
    "BEGIN\n"
    "  IF NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'creditd') THEN\n"
    "    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());\n"
    "    EXECUTE format('GRANT CONNECT ON DATABASE %I TO creditd_owner, creditd_app, creditd_audit',\n"
    "                   current_database());\n"
    "    REVOKE ALL ON SCHEMA public FROM PUBLIC;\n"
    "    CREATE SCHEMA creditd AUTHORIZATION creditd_owner;\n"
    "  END IF;\n"
    "END $$";

static const char table_sql[] = "CREATE TABLE IF NOT EXISTS creditd.schema_migration ("
                                "number integer PRIMARY KEY CHECK (number > 0), name text NOT NULL, "
                                "sha256 text NOT NULL CHECK (length(sha256) = 64), "
                                "at timestamptz NOT NULL DEFAULT clock_timestamp())";

/* ---- files ---- */

static char *read_whole(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    char *text = NULL;

    if (file == NULL)
        return NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size < MIGRATION_BYTES_MAX) {
        *size = (size_t)status.st_size;
        text = xcalloc(*size + 1, 1);
        if (fread(text, 1, *size, file) != *size) {
            free(text);
            text = NULL;
        }
    }
    fclose(file);
    return text;
}

/* Is it "NNNN_name.sql"? Its number, or 0. */
static int migration_number(const char *name)
{
    size_t digits = strspn(name, "0123456789"), length = strlen(name);

    if (digits != 4 || name[4] != '_' || length < 10 || strcmp(name + length - 4, ".sql") != 0)
        return 0;
    return (int)strtol(name, NULL, 10);
}

static bool read_migration(const char *dir, const char *name, struct migration *out, struct store_start *start)
{
    char path[4096];
    unsigned char hash[crypto_hash_sha256_BYTES];
    size_t size = 0;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    free(out->text);
    out->text = read_whole(path, &size);
    if (out->text == NULL)
        return start_fail(start, "%s: %s", path, strerror(errno));
    snprintf(out->name, sizeof out->name, "%s", name);
    crypto_hash_sha256(hash, (const unsigned char *)out->text, size);
    sodium_bin2hex(out->checksum, sizeof out->checksum, hash, sizeof hash);
    return true;
}

static bool read_entries(DIR *entries, const char *dir, struct migrations *out, struct store_start *start)
{
    struct dirent *entry;

    while ((entry = readdir(entries)) != NULL) {
        int number = migration_number(entry->d_name);
        if (number == 0)
            continue;
        if (number > STORE_SCHEMA_VERSION)
            return start_fail(start, "%s/%s belongs to a newer creditd (this one knows %d)", dir, entry->d_name,
                              STORE_SCHEMA_VERSION);
        if (out->file[number - 1].text != NULL)
            return start_fail(start, "%s: two migrations have the number %d", dir, number);
        if (!read_migration(dir, entry->d_name, &out->file[number - 1], start))
            return false;
        out->count++;
    }
    if (out->count != STORE_SCHEMA_VERSION)
        return start_fail(start, "%s holds %d of the %d migrations of this creditd", dir, out->count,
                          STORE_SCHEMA_VERSION);
    return true;
}

static bool read_migrations(const char *dir, struct migrations *out, struct store_start *start)
{
    DIR *entries = opendir(dir);
    bool ok;

    if (entries == NULL)
        return start_fail(start, "migrations: %s: %s", dir, strerror(errno));
    ok = read_entries(entries, dir, out, start);
    closedir(entries);
    return ok;
}

static void free_migrations(struct migrations *migrations)
{
    for (int i = 0; i < STORE_SCHEMA_VERSION; i++)
        free(migrations->file[i].text);
}

/* ---- the database ---- */

/* What is there must be what was run then, without a gap. *applied: how many. */
static bool check_applied(PGconn *conn, const struct migrations *migrations, int *applied, struct store_start *start)
{
    PGresult *rows = start_query(conn, start, "SELECT number, sha256 FROM creditd.schema_migration ORDER BY number");
    bool ok = rows != NULL;

    *applied = ok ? PQntuples(rows) : 0;
    for (int i = 0; ok && i < *applied; i++) {
        long number = strtol(PQgetvalue(rows, i, 0), NULL, 10);
        if (number > STORE_SCHEMA_VERSION)
            ok = start_fail(start, "the database's schema has version %ld, this creditd knows %d: start the newer one",
                            number, STORE_SCHEMA_VERSION);
        else if (number != i + 1)
            ok = start_fail(start, "the database lacks migration %d", i + 1);
        else if (strcmp(PQgetvalue(rows, i, 1), migrations->file[i].checksum) != 0)
            ok = start_fail(start, "migration %s is not the one that was run on this database (checksum)",
                            migrations->file[i].name);
    }
    PQclear(rows);
    return ok;
}

/* One migration and its note, in a transaction. The test clock is set by the first, so that no database ever changes
 * from one kind to the other. */
static bool run_migration(PGconn *conn, const struct migration *migration, int number, const int64_t *offset_us,
                          struct store_start *start)
{
    char text[32], offset[32];
    const char *note[3] = {text, migration->name, migration->checksum};
    const char *clock[1] = {offset};

    snprintf(text, sizeof text, "%d", number);
    snprintf(offset, sizeof offset, "%lld", offset_us == NULL ? 0LL : (long long)*offset_us);
    if (!start_run(conn, start, "BEGIN") || !start_run(conn, start, migration->text) ||
        !start_run_params(conn, start,
                          "INSERT INTO creditd.schema_migration (number, name, sha256) VALUES ($1, $2, $3)", 3, note))
        return false;
    if (number == 1 && offset_us != NULL &&
        !start_run_params(conn, start, "UPDATE creditd.clock SET test_clock = true, offset_us = $1", 1, clock))
        return false;
    if (!start_run(conn, start, "COMMIT"))
        return false;
    log_info("migration %s was run", migration->name);
    return true;
}

static bool make_roles_and_schema(PGconn *conn, struct store_start *start)
{
    return start_run(conn, start, "SELECT pg_advisory_lock(hashtext('creditd migration'))") &&
           start_run(conn, start, roles_sql) && start_run(conn, start, schema_sql) &&
           start_run(conn, start, "SET ROLE creditd_owner") && start_run(conn, start, "SET search_path = creditd") &&
           start_run(conn, start, "SET client_min_messages = warning") && start_run(conn, start, table_sql);
}

static bool migrate(PGconn *conn, const struct migrations *migrations, const int64_t *offset_us,
                    struct store_start *start)
{
    int applied = 0;

    if (!make_roles_and_schema(conn, start) || !check_applied(conn, migrations, &applied, start))
        return false;
    for (int i = applied; i < migrations->count; i++)
        if (!run_migration(conn, &migrations->file[i], i + 1, offset_us, start))
            return false;
    start->schema_version = migrations->count;
    return true;
}

/* How many servers there are only the database knows, so it counts their connections. */
static bool limit_connections(PGconn *conn, int connections_max, struct store_start *start)
{
    PGresult *rows = start_query(conn, start,
                                 "SELECT a.rolconnlimit, s.rolsuper OR s.rolcreaterole FROM pg_roles a, pg_roles s "
                                 "WHERE a.rolname = 'creditd_app' AND s.rolname = session_user");
    long now = rows == NULL ? 0 : strtol(PQgetvalue(rows, 0, 0), NULL, 10);
    bool may = rows != NULL && strcmp(PQgetvalue(rows, 0, 1), "t") == 0;
    char sql[100];

    PQclear(rows);
    if (rows == NULL || now == connections_max)
        return rows != NULL;
    if (!may) {
        log_warning("the role creditd_app has a connection limit of %ld and not of %d: the owner's connection may not "
                    "change it",
                    now, connections_max);
        return true;
    }
    snprintf(sql, sizeof sql, "ALTER ROLE creditd_app CONNECTION LIMIT %d", connections_max);
    return start_run(conn, start, "RESET ROLE") && start_run(conn, start, sql) &&
           start_run(conn, start, "SET ROLE creditd_owner");
}

/* Which kind of clock the database has; the lock is for whoever comes next. */
static bool end_migration(PGconn *conn, struct store_start *start)
{
    PGresult *rows = start_query(conn, start, "SELECT test_clock FROM creditd.clock");
    bool ok = rows != NULL;

    start->test_clock = ok && strcmp(PQgetvalue(rows, 0, 0), "t") == 0;
    PQclear(rows);
    return ok && start_run(conn, start, "SELECT pg_advisory_unlock(hashtext('creditd migration'))");
}

void store_migrate(struct store_owner *owner, const char *migrations_dir, const int64_t *test_clock_offset_us,
                   int connections_max, struct store_start *out)
{
    struct migrations migrations = {0};

    *out = (struct store_start){0};
    out->ok = read_migrations(migrations_dir, &migrations, out) &&
              migrate(owner->conn, &migrations, test_clock_offset_us, out) &&
              limit_connections(owner->conn, connections_max, out) && end_migration(owner->conn, out);
    free_migrations(&migrations);
}
