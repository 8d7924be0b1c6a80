/* What stands in each column. */
#include <string.h>

#include "common/check.h"
#include "server/commit/chain.h"
#include "tests/bench/plant/plant.h"

static const struct {
    const char *name, *columns;
} definitions[TABLE_COUNT] = {
    [TABLE_EVENT] = {"event", "home_id, customer_id, seq, application_id, kind, command_id, actor, at, from_state, "
                              "to_state, version, payload, hash_prev, hash"},
    [TABLE_COMMAND] = {"command", "home_id, command_id, user_id, request_hash, method, status, reason, field, "
                                  "arguments, entity, version, at"},
    [TABLE_APPLICATION] = {"application",
                           "home_id, application_id, customer_id, version, came_from, action, state, from_tier, "
                           "from_grade, to_grade, decided_grade, off_criteria, finding, hands, submitted_by, "
                           "verified_by, decided_by, recorded_by, branch_id, region_id, policy_version, "
                           "clock_started_at, submitted_at, verified_at, decided_at, recorded_at, due_at, complete_by, "
                           "turn_unit_id, turn_role, timer_id, reason, step_started_at, verifiers, "
                           "limit_minor, limit_currency, region_signers, region_nodes"},
    [TABLE_CUSTOMER] = {"customer",
                        "home_id, customer_id, version, number, name, branch_id, region_id, stage, tier, grade, "
                        "open_application_id, chain_seq, chain_hash, last_event_at, revision, in_force_since, "
                        "evaluated_policy, computed_grade, computed_admits, evaluation_timer_id, evaluate_at, "
                        "volume_minor, volume_currency"},
    [TABLE_STANDING] = {"standing_history", "home_id, customer_id, seq, tier, grade, cause, valid_from, recorded_at, "
                                            "application_id"},
    [TABLE_TIMER] = {"timer", "home_id, kind, subject_id, customer_id, timer_id, due_at, unit_id, role"},
    [TABLE_TRADE] = {"trade", "home_id, document, customer_id, version, currency, amount_minor, issued_on, due_on, "
                              "settled_on, cancelled, import_home, import_id, command_id, recorded_at"},
    [TABLE_IMPORT_CUSTOMER] = {"import_customer", "home_id, customer_id, import_id, command_id, result"},
};
const char rows_tables[] = "event,command,application,customer,standing_history,timer,trade,import_customer";

void rows_begin(struct plant *plant)
{
    for (int i = 0; i < TABLE_COUNT; i++)
        copy_begin(&plant->tables[i], plant->options.conninfo, definitions[i].name, definitions[i].columns);
}

void rows_end(struct plant *plant)
{
    for (int i = 0; i < TABLE_COUNT; i++)
        copy_end(&plant->tables[i]);
}

static void put_event(struct copy *copy, const struct event *event)
{
    copy_row(copy, 14);
    copy_int2(copy, event->customer.home);
    copy_int8(copy, event->customer.id);
    copy_int8(copy, event->seq);
    copy_int8_or_null(copy, event->application);
    copy_int2(copy, (int)event->kind);
    copy_uuid(copy, event->command_id);
    copy_int8(copy, event->actor);
    copy_int8(copy, event->at);
    copy_int2(copy, (int)event->from_state);
    copy_int2(copy, (int)event->to_state);
    copy_int4(copy, event->version);
    copy_text(copy, event->payload);
    copy_bytes(copy, event->hash_prev, CHAIN_HASH_BYTES);
    copy_bytes(copy, event->hash, CHAIN_HASH_BYTES);
}

void row_event(struct plant *plant, struct event *event, int64_t *seq, uint8_t hash[CHAIN_HASH_BYTES])
{
    event->seq = ++*seq;
    memcpy(event->hash_prev, hash, CHAIN_HASH_BYTES);
    chain_hash(event, event->hash);
    memcpy(hash, event->hash, CHAIN_HASH_BYTES);
    put_event(&plant->tables[TABLE_EVENT], event);
}

