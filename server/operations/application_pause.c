/* The clock of a case stands still while the customer is waited for, and goes on. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/operations/application_named.h"
#include "server/operations/registry.h"
#include "server/rules/pause.h"
#include "server/rules/workflow.h"

static struct pause_input input_of(const struct situation *s, const struct user *acting)
{
    return (struct pause_input){
        .org = s->org, .policy = s->policy, .user = acting, .now = s->now, .timer_id = uuid_new()};
}

static json_t *ends_payload(const struct application *row)
{
    json_t *payload = json_object();

    payload_int(payload, "due_us", row->due_at);
    payload_int(payload, "complete_by_us", row->complete_by);
    return payload;
}

static void pause_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ApplicationPauseRequest *)(const void *)call->request)->application,
                      command);
}

static void pause_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const Creditd__V1__ApplicationPauseRequest *request =
        (const void *)((const struct call *)command->request)->request;
    struct pause_input input;
    char detail[PAUSE_DETAIL_BYTES];
    struct application row;
    struct user acting;
    struct refusal refusal;
    json_t *payload;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "waits_for", request->waits_for))
        return;
    input = input_of(s, &acting);
    input.waits_for = request->waits_for;
    row = *s->application;
    refusal = pause_begin(&input, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    payload = ends_payload(&row);
    json_object_set_new(payload, "waits_for", json_string(request->waits_for));
    application_accept(command, s, &acting, &row, EVENT_PAUSED, payload, arena, effects);
}

static void resume_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ApplicationResumeRequest *)(const void *)call->request)->application,
                      command);
}

static void resume_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const Creditd__V1__ApplicationResumeRequest *request =
        (const void *)((const struct call *)command->request)->request;
    struct pause_input input;
    struct application row;
    struct user acting;
    struct refusal refusal;
    json_t *payload;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    input = input_of(s, &acting);
    row = *s->application;
    refusal = pause_end(&input, &row);
    if (decision_refused_by(command, &refusal))
        return;
    payload = ends_payload(&row);
    payload_int(payload, "days", row.paused_days - s->application->paused_days);
    if (!text_is_blank(request->reason))
        json_object_set_new(payload, "reason", json_string(request->reason));
    application_accept(command, s, &acting, &row, EVENT_RESUMED, payload, arena, effects);
}

const struct operation operation_application_pause = {
    .method = METHOD_APPLICATION_PAUSE,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__application_pause_request__descriptor,
    .prepare = pause_prepare,
    .command = {.method = METHOD_APPLICATION_PAUSE, .decide = pause_decide},
};
const struct operation operation_application_resume = {
    .method = METHOD_APPLICATION_RESUME,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__application_resume_request__descriptor,
    .prepare = resume_prepare,
    .command = {.method = METHOD_APPLICATION_RESUME, .decide = resume_decide},
};
