/* Customers: add, list. A file is opened by its branch; a grade brought along at installation comes from HQ. */
#include "customer.pb-c.h"

#include <stdio.h>
#include <string.h>

#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/page.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/manager.h"

/* ---- add ---- */

/* The branch decides the home, and with it where the outcome is stored. */
static const struct unit *named_branch(const struct call *call)
{
    const Creditd__V1__CustomerAddRequest *request = (const void *)call->request;

    return request->branch == NULL ? NULL : unit_by_code(call_org(call), request->branch);
}

static void branch_refreshed(void *arg, enum store_result result)
{
    struct call *call = arg;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (named_branch(call) == NULL)
        call_refuse(call, REASON_NOT_FOUND, "branch", NULL, NULL);
    else
        call_submit(call);
}

/* A branch that this server does not know may be newer than its copy of the organisation; one that nobody knows has no
 * home to store a refusal in. */
static void add_before(struct call *call)
{
    const Creditd__V1__CustomerAddRequest *request = (const void *)call->request;
    struct refusal refusal = access_check(call->access, call_user(call));

    if (request->branch == NULL || request->branch[0] == '\0')
        call_refuse(call, REASON_FIELD_REQUIRED, "branch", NULL, NULL);
    else if (named_branch(call) != NULL)
        call_submit(call);
    else if (refusal.reason != REASON_NONE)
        call_refuse(call, refusal.reason, refusal.field, refusal.name, refusal.value);
    else
        call_refresh(call, branch_refreshed);
}

static void add_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerAddRequest *request = (const void *)call->request;

    command->home = unit_home(call_org(call), named_branch(call));
    command->named =
        (struct customer_named){command->home, unit_region(call_org(call), named_branch(call))->id, request->number};
    command->wants_number = true;
}

static bool check_texts(struct command *command, const Creditd__V1__CustomerAddRequest *request)
{
    struct key key;

    if (!decision_text(command, "number", request->number, CUSTOMER_NUMBER_MAX, false) ||
        !decision_text(command, "name", request->name, CUSTOMER_NAME_MAX, false))
        return false;
    if (!public_id_parse('C', request->number, &key))
        return true;
    decision_refuse(command, REASON_FIELD_INVALID, "number", "rule", "of another form than a customer id");
    return false;
}

/* The branch: open, of level branch, in the region that was named with it; NULL: refused. */
static const struct unit *check_branch(struct command *command, const struct situation *s,
                                       const Creditd__V1__CustomerAddRequest *request)
{
    const struct unit *branch = unit_by_code(s->org, request->branch);
    const struct unit *region = branch == NULL ? NULL : unit_region(s->org, branch);

    if (branch == NULL)
        decision_refuse(command, REASON_NOT_FOUND, "branch", NULL, NULL);
    else if (branch->level != UNIT_LEVEL_BRANCH)
        decision_refuse(command, REASON_FIELD_INVALID, "branch", "rule", "a unit of level branch");
    else if (branch->closed)
        decision_refuse(command, REASON_UNIT_CLOSED, "branch", "unit", branch->code);
    else if (request->region != NULL && request->region[0] != '\0' && strcmp(request->region, region->code) != 0)
        decision_refuse(command, REASON_FIELD_INVALID, "region", "rule", "the region of the branch");
    else
        return branch;
    return NULL;
}

static bool check_right(struct command *command, const struct situation *s, const struct unit *branch,
                        const Creditd__V1__CustomerAddRequest *request)
{
    struct refusal refusal = customer_may_open(s, branch, request->has_opening_grade);

    return !decision_refused_by(command, &refusal);
}

static bool names_manager(const Creditd__V1__CustomerAddRequest *request)
{
    return request->manager != NULL && request->manager[0] != '\0';
}

/* Who is to be the manager, if one is named. False: refused. */
static bool check_manager(struct command *command, const struct situation *s, const struct unit *branch,
                          const Creditd__V1__CustomerAddRequest *request, const struct user **out)
{
    const struct manager_input input = {.org = s->org,
                                        .user = s->user,
                                        .now = s->now,
                                        .branch_id = branch->id,
                                        .region_id = unit_region(s->org, branch)->id};
    struct refusal refusal;

    *out = NULL;
    if (!names_manager(request))
        return true;
    *out = user_by_login(s->org, request->manager);
    refusal = manager_name(&input, *out);
    return !decision_refused_by(command, &refusal);
}

/* The number is taken: a repetition of what is there (an import run again) is told apart from a clash. Of another
 * branch's customer nothing more is told. */
