/* Reads, each one unit, and the audit of reads. A page asks for one row more than its limit to know whether there are
 * more. */
#include <stdlib.h>
#include <string.h>

#include "server/store/pipe.h"

#define LIMIT_MOST 100000u

/* ---- reference data ---- */

#define REFERENCE_ATTEMPTS 5

/* The epoch is read first and last: when it moved between, the parts may not fit together and are read again. */
struct reference_read {
    struct reference_rows *out;
    int64_t epoch_after;
    struct store *store;
    struct arena *arena;
    store_done *done;
    void *arg;
    int attempts;
};

static void send_reference_read(struct reference_read *read);

static void take_epoch(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int64_t now;

    row_stamp(txn, result, &read->out->organisation.epoch, &now);
}

static void take_epoch_after(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int64_t now;

    row_stamp(txn, result, &read->epoch_after, &now);
}

static void take_units(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int count = PQntuples(result);
    struct unit *units = ARENA_ARRAY(read->arena, struct unit, count + 1);

    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = read->arena, .row = i};
        units[i].id = (int32_t)row_int(&row);
        units[i].parent_id = (int32_t)row_int(&row);
        units[i].level = (enum unit_level)row_int(&row);
        units[i].home = (int16_t)row_int(&row);
        units[i].closed = row_int(&row) != 0;
        units[i].code = row_text(&row);
        units[i].name = row_text(&row);
        units[i].zone = row_text(&row);
        units[i].merged_into = (int32_t)row_int(&row);
    }
    read->out->organisation.units = units;
    read->out->organisation.unit_count = (size_t)count;
}

static int by_login(const void *a, const void *b)
{
    const struct user *const *x = a, *const *y = b;
    return strcmp((*x)->login, (*y)->login);
}

static void index_logins(struct organisation *org, struct arena *arena)
{
    org->users_by_login = ARENA_ARRAY(arena, const struct user *, org->user_count + 1);
    for (size_t i = 0; i < org->user_count; i++)
        org->users_by_login[i] = &org->users[i];
    if (org->user_count > 1)
        qsort(org->users_by_login, org->user_count, sizeof *org->users_by_login, by_login);
}

static void take_users(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int count = PQntuples(result);
    struct user *users = ARENA_ARRAY(read->arena, struct user, count + 1);

    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = read->arena, .row = i};
        users[i].id = row_int(&row);
        users[i].unit_id = (int32_t)row_int(&row);
        users[i].level = (enum job_level)row_int(&row);
        users[i].roles = (uint32_t)row_int(&row);
        users[i].disabled = row_int(&row) != 0;
        users[i].login = row_text(&row);
        users[i].name = row_text(&row);
    }
    read->out->organisation.users = users;
    read->out->organisation.user_count = (size_t)count;
    index_logins(&read->out->organisation, read->arena);
}

static void take_calendar(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int count = PQntuples(result);
    struct calendar_day *days = ARENA_ARRAY(read->arena, struct calendar_day, count + 1);

    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = read->arena, .row = i};
        days[i].unit_id = (int32_t)row_int(&row);
        days[i].date = row_date(&row);
        days[i].working = row_int(&row) != 0;
        days[i].name = row_text(&row);
    }
    read->out->organisation.calendar = days;
    read->out->organisation.calendar_count = (size_t)count;
}

static void take_delegations(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int count = PQntuples(result);
    struct delegation *rows = ARENA_ARRAY(read->arena, struct delegation, count + 1);

    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = read->arena, .row = i};
        rows[i].id = row_int(&row);
        rows[i].delegator = row_int(&row);
        rows[i].substitute = row_int(&row);
        rows[i].begins_at = row_int(&row);
        rows[i].ends_at = row_int(&row);
        rows[i].kinds = (uint32_t)row_int(&row);
        rows[i].set_by = row_int(&row);
        rows[i].amount_to = row_money(&row);
    }
    read->out->organisation.delegations = rows;
    read->out->organisation.delegation_count = (size_t)count;
}

