/* What is to be done besides cases and criteria: by branches measures, appeals, assessments; by HQ emergencies and
 * their reviews. */
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/clock.h"
#include "server/rules/emergency.h"
#include "server/rules/reminder.h"
#include "server/rules/standing.h"

#define DAYS_MAX 365

struct tasks {
    bool inbox;    /* only what the asker can act on, or is told of */
    int days;      /* of reviews: only those that end within so many; -1: all */
    int64_t until; /* the end of the last of these days, of HQ */
    struct read_stamp stamp;
    struct task_filter filter;
    struct customer_page page;
    const struct policy *policy; /* in force; stays until the reference data change, which starts the call anew */
    const struct user **room;
};

static bool wanted(const struct call *call, enum task kind)
{
    const Creditd__V1__TaskListRequest *request = (const void *)call->request;

    return !request->has_kind || (enum task)request->kind == kind;
}

static Creditd__V1__Task *add_task(struct call *call, const struct customer *row, enum task kind,
                                   Creditd__V1__TaskListAnswer *body)
{
    Creditd__V1__Task *out = ARENA_NEW(call->arena, Creditd__V1__Task);

    creditd__v1__task__init(out);
    out->has_kind = true;
    out->kind = (Creditd__V1__TaskKind)kind;
    out->customer_id = view_id(call, 'C', row->key);
    out->customer_number = arena_strdup(call->arena, row->number);
    out->customer_name = arena_strdup(call->arena, row->name);
    out->branch = view_unit(call, row->branch_id);
    out->region = view_unit(call, row->region_id);
    out->has_customer_version = true;
    out->customer_version = (uint32_t)row->version;
    out->has_grade = row->standing.grade != GRADE_NONE;
    out->grade = out->has_grade ? (Creditd__V1__Grade)row->standing.grade : CREDITD__V1__GRADE__GRADE_GREEN;
    call_audit(call, row->key);
    body->tasks[body->n_tasks++] = out;
    return out;
}

static void add_measures(struct call *call, const struct customer *row, Creditd__V1__TaskListAnswer *body)
{
    const char *names[MEASURES_MAX];
    size_t count = standing_measures(reference_policy(call_reference(call), row->measures.policy_version),
                                     row->standing.grade, row->measures.open, names);

    for (size_t i = 0; i < count; i++)
        add_task(call, row, TASK_MEASURE, body)->measure = arena_strdup(call->arena, names[i]);
}

/* Whoever heads HQ is told of reviews that are not done. */
static bool heads_hq(const struct call *call)
{
    const struct organisation *org = call_org(call);

    return reminder_is_head(org, unit_hq(org)->id, call_user(call));
}

static void add_emergency(struct call *call, const struct customer *row, Creditd__V1__TaskListAnswer *body)
{
    const struct tasks *tasks = call->state;
    int64_t now = tasks->page.stamp.now;
    Creditd__V1__Task *task;

    if (tasks->inbox && !emergency_can_confirm(call_org(call), tasks->policy, call_user(call), row, now))
        return;
    task = add_task(call, row, TASK_EMERGENCY, body);
    task->has_due_at_us = true;
    task->due_at_us = row->emergency.expires_at;
}

static void add_review(struct call *call, const struct customer *row, Creditd__V1__TaskListAnswer *body)
{
    const struct tasks *tasks = call->state;
    const struct organisation *org = call_org(call);
    const struct user *user = call_user(call);
    int64_t now = tasks->page.stamp.now, due_at = row->review.due_at;
    bool nobody = !emergency_has_reviewer(org, tasks->policy, row, now);
    size_t count =
        reminder_told_of(org, tasks->policy, unit_hq(org)->id, due_at, nobody, now, tasks->room, org->user_count);
    Creditd__V1__Task *task;

    if (tasks->inbox && !reminder_is_among(user, tasks->room, count) &&
        !emergency_can_review(org, tasks->policy, user, row, now))
        return;
    if (count == 0 && tasks->days >= 0 && due_at > tasks->until)
        return;
    task = add_task(call, row, TASK_AFTER_REVIEW, body);
    task->has_due_at_us = task->has_overdue = true;
    task->due_at_us = due_at;
    task->overdue = clock_overdue(due_at, now);
    task->told = view_logins(call, tasks->room, count);
    task->n_told = count;
}

static void add_emergencies(struct call *call, const struct customer *row, Creditd__V1__TaskListAnswer *body)
{
    const struct tasks *tasks = call->state;

    if (wanted(call, TASK_EMERGENCY) && emergency_waits(call_org(call), tasks->policy, row, tasks->page.stamp.now))
        add_emergency(call, row, body);
    if (wanted(call, TASK_AFTER_REVIEW) && row->review.opened_at != 0)
        add_review(call, row, body);
}

