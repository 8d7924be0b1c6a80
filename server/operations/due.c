/* Cases whose deadline comes or has passed, and those on which nobody can act: at whose desk they are, and who is told.
 */
#include "application.pb-c.h"
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/clock.h"
#include "server/rules/reminder.h"
#include "server/rules/sieve.h"

#define DAYS_MAX 365

struct due {
    struct read_stamp stamp;
    struct due_filter filter;
    struct application_page page;
    int days;
    bool escalated;
};

static void add_case(struct call *call, const struct application_view *row, Creditd__V1__DueListAnswer *body)
{
    const struct due *due = call->state;
    const struct policy *policy = reference_policy(call_reference(call), row->application.policy_version);
    size_t most = call_org(call)->user_count;
    const struct user **told = ARENA_ARRAY(call->arena, const struct user *, most + 1);
    bool nobody = view_nobody(call, row, due->page.stamp.now);
    size_t count = reminder_told(call_org(call), policy, &row->application, nobody, due->page.stamp.now, told, most);
    Creditd__V1__DueCase *out;
    char **holders;
    size_t holder_count;

    if (row->application.due_at > page_until(&due->filter.until, row->application.turn_unit) && !nobody)
        return; /* the sieve is coarse */
    if (due->escalated && !reminder_is_among(call_user(call), told, count))
        return;
    holder_count = view_holders(call, row, HOLDING_CAN, due->page.stamp.now, &holders);
    out = ARENA_NEW(call->arena, Creditd__V1__DueCase);
    creditd__v1__due_case__init(out);
    out->application = view_application(call, row, due->page.stamp.now);
    out->holders = holders;
    out->n_holders = holder_count;
    out->told = view_logins(call, told, count);
    out->n_told = count;
    body->cases[body->n_cases++] = out;
}

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct due *due = call->state;
    const struct application_page *page = &due->page;
    Creditd__V1__DueListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__DueListAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->stamp))
        return;
    creditd__v1__due_list_answer__init(body);
    body->cases = ARENA_ARRAY(call->arena, Creditd__V1__DueCase *, page->count + 1);
    for (size_t i = 0; i < page->count; i++)
        add_case(call, &page->rows[i], body);
    if (page->more && page->count > 0) {
        const struct application *last = &page->rows[page->count - 1].application;
        body->next = page_due_text(call, 'A', last->due_at, last->key);
    }
    call_answer_read(call, &body->base);
}

static void answer_nothing(struct call *call)
{
    Creditd__V1__DueListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__DueListAnswer);

    creditd__v1__due_list_answer__init(body);
    call_answer(call, &body->base);
}

static void set_sieve(struct call *call, struct due *due)
{
    const struct organisation *org = call_org(call);
    const struct policy *policies;
    size_t count = reference_policies(call_reference(call), &policies);
    struct sieve_row *rows;

    due->filter.sieve_count =
        sieve_rows(org, policies, count, unit_by_id(org, call_user(call)->unit_id), due->stamp.now, call->arena, &rows);
    due->filter.sieve = rows;
}

/* The instant is known, and with it until when. */
static void begun(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct due *due = call->state;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &due->stamp))
        return;
    if (due->escalated)
        due->filter.until.instant = due->stamp.now;
    else
        due->filter.until = page_days(call, due->stamp.now, due->days);
    set_sieve(call, due);
    store_read_due(call_reader(call), &due->filter, call->arena, &due->page, list_done, call);
}

static void list_start(struct call *call)
{
    const Creditd__V1__DueListRequest *request = (const void *)call->request;
    struct due *due = ARENA_NEW(call->arena, struct due);
    struct scope scope = view_scope(call);

    call->state = due;
    due->filter = (struct due_filter){.branch_id = scope.branch_id, .region_id = scope.region_id};
    due->escalated = request->has_escalated && request->escalated;
    due->days = request->has_days ? (int)(request->days > DAYS_MAX ? DAYS_MAX + 1 : request->days) : 1;
    if (due->days > DAYS_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "days", "rule", "0 to 365 days");
        return;
    }
    if (!page_limit(call, request->has_limit, request->limit, &due->filter.limit) ||
        !page_after_due(call, 'A', request->after, &due->filter.due_after, &due->filter.after) ||
        !page_unit(call, "branch", request->branch, UNIT_LEVEL_BRANCH, &due->filter.branch_id))
        return;
    /* only whoever heads his unit is ever told */
    if (due->escalated && !reminder_is_head(call_org(call), call_user(call)->unit_id, call_user(call)))
        answer_nothing(call);
    else
        store_read_stamp(call_reader(call), &due->stamp, begun, call);
}

const struct operation operation_due_list = {.method = METHOD_DUE_LIST,
                                             .kind = OPERATION_READ,
                                             .request = &creditd__v1__due_list_request__descriptor,
                                             .start = list_start};
