/* The history of an application, from its events: who, when, what, why. */
#include <jansson.h>
#include <string.h>

#include "application.pb-c.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

#define HISTORY_EVENTS_MAX 1000 /* STEPS_MAX bounds a case far below */

struct history_read {
    struct key one;
    struct application_filter filter;
    struct application_page page;
    struct event_page events;
};

static char *json_text(struct call *call, const json_t *object, const char *key)
{
    return arena_strdup(call->arena, json_string_value(json_object_get(object, key)));
}

static void set_grade(const json_t *object, const char *key, protobuf_c_boolean *has, Creditd__V1__Grade *field)
{
    const char *name = json_string_value(json_object_get(object, key));
    int number = name == NULL ? -1 : word_number(words_grade, name);

    if (number > 0) {
        *has = true;
        *field = (Creditd__V1__Grade)number;
    }
}

static void set_items(struct call *call, json_t *items, Creditd__V1__HistoryEntry *out)
{
    const char *name;
    json_t *value;

    if (items == NULL)
        return;
    out->items = ARENA_ARRAY(call->arena, Creditd__V1__CheckedItem *, json_object_size(items) + 1);
    json_object_foreach(items, name, value)
    {
        Creditd__V1__CheckedItem *item = ARENA_NEW(call->arena, Creditd__V1__CheckedItem);
        creditd__v1__checked_item__init(item);
        item->name = arena_strdup(call->arena, name);
        item->has_ok = true;
        item->ok = json_string_value(value) != NULL && strcmp(json_string_value(value), "ok") == 0;
        out->items[out->n_items++] = item;
    }
}

/* Grades, texts and items: only for those who may see credit information. */
static void set_credit(struct call *call, json_t *payload, Creditd__V1__HistoryEntry *out)
{
    const char *to = json_object_get(payload, "decided_grade") != NULL ? "decided_grade"
                     : json_object_get(payload, "grade") != NULL       ? "grade"
                                                                       : "to_grade";

    set_grade(payload, "from_grade", &out->has_from_grade, &out->from_grade);
    set_grade(payload, to, &out->has_to_grade, &out->to_grade);
    out->text = json_text(call, payload, "reason");
    if (out->text == NULL)
        out->text = json_text(call, payload, "opinion");
    if (out->text == NULL)
        out->text = json_text(call, payload, "waits_for");
    set_items(call, json_object_get(payload, "items"), out);
}

static void set_held_step(const char *step, Creditd__V1__HistoryEntry *out)
{
    out->has_held_step = step != NULL;
    if (step != NULL)
        out->held_step = (Creditd__V1__EventKind)word_number(words_event, step);
}

static void set_nodes(struct call *call, const json_t *nodes, Creditd__V1__HistoryEntry *out)
{
    out->nodes = ARENA_ARRAY(call->arena, char *, json_array_size(nodes) + 1);
    for (size_t i = 0; i < json_array_size(nodes); i++)
        out->nodes[out->n_nodes++] = arena_strdup(call->arena, json_string_value(json_array_get(nodes, i)));
}

static void set_payload(struct call *call, const char *text, bool credit, Creditd__V1__HistoryEntry *out)
{
    json_t *payload = json_loads(text, 0, NULL);
    const json_t *due = json_object_get(payload, "due_before_us");
    const char *finding = json_string_value(json_object_get(payload, "finding"));

    if (credit)
        set_credit(call, payload, out);
    if (finding != NULL) {
        out->has_finding = true;
        out->finding = (Creditd__V1__Finding)word_number(words_finding, finding);
    }
    if (due != NULL) {
        out->has_due_at_us = true;
        out->due_at_us = json_integer_value(due);
    }
    out->has_late = true;
    out->late = json_is_true(json_object_get(payload, "late"));
    if (json_object_get(payload, "acted_for") != NULL)
        out->acted_for = view_login(call, json_integer_value(json_object_get(payload, "acted_for")));
    out->claimed_by = json_text(call, payload, "claimed_by");
    out->from_branch = json_text(call, payload, "from");
    out->to_branch = json_text(call, payload, "to");
    out->node = json_text(call, payload, "node");
    set_held_step(json_string_value(json_object_get(payload, "step")), out);
    out->countersigner = json_text(call, payload, "countersigner");
    if (json_object_get(payload, "assistant") != NULL)
        out->assistant = view_login(call, json_integer_value(json_object_get(payload, "assistant")));
    out->manager = json_text(call, json_object_get(payload, "after"), "manager");
    set_nodes(call, json_object_get(payload, "nodes"), out);
    json_decref(payload);
}

