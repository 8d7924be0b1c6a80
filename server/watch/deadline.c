/* Missing a deadline decides nothing: it is written down, once, and the timer is off. */
#include "server/watch/deadline.h"

#include <sodium.h>
#include <stdio.h>

#include "server/rules/workflow.h"

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    struct step_context ctx = {.org = s->org, .policy = s->policy, .now = s->now};
    struct step_result *result = ARENA_NEW(arena, struct step_result);
    struct outcome *outcome = &command->outcome;
    const struct application *a = &result->application;

    if (s->application == NULL) {
        outcome->status = STATUS_REJECTED;
        outcome->reason = REASON_NOT_FOUND;
        return;
    }
    workflow_deadline_missed(&ctx, s->application, s->customer, command->command_id, result);
    if (result->refusal.reason != REASON_NONE) {
        outcome->status = STATUS_REJECTED;
        outcome->reason = result->refusal.reason;
        return;
    }
    effects->has_customer = true;
    effects->customer = result->customer;
    effects->has_application = true;
    effects->application = *a;
    effects->events[effects->event_count++] = (struct event){
        .kind = EVENT_DEADLINE_MISSED,
        .application = a->key.id,
        .payload =
            arena_printf(arena, "{\"due_before_us\":%lld,\"role\":\"%s\",\"state\":\"%s\"}", (long long)a->due_at,
                         word_name(words_role, (int)a->turn_role), word_name(words_state, (int)a->state)),
    };
    public_id_format('A', a->key, outcome->entity);
    outcome->version = a->version;
}

static const struct command_kind deadline_kind = {.method = METHOD_DEADLINE_MISSED, .decide = decide};

void deadline_command(const struct timer *timer, struct command *command)
{
    *command = (struct command){.kind = &deadline_kind,
                                .command_id = timer->id,
                                .home = timer->key.home,
                                .user_id = SYSTEM_USER,
                                .application = {timer->key.home, timer->key.subject}};
    /* The request of a timer is the timer: its id is all there is to hash. */
    crypto_hash_sha256(command->request_hash, timer->id.bytes, sizeof timer->id.bytes);
}
