/* Reading applications: show, list, inbox, explain. History stands in application_history.c. */
#include "application.pb-c.h"
#include "server/operations/desks.h"
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/route.h"

struct application_read {
    struct key one;
    struct application_filter filter;
    struct inbox_filter inbox;
    struct application_page page;
};

static struct application_read *read_new(struct call *call)
{
    struct application_read *read = ARENA_NEW(call->arena, struct application_read);
    struct scope scope = view_scope(call);

    call->state = read;
    read->filter = (struct application_filter){.home = -1, .branch_id = scope.branch_id, .region_id = scope.region_id};
    return read;
}

static Creditd__V1__Application *view_row(struct call *call, const struct application_read *read, size_t i)
{
    return view_application(call, &read->page.rows[i], read->page.stamp.now);
}

/* Is there a page to answer from? False: the call was answered or restarted. */
static bool page_ready(struct call *call, enum store_result result)
{
    struct application_read *read = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!call_restarted(call, &read->page.stamp))
        return true;
    return false;
}

/* The one row that was asked for; NULL: refused. */
static const struct application *one_row(struct call *call, enum store_result result)
{
    struct application_read *read = call->state;

    if (!page_ready(call, result))
        return NULL;
    if (read->page.count == 1)
        return &read->page.rows[0].application;
    call_refuse(call, REASON_NOT_FOUND, "application", NULL, NULL);
    return NULL;
}

/* The one row as it is shown by itself. */
static Creditd__V1__Application *view_one(struct call *call)
{
    const struct application_read *read = call->state;
    Creditd__V1__Application *out = view_row(call, read, 0);

    view_extension_latest(call, &read->page.rows[0].application, read->page.stamp.now, out);
    return out;
}

static void start_one(struct call *call, const char *id, store_done *done)
{
    struct application_read *read = read_new(call);

    if (id == NULL || id[0] == '\0') {
        call_refuse(call, REASON_FIELD_REQUIRED, "application", NULL, NULL);
        return;
    }
    if (!public_id_parse('A', id, &read->one)) {
        call_refuse(call, REASON_NOT_FOUND, "application", NULL, NULL);
        return;
    }
    read->filter.one = &read->one;
    read->filter.limit = 1;
    store_read_applications(call_reader(call), &read->filter, call->arena, &read->page, done, call);
}

/* ---- show ---- */

static void show_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    Creditd__V1__ApplicationAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ApplicationAnswer);

    if (one_row(call, result) == NULL)
        return;
    creditd__v1__application_answer__init(body);
    body->application = view_one(call);
    call_answer_read(call, &body->base);
}

static void show_start(struct call *call)
{
    const Creditd__V1__ApplicationShowRequest *request = (const void *)call->request;

    start_one(call, request->application, show_done);
}

/* ---- list, inbox ---- */

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct application_read *read = call->state;
    Creditd__V1__ApplicationListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ApplicationListAnswer);

    if (!page_ready(call, result))
        return;
    creditd__v1__application_list_answer__init(body);
    body->applications = ARENA_ARRAY(call->arena, Creditd__V1__Application *, read->page.count + 1);
    for (size_t i = 0; i < read->page.count; i++)
        body->applications[body->n_applications++] = view_row(call, read, i);
    if (read->page.more && read->page.count > 0)
        body->next = view_id(call, 'A', read->page.rows[read->page.count - 1].application.key);
    call_answer_read(call, &body->base);
}

struct number_read {
    struct application_read *list;
    struct customer_filter filter;
    struct customer_page page;
};

/* The customer named by number was looked up; now the list itself. */
static void number_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct number_read *number = call->state;
    struct application_read *read = number->list;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &number->page.stamp))
        return;
    if (number->page.count != 1) {
        call_refuse(call, number->page.count == 0 ? REASON_NOT_FOUND : REASON_FIELD_INVALID, "customer", "rule",
                    "the id, since several regions have this number");
        return;
    }
    call->state = read;
    read->filter.customer = number->page.rows[0].key;
    store_read_applications(call_reader(call), &read->filter, call->arena, &read->page, list_done, call);
}

static void find_number(struct call *call, const char *text)
{
    struct number_read *number = ARENA_NEW(call->arena, struct number_read);

    number->list = call->state;
    number->filter = (struct customer_filter){.number = text,
                                              .home = -1,
                                              .branch_id = number->list->filter.branch_id,
                                              .region_id = number->list->filter.region_id,
                                              .limit = 2};
    call->state = number;
    store_read_customers(call_reader(call), &number->filter, call->arena, &number->page, number_done, call);
}

static void list_start(struct call *call)
{
    const Creditd__V1__ApplicationListRequest *request = (const void *)call->request;
    struct application_read *read = read_new(call);
    struct customer_name name;

    if (!page_limit(call, request->has_limit, request->limit, &read->filter.limit) ||
        !page_after(call, 'A', request->after, &read->filter.after) ||
        !page_unit(call, "branch", request->branch, UNIT_LEVEL_BRANCH, &read->filter.branch_id))
        return;
    read->filter.open_only = request->has_open_only && request->open_only;
    read->filter.overdue_only = request->has_overdue_only && request->overdue_only;
    read->filter.extension_only = request->has_extension_only && request->extension_only;
    read->filter.state = request->has_state ? (enum state)request->state : STATE_NONE;
    if (!view_customer_name(request->customer, &name)) {
        store_read_applications(call_reader(call), &read->filter, call->arena, &read->page, list_done, call);
    } else if (name.by_id) {
        read->filter.customer = name.key;
        store_read_applications(call_reader(call), &read->filter, call->arena, &read->page, list_done, call);
    } else {
        find_number(call, name.number);
    }
}

