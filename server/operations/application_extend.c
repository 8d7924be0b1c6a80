/* HQ asks for more time to decide; the marketing director grants or refuses it. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/operations/application_named.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/rules/extension.h"
#include "server/rules/workflow.h"

static struct extension_input input_of(const struct situation *s, const struct user *acting)
{
    return (struct extension_input){
        .org = s->org, .policy = s->policy, .user = acting, .now = s->now, .timer_id = uuid_new()};
}

static void ask_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ExtensionAskRequest *)(const void *)call->request)->application,
                      command);
}

static void ask_decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const Creditd__V1__ExtensionAskRequest *request = (const void *)((const struct call *)command->request)->request;
    struct extension_input input;
    char detail[EXTENSION_DETAIL_BYTES];
    struct application row;
    struct user acting;
    struct refusal refusal;
    json_t *payload;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    input = input_of(s, &acting);
    input.days = request->days > EXTENSION_DAYS_MAX ? EXTENSION_DAYS_MAX + 1 : (int)request->days;
    input.reason = request->reason;
    row = *s->application;
    refusal = extension_ask(&input, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_pack("{ss}", "reason", request->reason);
    payload_int(payload, "days", row.extension_days);
    payload_int(payload, "latest_us", extension_latest(s->org, s->policy, s->now, &row));
    application_accept(command, s, &acting, &row, EVENT_EXTENSION_ASKED, payload, arena, effects);
}

static void answer_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ExtensionAnswerRequest *)(const void *)call->request)->application,
                      command);
}

static void answer_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const Creditd__V1__ExtensionAnswerRequest *request = (const void *)((const struct call *)command->request)->request;
    struct extension_input input;
    char detail[EXTENSION_DETAIL_BYTES];
    struct application row;
    struct user acting;
    struct refusal refusal;
    json_t *payload;
    bool cut;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    input = input_of(s, &acting);
    if (!request->has_grant) {
        decision_refuse(command, REASON_FIELD_REQUIRED, "grant", NULL, NULL);
        return;
    }
    input.grant = request->grant;
    input.reason = request->reason;
    row = *s->application;
    refusal = extension_answer(&input, &row, &cut, detail);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_object();
    if (!text_is_blank(request->reason))
        json_object_set_new(payload, "reason", json_string(request->reason));
    payload_int(payload, "days", s->application->extension_days);
    payload_int(payload, "due_before_us", s->application->due_at);
    if (input.grant)
        payload_int(payload, "due_us", row.due_at);
    if (cut)
        json_object_set_new(payload, "cut", json_true());
    application_accept(command, s, &acting, &row, input.grant ? EVENT_EXTENSION_GRANTED : EVENT_EXTENSION_REFUSED,
                       payload, arena, effects);
}

const struct operation operation_extension_ask = {
    .method = METHOD_EXTENSION_ASK,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__extension_ask_request__descriptor,
    .prepare = ask_prepare,
    .command = {.method = METHOD_EXTENSION_ASK, .decide = ask_decide},
};
const struct operation operation_extension_answer = {
    .method = METHOD_EXTENSION_ANSWER,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__extension_answer_request__descriptor,
    .prepare = answer_prepare,
    .command = {.method = METHOD_EXTENSION_ANSWER, .decide = answer_decide},
};
