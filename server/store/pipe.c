/* Units on a connection in pipeline mode: sending, matching results to them in order, and what a lost connection means
 * for each. A queue of expected results drives it, never the count of NULLs that libpq gives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/log.h"
#include "server/store/connection.h"
#include "server/store/failpoint.h"

#define STATEMENT_NAME(name, on, text) #name,
#define STATEMENT_TEXT(name, on, text) text,
#define STATEMENT_ON(name, on, text)   on,
const char *const statement_names[STATEMENT_COUNT] = {STATEMENTS(STATEMENT_NAME)};
const char *const statement_texts[STATEMENT_COUNT] = {STATEMENTS(STATEMENT_TEXT)};
/* ON_ bits of the connections that prepare it. */
static const unsigned statement_on[STATEMENT_COUNT] = {STATEMENTS(STATEMENT_ON)};

#define READ_GRACE_MS 5000 /* beyond statement_timeout, which the server keeps */
#define NULLS_MAX     4    /* results in a row that are none: libpq has nothing more */

/* ---- building ---- */

static struct txn *new_txn(struct store *store, bool writes, store_done *done, void *arg)
{
    struct txn *txn = xcalloc(1, sizeof *txn);

    txn->store = store;
    txn->writes = writes;
    txn->done = done;
    txn->arg = arg;
    txn->scratch = arena_new(0);
    params_init(&txn->params, txn->scratch, txn->store->row_types);
    return txn;
}

struct txn *txn_new(struct store *store, bool writes, struct arena *arena, void *out, store_done *done, void *arg)
{
    struct txn *txn = new_txn(store, writes, done, arg);

    txn->arena = arena;
    txn->out = out;
    txn->lost = store->state != CONNECTION_UP || store->broken;
    return txn;
}

struct params *txn_params(struct txn *txn)
{
    return &txn->params;
}

void txn_count_rows(struct txn *txn, size_t rows)
{
    txn->rows += rows;
}

void *txn_out(const struct txn *txn)
{
    return txn->out;
}

struct arena *txn_arena(const struct txn *txn)
{
    return txn->arena;
}

/* Notes a statement that has been given to libpq, or that it refused. */
static void note_sent(struct txn *txn, enum statement statement, txn_take *take, int sent)
{
    if (sent != 1) {
        log_warning("%s: %s: %s", txn->store->name, statement_names[statement], PQerrorMessage(txn->store->conn));
        txn->lost = true;
        connection_break(txn->store, "a statement could not be sent");
        return;
    }
    CHECK(txn->count < STATEMENT_COUNT);
    txn->statements[txn->count] = statement;
    txn->takes[txn->count++] = take;
}

static int send_prepared(PGconn *conn, enum statement statement, const struct params *params)
{
    return PQsendQueryPrepared(conn, statement_names[statement], params->count, params->values, params->lengths,
                               params->formats, 0);
}

/* What follows a statement that fails is not run by the database, so it counts for no failpoint. */
static bool fails_already(const struct txn *txn)
{
    for (int i = 0; i < txn->count; i++)
        if (txn->statements[i] == STATEMENT_failpoint)
            return true;
    return false;
}

/* Is the statement prepared on this connection? */
static bool is_on(const struct store *store, enum statement statement)
{
    return (statement_on[statement] & 1u << store->use) != 0;
}

void txn_add(struct txn *txn, enum statement statement, txn_take *take)
{
    struct store *store = txn->store;
    const char *sqlstate = NULL;

    if (!txn->lost && !fails_already(txn))
        sqlstate = failpoint_due(store->failpoint, statement);

    if (sqlstate != NULL) {
        log_warning("%s: failpoint in %s", store->name, statement_names[statement]);
        params_init(&txn->params, txn->scratch, txn->store->row_types);
        param_text(&txn->params, sqlstate);
        statement = STATEMENT_failpoint;
        take = NULL;
    }
    if (!txn->lost)
        note_sent(txn, statement, take, send_prepared(store->conn, statement, &txn->params));
    params_init(&txn->params, txn->scratch, txn->store->row_types);
}

/* ---- the queue ---- */

static void end_later(struct store *store, struct txn *txn, enum store_result result)
{
    txn->result = result;
    txn->next = NULL;
    *store->ended_tail = txn;
    store->ended_tail = &txn->next;
    event_active(store->turn, EV_TIMEOUT, 0);
}

/* Arms or disarms the time-out of the head. */
static void guard(struct store *store)
{
    int ms = store->writer ? store->config.commit_timeout_ms : store->config.statement_timeout_ms + READ_GRACE_MS;
    struct timeval time = {ms / 1000, (ms % 1000) * 1000};

    if (store->head != NULL)
        evtimer_add(store->guard, &time);
    else
        evtimer_del(store->guard);
}

