/* Reads of trades, imports, standings and criteria, and the search for what is to be evaluated. */
#include "common/check.h"
#include "server/store/pipe.h"

static void take_trade_page(struct txn *txn, const PGresult *result)
{
    struct trade_page *out = txn_out(txn);
    size_t limit = out->count, rows = (size_t)PQntuples(result);

    out->more = limit > 0 && rows > limit;
    out->count = out->more ? limit : rows;
    out->rows = ARENA_ARRAY(txn_arena(txn), struct trade, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->rows[i] = row_trade(&row);
    }
}

/* Starts a unit with the stamp and the customer's key as the first parameters. */
static struct txn *begin_page(struct store *store, const struct trade_filter *filter, struct arena *arena,
                              struct trade_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct trade_page){.count = filter->limit};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    param_int2(txn_params(txn), filter->customer.home);
    param_int8(txn_params(txn), filter->customer.id);
    return txn;
}

void store_read_customer_trades(struct store *store, const struct trade_filter *filter, struct arena *arena,
                                struct trade_page *out, store_done *done, void *arg)
{
    struct txn *txn = begin_page(store, filter, arena, out, done, arg);

    CHECK(filter->limit == 0);
    param_int8(txn_params(txn), filter->known_at);
    param_date(txn_params(txn), filter->due_from);
    txn_add(txn, STATEMENT_read_customer_trades, take_trade_page);
    txn_send(txn);
}

void store_read_trades(struct store *store, const struct trade_filter *filter, struct arena *arena,
                       struct trade_page *out, store_done *done, void *arg)
{
    struct txn *txn = begin_page(store, filter, arena, out, done, arg);

    param_text(txn_params(txn), filter->document);
    param_text(txn_params(txn), filter->after == NULL ? "" : filter->after);
    param_int8(txn_params(txn), (int64_t)filter->limit + 1);
    txn_add(txn, STATEMENT_read_trades, take_trade_page);
    txn_send(txn);
}

void store_read_trade_versions(struct store *store, const struct trade_filter *filter, struct arena *arena,
                               struct trade_page *out, store_done *done, void *arg)
{
    struct txn *txn = begin_page(store, filter, arena, out, done, arg);

    param_text(txn_params(txn), filter->document);
    param_int8(txn_params(txn), (int64_t)filter->limit + 1);
    txn_add(txn, STATEMENT_read_trade_versions, take_trade_page);
    txn_send(txn);
}

static void take_standing(struct txn *txn, const PGresult *result)
{
    struct standing_found *out = txn_out(txn);
    struct row row = {.result = result};

    out->found = PQntuples(result) > 0;
    if (!out->found)
        return;
    out->row.seq = row_int(&row);
    out->row.standing.tier = (enum tier)row_int(&row);
    out->row.standing.grade = (enum grade)row_int(&row);
    out->row.cause = (enum cause)row_int(&row);
    out->row.valid_from = row_date(&row);
    out->row.recorded_at = row_int(&row);
}

void store_read_standing(struct store *store, struct key customer, civil_date on, int64_t known_at,
                         struct standing_found *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, NULL, out, done, arg);

    *out = (struct standing_found){.row.customer = customer};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    param_int2(txn_params(txn), customer.home);
    param_int8(txn_params(txn), customer.id);
    param_date(txn_params(txn), on);
    param_int8(txn_params(txn), known_at);
    txn_add(txn, STATEMENT_read_standing, take_standing);
    txn_send(txn);
}

static void take_import(struct txn *txn, const PGresult *result)
{
    struct import_found *out = txn_out(txn);
    struct row row = {.result = result, .arena = txn_arena(txn)};

    out->found = PQntuples(result) > 0;
    if (out->found)
        out->row = row_import(&row);
}

void store_read_import(struct store *store, struct key import, struct arena *arena, struct import_found *out,
                       store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct import_found){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    param_int2(txn_params(txn), import.home);
    param_int8(txn_params(txn), import.id);
    txn_add(txn, STATEMENT_read_import, take_import);
    txn_send(txn);
}

