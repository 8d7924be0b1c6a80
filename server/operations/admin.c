/* The movable clock of test databases, and what the server says of itself. */
#include <inttypes.h>
#include <stdio.h>

#include "admin.pb-c.h"
#include "common/civil.h"
#include "server/operations/decision.h"
#include "server/operations/peer.h"
#include "server/operations/registry.h"

#define ADVANCE_MAX_US (3660 * US_PER_DAY)

static void advance_prepare(struct call *call, struct command *command)
{
    (void)call;
    command->home = 0;
}

static void advance_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__ClockAdvanceRequest *request = (const void *)call->request;

    if (!decision_allowed(command, s))
        return;
    if (!call_config(call)->test_clock) {
        decision_refuse(command, REASON_TEST_CLOCK_OFF, NULL, NULL, NULL);
        return;
    }
    if (!request->has_by_us || request->by_us <= 0 || request->by_us > ADVANCE_MAX_US) {
        decision_refuse(command, REASON_FIELD_INVALID, "by_us", "rule", "more than 0, at most 3660 days");
        return;
    }
    effects->reference = (struct reference_change){.kind = REFERENCE_CLOCK_ADVANCE, .advance_us = request->by_us};
    decision_reference(command, effects, EVENT_CLOCK_ADVANCED,
                       payload_text(arena, json_pack("{sI}", "by_us", (json_int_t)request->by_us)), "clock");
}

static void status_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct server_state *read = call->state;
    struct engine_counts counts = engine_counts(call_engine(call));
    const struct policy *policy = reference_policy_in_force(call_reference(call), read->stamp.now);
    Creditd__V1__ServerStatusAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ServerStatusAnswer);

    if (result == STORE_OK && call_restarted(call, &read->stamp))
        return;
    creditd__v1__server_status_answer__init(body);
    body->server = arena_printf(call->arena, "creditd %s", call_config(call)->version);
    body->has_now_us = result == STORE_OK;
    body->now_us = read->stamp.now;
    body->has_schema_version = true;
    body->schema_version = (uint32_t)call_config(call)->schema_version;
    body->has_commands = true;
    body->commands = counts.commands;
    body->has_batches = true;
    body->batches = counts.batches;
    body->has_connections = true;
    body->connections = call_connections(call);
    if (result == STORE_OK && policy != NULL)
        body->policy_version = arena_printf(call->arena, "%" PRId32, policy->version);
    body->has_undone = result == STORE_OK;
    body->undone = (uint32_t)read->undone;
    body->has_database_up = true;
    body->database_up = result == STORE_OK && engine_is_up(call_engine(call));
    call_answer(call, &body->base);
}

static void status_start(struct call *call)
{
    struct server_state *read = ARENA_NEW(call->arena, struct server_state);

    call->state = read;
    store_read_state(call_reader(call), call->arena, read, status_done, call);
}

const struct operation operation_clock_advance = {
    .method = METHOD_CLOCK_ADVANCE,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__clock_advance_request__descriptor,
    .prepare = advance_prepare,
    .command = {.method = METHOD_CLOCK_ADVANCE, .reference = true, .decide = advance_decide},
};
const struct operation operation_server_status = {.method = METHOD_SERVER_STATUS,
                                                  .kind = OPERATION_READ,
                                                  .request = &creditd__v1__server_status_request__descriptor,
                                                  .start = status_start};
