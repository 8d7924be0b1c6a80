/* The scorecard: weighted factors, the points that their values get, and the grade of the score. Source: the
 * regulation's paragraph on the second standard of grading (RULES.md).
 *
 * Every number is exact: values have four decimals, points are whole numbers from 0 to 100, weights are basis points
 * whose sum is 10,000, so that a score is counted in ten-thousandths of a point. */
#ifndef CREDITD_RULES_SCORECARD_H
#define CREDITD_RULES_SCORECARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/civil.h"
#include "common/vocabulary.h"

#define FACTORS_MAX       32
#define FACTOR_ROWS_MAX   12
#define FACTOR_DECIMALS   4  /* of numbers and of both parts of a ratio */
#define FACTOR_CHOICE_MAX 40 /* characters */
/* The longest choice in UTF-8, and the NUL. */
#define FACTOR_VALUE_BYTES (4 * FACTOR_CHOICE_MAX + 1)
#define POINTS_MAX         100
#define SCORE_DECIMALS     4
#define SCORE_POINT        10000 /* a point of a score */
#define SCORE_MAX          (POINTS_MAX * SCORE_POINT)
#define SCORE_BANDS_MAX    4

/* A row of a table of points. */
struct factor_row {
    const char *choice; /* choice, yes_no: the value that gets the points */
    bool rest;          /* number, ratio: the last row, for all that is below the others */
    int64_t from;       /* number, ratio: from this on, in 1/10,000, up to the row before */
    int points;
};
struct factor {
    const char *name;
    enum factor_group group;
    enum factor_input input;
    int weight_bp;
    bool required;        /* an assessment without it is not taken; a score without it is not valid */
    const char *evidence; /* kind of document that must stand behind a value; NULL: none */
    struct factor_row rows[FACTOR_ROWS_MAX];
    int row_count;
};
/* A score of `from` on, up to the next better band, gives the grade. */
struct score_band {
    enum grade grade;
    int64_t from; /* in 1/10,000 of a point */
};
/* factor_count 0: the policy has none. */
struct scorecard {
    struct factor factors[FACTORS_MAX];
    int factor_count;
    struct score_band bands[SCORE_BANDS_MAX]; /* best first, from falling */
    int band_count;
    enum grade below_lowest;
    int valid_months; /* of a score, from the day of the assessment on */
    int warn_days;    /* so long before its end a new assessment is asked for */
    enum combine combine;
};

/* What an assessment comes to under a scorecard. */
struct scored {
    bool valid; /* false: there is no score, nothing else is set */
    bool in_band;
    enum grade grade; /* of the band, else the one below the lowest */
    int score;
};

/* Values are lines "factor=value\n", as an assessment keeps them. */

/* The value of a factor; false: there is none. */
bool scorecard_value(const char *values, const char *factor, char out[FACTOR_VALUE_BYTES]);
/* The factor with that name, or NULL. */
const struct factor *scorecard_factor(const struct scorecard *card, const char *name);
/* The row that a value falls into; NULL: the value is not one of the factor's input. */
const struct factor_row *factor_row_of(const struct factor *factor, const char *value);
/* What values come to; not valid when a required factor has none, or a value does not fit its factor. A factor that is
 * not required gets no points without a value. Values of factors that the scorecard does not have count nowhere. */
struct scored scorecard_score(const struct scorecard *card, const char *values);
/* The band of a score. */
struct scored scorecard_band(const struct scorecard *card, int score);
/* The last day on which the score of an assessment counts. */
civil_date scorecard_valid_to(const struct scorecard *card, civil_date assessed_on);

/* The last day of an assessment whose score counts to that date and no longer, or to an earlier one. */
civil_date scorecard_ending_by(const struct scorecard *card, civil_date on);

/* One factor's way to more points. */
struct factor_move {
    const struct factor *factor;
    const struct factor_row *row; /* that the value would have to fall into */
    int gain;                     /* of the score */
    bool enough;                  /* alone, for what is missing */
};
/* For each factor that can give more, the row with the least gain that is enough for `missing`, or, when none is, the
 * one with the most. What is enough comes first, least gain first; then the others, most gain first. How many. */
size_t scorecard_moves(const struct scorecard *card, const char *values, int missing,
                       struct factor_move moves[FACTORS_MAX]);

#endif
