/* Countersigners of the node that a case waits for: added and dropped. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/operations/application_named.h"
#include "server/operations/registry.h"
#include "server/rules/countersign.h"

static void countersign_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CountersignRequest *request = (const void *)call->request;

    application_named(call, request->application, command);
}

/* One is added or dropped; false: refused. */
static bool check_which(struct command *command, const Creditd__V1__CountersignRequest *request)
{
    bool add = !text_is_blank(request->add), drop = !text_is_blank(request->drop);

    if (!add && !drop)
        decision_refuse(command, REASON_FIELD_REQUIRED, "add", NULL, NULL);
    else if (add && drop)
        decision_refuse(command, REASON_FIELD_INVALID, "drop", "rule", "left out where `add` is given");
    return add != drop;
}

static void countersign_decide(struct command *command, const struct situation *s, struct arena *arena,
                               struct effects *effects)
{
    const Creditd__V1__CountersignRequest *request = (const void *)((const struct call *)command->request)->request;
    bool add = !text_is_blank(request->add);
    struct application row;
    struct user acting;
    const struct user *to;
    struct refusal refusal;
    json_t *payload;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !check_which(command, request) || !application_text(command, s, &acting, "reason", request->reason))
        return;
    const struct claim_input input = application_claim_input(s, &acting);
    row = *s->application;
    to = user_by_login(s->org, add ? request->add : request->drop);
    refusal = add ? countersign_add(&input, to, &row) : countersign_drop(&input, to, &row);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_object();
    json_object_set_new(payload, "countersigner", json_string(to->login));
    if (!text_is_blank(request->reason))
        json_object_set_new(payload, "reason", json_string(request->reason));
    application_accept(command, s, &acting, &row, add ? EVENT_COUNTERSIGNER_ADDED : EVENT_COUNTERSIGNER_DROPPED,
                       payload, arena, effects);
}

const struct operation operation_application_countersign = {
    .method = METHOD_APPLICATION_COUNTERSIGN,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__countersign_request__descriptor,
    .prepare = countersign_prepare,
    .command = {.method = METHOD_APPLICATION_COUNTERSIGN, .decide = countersign_decide},
};
