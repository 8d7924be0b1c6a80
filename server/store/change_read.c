/* What has changed since a snapshot, for those who watch. */
#include "common/check.h"
#include "server/store/pipe.h"

static struct case_place row_place(struct row *row)
{
    int64_t list[7];

    CHECK(row_int_list(row, list, 7) == 7);
    return (struct case_place){.state = (enum state)list[0],
                               .branch_id = (int32_t)list[1],
                               .region_id = (int32_t)list[2],
                               .policy_version = (int32_t)list[3],
                               .assistant = list[4],
                               .turn_now = list[5] != 0,
                               .extension = list[6] != 0,
                               .node = row_text(row)};
}

static struct case_change row_change(struct row *row)
{
    struct case_change change = {0};

    change.seq = row_int(row);
    change.kind = (enum event_kind)row_int(row);
    change.actor = row_int(row);
    change.at = row_int(row);
    change.acted_for = row_int(row);
    change.before = row_place(row);
    change.after = row_place(row);
    change.now.application = row_application(row);
    change.now.customer_name = row_text(row);
    change.now.customer_number = row_text(row);
    change.now.assessed_by = row_int(row);
    change.now.managed_by = row_int(row);
    return change;
}

/* A list of any length. */
static int64_t *row_ids(struct row *row, size_t *count)
{
    const char *text = PQgetvalue(row->result, row->row, row->column);
    int most = 1;
    int64_t *ids;

    for (; *text != '\0'; text++)
        most += *text == ',';
    ids = ARENA_ARRAY(row->arena, int64_t, most);
    *count = (size_t)row_int_list(row, ids, most);
    return ids;
}

static struct task_changes row_tasks(struct row *row)
{
    struct task_changes tasks = {0};

    tasks.criteria = row_ids(row, &tasks.criterion_count);
    tasks.overdue = row_ids(row, &tasks.overdue_count);
    tasks.freed = row_ids(row, &tasks.freed_count);
    tasks.emergencies = row_int(row) != 0;
    return tasks;
}

static void take_changes(struct txn *txn, const PGresult *result)
{
    struct change_page *out = txn_out(txn);
    size_t limit = out->count, rows = (size_t)PQntuples(result);

    out->count = 0;
    out->rows = ARENA_ARRAY(txn_arena(txn), struct case_change, rows + 1);
    for (size_t i = 0; i < rows && i < limit; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->snapshot = row_text(&row);
        out->timeline = row_int(&row);
        out->real_now = row_int(&row);
        out->more = row_int(&row) != 0;
        if (i == 0)
            out->tasks = row_tasks(&row);
        else
            row.column += 4;
        if (!row_null(&row))
            out->rows[out->count++] = row_change(&row);
    }
    out->more |= rows > limit;
}

void store_read_changes(struct store *store, const struct change_filter *filter, struct arena *arena,
                        struct change_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct change_page){.count = filter->limit};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    txn_add(txn, STATEMENT_plan_generic, NULL);
    struct params *params = txn_params(txn);
    param_text(params, filter->snapshot);
    param_int4(params, filter->branch_id);
    param_int4(params, filter->region_id);
    param_int8(params, (int64_t)filter->limit + 1);
    param_int8(params, filter->since);
    txn_add(txn, STATEMENT_read_changes, take_changes);
    txn_send(txn);
}

void store_end_changes(struct store *store, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, NULL, NULL, done, arg);

    txn_add(txn, STATEMENT_read_change_end, NULL);
    txn_send(txn);
}
