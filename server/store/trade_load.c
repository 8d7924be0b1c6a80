/* Loading of trades, imports and what they touch. */
#include "server/store/trade_load.h"

#include <string.h>

#include "common/check.h"

/* Rows of one statement, appended to those of others. */
static void *grow(struct arena *arena, const void *rows, size_t count, size_t more, size_t size)
{
    char *grown = arena_alloc(arena, (count + more + 1) * size);

    if (count > 0)
        memcpy(grown, rows, count * size);
    return grown;
}

static struct trade *read_trades(struct txn *txn, const PGresult *result, size_t *count)
{
    size_t rows = (size_t)PQntuples(result);
    struct trade *trades = ARENA_ARRAY(txn_arena(txn), struct trade, rows + 1);

    for (size_t i = 0; i < rows; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        trades[i] = row_trade(&row);
    }
    *count = rows;
    return trades;
}

static void take_trades(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    out->trades = read_trades(txn, result, &out->trade_count);
}

static void take_customer_trades(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    out->customer_trades = read_trades(txn, result, &out->customer_trade_count);
}

static void take_import_trades(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    out->import_trades = read_trades(txn, result, &out->import_trade_count);
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

static void put_named(struct columns *columns, const struct customer_named *named)
{
    put_int(columns, named->home);
    put_int(columns, named->region_id);
    put_text(columns, named->number);
}

static void load_named(struct txn *txn, const struct load_list *list)
{
    if (list->named_count > 0) {
        struct columns *columns = columns_new(txn_params(txn), "hit", list->named_count);
        for (size_t i = 0; i < list->named_count; i++)
            put_named(columns, &list->named[i]);
        columns_close(columns);
        txn_add(txn, STATEMENT_load_customers_named, take_customers);
    }
    if (list->touched_count > 0) {
        struct columns *columns = columns_new(txn_params(txn), "hitq", list->touched_count);
        for (size_t i = 0; i < list->touched_count; i++) {
            put_named(columns, &list->touched[i].customer);
            put_int(columns, list->touched[i].import_id);
        }
        columns_close(columns);
        txn_add(txn, STATEMENT_load_import_customers_named, take_import_customers);
    }
}

static void load_documents(struct txn *txn, const struct load_list *list)
{
    if (list->document_count == 0)
        return;
    struct columns *columns = columns_new(txn_params(txn), "htit", list->document_count);
    for (size_t i = 0; i < list->document_count; i++) {
        const struct document_named *named = &list->documents[i];
        put_int(columns, named->customer.home);
        put_text(columns, named->document);
        put_int(columns, named->customer.region_id);
        put_text(columns, named->customer.number); /* "": no customer has it */
    }
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

static void load_import_customers(struct txn *txn, const struct load_list *list)
{
    static const struct {
        enum statement statement;
        txn_take *take;
    } looks[] = {{STATEMENT_load_import_customers, take_import_customers},
                 {STATEMENT_load_import_trades, take_import_trades}};

    for (size_t look = 0; look < sizeof looks / sizeof looks[0] && list->import_customer_count > 0; look++) {
        struct columns *columns = columns_new(txn_params(txn), "hqq", list->import_customer_count);
        for (size_t i = 0; i < list->import_customer_count; i++) {
            put_int(columns, list->import_customers[i].customer.home);
            put_int(columns, list->import_customers[i].customer.id);
            put_int(columns, list->import_customers[i].import_id);
        }
        columns_close(columns);
        txn_add(txn, looks[look].statement, looks[look].take);
    }
}

/* The trades come after the customers: one that changed between the two looks has moved the customer's revision. */
static void load_evaluated(struct txn *txn, const struct load_list *list)
{
    if (list->evaluated_count == 0)
        return;
    load_by_keys(txn, STATEMENT_load_open_applications, list->evaluated, list->evaluated_count, take_applications);
    struct columns *columns = columns_new(txn_params(txn), "hq", list->evaluated_count);
    for (size_t i = 0; i < list->evaluated_count; i++) {
        put_int(columns, list->evaluated[i].home);
        put_int(columns, list->evaluated[i].id);
    }
    columns_close(columns);
    param_int4(txn_params(txn), list->trade_months);
    txn_add(txn, STATEMENT_load_customer_trades, take_customer_trades);
}

void load_trade_rows(struct txn *txn, const struct load_list *list)
{
    load_named(txn, list);
    load_documents(txn, list);
    load_by_keys(txn, STATEMENT_load_imports, list->imports, list->import_count, take_imports);
    load_sources(txn, list);
    load_evaluated(txn, list);
    load_import_customers(txn, list);
}
