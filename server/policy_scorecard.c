/* Scorecard and evidence in the policy file. */
#include "server/policy_scorecard.h"

#include <string.h>

#include "common/money.h"

#define NAME_MAX_LENGTH   40
#define NUMBER_MAX_LENGTH 32
#define MONTHS_MAX        120
#define WEIGHTS_WHOLE     10000

const struct setting score_band_keys[] = {
    {SETTING_WORD("grade", struct score_band_text, grade, words_grade)},
    {SETTING_TEXT("from", struct score_band_text, from, 1, NUMBER_MAX_LENGTH)},
    {0},
};

static const struct setting row_keys[] = {
    {SETTING_TEXT("from", struct factor_row_text, from, 1, NUMBER_MAX_LENGTH), .optional = true},
    {SETTING_TEXT("choice", struct factor_row_text, choice, 1, FACTOR_CHOICE_MAX), .optional = true},
    {SETTING_INT("points", struct factor_row_text, points, 0, POINTS_MAX)},
    {0},
};

const struct setting factor_keys[] = {
    {SETTING_TEXT("name", struct factor_text, name, 1, NAME_MAX_LENGTH)},
    {SETTING_WORD("group", struct factor_text, group, words_factor_group)},
    {SETTING_WORD("input", struct factor_text, input, words_factor_input)},
    {SETTING_INT("weight_bp", struct factor_text, weight_bp, 1, WEIGHTS_WHOLE)},
    {SETTING_BOOL("optional", struct factor_text, optional), .optional = true},
    {SETTING_TEXT("evidence", struct factor_text, evidence, 1, NAME_MAX_LENGTH), .optional = true},
    {SETTING_GROUPS("points", struct factor_text, rows, row_count, row_keys, 1, FACTOR_ROWS_MAX)},
    {0},
};

const struct setting evidence_keys[] = {
    {SETTING_TEXT("kind", struct evidence_kind, name, 1, NAME_MAX_LENGTH)},
    {SETTING_INT("valid_months", struct evidence_kind, valid_months, 1, MONTHS_MAX)},
    {0},
};

const struct setting review_keys[] = {
    {SETTING_WORD("kind", struct review_text, kind, words_review)},
    {SETTING_TEXTS("evidence", struct review_text, evidence, evidence_count, 0, POLICY_EVIDENCE_MAX)},
    {0},
};

/* A decimal number with four decimals at most. */
static bool read_number(struct settings *settings, const char *key, const char *text, int64_t min, int64_t max,
                        int64_t *out)
{
    enum money_result result = money_parse(text, SCORE_DECIMALS, out);
    if (result == MONEY_TOO_MANY_DECIMALS) {
        return settings_refuse(settings, key, "is \"%s\", must have at most %d decimals", text, SCORE_DECIMALS);
    }
    if (result == MONEY_NOT_A_NUMBER) {
        return settings_refuse(settings, key, "is \"%s\", must be a decimal number such as \"7.25\"", text);
    }
    if (result == MONEY_TOO_LARGE || *out < min || *out > max) {
        char least[MONEY_TEXT_BYTES], most[MONEY_TEXT_BYTES];
        money_format(min, SCORE_DECIMALS, least);
        money_format(max, SCORE_DECIMALS, most);
        return settings_refuse(settings, key, "is \"%s\", must be from %s to %s", text, least, most);
    }
    return true;
}

bool read_score(struct settings *settings, const char *key, const char *text, int64_t *out)
{
    return read_number(settings, key, text, 0, SCORE_MAX, out);
}

/* Small letters, digits and underscores: it stands before "=" in values and forms. */
static bool check_name(struct settings *settings, const char *key, const char *name)
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' ||
           settings_refuse(settings, key, "is \"%s\", must be small letters, digits and _ only", name);
}

static bool check_evidence(struct settings *settings, const struct scorecard_source *source, struct policy *policy)
{
    char key[POLICY_KEY_BYTES];
    for (int i = 0; i < source->evidence_count; i++) {
        const char *name = source->evidence[i].name;
        element_key(key, "evidence", i, "kind");
        if (!check_name(settings, key, name)) {
            return false;
        }
        if (policy_evidence(policy, name) != NULL) {
            return settings_refuse(settings, key, "\"%s\" stands twice", name);
        }
        policy->evidence[policy->evidence_count++] = source->evidence[i];
    }
    return true;
}

