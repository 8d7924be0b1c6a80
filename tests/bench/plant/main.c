/* plant: see plant.h; options in usage(). */
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "server/policy_file.h"
#include "tests/bench/plant/database.h"
#include "tests/bench/plant/indexes.h"
#include "tests/bench/plant/plant.h"

static const char usage[] =
    "usage: plant --conninfo C --roster FILE [--regions 8] [--branches 4] [--customers N] [--applications M]\n"
    "             [--waiting W] [--trades T] [--now MICROSECONDS] [--drop-indexes]\n"
    "Fills a migrated, empty creditd database, as its owner: N customers with M closed applications and T trades,\n"
    "and W customers more, each with an application that waits for HQ. FILE gets the people with their sessions and\n"
    "the N customers.\n";

struct option_row {
    const char *name;
    int64_t least, most;
    size_t offset;
};
static const struct option_row numbers[] = {
    {"regions", 1, 999, offsetof(struct options, regions)},
    {"branches", 1, 999, offsetof(struct options, branches)},
    {"customers", 1, 1000000000, offsetof(struct options, customers)},
    {"applications", 0, 1000000000, offsetof(struct options, applications)},
    {"waiting", 0, 1000000000, offsetof(struct options, waiting)},
    {"trades", 0, 1000000000, offsetof(struct options, trades)},
    {"now", 1, INT64_MAX, offsetof(struct options, now)},
};
#define NUMBER_COUNT (sizeof numbers / sizeof numbers[0])
enum { OPTION_CONNINFO = NUMBER_COUNT, OPTION_ROSTER, OPTION_DROP_INDEXES, OPTION_COUNT };

static _Noreturn void refuse(void)
{
    fputs(usage, stderr);
    exit(2);
}

static int64_t read_number(const struct option_row *row, const char *text)
{
    char *end;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < row->least || value > row->most)
        fail("--%s takes a whole number from %lld to %lld", row->name, (long long)row->least, (long long)row->most);
    return value;
}

static void read_options(int argc, char **argv, struct options *out)
{
    struct option known[OPTION_COUNT + 1] = {
        [OPTION_CONNINFO] = {"conninfo", required_argument, NULL, OPTION_CONNINFO},
        [OPTION_ROSTER] = {"roster", required_argument, NULL, OPTION_ROSTER},
        [OPTION_DROP_INDEXES] = {"drop-indexes", no_argument, NULL, OPTION_DROP_INDEXES}};
    int found;

    for (size_t i = 0; i < NUMBER_COUNT; i++)
        known[i] = (struct option){numbers[i].name, required_argument, NULL, (int)i};
    *out = (struct options){.regions = 8, .branches = 4, .customers = 1};
    while ((found = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (found >= 0 && (size_t)found < NUMBER_COUNT)
            *(int64_t *)(void *)((char *)out + numbers[found].offset) = read_number(&numbers[found], optarg);
        else if (found == OPTION_CONNINFO)
            out->conninfo = optarg;
        else if (found == OPTION_ROSTER)
            out->roster = optarg;
        else if (found == OPTION_DROP_INDEXES)
            out->drop_indexes = true;
        else
            refuse();
    }
    if (optind < argc || out->conninfo == NULL || out->roster == NULL)
        refuse();
}

static void check_empty(PGconn *conn)
{
    static const char sql[] = "SELECT (EXISTS (SELECT FROM event) OR EXISTS (SELECT FROM customer) OR "
                              "        EXISTS (SELECT FROM command) OR EXISTS (SELECT FROM trade_import))::integer";

    if (database_number(conn, sql, 0, NULL) != 0)
        fail("the database is not empty");
}

static void read_policy(struct plant *plant)
{
    PGresult *row =
        database_query(plant->conn, "SELECT version, text FROM policy_version ORDER BY version DESC LIMIT 1", 0, NULL);
    char message[512];

    if (PQntuples(row) != 1)
        fail("the database has no policy yet");
    if (!policy_parse("policy", PQgetvalue(row, 0, 1), plant->arena, &plant->policy, message, sizeof message))
        fail("%s", message);
    if (plant->options.trades > 0 && plant->policy.band_count == 0)
        fail("the policy does not say how standing is computed");
    plant->policy.version = (int32_t)strtol(PQgetvalue(row, 0, 0), NULL, 10);
    PQclear(row);
}

static void begin(struct plant *plant)
{
    const int64_t two_years = 730 * US_PER_DAY;

    plant->arena = arena_new(0);
    plant->scratch = arena_new(0);
    plant->conn = database_connect(plant->options.conninfo);
    check_empty(plant->conn);
    read_policy(plant);
    plant->now =
        plant->options.now != 0 ? plant->options.now : database_number(plant->conn, "SELECT business_now()", 0, NULL);
    plant->past = plant->now - two_years;
    plant->roster = fopen(plant->options.roster, "w");
    if (plant->roster == NULL)
        fail("%s: %s", plant->options.roster, strerror(errno));
}

static void end(struct plant *plant)
{
    char number[24];
    const char *value = number;

    snprintf(number, sizeof number, "%lld", (long long)plant->last_number);
    database_number(plant->conn, "SELECT setval('row_number', $1::bigint)", 1, &value);
    database_run(plant->conn, "COMMIT");
    database_run(plant->conn, "ANALYZE unit, app_user, session, trade_import");
    if (fclose(plant->roster) != 0)
        fail("%s: %s", plant->options.roster, strerror(errno));
}

int main(int argc, char **argv)
{
    static struct plant plant;
    PGresult *indexes = NULL;

    read_options(argc, argv, &plant.options);
    CHECK(sodium_init() >= 0);
    begin(&plant);
    if (plant.options.drop_indexes)
        indexes = indexes_drop(plant.conn, rows_tables);
    rows_begin(&plant);
    database_run(plant.conn, "BEGIN");
    organisation_make(&plant);
    customers_make(&plant);
    rows_end(&plant);
    end(&plant);
    if (indexes != NULL)
        indexes_make(plant.conn, indexes);
    printf("%lld events, %lld applications, %lld customers\n", (long long)plant.tables[TABLE_EVENT].rows,
           (long long)plant.tables[TABLE_APPLICATION].rows, (long long)plant.tables[TABLE_CUSTOMER].rows);
    PQfinish(plant.conn);
    arena_free(plant.scratch);
    arena_free(plant.arena);
    return 0;
}
