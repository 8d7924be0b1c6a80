/* Goes from one date on which something changes to the next: trades that count or no longer do, a standing put in
 * force. */
#include "server/rules/simulation.h"

#include "common/check.h"

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

/* The first date after `on` from which a row holds; 0: none. */
static civil_date next_change(const struct simulation_input *input, civil_date on)
{
    civil_date next = 0;

    for (size_t i = 0; i < input->history_count; i++) {
        civil_date from = input->history[i].valid_from;
        if (from > on && (next == 0 || from < next))
            next = from;
    }
    return next;
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

static civil_date earlier(civil_date a, civil_date b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

void simulate(const struct simulation_input *input, struct arena *scratch, struct arena *arena, struct simulation *out)
{
    struct trade_sum sum;
    size_t room = 0;
    civil_date on = input->from;

    CHECK(input->from <= input->to);
    *out = (struct simulation){.count = 0};
    while (on != 0 && on <= input->to) {
        struct standing was = standing_on(input, on);
        struct course course;
        standing_course(input->draft, input->trades, input->trade_count, was.tier, on, on, scratch, &course);
        add(out, &room, arena, (struct simulated){on, was, standing_of(course.computed, was.tier)});
        on = earlier(course.next_on, next_change(input, on));
    }
    standing_sum(input->policy, input->trades, input->trade_count, input->to, &sum);
    out->computed = standing_of(standing_judge(input->policy, &sum), standing_on(input, input->to).tier);
}
