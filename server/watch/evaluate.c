/* Evaluation of one customer, and the end of an import that was left alone. */
#include "server/watch/evaluate.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/check.h"
#include "server/commit/criterion_effects.h"
#include "server/commit/measures_payload.h"
#include "server/rules/evaluation.h"
#include "server/rules/standing.h"
#include "server/rules/workflow.h"

static void refuse(struct command *command, enum reason reason)
{
    command->outcome.status = STATUS_REJECTED;
    command->outcome.reason = reason;
}

static void add_event(struct effects *effects, enum event_kind kind, json_t *payload, struct arena *arena)
{
    effects->events[effects->event_count++] = (struct event){.kind = kind, .payload = payload_text(arena, payload)};
}

/* ---- the import's event ---- */

static void hash_int(crypto_hash_sha256_state *state, int64_t value)
{
    uint8_t bytes[8];

    for (int i = 7; i >= 0; i--, value >>= 8)
        bytes[i] = (uint8_t)value;
    crypto_hash_sha256_update(state, bytes, sizeof bytes);
}

/* Digest of what an import wrote of a customer's trades (layout: proto/PROTOCOL.md, event chain). */
static void digest_rows(const struct situation *s, char out[65])
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < s->import_trade_count; i++) {
        const struct trade *row = &s->import_trades[i];
        hash_int(&state, (int64_t)strlen(row->document));
        crypto_hash_sha256_update(&state, (const uint8_t *)row->document, strlen(row->document));
        hash_int(&state, row->version);
        crypto_hash_sha256_update(&state, (const uint8_t *)row->currency, CURRENCY_BYTES - 1);
        hash_int(&state, row->amount_minor);
        hash_int(&state, row->issued_on);
        hash_int(&state, row->due_on);
        hash_int(&state, row->settled ? row->settled_on : INT64_MIN);
        hash_int(&state, row->cancelled);
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(out, 65, digest, sizeof digest);
}

/* One event per customer and import; the customer no longer waits for this import. */
static void end_import(const struct situation *s, struct customer *customer, struct arena *arena,
                       struct effects *effects)
{
    char id[PUBLIC_ID_BYTES], digest[65];
    json_t *payload = json_object();
    int64_t added = 0;

    for (size_t i = 0; i < s->import_trade_count; i++)
        added += s->import_trades[i].version == 1;
    public_id_format('I', s->import->key, id);
    digest_rows(s, digest);
    json_object_set_new(payload, "import", json_string(id));
    payload_int(payload, "added", added);
    payload_int(payload, "changed", (int64_t)s->import_trade_count - added);
    json_object_set_new(payload, "digest", json_string(digest));
    add_event(effects, EVENT_TRADES_IMPORTED, payload, arena);
    customer->evaluation.imports_open--;
    effects->has_import = true;
    effects->import = *s->import;
    effects->import.evaluated++;
    effects->has_import_customer = true;
    effects->import_customer = *s->import_customer;
    effects->import_customer.result = IMPORT_EVALUATED;
}

/* ---- what the evaluation came to ---- */

/* The numbers behind a demotion, or behind its correction, of the date that it is about. */
static void set_evidence(json_t *payload, const struct policy *policy, const struct situation *s, civil_date on)
{
    struct trade_sum sum;
    int rate;

    standing_sum(policy, s->facts.trades, s->facts.trade_count, on, &sum);
    rate = standing_rate_bp(policy, &sum);
    payload_date(payload, "on", on);
    payload_date(payload, "window_from", window_from(policy, on));
    payload_int(payload, "policy_version", policy->version);
    payload_word(payload, "basis", words_basis, (int)policy->basis);
    payload_int(payload, "floor_bp", policy->floor_bp);
    payload_int(payload, "due", sum.due);
    payload_int(payload, "fulfilled", sum.fulfilled);
    payload_int(payload, "due_minor", sum.due_minor);
    payload_int(payload, "fulfilled_minor", sum.fulfilled_minor);
    json_object_set_new(payload, "currency", json_string(policy->currency));
    if (rate >= 0)
        payload_int(payload, "rate_bp", rate);
}

static void add_standing(const struct situation *s, const struct evaluation_result *result, civil_date today,
                         struct arena *arena, struct effects *effects)
{
    const struct customer *before = s->customer, *after = &result->customer;
    json_t *payload = json_object();

