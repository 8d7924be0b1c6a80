/* From outcomes and messages to answer frames, and the gathering of audit rows that must be committed before. */
#include "server/operations/answer.h"

#include "common/check.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MS      100
#define BUSY_RETRY_MS 1000 /* what a full queue takes: a refusal costs work too, which the accepted ones then lack */

static enum status status_of(enum reason reason)
{
    return reason_retryable(reason) ? STATUS_RETRY : STATUS_REJECTED;
}

static Creditd__V1__Argument *argument(struct call *call, const char *name, size_t name_length, const char *value,
                                       size_t value_length)
{
    Creditd__V1__Argument *out = ARENA_NEW(call->arena, Creditd__V1__Argument);

    creditd__v1__argument__init(out);
    out->name = arena_strndup(call->arena, name, name_length);
    out->value = arena_strndup(call->arena, value, value_length);
    return out;
}

Creditd__V1__Argument **answer_arguments(struct call *call, const char *lines, size_t *count)
{
    size_t room = 0;
    Creditd__V1__Argument **out;

    for (const char *p = lines; (p = strchr(p, '\n')) != NULL; p++)
        room++;
    out = ARENA_ARRAY(call->arena, Creditd__V1__Argument *, room + 1);
    *count = 0;
    for (const char *p = lines, *end; (end = strchr(p, '\n')) != NULL; p = end + 1) {
        const char *equals = memchr(p, '=', (size_t)(end - p));
        if (equals != NULL)
            out[(*count)++] = argument(call, p, (size_t)(equals - p), equals + 1, (size_t)(end - equals - 1));
    }
    return out;
}

void answer_from_outcome(struct call *call, const struct outcome *outcome, Creditd__V1__Answer *answer)
{
    creditd__v1__answer__init(answer);
    answer->has_status = true;
    answer->status = (Creditd__V1__Status)outcome->status;
    if (outcome->reason != REASON_NONE) {
        answer->has_reason = true;
        answer->reason = (Creditd__V1__Reason)outcome->reason;
        answer->has_retryable = true;
        answer->retryable = reason_retryable(outcome->reason);
    }
    if (outcome->field != NULL)
        answer->field = arena_strdup(call->arena, outcome->field);
    answer->arguments = answer_arguments(call, outcome->arguments, &answer->n_arguments);
    answer->has_executed = outcome->status != STATUS_UNKNOWN && !outcome->silent;
    answer->executed = outcome->executed;
    if (outcome->entity[0] != '\0')
        answer->entity_id = arena_strdup(call->arena, outcome->entity);
    if (outcome->version != 0) {
        answer->has_version = true;
        answer->version = (uint32_t)outcome->version;
    }
    if (outcome->status == STATUS_RETRY) {
        answer->has_retry_after_ms = true;
        answer->retry_after_ms = outcome->reason == REASON_BUSY ? BUSY_RETRY_MS : RETRY_MS;
    }
}

static void set_body(struct call *call, const ProtobufCMessage *body)
{
    size_t size;

    if (body == NULL)
        return;
    size = protobuf_c_message_get_packed_size(body);
    call->answer.has_body = true;
    call->answer.body.len = size;
    call->answer.body.data = arena_alloc(call->arena, size + 1);
    protobuf_c_message_pack(body, call->answer.body.data);
}

static void send_answer(struct call *call)
{
    const ProtobufCMessage *message = &call->answer.base;
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(call->arena, size + 1);

    protobuf_c_message_pack(message, bytes);
    dispatch_send(call->dispatch, call, bytes, size);
}

void call_answer_outcome(struct call *call, const struct outcome *outcome, const ProtobufCMessage *body)
{
    answer_from_outcome(call, outcome, &call->answer);
    set_body(call, body);
    send_answer(call);
}

void call_answer(struct call *call, const ProtobufCMessage *body)
{
    struct outcome outcome = {.status = STATUS_OK, .executed = true};

    call_answer_outcome(call, &outcome, body);
}

void call_refuse(struct call *call, enum reason reason, const char *field, const char *name, const char *value)
{
    struct outcome outcome = {.status = status_of(reason), .reason = reason, .field = field};

    if (name != NULL && value != NULL)
        outcome_argument(&outcome, name, value);
    call_answer_outcome(call, &outcome, NULL);
}

void call_refuse_store(struct call *call, enum store_result result)
{
    static const enum reason reasons[] = {[STORE_CONFLICT] = REASON_BUSY,
                                          [STORE_DOWN] = REASON_DATABASE_DOWN,
                                          [STORE_UNKNOWN] = REASON_DATABASE_DOWN,
                                          [STORE_BROKEN] = REASON_INTERNAL};

    CHECK(result != STORE_OK);
    call_refuse(call, reasons[result], NULL, NULL, NULL);
}

