/* Opinions on the node that a case waits for: asked for, called back, given. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/operations/application_named.h"
#include "server/operations/registry.h"
#include "server/rules/assist.h"

/* In which state, for that says what the opinion's author has a hand in. */
static json_t *payload_of(const struct situation *s, const char *key, const char *text)
{
    json_t *payload = json_object();

    payload_word(payload, "state", words_state, (int)s->application->state);
    if (!text_is_blank(text))
        json_object_set_new(payload, key, json_string(text));
    return payload;
}

static void assist_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__AssistRequest *)(const void *)call->request)->application, command);
}

static void assist_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const Creditd__V1__AssistRequest *request = (const void *)((const struct call *)command->request)->request;
    bool asks = request->to != NULL; /* a name that is blank is nobody's */
    struct application row;
    struct user acting;
    struct claim_input input;
    struct refusal refusal;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting))
        return;
    row = *s->application;
    input = application_claim_input(s, &acting);
    refusal = asks ? assist_ask(&input, user_by_login(s->org, request->to), &row) : assist_call_back(&input, &row);
    if (decision_refused_by(command, &refusal))
        return;
    if (asks && text_is_blank(request->reason))
        decision_refuse(command, REASON_REASON_REQUIRED, "reason", NULL, NULL);
    else if (application_text(command, s, &acting, "reason", request->reason))
        application_accept(command, s, &acting, &row, asks ? EVENT_OPINION_ASKED : EVENT_OPINION_CALLED_BACK,
                           payload_of(s, "reason", request->reason), arena, effects);
}

static void opinion_prepare(struct call *call, struct command *command)
{
    application_named(call, ((const Creditd__V1__OpinionRequest *)(const void *)call->request)->application, command);
}

static void opinion_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const Creditd__V1__OpinionRequest *request = (const void *)((const struct call *)command->request)->request;
    struct application row;
    struct user acting;
    struct claim_input input;
    struct refusal refusal;

    if (!application_allowed(command, s, request->acting_for, request->if_version, &acting))
        return;
    row = *s->application;
    input = application_claim_input(s, &acting);
    refusal = assist_give(&input, &row);
    if (decision_refused_by(command, &refusal))
        return;
    if (text_is_blank(request->opinion))
        decision_refuse(command, REASON_OPINION_REQUIRED, "opinion", NULL, NULL);
    else if (application_text(command, s, &acting, "opinion", request->opinion))
        application_accept(command, s, &acting, &row, EVENT_OPINION_GIVEN, payload_of(s, "opinion", request->opinion),
                           arena, effects);
}

#define ASSIST(NAME, Name)                                                                                             \
    const struct operation operation_application_##NAME = {                                                            \
        .method = METHOD_APPLICATION_##Name,                                                                           \
        .kind = OPERATION_COMMAND,                                                                                     \
        .request = &creditd__v1__##NAME##_request__descriptor,                                                         \
        .prepare = NAME##_prepare,                                                                                     \
        .command = {.method = METHOD_APPLICATION_##Name, .decide = NAME##_decide},                                     \
    }

ASSIST(assist, ASSIST);
ASSIST(opinion, OPINION);