void pipe_sent(struct store *store)
{
    int left = PQflush(store->conn);

    store->unflushed = left == 1;
    if (left < 0) {
        connection_break(store, PQerrorMessage(store->conn));
    } else if (left == 1) {
        event_add(store->write_event, NULL);
        event_active(store->turn, EV_TIMEOUT, 0); /* libpq may have read while it could not write */
    } else {
        event_del(store->write_event);
    }
}

void txn_send(struct txn *txn)
{
    struct store *store = txn->store;

    arena_free(txn->scratch);
    txn->scratch = NULL;
    store->pending++;
    if (!txn->lost && PQpipelineSync(store->conn) != 1) {
        txn->lost = true;
        connection_break(store, PQerrorMessage(store->conn));
    }
    if (txn->lost) {
        end_later(store, txn, STORE_DOWN);
        return;
    }
    bool first = store->head == NULL;
    *store->tail = txn;
    store->tail = &txn->next;
    if (first)
        guard(store);
    pipe_sent(store);
}

struct txn *pipe_send_setup(struct store *store, store_done *done, txn_take *take, txn_take *take_types)
{
    static const char *const names[] = {row_type_names};
    struct txn *txn = new_txn(store, false, done, store);
    char statement_ms[16], lock_ms[16];
    const char *values[3] = {statement_ms, lock_ms, store->writer ? "force_generic_plan" : "force_custom_plan"};

    txn->out = store;
    snprintf(statement_ms, sizeof statement_ms, "%d", store->writer ? 0 : store->config.statement_timeout_ms);
    snprintf(lock_ms, sizeof lock_ms, "%d",
             (store->writer ? store->config.commit_timeout_ms : store->config.statement_timeout_ms) / 2);
    note_sent(txn, STATEMENT_session_setup, take,
              PQsendQueryParams(store->conn, statement_texts[STATEMENT_session_setup], 3, NULL, values, NULL, NULL, 0));
    if (store->writer)
        note_sent(txn, STATEMENT_row_types, take_types,
                  PQsendQueryParams(store->conn, statement_texts[STATEMENT_row_types], 1, NULL, names, NULL, NULL, 0));
    txn_send(txn);
    return txn;
}

struct txn *pipe_send_prepare(struct store *store, store_done *done)
{
    struct txn *txn = new_txn(store, false, done, store);

    for (int i = 0; i < STATEMENT_COUNT && !txn->lost; i++)
        if (is_on(store, (enum statement)i))
            note_sent(txn, (enum statement)i, NULL,
                      PQsendPrepare(store->conn, statement_names[i], statement_texts[i], 0, NULL));
    txn_send(txn);
    return txn;
}

static void discarded(void *arg, enum store_result result)
{
    const struct store *store = arg;

    if (result != STORE_OK)
        log_warning("%s: DISCARD PLANS was refused", store->name);
}

/* Generic plans are made anew with what the tables hold now. */
static void discard_plans(struct store *store)
{
    struct txn *txn = new_txn(store, false, discarded, store);

    note_sent(txn, STATEMENT_session_setup, NULL,
              PQsendQueryParams(store->conn, "DISCARD PLANS", 0, NULL, NULL, NULL, NULL, 0));
    txn_send(txn);
    store->discard_at_ms = connection_clock_ms() + REPLAN_EVERY_MS;
}

/* A plan made while the tables were empty is bad for long, and forced generic plans stay: they are made anew as the
 * tables grow, whenever as many rows were written again as before, and later by time. */
static void count_write(struct store *store, uint64_t rows)
{
    store->rows_written += 1 + rows;
    if (!store->writer || store->state != CONNECTION_UP || store->broken ||
        (store->rows_written < store->discard_at_rows && connection_clock_ms() < store->discard_at_ms))
        return;
    store->discard_at_rows = store->rows_written * 2;
    discard_plans(store);
}

/* ---- results ---- */

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A read that was cancelled, as by its time-out, may be quicker the next time. */
static enum store_result classify(const struct store *store, const char *sqlstate)
{
    static const char *const conflicts[] = {"40001", "40P01", "55P03", "23505", "CR001"};
    static const char *const downs[] = {"57P0", "53", "08"};

    if (!store->writer && strcmp(sqlstate, "57014") == 0)
        return STORE_CONFLICT;
    for (size_t i = 0; i < sizeof conflicts / sizeof conflicts[0]; i++)
        if (strcmp(sqlstate, conflicts[i]) == 0)
            return STORE_CONFLICT;
    for (size_t i = 0; i < sizeof downs / sizeof downs[0]; i++)
        if (starts(sqlstate, downs[i]))
            return STORE_DOWN;
    return STORE_BROKEN;
}

static const char *field_or(const PGresult *result, int field, const char *otherwise)
{
    const char *text = PQresultErrorField(result, field);
    return text == NULL ? otherwise : text;
}

/* An error of the server ends the unit without effect, unless it is fatal and all that was left was the commit. An
 * error that libpq made up (no SQLSTATE) is a lost connection and handled as such. */