static void take_policies(struct txn *txn, const PGresult *result)
{
    struct reference_read *read = txn_out(txn);
    int count = PQntuples(result);
    struct policy_text *policies = ARENA_ARRAY(read->arena, struct policy_text, count + 1);

    for (int i = 0; i < count; i++) {
        struct row row = {.result = result, .arena = read->arena, .row = i};
        policies[i].version = (int32_t)row_int(&row);
        policies[i].effective_at = row_int(&row);
        policies[i].rolled_back = row_int(&row) != 0;
        policies[i].text = row_text(&row);
    }
    read->out->policies = policies;
    read->out->policy_count = (size_t)count;
}

static void reference_read_done(void *arg, enum store_result result)
{
    struct reference_read *read = arg;

    if (result == STORE_OK && read->epoch_after != read->out->organisation.epoch) {
        if (++read->attempts < REFERENCE_ATTEMPTS) {
            send_reference_read(read);
            return;
        }
        result = STORE_CONFLICT;
    }
    read->done(read->arg, result);
}

static void send_reference_read(struct reference_read *read)
{
    struct txn *txn = txn_new(read->store, false, read->arena, read, reference_read_done, read);

    txn_add(txn, STATEMENT_load_stamp, take_epoch);
    txn_add(txn, STATEMENT_read_units, take_units);
    txn_add(txn, STATEMENT_read_users, take_users);
    txn_add(txn, STATEMENT_read_calendar, take_calendar);
    txn_add(txn, STATEMENT_read_delegations, take_delegations);
    txn_add(txn, STATEMENT_read_policies, take_policies);
    txn_add(txn, STATEMENT_load_stamp, take_epoch_after);
    txn_send(txn);
}

void store_read_reference(struct store *store, struct arena *arena, struct reference_rows *out, store_done *done,
                          void *arg)
{
    struct reference_read *read = ARENA_NEW(arena, struct reference_read);

    *out = (struct reference_rows){0};
    *read = (struct reference_read){.out = out, .store = store, .arena = arena, .done = done, .arg = arg};
    send_reference_read(read);
}

/* ---- pages ---- */

/* How many of the rows belong to the page; the row beyond says that there are more. The limit stands in the page while
 * the read is under way. */
static size_t page_size(const PGresult *result, size_t limit, bool *more)
{
    size_t rows = (size_t)PQntuples(result);

    *more = rows > limit;
    return *more ? limit : rows;
}

void store_read_stamp(struct store *store, struct read_stamp *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, NULL, out, done, arg);

    *out = (struct read_stamp){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    txn_send(txn);
}

static void take_undone(struct txn *txn, const PGresult *result)
{
    struct server_state *out = txn_out(txn);
    struct row row = {.result = result};

    out->undone = row_int(&row);
}

void store_read_state(struct store *store, struct arena *arena, struct server_state *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct server_state){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    txn_add(txn, STATEMENT_read_undone, take_undone);
    txn_send(txn);
}

static unsigned bounded(unsigned limit)
{
    return limit == 0 || limit > LIMIT_MOST ? LIMIT_MOST : limit;
}

static void take_application_page(struct txn *txn, const PGresult *result)
{
    struct application_page *out = txn_out(txn);

    out->count = page_size(result, out->count, &out->more);
    out->rows = ARENA_ARRAY(txn_arena(txn), struct application_view, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->rows[i].application = row_application(&row);
        out->rows[i].customer_name = row_text(&row);
        out->rows[i].customer_number = row_text(&row);
        out->rows[i].assessed_by = row_int(&row);
        out->rows[i].managed_by = row_int(&row);
    }
}

void store_read_applications(struct store *store, const struct application_filter *filter, struct arena *arena,
                             struct application_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);
    int16_t home = filter->customer.id != 0 ? filter->customer.home : filter->home;

    *out = (struct application_page){.count = bounded(filter->limit)};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    struct params *params = txn_params(txn);
    param_int2(params, filter->one != NULL ? filter->one->home : home);
    param_int8(params, filter->one != NULL ? filter->one->id : 0);
    param_int4(params, filter->branch_id);
    param_int4(params, filter->region_id);
    param_int8(params, filter->customer.id);
    param_int2(params, filter->state);
    param_bool(params, filter->open_only);
    param_bool(params, filter->overdue_only);
    param_int2(params, filter->after.home);
    param_int8(params, filter->after.id);
    param_int8(params, (int64_t)out->count + 1);
    param_bool(params, filter->extension_only);
    txn_add(txn, STATEMENT_read_applications, take_application_page);
    txn_send(txn);
}

