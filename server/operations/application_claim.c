/* The step that a case waits for is claimed by one of those who can act, given back, or handed to another. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/operations/application_named.h"
#include "server/operations/registry.h"
#include "server/rules/claim.h"

static json_t *payload_of(const struct situation *s, int64_t claimed_by, const char *reason)
{
    const struct user *user = user_by_id(s->org, claimed_by);
    json_t *payload = json_object();

    if (user != NULL)
        json_object_set_new(payload, "claimed_by", json_string(user->login));
    if (!text_is_blank(reason))
        json_object_set_new(payload, "reason", json_string(reason));
    return payload;
}

static void claim_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ClaimRequest *)(const void *)call->request)->application, command);
}

static void claim_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const Creditd__V1__ClaimRequest *request = (const void *)((const struct call *)command->request)->request;
    struct application row;
    struct user acting;
    struct claim_input input;
    struct refusal refusal;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting))
        return;
    row = *s->application;
    input = application_claim_input(s, &acting);
    refusal = claim_take(&input, &row);
    if (!decision_refused_by(command, &refusal))
        application_accept(command, s, &acting, &row, EVENT_CLAIMED, payload_of(s, row.claimed_by, NULL), arena,
                           effects);
}

static void release_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__ReleaseRequest *)(const void *)call->request)->application, command);
}

static void release_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const Creditd__V1__ReleaseRequest *request = (const void *)((const struct call *)command->request)->request;
    struct application row;
    struct user acting;
    struct claim_input input;
    struct refusal refusal;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    row = *s->application;
    input = application_claim_input(s, &acting);
    refusal = claim_release(&input, &row);
    if (!decision_refused_by(command, &refusal))
        application_accept(command, s, &acting, &row, EVENT_RELEASED,
                           payload_of(s, s->application->claimed_by, request->reason), arena, effects);
}

static void transfer_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__TransferRequest *)(const void *)call->request)->application, command);
}

static void transfer_decide(struct command *command, const struct situation *s, struct arena *arena,
                            struct effects *effects)
{
    const Creditd__V1__TransferRequest *request = (const void *)((const struct call *)command->request)->request;
    struct application row;
    struct user acting;
    struct claim_input input;
    struct refusal refusal;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting) ||
        !application_text(command, s, &acting, "reason", request->reason))
        return;
    if (request->to == NULL || request->to[0] == '\0') {
        decision_refuse(command, REASON_FIELD_REQUIRED, "to", NULL, NULL);
        return;
    }
    row = *s->application;
    input = application_claim_input(s, &acting);
    refusal = claim_transfer(&input, user_by_login(s->org, request->to), &row);
    if (!decision_refused_by(command, &refusal))
        application_accept(command, s, &acting, &row, EVENT_TRANSFERRED, payload_of(s, row.claimed_by, request->reason),
                           arena, effects);
}

#define CLAIM(NAME, Name)                                                                                              \
    const struct operation operation_application_##NAME = {                                                            \
        .method = METHOD_APPLICATION_##Name,                                                                           \
        .kind = OPERATION_COMMAND,                                                                                     \
        .request = &creditd__v1__##NAME##_request__descriptor,                                                         \
        .prepare = NAME##_prepare,                                                                                     \
        .command = {.method = METHOD_APPLICATION_##Name, .decide = NAME##_decide},                                     \
    }

CLAIM(claim, CLAIM);
CLAIM(release, RELEASE);
CLAIM(transfer, TRANSFER);
