/* Missing the end of a criterion decides nothing: it is written down, once. */
#include "server/watch/late_criterion.h"

#include <sodium.h>

#include "server/commit/payload.h"
#include "server/rules/evaluation.h"
#include "server/rules/standing.h"

static void add_event(const struct situation *s, const struct customer *customer, struct arena *arena,
                      struct effects *effects)
{
    const struct evaluation *evaluation = &customer->evaluation;
    struct standing from = standing_beneath(customer);
    json_t *payload = json_object();

    payload_int(payload, "due_before_us", evaluation->criterion_due_at);
    payload_date(payload, "met_on", evaluation->met_on);
    payload_word(payload, "from_grade", words_grade, (int)from.grade);
    payload_word(payload, "to_grade", words_grade, (int)standing_of(evaluation->computed, from.tier).grade);
    json_object_set_new(payload, "branch", json_string(unit_by_id(s->org, customer->branch_id)->code));
    json_object_set_new(payload, "region", json_string(unit_by_id(s->org, customer->region_id)->code));
    effects->events[effects->event_count++] =
        (struct event){.kind = EVENT_CRITERION_MISSED, .payload = payload_text(arena, payload)};
}

static void decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    struct customer *customer = &effects->customer;

    if (s->customer != NULL)
        *customer = *s->customer;
    if (s->customer == NULL || !evaluation_criterion_missed(s->now, customer)) {
        command->outcome.status = STATUS_REJECTED;
        command->outcome.reason = s->customer == NULL ? REASON_NOT_FOUND : REASON_STATE_CHANGED;
        return;
    }
    effects->has_customer = true;
    add_event(s, customer, arena, effects);
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
