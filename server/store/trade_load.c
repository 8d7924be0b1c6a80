/* Loading of trades, imports and what they touch. */
#include "server/store/trade_load.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "server/store/apply.h"
#include "server/store/assessment_rows.h"

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

static void note_elsewhere(struct loaded *out, struct row *row, int16_t home)
{
    bool elsewhere = row_int(row) != 0;
    int64_t n = row_int(row);

    if (elsewhere)
        out->elsewhere[out->elsewhere_count++] = (struct customer_elsewhere){(size_t)n, home};
}

static void grow_elsewhere(struct loaded *out, struct arena *arena, size_t more)
{
    out->elsewhere = grow(arena, out->elsewhere, out->elsewhere_count, more, sizeof *out->elsewhere);
}

static void take_named(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    size_t count = (size_t)PQntuples(result);

    grow_customers(out, txn_arena(txn), count);
    grow_elsewhere(out, txn_arena(txn), count);
    for (size_t i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        struct customer *customer = &out->customers[out->customer_count++];
        *customer = row_customer(&row);
        note_elsewhere(out, &row, customer->key.home);
    }
}

static void take_known_row(struct loaded *out, struct row *row)
{
    struct customer known = {0};
    struct uuid mark;

    known.key.home = (int16_t)row_int(row);
    known.key.id = row_int(row);
    known.number = row_text(row);
    known.branch_id = (int32_t)row_int(row);
    known.region_id = (int32_t)row_int(row);
    known.last_event_at = row_int(row);
    note_elsewhere(out, row, known.key.home);
    mark = row_uuid(row);
    if (uuid_is_zero(mark)) {
        out->untouched[out->untouched_count++] = known.key;
        return;
    }
    out->touched[out->touched_count++] = known;
    out->import_customers[out->import_customer_count++] =
        (struct import_customer){.customer = known.key, .import_id = row_int(row), .command_id = mark};
}

static void take_known(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    size_t count = (size_t)PQntuples(result);

    grow_elsewhere(out, txn_arena(txn), count);
    out->import_customers =
        grow(txn_arena(txn), out->import_customers, out->import_customer_count, count, sizeof *out->import_customers);
    out->touched = ARENA_ARRAY(txn_arena(txn), struct customer, count + 1);
    out->untouched = ARENA_ARRAY(txn_arena(txn), struct key, count + 1);
    for (size_t i = 0; i < count; i++)
        take_known_row(out, &(struct row){.result = result, .arena = txn_arena(txn), .row = (int)i});
}

static void load_looks(struct txn *txn, const struct load_list *list, bool of_imports, size_t count)
{
    if (count == 0)
        return;
    struct rows *rows = rows_new(txn_params(txn), ROW_customer_look, count);
    for (size_t i = 0; i < list->named_count; i++) {
        const struct customer_look *look = &list->named[i];
        if ((look->import_id != 0) != of_imports)
            continue;
        put_int(rows, look->named.home);
        put_int(rows, look->named.region_id);
        put_text(rows, look->named.number);
        put_int(rows, (int64_t)i);
        put_int_or_null(rows, look->import_id);
    }
    rows_close(rows);
    if (of_imports)
        txn_add(txn, STATEMENT_load_customers_known, take_known);
    else
        txn_add(txn, STATEMENT_load_customers_named, take_named);
}

static void load_named(struct txn *txn, const struct load_list *list)
{
    size_t of_imports = 0;

    for (size_t i = 0; i < list->named_count; i++)
        of_imports += list->named[i].import_id != 0;
    load_looks(txn, list, false, list->named_count - of_imports);
    load_looks(txn, list, true, of_imports);
}

static void load_documents(struct txn *txn, const struct load_list *list)
{
    if (list->document_count == 0)
        return;
    struct rows *rows = rows_new(txn_params(txn), ROW_trade_key, list->document_count);
    for (size_t i = 0; i < list->document_count; i++) {
        put_int(rows, list->documents[i].home);
        put_text(rows, list->documents[i].document);
    }
    rows_close(rows);
    txn_add(txn, STATEMENT_load_trades, take_trades);
}

