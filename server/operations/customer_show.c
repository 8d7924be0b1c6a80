/* One customer: as it is, what is computed and why, what applied on a date as known on another; and its history. */
#include "server/operations/customer_file.h"
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"

struct show {
    struct customer_page page;
    const struct customer *customer;
    bool as_of; /* `on` or `known` was given */
    civil_date on, known;
    int64_t known_at;
    struct trade_page trades;
    struct assessment_page assessments;
    struct standing_found standing;
};

static const struct policy *policy_in_use(const struct call *call)
{
    const struct show *show = call->state;

    return reference_policy_in_force(call_reference(call), show->page.stamp.now);
}

static Creditd__V1__AsOf *view_as_of(struct call *call, const struct show *show)
{
    const struct standing_change *row = &show->standing.row;
    Creditd__V1__AsOf *out = ARENA_NEW(call->arena, Creditd__V1__AsOf);

    creditd__v1__as_of__init(out);
    out->on = view_date(call, show->on);
    out->known = view_date(call, show->known);
    out->has_tier = true;
    out->tier = show->standing.found ? (Creditd__V1__Tier)row->standing.tier : CREDITD__V1__TIER__TIER_ORDINARY;
    if (!show->standing.found)
        return out;
    out->has_grade = row->standing.grade != GRADE_NONE;
    out->grade = out->has_grade ? (Creditd__V1__Grade)row->standing.grade : CREDITD__V1__GRADE__GRADE_GREEN;
    out->has_cause = true;
    out->cause = (Creditd__V1__Cause)row->cause;
    out->valid_from = view_date(call, row->valid_from);
    out->has_recorded_at_us = true;
    out->recorded_at_us = row->recorded_at;
    out->has_seq = true;
    out->seq = (uint64_t)row->seq;
    return out;
}

static void answer_show(struct call *call, bool credit)
{
    struct show *show = call->state;
    Creditd__V1__CustomerShowAnswer *body = ARENA_NEW(call->arena, Creditd__V1__CustomerShowAnswer);
    struct customer then = *show->customer;

    creditd__v1__customer_show_answer__init(body);
    body->customer = view_customer(call, show->customer, show->page.stamp.now);
    if (credit && show->as_of) {
        body->as_of = view_as_of(call, show);
        then.standing.tier = (enum tier)body->as_of->tier;
        then.standing.grade = body->as_of->has_grade ? (enum grade)body->as_of->grade : GRADE_NONE;
    }
    const struct facts facts = {.trades = show->trades.rows,
                                .trade_count = show->trades.count,
                                .assessments = show->assessments.rows,
                                .assessment_count = show->assessments.count};
    if (credit && (facts.trade_count > 0 || facts.assessment_count > 0) && policy_in_use(call)->band_count > 0)
        body->explanation = view_explanation(call, policy_in_use(call), &then, &facts, show->on);
    call_answer_read(call, &body->base);
}

static void standing_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct show *show = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!call_restarted(call, &show->standing.stamp))
        answer_show(call, true);
}

static void assessments_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct show *show = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (call_restarted(call, &show->assessments.stamp))
        return;
    else if (show->as_of)
        store_read_standing(call_reader(call), show->customer->key, show->on, show->known_at, &show->standing,
                            standing_came, call);
    else
        answer_show(call, true);
}

static void trades_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct show *show = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!call_restarted(call, &show->trades.stamp))
        store_read_assessments(call_reader(call), show->customer->key, show->known_at, call->arena, &show->assessments,
                               assessments_came, call);
}

/* The dates that were asked for, else today; false: refused. */
static bool take_dates(struct call *call, struct show *show)
{
    const Creditd__V1__CustomerShowRequest *request = (const void *)call->request;
    const char *zone = unit_by_id(call_org(call), show->customer->branch_id)->zone;
    civil_date today = zone_date_at(zone, show->page.stamp.now);
    const struct {
        const char *field, *text;
        civil_date *out;
    } dates[] = {{"on", request->on, &show->on}, {"known", request->known, &show->known}};

    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        *dates[i].out = today;
        if (dates[i].text == NULL || dates[i].text[0] == '\0')
            continue;
        show->as_of = true;
        if (!civil_parse(dates[i].text, dates[i].out)) {
            call_refuse(call, REASON_FIELD_INVALID, dates[i].field, "rule", "a date, YYYY-MM-DD");
            return false;
        }
    }
    show->known_at = show->known >= today ? TRADES_KNOWN_NOW : zone_day_start_us(zone, show->known + 1) - 1;
    return true;
}