static bool check_known_evidence(struct settings *settings, const struct policy *policy, const char *key,
                                 const char *name)
{
    return policy_evidence(policy, name) != NULL ||
           settings_refuse(settings, key, "is \"%s\", which `evidence` does not have", name);
}

/* Each kind of review stands once. */
static bool check_reviews(struct settings *settings, const struct scorecard_source *source, struct policy *policy)
{
    unsigned seen = 0;
    char key[POLICY_KEY_BYTES];
    for (int i = 0; i < source->review_count; i++) {
        const struct review_text *review = &source->reviews[i];
        struct checklist *list = &policy->checklists[review->kind];
        if ((seen & 1U << review->kind) != 0) {
            return settings_refuse(settings, element_key(key, "reviews", i, "kind"), "\"%s\" stands twice",
                                   word_name(words_review, (int)review->kind));
        }
        seen |= 1U << review->kind;
        element_key(key, "reviews", i, "evidence");
        for (int j = 0; j < review->evidence_count; j++) {
            if (!check_known_evidence(settings, policy, key, review->evidence[j])) {
                return false;
            }
            list->kinds[list->count++] = review->evidence[j];
        }
    }
    for (const struct word *word = words_review; word->name != NULL; word++) {
        if (source->factor_count > 0 && (seen & 1U << word->number) == 0) {
            return settings_refuse(settings, "reviews", "has none of kind \"%s\"", word->name);
        }
    }
    return true;
}

/* ---- factors ---- */

/* From the best row to the last one, which takes all below: no value is without points. */
static bool read_number_row(struct settings *settings, const char *list, const struct factor_text *text, int place,
                            struct factor *out)
{
    const struct factor_row_text *row = &text->rows[place];
    struct factor_row *to = &out->rows[place];
    bool last = place + 1 == text->row_count;
    char key[POLICY_KEY_BYTES];
    if (row->choice != NULL) {
        return settings_refuse(settings, element_key(key, list, place, "choice"), "is for input \"choice\" only");
    }
    element_key(key, list, place, "from");
    if (last != (row->from == NULL)) {
        return settings_refuse(settings, key,
                               last ? "must be absent: the last row is for all below the others"
                                    : "is required in every row but the last");
    }
    to->rest = last;
    if (last) {
        return true;
    }
    if (!read_number(settings, key, row->from, -MONEY_MINOR_MAX, MONEY_MINOR_MAX, &to->from)) {
        return false;
    }
    return place == 0 || to->from < to[-1].from ||
           settings_refuse(settings, key, "is \"%s\", must be less than that of the row before, which is \"%s\"",
                           row->from, row[-1].from);
}

static bool read_choice_row(struct settings *settings, const char *list, const struct factor_text *text, int place,
                            struct factor *out)
{
    const struct factor_row_text *row = &text->rows[place];
    char key[POLICY_KEY_BYTES];
    if (row->from != NULL) {
        return settings_refuse(settings, element_key(key, list, place, "from"), "is for numbers and ratios only");
    }
    element_key(key, list, place, "choice");
    if (row->choice == NULL) {
        return settings_refuse(settings, key, "is required");
    }
    if (out->input == FACTOR_INPUT_YES_NO && strcmp(row->choice, "yes") != 0 && strcmp(row->choice, "no") != 0) {
        return settings_refuse(settings, key, "is \"%s\", must be \"yes\" or \"no\"", row->choice);
    }
    for (int i = 0; i < place; i++) {
        if (strcmp(text->rows[i].choice, row->choice) == 0) {
            return settings_refuse(settings, key, "\"%s\" stands twice", row->choice);
        }
    }
    out->rows[place].choice = row->choice;
    return true;
}

