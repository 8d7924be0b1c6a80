/* Missed ends of criteria in rows and events. */
#include "server/commit/criterion_effects.h"

#include "server/commit/payload.h"
#include "server/rules/evaluation.h"
#include "server/rules/standing.h"

bool criterion_note_missed(const struct situation *s, struct customer *customer, struct arena *arena,
                           struct effects *effects)
{
    const struct evaluation *evaluation = &customer->evaluation;
    struct standing from = standing_beneath(customer);
    json_t *payload;

    if (!evaluation_criterion_missed(s->now, customer))
        return false;
    payload = json_object();
    payload_int(payload, "due_before_us", evaluation->criterion_due_at);
    payload_date(payload, "met_on", evaluation->met_on);
    payload_word(payload, "from_grade", words_grade, (int)from.grade);
    payload_word(payload, "to_grade", words_grade, (int)standing_of(evaluation->computed, from.tier).grade);
    json_object_set_new(payload, "branch", json_string(unit_by_id(s->org, customer->branch_id)->code));
    json_object_set_new(payload, "region", json_string(unit_by_id(s->org, customer->region_id)->code));
    effects->events[effects->event_count++] =
        (struct event){.kind = EVENT_CRITERION_MISSED, .payload = payload_text(arena, payload), .by_system = true};
    return true;
}