static void take_error(struct txn *txn, const PGresult *result)
{
    const char *sqlstate = field_or(result, PG_DIAG_SQLSTATE, NULL);
    const char *name = txn->taken < txn->count ? statement_names[txn->statements[txn->taken]] : "commit";

    if (sqlstate == NULL) {
        connection_break(txn->store, "connection lost");
        return;
    }
    if (txn->taken == txn->count && strcmp(field_or(result, PG_DIAG_SEVERITY_NONLOCALIZED, ""), "ERROR") != 0) {
        txn->doubt = true;
    } else if (!txn->failed) {
        txn->failed = true;
        txn->result = classify(txn->store, sqlstate);
    }
    if (txn->result == STORE_CONFLICT && txn->store->writer)
        log_debug("%s: %s: %s %s", txn->store->name, name, sqlstate, field_or(result, PG_DIAG_CONSTRAINT_NAME, ""));
    else if (txn->result == STORE_CONFLICT)
        log_warning("%s: %s: %s %s", txn->store->name, name, sqlstate, field_or(result, PG_DIAG_MESSAGE_PRIMARY, ""));
    else
        log_error("%s: %s: %s %s (constraint %s)", txn->store->name, name, sqlstate,
                  field_or(result, PG_DIAG_MESSAGE_PRIMARY, ""), field_or(result, PG_DIAG_CONSTRAINT_NAME, "none"));
    if (txn->taken < txn->count)
        txn->taken++;
}

void txn_refuse(struct txn *txn, const char *why)
{
    if (!txn->failed) {
        txn->failed = true;
        txn->result = STORE_DOWN;
    }
    connection_break(txn->store, why);
}

/* Calls back and frees. The callback may use the store, and may close it. */
static void answer(struct store *store, struct txn *txn)
{
    bool outer = store->inside;

    store->pending--;
    store->inside = true;
    if (!store->closed)
        txn->done(txn->arg, txn->result);
    store->inside = outer;
    free(txn);
}

static void finish_head(struct store *store)
{
    struct txn *txn = store->head;

    store->head = txn->next;
    if (store->head == NULL)
        store->tail = &store->head;
    guard(store);
    if (!txn->failed) {
        bool uncertain = txn->writes && (txn->doubt || txn->notice);
        txn->result = uncertain ? STORE_UNKNOWN : STORE_OK;
        if (txn->writes)
            count_write(store, txn->rows);
    }
    answer(store, txn);
}

static void take_result(struct store *store, const PGresult *result)
{
    struct txn *txn = store->head;

    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        if (txn->taken == txn->count)
            finish_head(store);
        else
            connection_break(store, "results do not match what was sent");
        break;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        CHECK(txn->taken < txn->count);
        if (txn->takes[txn->taken] != NULL && !txn->failed)
            txn->takes[txn->taken](txn, result);
        txn->taken++;
        break;
    case PGRES_PIPELINE_ABORTED:
        txn->taken += txn->taken < txn->count;
        break;
    case PGRES_FATAL_ERROR:
        take_error(txn, result);
        break;
    default:
        connection_break(store, "a result of an unknown kind");
    }
}

void pipe_read(struct store *store)
{
    int nulls = 0;

    while (store->head != NULL && !store->broken && !store->closed && nulls < NULLS_MAX && !PQisBusy(store->conn)) {
        PGresult *result = PQgetResult(store->conn);
        if (result == NULL) {
            nulls++;
            continue;
        }
        nulls = 0;
        take_result(store, result);
        PQclear(result);
    }
}

/* ---- the end of a connection ---- */

/* What is known of a unit whose answer will not come: a write whose Sync may have left is in doubt. Only the last one's
 * is sure to be here still, when libpq could not send everything. */
static enum store_result lost_result(const struct store *store, const struct txn *txn)
{
    bool sync_is_here = txn->next == NULL && store->unflushed;

    if (txn->failed)
        return txn->result;
    return txn->writes && !sync_is_here ? STORE_UNKNOWN : STORE_DOWN;
}

/* They go before what ended without being sent: that came after them, and is answered after them. */
void pipe_fail_all(struct store *store)
{
    struct txn *unsent = store->ended;

    store->ended = NULL;
    store->ended_tail = &store->ended;
    while (store->head != NULL) {
        struct txn *txn = store->head;
        enum store_result result = lost_result(store, txn);
        store->head = txn->next;
        end_later(store, txn, result);
    }
    while (unsent != NULL) {
        struct txn *next = unsent->next;
        end_later(store, unsent, unsent->result);
        unsent = next;
    }
    store->tail = &store->head;
    store->unflushed = false;
    guard(store);
}

void pipe_answer_ended(struct store *store)
{
    /* Only those there are now: a callback may add another that ends at once. */
    struct txn *txn = store->ended;

    store->ended = NULL;
    store->ended_tail = &store->ended;
    while (txn != NULL) {
        struct txn *next = txn->next;
        answer(store, txn);
        txn = next;
    }
}
