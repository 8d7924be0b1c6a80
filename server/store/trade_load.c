/* Loading of trades, imports and what they touch. */
#include "server/store/trade_load.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "server/store/apply.h"

/* Rows of one statement, appended to those of others. */
static void *grow(struct arena *arena, const void *rows, size_t count, size_t more, size_t size)
{
    char *grown = arena_alloc(arena, (count + more + 1) * size);

    if (count > 0)
        memcpy(grown, rows, count * size);
    return grown;
}

static void take_trades(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    out->trades = grow(txn_arena(txn), out->trades, out->trade_count, (size_t)count, sizeof *out->trades);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = i};
        out->trades[out->trade_count++] = row_trade(&row);
    }
}

static int by_customer(const void *a, const void *b)
{
    const struct trade *x = a, *y = b;
    return apply_compare_key((struct key){x->home, x->customer_id}, (struct key){y->home, y->customer_id});
}

static int by_import_document(const void *a, const void *b)
{
    const struct trade *x = a, *y = b;
    int order = by_customer(a, b);

    order = order != 0 ? order : apply_compare_int(x->import.id, y->import.id);
    order = order != 0 ? order : strcmp(x->document, y->document);
    return order != 0 ? order : apply_compare_int(x->version, y->version);
}

static void take_evaluated_trades(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    size_t count = (size_t)PQntuples(result);

    out->customer_trades = ARENA_ARRAY(txn_arena(txn), struct trade, count + 1);
    out->import_trades = ARENA_ARRAY(txn_arena(txn), struct trade, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        struct trade trade = row_trade(&row);
        bool counts = row_int(&row) != 0, written = row_int(&row) != 0;
        if (counts)
            out->customer_trades[out->customer_trade_count++] = trade;
        if (written)
            out->import_trades[out->import_trade_count++] = trade;
    }
    qsort(out->customer_trades, out->customer_trade_count, sizeof *out->customer_trades, by_customer);
    qsort(out->import_trades, out->import_trade_count, sizeof *out->import_trades, by_import_document);
}

static void take_import_customers(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    out->import_customers = grow(txn_arena(txn), out->import_customers, out->import_customer_count, (size_t)count,
                                 sizeof *out->import_customers);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .row = i};
        out->import_customers[out->import_customer_count++] = row_import_customer(&row);
    }
}

static void take_imports(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    int count = PQntuples(result);

    out->imports = grow(txn_arena(txn), out->imports, out->import_count, (size_t)count, sizeof *out->imports);
    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = i};
        out->imports[out->import_count++] = row_import(&row);
    }
}

/* What load_customers_named tells of every customer. */
static struct customer row_known(struct row *row)
{
    struct customer customer = {0};

    customer.key.home = (int16_t)row_int(row);
    customer.key.id = row_int(row);
    customer.number = row_text(row);
    customer.branch_id = (int32_t)row_int(row);
    customer.region_id = (int32_t)row_int(row);
    customer.last_event_at = row_int(row);
    return customer;
}

static void take_look(struct loaded *out, struct row *row)
{
    struct customer known = row_known(row);
    bool elsewhere = row_int(row) != 0;
    struct uuid mark = row_uuid(row);
    int64_t import_id = row_int(row), n = row_int(row);

    if (elsewhere)
        out->elsewhere[out->elsewhere_count++] = (struct customer_elsewhere){(size_t)n - 1, known.key.home};
    if (uuid_is_zero(mark)) {
        out->customers[out->customer_count++] = row_customer(row);
        return;
    }
    out->touched[out->touched_count++] = known;
    out->import_customers[out->import_customer_count++] =
        (struct import_customer){.customer = known.key, .import_id = import_id, .command_id = mark};
}

static void take_named(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    size_t count = (size_t)PQntuples(result);

    grow_customers(out, txn_arena(txn), count);
    out->import_customers =
        grow(txn_arena(txn), out->import_customers, out->import_customer_count, count, sizeof *out->import_customers);
    out->elsewhere = ARENA_ARRAY(txn_arena(txn), struct customer_elsewhere, count + 1);
    out->touched = ARENA_ARRAY(txn_arena(txn), struct customer, count + 1);
    for (size_t i = 0; i < count; i++)
        take_look(out, &(struct row){.result = result, .arena = txn_arena(txn), .row = (int)i});
}

