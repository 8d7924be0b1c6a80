/* The definitions come from the catalogue, so that they are those of the schema whatever migration it is at. */
#include "tests/bench/plant/indexes.h"

#include "tests/bench/plant/database.h"

/* $1: tables, with commas. Constraints first: they take their indexes with them. */
static const char find_sql[] = "WITH tables AS (SELECT t::text::regclass AS t FROM unnest(string_to_array($1, ',')) t) "
                               "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),"
                               "       format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, "
                               "pg_get_constraintdef(c.oid)) "
                               "FROM pg_constraint c JOIN tables ON c.conrelid = t WHERE c.contype IN ('p', 'u') "
                               "UNION ALL "
                               "SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid) "
                               "FROM pg_index i JOIN tables ON i.indrelid = t "
                               "WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)";

PGresult *indexes_drop(PGconn *conn, const char *tables)
{
    PGresult *found = database_query(conn, find_sql, 1, &tables);

    for (int i = 0; i < PQntuples(found); i++)
        database_run(conn, "%s", PQgetvalue(found, i, 0));
    return found;
}

void indexes_make(PGconn *conn, PGresult *dropped)
{
    database_run(conn, "SET maintenance_work_mem = '512MB'");
    for (int i = 0; i < PQntuples(dropped); i++)
        database_run(conn, "%s", PQgetvalue(dropped, i, 1));
    PQclear(dropped);
}