static void put_sieve(struct params *params, const struct due_filter *filter)
{
    struct rows *out = rows_new(params, ROW_case_sieve, filter->sieve_count);

    for (size_t i = 0; i < filter->sieve_count; i++) {
        const struct sieve_row *row = &filter->sieve[i];
        put_int(out, row->unit_id);
        put_int(out, row->policy_version);
        put_int(out, row->state);
        put_int(out, row->place);
        put_int(out, row->need);
        put_int(out, row->capacity);
        put_int(out, row->weight);
        put_int(out, row->own_manager);
        put_int_list(out, row->people, row->people_count);
        put_int_list(out, row->tied, row->tied_count);
    }
    rows_close(out);
}

void store_read_due(struct store *store, const struct due_filter *filter, struct arena *arena,
                    struct application_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct application_page){.count = bounded(filter->limit)};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    struct params *params = txn_params(txn);
    param_int8(params, filter->until.instant);
    param_int4(params, filter->branch_id);
    param_int4(params, filter->region_id);
    param_int8(params, filter->due_after);
    param_int2(params, filter->after.home);
    param_int8(params, filter->after.id);
    param_int8(params, (int64_t)out->count + 1);
    put_sieve(params, filter);
    param_int8_list(params, filter->until.units, filter->until.count);
    param_int8_list(params, filter->until.instants, filter->until.count);
    txn_add(txn, STATEMENT_read_due, take_application_page);
    txn_send(txn);
}

static void take_scores(struct txn *txn, const PGresult *result)
{
    struct scoreboard_page *out = txn_out(txn);

    out->count = (size_t)PQntuples(result);
    out->rows = ARENA_ARRAY(txn_arena(txn), struct score_row, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->rows[i].branch_id = (int32_t)row_int(&row);
        out->rows[i].region_id = (int32_t)row_int(&row);
        for (int k = 0; k < SCORE_COUNTS; k++)
            out->rows[i].counts[k] = row_int(&row);
    }
}

void store_read_scoreboard(struct store *store, const struct scoreboard_filter *filter, struct arena *arena,
                           struct scoreboard_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct scoreboard_page){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    struct params *params = txn_params(txn);
    param_int8(params, filter->from);
    param_int8(params, filter->until);
    param_int4(params, filter->branch_id);
    param_int4(params, filter->region_id);
    txn_add(txn, STATEMENT_read_scoreboard, take_scores);
    txn_send(txn);
}

static void take_waiting(struct row *row, struct application_view *out)
{
    struct application *a = &out->application;

    a->key.home = (int16_t)row_int(row);
    a->key.id = row_int(row);
    a->customer_id = row_int(row);
    a->version = (int32_t)row_int(row);
    a->state = (enum state)row_int(row);
    a->from.grade = (enum grade)row_int(row);
    a->to_grade = (enum grade)row_int(row);
    a->decided_grade = (enum grade)row_int(row);
    a->off_criteria = row_int(row) != 0;
    a->finding = (enum finding)row_int(row);
    a->branch_id = (int32_t)row_int(row);
    a->region_id = (int32_t)row_int(row);
    a->criterion_met = !row_null(row);
    a->criterion_met_on = row_date(row);
    a->criterion_detected_at = row_int(row);
    a->submitted_at = row_int(row);
    a->complete_by = row_int(row);
    a->turn_unit = (int32_t)row_int(row);
    a->due_at = row_int(row);
    a->turn_role = (enum role)row_int(row);
    a->policy_version = (int32_t)row_int(row);
    a->asked_policy = (int32_t)row_int(row);
    a->asked_by = row_int(row);
    a->clock_started_at = row_int(row);
    row_more_time(row, a);
    a->extension_for = row_int(row);
    a->from.tier = a->from.grade == GRADE_NONE ? TIER_ORDINARY : TIER_KEY;
    a->claimed_by = row_int(row);
    a->hand_count = row_int_list(row, a->hands, HANDS_MAX);
    a->assessed_by = row_int(row);
    out->assessed_by = row_int(row);
    out->managed_by = row_int(row);
    row_node(row, a);
    a->held_by = row_int(row);
    a->assistant = row_int(row);
    a->limit = row_money(row);
    a->submitted_by = row_int(row);
    a->submitted_for = row_int(row);
    out->customer_name = row_text(row);
    out->customer_number = row_text(row);
}

