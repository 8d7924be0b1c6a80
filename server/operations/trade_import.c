/* Imports of trades: begin, chunk, finish, show. Rows stand in trade_row.c; the evaluation of the customers, after the
 * end, in watch/. */
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/trade_row.h"
#include "server/operations/view.h"

#define IMPORT_NAME_MAX 200

static Creditd__V1__TradeImport *view_import(struct call *call, const struct trade_import *row)
{
    Creditd__V1__TradeImport *out = ARENA_NEW(call->arena, Creditd__V1__TradeImport);

    creditd__v1__trade_import__init(out);
    out->id = view_id(call, 'I', row->key);
    out->name = arena_strdup(call->arena, row->name);
    out->user = view_login(call, row->user_id);
    out->has_started_at_us = true;
    out->started_at_us = row->started_at;
    out->has_finished_at_us = row->finished_at != 0;
    out->finished_at_us = row->finished_at;
#define COUNT(field) (out->has_##field = true, out->field = (uint64_t)row->field)
    COUNT(added);
    COUNT(changed);
    COUNT(unchanged);
    COUNT(refused);
    COUNT(customers_added);
    COUNT(customers);
    COUNT(evaluated);
    if (call_user(call) != NULL && access_sees_any_credit(call_user(call))) {
        COUNT(demoted);
        COUNT(corrected);
        COUNT(criteria);
    }
#undef COUNT
    return out;
}

static const ProtobufCMessage *import_body(struct call *call, const struct trade_import *row)
{
    Creditd__V1__TradeImportAnswer *body = ARENA_NEW(call->arena, Creditd__V1__TradeImportAnswer);

    creditd__v1__trade_import_answer__init(body);
    body->import = view_import(call, row);
    return &body->base;
}

/* The import as decided, kept for the answer. */
static void answer_import(struct command *command, const struct trade_import *row)
{
    const struct call *call = command->request;
    struct trade_import *decided = call->state;

    public_id_format('I', row->key, command->outcome.entity);
    *decided = *row;
}

static const ProtobufCMessage *decided_body(struct call *call)
{
    return import_body(call, call->state);
}

/* ---- begin ---- */

static void begin_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__TradeImportBeginRequest *request = (const void *)call->request;

    call->state = ARENA_NEW(call->arena, struct trade_import);
    command->home = call_home(call);
    command->home_may_differ = true; /* the user may work in another region by the time he repeats it */
    command->wants_number = true;
    if (request->has_source && request->source.len == IMPORT_SOURCE_BYTES)
        command->import_source = request->source.data;
}

static void begin_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__TradeImportBeginRequest *request = (const void *)call->request;
    struct trade_import *row = &effects->import;

    (void)arena;
    if (!decision_allowed(command, s))
        return;
    if (command->import_source == NULL) {
        decision_refuse(command, REASON_FIELD_INVALID, "source", "rule", "32 bytes");
        return;
    }
    if (!decision_text(command, "name", request->name, IMPORT_NAME_MAX, false))
        return;
    if (s->import != NULL) {
        answer_import(command, s->import);
        return;
    }
    effects->has_import = true;
    *row = (struct trade_import){.key = {command->home, s->new_number},
                                 .user_id = command->user_id,
                                 .name = request->name,
                                 .create_customers = request->has_create_customers && request->create_customers,
                                 .started_at = s->now,
                                 .last_at = s->now};
    memcpy(row->source, command->import_source, sizeof row->source);
    answer_import(command, row);
}

/* ---- the import that a request names ---- */

static void name_import(struct call *call, const char *text, struct command *command)
{
    command->home = call_home(call);
    if (text != NULL && public_id_parse('I', text, &command->import))
        command->home = command->import.home;
}

/* One's own import; false: refused. */
static bool check_import(struct command *command, const struct situation *s)
{
    if (s->import != NULL && s->import->user_id == command->user_id)
        return true;
    decision_refuse(command, REASON_NOT_FOUND, "import", NULL, NULL);
    return false;
}