void row_command(struct plant *plant, const struct stored_command *row)
{
    struct copy *copy = &plant->tables[TABLE_COMMAND];

    copy_row(copy, 12);
    copy_int2(copy, row->home);
    copy_uuid(copy, row->command_id);
    copy_int8(copy, row->user_id);
    copy_bytes(copy, row->request_hash, sizeof row->request_hash);
    copy_int2(copy, (int)row->method);
    copy_int2(copy, STATUS_OK);
    copy_int4(copy, REASON_NONE);
    copy_text(copy, ""); /* field */
    copy_text(copy, row->arguments == NULL ? "" : row->arguments);
    copy_text(copy, row->entity);
    copy_int4(copy, row->version);
    copy_int8(copy, row->at);
}

static void put_money(struct copy *copy, const struct money *money)
{
    if (money->currency[0] == '\0') {
        copy_null(copy);
        copy_null(copy);
    } else {
        copy_int8(copy, money->minor);
        copy_text(copy, money->currency);
    }
}

void row_customer(struct plant *plant, const struct customer *row)
{
    struct copy *copy = &plant->tables[TABLE_CUSTOMER];
    const struct evaluation *evaluation = &row->evaluation;

    CHECK(!evaluation->criterion && evaluation->demoted_on == 0 && evaluation->imports_open == 0);
    copy_row(copy, 23);
    copy_int2(copy, row->key.home);
    copy_int8(copy, row->key.id);
    copy_int4(copy, row->version);
    copy_text(copy, row->number);
    copy_text(copy, row->name);
    copy_int4(copy, row->branch_id);
    copy_int4(copy, row->region_id);
    copy_int2(copy, (int)row->stage);
    copy_int2(copy, (int)row->standing.tier);
    copy_int2_or_null(copy, (int)row->standing.grade);
    copy_int8_or_null(copy, row->open_application);
    copy_int8(copy, row->chain_seq);
    copy_bytes(copy, row->chain_hash, CHAIN_HASH_BYTES);
    copy_int8(copy, row->last_event_at);
    copy_int8(copy, row->revision);
    copy_date(copy, row->in_force_since);
    copy_int4_or_null(copy, evaluation->policy_version);
    copy_int2_or_null(copy, (int)evaluation->computed.grade);
    copy_bool(copy, evaluation->computed.admits);
    if (uuid_is_zero(evaluation->timer_id))
        copy_null(copy);
    else
        copy_uuid(copy, evaluation->timer_id);
    copy_int8_or_null(copy, evaluation->evaluate_at);
    put_money(copy, &evaluation->volume);
}

static void put_people(struct copy *copy, const struct application *row)
{
    copy_int8_array(copy, row->hands, row->hand_count);
    copy_int8(copy, row->submitted_by);
    copy_int8_or_null(copy, row->verified_by);
    copy_int8_or_null(copy, row->decided_by);
    copy_int8_or_null(copy, row->recorded_by);
    copy_int4(copy, row->branch_id);
    copy_int4(copy, row->region_id);
    copy_int4(copy, row->policy_version);
}

static void put_times(struct copy *copy, const struct application *row)
{
    copy_int8(copy, row->clock_started_at);
    copy_int8(copy, row->submitted_at);
    copy_int8_or_null(copy, row->verified_at);
    copy_int8_or_null(copy, row->decided_at);
    copy_int8_or_null(copy, row->recorded_at);
    copy_int8_or_null(copy, row->due_at);
    copy_int8(copy, row->complete_by);
    copy_int4_or_null(copy, row->turn_unit);
    copy_int2_or_null(copy, (int)row->turn_role);
}

