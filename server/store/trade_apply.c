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

static void put_trade(struct columns *columns, const struct trade *row)
{
    put_int(columns, row->version);
    put_text(columns, row->currency);
    put_int(columns, row->amount_minor);
    put_date(columns, row->issued_on);
    put_date(columns, row->due_on);
    put_date_or_null(columns, row->settled, row->settled_on);
    put_int(columns, row->cancelled);
    put_int(columns, row->import.home);
    put_int(columns, row->import.id);
    put_uuid(columns, row->command_id);
    put_int(columns, row->recorded_at);
}

static void apply_trade_rows(struct txn *txn, const struct change_set *set, bool insert)
{
    const struct trade_write **rows;
    size_t count = 0;

    for (size_t i = 0; i < set->trade_count; i++)
        count += (set->trades[i].loaded_version == 0) == insert;
    if (count == 0)
        return;
    rows = (const struct trade_write **)apply_sorted(txn_params(txn)->arena, set->trades, set->trade_count,
                                                     sizeof *set->trades, by_document);
    struct columns *columns = columns_new(txn_params(txn), insert ? "htqitqdddbhquq" : "htiitqdddbhquq", count);
    for (size_t i = 0; i < set->trade_count; i++) {
        const struct trade *row = rows[i]->row;
        if ((rows[i]->loaded_version == 0) != insert)
            continue;
        put_int(columns, row->home);
        put_text(columns, row->document);
        put_int(columns, insert ? row->customer_id : rows[i]->loaded_version);
        put_trade(columns, row);
    }
    if (insert)
        apply_add_rows(txn, STATEMENT_apply_trade_insert, columns, count);
    else
        apply_add(txn, STATEMENT_apply_trade_update, columns, count);
}

static void apply_past(struct txn *txn, const struct change_set *set)
{
    if (set->trade_past_count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), "htqitqdddbhquqq", set->trade_past_count);
    for (size_t i = 0; i < set->trade_past_count; i++) {
        const struct trade *row = &set->trades_past[i].row;
        put_int(columns, row->home);
        put_text(columns, row->document);
        put_int(columns, row->customer_id);
        put_trade(columns, row);
        put_int(columns, set->trades_past[i].superseded_at);
    }
    apply_add_rows(txn, STATEMENT_apply_trade_past_insert, columns, set->trade_past_count);
}

static void put_import_counts(struct columns *columns, const struct trade_import *row)
{
    put_int(columns, row->last_at);
    put_int(columns, row->finished_at);
    put_int(columns, row->added);
    put_int(columns, row->changed);
    put_int(columns, row->unchanged);
    put_int(columns, row->refused);
    put_int(columns, row->customers_added);
    put_int(columns, row->customers);
    put_int(columns, row->evaluated);
    put_int(columns, row->demoted);
    put_int(columns, row->corrected);
    put_int(columns, row->criteria);
}

static void apply_imports(struct txn *txn, const struct change_set *set, bool insert)
{
    const struct import_write **rows = (const struct import_write **)apply_sorted(
        txn_params(txn)->arena, set->imports, set->import_count, sizeof *set->imports, by_import);
    size_t count = 0;

    for (size_t i = 0; i < set->import_count; i++)
        count += (rows[i]->loaded_version == 0) == insert;
    if (count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), insert ? "hqiqrtbqqqqqqqqqqqqq" : "hqiiqqqqqqqqqqqq", count);
    for (size_t i = 0; i < set->import_count; i++) {
        const struct trade_import *row = rows[i]->row;
        if ((rows[i]->loaded_version == 0) != insert)
            continue;
        put_int(columns, row->key.home);
        put_int(columns, row->key.id);
        if (!insert)
            put_int(columns, rows[i]->loaded_version);
        put_int(columns, row->version);
        if (insert) {
            put_int(columns, row->user_id);
            put_bytes(columns, row->source, sizeof row->source);
            put_text(columns, row->name);
            put_int(columns, row->create_customers);
            put_int(columns, row->started_at);
        }
        put_import_counts(columns, row);
    }
    if (insert)
        apply_add_rows(txn, STATEMENT_apply_import_insert, columns, count);
    else
        apply_add(txn, STATEMENT_apply_import_update, columns, count);
}

static void apply_import_customers(struct txn *txn, const struct import_customer *customers, size_t count, bool insert)
{
    const struct import_customer **rows = (const struct import_customer **)apply_sorted(
        txn_params(txn)->arena, customers, count, sizeof *customers, by_customer);

    if (count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), insert ? "hqqu" : "hqqh", count);
    for (size_t i = 0; i < count; i++) {
        put_int(columns, rows[i]->customer.home);
        put_int(columns, rows[i]->customer.id);
        put_int(columns, rows[i]->import_id);
        if (insert)
            put_uuid(columns, rows[i]->command_id);
        else
            put_int(columns, rows[i]->result);
    }
    if (insert)
        apply_add_rows(txn, STATEMENT_apply_import_customer_insert, columns, count);
    else
        apply_add(txn, STATEMENT_apply_import_customer_update, columns, count);
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