/* A page of the inbox starts after a due instant and an id, as they were: the case may have moved on since. */
static void inbox_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct application_read *read = call->state;
    Creditd__V1__ApplicationListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ApplicationListAnswer);
    Creditd__V1__Application *(*view)(struct call *, const struct application_view *, int64_t) =
        read->inbox.maker == 0 ? view_on_desk : view_own;

    if (!page_ready(call, result))
        return;
    creditd__v1__application_list_answer__init(body);
    body->applications = ARENA_ARRAY(call->arena, Creditd__V1__Application *, read->page.count + 1);
    for (size_t i = 0; i < read->page.count; i++) {
        body->applications[body->n_applications] = view(call, &read->page.rows[i], read->page.stamp.now);
        body->n_applications += body->applications[body->n_applications] != NULL;
    }
    if (read->page.more && read->page.count > 0) {
        const struct application *last = &read->page.rows[read->page.count - 1].application;
        body->next = page_due_text(call, 'A', last->due_at, last->key);
    }
    call_answer_read(call, &body->base);
}

static void inbox_start(struct call *call)
{
    const Creditd__V1__InboxRequest *request = (const void *)call->request;
    struct application_read *read = read_new(call);

    if (!page_limit(call, request->has_limit, request->limit, &read->inbox.limit) ||
        !page_after_due(call, 'A', request->after, &read->inbox.due_after, &read->inbox.after))
        return;
    if (request->has_own && request->own) {
        read->inbox.maker = call_user(call)->id;
        read->inbox.branch_id = call_user(call)->unit_id;
    } else {
        read->inbox.desks = desks_of(call_org(call), call_user(call), call->arena);
        read->inbox.extensions = desks_answer_extensions(&read->inbox.desks, call_org(call));
    }
    store_read_inbox(call_reader(call), &read->inbox, call->arena, &read->page, inbox_done, call);
}

/* ---- explain ---- */

/* The steps that whoever's turn it is may take in this state. */
static void explain_steps(struct call *call, const struct application *row, Creditd__V1__ApplicationExplainAnswer *body)
{
    body->waits_for = ARENA_ARRAY(call->arena, Creditd__V1__EventKind, transition_count + 1);
    for (size_t i = 0; i < transition_count; i++)
        if (transitions[i].from == row->state && route_waits_for(&transitions[i]) &&
            (transitions[i].action != EVENT_RETURN_TO_NODE || row->node > 0))
            body->waits_for[body->n_waits_for++] = (Creditd__V1__EventKind)transitions[i].action;
}

/* Who could act, and whom four eyes bar from every step that is waited for. */
static void explain_holders(struct call *call, Creditd__V1__ApplicationExplainAnswer *body)
{
    const struct application_read *read = call->state;
    const struct application_view *row = &read->page.rows[0];
    const struct user **room = view_room(call);
    int64_t now = read->page.stamp.now;

    body->n_holders = view_holders(call, row, HOLDING_CAN, now, room, &body->holders);
    body->n_barred = view_holders(call, row, HOLDING_BARRED, now, room, &body->barred);
    body->has_nobody_holds_role = true;
    body->nobody_holds_role = view_nobody(call, row, now);
}

static void explain_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    Creditd__V1__ApplicationExplainAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ApplicationExplainAnswer);
    const struct application *row = one_row(call, result);

    if (row == NULL)
        return;
    creditd__v1__application_explain_answer__init(body);
    body->application = view_one(call);
    if (row->turn_role != ROLE_NONE) {
        body->turn_unit = view_unit(call, row->turn_unit);
        body->has_turn_role = true;
        body->turn_role = (Creditd__V1__Role)row->turn_role;
        explain_steps(call, row, body);
        explain_holders(call, body);
    }
    call_answer_read(call, &body->base);
}

static void explain_start(struct call *call)
{
    const Creditd__V1__ApplicationExplainRequest *request = (const void *)call->request;

    start_one(call, request->application, explain_done);
}

const struct operation operation_application_show = {.method = METHOD_APPLICATION_SHOW,
                                                     .kind = OPERATION_READ,
                                                     .request = &creditd__v1__application_show_request__descriptor,
                                                     .start = show_start};
const struct operation operation_application_list = {.method = METHOD_APPLICATION_LIST,
                                                     .kind = OPERATION_READ,
                                                     .request = &creditd__v1__application_list_request__descriptor,
                                                     .start = list_start};
const struct operation operation_inbox = {.method = METHOD_INBOX,
                                          .kind = OPERATION_READ,
                                          .request = &creditd__v1__inbox_request__descriptor,
                                          .start = inbox_start};
const struct operation operation_application_explain = {.method = METHOD_APPLICATION_EXPLAIN,
                                                        .kind = OPERATION_READ,
                                                        .request =
                                                            &creditd__v1__application_explain_request__descriptor,
                                                        .start = explain_start};
