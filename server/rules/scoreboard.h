/* How punctual and how true the work of units was, from the events of their cases. Source: the regulation's paragraph
 * on the assessment of branches (RULES.md). */
#ifndef CREDITD_RULES_SCOREBOARD_H
#define CREDITD_RULES_SCOREBOARD_H

#include <stdint.h>

#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* In the order of the columns of read_scoreboard.sql. */
enum score_count {
    SCORE_SUBMITTED, /* submissions of cases with a criterion ... */
    SCORE_SUBMITTED_IN_TIME,
    SCORE_SUBMIT_MISSED, /* deadlines: of each step, by the month in which they lay */
    SCORE_MET, /* of these, those that tell when they would have been due after the day on which it was met, ... */
    SCORE_MET_IN_TIME, /* ... and were in time after it; */
    SCORE_MET_MISSED,  /* submissions that were not, and those that were missed */
    SCORE_VERIFIED,    /* the region's steps: verifications and returns */
    SCORE_VERIFIED_IN_TIME,
    SCORE_VERIFY_MISSED,
    SCORE_DECIDED, /* HQ's steps: decisions and returns */
    SCORE_DECIDED_IN_TIME,
    SCORE_DECIDE_MISSED,
    SCORE_RECORDED,
    SCORE_RECORDED_IN_TIME,
    SCORE_RECORD_MISSED,
    SCORE_RETURNED,            /* returns to the branch, of all that it was asked for */
    SCORE_REVERSED,            /* decisions for another grade than was asked for, rejections included */
    SCORE_MISSED,              /* deadlines of all steps, resubmissions included */
    SCORE_OVERDUE,             /* of these, without a step since */
    SCORE_OVERRIDES,           /* until a day */
    SCORE_EMERGENCIES,         /* that came into force */
    SCORE_REVIEWS_OVERDUE,     /* of these, not reviewed in time */
    SCORE_REVIEWS_UNJUSTIFIED, /* reviews that found one unjustified */
    SCORE_COUNTS
};
/* What the events say of cases and customers while they belonged to a branch in a region. */
struct score_row {
    int32_t branch_id, region_id;
    int64_t counts[SCORE_COUNTS];
};
struct score {
    int32_t unit_id;
    enum unit_level level;
    int64_t counts[SCORE_COUNTS];
    int score_bp; /* -1: nothing to judge by, or the policy has no weights */
    int rank;     /* among the units of its level; 0: without a score */
};

/* Weighted mean of the shares that were in time, of those in time and those missed, taken late or not at all:
 * submitted, met, verified, decided, recorded; and of the steps taken, not returned, not reversed; and not overridden:
 * of recordings, overrides and emergencies, the recordings. A share of nothing is left out. Basis points, rounded down.
 */
int scoreboard_score(const struct policy *policy, const int64_t counts[SCORE_COUNTS]);
/* Fills `out`, which has room for every unit: branches, regions and HQ, each with the sum of the rows of its cases (a
 * branch that has moved stays with its region of then), from the top by level and code, with scores and ranks (equal
 * scores, equal ranks). Units without a row are left out. Gives how many there are. */
size_t scoreboard_fill(const struct organisation *org, const struct policy *policy, const struct score_row *rows,
                       size_t count, struct score *out);

#endif
