/* plant: fills a migrated, empty database as if creditd had worked in it for two years. Customers are written one by
 * one, each with its whole chain, so that memory does not grow with their number; what a step leads to is decided by
 * the product's own rules. */
#ifndef CREDITD_BENCH_PLANT_H
#define CREDITD_BENCH_PLANT_H

#include <libpq-fe.h>
#include <stdio.h>

#include "common/arena.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"
#include "server/store/store.h"
#include "tests/bench/plant/copy.h"

#define CHUNK_ROWS 256 /* trades of one command of an import */

enum table {
    TABLE_EVENT,
    TABLE_COMMAND,
    TABLE_APPLICATION,
    TABLE_CUSTOMER,
    TABLE_STANDING,
    TABLE_TIMER,
    TABLE_TRADE,
    TABLE_IMPORT_CUSTOMER,
    TABLE_COUNT
};

struct options {
    const char *conninfo, *roster;
    int64_t regions, branches; /* branches of each region */
    int64_t customers, applications, waiting, trades;
    int64_t now; /* 0: the business time of the database */
    bool drop_indexes;
};

/* A branch with those who work on its cases. */
struct branch {
    const struct unit *unit, *region;
    const struct user *submitter, *verifier;
};

struct plant {
    struct options options;
    PGconn *conn; /* everything that is not sent by COPY; in a transaction until the end */
    FILE *roster;
    struct arena *arena, *scratch; /* for good; of one customer */
    struct policy policy;
    struct organisation org;
    const struct user *administrator, *importer;
    const struct user **approvers;
    size_t approver_count;
    struct branch *branches;
    size_t branch_count;
    int64_t now, past; /* the present, and when the organisation began */
    int64_t last_number;
    struct copy tables[TABLE_COUNT];
    uint64_t random;
    /* the import of trades */
    struct trade_import import;
    struct uuid chunk;
    int64_t chunk_rows; /* of the chunk under way */
};

/* ---- random.c: the same numbers in every run; only tokens are secret ---- */

uint64_t random_next(struct plant *plant);
/* From 0 to below `bound`. */
int64_t random_below(struct plant *plant, int64_t bound);
/* Of version 7, as a client would have made it at that instant. */
struct uuid random_uuid(struct plant *plant, int64_t at);

/* ---- rows.c ---- */

/* Names of all the tables, with commas between. */
extern const char rows_tables[];
void rows_begin(struct plant *plant);
void rows_end(struct plant *plant);
/* The next event of a chain, whose head is moved. */
void row_event(struct plant *plant, struct event *event, int64_t *seq, uint8_t hash[CHAIN_HASH_BYTES]);
/* An accepted command. */
void row_command(struct plant *plant, const struct stored_command *row);
void row_customer(struct plant *plant, const struct customer *row);
void row_application(struct plant *plant, const struct application *row);
/* The standing that the last event of the customer's chain has put in force. */
void row_standing(struct plant *plant, const struct customer *customer, enum cause cause, int64_t application);
/* The timer that an open application waits for. */
void row_timer(struct plant *plant, const struct application *row);
/* The next evaluation of a customer, if there is to be one. */
void row_evaluation_timer(struct plant *plant, const struct customer *row);
void row_trade(struct plant *plant, const struct trade *row);
void row_import_customer(struct plant *plant, const struct import_customer *row);

/* ---- organisation.c ---- */

/* Units, users and their sessions, the organisation's chain, and the lines of people in the roster. */
void organisation_make(struct plant *plant);

/* ---- customers.c ---- */

void customers_make(struct plant *plant);

/* ---- trades.c ---- */

/* Begins the import that all trades come from. */
void trades_begin(struct plant *plant);
/* Trades of a customer, all fulfilled, of the volume that his grade stands for, and the evaluation after the import. */
void trades_of_customer(struct plant *plant, int64_t count, struct customer *customer);
void trades_end(struct plant *plant);

#endif