static void load_named(struct txn *txn, const struct load_list *list)
{
    if (list->named_count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), "hitq", list->named_count);
    for (size_t i = 0; i < list->named_count; i++) {
        put_int(columns, list->named[i].named.home);
        put_int(columns, list->named[i].named.region_id);
        put_text(columns, list->named[i].named.number);
        put_int(columns, list->named[i].import_id);
    }
    columns_close(columns);
    txn_add(txn, STATEMENT_load_customers_named, take_named);
}

static void load_documents(struct txn *txn, const struct load_list *list)
{
    if (list->document_count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), "ht", list->document_count);
    for (size_t i = 0; i < list->document_count; i++) {
        put_int(columns, list->documents[i].home);
        put_text(columns, list->documents[i].document);
    }
    columns_close(columns);
    txn_add(txn, STATEMENT_load_trades, take_trades);
}

/* Documents in the homes of customers who are elsewhere; put into `columns`, unless it is NULL. */
static size_t list_elsewhere(const struct load_list *list, const struct loaded *loaded, struct columns *columns)
{
    size_t count = 0;

    for (size_t e = 0; e < loaded->elsewhere_count; e++) {
        for (size_t i = 0; i < list->document_count; i++) {
            if (list->documents[i].customer != loaded->elsewhere[e].look)
                continue;
            count++;
            if (columns == NULL)
                continue;
            put_int(columns, loaded->elsewhere[e].home);
            put_text(columns, list->documents[i].document);
        }
    }
    return count;
}

bool has_documents_elsewhere(const struct load_list *list, const struct loaded *loaded)
{
    return list_elsewhere(list, loaded, NULL) > 0;
}

void load_documents_elsewhere(struct txn *txn, const struct load_list *list, const struct loaded *loaded)
{
    struct columns *columns = columns_new(txn_params(txn), "ht", list_elsewhere(list, loaded, NULL));

    (void)list_elsewhere(list, loaded, columns);
    columns_close(columns);
    txn_add(txn, STATEMENT_load_trades, take_trades);
}

static void load_sources(struct txn *txn, const struct load_list *list)
{
    if (list->source_count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), "hqr", list->source_count);
    for (size_t i = 0; i < list->source_count; i++) {
        put_int(columns, list->sources[i].home);
        put_int(columns, list->sources[i].user_id);
        put_bytes(columns, list->sources[i].source, IMPORT_SOURCE_BYTES);
    }
    columns_close(columns);
    txn_add(txn, STATEMENT_load_open_imports, take_imports);
}

static void load_open_applications(struct txn *txn, const struct load_list *list)
{
    struct key *customers = ARENA_ARRAY(txn_params(txn)->arena, struct key, list->evaluated_count);
    size_t count = 0;

    for (size_t i = 0; i < list->evaluated_count; i++)
        if (list->evaluated[i].whole)
            customers[count++] = list->evaluated[i].customer;
    load_by_keys(txn, STATEMENT_load_open_applications, customers, count, take_applications);
}

static void load_import_customers(struct txn *txn, const struct load_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->evaluated_count; i++)
        count += list->evaluated[i].import_id != 0;
    if (count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), "hqq", count);
    for (size_t i = 0; i < list->evaluated_count; i++) {
        if (list->evaluated[i].import_id == 0)
            continue;
        put_int(columns, list->evaluated[i].customer.home);
        put_int(columns, list->evaluated[i].customer.id);
        put_int(columns, list->evaluated[i].import_id);
    }
    columns_close(columns);
    txn_add(txn, STATEMENT_load_import_customers, take_import_customers);
}

/* The trades come after the customers: one that changed between the two looks has moved the customer's revision. */
static void load_evaluated(struct txn *txn, const struct load_list *list)
{
    if (list->evaluated_count == 0)
        return;
    load_open_applications(txn, list);
    struct columns *columns = columns_new(txn_params(txn), "hqqb", list->evaluated_count);
    for (size_t i = 0; i < list->evaluated_count; i++) {
        put_int(columns, list->evaluated[i].customer.home);
        put_int(columns, list->evaluated[i].customer.id);
        put_int(columns, list->evaluated[i].import_id);
        put_int(columns, list->evaluated[i].whole);
    }
    columns_close(columns);
    param_int4(txn_params(txn), list->trade_months);
    txn_add(txn, STATEMENT_load_evaluated_trades, take_evaluated_trades);
    load_import_customers(txn, list);
}

void load_trade_rows(struct txn *txn, const struct load_list *list)
{
    load_named(txn, list);
    load_documents(txn, list);
    load_by_keys(txn, STATEMENT_load_imports, list->imports, list->import_count, take_imports);
    load_sources(txn, list);
    load_evaluated(txn, list);
}
