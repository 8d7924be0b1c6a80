/* The set-based limit: one connection that sends what a server's commit connection has sent (a recording of record.so),
 * one unit after the other, and nothing else; no network, no decision, no answers. On a database that is as it was when
 * the recording began, else a statement does not touch the rows that it names, and the replay fails.
 *
 *     replay --conninfo C --file FILE [--seconds S] [--skip N] [--in-flight K]
 *
 * --skip: the first N units are not counted; --seconds: ends after S counted seconds; --in-flight: how many units are
 * under way at a time (1: each waits for the results of the one before, as it must when it is decided on them). Prints
 * one line of JSON. */
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/replay/recording.h"

#define DISCARD        "DISCARD PLANS"
#define ARRAY_COUNT_AT 12 /* of an array in binary format: dimensions, flags, type, count */

struct options {
    const char *conninfo, *file;
    double seconds; /* 0: to the end */
    long skip, in_flight;
};

struct counts {
    int64_t units, transactions, commands;
};

struct replay {
    PGconn *conn;
    struct recording recording;
    int32_t first;  /* the connection whose set-up is replayed; of others only the units */
    long in_flight; /* units whose Sync is on its way */
};

_Noreturn static void fail(const char *what, const char *why)
{
    fprintf(stderr, "replay: %s: %s\n", what, why);
    exit(1);
}

static void usage(void)
{
    fail("usage", "replay --conninfo C --file FILE [--seconds S] [--skip N] [--in-flight K]");
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double number_of(const char *text, double least)
{
    char *end;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(value >= least && value < 1e12))
        usage();
    return value;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"conninfo", required_argument, NULL, 'c'},  {"file", required_argument, NULL, 'f'},
        {"seconds", required_argument, NULL, 's'},   {"skip", required_argument, NULL, 'k'},
        {"in-flight", required_argument, NULL, 'i'}, {0}};
    struct options options = {.in_flight = 1};
    int letter;

    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (letter) {
        case 'c':
            options.conninfo = optarg;
            break;
        case 'f':
            options.file = optarg;
            break;
        case 's':
            options.seconds = number_of(optarg, 0);
            break;
        case 'k':
            options.skip = (long)number_of(optarg, 0);
            break;
        case 'i':
            options.in_flight = (long)number_of(optarg, 1);
            break;
        default:
            usage();
        }
    }
    if (options.conninfo == NULL || options.file == NULL || optind != argc)
        usage();
    return options;
}

/* ---- sending ---- */

static bool is_apply(const struct record *record)
{
    return record->kind == RECORD_EXECUTE && strncmp(record->name, "apply_", 6) == 0;
}

/* The number of rows stands in the header of their array. */
static int64_t rows_of(const struct record *record)
{
    uint32_t rows;

    if (strcmp(record->name, RECORD_OF_COMMANDS) != 0)
        return 0;
    if (record->count != 1 || record->lengths[0] < ARRAY_COUNT_AT + 4)
        fail(record->name, "its parameter is no array");
    memcpy(&rows, record->values[0] + ARRAY_COUNT_AT, sizeof rows);
    return be32toh(rows);
}

/* Is it the set-up of another connection than the first? */
static bool is_foreign_setup(const struct replay *replay, const struct record *record)
{
    return record->connection != replay->first &&
           (record->kind == RECORD_PREPARE || (record->kind == RECORD_QUERY && strcmp(record->name, DISCARD) != 0));
}

static void send_record(struct replay *replay, const struct record *record)
{
    PGconn *conn = replay->conn;
    int sent = 0;

    switch (record->kind) {
    case RECORD_PREPARE:
        sent = PQsendPrepare(conn, record->name, record->text, 0, NULL);
        break;
    case RECORD_QUERY:
        sent = PQsendQueryParams(conn, record->name, record->count, NULL, record->values, record->lengths,
                                 record->formats, 0);
        break;
    case RECORD_EXECUTE:
        sent =
            PQsendQueryPrepared(conn, record->name, record->count, record->values, record->lengths, record->formats, 0);
        break;
    default:
        sent = PQpipelineSync(conn);
    }
    if (sent != 1)
        fail(record->name, PQerrorMessage(conn));
}

/* Sends the next unit; false: there is none. */
static bool send_unit(struct replay *replay, struct counts *counts)
{
    struct record record;
    bool applies = false;

    while (recording_next(&replay->recording, &record)) {
        if (replay->first == 0)
            replay->first = record.connection;
        if (is_foreign_setup(replay, &record))
            continue;
        send_record(replay, &record);
        if (record.kind == RECORD_EXECUTE) {
            applies |= is_apply(&record);
            counts->commands += rows_of(&record);
        } else if (record.kind == RECORD_SYNC) {
            counts->units++;
            counts->transactions += applies;
            replay->in_flight++;
            return true;
        }
    }
    return false;
}

/* ---- results ---- */

/* Waits until the oldest unit has ended. */
static void take_unit(struct replay *replay)
{
    int nulls = 0;

    for (;;) {
        PGresult *result = PQgetResult(replay->conn);
        ExecStatusType status = PQresultStatus(result);
        if (result != NULL && status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC)
            fail("a statement failed", PQresultErrorMessage(result));
        if ((nulls = result == NULL ? nulls + 1 : 0) > 2)
            fail("the connection has no more results", PQerrorMessage(replay->conn));
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            break;
    }
    replay->in_flight--;
}

/* ---- the run ---- */

static void connect_to(struct replay *replay, const char *conninfo)
{
    const char *keys[] = {"dbname", "fallback_application_name", "client_encoding", "gssencmode", NULL};
    const char *values[] = {conninfo, "replay", "UTF8", "disable", NULL};

    replay->conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(replay->conn) != CONNECTION_OK || PQenterPipelineMode(replay->conn) != 1)
        fail("connecting", PQerrorMessage(replay->conn));
}

/* Whole units, at most `units` (-1: all) or until the clock passes `end` (0: never). */
static struct counts run(struct replay *replay, long in_flight, int64_t units, double end)
{
    struct counts counts = {0};
    bool more = true;

    while (more || replay->in_flight > 0) {
        more = more && (units < 0 || counts.units < units) && (end <= 0 || now() < end);
        more = more && send_unit(replay, &counts);
        while (replay->in_flight > 0 && (!more || replay->in_flight >= in_flight))
            take_unit(replay);
    }
    return counts;
}

int main(int argc, char **argv)
{
    struct options options = read_options(argc, argv);
    struct replay replay = {0};

    recording_open(&replay.recording, options.file);
    connect_to(&replay, options.conninfo);
    /* The first two units are the set-up and the statements. */
    run(&replay, options.in_flight, 2 + options.skip, 0);
    double begin = now();
    struct counts counts = run(&replay, options.in_flight, -1, options.seconds > 0 ? begin + options.seconds : 0);
    double seconds = now() - begin;
    PQfinish(replay.conn);
    recording_close(&replay.recording);
    printf("{\"transactions\": %lld, \"commands\": %lld, \"seconds\": %.6f, \"rate\": %.1f, "
           "\"commands_per_transaction\": %.2f}\n",
           (long long)counts.transactions, (long long)counts.commands, seconds, (double)counts.commands / seconds,
           counts.transactions > 0 ? (double)counts.commands / (double)counts.transactions : 0);
    return 0;
}
