/* What became of a command id: for a client that lost the answer. Without a home every home is asked, one by one. */
#include <string.h>

#include "admin.pb-c.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

struct outcome_read {
    int16_t homes[4096];
    size_t home_count, asked;
    struct command_key key;
    struct outcome_found found;
};

static void ask_next(struct call *call);

static void answer_found(struct call *call, bool known, const struct stored_command *row)
{
    Creditd__V1__OutcomeAnswer *body = ARENA_NEW(call->arena, Creditd__V1__OutcomeAnswer);
    struct outcome outcome;

    creditd__v1__outcome_answer__init(body);
    body->has_known = true;
    body->known = known;
    if (known) {
        outcome = (struct outcome){.status = row->status,
                                   .reason = (enum reason)row->reason,
                                   .field = row->field[0] == '\0' ? NULL : row->field,
                                   .version = row->version,
                                   .executed = row->status == STATUS_OK};
        snprintf(outcome.arguments, sizeof outcome.arguments, "%s", row->arguments);
        snprintf(outcome.entity, sizeof outcome.entity, "%s", row->entity);
        body->outcome = ARENA_NEW(call->arena, Creditd__V1__Answer);
        answer_from_outcome(call, &outcome, body->outcome);
    }
    call_answer(call, &body->base);
}

static void outcome_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct outcome_read *read = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (call_restarted(call, &read->found.stamp))
        return;
    else if (read->found.found && read->found.command.user_id == call->user_id)
        answer_found(call, true, &read->found.command);
    else
        ask_next(call);
}

static void ask_next(struct call *call)
{
    struct outcome_read *read = call->state;

    if (read->asked == read->home_count) {
        answer_found(call, false, NULL);
        return;
    }
    read->key.home = read->homes[read->asked++];
    store_read_outcome(call_writer(call), read->key, call->arena, &read->found, outcome_done, call);
}

static void outcome_start(struct call *call)
{
    const Creditd__V1__OutcomeRequest *request = (const void *)call->request;
    struct outcome_read *read = ARENA_NEW(call->arena, struct outcome_read);
    const struct organisation *org = call_org(call);
    size_t room = sizeof read->homes / sizeof read->homes[0];

    call->state = read;
    if (!request->has_command_id || request->command_id.len != sizeof(struct uuid)) {
        call_refuse(call, REASON_FIELD_INVALID, "command_id", "rule", "16 bytes");
        return;
    }
    memcpy(read->key.command_id.bytes, request->command_id.data, sizeof(struct uuid));
    if (request->has_home_id && request->home_id <= INT16_MAX) {
        read->homes[read->home_count++] = (int16_t)request->home_id;
    } else {
        read->homes[read->home_count++] = 0;
        for (size_t i = 0; i < org->unit_count && read->home_count < room; i++)
            if (org->units[i].level == UNIT_LEVEL_REGION)
                read->homes[read->home_count++] = org->units[i].home;
    }
    ask_next(call);
}

const struct operation operation_outcome = {.method = METHOD_OUTCOME,
                                            .kind = OPERATION_READ,
                                            .request = &creditd__v1__outcome_request__descriptor,
                                            .start = outcome_start};
