/* Versions of the policy: what a change of them needs, the change, and reading them. */
#include "server/store/policy_rows.h"

#include "common/check.h"

#define PAGE_MOST 1000u

static struct policy_version row_policy(struct row *row)
{
    struct policy_version policy = {0};

    policy.version = (int32_t)row_int(row);
    policy.base_version = (int32_t)row_int(row);
    policy.note = row_text(row);
    policy.proposed_by = row_int(row);
    policy.proposed_at = row_int(row);
    policy.published_by = row_int(row);
    policy.published_at = row_int(row);
    policy.effective_at = row_int(row);
    policy.rolled_back_by = row_int(row);
    policy.rolled_back_at = row_int(row);
    policy.rollback_reason = row_text(row);
    return policy;
}

/* ---- what a change is decided on ---- */

static void take_policy_look(struct txn *txn, const PGresult *result)
{
    struct loaded *out = txn_out(txn);
    struct policy_look *look = &out->policy;
    struct row row = {.result = result, .arena = txn_arena(txn)};

    look->next = (int32_t)row_int(&row);
    look->base = (int32_t)row_int(&row);
    look->others_from = row_int(&row);
    look->others_to = row_int(&row);
    look->found = !row_null(&row);
    if (!look->found)
        return;
    look->row = row_policy(&row);
    look->text = row_text(&row);
}

void load_policy(struct txn *txn, int32_t version)
{
    param_int4(txn_params(txn), version);
    txn_add(txn, STATEMENT_load_policy, take_policy_look);
}

/* ---- the change ---- */

static void add_proposal(struct txn *txn, const struct reference_change *change)
{
    struct params *params = txn_params(txn);
    const struct policy_version *row = &change->policy;

    CHECK(change->policy_text != NULL);
    param_int4(params, row->version);
    param_text(params, change->policy_text);
    param_int4(params, row->base_version);
    param_text(params, row->note);
    param_int8(params, row->proposed_by);
    param_int8(params, row->proposed_at);
    txn_add(txn, STATEMENT_apply_policy_insert, NULL);
}

static void add_publication(struct txn *txn, const struct policy_version *row)
{
    struct params *params = txn_params(txn);

    param_int4(params, row->version);
    param_int8(params, row->published_by);
    param_int8(params, row->published_at);
    param_int8(params, row->effective_at);
    txn_add(txn, STATEMENT_apply_policy_publish, NULL);
}

static void add_roll_back(struct txn *txn, const struct policy_version *row)
{
    struct params *params = txn_params(txn);

    param_int4(params, row->version);
    param_int8(params, row->rolled_back_by);
    param_int8(params, row->rolled_back_at);
    param_text(params, row->rollback_reason);
    txn_add(txn, STATEMENT_apply_policy_roll_back, NULL);
}

void apply_policy(struct txn *txn, const struct reference_change *change)
{
    if (change->kind == REFERENCE_POLICY_PROPOSE) {
        add_proposal(txn, change);
    } else if (change->kind == REFERENCE_POLICY_PUBLISH) {
        add_publication(txn, &change->policy);
    } else {
        CHECK(change->kind == REFERENCE_POLICY_ROLL_BACK);
        add_roll_back(txn, &change->policy);
    }
}

/* ---- reading ---- */

struct policies_read {
    struct policy_page *out;
    unsigned limit;
    store_done *done;
    void *arg;
};

static void take_page_stamp(struct txn *txn, const PGresult *result)
{
    const struct policies_read *read = txn_out(txn);

    row_stamp(txn, result, &read->out->stamp.epoch, &read->out->stamp.now);
}

static void take_page(struct txn *txn, const PGresult *result)
{
    const struct policies_read *read = txn_out(txn);
    struct policy_page *out = read->out;
    size_t count = (size_t)PQntuples(result);

    out->more = count > read->limit;
    out->count = out->more ? read->limit : count;
    out->rows = ARENA_ARRAY(txn_arena(txn), struct policy_version, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->rows[i] = row_policy(&row);
    }
}

static void page_read(void *arg, enum store_result result)
{
    const struct policies_read *read = arg;

    read->done(read->arg, result);
}

void store_read_policies(struct store *store, int32_t before, unsigned limit, struct arena *arena,
                         struct policy_page *out, store_done *done, void *arg)
{
    struct policies_read *read = ARENA_NEW(arena, struct policies_read);
    struct txn *txn = txn_new(store, false, arena, read, page_read, read);

    CHECK(limit <= PAGE_MOST);
    *out = (struct policy_page){.count = 0};
    *read = (struct policies_read){out, limit, done, arg};
    txn_add(txn, STATEMENT_load_stamp, take_page_stamp);
    param_int4(txn_params(txn), before);
    param_int8(txn_params(txn), (int64_t)limit + 1);
    txn_add(txn, STATEMENT_read_policy_versions, take_page);
    txn_send(txn);
}

static void take_found_stamp(struct txn *txn, const PGresult *result)
{
    struct policy_found *out = txn_out(txn);

    row_stamp(txn, result, &out->stamp.epoch, &out->stamp.now);
}

static void take_found(struct txn *txn, const PGresult *result)
{
    struct policy_found *out = txn_out(txn);
    struct row row = {.result = result, .arena = txn_arena(txn)};

    out->found = PQntuples(result) == 1;
    if (!out->found)
        return;
    out->row = row_policy(&row);
    out->text = row_text(&row);
}

void store_read_policy(struct store *store, int32_t version, struct arena *arena, struct policy_found *out,
                       store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct policy_found){.found = false};
    txn_add(txn, STATEMENT_load_stamp, take_found_stamp);
    param_int4(txn_params(txn), version);
    txn_add(txn, STATEMENT_read_policy, take_found);
    txn_send(txn);
}
