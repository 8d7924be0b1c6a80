/* The course of the standing computed over time: one sweep over the dates on which a trade enters or leaves the window
 * or the rate, or another score counts. Between two of them nothing changes. */
#include <stdlib.h>

#include "common/check.h"
#include "server/rules/tally.h"

/* A trade enters (sign 1) or leaves (-1) a part of the sums on a date. */
struct change {
    civil_date on;
    uint32_t trade;
    uint8_t part;
    int8_t sign;
};

#define CHANGES_PER_TRADE 4

/* From a date on, this score counts. */
struct score_change {
    civil_date on;
    struct scored scored;
};

struct sweep {
    const struct policy *policy;
    const struct trade *trades;
    int64_t *minor; /* of each trade, converted */
    struct change *changes;
    size_t change_count, next;
    struct tally tally;
    struct score_change *scores; /* by date */
    size_t score_count, next_score;
    struct scored scored;
};

/* The trade counts in the part from one date on, up to the day before the other. */
static void add_span(struct sweep *sweep, uint32_t trade, enum part part, civil_date from, civil_date until)
{
    if (from < until) {
        sweep->changes[sweep->change_count++] = (struct change){from, trade, (uint8_t)part, 1};
        sweep->changes[sweep->change_count++] = (struct change){until, trade, (uint8_t)part, -1};
    }
}

static void add_trade(struct sweep *sweep, uint32_t place)
{
    const struct trade *trade = &sweep->trades[place];
    if (trade->cancelled) {
        return;
    }
    civil_date issued_until = window_left_on(sweep->policy, trade->issued_on);
    civil_date due_from = trade->due_on + 1;
    civil_date due_until = window_left_on(sweep->policy, trade->due_on);
    if (trade_convert(sweep->policy, trade, &sweep->minor[place])) {
        add_span(sweep, place, PART_VOLUME, trade->issued_on, issued_until);
        add_span(sweep, place, PART_RATE, due_from, due_until);
    } else if (due_from <= issued_until) {
        /* Told once, while it would count in either. */
        add_span(sweep, place, PART_NOT_CONVERTED, trade->issued_on, due_until);
    } else {
        add_span(sweep, place, PART_NOT_CONVERTED, trade->issued_on, issued_until);
        add_span(sweep, place, PART_NOT_CONVERTED, due_from, due_until);
    }
}

static int compare_changes(const void *left, const void *right)
{
    civil_date a = ((const struct change *)left)->on, b = ((const struct change *)right)->on;
    return (a > b) - (a < b);
}

static void add_score(struct sweep *sweep, civil_date on, struct scored scored)
{
    sweep->scores[sweep->score_count++] = (struct score_change){on, scored};
}

/* An assessment counts from its day on, until a later one takes its place or its validity has ended. */
static void add_scores(struct sweep *sweep, const struct facts *facts, struct arena *arena)
{
    const struct scorecard *card = &sweep->policy->scorecard;
    sweep->scores = ARENA_ARRAY(arena, struct score_change, 2 * facts->assessment_count + 1);
    for (size_t i = 0; i < facts->assessment_count; i++) {
        const struct assessment *row = &facts->assessments[i];
        bool last = i + 1 == facts->assessment_count;
        civil_date ends_on = scorecard_valid_to(card, row->assessed_on) + 1;
        add_score(sweep, row->assessed_on, scorecard_score(card, row->values));
        if (last || ends_on < row[1].assessed_on) {
            add_score(sweep, ends_on, (struct scored){.valid = false});
        }
    }
}

static struct sweep sweep_begin(const struct policy *policy, const struct facts *facts, struct arena *arena)
{
    size_t count = facts->trade_count;
    CHECK((facts->trades != NULL || count == 0) && count <= INT32_MAX / CHANGES_PER_TRADE);
    struct sweep sweep = {.policy = policy,
                          .trades = facts->trades,
                          .minor = ARENA_ARRAY(arena, int64_t, count + 1),
                          .changes = ARENA_ARRAY(arena, struct change, CHANGES_PER_TRADE * count + 1)};
    for (size_t i = 0; i < count; i++) {
        CHECK(facts->trades[i].due_on >= facts->trades[i].issued_on);
        add_trade(&sweep, (uint32_t)i);
    }
    qsort(sweep.changes, sweep.change_count, sizeof sweep.changes[0], compare_changes);
    add_scores(&sweep, facts, arena);
    return sweep;
}

