/* Missing the end of a criterion decides nothing: it is written down, once. */
#include "server/watch/late_criterion.h"

#include <sodium.h>

#include "server/commit/criterion_effects.h"

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    struct customer *customer = &effects->customer;

    if (s->customer != NULL)
        *customer = *s->customer;
    if (s->customer == NULL || !criterion_note_missed(s, customer, arena, effects)) {
        command->outcome.status = STATUS_REJECTED;
        command->outcome.reason = s->customer == NULL ? REASON_NOT_FOUND : REASON_STATE_CHANGED;
        return;
    }
    effects->has_customer = true;
    public_id_format('C', customer->key, command->outcome.entity);
    command->outcome.version = customer->version;
}

static const struct command_kind late_kind = {.method = METHOD_CRITERION_MISSED, .background = true, .decide = decide};

void late_criterion_command(struct key customer, struct command *command)
{
    *command = (struct command){.kind = &late_kind,
                                .command_id = uuid_new(),
                                .home = customer.home,
                                .user_id = SYSTEM_USER,
                                .customer = customer};
    crypto_hash_sha256(command->request_hash, command->command_id.bytes, sizeof command->command_id.bytes);
}
