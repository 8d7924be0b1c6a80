/* Customers who follow their branches. */
#include "server/watch/follow.h"

#include <sodium.h>

#include "server/commit/relocation_effects.h"
#include "server/rules/relocation.h"

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    if (s->customer == NULL || !relocation_due(s->org, s->customer)) {
        command->outcome.status = STATUS_REJECTED;
        command->outcome.reason = s->customer == NULL ? REASON_NOT_FOUND : REASON_STATE_CHANGED;
        return;
    }
    relocation_effects(command, s, relocation_branch(s->org, s->customer), NULL, arena, effects);
}

static const struct command_kind follow_kind = {.method = METHOD_CUSTOMER_FOLLOW, .background = true, .decide = decide};

void follow_command(struct key customer, struct command *command)
{
    *command = (struct command){.kind = &follow_kind,
                                .command_id = uuid_new(),
                                .home = customer.home,
                                .user_id = SYSTEM_USER,
                                .customer = customer,
                                .with_case = true};
    crypto_hash_sha256(command->request_hash, command->command_id.bytes, sizeof command->command_id.bytes);
}
