/* Walks event chains and names the first event that does not fit: of one customer, or of everything in the caller's
 * subtree, page by page. A chain whose end is not the head in its customer row was cut. */
#include <string.h>

#include "admin.pb-c.h"
#include "server/commit/chain.h"
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

#define VERIFY_EVENTS_DEFAULT 20000
#define VERIFY_EVENTS_MAX     100000
#define EVENTS_PAGE           1000
#define CUSTOMERS_PAGE        200

struct verify {
    unsigned events_max; /* of this answer; a chain begun is finished */
    struct key one;
    struct customer_filter filter;
    struct customer_page customers;
    size_t at;                  /* in the page of customers */
    enum reference_chain chain; /* that is walked; CHAIN_COUNT: those of customers */
    struct event_filter event_filter;
    struct event_page events;
    struct arena *pages;                  /* of one page of events, NULL: none */
    struct reference_head reference_head; /* of `chain` */
    int64_t head_seq;                     /* of the chain that is walked, as its row said before the events were read */
    uint8_t head_hash[CHAIN_HASH_BYTES];
    int64_t seq;
    uint8_t hash[CHAIN_HASH_BYTES];
    uint64_t chain_count, event_count;
};

static void walk(struct call *call);

static void free_pages(struct verify *v)
{
    arena_free(v->pages);
    v->pages = NULL;
}

static void refuse_store(struct call *call, enum store_result result)
{
    free_pages(call->state);
    call_refuse_store(call, result);
}

static const char *const chain_names[CHAIN_COUNT] = {
    [CHAIN_ORGANISATION] = "organisation", [CHAIN_POLICIES] = "policies"};

static void answer(struct call *call, const char *bad_why, int64_t bad_seq, bool more)
{
    struct verify *v = call->state;
    Creditd__V1__AuditVerifyAnswer *body = ARENA_NEW(call->arena, Creditd__V1__AuditVerifyAnswer);
    const struct customer *row =
        v->chain < CHAIN_COUNT || v->at >= v->customers.count ? NULL : &v->customers.rows[v->at];

    free_pages(v);
    creditd__v1__audit_verify_answer__init(body);
    body->has_chains = true;
    body->chains = v->chain_count;
    body->has_events = true;
    body->events = v->event_count;
    if (bad_why != NULL) {
        body->bad_chain = row == NULL ? arena_strdup(call->arena, chain_names[v->chain]) : view_id(call, 'C', row->key);
        body->has_bad_seq = true;
        body->bad_seq = (uint64_t)bad_seq;
        body->bad_why = arena_strdup(call->arena, bad_why);
    } else if (more) {
        body->next = view_id(call, 'C', v->customers.rows[v->at - 1].key);
    }
    call_answer(call, &body->base);
}

static void customers_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct verify *v = call->state;

    if (result != STORE_OK) {
        refuse_store(call, result);
        return;
    }
    if (!call_is_current(call, &v->customers.stamp))
        free_pages(v);
    if (call_restarted(call, &v->customers.stamp))
        return;
    if (v->filter.one != NULL && v->customers.count == 0) {
        call_refuse(call, REASON_NOT_FOUND, "customer", NULL, NULL);
        return;
    }
    v->at = 0;
    walk(call);
}

/* The end of a chain: the head in the row was read before the events, so the chain may be longer, never shorter. */
static bool end_fits(const struct verify *v)
{
    return v->seq >= v->head_seq;
}

/* The head that the row shows must be the hash of that very event. */
static bool head_fits(const struct verify *v, const struct event *event)
{
    return event->seq != v->head_seq || memcmp(event->hash, v->head_hash, CHAIN_HASH_BYTES) == 0;
}

static void chain_done(struct call *call)
{
    struct verify *v = call->state;

    if (!end_fits(v)) {
        answer(call, "head", v->seq + 1, false);
        return;
    }
    v->chain_count += v->seq > 0;
    if (v->chain < CHAIN_COUNT)
        v->chain++;
    else
        v->at++;
    walk(call);
}

static void events_done(void *arg, enum store_result result);