static Creditd__V1__HistoryEntry *view_event(struct call *call, const struct event *event, bool credit)
{
    Creditd__V1__HistoryEntry *out = ARENA_NEW(call->arena, Creditd__V1__HistoryEntry);
    char uuid[UUID_TEXT_BYTES];

    creditd__v1__history_entry__init(out);
    uuid_format(event->command_id, uuid);
    out->has_seq = true;
    out->seq = (uint64_t)event->seq;
    out->has_at_us = true;
    out->at_us = event->at;
    out->has_kind = true;
    out->kind = (Creditd__V1__EventKind)event->kind;
    out->actor = view_login(call, event->actor);
    out->has_from_state = event->from_state != STATE_NONE;
    out->from_state = out->has_from_state ? (Creditd__V1__State)event->from_state : CREDITD__V1__STATE__STATE_SUBMITTED;
    out->has_to_state = event->to_state != STATE_NONE;
    out->to_state = out->has_to_state ? (Creditd__V1__State)event->to_state : CREDITD__V1__STATE__STATE_SUBMITTED;
    out->has_version = event->version != 0;
    out->version = (uint32_t)event->version;
    out->command_id = arena_strdup(call->arena, uuid);
    set_payload(call, event->payload, credit, out);
    return out;
}

static void events_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct history_read *read = call->state;
    const struct application *row = &read->page.rows[0].application;
    bool credit;
    Creditd__V1__ApplicationHistoryAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ApplicationHistoryAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &read->events.stamp))
        return;
    credit = view_sees_credit(call, row->branch_id, row->region_id);
    creditd__v1__application_history_answer__init(body);
    body->entries = ARENA_ARRAY(call->arena, Creditd__V1__HistoryEntry *, read->events.count + 1);
    for (size_t i = 0; i < read->events.count; i++)
        body->entries[body->n_entries++] = view_event(call, &read->events.rows[i], credit);
    if (credit)
        call_audit(call, (struct key){row->key.home, row->customer_id});
    call_answer_read(call, &body->base);
}

static void application_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct history_read *read = call->state;
    struct event_filter filter;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &read->page.stamp))
        return;
    if (read->page.count == 0) {
        call_refuse(call, REASON_NOT_FOUND, "application", NULL, NULL);
        return;
    }
    filter = (struct event_filter){
        .customer = {read->one.home, read->page.rows[0].application.customer_id},
        .application = read->one.id,
        .limit = HISTORY_EVENTS_MAX,
    };
    store_read_events(call_reader(call), &filter, call->arena, &read->events, events_done, call);
}

static void history_start(struct call *call)
{
    const Creditd__V1__ApplicationHistoryRequest *request = (const void *)call->request;
    struct history_read *read = ARENA_NEW(call->arena, struct history_read);
    struct scope scope = view_scope(call);

    call->state = read;
    if (request->application == NULL || request->application[0] == '\0') {
        call_refuse(call, REASON_FIELD_REQUIRED, "application", NULL, NULL);
        return;
    }
    if (!public_id_parse('A', request->application, &read->one)) {
        call_refuse(call, REASON_NOT_FOUND, "application", NULL, NULL);
        return;
    }
    read->filter = (struct application_filter){
        .one = &read->one, .home = -1, .branch_id = scope.branch_id, .region_id = scope.region_id, .limit = 1};
    store_read_applications(call_reader(call), &read->filter, call->arena, &read->page, application_done, call);
}

const struct operation operation_application_history = {.method = METHOD_APPLICATION_HISTORY,
                                                        .kind = OPERATION_READ,
                                                        .request =
                                                            &creditd__v1__application_history_request__descriptor,
                                                        .start = history_start};
