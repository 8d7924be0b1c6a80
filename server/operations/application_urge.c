/* The branch asks whoever's turn it is to act. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/operations/application_named.h"
#include "server/operations/registry.h"
#include "server/rules/reminder.h"
#include "server/rules/workflow.h"

static void urge_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ApplicationUrgeRequest *)(const void *)call->request)->application,
                      command);
}

static void urge_decide(struct command *command, const struct situation *s, struct arena *arena,
                        struct effects *effects)
{
    const Creditd__V1__ApplicationUrgeRequest *request = (const void *)((const struct call *)command->request)->request;
    struct application row;
    struct user acting;
    struct refusal refusal;
    json_t *payload;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    row = *s->application;
    refusal = reminder_urge(s->org, s->policy, &acting, s->now, &row);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_object();
    payload_int(payload, "due_us", row.due_at);
    if (!text_is_blank(request->reason))
        json_object_set_new(payload, "reason", json_string(request->reason));
    application_accept(command, s, &acting, &row, EVENT_URGED, payload, arena, effects);
}

const struct operation operation_application_urge = {
    .method = METHOD_APPLICATION_URGE,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__application_urge_request__descriptor,
    .prepare = urge_prepare,
    .command = {.method = METHOD_APPLICATION_URGE, .decide = urge_decide},
};
