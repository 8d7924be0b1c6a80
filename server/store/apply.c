/* All that a batch changes, in one transaction: a statement per kind of row, each with all of its rows; updates and
 * deletions with the count that they must touch. Rows are sorted by key, so that two servers take locks in the same
 * order. */
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "server/rules/limit.h"
#include "server/store/apply.h"
#include "server/store/assessment_rows.h"
#include "server/store/policy_rows.h"

int apply_compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int apply_compare_key(struct key a, struct key b)
{
    int home = apply_compare_int(a.home, b.home);
    return home != 0 ? home : apply_compare_int(a.id, b.id);
}

static int compare_uuid(int16_t home_a, struct uuid a, int16_t home_b, struct uuid b)
{
    int home = apply_compare_int(home_a, home_b);
    return home != 0 ? home : memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

static int by_customer(const void *a, const void *b)
{
    const struct customer_write *const *x = a, *const *y = b;
    return apply_compare_key((*x)->row->key, (*y)->row->key);
}

static int by_event(const void *a, const void *b)
{
    const struct event *const *x = a, *const *y = b;
    int key = apply_compare_key((*x)->customer, (*y)->customer);
    return key != 0 ? key : apply_compare_int((*x)->seq, (*y)->seq);
}

static int by_command(const void *a, const void *b)
{
    const struct stored_command *const *x = a, *const *y = b;
    return compare_uuid((*x)->home, (*x)->command_id, (*y)->home, (*y)->command_id);
}

static int compare_timer_key(const struct timer_key *a, const struct timer_key *b)
{
    int home = apply_compare_int(a->home, b->home), kind = apply_compare_int(a->kind, b->kind);
    return home != 0 ? home : kind != 0 ? kind : apply_compare_int(a->subject, b->subject);
}

static int by_timer(const void *a, const void *b)
{
    const struct timer *const *x = a, *const *y = b;
    return compare_timer_key(&(*x)->key, &(*y)->key);
}

static int by_timer_key(const void *a, const void *b)
{
    const struct timer_key *const *x = a, *const *y = b;
    return compare_timer_key(*x, *y);
}

const void **apply_sorted(struct arena *arena, const void *rows, size_t count, size_t size,
                          int (*compare)(const void *, const void *))
{
    const void **order = ARENA_ARRAY(arena, const void *, count + 1);

    for (size_t i = 0; i < count; i++)
        order[i] = (const char *)rows + i * size;
    if (count > 1)
        qsort(order, count, sizeof *order, compare);
    return order;
}

void apply_add(struct txn *txn, enum statement statement, struct rows *rows, size_t count)
{
    rows_close(rows);
    txn_count_rows(txn, count);
    txn_add(txn, statement, NULL);
}

void apply_add_expecting(struct txn *txn, enum statement statement, struct rows *rows, size_t count)
{
    rows_close(rows);
    param_int8(txn_params(txn), (int64_t)count);
    txn_count_rows(txn, count);
    txn_add(txn, statement, NULL);
}

static void put_evaluation(struct rows *out, const struct evaluation *row)
{
    put_int_or_null(out, row->policy_version);
    put_int_or_null(out, row->computed.grade);
    put_int(out, row->computed.admits);
    put_date_or_null(out, row->criterion, row->met_on);
    put_int_or_null(out, row->criterion ? row->detected_at : 0);
    put_int_or_null(out, row->criterion ? row->criterion_due_at : 0);
    put_date_or_null(out, row->demoted_on != 0, row->demoted_on);
    put_int_or_null(out, row->demoted_from);
    put_int_or_null(out, row->demoted_policy);
    put_uuid_or_null(out, row->timer_id);
    put_int_or_null(out, row->evaluate_at);
    put_int(out, row->imports_open);
}

static void put_terms(struct rows *out, const struct customer *row)
{
    bool overridden = row->override.until != 0, noticed = row->notice.noticed_on != 0;

    put_int_or_null(out, row->measures.policy_version);
    put_int(out, row->measures.open);
    put_int(out, row->measures.applied);
    put_date_or_null(out, overridden, row->override.until);
    if (overridden)
        put_int(out, row->override.from); /* 0: ordinary */
    else
        put_null(out);
    put_int_or_null(out, row->override.by);
    put_date_or_null(out, noticed, row->notice.noticed_on);
    put_date_or_null(out, noticed, row->notice.demote_on);
    put_date_or_null(out, noticed, row->notice.appeal_until);
    put_int_or_null(out, row->notice.appealed_by);
    put_int_or_null(out, row->notice.appealed_at);
}

static void put_emergency(struct rows *out, const struct customer *row)
{
    const struct emergency *asked = &row->emergency;
    const struct after_review *review = &row->review;

    put_int_or_null(out, row->override.ends_at);
    put_int_or_null(out, asked->by);
    if (asked->by != 0) {
        put_int(out, asked->grade); /* 0: ordinary */
        put_int(out, asked->minutes);
        put_int(out, asked->expires_at);
        put_text(out, asked->reason);
    } else {
        for (int i = 0; i < 4; i++)
            put_null(out);
    }
    put_int_or_null(out, review->opened_at);
    put_int_or_null(out, review->due_at);
    put_int_or_null(out, review->asked_by);
    put_int_or_null(out, review->confirmed_by);
}

static void put_customer(struct rows *out, const struct customer_write *write)
{
    const struct customer *row = write->row;

    put_int(out, row->key.home);
    put_int(out, row->key.id);
    put_int(out, write->loaded_revision);
    put_int(out, row->version);
    put_text(out, row->number);
    put_text(out, row->name);
    put_int(out, row->branch_id);
    put_int(out, row->region_id);
    put_int(out, row->stage);
    put_int(out, row->standing.tier);
    put_int_or_null(out, row->standing.grade);
    put_date_or_null(out, row->in_force_since != 0, row->in_force_since);
    put_int_or_null(out, row->open_application);
    put_int(out, row->chain_seq);
    put_bytes(out, row->chain_hash, sizeof row->chain_hash);
    put_int(out, row->last_event_at);
    put_evaluation(out, &row->evaluation);
    put_int_or_null(out, row->assessment);
    put_date_or_null(out, row->assessment != 0, row->assessed_on);
    put_int_or_null(out, row->assessed_by);
    put_terms(out, row);
    put_emergency(out, row);
    put_int_or_null(out, row->managed_by);
    put_money(out, &row->evaluation.volume);
    put_int_or_null(out, row->evaluation.answer);
}

static void apply_customers(struct txn *txn, const struct change_set *set, bool insert)
{
    const struct customer_write **writes = (const struct customer_write **)apply_sorted(
        txn_params(txn)->arena, set->customers, set->customer_count, sizeof *set->customers, by_customer);
    size_t count = 0;

    for (size_t i = 0; i < set->customer_count; i++)
        count += (writes[i]->loaded_revision == 0) == insert;
    if (count == 0)
        return;
    struct rows *out = rows_new(txn_params(txn), ROW_customer_write, count);
    for (size_t i = 0; i < set->customer_count; i++)
        if ((writes[i]->loaded_revision == 0) == insert)
            put_customer(out, writes[i]);
    if (insert)
        apply_add(txn, STATEMENT_apply_customer_insert, out, count);
    else
        apply_add_expecting(txn, STATEMENT_apply_customer_update, out, count);
}

static void put_progress(struct rows *out, const struct application *row)
{
    put_int(out, row->came_from);
    put_int(out, row->action);
    put_int(out, row->state);
    put_int(out, row->from.tier);
    put_int_or_null(out, row->from.grade);
    put_int(out, row->to_grade);
    put_int_or_null(out, row->decided_grade);
    put_int(out, row->off_criteria);
    put_int_or_null(out, row->finding);
    put_int_list(out, row->hands, (size_t)row->hand_count);
    put_int(out, row->submitted_by);
    put_int_or_null(out, row->verified_by);
    put_int_or_null(out, row->decided_by);
    put_int_or_null(out, row->recorded_by);
    put_int(out, row->branch_id);
    put_int(out, row->region_id);
}

static void put_times(struct rows *out, const struct application *row)
{
    put_int(out, row->policy_version);
    put_date_or_null(out, row->criterion_met, row->criterion_met_on);
    put_int_or_null(out, row->criterion_met ? row->criterion_detected_at : 0);
    put_int(out, row->clock_started_at);
    put_int(out, row->submitted_at);
    put_int_or_null(out, row->verified_at);
    put_int_or_null(out, row->decided_at);
    put_int_or_null(out, row->recorded_at);
    put_int_or_null(out, row->due_at);
    put_int(out, row->complete_by);
}

static void put_node(struct rows *out, const struct application *row)
{
    put_int(out, row->node);
    put_int(out, row->signatures);
    put_int_or_null(out, row->signed_grade);
    put_int_list(out, row->signers, (size_t)row->signer_count);
    put_int_list(out, row->signer_nodes, (size_t)row->signer_count);
    put_int_list(out, row->verifiers, (size_t)row->verifier_count);
    put_int_list(out, row->countersigners, (size_t)row->countersigner_count);
    put_int(out, row->automatic);
    put_int_or_null(out, row->held_by);
    put_int_or_null(out, row->assistant);
    put_money(out, &row->limit);
    put_int_list(out, row->region_signers, (size_t)row->region_signer_count);
    put_int_list(out, row->region_nodes, (size_t)row->region_signer_count);
}

static void put_application(struct rows *out, const struct application_write *write)
{
    const struct application *row = write->row;

    put_int(out, row->key.home);
    put_int(out, row->key.id);
    put_int(out, row->customer_id);
    put_int(out, write->loaded_version);
    put_int(out, row->version);
    put_progress(out, row);
    put_times(out, row);
    put_int_or_null(out, row->turn_unit);
    put_int_or_null(out, row->turn_role);
    put_uuid_or_null(out, row->timer_id);
    put_text(out, row->reason);
    put_int_or_null(out, row->asked_policy);
    put_int_or_null(out, row->asked_by);
    put_int_or_null(out, row->assessed_by);
    put_int_or_null(out, row->extension_days);
    put_int_or_null(out, row->extension_by);
    put_int(out, row->extended_days);
    put_int_or_null(out, row->step_started_at);
    put_int_or_null(out, row->paused_at);
    put_int_or_null(out, row->paused_by);
    put_int_or_null(out, row->paused_due_at);
    put_int(out, row->paused_days);
    put_int(out, row->step_paused_days);
    put_int_or_null(out, row->urged_at);
    put_int_or_null(out, row->urged_by);
    put_int_or_null(out, row->submitted_for);
    put_int_or_null(out, row->verified_for);
    put_int_or_null(out, row->decided_for);
    put_int_or_null(out, row->recorded_for);
    put_int_or_null(out, row->extension_for);
    put_int_or_null(out, row->claimed_by);
    put_node(out, row);
    put_int_or_null(out, row->paused_complete_by);
}

/* Changed ones first: a case may end and the next one of its customer begin in one batch. */
static int by_application(const void *a, const void *b)
{
    const struct application_write *const *x = a, *const *y = b;
    int new = ((*x)->loaded_version == 0) - ((*y)->loaded_version == 0);
    return new != 0 ? new : apply_compare_key((*x)->row->key, (*y)->row->key);
}

static void apply_applications(struct txn *txn, const struct change_set *set)
{
    if (set->application_count == 0)
        return;
    const struct application_write **writes = (const struct application_write **)apply_sorted(
        txn_params(txn)->arena, set->applications, set->application_count, sizeof *set->applications, by_application);
    struct rows *out = rows_new(txn_params(txn), ROW_application_write, set->application_count);
    for (size_t i = 0; i < set->application_count; i++)
        put_application(out, writes[i]);
    apply_add(txn, STATEMENT_apply_applications, out, set->application_count);
}

static void apply_events(struct txn *txn, const struct change_set *set)
{
    if (set->event_count == 0)
        return;
    const struct event **events = (const struct event **)apply_sorted(txn_params(txn)->arena, set->events,
                                                                      set->event_count, sizeof *set->events, by_event);
    struct rows *out = rows_new(txn_params(txn), ROW_event_write, set->event_count);
    for (size_t i = 0; i < set->event_count; i++) {
        const struct event *row = events[i];
        put_int(out, row->customer.home);
        put_int(out, row->customer.id);
        put_int(out, row->seq);
        put_int_or_null(out, row->application);
        put_int(out, row->kind);
        put_uuid(out, row->command_id);
        put_int(out, row->actor);
        put_int(out, row->at);
        put_int(out, row->from_state);
        put_int(out, row->to_state);
        put_int(out, row->version);
        put_text(out, row->payload);
        put_bytes(out, row->hash_prev, sizeof row->hash_prev);
        put_bytes(out, row->hash, sizeof row->hash);
    }
    apply_add(txn, STATEMENT_apply_event_insert, out, set->event_count);
}

/* May it change what somebody has to do? Each event of a case, of others those of criteria and emergencies. */
static bool is_told(const struct event *event)
{
    switch (event->kind) {
    case EVENT_STANDING_CHANGED:
    case EVENT_CUSTOMER_MOVED:
    case EVENT_CRITERION_MET:
    case EVENT_CRITERION_GONE:
    case EVENT_CRITERION_MISSED:
    case EVENT_ASSESSED: /* whoever assesses the customer does not judge his case */
    case EVENT_OVERRIDE_ENDED:
    case EVENT_EMERGENCY_ASKED:
    case EVENT_EMERGENCY_REFUSED:
    case EVENT_EMERGENCY_REVIEWED:
        return true;
    default:
        return event->application != 0;
    }
}

/* What those who watch are told of. */
static void apply_change(struct txn *txn, const struct change_set *set)
{
    struct params *params = txn_params(txn);
    int64_t *homes = ARENA_ARRAY(params->arena, int64_t, set->event_count + 1);
    int64_t *customers = ARENA_ARRAY(params->arena, int64_t, set->event_count + 1);
    int64_t *seqs = ARENA_ARRAY(params->arena, int64_t, set->event_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < set->event_count; i++) {
        if (!is_told(&set->events[i]))
            continue;
        homes[count] = set->events[i].customer.home;
        customers[count] = set->events[i].customer.id;
        seqs[count++] = set->events[i].seq;
    }
    if (count == 0)
        return;
    param_int8_list(params, homes, count);
    param_int8_list(params, customers, count);
    param_int8_list(params, seqs, count);
    txn_add(txn, STATEMENT_apply_change_insert, NULL);
}

static void apply_standings(struct txn *txn, const struct change_set *set)
{
    if (set->standing_count == 0)
        return;
    struct rows *out = rows_new(txn_params(txn), ROW_standing_write, set->standing_count);
    for (size_t i = 0; i < set->standing_count; i++) {
        const struct standing_change *row = &set->standings[i];
        put_int(out, row->customer.home);
        put_int(out, row->customer.id);
        put_int(out, row->seq);
        put_int(out, row->standing.tier);
        put_int_or_null(out, row->standing.grade);
        put_int(out, row->cause);
        put_date(out, row->valid_from);
        put_int(out, row->recorded_at);
        put_int_or_null(out, row->application);
    }
    apply_add(txn, STATEMENT_apply_standing_insert, out, set->standing_count);
}

static void apply_commands(struct txn *txn, const struct change_set *set)
{
    if (set->command_count == 0)
        return;
    const struct stored_command **commands = (const struct stored_command **)apply_sorted(
        txn_params(txn)->arena, set->commands, set->command_count, sizeof *set->commands, by_command);
    struct rows *out = rows_new(txn_params(txn), ROW_command_write, set->command_count);
    for (size_t i = 0; i < set->command_count; i++) {
        const struct stored_command *row = commands[i];
        put_int(out, row->home);
        put_uuid(out, row->command_id);
        put_int(out, row->user_id);
        put_bytes(out, row->request_hash, sizeof row->request_hash);
        put_int(out, row->method);
        put_int(out, row->status);
        put_int(out, row->reason);
        put_text(out, row->field);
        put_text(out, row->arguments);
        put_text(out, row->entity);
        put_int(out, row->version);
        put_int(out, row->at);
    }
    apply_add(txn, STATEMENT_apply_command_insert, out, set->command_count);
}

static void put_timer_key(struct rows *out, const struct timer_key *key)
{
    put_int(out, key->home);
    put_int(out, key->kind);
    put_int(out, key->subject);
}

static void apply_timers(struct txn *txn, const struct change_set *set)
{
    struct arena *arena = txn_params(txn)->arena;

    if (set->ended_timer_count > 0) {
        const struct timer_key **keys = (const struct timer_key **)apply_sorted(
            arena, set->ended_timers, set->ended_timer_count, sizeof *set->ended_timers, by_timer_key);
        struct rows *out = rows_new(txn_params(txn), ROW_timer_key, set->ended_timer_count);
        for (size_t i = 0; i < set->ended_timer_count; i++)
            put_timer_key(out, keys[i]);
        apply_add_expecting(txn, STATEMENT_apply_timer_delete, out, set->ended_timer_count);
    }
    if (set->timer_count > 0) {
        const struct timer **timers =
            (const struct timer **)apply_sorted(arena, set->timers, set->timer_count, sizeof *set->timers, by_timer);
        struct rows *out = rows_new(txn_params(txn), ROW_timer_write, set->timer_count);
        for (size_t i = 0; i < set->timer_count; i++) {
            put_timer_key(out, &timers[i]->key);
            put_int(out, timers[i]->customer_id);
            put_uuid_or_null(out, timers[i]->id);
            put_int(out, timers[i]->due_at);
            put_int_or_null(out, timers[i]->turn_unit);
            put_int_or_null(out, timers[i]->turn_role);
        }
        apply_add(txn, STATEMENT_apply_timer_set, out, set->timer_count);
    }
}

static void add_unit_change(struct txn *txn, const struct reference_change *change)
{
    struct params *params = txn_params(txn);

    if (change->kind == REFERENCE_UNIT_INSERT) {
        CHECK(change->unit.id == 0);
        param_int4(params, change->unit.parent_id);
        param_int2(params, change->unit.level);
        param_text(params, change->unit.code);
        param_text(params, change->unit.name);
        param_text(params, change->unit.zone);
        txn_add(txn, STATEMENT_apply_unit_insert, NULL);
    } else if (change->kind == REFERENCE_UNIT_EDIT) {
        param_int4(params, change->unit.id);
        param_text(params, change->unit.name);
        param_text(params, change->unit.zone);
        txn_add(txn, STATEMENT_apply_unit_edit, NULL);
    } else if (change->kind == REFERENCE_UNIT_MERGE) {
        param_int4(params, change->unit.id);
        param_int4(params, change->unit.merged_into);
        txn_add(txn, STATEMENT_apply_unit_merge, NULL);
    } else {
        param_int4(params, change->unit.id);
        param_int4(params, change->unit.parent_id);
        param_bool(params, change->unit.closed);
        txn_add(txn, STATEMENT_apply_unit_update, NULL);
    }
}

static void add_user_insert(struct txn *txn, const struct reference_change *change)
{
    struct params *params = txn_params(txn);

    CHECK(change->password_hash != NULL);
    param_text(params, change->user.login);
    param_text(params, change->user.name);
    param_int4(params, change->user.unit_id);
    param_int2(params, change->user.level);
    param_int4(params, (int32_t)change->user.roles);
    param_text(params, change->password_hash);
    txn_add(txn, STATEMENT_apply_user_insert, NULL);
}

static void add_user_change(struct txn *txn, const struct reference_change *change)
{
    struct params *params = txn_params(txn);

    param_int8(params, change->user.id);
    if (change->kind == REFERENCE_USER_PASSWORD) {
        CHECK(change->password_hash != NULL);
        param_text(params, change->password_hash);
        param_text(params, change->password_before);
        txn_add(txn, STATEMENT_apply_user_password, NULL);
    } else {
        param_int4(params, (int32_t)change->user.roles);
        param_int2(params, change->user.level);
        param_bool(params, change->user.disabled);
        param_int4(params, change->user.unit_id);
        txn_add(txn, STATEMENT_apply_user_update, NULL);
    }
}

static void add_calendar(struct txn *txn, const struct reference_change *change)
{
    struct rows *out = rows_new(txn_params(txn), ROW_calendar_write, change->calendar_count);

    for (size_t i = 0; i < change->calendar_count; i++) {
        put_int(out, change->calendar[i].unit_id);
        put_date(out, change->calendar[i].date);
        put_int(out, change->calendar[i].working);
        put_text(out, change->calendar[i].name);
    }
    apply_add(txn, STATEMENT_apply_calendar, out, change->calendar_count);
}

static void add_delegation(struct txn *txn, const struct reference_change *change)
{
    const struct delegation *row = &change->delegation;
    struct params *params = txn_params(txn);

    param_int8(params, row->id);
    if (change->kind == REFERENCE_DELEGATION_REVOKE) {
        param_int8(params, row->ends_at);
        param_int8(params, change->revoked_by);
        txn_add(txn, STATEMENT_apply_delegation_revoke, NULL);
        return;
    }
    param_int8(params, row->delegator);
    param_int8(params, row->substitute);
    param_int8(params, row->begins_at);
    param_int8(params, row->ends_at);
    param_int2(params, (int)row->kinds);
    param_int8(params, row->set_by);
    param_int8(params, row->amount_to.minor);
    param_text(params, limit_known(row->amount_to) ? row->amount_to.currency : NULL);
    txn_add(txn, STATEMENT_apply_delegation_insert, NULL);
}

/* The epoch comes first: its row is the lock of all reference data. */
static void apply_reference(struct txn *txn, const struct reference_change *change, int64_t epoch)
{
    if (change->kind == REFERENCE_NONE)
        return;
    param_int8(txn_params(txn), epoch);
    txn_add(txn, STATEMENT_apply_epoch, NULL);
    switch (change->kind) {
    case REFERENCE_UNIT_INSERT:
    case REFERENCE_UNIT_UPDATE:
    case REFERENCE_UNIT_EDIT:
    case REFERENCE_UNIT_MERGE:
        add_unit_change(txn, change);
        break;
    case REFERENCE_USER_INSERT:
        add_user_insert(txn, change);
        break;
    case REFERENCE_USER_UPDATE:
    case REFERENCE_USER_PASSWORD:
        add_user_change(txn, change);
        break;
    case REFERENCE_POLICY_PROPOSE:
    case REFERENCE_POLICY_PUBLISH:
    case REFERENCE_POLICY_ROLL_BACK:
        apply_policy(txn, change);
        break;
    case REFERENCE_CALENDAR_SET:
        add_calendar(txn, change);
        break;
    case REFERENCE_DELEGATION_GRANT:
    case REFERENCE_DELEGATION_REVOKE:
        add_delegation(txn, change);
        break;
    default:
        CHECK(change->kind == REFERENCE_CLOCK_ADVANCE);
        param_int8(txn_params(txn), change->advance_us);
        txn_add(txn, STATEMENT_apply_clock, NULL);
    }
}

static void apply_epoch_held(struct txn *txn, const struct change_set *set)
{
    if (!set->holds_epoch)
        return;
    param_int8(txn_params(txn), set->epoch);
    txn_add(txn, STATEMENT_apply_epoch_held, NULL);
}

static void apply_head(struct txn *txn, const struct change_set *set)
{
    struct params *params = txn_params(txn);

    if (!set->head_changed)
        return;
    param_int2(params, (int16_t)set->chain);
    param_int8(params, set->head_loaded_seq);
    param_int8(params, set->head.chain_seq);
    param_bytes(params, set->head.chain_hash, sizeof set->head.chain_hash);
    param_int8(params, set->head.last_event_at);
    txn_add(txn, STATEMENT_apply_head, NULL);
}

void store_apply(struct store *store, const struct change_set *set, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, true, NULL, NULL, done, arg);

    apply_reference(txn, &set->reference, set->epoch);
    apply_epoch_held(txn, set);
    apply_head(txn, set);
    apply_customers(txn, set, false);
    apply_customers(txn, set, true);
    apply_applications(txn, set);
    apply_events(txn, set);
    apply_change(txn, set);
    apply_standings(txn, set);
    apply_trades(txn, set);
    apply_assessments(txn, set);
    apply_timers(txn, set);
    if (set->command_count == 0)
        txn_add(txn, STATEMENT_apply_repeats, NULL);
    apply_commands(txn, set);
    txn_send(txn);
}
