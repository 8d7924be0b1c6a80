/* Changes of a customer file: edit, move to another branch. */
#include "common/text.h"
#include "server/commit/relocation_effects.h"
#include "server/operations/application_named.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/manager.h"

#include <string.h>

#define REASON_MAX 2000

static void accept_change(struct command *command, const struct customer *row, enum event_kind kind, json_t *payload,
                          struct arena *arena, struct effects *effects)
{
    effects->has_customer = true;
    effects->customer = *row;
    effects->customer.version++;
    effects->events[effects->event_count++] = (struct event){.kind = kind, .payload = payload_text(arena, payload)};
    public_id_format('C', row->key, command->outcome.entity);
    command->outcome.version = effects->customer.version;
    command->after_customer = effects->customer;
}

/* ---- edit ---- */

static void edit_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerEditRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
    command->with_case = request->manager != NULL;
}

/* Puts who is to be the manager into the row. False: refused. */
static bool edit_manager(struct command *command, const struct situation *s, const char *login, struct customer *row)
{
    const struct manager_input input = {.org = s->org,
                                        .user = s->user,
                                        .now = s->now,
                                        .branch_id = row->branch_id,
                                        .region_id = row->region_id,
                                        .assessed_by = row->assessed_by,
                                        .application = s->application};
    const struct user *to = login == NULL ? NULL : user_by_login(s->org, login);
    bool nobody = login != NULL && login[0] == '\0';
    struct refusal refusal;

    if (login == NULL || (nobody ? row->managed_by == 0 : to != NULL && to->id == row->managed_by))
        return true;
    refusal = nobody ? manager_drop(&input) : manager_name(&input, to);
    row->managed_by = to == NULL ? 0 : to->id;
    return !decision_refused_by(command, &refusal);
}

static json_t *file_payload(const struct situation *s, const struct customer *row)
{
    json_t *object = json_pack("{ssss}", "name", row->name, "stage", word_name(words_stage, (int)row->stage));

    if (row->managed_by != 0)
        json_object_set_new(object, "manager", json_string(user_by_id(s->org, row->managed_by)->login));
    return object;
}

static void edit_decide(struct command *command, const struct situation *s, struct arena *arena,
                        struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerEditRequest *request = (const void *)call->request;
    bool named = request->name != NULL && !text_is_blank(request->name);
    struct customer row;

    if (!decision_allowed(command, s) || !customer_allowed(command, s) ||
        !decision_version(command, request->if_version, s->customer->version) ||
        !decision_text(command, "name", request->name, CUSTOMER_NAME_MAX, true))
        return;
    row = *s->customer;
    row.name = named ? request->name : row.name;
    row.stage = request->has_stage ? (enum stage)request->stage : row.stage;
    if (!edit_manager(command, s, request->manager, &row))
        return;
    if (strcmp(row.name, s->customer->name) == 0 && row.stage == s->customer->stage &&
        row.managed_by == s->customer->managed_by) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, NULL, NULL, NULL);
        return;
    }
    accept_change(command, &row, EVENT_CUSTOMER_EDITED,
                  json_pack("{soso}", "before", file_payload(s, s->customer), "after", file_payload(s, &row)), arena,
                  effects);
    /* The case may be on another desk now: it is told in its history, too, and to those who watch. */
    if (s->application != NULL && row.managed_by != s->customer->managed_by)
        effects->events[0].application = s->application->key.id;
}

/* ---- move ---- */

static void move_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerMoveRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
    command->with_case = true;
}

/* The branch that is to look after the customer; NULL: refused. */
static const struct unit *check_branch(struct command *command, const struct situation *s, const char *code)
{
    const struct unit *branch = code == NULL ? NULL : unit_by_code(s->org, code);

    if (code == NULL || code[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, "branch", NULL, NULL);
    else if (branch == NULL)
        decision_refuse(command, REASON_NOT_FOUND, "branch", NULL, NULL);
    else if (branch->level != UNIT_LEVEL_BRANCH)
        decision_refuse(command, REASON_FIELD_INVALID, "branch", "rule", "a unit of level branch");
    else if (branch->closed)
        decision_refuse(command, REASON_UNIT_CLOSED, "branch", "unit", branch->code);
    else if (branch->id == s->customer->branch_id)
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, "branch", NULL, NULL);
    else
        return branch;
    return NULL;
}

static bool check_move(struct command *command, const struct situation *s,
                       const Creditd__V1__CustomerMoveRequest *request)
{
    if (!decision_allowed(command, s) || !customer_allowed(command, s) ||
        !decision_version(command, request->if_version, s->customer->version))
        return false;
    if (!decision_text(command, "reason", request->reason, REASON_MAX, true))
        return false;
    if (request->reason == NULL || text_is_blank(request->reason)) {
        decision_refuse(command, REASON_REASON_REQUIRED, "reason", NULL, NULL);
        return false;
    }
    return s->application == NULL || application_text(command, s, s->user, "reason", request->reason);
}

static void move_decide(struct command *command, const struct situation *s, struct arena *arena,
                        struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerMoveRequest *request = (const void *)call->request;
    const struct unit *branch;

    if (!check_move(command, s, request) || (branch = check_branch(command, s, request->branch)) == NULL)
        return;
    relocation_effects(command, s, branch, request->reason, arena, effects);
    command->after_customer = effects->customer;
}

const struct operation operation_customer_edit = {
    .method = METHOD_CUSTOMER_EDIT,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__customer_edit_request__descriptor,
    .prepare = edit_prepare,
    .command = {.method = METHOD_CUSTOMER_EDIT, .decide = edit_decide},
};
const struct operation operation_customer_move = {
    .method = METHOD_CUSTOMER_MOVE,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__customer_move_request__descriptor,
    .prepare = move_prepare,
    .command = {.method = METHOD_CUSTOMER_MOVE, .decide = move_decide},
};