void row_application(struct plant *plant, const struct application *row)
{
    struct copy *copy = &plant->tables[TABLE_APPLICATION];

    CHECK(!row->criterion_met);
    copy_row(copy, 38);
    copy_int2(copy, row->key.home);
    copy_int8(copy, row->key.id);
    copy_int8(copy, row->customer_id);
    copy_int4(copy, row->version);
    copy_int2(copy, (int)row->came_from);
    copy_int2(copy, (int)row->action);
    copy_int2(copy, (int)row->state);
    copy_int2(copy, (int)row->from.tier);
    copy_int2_or_null(copy, (int)row->from.grade);
    copy_int2(copy, (int)row->to_grade);
    copy_int2_or_null(copy, (int)row->decided_grade);
    copy_bool(copy, row->off_criteria);
    copy_int2_or_null(copy, (int)row->finding);
    put_people(copy, row);
    put_times(copy, row);
    if (uuid_is_zero(row->timer_id))
        copy_null(copy);
    else
        copy_uuid(copy, row->timer_id);
    copy_text(copy, row->reason);
    copy_int8_or_null(copy, row->step_started_at);
    copy_int8_array(copy, row->verifiers, row->verifier_count);
    put_money(copy, &row->limit);
    copy_int8_array(copy, row->region_signers, row->region_signer_count);
    copy_int2_array(copy, row->region_nodes, row->region_signer_count);
}

void row_standing(struct plant *plant, const struct customer *customer, enum cause cause, int64_t application)
{
    struct copy *copy = &plant->tables[TABLE_STANDING];

    copy_row(copy, 9);
    copy_int2(copy, customer->key.home);
    copy_int8(copy, customer->key.id);
    copy_int8(copy, customer->chain_seq);
    copy_int2(copy, (int)customer->standing.tier);
    copy_int2_or_null(copy, (int)customer->standing.grade);
    copy_int2(copy, (int)cause);
    copy_date(copy, customer->in_force_since);
    copy_int8(copy, customer->last_event_at);
    copy_int8_or_null(copy, application);
}

void row_timer(struct plant *plant, const struct application *row)
{
    struct copy *copy = &plant->tables[TABLE_TIMER];

    copy_row(copy, 8);
    copy_int2(copy, row->key.home);
    copy_int2(copy, TIMER_DEADLINE);
    copy_int8(copy, row->key.id);
    copy_int8(copy, row->customer_id);
    copy_uuid(copy, row->timer_id);
    copy_int8(copy, row->due_at);
    copy_int4(copy, row->turn_unit);
    copy_int2(copy, (int)row->turn_role);
}

void row_evaluation_timer(struct plant *plant, const struct customer *row)
{
    struct copy *copy = &plant->tables[TABLE_TIMER];

    if (uuid_is_zero(row->evaluation.timer_id))
        return;
    copy_row(copy, 8);
    copy_int2(copy, row->key.home);
    copy_int2(copy, TIMER_EVALUATE);
    copy_int8(copy, row->key.id);
    copy_int8(copy, row->key.id);
    copy_uuid(copy, row->evaluation.timer_id);
    copy_int8(copy, row->evaluation.evaluate_at);
    copy_null(copy);
    copy_null(copy);
}

void row_trade(struct plant *plant, const struct trade *row)
{
    struct copy *copy = &plant->tables[TABLE_TRADE];

    copy_row(copy, 14);
    copy_int2(copy, row->home);
    copy_text(copy, row->document);
    copy_int8(copy, row->customer_id);
    copy_int4(copy, row->version);
    copy_text(copy, row->currency);
    copy_int8(copy, row->amount_minor);
    copy_date(copy, row->issued_on);
    copy_date(copy, row->due_on);
    copy_date(copy, row->settled_on);
    copy_bool(copy, row->cancelled);
    copy_int2(copy, row->import.home);
    copy_int8(copy, row->import.id);
    copy_uuid(copy, row->command_id);
    copy_int8(copy, row->recorded_at);
}

void row_import_customer(struct plant *plant, const struct import_customer *row)
{
    struct copy *copy = &plant->tables[TABLE_IMPORT_CUSTOMER];

    copy_row(copy, 5);
    copy_int2(copy, row->customer.home);
    copy_int8(copy, row->customer.id);
    copy_int8(copy, row->import_id);
    copy_uuid(copy, row->command_id);
    copy_int2(copy, (int)row->result);
}