/* Documents in the homes of customers who are elsewhere; put into `rows`, unless it is NULL. */
static size_t list_elsewhere(const struct load_list *list, const struct loaded *loaded, struct rows *rows)
{
    size_t count = 0;

    for (size_t e = 0; e < loaded->elsewhere_count; e++) {
        for (size_t i = 0; i < list->document_count; i++) {
            if (list->documents[i].customer != loaded->elsewhere[e].look)
                continue;
            count++;
            if (rows == NULL)
                continue;
            put_int(rows, loaded->elsewhere[e].home);
            put_text(rows, list->documents[i].document);
        }
    }
    return count;
}

static bool has_open(const struct load_list *list, const struct loaded *loaded)
{
    for (size_t i = 0; list->named_with_case && i < loaded->customer_count; i++)
        if (loaded->customers[i].open_application != 0)
            return true;
    return false;
}

/* Of all that were loaded: who was named stands among them. */
static void load_open_of_loaded(struct txn *txn, const struct loaded *loaded)
{
    struct key *customers = ARENA_ARRAY(txn_params(txn)->arena, struct key, loaded->customer_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < loaded->customer_count; i++)
        if (loaded->customers[i].open_application != 0)
            customers[count++] = loaded->customers[i].key;
    load_by_keys(txn, STATEMENT_load_open_applications, customers, count, take_applications);
}

bool has_rest(const struct load_list *list, const struct loaded *loaded)
{
    return loaded->untouched_count > 0 || list_elsewhere(list, loaded, NULL) > 0 || has_open(list, loaded);
}

void load_rest(struct txn *txn, const struct load_list *list, const struct loaded *loaded)
{
    size_t count = list_elsewhere(list, loaded, NULL);

    load_by_keys(txn, STATEMENT_load_customers, loaded->untouched, loaded->untouched_count, take_customers);
    if (list->named_with_case)
        load_open_of_loaded(txn, loaded);
    if (count == 0)
        return;
    struct rows *rows = rows_new(txn_params(txn), ROW_trade_key, count);
    (void)list_elsewhere(list, loaded, rows);
    rows_close(rows);
    txn_add(txn, STATEMENT_load_trades, take_trades);
}

static void load_sources(struct txn *txn, const struct load_list *list)
{
    if (list->source_count == 0)
        return;
    struct rows *rows = rows_new(txn_params(txn), ROW_import_source, list->source_count);
    for (size_t i = 0; i < list->source_count; i++) {
        put_int(rows, list->sources[i].home);
        put_int(rows, list->sources[i].user_id);
        put_bytes(rows, list->sources[i].source, IMPORT_SOURCE_BYTES);
    }
    rows_close(rows);
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
    struct rows *rows = rows_new(txn_params(txn), ROW_evaluation_look, count);
    for (size_t i = 0; i < list->evaluated_count; i++) {
        if (list->evaluated[i].import_id == 0)
            continue;
        put_int(rows, list->evaluated[i].customer.home);
        put_int(rows, list->evaluated[i].customer.id);
        put_int(rows, list->evaluated[i].import_id);
        put_null(rows);
    }
    rows_close(rows);
    txn_add(txn, STATEMENT_load_import_customers, take_import_customers);
}

/* The trades come after the customers: one that changed between the two looks has moved the customer's revision. */
static void load_evaluated(struct txn *txn, const struct load_list *list)
{
    if (list->evaluated_count == 0)
        return;
    load_open_applications(txn, list);
    struct rows *rows = rows_new(txn_params(txn), ROW_evaluation_look, list->evaluated_count);
    for (size_t i = 0; i < list->evaluated_count; i++) {
        put_int(rows, list->evaluated[i].customer.home);
        put_int(rows, list->evaluated[i].customer.id);
        put_int(rows, list->evaluated[i].import_id);
        put_int(rows, list->evaluated[i].whole);
    }
    rows_close(rows);
    param_int4(txn_params(txn), list->trade_months);
    txn_add(txn, STATEMENT_load_evaluated_trades, take_evaluated_trades);
    load_assessments(txn, list);
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
