/* Criteria that are met: what waits for a branch to submit an application. */
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/clock.h"

static Creditd__V1__Criterion *view_criterion(struct call *call, const struct customer *row, int64_t now)
{
    Creditd__V1__Criterion *out = ARENA_NEW(call->arena, Creditd__V1__Criterion);
    const struct evaluation *evaluation = &row->evaluation;
    enum grade to = standing_of(evaluation->computed, row->standing.tier).grade;

    creditd__v1__criterion__init(out);
    out->customer_id = view_id(call, 'C', row->key);
    out->customer_number = arena_strdup(call->arena, row->number);
    out->customer_name = arena_strdup(call->arena, row->name);
    out->branch = view_unit(call, row->branch_id);
    out->region = view_unit(call, row->region_id);
    out->met_on = view_date(call, evaluation->met_on);
    out->has_detected_at_us = true;
    out->detected_at_us = evaluation->detected_at;
    out->has_due_at_us = true;
    out->due_at_us = evaluation->criterion_due_at;
    out->has_overdue = true;
    out->overdue = clock_overdue(evaluation->criterion_due_at, now);
    out->has_customer_version = true;
    out->customer_version = (uint32_t)row->version;
    call_audit(call, row->key);
    out->has_from_grade = row->standing.grade != GRADE_NONE;
    out->from_grade = out->has_from_grade ? (Creditd__V1__Grade)row->standing.grade : CREDITD__V1__GRADE__GRADE_GREEN;
    out->has_to_grade = to != GRADE_NONE;
    out->to_grade = out->has_to_grade ? (Creditd__V1__Grade)to : CREDITD__V1__GRADE__GRADE_GREEN;
    return out;
}

struct criteria {
    struct customer_filter filter;
    struct customer_page page;
};

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct criteria *criteria = call->state;
    const struct customer_page *page = &criteria->page;
    Creditd__V1__CriterionListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__CriterionListAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->stamp))
        return;
    creditd__v1__criterion_list_answer__init(body);
    body->criteria = ARENA_ARRAY(call->arena, Creditd__V1__Criterion *, page->count + 1);
    for (size_t i = 0; i < page->count; i++)
        body->criteria[body->n_criteria++] = view_criterion(call, &page->rows[i], page->stamp.now);
    if (page->more)
        body->next = view_id(call, 'C', page->rows[page->count - 1].key);
    call_answer_read(call, &body->base);
}

/* A criterion tells what is computed. */
static void answer_nothing(struct call *call)
{
    Creditd__V1__CriterionListAnswer *nothing = ARENA_NEW(call->arena, Creditd__V1__CriterionListAnswer);

    creditd__v1__criterion_list_answer__init(nothing);
    call_answer(call, &nothing->base);
}

static void list_start(struct call *call)
{
    const Creditd__V1__CriterionListRequest *request = (const void *)call->request;
    struct criteria *criteria = ARENA_NEW(call->arena, struct criteria);
    struct scope scope = view_scope(call);

    call->state = criteria;
    criteria->filter = (struct customer_filter){.branch_id = scope.branch_id, .region_id = scope.region_id};
    if (!page_limit(call, request->has_limit, request->limit, &criteria->filter.limit) ||
        !page_after(call, 'C', request->after, &criteria->filter.after) ||
        !page_unit(call, "branch", request->branch, UNIT_LEVEL_BRANCH, &criteria->filter.branch_id))
        return;
    if (!access_sees_any_credit(call_user(call)) ||
        (request->has_inbox && request->inbox && !view_acts_for_branch(call))) {
        answer_nothing(call);
        return;
    }
    store_read_criteria(call_reader(call), &criteria->filter, call->arena, &criteria->page, list_done, call);
}

const struct operation operation_criterion_list = {.method = METHOD_CRITERION_LIST,
                                                   .kind = OPERATION_READ,
                                                   .request = &creditd__v1__criterion_list_request__descriptor,
                                                   .start = list_start};