/* Applies all changes up to a date, that one included. */
static void sweep_to(struct sweep *sweep, civil_date on)
{
    for (; sweep->next < sweep->change_count && sweep->changes[sweep->next].on <= on; sweep->next++) {
        const struct change *change = &sweep->changes[sweep->next];
        tally_count(&sweep->tally, (enum part)change->part, &sweep->trades[change->trade], sweep->minor[change->trade],
                    change->sign);
    }
    for (; sweep->next_score < sweep->score_count && sweep->scores[sweep->next_score].on <= on; sweep->next_score++) {
        sweep->scored = sweep->scores[sweep->next_score].scored;
    }
}

/* The date of the next change; false: there is none. */
static bool sweep_next(const struct sweep *sweep, civil_date *on)
{
    bool trade = sweep->next < sweep->change_count, score = sweep->next_score < sweep->score_count;
    if (!trade && !score) {
        return false;
    }
    civil_date scored_on = score ? sweep->scores[sweep->next_score].on : 0;
    *on = !trade || (score && scored_on < sweep->changes[sweep->next].on) ? scored_on : sweep->changes[sweep->next].on;
    return true;
}

/* What the changes up to the date lead to: sums, what is computed, and whether the rate is below the floor. */
static void look(const struct sweep *sweep, struct course *out)
{
    out->sum = tally_sum(&sweep->tally);
    out->scored = sweep->scored;
    out->computed = standing_judge(sweep->policy, &out->sum, sweep->scored);
    out->fell_below = out->fell_below || standing_below_floor(sweep->policy, &out->sum);
}

static bool same_standing(struct standing a, struct standing b)
{
    return a.tier == b.tier && a.grade == b.grade;
}

/* The first later change after which something else is computed. */
static civil_date find_next(struct sweep *sweep, struct computed now)
{
    civil_date on;
    while (sweep_next(sweep, &on)) {
        sweep_to(sweep, on);
        struct trade_sum sum = tally_sum(&sweep->tally);
        struct computed then = standing_judge(sweep->policy, &sum, sweep->scored);
        if (then.grade != now.grade || then.admits != now.admits) {
            return on;
        }
    }
    return 0;
}

void standing_course(const struct policy *policy, const struct facts *facts, enum tier tier, civil_date since,
                     civil_date on, struct arena *arena, struct course *out)
{
    CHECK(policy != NULL && since <= on);
    struct sweep sweep = sweep_begin(policy, facts, arena);
    *out = (struct course){.met_on = since};
    sweep_to(&sweep, since);
    look(&sweep, out);
    civil_date next;
    while (sweep_next(&sweep, &next) && next <= on) {
        struct standing before = standing_of(out->computed, tier);
        sweep_to(&sweep, next);
        look(&sweep, out);
        if (!same_standing(before, standing_of(out->computed, tier))) {
            out->met_on = next;
        }
    }
    out->next_on = find_next(&sweep, out->computed);
}

size_t standing_periods(const struct policy *policy, const struct facts *facts, civil_date from, civil_date to,
                        struct arena *arena, struct computed_since **out)
{
    CHECK(policy != NULL && from <= to);
    struct sweep sweep = sweep_begin(policy, facts, arena);
    struct computed_since *list = ARENA_ARRAY(arena, struct computed_since, sweep.change_count + sweep.score_count + 1);
    size_t periods = 0;
    civil_date on = from;
    do {
        sweep_to(&sweep, on);
        struct trade_sum sum = tally_sum(&sweep.tally);
        struct computed computed = standing_judge(policy, &sum, sweep.scored);
        const struct computed *last = periods == 0 ? NULL : &list[periods - 1].computed;
        if (last == NULL || last->grade != computed.grade || last->admits != computed.admits) {
            list[periods++] = (struct computed_since){on, computed};
        }
    } while (sweep_next(&sweep, &on) && on <= to);
    *out = list;
    return periods;
}