/* ---- chunk ---- */

/* Is there a branch that this server does not know? It may be newer than its copy of the organisation. */
static bool names_unknown_branch(const struct call *call)
{
    const Creditd__V1__TradeImportChunkRequest *request = (const void *)call->request;

    for (size_t i = 0; i < request->n_rows; i++) {
        const char *branch = request->rows[i]->branch;
        if (branch != NULL && branch[0] != '\0' && unit_by_code(call_org(call), branch) == NULL)
            return true;
    }
    return false;
}

static void units_refreshed(void *arg, enum store_result result)
{
    struct call *call = arg;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else
        call_submit(call);
}

static void chunk_before(struct call *call)
{
    /* Whoever has no right to it does not make the server read anything: the engine refuses him. */
    if (call_org(call) != NULL &&
        (access_check(call->access, call_user(call)).reason != REASON_NONE || !names_unknown_branch(call)))
        call_submit(call);
    else
        call_refresh(call, units_refreshed);
}

static void chunk_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__TradeImportChunkRequest *request = (const void *)call->request;

    command->without_effect = request->has_dry_run && request->dry_run;
    name_import(call, command->without_effect ? NULL : request->import, command);
    call->state = ARENA_NEW(call->arena, struct chunk);
    if (request->n_rows > CHUNK_ROWS_MAX)
        return;
    command->wants_number = true;
    command->row_count = request->n_rows;
    command->rows = trade_rows_named(call, (const Creditd__V1__TradeRow *const *)request->rows, request->n_rows);
}

static void chunk_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__TradeImportChunkRequest *request = (const void *)call->request;

    (void)arena, (void)effects;
    memset(call->state, 0, sizeof(struct chunk));
    if (!decision_allowed(command, s))
        return;
    if (request->n_rows == 0)
        decision_refuse(command, REASON_FIELD_REQUIRED, "rows", NULL, NULL);
    else if (request->n_rows > CHUNK_ROWS_MAX)
        decision_refuse(command, REASON_LIMIT_EXCEEDED, "rows", "limit", "256");
    else if (command->without_effect || !check_import(command, s))
        return;
    else if (s->import->finished_at != 0)
        decision_refuse(command, REASON_IMPORT_FINISHED, "import", NULL, NULL);
}

static bool chunk_decide_row(struct command *command, size_t row, const struct situation *s, struct arena *arena,
                             struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__TradeImportChunkRequest *request = (const void *)call->request;
    bool create =
        s->import != NULL ? s->import->create_customers : request->has_create_customers && request->create_customers;

    return trade_row_decide(command, row, s, create, call->state, arena, effects);
}

static void outcome_count(struct command *command, const char *name, uint32_t count)
{
    char text[16];

    snprintf(text, sizeof text, "%u", count);
    outcome_argument(&command->outcome, name, text);
}

static Creditd__V1__TradeRowRefusal *view_refusal(struct call *call, const struct row_refusal *row)
{
    Creditd__V1__TradeRowRefusal *out = ARENA_NEW(call->arena, Creditd__V1__TradeRowRefusal);

    creditd__v1__trade_row_refusal__init(out);
    out->has_row = true;
    out->row = row->row;
    out->has_reason = true;
    out->reason = (Creditd__V1__Reason)row->reason;
    out->field = row->field == NULL ? NULL : arena_strdup(call->arena, row->field);
    out->arguments = answer_arguments(call, row->arguments, &out->n_arguments);
    return out;
}

static const ProtobufCMessage *chunk_body(struct call *call)
{
    const struct chunk *chunk = call->state;
    Creditd__V1__TradeImportChunkAnswer *body = ARENA_NEW(call->arena, Creditd__V1__TradeImportChunkAnswer);

    creditd__v1__trade_import_chunk_answer__init(body);
    body->has_added = body->has_changed = body->has_unchanged = body->has_customers_added = true;
    body->added = chunk->added;
    body->changed = chunk->changed;
    body->unchanged = chunk->unchanged;
    body->customers_added = chunk->customers_added;
    body->refused = ARENA_ARRAY(call->arena, Creditd__V1__TradeRowRefusal *, chunk->refused + 1);
    for (uint32_t i = 0; i < chunk->refused; i++)
        body->refused[body->n_refused++] = view_refusal(call, &chunk->refusals[i]);
    return &body->base;
}

