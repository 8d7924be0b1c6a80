/* Reads for the simulation of a policy: a range of customers at a time. */
#include "server/store/assessment_rows.h"

static void take_rows_stamp(struct txn *txn, const PGresult *result)
{
    struct simulation_rows *out = txn_out(txn);

    row_stamp(txn, result, &out->stamp.epoch, &out->stamp.now);
}

static void take_simulated_trades(struct txn *txn, const PGresult *result)
{
    struct simulation_rows *out = txn_out(txn);

    out->trade_count = (size_t)PQntuples(result);
    out->trades = ARENA_ARRAY(txn_arena(txn), struct trade, out->trade_count + 1);
    for (size_t i = 0; i < out->trade_count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->trades[i] = row_trade(&row);
    }
}

static void take_simulated_standings(struct txn *txn, const PGresult *result)
{
    struct simulation_rows *out = txn_out(txn);

    out->standing_count = (size_t)PQntuples(result);
    out->standings = ARENA_ARRAY(txn_arena(txn), struct standing_change, out->standing_count + 1);
    for (size_t i = 0; i < out->standing_count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        struct standing_change *change = &out->standings[i];
        change->customer.home = (int16_t)row_int(&row);
        change->customer.id = row_int(&row);
        change->standing.tier = (enum tier)row_int(&row);
        change->standing.grade = (enum grade)row_int(&row);
        change->valid_from = row_date(&row);
    }
}

static void take_simulated_assessments(struct txn *txn, const PGresult *result)
{
    struct simulation_rows *out = txn_out(txn);

    out->assessments = row_assessments(txn, result, &out->assessment_count);
}

static void put_range(struct txn *txn, const struct simulation_filter *filter)
{
    struct params *params = txn_params(txn);

    param_int2(params, filter->first.home);
    param_int8(params, filter->first.id);
    param_int2(params, filter->last.home);
    param_int8(params, filter->last.id);
    param_int4(params, filter->branch_id);
    param_int4(params, filter->region_id);
}

void store_read_simulation(struct store *store, const struct simulation_filter *filter, struct arena *arena,
                           struct simulation_rows *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct simulation_rows){.trade_count = 0};
    txn_add(txn, STATEMENT_load_stamp, take_rows_stamp);
    put_range(txn, filter);
    param_date(txn_params(txn), filter->due_from);
    param_int8(txn_params(txn), (int64_t)filter->trades_max);
    txn_add(txn, STATEMENT_read_simulated_trades, take_simulated_trades);
    put_range(txn, filter);
    txn_add(txn, STATEMENT_read_simulated_standings, take_simulated_standings);
    put_range(txn, filter);
    txn_add(txn, STATEMENT_read_simulated_assessments, take_simulated_assessments);
    txn_send(txn);
}

static void take_count_stamp(struct txn *txn, const PGresult *result)
{
    struct customer_count *out = txn_out(txn);

    row_stamp(txn, result, &out->stamp.epoch, &out->stamp.now);
}

static void take_count(struct txn *txn, const PGresult *result)
{
    struct customer_count *out = txn_out(txn);
    struct row row = {.result = result};

    out->count = row_int(&row);
}

void store_read_customer_count(struct store *store, int32_t branch_id, int32_t region_id, struct customer_count *out,
                               store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, NULL, out, done, arg);

    *out = (struct customer_count){.count = 0};
    txn_add(txn, STATEMENT_load_stamp, take_count_stamp);
    param_int4(txn_params(txn), branch_id);
    param_int4(txn_params(txn), region_id);
    txn_add(txn, STATEMENT_read_customer_count, take_count);
    txn_send(txn);
}