static void read_page(struct call *call)
{
    struct verify *v = call->state;

    free_pages(v);
    v->pages = arena_new(0);
    store_read_events(call_reader(call), &v->event_filter, v->pages, &v->events, events_done, call);
}

static void events_done(void *arg, enum store_result result)
{
    static const char *const faults[] = {[CHAIN_GAP] = "gap", [CHAIN_LINK] = "link", [CHAIN_HASH] = "hash"};
    struct call *call = arg;
    struct verify *v = call->state;

    if (result != STORE_OK) {
        refuse_store(call, result);
        return;
    }
    for (size_t i = 0; i < v->events.count; i++) {
        const struct event *event = &v->events.rows[i];
        enum chain_fault fault = chain_check(event, v->seq, v->hash);
        if (fault != CHAIN_FITS || !head_fits(v, event)) {
            answer(call, fault == CHAIN_FITS ? "head" : faults[fault], event->seq, false);
            return;
        }
        v->seq = event->seq;
        memcpy(v->hash, event->hash, CHAIN_HASH_BYTES);
        v->event_count++;
    }
    if (v->events.more) {
        v->event_filter.after_seq = v->seq;
        read_page(call);
    } else {
        chain_done(call);
    }
}

static void start_chain(struct call *call, struct key customer, int64_t head_seq,
                        const uint8_t head_hash[CHAIN_HASH_BYTES])
{
    struct verify *v = call->state;

    v->seq = 0;
    memset(v->hash, 0, sizeof v->hash);
    v->head_seq = head_seq;
    memcpy(v->head_hash, head_hash, CHAIN_HASH_BYTES);
    v->event_filter = (struct event_filter){.customer = customer, .limit = EVENTS_PAGE};
    read_page(call);
}

static void head_read(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct verify *v = call->state;

    if (result == STORE_OK)
        start_chain(call, (struct key){0, (int64_t)v->chain}, v->reference_head.chain_seq,
                    v->reference_head.chain_hash);
    else
        refuse_store(call, result);
}

/* The next chain, the next page of customers, or the answer. */
static void walk(struct call *call)
{
    struct verify *v = call->state;

    if (v->chain < CHAIN_COUNT) {
        store_read_head(call_reader(call), v->chain, &v->reference_head, head_read, call);
    } else if (v->at < v->customers.count && (v->at == 0 || v->event_count < v->events_max)) {
        const struct customer *row = &v->customers.rows[v->at];
        start_chain(call, row->key, row->chain_seq, row->chain_hash);
    } else {
        bool more = v->filter.one == NULL && (v->at < v->customers.count || v->customers.more);
        answer(call, NULL, 0, more && v->at > 0);
    }
}

static void verify_start(struct call *call)
{
    const Creditd__V1__AuditVerifyRequest *request = (const void *)call->request;
    struct verify *v = ARENA_NEW(call->arena, struct verify);
    struct scope scope = view_scope(call);
    struct customer_name name;

    call->state = v;
    v->events_max = request->has_limit ? request->limit : VERIFY_EVENTS_DEFAULT;
    if (v->events_max < 1 || v->events_max > VERIFY_EVENTS_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "limit", "rule", "1 to 100000");
        return;
    }
    v->filter = (struct customer_filter){
        .home = -1, .branch_id = scope.branch_id, .region_id = scope.region_id, .limit = CUSTOMERS_PAGE};
    if (!page_after(call, 'C', request->after, &v->filter.after))
        return;
    v->chain = CHAIN_COUNT;
    if (view_customer_name(request->customer, &name)) {
        v->one = name.key;
        v->filter.one = name.by_id ? &v->one : NULL;
        v->filter.number = name.by_id ? NULL : name.number;
    } else if (v->filter.after.id == 0 && scope.branch_id == 0 && scope.region_id == 0) {
        v->chain = CHAIN_ORGANISATION;
    }
    store_read_customers(call_reader(call), &v->filter, call->arena, &v->customers, customers_done, call);
}

const struct operation operation_audit_verify = {.method = METHOD_AUDIT_VERIFY,
                                                 .kind = OPERATION_READ,
                                                 .request = &creditd__v1__audit_verify_request__descriptor,
                                                 .start = verify_start};