static void take_inbox_page(struct txn *txn, const PGresult *result)
{
    struct application_page *out = txn_out(txn);

    out->count = page_size(result, out->count, &out->more);
    out->rows = ARENA_ARRAY(txn_arena(txn), struct application_view, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        take_waiting(&row, &out->rows[i]);
    }
}

void store_read_inbox(struct store *store, const struct inbox_filter *filter, struct arena *arena,
                      struct application_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct application_page){.count = bounded(filter->limit)};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    txn_add(txn, STATEMENT_plan_generic, NULL);
    struct params *params = txn_params(txn);
    param_int8_list(params, filter->desks.units, filter->desks.count);
    param_int8_list(params, filter->desks.roles, filter->desks.count);
    param_int8(params, filter->due_after);
    param_int2(params, filter->after.home);
    param_int8(params, filter->after.id);
    param_int8(params, (int64_t)out->count + 1);
    param_int8_list(params, filter->desks.people, filter->desks.people_count);
    param_bool(params, filter->extensions);
    param_int8(params, filter->maker);
    param_int4(params, filter->branch_id);
    txn_add(txn, STATEMENT_read_inbox, take_inbox_page);
    txn_send(txn);
}

void take_customer_page(struct txn *txn, const PGresult *result)
{
    struct customer_page *out = txn_out(txn);

    out->count = page_size(result, out->count, &out->more);
    out->rows = ARENA_ARRAY(txn_arena(txn), struct customer, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->rows[i] = row_customer(&row);
    }
}

void store_read_customers(struct store *store, const struct customer_filter *filter, struct arena *arena,
                          struct customer_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct customer_page){.count = bounded(filter->limit)};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    struct params *params = txn_params(txn);
    param_int2(params, filter->one != NULL ? filter->one->home : filter->home);
    param_int8(params, filter->one != NULL ? filter->one->id : 0);
    param_text(params, filter->number);
    param_int4(params, filter->branch_id);
    param_int4(params, filter->region_id);
    param_int2(params, filter->tier);
    param_int2(params, filter->grade);
    param_int2(params, filter->after.home);
    param_int8(params, filter->after.id);
    param_int8(params, (int64_t)out->count + 1);
    txn_add(txn, STATEMENT_read_customers, take_customer_page);
    txn_send(txn);
}

static struct event row_event(struct row *row)
{
    struct event event = {0};

    event.customer.home = (int16_t)row_int(row);
    event.customer.id = row_int(row);
    event.seq = row_int(row);
    event.application = row_int(row);
    event.kind = (enum event_kind)row_int(row);
    event.command_id = row_uuid(row);
    event.actor = row_int(row);
    event.at = row_int(row);
    event.from_state = (enum state)row_int(row);
    event.to_state = (enum state)row_int(row);
    event.version = (int32_t)row_int(row);
    event.payload = row_text(row);
    row_bytes(row, event.hash_prev, sizeof event.hash_prev);
    row_bytes(row, event.hash, sizeof event.hash);
    return event;
}

static void take_event_page(struct txn *txn, const PGresult *result)
{
    struct event_page *out = txn_out(txn);

    out->count = page_size(result, out->count, &out->more);
    out->rows = ARENA_ARRAY(txn_arena(txn), struct event, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        out->rows[i] = row_event(&row);
    }
}