static bool read_rows(struct settings *settings, const char *list, const struct factor_text *text, struct factor *out)
{
    bool number = out->input == FACTOR_INPUT_NUMBER || out->input == FACTOR_INPUT_RATIO;
    for (int i = 0; i < text->row_count; i++) {
        out->rows[i].points = text->rows[i].points;
        if (!(number ? read_number_row : read_choice_row)(settings, list, text, i, out)) {
            return false;
        }
    }
    out->row_count = text->row_count;
    return out->input != FACTOR_INPUT_YES_NO || out->row_count == 2 ||
           settings_refuse(settings, list, "must have a row for \"yes\" and one for \"no\"");
}

static bool read_factor(struct settings *settings, const struct factor_text *text, int place, struct policy *policy)
{
    struct scorecard *card = &policy->scorecard;
    struct factor *out = &card->factors[card->factor_count];
    char key[POLICY_KEY_BYTES];
    *out = (struct factor){.name = text->name,
                           .group = text->group,
                           .input = text->input,
                           .weight_bp = text->weight_bp,
                           .required = !text->optional,
                           .evidence = text->evidence};
    element_key(key, "scorecard.factors", place, "name");
    if (!check_name(settings, key, text->name)) {
        return false;
    }
    if (scorecard_factor(card, text->name) != NULL) {
        return settings_refuse(settings, key, "\"%s\" stands twice", text->name);
    }
    element_key(key, "scorecard.factors", place, "evidence");
    if (text->evidence != NULL && !check_known_evidence(settings, policy, key, text->evidence)) {
        return false;
    }
    card->factor_count++;
    return read_rows(settings, element_key(key, "scorecard.factors", place, "points"), text, out);
}

static bool read_factors(struct settings *settings, const struct scorecard_source *source, struct policy *policy)
{
    int whole = 0;
    for (int i = 0; i < source->factor_count; i++) {
        if (!read_factor(settings, &source->factors[i], i, policy)) {
            return false;
        }
        whole += source->factors[i].weight_bp;
    }
    return whole == WEIGHTS_WHOLE ||
           settings_refuse(settings, "scorecard.factors", "the weights are %d basis points together, must be %d", whole,
                           WEIGHTS_WHOLE);
}

/* ---- bands ---- */

/* Best first, as those of volume. */
static bool read_bands(struct settings *settings, const struct scorecard_source *source, struct scorecard *card)
{
    char key[POLICY_KEY_BYTES];
    for (int i = 0; i < source->band_count; i++) {
        const struct score_band_text *text = &source->bands[i];
        struct score_band *band = &card->bands[i];
        band->grade = text->grade;
        if (i > 0 && band->grade <= band[-1].grade) {
            return settings_refuse(settings, element_key(key, "scorecard.bands", i, "grade"),
                                   "is %s, must be worse than that of the band before, which is %s",
                                   word_name(words_grade, (int)band->grade),
                                   word_name(words_grade, (int)band[-1].grade));
        }
        element_key(key, "scorecard.bands", i, "from");
        if (!read_number(settings, key, text->from, 1, SCORE_MAX, &band->from)) {
            return false;
        }
        if (i > 0 && band->from >= band[-1].from) {
            return settings_refuse(settings, key,
                                   "is \"%s\", must be less than that of the band before, which is \"%s\"", text->from,
                                   text[-1].from);
        }
    }
    card->band_count = source->band_count;
    card->below_lowest = source->below_lowest;
    enum grade lowest = card->bands[card->band_count - 1].grade;
    return card->below_lowest >= lowest ||
           settings_refuse(settings, "scorecard.below_lowest",
                           "is %s, must not be better than the lowest band's, which is %s",
                           word_name(words_grade, (int)card->below_lowest), word_name(words_grade, (int)lowest));
}

bool scorecard_read(struct settings *settings, const struct scorecard_source *source, struct policy *policy)
{
    struct scorecard *card = &policy->scorecard;
    if (!check_evidence(settings, source, policy) || !check_reviews(settings, source, policy)) {
        return false;
    }
    if (source->factor_count == 0) {
        return true;
    }
    card->combine = source->combine;
    card->valid_months = source->valid_months;
    card->warn_days = source->warn_days;
    return read_bands(settings, source, card) && read_factors(settings, source, policy);
}