void store_read_criteria(struct store *store, const struct criterion_filter *filter, struct arena *arena,
                         struct customer_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct customer_page){.count = filter->limit};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    struct params *params = txn_params(txn);
    param_int8_list(params, filter->branches, filter->branch_count);
    param_int4(params, filter->region_id);
    param_int2(params, filter->after.home);
    param_int8(params, filter->after.id);
    param_int8(params, (int64_t)filter->limit + 1);
    param_bool(params, filter->unanswered);
    param_bool(params, filter->due);
    param_int8(params, filter->until.instant);
    param_int8_list(params, filter->until.units, filter->until.count);
    param_int8_list(params, filter->until.instants, filter->until.count);
    param_int8_list(params, filter->lacking, filter->lacking_count);
    txn_add(txn, STATEMENT_read_criteria, take_customer_page);
    txn_send(txn);
}

/* ---- what is to be evaluated ---- */

static void take_imported(struct txn *txn, const PGresult *result)
{
    struct evaluations_found *out = txn_out(txn);
    size_t count = (size_t)PQntuples(result);

    out->imported_count = count;
    out->imported = ARENA_ARRAY(txn_arena(txn), struct import_customer, count + 1);
    out->imports = ARENA_ARRAY(txn_arena(txn), struct key, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct row row = {.result = result, .row = (int)i};
        struct import_customer *customer = &out->imported[i];
        customer->customer.home = (int16_t)row_int(&row);
        customer->customer.id = row_int(&row);
        customer->import_id = row_int(&row);
        customer->command_id = row_uuid(&row);
        out->imports[i] = (struct key){(int16_t)row_int(&row), customer->import_id};
    }
}

static struct key *read_keys(struct txn *txn, const PGresult *result, size_t *count)
{
    *count = (size_t)PQntuples(result);
    struct key *keys = ARENA_ARRAY(txn_arena(txn), struct key, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        struct row row = {.result = result, .row = (int)i};
        keys[i].home = (int16_t)row_int(&row);
        keys[i].id = row_int(&row);
    }
    return keys;
}

static void take_idle_imports(struct txn *txn, const PGresult *result)
{
    struct evaluations_found *out = txn_out(txn);
    out->idle_imports = read_keys(txn, result, &out->idle_import_count);
}

static void take_stale(struct txn *txn, const PGresult *result)
{
    struct evaluations_found *out = txn_out(txn);
    out->stale = read_keys(txn, result, &out->stale_count);
}

static void take_late(struct txn *txn, const PGresult *result)
{
    struct evaluations_found *out = txn_out(txn);
    out->late = read_keys(txn, result, &out->late_count);
}

static void take_unfollowed(struct txn *txn, const PGresult *result)
{
    struct unfollowed *out = txn_out(txn);
    out->rows = read_keys(txn, result, &out->count);
}

void store_read_unfollowed(struct store *store, struct key after, unsigned limit, struct arena *arena,
                           struct unfollowed *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct unfollowed){.count = 0};
    param_int2(txn_params(txn), after.home);
    param_int8(txn_params(txn), after.id);
    param_int8(txn_params(txn), limit);
    txn_add(txn, STATEMENT_read_unfollowed, take_unfollowed);
    txn_send(txn);
}

void store_read_evaluations(struct store *store, const struct evaluation_search *search, struct arena *arena,
                            struct evaluations_found *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct evaluations_found){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    param_int8(txn_params(txn), search->imported_limit);
    param_int8(txn_params(txn), search->imported_after_import);
    param_int2(txn_params(txn), search->imported_after.home);
    param_int8(txn_params(txn), search->imported_after.id);
    txn_add(txn, STATEMENT_read_due_evaluations, take_imported);
    param_int8(txn_params(txn), search->import_idle_us);
    txn_add(txn, STATEMENT_read_idle_imports, take_idle_imports);
    param_int8(txn_params(txn), search->late_limit);
    txn_add(txn, STATEMENT_read_late_criteria, take_late);
    if (search->stale_limit > 0) {
        param_int2(txn_params(txn), search->stale_after.home);
        param_int8(txn_params(txn), search->stale_after.id);
        param_int4(txn_params(txn), search->policy_version);
        param_int8(txn_params(txn), search->stale_limit);
        param_bool(txn_params(txn), search->stale_assessed);
        txn_add(txn, STATEMENT_read_stale_evaluations, take_stale);
    }
    txn_send(txn);
}
