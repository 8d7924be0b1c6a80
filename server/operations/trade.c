/* Single trades: list, show, correct, cancel. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/trade.h"

#define REASON_MAX   2000
#define VERSIONS_MAX 1000

/* ---- list, show ---- */

struct trade_read {
    struct customer_page customers;
    const struct customer *customer;
    struct trade_filter filter;
    struct trade_page page;
};

static bool sees(const struct call *call, const struct customer *customer)
{
    return view_sees_credit(call, customer->branch_id, customer->region_id);
}

static Creditd__V1__Trade *view_row(struct call *call, const struct trade_read *read, size_t i)
{
    const struct customer *customer = read->customer;
    bool credit = sees(call, customer);

    if (credit)
        call_audit(call, customer->key);
    return view_trade(call, customer, &read->page.rows[i], view_today(call, customer, read->page.stamp.now), credit);
}

/* False: the call was answered or begun again. */
static bool page_came(struct call *call, enum store_result result)
{
    struct trade_read *read = call->state;

    if (result == STORE_OK)
        return !call_restarted(call, &read->page.stamp);
    call_refuse_store(call, result);
    return false;
}

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct trade_read *read = call->state;
    Creditd__V1__TradeListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__TradeListAnswer);

    if (!page_came(call, result))
        return;
    creditd__v1__trade_list_answer__init(body);
    body->trades = ARENA_ARRAY(call->arena, Creditd__V1__Trade *, read->page.count + 1);
    for (size_t i = 0; i < read->page.count; i++)
        body->trades[body->n_trades++] = view_row(call, read, i);
    if (read->page.more)
        body->next = arena_strdup(call->arena, read->page.rows[read->page.count - 1].document);
    call_answer_read(call, &body->base);
}

static void list_customer(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct trade_read *read = call->state;
    const struct customer *customer;

    customer = customer_found(call, &read->customers, result);
    if (customer == NULL) /* the call is answered, and its memory gone */
        return;
    read->customer = customer;
    read->filter.customer = read->customer->key;
    store_read_trades(call_reader(call), &read->filter, call->arena, &read->page, list_done, call);
}

static void list_start(struct call *call)
{
    const Creditd__V1__TradeListRequest *request = (const void *)call->request;
    struct trade_read *read = ARENA_NEW(call->arena, struct trade_read);

    call->state = read;
    read->filter.after = request->after;
    if (page_limit(call, request->has_limit, request->limit, &read->filter.limit))
        (void)customer_read(call, request->customer, &read->customers, list_customer);
}

static void show_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct trade_read *read = call->state;
    Creditd__V1__TradeShowAnswer *body = ARENA_NEW(call->arena, Creditd__V1__TradeShowAnswer);

    if (!page_came(call, result))
        return;
    if (read->page.count == 0) {
        call_refuse(call, REASON_NOT_FOUND, "document", NULL, NULL);
        return;
    }
    creditd__v1__trade_show_answer__init(body);
    body->trade = view_row(call, read, 0);
    body->past = ARENA_ARRAY(call->arena, Creditd__V1__Trade *, read->page.count);
    for (size_t i = read->page.count; i-- > 1;)
        body->past[body->n_past++] = view_row(call, read, i);
    call_answer_read(call, &body->base);
}

static void show_customer(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct trade_read *read = call->state;
    const struct customer *customer;

    customer = customer_found(call, &read->customers, result);
    if (customer == NULL) /* the call is answered, and its memory gone */
        return;
    read->customer = customer;
    read->filter.customer = read->customer->key;
    read->filter.limit = VERSIONS_MAX;
    store_read_trade_versions(call_reader(call), &read->filter, call->arena, &read->page, show_done, call);
}

static void show_start(struct call *call)
{
    const Creditd__V1__TradeShowRequest *request = (const void *)call->request;
    struct trade_read *read = ARENA_NEW(call->arena, struct trade_read);

    call->state = read;
    read->filter.document = request->document;
    if (request->document == NULL || text_is_blank(request->document))
        call_refuse(call, REASON_FIELD_REQUIRED, "document", NULL, NULL);
    else
        (void)customer_read(call, request->customer, &read->customers, show_customer);
}

