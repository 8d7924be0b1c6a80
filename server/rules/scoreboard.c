/* Scores and ranks. */
#include "server/rules/scoreboard.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"

#define BP 10000

struct share {
    int weight;
    int64_t good, all;
};

/* Who does nothing is as late as who does it too late. */
static struct share in_time(int weight, const int64_t counts[SCORE_COUNTS], enum score_count kept,
                            enum score_count missed)
{
    return (struct share){weight, counts[kept], counts[kept] + counts[missed]};
}

int scoreboard_score(const struct policy *policy, const int64_t counts[SCORE_COUNTS])
{
    /* Of the standings put in force, those that went the way of a case. */
    const int64_t by_case = counts[SCORE_RECORDED], by_authority = counts[SCORE_OVERRIDES] + counts[SCORE_EMERGENCIES];
    const struct share shares[] = {
        in_time(policy->score_weights.submitted_bp, counts, SCORE_SUBMITTED_IN_TIME, SCORE_SUBMIT_MISSED),
        in_time(policy->score_weights.met_bp, counts, SCORE_MET_IN_TIME, SCORE_MET_MISSED),
        in_time(policy->score_weights.verified_bp, counts, SCORE_VERIFIED_IN_TIME, SCORE_VERIFY_MISSED),
        in_time(policy->score_weights.decided_bp, counts, SCORE_DECIDED_IN_TIME, SCORE_DECIDE_MISSED),
        in_time(policy->score_weights.recorded_bp, counts, SCORE_RECORDED_IN_TIME, SCORE_RECORD_MISSED),
        {policy->score_weights.not_returned_bp, counts[SCORE_VERIFIED] + counts[SCORE_DECIDED] - counts[SCORE_RETURNED],
         counts[SCORE_VERIFIED] + counts[SCORE_DECIDED]},
        {policy->score_weights.not_reversed_bp, counts[SCORE_DECIDED] - counts[SCORE_REVERSED], counts[SCORE_DECIDED]},
        {policy->score_weights.not_overridden_bp, by_case, by_case + by_authority},
    };
    int64_t weights = 0, sum = 0;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        if (shares[i].all > 0) {
            weights += shares[i].weight;
            sum += shares[i].weight * (shares[i].good * BP / shares[i].all);
        }
    }
    return weights == 0 ? -1 : (int)(sum / weights);
}

/* The row of a unit, made when it is not there. */
static struct score *row_of(struct score *rows, size_t *count, const struct unit *unit)
{
    for (size_t i = 0; i < *count; i++) {
        if (rows[i].unit_id == unit->id) {
            return &rows[i];
        }
    }
    rows[*count] = (struct score){.unit_id = unit->id, .level = unit->level};
    return &rows[(*count)++];
}

static void add_counts(struct score *to, const int64_t counts[SCORE_COUNTS])
{
    for (int i = 0; i < SCORE_COUNTS; i++) {
        to->counts[i] += counts[i];
    }
}

/* Rank 1 is the best of its level; a score is as good as it is high. */
static void rank(struct score *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].score_bp < 0) {
            continue;
        }
        rows[i].rank = 1;
        for (size_t k = 0; k < count; k++) {
            rows[i].rank += rows[k].level == rows[i].level && rows[k].score_bp > rows[i].score_bp;
        }
    }
}

static int in_order(const void *a, const void *b, void *arg)
{
    const struct score *x = a, *y = b;
    if (x->level != y->level) {
        return x->level < y->level ? -1 : 1;
    }
    return strcmp(unit_by_id(arg, x->unit_id)->code, unit_by_id(arg, y->unit_id)->code);
}

size_t scoreboard_fill(const struct organisation *org, const struct policy *policy, const struct score_row *rows,
                       size_t count, struct score *out)
{
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        const struct unit *units[] = {unit_hq(org), unit_by_id(org, rows[i].region_id),
                                      unit_by_id(org, rows[i].branch_id)};
        for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
            CHECK(units[k] != NULL);
            add_counts(row_of(out, &filled, units[k]), rows[i].counts);
        }
    }
    for (size_t i = 0; i < filled; i++) {
        out[i].score_bp = scoreboard_score(policy, out[i].counts);
    }
    rank(out, filled);
    qsort_r(out, filled, sizeof *out, in_order, (void *)(uintptr_t)org);
    return filled;
}
