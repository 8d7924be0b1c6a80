/* The simulation of a draft over what has happened, a page of customers at a time: the client goes from page to page,
 * so that memory and the loop's time are bounded whatever the number of customers. */
#include <string.h>

#include "server/operations/page.h"
#include "server/operations/policy_view.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/operations/view.h"
#include "server/rules/simulation.h"

#define CUSTOMERS_DEFAULT 200
#define CUSTOMERS_MAX     500
#define DAYS_MAX          3660
#define TRADES_MAX        50000 /* of a page, which ends earlier then; of a single customer, all */

struct simulation_page {
    const struct policy *draft;
    civil_date from, to;
    struct scope scope;
    struct customer_filter filter;
    struct customer_count total;
    struct customer_page customers;
    struct simulation_rows rows;
    bool whole; /* one customer with all his trades */
};

/* In force at the instant of the page; it stays until the reference data change, which starts the call anew. */
static const struct policy *policy_of(const struct call *call)
{
    const struct simulation_page *page = call->state;

    return reference_policy_in_force(call_reference(call), page->total.stamp.now);
}

/* ---- the answer ---- */

static bool has_grade(struct standing standing)
{
    return standing.grade != GRADE_NONE;
}

static Creditd__V1__Grade grade_of(struct standing standing)
{
    return has_grade(standing) ? (Creditd__V1__Grade)standing.grade : CREDITD__V1__GRADE__GRADE_GREEN;
}

static Creditd__V1__SimulatedStep *view_step(struct call *call, const struct simulated *step)
{
    Creditd__V1__SimulatedStep *out = ARENA_NEW(call->arena, Creditd__V1__SimulatedStep);

    creditd__v1__simulated_step__init(out);
    out->on = view_date(call, step->on);
    out->has_was_tier = out->has_draft_tier = true;
    out->was_tier = (Creditd__V1__Tier)step->was.tier;
    out->has_was_grade = has_grade(step->was);
    out->was_grade = grade_of(step->was);
    out->draft_tier = (Creditd__V1__Tier)step->draft.tier;
    out->has_draft_grade = has_grade(step->draft);
    out->draft_grade = grade_of(step->draft);
    return out;
}

static Creditd__V1__SimulatedCustomer *view_simulated(struct call *call, const struct customer *row,
                                                      const struct simulation *simulation)
{
    Creditd__V1__SimulatedCustomer *out = ARENA_NEW(call->arena, Creditd__V1__SimulatedCustomer);

    creditd__v1__simulated_customer__init(out);
    out->id = view_id(call, 'C', row->key);
    out->number = arena_strdup(call->arena, row->number);
    out->name = arena_strdup(call->arena, row->name);
    out->branch = view_unit(call, row->branch_id);
    out->region = view_unit(call, row->region_id);
    out->steps = ARENA_ARRAY(call->arena, Creditd__V1__SimulatedStep *, simulation->count + 1);
    for (size_t i = 0; i < simulation->count; i++)
        out->steps[out->n_steps++] = view_step(call, &simulation->steps[i]);
    out->has_computed_tier = true;
    out->computed_tier = (Creditd__V1__Tier)simulation->computed.tier;
    out->has_computed_grade = has_grade(simulation->computed);
    out->computed_grade = grade_of(simulation->computed);
    return out;
}

static uint32_t people_of(const struct organisation *org, const struct unit *unit, enum role role)
{
    uint32_t people = 0;

    for (size_t i = 0; i < org->user_count; i++)
        people += org->users[i].unit_id == unit->id && !org->users[i].disabled &&
                  org->users[i].level >= JOB_LEVEL_SUPERVISOR && user_has(&org->users[i], role);
    return people;
}

/* Whoever would have had to verify and to decide. */
static void view_staff(struct call *call, Creditd__V1__PolicySimulateAnswer *body)
{
    const struct organisation *org = call_org(call);

    body->staff = ARENA_ARRAY(call->arena, Creditd__V1__PolicyStaff *, org->unit_count + 1);
    for (size_t i = 0; i < org->unit_count; i++) {
        const struct unit *unit = &org->units[i];
        enum role role = unit->level == UNIT_LEVEL_HQ ? ROLE_APPROVER : ROLE_VERIFIER;
        Creditd__V1__PolicyStaff *out;
        if (unit->level == UNIT_LEVEL_BRANCH || unit->closed)
            continue;
        out = ARENA_NEW(call->arena, Creditd__V1__PolicyStaff);
        creditd__v1__policy_staff__init(out);
        out->unit = arena_strdup(call->arena, unit->code);
        out->has_role = true;
        out->role = (Creditd__V1__Role)role;
        out->has_people = true;
        out->people = people_of(org, unit, role);
        body->staff[body->n_staff++] = out;
    }
}