    payload_word(payload, "tier", words_tier, (int)after->standing.tier);
    payload_word(payload, "grade", words_grade, (int)after->standing.grade);
    payload_word(payload, "from_tier", words_tier, (int)before->standing.tier);
    payload_word(payload, "from_grade", words_grade, (int)before->standing.grade);
    payload_word(payload, "cause", words_cause, (int)result->cause);
    payload_date(payload, "valid_from", result->valid_from);
    payload_measures(payload, s, before, after);
    if (result->cause == CAUSE_DEMOTION)
        set_evidence(payload, s->in_force, s, today);
    else if (result->cause == CAUSE_CORRECTION)
        set_evidence(payload, s->demoted_policy, s, before->evaluation.demoted_on);
    add_event(effects, EVENT_STANDING_CHANGED, payload, arena);
    effects->has_standing = true;
    effects->standing = (struct standing_change){.customer = after->key,
                                                 .standing = after->standing,
                                                 .cause = result->cause,
                                                 .valid_from = result->valid_from,
                                                 .recorded_at = s->now};
}

static void add_notice(const struct situation *s, const struct evaluation_result *result, civil_date today,
                       struct arena *arena, struct effects *effects)
{
    json_t *payload = json_object();

    set_evidence(payload, s->in_force, s, today);
    if (result->noticed)
        payload_date(payload, "demote_on", result->customer.notice.demote_on);
    add_event(effects, result->noticed ? EVENT_DEMOTION_NOTICED : EVENT_NOTICE_WITHDRAWN, payload, arena);
}

/* `missed`: the end of the criterion before it had passed, and that was noted. */
static void add_criterion(const struct evaluation_result *result, bool missed, struct arena *arena,
                          struct effects *effects)
{
    const struct customer *customer = &result->customer;
    const struct evaluation *evaluation = &customer->evaluation;
    struct standing from = standing_beneath(customer), to = standing_of(evaluation->computed, from.tier);
    json_t *payload = json_object();

    payload_word(payload, "from_grade", words_grade, (int)from.grade);
    if (result->criterion_met) {
        payload_word(payload, "to_grade", words_grade, (int)to.grade);
        payload_date(payload, "met_on", evaluation->met_on);
        payload_int(payload, "due_us", evaluation->criterion_due_at);
        payload_int(payload, "policy_version", evaluation->policy_version);
        payload_int(payload, "volume_minor", result->course.sum.volume_minor);
    }
    if (missed)
        json_object_set_new(payload, "missed", json_true());
    add_event(effects, result->criterion_met ? EVENT_CRITERION_MET : EVENT_CRITERION_GONE, payload, arena);
}

/* A standing that the system changes ends the open application that was begun on another one. */
static void lapse(const struct situation *s, struct evaluation_result *result, struct arena *arena,
                  struct effects *effects)
{
    const struct step_context ctx = {.org = s->org, .policy = s->policy, .now = s->now};
    const struct step_input input = {.action = EVENT_LAPSE};
    struct step_result *step = ARENA_NEW(arena, struct step_result);
    const struct application *a = &step->application;
    json_t *payload = json_object();

    workflow_step(&ctx, s->application, &result->customer, &input, step);
    CHECK(step->refusal.reason == REASON_NONE); /* the system may end an open application in every state */
    result->customer = step->customer;
    effects->has_application = true;
    effects->application = *a;
    payload_word(payload, "cause", words_cause, (int)result->cause);
    payload_due_before(payload, step->due_before, s->now);
    payload_assistant(payload, s->application, a);
    payload_extension_ended(payload, s->application, a);
    add_event(effects, EVENT_LAPSE, payload, arena);
    effects->events[effects->event_count - 1].application = a->key.id;
    effects->events[effects->event_count - 1].from_state = a->came_from;
    effects->events[effects->event_count - 1].to_state = a->state;
    effects->events[effects->event_count - 1].version = a->version;
}

static enum import_result result_of(const struct evaluation_result *result)
{
    if (result->standing_changed && result->cause != CAUSE_OVERRIDE)
        return result->cause == CAUSE_DEMOTION ? IMPORT_DEMOTED : IMPORT_CORRECTED;
    return result->criterion_met ? IMPORT_CRITERION : IMPORT_EVALUATED;
}

static void count_result(const struct evaluation_result *result, struct effects *effects)
{
    enum import_result what = result_of(result);

    effects->import_customer.result = what;
    effects->import.demoted += what == IMPORT_DEMOTED;
    effects->import.corrected += what == IMPORT_CORRECTED;
    effects->import.criteria += what == IMPORT_CRITERION;
}

