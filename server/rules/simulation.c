/* Goes from one date on which something changes to the next: trades that count or no longer do, a standing put in
 * force. */
#include "server/rules/simulation.h"

#include <string.h>

/* What is not in the history was ordinary since the file was opened. */
static struct standing standing_on(const struct simulation_input *input, civil_date on)
{
    struct standing standing = {TIER_ORDINARY, GRADE_NONE};

    for (size_t i = 0; i < input->history_count; i++)
        if (input->history[i].valid_from <= on)
            standing = input->history[i].standing;
    return standing;
}

/* The first date after `on` from which a row holds; false: none. */
static bool next_change(const struct simulation_input *input, civil_date on, civil_date *next)
{
    bool found = false;

    *next = 0;
    for (size_t i = 0; i < input->history_count; i++) {
        civil_date from = input->history[i].valid_from;
        if (from > on && (!found || from < *next)) {
            *next = from;
            found = true;
        }
    }
    return found;
}

static bool same(struct standing a, struct standing b)
{
    return a.tier == b.tier && a.grade == b.grade;
}

static void add(struct simulation *out, size_t *room, struct arena *arena, struct simulated step)
{
    const struct simulated *last = out->count == 0 ? NULL : &out->steps[out->count - 1];

    if (last != NULL && same(last->was, step.was) && same(last->draft, step.draft))
        return;
    if (out->count == *room) {
        struct simulated *steps = ARENA_ARRAY(arena, struct simulated, *room * 2 + 4);
        if (out->count > 0)
            memcpy(steps, out->steps, out->count * sizeof *steps);
        out->steps = steps;
        *room = *room * 2 + 4;
    }
    out->steps[out->count++] = step;
}

/* On `to`, by the policy in force; one without bands computes nothing. */
static struct standing computed_now(const struct simulation_input *input)
{
    struct standing was = standing_on(input, input->to);
    struct trade_sum sum;

    if (input->policy->band_count == 0)
        return was;
    standing_sum(input->policy, input->facts.trades, input->facts.trade_count, input->to, &sum);
    struct scored scored = standing_scored(input->policy, &input->facts, input->to, NULL);
    return standing_of(standing_judge(input->policy, &sum, scored), was.tier);
}

void simulate(const struct simulation_input *input, struct arena *scratch, struct arena *arena, struct simulation *out)
{
    struct computed_since *periods;
    size_t count = standing_periods(input->draft, &input->facts, input->from, input->to, scratch, &periods);
    size_t room = 0, at = 0;
    civil_date on = input->from, next;

    *out = (struct simulation){.computed = computed_now(input)};
    do {
        struct standing was = standing_on(input, on);
        while (at + 1 < count && periods[at + 1].on <= on)
            at++;
        add(out, &room, arena, (struct simulated){on, was, standing_of(periods[at].computed, was.tier)});
        bool put = next_change(input, on, &next), computed = at + 1 < count;
        if (!put && !computed)
            break;
        on = !put || (computed && periods[at + 1].on < next) ? periods[at + 1].on : next;
    } while (on <= input->to);
}