/* ---- correct, cancel ---- */

/* The rows as decided, for the answer. */
struct trade_decided {
    struct trade trade;
    struct customer customer;
    int64_t now;
};

static void name_trade(struct call *call, const char *customer, const char *document, struct command *command)
{
    call->state = ARENA_NEW(call->arena, struct trade_decided);
    customer_named(call, customer, command);
    command->document = document;
}

/* The trade, its version, and a reason; false: refused. */
static bool check_trade(struct command *command, const struct situation *s, uint32_t if_version, const char *reason)
{
    if (!decision_allowed(command, s) || !customer_allowed(command, s))
        return false;
    if (s->trade == NULL || s->trade->customer_id != s->customer->key.id) {
        decision_refuse(command, REASON_NOT_FOUND, "document", NULL, NULL);
        return false;
    }
    if (!decision_version(command, if_version, s->trade->version) ||
        !decision_text(command, "reason", reason, REASON_MAX, true))
        return false;
    if (reason == NULL || text_is_blank(reason))
        decision_refuse(command, REASON_REASON_REQUIRED, "reason", NULL, NULL);
    else if (s->trade->cancelled)
        decision_refuse(command, REASON_FIELD_INVALID, "document", "rule", "a trade that is not cancelled");
    else
        return true;
    return false;
}

static json_t *trade_json(const struct trade *trade)
{
    json_t *object = json_pack("{sssIsb}", "currency", trade->currency, "amount_minor", (json_int_t)trade->amount_minor,
                               "cancelled", trade->cancelled);

    payload_date(object, "issued_on", trade->issued_on);
    payload_date(object, "due_on", trade->due_on);
    if (trade->settled)
        payload_date(object, "settled_on", trade->settled_on);
    return object;
}

/* The next version, its event, and an evaluation at once, unless an import that is still open brings one. */
static void accept_trade(struct command *command, const struct situation *s, const struct trade *trade,
                         enum event_kind kind, const char *reason, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    struct trade_decided *decided = call->state;
    json_t *object = json_pack("{ssss}", "document", trade->document, "reason", reason);

    json_object_set_new(object, "before", trade_json(s->trade));
    json_object_set_new(object, "after", trade_json(trade));
    effects->has_trade = true;
    effects->trade = *trade;
    effects->trade.import = (struct key){0, 0};
    effects->has_customer = true;
    effects->customer = *s->customer;
    if (s->customer->evaluation.imports_open == 0) {
        effects->customer.evaluation.timer_id = uuid_new();
        effects->customer.evaluation.evaluate_at = s->now;
    }
    effects->events[effects->event_count++] = (struct event){.kind = kind, .payload = payload_text(arena, object)};
    public_id_format('C', s->customer->key, command->outcome.entity);
    command->outcome.version = trade->version;
    *decided = (struct trade_decided){effects->trade, effects->customer, s->now};
    decided->trade.command_id = command->command_id;
    decided->trade.recorded_at = s->now;
}

static const ProtobufCMessage *decided_body(struct call *call)
{
    const struct trade_decided *decided = call->state;
    const struct customer *customer = &decided->customer;
    Creditd__V1__TradeShowAnswer *body = ARENA_NEW(call->arena, Creditd__V1__TradeShowAnswer);

    creditd__v1__trade_show_answer__init(body);
    body->trade =
        view_trade(call, customer, &decided->trade, view_today(call, customer, decided->now), sees(call, customer));
    return &body->base;
}

static void correct_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__TradeCorrectRequest *request = (const void *)call->request;

    name_trade(call, request->customer, request->document, command);
}

static bool take_date(struct command *command, const char *field, const char *text, bool *has, civil_date *out)
{
    *has = text != NULL && text[0] != '\0';
    if (!*has || civil_parse(text, out))
        return true;
    decision_refuse(command, REASON_FIELD_INVALID, field, "rule", "a date, YYYY-MM-DD");
    return false;
}

