/* Criteria that are met: what waits for a branch to submit an application, and whom it is told that none was. */
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/clock.h"
#include "server/rules/evaluation.h"
#include "server/rules/limit.h"
#include "server/rules/reminder.h"
#include "server/rules/standing.h"
#include "server/rules/submitters.h"

static Creditd__V1__Criterion *view_criterion(struct call *call, const struct customer *row, int64_t now)
{
    Creditd__V1__Criterion *out = ARENA_NEW(call->arena, Creditd__V1__Criterion);
    const struct evaluation *evaluation = &row->evaluation;
    struct standing from = standing_beneath(row);
    enum grade to = standing_of(evaluation->computed, from.tier).grade;

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
    out->has_from_grade = from.grade != GRADE_NONE;
    out->from_grade = out->has_from_grade ? (Creditd__V1__Grade)from.grade : CREDITD__V1__GRADE__GRADE_GREEN;
    out->has_to_grade = to != GRADE_NONE;
    out->to_grade = out->has_to_grade ? (Creditd__V1__Grade)to : CREDITD__V1__GRADE__GRADE_GREEN;
    return out;
}

#define DAYS_MAX 365

struct criteria {
    bool inbox;     /* only what the asker can submit, as himself or for another */
    bool escalated; /* only that of which he is told */
    int days;       /* only what ends within so many, or nobody can submit; -1: all */
    struct read_stamp stamp;
    struct criterion_filter filter;
    struct customer_page page;
};

static struct submission submission_of(struct call *call, const struct customer *row, int64_t now)
{
    struct standing from = standing_beneath(row);
    enum grade to = standing_of(row->evaluation.computed, from.tier).grade;

    return (struct submission){.org = call_org(call),
                               .now = now,
                               .branch_id = row->branch_id,
                               .kind = delegation_case_kind(from, to),
                               .limit = limit_of_case(reference_policy_in_force(call_reference(call), now), row, to)};
}

/* The asker's own branch, if he submits there, and those of all whose substitute he may be. */
static void inbox_branches(struct call *call, struct criterion_filter *filter)
{
    const struct organisation *org = call_org(call);
    int64_t *branches = ARENA_ARRAY(call->arena, int64_t, org->delegation_count + 2);

    if (view_acts_for_branch(call))
        branches[filter->branch_count++] = call_user(call)->unit_id;
    for (size_t i = 0; i < org->delegation_count; i++) {
        const struct user *delegator = user_by_id(org, org->delegations[i].delegator);
        if (org->delegations[i].substitute == call->user_id && user_has(delegator, ROLE_SUBMITTER))
            branches[filter->branch_count++] = delegator->unit_id;
    }
    if (filter->branch_count == 0)
        branches[filter->branch_count++] = 0; /* there is none: the read tells whether that is still so */
    filter->branches = branches;
}

/* Those who are told of a criterion, as `nobody` can submit or nothing was submitted until its end, and whether it ends
 * soon. */
static size_t set_told(struct call *call, const struct customer *row, bool nobody, const struct user **told,
                       Creditd__V1__Criterion *out)
{
    const struct criteria *criteria = call->state;
    const struct organisation *org = call_org(call);
    const struct policy *policy = reference_policy(call_reference(call), row->evaluation.policy_version);
    int64_t due_at = row->evaluation.criterion_due_at, now = criteria->page.stamp.now;
    size_t count;

    out->has_due_soon = true;
    if (!evaluation_criterion_open(row))
        return 0;
    if (policy == NULL)
        policy = reference_policy_in_force(call_reference(call), now);
    out->due_soon = reminder_due_soon_of(org, policy, row->branch_id, due_at, now);
    count = reminder_told_of(org, policy, row->branch_id, due_at, nobody, now, told, org->user_count);
    out->told = view_logins(call, told, count);
    out->n_told = count;
    return count;
}

