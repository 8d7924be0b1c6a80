/* What a batch needs, in one unit. A statement without keys is left out. */
#include <string.h>

#include "common/check.h"
#include "server/store/policy_rows.h"
#include "server/store/trade_load.h"

static void take_load_stamp(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);

    row_stamp(txn, result, &out->epoch, &out->now);
}

static void take_commands(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    out->commands = ARENA_ARRAY(txn_arena(txn), struct stored_command, count + 1);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = i};
        out->commands[out->command_count++] = row_command(&row);
    }
}

void grow_customers(struct loaded *out, struct arena *arena, size_t more)
{
    struct customer *rows = ARENA_ARRAY(arena, struct customer, out->customer_count + more + 1);

    if (out->customer_count > 0)
        memcpy(rows, out->customers, out->customer_count * sizeof *rows);
    out->customers = rows;
}

void take_customers(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    grow_customers(out, txn_arena(txn), (size_t)count);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = i};
        out->customers[out->customer_count++] = row_customer(&row);
    }
}

static void grow_applications(struct loaded *out, struct arena *arena, int more)
{
    struct application *rows = ARENA_ARRAY(arena, struct application, out->application_count + (size_t)more + 1);

    if (out->application_count > 0)
        memcpy(rows, out->applications, out->application_count * sizeof *rows);
    out->applications = rows;
}

void take_applications(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    grow_customers(out, txn_arena(txn), (size_t)count);
    grow_applications(out, txn_arena(txn), count);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = i};
        out->applications[out->application_count++] = row_application(&row);
        out->customers[out->customer_count++] = row_customer(&row);
    }
}

static void take_numbers(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    out->new_numbers = ARENA_ARRAY(txn_arena(txn), int64_t, count + 1);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .row = i};
        out->new_numbers[out->new_number_count++] = row_int(&row);
    }
}

static void read_head_row(const PGresult *result, struct reference_head *out)
{
    struct row row = {.result = result};

    out->chain_seq = row_int(&row);
    row_bytes(&row, out->chain_hash, sizeof out->chain_hash);
    out->last_event_at = row_int(&row);
}

static void take_head(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);

    read_head_row(result, &out->head);
}

static void take_only_head(struct txn *txn, const PGresult *result)
{
    read_head_row(result, txn_out(txn));
}

void store_read_head(struct store *store, enum reference_chain chain, struct reference_head *out, store_done *done,
                     void *arg)
{
    struct txn *txn = txn_new(store, false, NULL, out, done, arg);

    param_int2(txn_params(txn), (int16_t)chain);
    txn_add(txn, STATEMENT_load_head, take_only_head);
    txn_send(txn);
}

static void take_unit_customers(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    struct row row = {.result = result};

    out->unit_has_customers = row_int(&row) != 0;
}

void load_by_keys(struct txn *txn, enum statement statement, const struct key *keys, size_t count, txn_take *take)
{
    if (count == 0)
        return;
    struct rows *rows = rows_new(txn_params(txn), ROW_entity_key, count);
    for (size_t i = 0; i < count; i++) {
        put_int(rows, keys[i].home);
        put_int(rows, keys[i].id);
    }
    rows_close(rows);
    txn_add(txn, statement, take);
}

static void add_commands(struct txn *txn, const struct load_list *list)
{
    if (list->command_count == 0)
        return;
    struct rows *rows = rows_new(txn_params(txn), ROW_command_key, list->command_count);
    for (size_t i = 0; i < list->command_count; i++) {
        put_int(rows, list->commands[i].home);
        put_uuid(rows, list->commands[i].command_id);
    }
    rows_close(rows);
    txn_add(txn, STATEMENT_load_commands, take_commands);
}

/* A load under way. */
struct load {
    struct store *store;
    const struct load_list *list;
    struct arena *arena;
    struct loaded *out;
    store_done *done;
    void *arg;
};

/* Last, so that the epoch is never older than a row: what a row points to is known by that epoch's organisation. */
static void send_stamped(struct txn *txn)
{
    txn_add(txn, STATEMENT_load_stamp, take_load_stamp);
    txn_send(txn);
}

/* A second unit, when the first one has told that there is more to load. */
static void load_second(void *arg, enum store_result result)
{
    struct load *load = arg;
    struct txn *txn;

    if (result != STORE_OK || !has_rest(load->list, load->out)) {
        load->done(load->arg, result);
        return;
    }
    txn = txn_new(load->store, false, load->arena, load->out, load->done, load->arg);
    load_rest(txn, load->list, load->out);
    send_stamped(txn);
}

void store_load(struct store *store, const struct load_list *list, struct arena *arena, struct loaded *out,
                store_done *done, void *arg)
{
    struct load *load = ARENA_NEW(arena, struct load);
    struct txn *txn = txn_new(store, false, arena, out, load_second, load);

    *load = (struct load){store, list, arena, out, done, arg};
    *out = (struct loaded){.trade_months = list->trade_months};
    add_commands(txn, list);
    load_by_keys(txn, STATEMENT_load_customers, list->customers, list->customer_count, take_customers);
    load_by_keys(txn, STATEMENT_load_applications, list->applications, list->application_count, take_applications);
    load_by_keys(txn, STATEMENT_load_open_applications, list->with_case, list->with_case_count, take_applications);
    load_trade_rows(txn, list);
    if (list->new_numbers > 0) {
        CHECK(list->new_numbers <= INT32_MAX);
        param_int4(txn_params(txn), (int32_t)list->new_numbers);
        txn_add(txn, STATEMENT_load_numbers, take_numbers);
    }
    if (list->reference_head) {
        param_int2(txn_params(txn), (int16_t)list->chain);
        txn_add(txn, STATEMENT_load_head, take_head);
    }
    if (list->policy)
        load_policy(txn, list->policy_version);
    if (list->unit_code != NULL) {
        param_text(txn_params(txn), list->unit_code);
        txn_add(txn, STATEMENT_load_unit_customers, take_unit_customers);
    }
    send_stamped(txn);
}