/* What the request changes of the trade; false: refused. */
static bool take_correction(struct command *command, const Creditd__V1__TradeCorrectRequest *request,
                            struct trade_told *told)
{
    bool given;

    if (request->has_amount_minor)
        told->amount_minor = request->amount_minor;
    if (request->currency != NULL && request->currency[0] != '\0') {
        if (strlen(request->currency) != CURRENCY_BYTES - 1) {
            decision_refuse(command, REASON_FIELD_INVALID, "currency", "rule", "a currency of ISO 4217");
            return false;
        }
        memcpy(told->currency, request->currency, CURRENCY_BYTES);
    }
    return take_date(command, "issued_on", request->issued_on, &given, &told->issued_on) &&
           take_date(command, "due_on", request->due_on, &given, &told->due_on) &&
           take_date(command, "settled_on", request->settled_on, &told->settled, &told->settled_on);
}

static bool check_corrected(struct command *command, const struct situation *s, const struct trade *trade)
{
    const struct unit *branch = unit_by_id(s->org, s->customer->branch_id);
    struct trade_refusal refusal = trade_check(s->in_force, trade, zone_date_at(branch->zone, s->now));

    if (refusal.reason == REASON_NONE)
        return true;
    decision_refuse(command, refusal.reason, refusal.field, refusal.rule == NULL ? NULL : "rule", refusal.rule);
    if (refusal.reason == REASON_NO_RATE) {
        outcome_argument(&command->outcome, "currency", trade->currency);
        outcome_argument(&command->outcome, "date", refusal.date);
    }
    return false;
}

static void correct_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__TradeCorrectRequest *request = (const void *)call->request;
    struct trade_told told;
    struct trade before, after;

    if (!check_trade(command, s, request->if_version, request->reason))
        return;
    before = *s->trade;
    told = (struct trade_told){.document = before.document,
                               .amount_minor = before.amount_minor,
                               .issued_on = before.issued_on,
                               .due_on = before.due_on};
    memcpy(told.currency, before.currency, sizeof told.currency);
    if (!take_correction(command, request, &told))
        return;
    if (request->has_unsettled && request->unsettled && !told.settled)
        before.settled = false;
    if (!trade_take(&told, &before, &after) && before.settled == s->trade->settled) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, NULL, NULL, NULL);
        return;
    }
    after.version = s->trade->version + 1;
    if (check_corrected(command, s, &after))
        accept_trade(command, s, &after, EVENT_TRADE_CORRECTED, request->reason, arena, effects);
}

static void cancel_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__TradeCancelRequest *request = (const void *)call->request;

    name_trade(call, request->customer, request->document, command);
}

static void cancel_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__TradeCancelRequest *request = (const void *)call->request;
    struct trade after;

    if (!check_trade(command, s, request->if_version, request->reason))
        return;
    after = *s->trade;
    after.cancelled = true;
    after.version++;
    accept_trade(command, s, &after, EVENT_TRADE_CANCELLED, request->reason, arena, effects);
}

const struct operation operation_trade_list = {.method = METHOD_TRADE_LIST,
                                               .kind = OPERATION_READ,
                                               .request = &creditd__v1__trade_list_request__descriptor,
                                               .start = list_start};
const struct operation operation_trade_show = {.method = METHOD_TRADE_SHOW,
                                               .kind = OPERATION_READ,
                                               .request = &creditd__v1__trade_show_request__descriptor,
                                               .start = show_start};
const struct operation operation_trade_correct = {
    .method = METHOD_TRADE_CORRECT,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__trade_correct_request__descriptor,
    .prepare = correct_prepare,
    .body = decided_body,
    .command = {.method = METHOD_TRADE_CORRECT, .trades = COMMAND_WRITES_TRADES, .decide = correct_decide},
};
const struct operation operation_trade_cancel = {
    .method = METHOD_TRADE_CANCEL,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__trade_cancel_request__descriptor,
    .prepare = cancel_prepare,
    .body = decided_body,
    .command = {.method = METHOD_TRADE_CANCEL, .trades = COMMAND_WRITES_TRADES, .decide = cancel_decide},
};
