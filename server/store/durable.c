/* Durable settings and schema version: refused here means not served. */
#include "server/store/durable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "server/store/pipe.h"

static const char *value_of(const PGresult *result, const char *column)
{
    int number = PQfnumber(result, column);

    CHECK(number >= 0 && PQntuples(result) == 1);
    return PQgetvalue(result, 0, number);
}

static bool refuse(struct store_start *out, const char *setting, const char *value)
{
    snprintf(out->message, sizeof out->message,
             "the database would not be durable: %s is \"%s\"; set it to on for the server or the role", setting,
             value);
    return false;
}

static bool check_durable(const PGresult *result, struct store_start *out)
{
    static const char *const settings[] = {"fsync", "full_page_writes"};
    const char *commit = value_of(result, "synchronous_commit");

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (strcmp(value_of(result, settings[i]), "on") != 0)
            return refuse(out, settings[i], value_of(result, settings[i]));
    if (strcmp(commit, "on") != 0 && strcmp(commit, "remote_apply") != 0)
        return refuse(out, "synchronous_commit", commit);
    return true;
}

bool durable_check(const PGresult *result, bool writer, struct store_start *out)
{
    out->schema_version = (int)strtol(value_of(result, "schema_version"), NULL, 10);
    out->test_clock = strcmp(value_of(result, "test_clock"), "t") == 0;
    out->ok = false;
    if (!check_durable(result, out))
        return false;
    if (out->schema_version != STORE_SCHEMA_VERSION) {
        snprintf(out->message, sizeof out->message,
                 "the database's schema has version %d, this creditd works with %d: %s", out->schema_version,
                 STORE_SCHEMA_VERSION,
                 out->schema_version < STORE_SCHEMA_VERSION ? "run creditd --migrate" : "start the newer creditd");
        return false;
    }
    if (writer && strcmp(value_of(result, "standby"), "t") == 0) {
        snprintf(out->message, sizeof out->message, "the database is a standby, which takes no writes");
        return false;
    }
    out->ok = true;
    return true;
}
