/* Assessments in and out of the database. */
#include "server/store/assessment_rows.h"

#include <stdlib.h>

#include "server/store/apply.h"

/* By customer; then as they came about: of one day the later one counts. */
static int by_date(const void *a, const void *b)
{
    const struct assessment *x = a, *y = b;
    int order = apply_compare_key((struct key){x->key.home, x->customer_id}, (struct key){y->key.home, y->customer_id});

    order = order != 0 ? order : apply_compare_int(x->assessed_on, y->assessed_on);
    order = order != 0 ? order : apply_compare_int(x->recorded_at, y->recorded_at);
    return order != 0 ? order : apply_compare_int(x->key.id, y->key.id);
}

struct assessment *row_assessments(struct txn *txn, const PGresult *result, size_t *count)
{
    struct assessment *rows;

    *count = (size_t)PQntuples(result);
    rows = ARENA_ARRAY(txn_arena(txn), struct assessment, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        rows[i] = row_assessment(&row);
    }
    if (*count > 1)
        qsort(rows, *count, sizeof *rows, by_date);
    return rows;
}

static void take_loaded(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);

    out->customer_assessments = row_assessments(txn, result, &out->customer_assessment_count);
}

void load_assessments(struct txn *txn, const struct load_list *list)
{
    struct rows *rows = rows_new(txn_params(txn), ROW_evaluation_look, list->evaluated_count);

    for (size_t i = 0; i < list->evaluated_count; i++) {
        put_int(rows, list->evaluated[i].customer.home);
        put_int(rows, list->evaluated[i].customer.id);
        put_null(rows);
        put_int(rows, list->evaluated[i].whole);
    }
    rows_close(rows);
    txn_add(txn, STATEMENT_load_evaluated_assessments, take_loaded);
}

void apply_assessments(struct txn *txn, const struct change_set *set)
{
    if (set->assessment_count == 0)
        return;
    struct rows *out = rows_new(txn_params(txn), ROW_assessment_write, set->assessment_count);
    for (size_t i = 0; i < set->assessment_count; i++) {
        const struct assessment *row = &set->assessments[i].row;
        put_int(out, row->key.home);
        put_int(out, row->customer_id);
        put_int(out, row->key.id);
        put_int(out, row->review);
        put_date(out, row->assessed_on);
        put_int(out, row->policy_version);
        put_text(out, row->values);
        put_text(out, row->documents);
        put_int(out, row->entered_by);
        put_int(out, row->recorded_at);
        put_uuid(out, set->assessments[i].command_id);
    }
    apply_add(txn, STATEMENT_apply_assessment_insert, out, set->assessment_count);
}

static void take_page(struct txn *txn, const PGresult *result)
{
    struct assessment_page *out = txn_out(txn);

    out->rows = row_assessments(txn, result, &out->count);
}

void store_read_assessments(struct store *store, struct key customer, int64_t known_at, struct arena *arena,
                            struct assessment_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct assessment_page){.count = 0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    param_int2(txn_params(txn), customer.home);
    param_int8(txn_params(txn), customer.id);
    param_int8(txn_params(txn), known_at);
    txn_add(txn, STATEMENT_read_customer_assessments, take_page);
    txn_send(txn);
}

void store_read_tasks(struct store *store, const struct task_filter *filter, struct arena *arena,
                      struct customer_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct customer_page){.count = filter->limit};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    if (!filter->of_hq) {
        param_int4(txn_params(txn), filter->branch_id);
        param_int4(txn_params(txn), filter->region_id);
        param_date(txn_params(txn), filter->assessed_until);
    }
    param_int2(txn_params(txn), filter->after.home);
    param_int8(txn_params(txn), filter->after.id);
    param_int8(txn_params(txn), (int64_t)filter->limit + 1);
    txn_add(txn, filter->of_hq ? STATEMENT_read_tasks_of_hq : STATEMENT_read_tasks, take_customer_page);
    txn_send(txn);
}
