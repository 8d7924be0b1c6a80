/* A case is moved to another version of the policy: asked for by one approver, approved by another. */
#include "application.pb-c.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/rules/case_policy.h"
#include "server/rules/workflow.h"

static void prepare(struct call *call, struct command *command)
{
    const Creditd__V1__ApplicationPolicyRequest *request = (const void *)call->request;

    command->home = call_home(call);
    command->target_policy = (int32_t)request->policy_version;
    if (request->application != NULL && public_id_parse('A', request->application, &command->application))
        command->home = command->application.home;
}

static bool check(struct command *command, const struct situation *s,
                  const Creditd__V1__ApplicationPolicyRequest *request)
{
    const struct call *call = command->request;
    struct refusal refusal;

    if (!decision_allowed(command, s))
        return false;
    if (s->application == NULL) {
        decision_refuse(command, REASON_NOT_FOUND, "application", NULL, NULL);
        return false;
    }
    refusal = access_check_subject(call->access, s->org, s->user, s->application->branch_id, s->application->region_id,
                                   "application");
    return !decision_refused_by(command, &refusal) &&
           decision_version(command, request->if_version, s->application->version) &&
           decision_text(command, "reason", request->reason, STEP_TEXT_MAX, true);
}

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__ApplicationPolicyRequest *request = (const void *)call->request;
    const struct case_policy_input input = {.org = s->org,
                                            .target = s->target_policy,
                                            .user = s->user,
                                            .assessed_by = s->customer == NULL ? 0 : s->customer->assessed_by,
                                            .approve = request->has_approve && request->approve,
                                            .reason = request->reason};
    struct application row;
    struct refusal refusal;
    json_t *payload;

    if (!check(command, s, request))
        return;
    row = *s->application;
    refusal = case_policy_move(&input, &row);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_pack("{ss}", "reason", request->reason);
    payload_int(payload, "from_policy", s->application->policy_version);
    payload_int(payload, "to_policy", input.target->version);
    effects->has_customer = true;
    effects->customer = *s->customer;
    effects->has_application = true;
    effects->application = row;
    effects->events[effects->event_count++] =
        (struct event){.kind = input.approve ? EVENT_CASE_POLICY_MOVED : EVENT_CASE_POLICY_ASKED,
                       .application = row.key.id,
                       .payload = payload_text(arena, payload)};
    public_id_format('A', row.key, command->outcome.entity);
    command->outcome.version = row.version;
    command->after_application = row;
    command->after_customer = *s->customer;
}

const struct operation operation_application_policy = {
    .method = METHOD_APPLICATION_POLICY,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__application_policy_request__descriptor,
    .prepare = prepare,
    .command = {.method = METHOD_APPLICATION_POLICY, .decide = decide},
};
