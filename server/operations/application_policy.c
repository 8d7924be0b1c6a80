/* A case is moved to another version of the policy: asked for by one approver, approved by another. */
#include "application.pb-c.h"
#include "server/operations/application_named.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/rules/case_policy.h"
#include "server/rules/workflow.h"

static void prepare(struct call *call, struct command *command)
{
    const Creditd__V1__ApplicationPolicyRequest *request = (const void *)call->request;

    application_named(call, request->application, command);
    command->target_policy = (int32_t)request->policy_version;
}

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__ApplicationPolicyRequest *request = (const void *)call->request;
    const struct case_policy_input input = {.org = s->org,
                                            .policy = s->policy,
                                            .target = s->target_policy,
                                            .user = s->user,
                                            .now = s->now,
                                            .customer = s->customer,
                                            .approve = request->has_approve && request->approve,
                                            .reason = request->reason};
    struct application row;
    struct user acting;
    struct refusal refusal;
    uint32_t skipped;
    json_t *payload;

    if (!application_allowed(command, s, NULL, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    row = *s->application;
    refusal = case_policy_move(&input, &row, &skipped);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_pack("{ss}", "reason", request->reason);
    payload_int(payload, "from_policy", s->application->policy_version);
    payload_int(payload, "to_policy", input.target->version);
    if (input.approve)
        payload_limit(payload, row.limit);
    application_accept(command, s, &acting, &row, input.approve ? EVENT_CASE_POLICY_MOVED : EVENT_CASE_POLICY_ASKED,
                       payload, arena, effects);
    application_passed_by(input.target, &row, skipped, arena, effects);
}

const struct operation operation_application_policy = {
    .method = METHOD_APPLICATION_POLICY,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__application_policy_request__descriptor,
    .prepare = prepare,
    .command = {.method = METHOD_APPLICATION_POLICY, .decide = decide},
};