static void add_tasks(struct call *call, const struct customer *row, Creditd__V1__TaskListAnswer *body)
{
    const struct tasks *tasks = call->state;

    if (!tasks->inbox || tasks->filter.of_hq)
        add_emergencies(call, row, body);
    if (tasks->filter.of_hq)
        return;
    if (wanted(call, TASK_MEASURE) && row->measures.open != 0)
        add_measures(call, row, body);
    if (wanted(call, TASK_APPEAL) && row->notice.noticed_on != 0 && row->notice.appealed_by == 0 &&
        row->notice.appeal_until >= view_today(call, row, tasks->page.stamp.now))
        add_task(call, row, TASK_APPEAL, body)->due_on = view_date(call, row->notice.appeal_until);
    if (wanted(call, TASK_ASSESSMENT) && row->assessed_on != 0 && row->assessed_on <= tasks->filter.assessed_until)
        add_task(call, row, TASK_ASSESSMENT, body)->due_on =
            view_date(call, scorecard_valid_to(&tasks->policy->scorecard, row->assessed_on));
}

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct tasks *tasks = call->state;
    const struct customer_page *page = &tasks->page;
    Creditd__V1__TaskListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__TaskListAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->stamp))
        return;
    creditd__v1__task_list_answer__init(body);
    body->tasks = ARENA_ARRAY(call->arena, Creditd__V1__Task *, page->count * (MEASURES_MAX + 4) + 1);
    tasks->room = view_room(call);
    tasks->until = tasks->days < 0 ? 0 : page_days(call, page->stamp.now, tasks->days).instant;
    for (size_t i = 0; i < page->count; i++)
        add_tasks(call, &page->rows[i], body);
    if (page->more)
        body->next = view_id(call, 'C', page->rows[page->count - 1].key);
    call_answer_read(call, &body->base);
}

/* The instant is known, and with it the policy. */
static void begun(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct tasks *tasks = call->state;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &tasks->stamp))
        return;
    tasks->policy = reference_policy_in_force(call_reference(call), tasks->stamp.now);
    if (tasks->policy->scorecard.factor_count > 0)
        tasks->filter.assessed_until = scorecard_ending_by(
            &tasks->policy->scorecard,
            zone_date_at(unit_hq(call_org(call))->zone, tasks->stamp.now) + tasks->policy->scorecard.warn_days);
    store_read_tasks(call_reader(call), &tasks->filter, call->arena, &tasks->page, list_done, call);
}

static void list_start(struct call *call)
{
    const Creditd__V1__TaskListRequest *request = (const void *)call->request;
    struct tasks *tasks = ARENA_NEW(call->arena, struct tasks);
    struct scope scope = view_scope(call);

    call->state = tasks;
    tasks->filter = (struct task_filter){.branch_id = scope.branch_id, .region_id = scope.region_id};
    if (!page_limit(call, request->has_limit, request->limit, &tasks->filter.limit) ||
        !page_after(call, 'C', request->after, &tasks->filter.after) ||
        !page_unit(call, "branch", request->branch, UNIT_LEVEL_BRANCH, &tasks->filter.branch_id))
        return;
    tasks->inbox = request->has_inbox && request->inbox;
    tasks->days = request->has_days ? (int)(request->days > DAYS_MAX ? DAYS_MAX + 1 : request->days) : -1;
    if (tasks->days > DAYS_MAX) {
        call_refuse(call, REASON_FIELD_INVALID, "days", "rule", "0 to 365 days");
        return;
    }
    tasks->filter.of_hq = tasks->inbox && (emergency_acts_for_hq(call_org(call), call_user(call)) || heads_hq(call));
    bool of_hq = request->has_kind && (enum task)request->kind >= TASK_EMERGENCY;
    /* Tasks tell the grade. */
    if (!access_sees_any_credit(call_user(call)) ||
        (tasks->inbox && !tasks->filter.of_hq && (of_hq || !view_acts_for_branch(call)))) {
        Creditd__V1__TaskListAnswer *nothing = ARENA_NEW(call->arena, Creditd__V1__TaskListAnswer);
        creditd__v1__task_list_answer__init(nothing);
        call_answer(call, &nothing->base);
        return;
    }
    store_read_stamp(call_reader(call), &tasks->stamp, begun, call);
}

const struct operation operation_task_list = {.method = METHOD_TASK_LIST,
                                              .kind = OPERATION_READ,
                                              .request = &creditd__v1__task_list_request__descriptor,
                                              .start = list_start};
