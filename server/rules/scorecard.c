/* Points of values, their weighted sum, and what would raise it. */
#include "server/rules/scorecard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/money.h"
#include "server/rules/wide.h"

bool scorecard_value(const char *values, const char *factor, char out[FACTOR_VALUE_BYTES])
{
    size_t length = strlen(factor);
    for (const char *line = values, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        if (strncmp(line, factor, length) == 0 && line[length] == '=') {
            size_t size = (size_t)(end - line) - length - 1;
            CHECK(size < FACTOR_VALUE_BYTES);
            memcpy(out, line + length + 1, size);
            out[size] = '\0';
            return true;
        }
    }
    return false;
}

const struct factor *scorecard_factor(const struct scorecard *card, const char *name)
{
    for (int i = 0; i < card->factor_count; i++) {
        if (strcmp(card->factors[i].name, name) == 0) {
            return &card->factors[i];
        }
    }
    return NULL;
}

static const struct factor_row *choice_row(const struct factor *factor, const char *value)
{
    for (int i = 0; i < factor->row_count; i++) {
        if (strcmp(factor->rows[i].choice, value) == 0) {
            return &factor->rows[i];
        }
    }
    return NULL;
}

/* "12.5", or "1800.00/1200.00" for a ratio; the denominator is more than 0. */
static bool read_number(const struct factor *factor, const char *value, int64_t *over, int64_t *under)
{
    char text[FACTOR_VALUE_BYTES];
    *under = 1;
    for (int i = 0; i < FACTOR_DECIMALS; i++) {
        *under *= 10;
    }
    if (strlen(value) >= sizeof text) {
        return false;
    }
    snprintf(text, sizeof text, "%s", value);
    char *slash = strchr(text, '/');
    if ((slash != NULL) != (factor->input == FACTOR_INPUT_RATIO)) {
        return false;
    }
    if (slash != NULL) {
        *slash = '\0';
        if (money_parse(slash + 1, FACTOR_DECIMALS, under) != MONEY_OK || *under <= 0) {
            return false;
        }
    }
    return money_parse(text, FACTOR_DECIMALS, over) == MONEY_OK;
}

static const struct factor_row *number_row(const struct factor *factor, const char *value)
{
    int64_t over, under;
    if (!read_number(factor, value, &over, &under)) {
        return NULL;
    }
    for (int i = 0; i < factor->row_count; i++) {
        const struct factor_row *row = &factor->rows[i];
        /* over / under >= from / 10,000; a plain number has 10,000 under it. */
        if (row->rest || (wide)over * 10000 >= (wide)row->from * under) {
            return row;
        }
    }
    CHECK(false); /* the last row takes the rest */
    return NULL;
}

const struct factor_row *factor_row_of(const struct factor *factor, const char *value)
{
    switch (factor->input) {
    case FACTOR_INPUT_NUMBER:
    case FACTOR_INPUT_RATIO:
        return number_row(factor, value);
    case FACTOR_INPUT_YES_NO:
    case FACTOR_INPUT_CHOICE:
        break;
    }
    return choice_row(factor, value);
}

struct scored scorecard_band(const struct scorecard *card, int score)
{
    struct scored scored = {.valid = true, .score = score, .grade = card->below_lowest};
    for (int i = 0; i < card->band_count && !scored.in_band; i++) {
        if (score >= card->bands[i].from) {
            scored.grade = card->bands[i].grade;
            scored.in_band = true;
        }
    }
    return scored;
}

/* Points of the factor's value; -1: it has none, or one that does not fit. */
static int points_of(const struct factor *factor, const char *values)
{
    char value[FACTOR_VALUE_BYTES];
    if (!scorecard_value(values, factor->name, value)) {
        return factor->required ? -1 : 0;
    }
    const struct factor_row *row = factor_row_of(factor, value);
    return row == NULL ? -1 : row->points;
}

struct scored scorecard_score(const struct scorecard *card, const char *values)
{
    int score = 0;
    for (int i = 0; i < card->factor_count; i++) {
        int points = points_of(&card->factors[i], values);
        if (points < 0) {
            return (struct scored){.valid = false};
        }
        score += points * card->factors[i].weight_bp;
    }
    if (card->factor_count == 0) {
        return (struct scored){.valid = false};
    }
    return scorecard_band(card, score);
}

civil_date scorecard_valid_to(const struct scorecard *card, civil_date assessed_on)
{
    return civil_add_months(assessed_on, card->valid_months);
}

civil_date scorecard_ending_by(const struct scorecard *card, civil_date on)
{
    civil_date assessed_on = civil_add_months(on, -card->valid_months);
    /* Several days of a longer month end on the last day of a shorter one. */
    while (scorecard_valid_to(card, assessed_on + 1) <= on) {
        assessed_on++;
    }
    return assessed_on;
}

/* The best way of one factor; false: it gives all that it can. */
static bool find_move(const struct factor *factor, const char *values, int missing, struct factor_move *out)
{
    int points = points_of(factor, values);
    *out = (struct factor_move){.factor = factor};
    for (int i = 0; i < factor->row_count; i++) {
        const struct factor_row *row = &factor->rows[i];
        int gain = (row->points - (points < 0 ? 0 : points)) * factor->weight_bp;
        bool enough = gain >= missing;
        bool better = enough ? !out->enough || gain < out->gain : !out->enough && gain > out->gain;
        if (gain > 0 && better) {
            *out = (struct factor_move){factor, row, gain, enough};
        }
    }
    return out->row != NULL;
}

static int compare_moves(const void *a, const void *b)
{
    const struct factor_move *x = a, *y = b;
    if (x->enough != y->enough) {
        return y->enough - x->enough;
    }
    if (x->gain != y->gain) {
        return x->enough ? x->gain - y->gain : y->gain - x->gain;
    }
    return (x->factor > y->factor) - (x->factor < y->factor);
}

size_t scorecard_moves(const struct scorecard *card, const char *values, int missing,
                       struct factor_move moves[FACTORS_MAX])
{
    size_t count = 0;
    for (int i = 0; i < card->factor_count; i++) {
        count += find_move(&card->factors[i], values, missing, &moves[count]);
    }
    if (count > 1) {
        qsort(moves, count, sizeof moves[0], compare_moves);
    }
    return count;
}