static void show_customer(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct show *show = call->state;
    struct trade_filter filter = {0};
    const struct customer *customer;

    customer = customer_found(call, &show->page, result);
    if (customer == NULL) /* the call is answered, and its memory gone */
        return;
    show->customer = customer;
    if (!take_dates(call, show))
        return;
    if (!view_sees_credit(call, show->customer->branch_id, show->customer->region_id)) {
        answer_show(call, false);
        return;
    }
    filter.customer = show->customer->key;
    filter.known_at = show->known_at;
    filter.due_from = civil_add_months(show->on, -evaluation_months(policy_in_use(call))) - 1;
    store_read_customer_trades(call_reader(call), &filter, call->arena, &show->trades, trades_came, call);
}

static void show_start(struct call *call)
{
    const Creditd__V1__CustomerShowRequest *request = (const void *)call->request;
    struct show *show = ARENA_NEW(call->arena, struct show);

    call->state = show;
    (void)customer_read(call, request->customer, &show->page, show_customer);
}

/* ---- history ---- */

struct history {
    struct customer_page page;
    const struct customer *customer;
    struct event_filter filter;
    struct event_page events;
};

static Creditd__V1__CustomerEvent *view_event(struct call *call, const struct event *row, bool credit)
{
    Creditd__V1__CustomerEvent *out = ARENA_NEW(call->arena, Creditd__V1__CustomerEvent);
    char uuid[UUID_TEXT_BYTES];

    creditd__v1__customer_event__init(out);
    out->has_seq = true;
    out->seq = (uint64_t)row->seq;
    out->has_at_us = true;
    out->at_us = row->at;
    out->has_kind = true;
    out->kind = (Creditd__V1__EventKind)row->kind;
    out->actor = view_login(call, row->actor);
    if (row->application != 0)
        out->application_id = view_id(call, 'A', (struct key){row->customer.home, row->application});
    uuid_format(row->command_id, uuid);
    out->command_id = arena_strdup(call->arena, uuid);
    if (credit)
        out->payload = arena_strdup(call->arena, row->payload);
    return out;
}

/* Does it tell credit information that it happened at all? */
static bool tells_credit(enum event_kind kind)
{
    return (kind >= EVENT_CRITERION_MET && kind <= EVENT_EMERGENCY_REVIEWED) || kind == EVENT_CRITERION_MISSED;
}

static void history_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct history *history = call->state;
    Creditd__V1__CustomerHistoryAnswer *body = ARENA_NEW(call->arena, Creditd__V1__CustomerHistoryAnswer);
    bool credit;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &history->events.stamp))
        return;
    credit = view_sees_credit(call, history->customer->branch_id, history->customer->region_id);
    if (credit)
        call_audit(call, history->customer->key);
    creditd__v1__customer_history_answer__init(body);
    body->events = ARENA_ARRAY(call->arena, Creditd__V1__CustomerEvent *, history->events.count + 1);
    for (size_t i = 0; i < history->events.count; i++)
        if (credit || !tells_credit(history->events.rows[i].kind))
            body->events[body->n_events++] = view_event(call, &history->events.rows[i], credit);
    body->has_next = history->events.more;
    if (history->events.more)
        body->next = (uint64_t)history->events.rows[history->events.count - 1].seq;
    call_answer_read(call, &body->base);
}

static void history_customer(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct history *history = call->state;
    const struct customer *customer;

    customer = customer_found(call, &history->page, result);
    if (customer == NULL) /* the call is answered, and its memory gone */
        return;
    history->customer = customer;
    history->filter.customer = history->customer->key;
    store_read_events(call_reader(call), &history->filter, call->arena, &history->events, history_came, call);
}

static void history_start(struct call *call)
{
    const Creditd__V1__CustomerHistoryRequest *request = (const void *)call->request;
    struct history *history = ARENA_NEW(call->arena, struct history);

    call->state = history;
    history->filter.after_seq = request->after > INT64_MAX ? INT64_MAX : (int64_t)request->after;
    if (page_limit(call, request->has_limit, request->limit, &history->filter.limit))
        (void)customer_read(call, request->customer, &history->page, history_customer);
}

const struct operation operation_customer_show = {.method = METHOD_CUSTOMER_SHOW,
                                                  .kind = OPERATION_READ,
                                                  .request = &creditd__v1__customer_show_request__descriptor,
                                                  .start = show_start};
const struct operation operation_customer_history = {.method = METHOD_CUSTOMER_HISTORY,
                                                     .kind = OPERATION_READ,
                                                     .request = &creditd__v1__customer_history_request__descriptor,
                                                     .start = history_start};
