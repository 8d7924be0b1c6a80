/* Trades and imports of a change set. */
#include <string.h>

#include "server/store/apply.h"

static int by_document(const void *a, const void *b)
{
    const struct trade_write *const *x = a, *const *y = b;
    int home = apply_compare_int((*x)->row->home, (*y)->row->home);
    return home != 0 ? home : strcmp((*x)->row->document, (*y)->row->document);
}

static int by_import(const void *a, const void *b)
{
    const struct import_write *const *x = a, *const *y = b;
    return apply_compare_key((*x)->row->key, (*y)->row->key);
}

static int by_customer(const void *a, const void *b)
{
    const struct import_customer *const *x = a, *const *y = b;
    int key = apply_compare_key((*x)->customer, (*y)->customer);
    return key != 0 ? key : apply_compare_int((*x)->import_id, (*y)->import_id);
}

static void put_trade(struct rows *out, const struct trade *row, int32_t loaded_version, int64_t superseded_at)
{
    put_int(out, row->home);
    put_text(out, row->document);
    put_int(out, row->customer_id);
    put_int(out, loaded_version);
    put_int(out, row->version);
    put_text(out, row->currency);
    put_int(out, row->amount_minor);
    put_date(out, row->issued_on);
    put_date(out, row->due_on);
    put_date_or_null(out, row->settled, row->settled_on);
    put_int(out, row->cancelled);
    if (row->import.id != 0)
        put_int(out, row->import.home); /* that of HQ is 0 */
    else
        put_null(out);
    put_int_or_null(out, row->import.id);
    put_uuid(out, row->command_id);
    put_int(out, row->recorded_at);
    put_int_or_null(out, superseded_at);
}

static void apply_trade_rows(struct txn *txn, const struct change_set *set, bool insert)
{
    const struct trade_write **writes;
    size_t count = 0;

    for (size_t i = 0; i < set->trade_count; i++)
        count += (set->trades[i].loaded_version == 0) == insert;
    if (count == 0)
        return;
    writes = (const struct trade_write **)apply_sorted(txn_params(txn)->arena, set->trades, set->trade_count,
                                                       sizeof *set->trades, by_document);
    struct rows *out = rows_new(txn_params(txn), ROW_trade_write, count);
    for (size_t i = 0; i < set->trade_count; i++)
        if ((writes[i]->loaded_version == 0) == insert)
            put_trade(out, writes[i]->row, writes[i]->loaded_version, 0);
    if (insert)
        apply_add(txn, STATEMENT_apply_trade_insert, out, count);
    else
        apply_add_expecting(txn, STATEMENT_apply_trade_update, out, count);
}

static void apply_past(struct txn *txn, const struct change_set *set)
{
    if (set->trade_past_count == 0)
        return;
    struct rows *out = rows_new(txn_params(txn), ROW_trade_write, set->trade_past_count);
    for (size_t i = 0; i < set->trade_past_count; i++)
        put_trade(out, &set->trades_past[i].row, 0, set->trades_past[i].superseded_at);
    apply_add(txn, STATEMENT_apply_trade_past_insert, out, set->trade_past_count);
}

static void put_import(struct rows *out, const struct import_write *write)
{
    const struct trade_import *row = write->row;

    put_int(out, row->key.home);
    put_int(out, row->key.id);
    put_int(out, write->loaded_version);
    put_int(out, row->version);
    put_int(out, row->user_id);
    put_bytes(out, row->source, sizeof row->source);
    put_text(out, row->name);
    put_int(out, row->create_customers);
    put_int(out, row->started_at);
    put_int(out, row->last_at);
    put_int_or_null(out, row->finished_at);
    put_int(out, row->added);
    put_int(out, row->changed);
    put_int(out, row->unchanged);
    put_int(out, row->refused);
    put_int(out, row->customers_added);
    put_int(out, row->customers);
    put_int(out, row->evaluated);
    put_int(out, row->demoted);
    put_int(out, row->corrected);
    put_int(out, row->criteria);
}

static void apply_imports(struct txn *txn, const struct change_set *set, bool insert)
{
    const struct import_write **writes = (const struct import_write **)apply_sorted(
        txn_params(txn)->arena, set->imports, set->import_count, sizeof *set->imports, by_import);
    size_t count = 0;

    for (size_t i = 0; i < set->import_count; i++)
        count += (writes[i]->loaded_version == 0) == insert;
    if (count == 0)
        return;
    struct rows *out = rows_new(txn_params(txn), ROW_import_write, count);
    for (size_t i = 0; i < set->import_count; i++)
        if ((writes[i]->loaded_version == 0) == insert)
            put_import(out, writes[i]);
    if (insert)
        apply_add(txn, STATEMENT_apply_import_insert, out, count);
    else
        apply_add_expecting(txn, STATEMENT_apply_import_update, out, count);
}

static void apply_import_customers(struct txn *txn, const struct import_customer *customers, size_t count, bool insert)
{
    const struct import_customer **sorted = (const struct import_customer **)apply_sorted(
        txn_params(txn)->arena, customers, count, sizeof *customers, by_customer);

    if (count == 0)
        return;
    struct rows *out = rows_new(txn_params(txn), ROW_import_customer_write, count);
    for (size_t i = 0; i < count; i++) {
        put_int(out, sorted[i]->customer.home);
        put_int(out, sorted[i]->customer.id);
        put_int(out, sorted[i]->import_id);
        put_uuid_or_null(out, sorted[i]->command_id);
        put_int_or_null(out, sorted[i]->result);
    }
    if (insert)
        apply_add(txn, STATEMENT_apply_import_customer_insert, out, count);
    else
        apply_add_expecting(txn, STATEMENT_apply_import_customer_update, out, count);
}

void apply_trades(struct txn *txn, const struct change_set *set)
{
    apply_trade_rows(txn, set, false);
    apply_trade_rows(txn, set, true);
    apply_past(txn, set);
    apply_imports(txn, set, false);
    apply_imports(txn, set, true);
    apply_import_customers(txn, set->touched, set->touched_count, true);
    apply_import_customers(txn, set->evaluated, set->evaluated_count, false);
}