void outcome_argument(struct outcome *outcome, const char *name, const char *value)
{
    size_t used = strlen(outcome->arguments), room = sizeof outcome->arguments - used;
    int wrote;

    /* Values may be those of a request: a line end in one would begin another argument. */
    if (!text_is_clean(value, false))
        return;
    wrote = snprintf(outcome->arguments + used, room, "%s=%s\n", name, value);
    if (wrote < 0 || (size_t)wrote >= room)
        outcome->arguments[used] = '\0'; /* an argument too long for the row is left out, never cut */
}

/* ---- read audit ---- */

struct audit_queue {
    struct store *store; /* the connection that writes audit rows */
    struct call *head, **tail;
    struct call *writing; /* answers of the transaction under way */
    size_t length;        /* of both */
};

#define AUDIT_ROWS_MAX 256 /* of one transaction */

struct audit_queue *audit_queue_new(struct store *store)
{
    struct audit_queue *queue = xcalloc(1, sizeof *queue);

    queue->store = store;
    queue->tail = &queue->head;
    return queue;
}

void audit_queue_free(struct audit_queue *queue)
{
    free(queue);
}

size_t audit_queue_length(const struct audit_queue *queue)
{
    return queue->length;
}

static void audit_next(struct audit_queue *queue);

static void audit_written(void *arg, enum store_result result)
{
    struct audit_queue *queue = arg;
    struct call *call = queue->writing;

    queue->writing = NULL;
    while (call != NULL) {
        struct call *next = call->next;
        queue->length--;
        bool repeated = call->operation->kind == OPERATION_COMMAND;
        if (repeated && result != STORE_OK)
            call->answer.has_body = false; /* its outcome is known all the same */
        if (repeated || result == STORE_OK)
            send_answer(call);
        else
            call_refuse_store(call, result);
        call = next;
    }
    audit_next(queue);
}

static void audit_row(const struct call *call, struct read_audit *row)
{
    const struct organisation *org = call_org(call);
    const struct user *user = user_by_id(org, call->user_id);

    row->home = user == NULL ? 0 : unit_home(org, unit_by_id(org, user->unit_id));
    row->user_id = call->user_id;
    row->method = call->operation->method;
    row->purpose = call->purpose == NULL ? "" : call->purpose;
    row->customers = call->audited;
    row->customer_count = call->audited_count;
}

/* Answers that wait go into one transaction. */
static void audit_next(struct audit_queue *queue)
{
    struct read_audit *rows;
    struct call *last = NULL;
    size_t count = 0;

    if (queue->writing != NULL || queue->head == NULL)
        return;
    rows = ARENA_ARRAY(queue->head->arena, struct read_audit, AUDIT_ROWS_MAX);
    for (struct call *c = queue->head; c != NULL && count < AUDIT_ROWS_MAX; c = c->next) {
        audit_row(c, &rows[count++]);
        last = c;
    }
    queue->writing = queue->head;
    queue->head = last->next;
    last->next = NULL;
    if (queue->head == NULL)
        queue->tail = &queue->head;
    store_write_read_audit(queue->store, rows, count, audit_written, queue);
}

void call_answer_read(struct call *call, const ProtobufCMessage *body)
{
    struct outcome outcome = {.status = STATUS_OK, .executed = true};

    call_answer_repeated(call, &outcome, body);
}

void call_answer_repeated(struct call *call, const struct outcome *outcome, const ProtobufCMessage *body)
{
    struct audit_queue *queue = dispatch_audit(call->dispatch);

    if (call->audited_count == 0) {
        call_answer_outcome(call, outcome, body);
        return;
    }
    answer_from_outcome(call, outcome, &call->answer);
    set_body(call, body);
    call->next = NULL;
    *queue->tail = call;
    queue->tail = &call->next;
    queue->length++;
    audit_next(queue);
}

void call_audit(struct call *call, struct key customer)
{
    for (size_t i = 0; i < call->audited_count; i++)
        if (call->audited[i].home == customer.home && call->audited[i].id == customer.id)
            return;
    if (call->audited_count == call->audited_room) {
        size_t room = call->audited_room == 0 ? 16 : call->audited_room * 2;
        struct key *keys = ARENA_ARRAY(call->arena, struct key, room);
        if (call->audited_count > 0)
            memcpy(keys, call->audited, call->audited_count * sizeof *keys);
        call->audited = keys;
        call->audited_room = room;
    }
    call->audited[call->audited_count++] = customer;
}