static void evaluate(const struct situation *s, struct customer *customer, struct arena *arena, struct effects *effects)
{
    const struct unit *branch = unit_by_id(s->org, customer->branch_id);
    const char *zone = branch->zone;
    const struct evaluation_input input = {.policy = s->in_force,
                                           .demoted_policy = s->demoted_policy,
                                           .org = s->org,
                                           .branch = branch,
                                           .now = s->now,
                                           .facts = s->facts,
                                           .timer_id = uuid_new()};
    struct evaluation_result *result = ARENA_NEW(arena, struct evaluation_result);

    if (customer->evaluation.imports_open == 0)
        standing_evaluate(&input, customer, arena, result);
    else /* the end of the last import brings it */
        standing_end_emergency(&input, customer, result);
    if (s->application != NULL && evaluation_lapses(result, s->application))
        lapse(s, result, arena, effects);
    if (result->standing_changed)
        add_standing(s, result, zone_date_at(zone, s->now), arena, effects);
    if (result->noticed || result->notice_withdrawn)
        add_notice(s, result, zone_date_at(zone, s->now), arena, effects);
    if (result->criterion_met || result->criterion_gone)
        add_criterion(result, customer->evaluation.answer == ANSWER_MISSED, arena, effects);
    if (effects->has_import_customer)
        count_result(result, effects);
    *customer = result->customer;
}

/* ---- the command ---- */

/* Is the evaluation still to be made? */
static bool wanted(const struct command *command, const struct situation *s)
{
    const struct evaluation *evaluation = &s->customer->evaluation;

    if (command->import_of_customer != 0)
        return s->import != NULL && s->import->finished_at != 0 && s->import_customer != NULL &&
               s->import_customer->result == IMPORT_RESULT_NONE;
    if (uuid_equal(evaluation->timer_id, command->command_id))
        return true;
    if (evaluation->policy_version == 0)
        return s->customer->assessment != 0 && evaluation->imports_open == 0 && policy_scores_alone(s->in_force);
    return evaluation->imports_open == 0 && evaluation->policy_version != s->in_force->version;
}

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    struct customer customer;

    if (s->customer == NULL || !wanted(command, s)) {
        refuse(command, s->customer == NULL ? REASON_NOT_FOUND : REASON_STATE_CHANGED);
        return;
    }
    customer = *s->customer;
    (void)criterion_note_missed(s, &customer, arena, effects); /* before it may go */
    if (command->import_of_customer != 0)
        end_import(s, &customer, arena, effects);
    evaluate(s, &customer, arena, effects);
    effects->has_customer = true;
    effects->customer = customer;
    public_id_format('C', customer.key, command->outcome.entity);
    command->outcome.version = customer.version;
}

static const struct command_kind evaluate_kind = {
    .method = METHOD_STANDING_EVALUATE, .trades = COMMAND_EVALUATES, .decide = decide};

static void fill(struct command *command, const struct command_kind *kind, struct uuid id, int16_t home)
{
    *command = (struct command){.kind = kind, .command_id = id, .home = home, .user_id = SYSTEM_USER};
    crypto_hash_sha256(command->request_hash, id.bytes, sizeof id.bytes);
}

void evaluate_by_timer(const struct timer *timer, struct command *command)
{
    fill(command, &evaluate_kind, timer->id, timer->key.home);
    command->customer = (struct key){timer->key.home, timer->customer_id};
}

void evaluate_after_import(const struct import_customer *customer, struct key import, struct command *command)
{
    fill(command, &evaluate_kind, customer->command_id, customer->customer.home);
    command->customer = customer->customer;
    command->import = import;
    command->import_of_customer = customer->import_id;
}

void evaluate_by_policy(struct key customer, struct command *command)
{
    fill(command, &evaluate_kind, uuid_new(), customer.home);
    command->customer = customer;
}

/* ---- imports left alone ---- */

static void expire(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    (void)arena;
    if (s->import == NULL || s->import->finished_at != 0 || s->now - s->import->last_at < IMPORT_IDLE_US) {
        refuse(command, s->import == NULL ? REASON_NOT_FOUND : REASON_STATE_CHANGED);
        return;
    }
    effects->has_import = true;
    effects->import = *s->import;
    effects->import.finished_at = s->now;
    public_id_format('I', s->import->key, command->outcome.entity);
}

static const struct command_kind expire_kind = {.method = METHOD_TRADE_IMPORT_EXPIRE, .decide = expire};

void import_expire_command(struct key import, struct command *command)
{
    fill(command, &expire_kind, uuid_new(), import.home);
    command->import = import;
}