static bool first_page(const struct simulation_page *page)
{
    return page->filter.after.id == 0;
}

static int compare_keys(struct key a, struct key b)
{
    int home = (a.home > b.home) - (a.home < b.home);

    return home != 0 ? home : (a.id > b.id) - (a.id < b.id);
}

/* The part of the page's rows, which are sorted by customer, that is the customer's; *at moves on. */
static size_t trades_of(const struct simulation_rows *rows, struct key customer, size_t *at)
{
    size_t from;

    while (*at < rows->trade_count &&
           compare_keys((struct key){rows->trades[*at].home, rows->trades[*at].customer_id}, customer) < 0)
        (*at)++;
    from = *at;
    while (*at < rows->trade_count &&
           compare_keys((struct key){rows->trades[*at].home, rows->trades[*at].customer_id}, customer) == 0)
        (*at)++;
    return from;
}

static struct key customer_of(const struct assessment *row)
{
    return (struct key){row->key.home, row->customer_id};
}

static size_t assessments_of(const struct simulation_rows *rows, struct key customer, size_t *at)
{
    size_t from;

    while (*at < rows->assessment_count && compare_keys(customer_of(&rows->assessments[*at]), customer) < 0)
        (*at)++;
    from = *at;
    while (*at < rows->assessment_count && compare_keys(customer_of(&rows->assessments[*at]), customer) == 0)
        (*at)++;
    return from;
}

static struct standing_since *history_of(const struct simulation_rows *rows, struct key customer, size_t *at,
                                         struct arena *arena, size_t *count)
{
    struct standing_since *out;
    size_t from;

    while (*at < rows->standing_count && compare_keys(rows->standings[*at].customer, customer) < 0)
        (*at)++;
    from = *at;
    while (*at < rows->standing_count && compare_keys(rows->standings[*at].customer, customer) == 0)
        (*at)++;
    *count = *at - from;
    out = ARENA_ARRAY(arena, struct standing_since, *count + 1);
    for (size_t i = 0; i < *count; i++)
        out[i] = (struct standing_since){rows->standings[from + i].valid_from, rows->standings[from + i].standing};
    return out;
}

static void answer_page(struct call *call)
{
    struct simulation_page *page = call->state;
    Creditd__V1__PolicySimulateAnswer *body = ARENA_NEW(call->arena, Creditd__V1__PolicySimulateAnswer);
    struct arena *scratch = arena_new(0);
    const struct policy *policy = policy_of(call);
    size_t trade = 0, assessment = 0, standing = 0;

    creditd__v1__policy_simulate_answer__init(body);
    body->customers = ARENA_ARRAY(call->arena, Creditd__V1__SimulatedCustomer *, page->customers.count + 1);
    for (size_t i = 0; i < page->customers.count; i++) {
        const struct customer *row = &page->customers.rows[i];
        struct simulation_input input = {.draft = page->draft, .policy = policy, .from = page->from, .to = page->to};
        struct simulation simulation;
        size_t first = trades_of(&page->rows, row->key, &trade);
        input.facts = (struct facts){.trades = &page->rows.trades[first], .trade_count = trade - first};
        first = assessments_of(&page->rows, row->key, &assessment);
        input.facts.assessments = &page->rows.assessments[first];
        input.facts.assessment_count = assessment - first;
        input.history = history_of(&page->rows, row->key, &standing, scratch, &input.history_count);
        bool alone = policy_scores_alone(page->draft) && input.facts.assessment_count > 0;
        if (row->evaluation.policy_version == 0 && !alone)
            continue;
        simulate(&input, scratch, call->arena, &simulation);
        body->customers[body->n_customers++] = view_simulated(call, row, &simulation);
        call_audit(call, row->key);
        arena_reset(scratch);
    }
    arena_free(scratch);
    body->has_looked_at = true;
    body->looked_at = (uint32_t)page->customers.count;
    body->next = page->customers.more ? view_id(call, 'C', page->customers.rows[page->customers.count - 1].key) : NULL;
    body->has_total = first_page(page);
    body->total = (uint64_t)page->total.count;
    if (first_page(page))
        view_staff(call, body);
    body->has_policy_version = true;
    body->policy_version = (uint32_t)policy->version;
    body->to = view_date(call, page->to);
    call_answer_read(call, &body->base);
}

/* ---- reading ---- */