static void chunk_end(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const struct chunk *chunk = call->state;

    (void)arena;
    outcome_count(command, "added", chunk->added);
    outcome_count(command, "changed", chunk->changed);
    outcome_count(command, "unchanged", chunk->unchanged);
    outcome_count(command, "refused", chunk->refused);
    if (command->without_effect)
        return;
    effects->has_import = true;
    effects->import = *s->import;
    effects->import.last_at = s->now;
    effects->import.added += chunk->added;
    effects->import.changed += chunk->changed;
    effects->import.unchanged += chunk->unchanged;
    effects->import.refused += chunk->refused;
    effects->import.customers_added += chunk->customers_added;
    effects->import.customers += chunk->touched;
    public_id_format('I', s->import->key, command->outcome.entity);
}

/* ---- finish ---- */

static void finish_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__TradeImportFinishRequest *request = (const void *)call->request;

    call->state = ARENA_NEW(call->arena, struct trade_import);
    name_import(call, request->import, command);
}

static void finish_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    (void)arena;
    if (!decision_allowed(command, s) || !check_import(command, s))
        return;
    effects->import = *s->import;
    if (s->import->finished_at == 0) {
        effects->has_import = true;
        effects->import.last_at = effects->import.finished_at = s->now;
    }
    answer_import(command, &effects->import);
}

/* ---- show ---- */

static void show_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct import_found *found = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (call_restarted(call, &found->stamp))
        return;
    else if (!found->found || found->row.user_id != call->user_id)
        call_refuse(call, REASON_NOT_FOUND, "import", NULL, NULL);
    else
        call_answer(call, import_body(call, &found->row));
}

static void show_start(struct call *call)
{
    const Creditd__V1__TradeImportShowRequest *request = (const void *)call->request;
    struct import_found *found = ARENA_NEW(call->arena, struct import_found);
    struct key key;

    call->state = found;
    if (request->import == NULL || request->import[0] == '\0')
        call_refuse(call, REASON_FIELD_REQUIRED, "import", NULL, NULL);
    else if (!public_id_parse('I', request->import, &key))
        call_refuse(call, REASON_NOT_FOUND, "import", NULL, NULL);
    else
        store_read_import(call_reader(call), key, call->arena, found, show_done, call);
}

const struct operation operation_trade_import_begin = {
    .method = METHOD_TRADE_IMPORT_BEGIN,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__trade_import_begin_request__descriptor,
    .prepare = begin_prepare,
    .body = decided_body,
    .command = {.method = METHOD_TRADE_IMPORT_BEGIN, .decide = begin_decide},
};
const struct operation operation_trade_import_chunk = {
    .method = METHOD_TRADE_IMPORT_CHUNK,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__trade_import_chunk_request__descriptor,
    .before = chunk_before,
    .prepare = chunk_prepare,
    .body = chunk_body,
    .command = {.method = METHOD_TRADE_IMPORT_CHUNK,
                .trades = COMMAND_WRITES_TRADES,
                .decide = chunk_decide,
                .decide_row = chunk_decide_row,
                .decide_end = chunk_end},
};
const struct operation operation_trade_import_finish = {
    .method = METHOD_TRADE_IMPORT_FINISH,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__trade_import_finish_request__descriptor,
    .prepare = finish_prepare,
    .body = decided_body,
    .command = {.method = METHOD_TRADE_IMPORT_FINISH, .decide = finish_decide},
};
const struct operation operation_trade_import_show = {
    .method = METHOD_TRADE_IMPORT_SHOW,
    .kind = OPERATION_READ,
    .request = &creditd__v1__trade_import_show_request__descriptor,
    .start = show_start,
};