void store_read_events(struct store *store, const struct event_filter *filter, struct arena *arena,
                       struct event_page *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct event_page){.count = bounded(filter->limit)};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    struct params *params = txn_params(txn);
    param_int2(params, filter->customer.id == 0 ? 0 : filter->customer.home);
    param_int8(params, filter->customer.id);
    param_int8(params, filter->application);
    param_int8(params, filter->after_seq);
    param_int8(params, (int64_t)out->count + 1);
    txn_add(txn, STATEMENT_read_events, take_event_page);
    txn_send(txn);
}

/* ---- single rows ---- */

static void take_outcome(struct txn *txn, const PGresult *result)
{
    struct outcome_found *out = txn_out(txn);
    struct row row = {.result = result, .arena = txn_arena(txn)};

    out->found = PQntuples(result) == 1;
    if (out->found)
        out->command = row_command(&row);
}

void store_read_outcome(struct store *store, struct command_key key, struct arena *arena, struct outcome_found *out,
                        store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, true, arena, out, done, arg);

    *out = (struct outcome_found){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    txn_add(txn, STATEMENT_apply_repeats, NULL);
    struct rows *rows = rows_new(txn_params(txn), ROW_command_key, 1);
    put_int(rows, key.home);
    put_uuid(rows, key.command_id);
    rows_close(rows);
    txn_add(txn, STATEMENT_load_commands, take_outcome);
    txn_send(txn);
}

static void take_due_timers(struct txn *txn, const PGresult *result)
{
    struct due_timers *out = txn_out(txn);

    out->count = (size_t)PQntuples(result);
    out->rows = ARENA_ARRAY(txn_arena(txn), struct timer, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row row = {.result = result, .arena = txn_arena(txn), .row = (int)i};
        struct timer *timer = &out->rows[i];
        timer->key.home = (int16_t)row_int(&row);
        timer->key.kind = (enum timer_kind)row_int(&row);
        timer->key.subject = row_int(&row);
        timer->customer_id = row_int(&row);
        timer->id = row_uuid(&row);
        timer->due_at = row_int(&row);
    }
}

static void take_next_timer(struct txn *txn, const PGresult *result)
{
    struct due_timers *out = txn_out(txn);
    struct row row = {.result = result};

    out->next_due_at = row_int(&row);
}

void store_read_due_timers(struct store *store, struct timer_place after, unsigned limit, struct arena *arena,
                           struct due_timers *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct due_timers){0};
    txn_add(txn, STATEMENT_load_stamp, take_stamp);
    param_int8(txn_params(txn), bounded(limit));
    param_int8(txn_params(txn), after.due_at);
    param_int2(txn_params(txn), after.key.home);
    param_int2(txn_params(txn), (int16_t)after.key.kind);
    param_int8(txn_params(txn), after.key.subject);
    txn_add(txn, STATEMENT_read_due_timers, take_due_timers);
    txn_add(txn, STATEMENT_read_next_timer, take_next_timer);
    txn_send(txn);
}

/* ---- audit of reads ---- */

static void put_customers(struct params *params, struct rows *out, const struct read_audit *audit)
{
    int64_t *homes = ARENA_ARRAY(params->arena, int64_t, audit->customer_count + 1);
    int64_t *ids = ARENA_ARRAY(params->arena, int64_t, audit->customer_count + 1);

    for (size_t i = 0; i < audit->customer_count; i++) {
        homes[i] = audit->customers[i].home;
        ids[i] = audit->customers[i].id;
    }
    put_int_list(out, homes, audit->customer_count);
    put_int_list(out, ids, audit->customer_count);
}

void store_write_read_audit(struct store *store, const struct read_audit *rows, size_t count, store_done *done,
                            void *arg)
{
    struct txn *txn = txn_new(store, true, NULL, NULL, done, arg);
    struct params *params = txn_params(txn);
    struct rows *out = rows_new(params, ROW_read_audit_write, count);

    for (size_t i = 0; i < count; i++) {
        put_int(out, rows[i].home);
        put_int(out, rows[i].user_id);
        put_int(out, rows[i].method);
        put_text(out, rows[i].purpose);
        put_customers(params, out, &rows[i]);
    }
    rows_close(out);
    txn_add(txn, STATEMENT_read_audit_insert, NULL);
    txn_send(txn);
}