/* The last customer of whom there are trades may have more: the page ends before him. False: he is the first one. */
static bool cut_page(struct simulation_page *page)
{
    const struct trade *last = &page->rows.trades[page->rows.trade_count - 1];
    const struct key key = {last->home, last->customer_id};

    while (page->customers.count > 0 && compare_keys(page->customers.rows[page->customers.count - 1].key, key) >= 0)
        page->customers.count--;
    page->customers.more = true;
    return page->customers.count > 0;
}

static void customers_came(void *arg, enum store_result result);

static void read_whole(struct call *call)
{
    struct simulation_page *page = call->state;

    page->whole = true;
    page->filter.limit = 1;
    store_read_customers(call_reader(call), &page->filter, call->arena, &page->customers, customers_came, call);
}

static void rows_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct simulation_page *page = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (call_restarted(call, &page->rows.stamp))
        return;
    else if (page->whole || page->rows.trade_count < TRADES_MAX || cut_page(page))
        answer_page(call);
    else
        read_whole(call);
}

static int most_months(const struct call *call)
{
    const struct simulation_page *page = call->state;
    int draft = evaluation_months(page->draft), policy = evaluation_months(policy_of(call));

    return draft > policy ? draft : policy;
}

static void customers_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct simulation_page *page = call->state;
    const struct customer_page *customers = &page->customers;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &customers->stamp))
        return;
    if (customers->count == 0) {
        answer_page(call);
        return;
    }
    const struct simulation_filter filter = {.first = customers->rows[0].key,
                                             .last = customers->rows[customers->count - 1].key,
                                             .due_from = civil_add_months(page->from, -most_months(call)) - 1,
                                             .branch_id = page->scope.branch_id,
                                             .region_id = page->scope.region_id,
                                             .trades_max = page->whole ? 0 : TRADES_MAX};
    store_read_simulation(call_reader(call), &filter, call->arena, &page->rows, rows_came, call);
}

static bool take_date(struct call *call, const char *field, const char *text, civil_date *out)
{
    if (text == NULL || text[0] == '\0' || civil_parse(text, out))
        return true;
    call_refuse(call, REASON_FIELD_INVALID, field, "rule", "a date, YYYY-MM-DD");
    return false;
}

/* Both dates, today at HQ known; false: refused. */
static bool take_dates(struct call *call, civil_date today)
{
    const Creditd__V1__PolicySimulateRequest *request = (const void *)call->request;
    struct simulation_page *page = call->state;

    page->from = page->to = today;
    if (!take_date(call, "to", request->to, &page->to))
        return false;
    page->from = page->to;
    if (!take_date(call, "from", request->from, &page->from))
        return false;
    if (page->to > today) {
        call_refuse(call, REASON_FIELD_INVALID, "to", "rule", "today or earlier");
        return false;
    }
    if (page->from > page->to || page->to - page->from > DAYS_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "from", "rule", "at most 3660 days before the end");
        return false;
    }
    return true;
}

/* The instant is known, and on the first page the number of customers. */
static void begun(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct simulation_page *page = call->state;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->total.stamp))
        return;
    if (take_dates(call, zone_date_at(unit_hq(call_org(call))->zone, page->total.stamp.now)))
        store_read_customers(call_reader(call), &page->filter, call->arena, &page->customers, customers_came, call);
}

/* NULL: refused, and the call is gone. */
static void simulate_start(struct call *call)
{
    const Creditd__V1__PolicySimulateRequest *request = (const void *)call->request;
    struct refusal refusal;
    const struct policy *draft = policy_of_text(request->text, call->arena, &refusal);
    struct simulation_page *page;

    if (draft == NULL) {
        call_refuse(call, refusal.reason, refusal.field, refusal.name, refusal.value);
        return;
    }
    page = ARENA_NEW(call->arena, struct simulation_page);
    call->state = page;
    page->draft = draft;
    page->scope = view_scope(call);
    page->filter = (struct customer_filter){.home = -1,
                                            .branch_id = page->scope.branch_id,
                                            .region_id = page->scope.region_id,
                                            .limit = request->has_limit ? request->limit : CUSTOMERS_DEFAULT};
    if (page->filter.limit < 1 || page->filter.limit > CUSTOMERS_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "limit", "rule", "1 to 500");
        return;
    }
    if (!page_after(call, 'C', request->after, &page->filter.after))
        return;
    if (first_page(page))
        store_read_customer_count(call_reader(call), page->scope.branch_id, page->scope.region_id, &page->total, begun,
                                  call);
    else
        store_read_stamp(call_reader(call), &page->total.stamp, begun, call);
}

const struct operation operation_policy_simulate = {.method = METHOD_POLICY_SIMULATE,
                                                    .kind = OPERATION_READ,
                                                    .request = &creditd__v1__policy_simulate_request__descriptor,
                                                    .start = simulate_start};