static void add(struct call *call, const struct customer *row, Creditd__V1__CriterionListAnswer *body)
{
    const struct criteria *criteria = call->state;
    int64_t acts_for = 0, now = criteria->page.stamp.now;
    size_t most = call_org(call)->user_count, holder_count, told_count;
    const struct user **holders = ARENA_ARRAY(call->arena, const struct user *, most + 1);
    const struct user **told = ARENA_ARRAY(call->arena, const struct user *, most + 1);
    const struct submission submission = submission_of(call, row, now);
    Creditd__V1__Criterion *out;

    if (criteria->inbox && !submitters_can(&submission, call_user(call), &acts_for))
        return;
    holder_count = submitters_find(&submission, holders, most);
    if (criteria->filter.due && holder_count > 0 &&
        row->evaluation.criterion_due_at > page_until(&criteria->filter.until, row->branch_id))
        return; /* of a branch where delegations alone let somebody submit */
    out = view_criterion(call, row, now);
    told_count = set_told(call, row, holder_count == 0, told, out);
    if (criteria->escalated && !reminder_is_among(call_user(call), told, told_count))
        return;
    call_audit(call, row->key);
    out->acting_for = acts_for == 0 ? NULL : view_login(call, acts_for);
    out->holders = view_logins(call, holders, holder_count);
    out->n_holders = holder_count;
    body->criteria[body->n_criteria++] = out;
}

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
        add(call, &page->rows[i], body);
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

static void read_page(struct call *call)
{
    struct criteria *criteria = call->state;

    store_read_criteria(call_reader(call), &criteria->filter, call->arena, &criteria->page, list_done, call);
}

/* Branches of whose criteria it may be that nobody can submit. */
static void set_lacking(struct call *call, struct criterion_filter *filter)
{
    const struct organisation *org = call_org(call);
    const struct unit *own = unit_by_id(org, call_user(call)->unit_id);
    int64_t *branches = ARENA_ARRAY(call->arena, int64_t, org->unit_count + 1);

    for (size_t i = 0; i < org->unit_count; i++) {
        const struct unit *unit = &org->units[i];
        if (unit->level == UNIT_LEVEL_BRANCH && unit_within(org, unit, own) && submitters_lack(org, unit->id))
            branches[filter->lacking_count++] = unit->id;
    }
    filter->lacking = branches;
}

/* The instant is known, and with it until when. */
static void begun(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct criteria *criteria = call->state;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &criteria->stamp))
        return;
    criteria->filter.unanswered = criteria->filter.due = true;
    if (criteria->escalated)
        criteria->filter.until.instant = criteria->stamp.now;
    else
        criteria->filter.until = page_days(call, criteria->stamp.now, criteria->days);
    set_lacking(call, &criteria->filter);
    read_page(call);
}

static void list_start(struct call *call)
{
    const Creditd__V1__CriterionListRequest *request = (const void *)call->request;
    struct criteria *criteria = ARENA_NEW(call->arena, struct criteria);
    struct scope scope = view_scope(call);
    int64_t *branch = ARENA_NEW(call->arena, int64_t);

    call->state = criteria;
    criteria->inbox = request->has_inbox && request->inbox;
    criteria->escalated = request->has_escalated && request->escalated;
    criteria->days = request->has_days ? (int)(request->days > DAYS_MAX ? DAYS_MAX + 1 : request->days) : -1;
    criteria->filter.region_id = scope.region_id;
    if (criteria->days > DAYS_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "days", "rule", "0 to 365 days");
        return;
    }
    if (!page_limit(call, request->has_limit, request->limit, &criteria->filter.limit) ||
        !page_after(call, 'C', request->after, &criteria->filter.after) ||
        !page_unit(call, "branch", request->branch, UNIT_LEVEL_BRANCH, &scope.branch_id))
        return;
    *branch = scope.branch_id;
    criteria->filter.branches = branch;
    criteria->filter.branch_count = scope.branch_id != 0;
    if (criteria->inbox) {
        criteria->filter.branch_count = 0;
        inbox_branches(call, &criteria->filter);
    }
    /* only whoever heads his unit is ever told */
    if (!access_sees_any_credit(call_user(call)) ||
        (criteria->escalated && !reminder_is_head(call_org(call), call_user(call)->unit_id, call_user(call))))
        answer_nothing(call);
    else if (criteria->escalated || criteria->days >= 0)
        store_read_stamp(call_reader(call), &criteria->stamp, begun, call);
    else
        read_page(call);
}

const struct operation operation_criterion_list = {.method = METHOD_CRITERION_LIST,
                                                   .kind = OPERATION_READ,
                                                   .request = &creditd__v1__criterion_list_request__descriptor,
                                                   .start = list_start};