static void refuse_existing(struct command *command, const struct situation *s, const struct unit *branch,
                            const Creditd__V1__CustomerAddRequest *request, enum stage stage)
{
    const struct customer *row = s->customer;
    bool manager = !names_manager(request) ||
                   (row->managed_by != 0 && strcmp(user_by_id(s->org, row->managed_by)->login, request->manager) == 0);
    bool identical =
        strcmp(row->name, request->name) == 0 && row->branch_id == branch->id && row->stage == stage && manager;
    char id[PUBLIC_ID_BYTES];

    if (relation_to(s->org, s->user, row->branch_id, row->region_id) == RELATION_NONE) {
        decision_refuse(command, REASON_ALREADY_EXISTS, "number", NULL, NULL);
        return;
    }
    public_id_format('C', row->key, id);
    decision_refuse(command, REASON_ALREADY_EXISTS, "number", "identical", identical ? "true" : "false");
    outcome_argument(&command->outcome, "customer", id);
}

static void add_accept(struct command *command, const struct situation *s, const struct unit *branch,
                       const Creditd__V1__CustomerAddRequest *request, enum stage stage, struct arena *arena,
                       struct effects *effects)
{
    const struct user *manager;
    struct opening opening = {.key = {command->home, s->new_number},
                              .number = request->number,
                              .name = request->name,
                              .branch = branch,
                              .stage = stage,
                              .grade = request->has_opening_grade ? (enum grade)request->opening_grade : GRADE_NONE};

    if (!check_manager(command, s, branch, request, &manager))
        return;
    opening.manager = manager;
    customer_open(&opening, s, arena, effects);
    public_id_format('C', effects->customer.key, command->outcome.entity);
    command->outcome.version = effects->customer.version;
    command->after_customer = effects->customer;
}

static void add_decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerAddRequest *request = (const void *)call->request;
    enum stage stage = request->has_stage ? (enum stage)request->stage : STAGE_NEW;
    const struct unit *branch;

    if (!decision_allowed(command, s) || !check_texts(command, request) ||
        (branch = check_branch(command, s, request)) == NULL || !check_right(command, s, branch, request))
        return;
    if (s->several)
        decision_refuse(command, REASON_ALREADY_EXISTS, "number", NULL, NULL);
    else if (s->customer != NULL)
        refuse_existing(command, s, branch, request, stage);
    else if (command->home != unit_home(s->org, branch)) /* the branch moved since the command was taken */
        decision_refuse(command, REASON_NOT_FOUND, "branch", NULL, NULL);
    else
        add_accept(command, s, branch, request, stage, arena, effects);
}

/* ---- list ---- */

struct customer_read {
    struct customer_filter filter;
    struct customer_page page;
};

static void list_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct customer_read *read = call->state;
    Creditd__V1__CustomerListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__CustomerListAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &read->page.stamp))
        return;
    creditd__v1__customer_list_answer__init(body);
    body->customers = ARENA_ARRAY(call->arena, Creditd__V1__Customer *, read->page.count + 1);
    for (size_t i = 0; i < read->page.count; i++)
        body->customers[body->n_customers++] = view_customer(call, &read->page.rows[i], read->page.stamp.now);
    if (read->page.more && read->page.count > 0)
        body->next = view_id(call, 'C', read->page.rows[read->page.count - 1].key);
    call_answer_read(call, &body->base);
}

static void list_start(struct call *call)
{
    const Creditd__V1__CustomerListRequest *request = (const void *)call->request;
    struct customer_read *read = ARENA_NEW(call->arena, struct customer_read);
    struct scope scope = view_scope(call);

    call->state = read;
    read->filter = (struct customer_filter){.home = -1, .branch_id = scope.branch_id, .region_id = scope.region_id};
    if (!page_limit(call, request->has_limit, request->limit, &read->filter.limit) ||
        !page_after(call, 'C', request->after, &read->filter.after) ||
        !page_unit(call, "branch", request->branch, UNIT_LEVEL_BRANCH, &read->filter.branch_id) ||
        !page_unit(call, "region", request->region, UNIT_LEVEL_REGION, &read->filter.region_id))
        return;
    if (request->has_tier)
        read->filter.tier = (enum tier)request->tier;
    if (request->has_grade) {
        if (!access_sees_any_credit(call_user(call))) { /* a filter would tell the grade */
            call_refuse(call, REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, JOB_LEVEL_SUPERVISOR));
            return;
        }
        read->filter.grade = (enum grade)request->grade;
    }
    store_read_customers(call_reader(call), &read->filter, call->arena, &read->page, list_done, call);
}

const struct operation operation_customer_add = {
    .method = METHOD_CUSTOMER_ADD,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__customer_add_request__descriptor,
    .prepare = add_prepare,
    .before = add_before,
    .command = {.method = METHOD_CUSTOMER_ADD, .decide = add_decide},
};
const struct operation operation_customer_list = {.method = METHOD_CUSTOMER_LIST,
                                                  .kind = OPERATION_READ,
                                                  .request = &creditd__v1__customer_list_request__descriptor,
                                                  .start = list_start};
