/* Moves of customers in rows and events. */
#include "server/commit/relocation_effects.h"

#include "server/commit/payload.h"
#include "server/rules/relocation.h"

static void set_unit(json_t *payload, const char *key, const struct organisation *org, int32_t id)
{
    json_object_set_new(payload, key, json_string(unit_by_id(org, id)->code));
}

/* From where to where, and why. */
static json_t *way_payload(const struct situation *s, const struct customer *after, const char *reason)
{
    const struct customer *before = s->customer;
    json_t *payload = json_object();

    set_unit(payload, "from", s->org, before->branch_id);
    set_unit(payload, "to", s->org, after->branch_id);
    set_unit(payload, "from_region", s->org, before->region_id);
    set_unit(payload, "to_region", s->org, after->region_id);
    if (reason != NULL)
        json_object_set_new(payload, "reason", json_string(reason));
    return payload;
}

static void add_event(struct effects *effects, enum event_kind kind, int64_t application, json_t *payload,
                      struct arena *arena)
{
    effects->events[effects->event_count++] =
        (struct event){.kind = kind, .application = application, .payload = payload_text(arena, payload)};
}

void relocation_effects(struct command *command, const struct situation *s, const struct unit *branch,
                        const char *reason, struct arena *arena, struct effects *effects)
{
    const struct relocation input = {.org = s->org,
                                     .policy = s->policy,
                                     .now = s->now,
                                     .branch = branch,
                                     .case_timer = uuid_new(),
                                     .evaluation_timer = uuid_new()};
    struct customer *customer = &effects->customer;
    struct application *a = &effects->application;
    bool anew;
    json_t *payload;

    effects->has_customer = true;
    *customer = *s->customer;
    effects->has_application = s->application != NULL;
    if (effects->has_application)
        *a = *s->application;
    relocate(&input, customer, effects->has_application ? a : NULL, &anew);
    customer->version++;
    payload = way_payload(s, customer, reason);
    payload_date(payload, "on", zone_date_at(branch->zone, s->now));
    add_event(effects, EVENT_CUSTOMER_MOVED, 0, payload, arena);
    if (s->application != NULL) {
        payload = way_payload(s, customer, reason);
        payload_word(payload, "state", words_state, (int)a->state);
        if (anew) {
            payload_int(payload, "due_us", a->due_at);
            payload_due_before(payload, s->application->due_at, s->now);
        }
        payload_assistant(payload, s->application, a);
        add_event(effects, EVENT_CASE_MOVED, a->key.id, payload, arena);
    }
    public_id_format('C', customer->key, command->outcome.entity);
    command->outcome.version = customer->version;
}
