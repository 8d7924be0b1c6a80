/* The policy file: its keys, and the rules between them. Those of the scorecard stand in policy_scorecard.c,
 * those of what a grade brings in policy_terms.c. */
#include "server/policy_file.h"

#include <stdio.h>
#include <string.h>

#include "common/money.h"
#include "common/settings.h"
#include "common/text.h"
#include "server/policy_scorecard.h"
#include "server/policy_route.h"
#include "server/policy_terms.h"

/* No deadline of this regulation is counted in years. */
#define DAYS_MAX        365
#define MONTHS_MAX      1200
#define BP_MAX          10000
#define RATE_DECIMALS   8
#define NAME_MAX_LENGTH 100

/* A band as it is written: how many decimals the amount may have depends on the currency. */
struct band_text {
    enum grade grade;
    const char *from;
};

/* A test as it is written. */
struct vector_text {
    const char *name;
    enum tier tier;
    const char *volume;
    int rate_bp;
    const char *score; /* NULL: none is given */
    enum grade expected;
};

struct source {
    struct policy policy;
    struct band_text bands[POLICY_BANDS_MAX];
    int band_count;
    struct scorecard_source scorecard;
    struct terms_source terms;
    struct route_source route;
    struct vector_text vectors[POLICY_VECTORS_MAX];
    int vector_count;
};

/* What a test expects. */
static const struct word words_outcome[] = {{GRADE_GREEN, "green"}, {GRADE_YELLOW, "yellow"}, {GRADE_RED, "red"},
                                            {GRADE_BLACK, "black"}, {GRADE_NONE, "ordinary"}, {0, NULL}};

static const struct setting band_keys[] = {
    {SETTING_WORD("grade", struct band_text, grade, words_grade)},
    {SETTING_TEXT("from", struct band_text, from, 1, POLICY_AMOUNT_MAX)},
    {0},
};

static const struct setting rate_keys[] = {
    {SETTING_TEXT("currency", struct policy_rate, currency, 1, POLICY_AMOUNT_MAX)},
    {SETTING_DATE("from", struct policy_rate, from)},
    {SETTING_DECIMAL("rate", struct policy_rate, rate, RATE_DECIMALS, 1, MONEY_MINOR_MAX)},
    {0},
};

static const struct setting vector_keys[] = {
    {SETTING_TEXT("name", struct vector_text, name, 1, NAME_MAX_LENGTH)},
    {SETTING_WORD("tier", struct vector_text, tier, words_tier)},
    {SETTING_TEXT("volume", struct vector_text, volume, 1, POLICY_AMOUNT_MAX)},
    {SETTING_INT("rate_bp", struct vector_text, rate_bp, -1, BP_MAX)},
    {SETTING_TEXT("score", struct vector_text, score, 1, POLICY_AMOUNT_MAX), .optional = true},
    {SETTING_WORD("expect", struct vector_text, expected, words_outcome)},
    {0},
};

static const struct setting keys[] = {
    {SETTING_WORD("clocks.counting", struct source, policy.counting, words_counting), .optional = true},
    {SETTING_INT("clocks.submit_days", struct source, policy.submit_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.verify_days", struct source, policy.verify_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.decide_days", struct source, policy.decide_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.extended_decide_days", struct source, policy.extended_decide_days, 1, DAYS_MAX),
     .optional = true},
    {SETTING_INT("clocks.pause_days", struct source, policy.pause_days, 0, DAYS_MAX), .optional = true},
    {SETTING_INT("clocks.remind_days", struct source, policy.remind_days, 0, DAYS_MAX), .optional = true},
    {SETTING_INT("clocks.escalate_days", struct source, policy.escalate_days, 0, DAYS_MAX), .optional = true},
    {SETTING_INT("clocks.whole_days", struct source, policy.whole_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.reserve_days", struct source, policy.reserve_days, 0, DAYS_MAX)},
    {SETTING_TEXTS("verification.items", struct source, policy.items, policy.item_count, 1, POLICY_ITEMS_MAX)},
    {SETTING_TEXT("volume.currency", struct source, policy.currency, 1, POLICY_AMOUNT_MAX), .with_group = true},
    {SETTING_INT("volume.window_months", struct source, policy.window_months, 1, MONTHS_MAX), .with_group = true},
    {SETTING_GROUPS("volume.bands", struct source, bands, band_count, band_keys, 1, POLICY_BANDS_MAX),
     .with_group = true},
    {SETTING_WORD("volume.below_lowest", struct source, policy.below_lowest, words_grade), .with_group = true},
    {SETTING_WORD("fulfilment.basis", struct source, policy.basis, words_basis), .with_group = true},
    {SETTING_INT("fulfilment.floor_bp", struct source, policy.floor_bp, 1, BP_MAX), .with_group = true},
    {SETTING_GROUPS("rates", struct source, policy.rates, policy.rate_count, rate_keys, 0, POLICY_RATES_MAX),
     .optional = true},
    SCORECARD_KEYS(struct source, scorecard),
    TERMS_KEYS(struct source, terms),
    ROUTE_KEYS(struct source, route),
    {SETTING_GROUPS("tests", struct source, vectors, vector_count, vector_keys, 0, POLICY_VECTORS_MAX),
     .optional = true},
    {0},
};

/* A step that takes longer than the whole leaves to it would be due before its own days are over, in every case. */
static bool check_clocks(struct settings *settings, const struct policy *policy)
{
    if (policy->reserve_days >= policy->whole_days) {
        return settings_refuse(settings, "clocks.reserve_days", "is %d, must be less than whole_days, which is %d",
                               policy->reserve_days, policy->whole_days);
    }
    const struct {
        const char *key;
        int days;
    } steps[] = {
        {"clocks.submit_days", policy->submit_days},
        {"clocks.verify_days", policy->verify_days},
        {"clocks.decide_days", policy->decide_days},
        {"clocks.extended_decide_days", policy->extended_decide_days},
    };
    int most = policy->whole_days - policy->reserve_days;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].days > most) {
            return settings_refuse(settings, steps[i].key,
                                   "is %d, must be at most whole_days - reserve_days, which is %d", steps[i].days,
                                   most);
        }
    }
    return policy->extended_decide_days == 0 || policy->extended_decide_days >= policy->decide_days ||
           settings_refuse(settings, "clocks.extended_decide_days", "is %d, must be at least decide_days, which is %d",
                           policy->extended_decide_days, policy->decide_days);
}

static bool check_currency(struct settings *settings, const char *key, const char *currency)
{
    return money_exponent(currency) >= 0 ||
           settings_refuse(settings, key, "is \"%s\", must be a code of ISO 4217 such as \"CNY\"", currency);
}

const char *element_key(char out[POLICY_KEY_BYTES], const char *list, int place, const char *member)
{
    snprintf(out, POLICY_KEY_BYTES, "%s[%d].%s", list, place + 1, member);
    return out;
}

bool read_amount(struct settings *settings, const char *key, const char *text, const char *currency, int64_t *out)
{
    int decimals = money_exponent(currency);
    switch (money_parse(text, decimals, out)) {
    case MONEY_NOT_A_NUMBER:
        return settings_refuse(settings, key, "is \"%s\", must be an amount such as \"5000000.00\"", text);
    case MONEY_TOO_MANY_DECIMALS:
        return settings_refuse(settings, key, "is \"%s\", must have at most the %d decimals of %s", text, decimals,
                               currency);
    case MONEY_TOO_LARGE:
        return settings_refuse(settings, key, "is \"%s\", which is too large", text);
    case MONEY_OK:
        break;
    }
    return true;
}

static bool read_band(struct settings *settings, const struct source *source, int place, struct policy_band *out)
{
    const struct band_text *band = &source->bands[place];
    char key[POLICY_KEY_BYTES];
    element_key(key, "volume.bands", place, "from");
    out->grade = band->grade;
    return read_amount(settings, key, band->from, source->policy.currency, &out->from_minor) &&
           (out->from_minor > 0 || settings_refuse(settings, key, "is \"%s\", must be more than 0", band->from));
}

/* Bands stand best first: each is for a worse grade and less volume than the one before. */
static bool check_bands(struct settings *settings, struct source *source)
{
    struct policy *policy = &source->policy;
    char key[POLICY_KEY_BYTES];
    for (int i = 0; i < source->band_count; i++) {
        struct policy_band *band = &policy->bands[i];
        if (!read_band(settings, source, i, band)) {
            return false;
        }
        if (i > 0 && band->grade <= band[-1].grade) {
            return settings_refuse(settings, element_key(key, "volume.bands", i, "grade"),
                                   "is %s, must be worse than that of the band before, which is %s",
                                   word_name(words_grade, (int)band->grade),
                                   word_name(words_grade, (int)band[-1].grade));
        }
        if (i > 0 && band->from_minor >= band[-1].from_minor) {
            return settings_refuse(settings, element_key(key, "volume.bands", i, "from"),
                                   "is \"%s\", must be less than that of the band before, which is \"%s\"",
                                   source->bands[i].from, source->bands[i - 1].from);
        }
    }
    policy->band_count = source->band_count;
    enum grade lowest = policy->bands[policy->band_count - 1].grade;
    return policy->below_lowest >= lowest ||
           settings_refuse(settings, "volume.below_lowest",
                           "is %s, must not be better than the lowest band's, which is %s",
                           word_name(words_grade, (int)policy->below_lowest), word_name(words_grade, (int)lowest));
}

/* Does the same currency have a rate from the same date before this one? */
static bool rate_stands_twice(const struct policy *policy, int place)
{
    const struct policy_rate *rates = policy->rates;
    for (int i = 0; i < place; i++) {
        if (rates[i].from == rates[place].from && strcmp(rates[i].currency, rates[place].currency) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_rates(struct settings *settings, const struct policy *policy)
{
    for (int i = 0; i < policy->rate_count; i++) {
        const struct policy_rate *rate = &policy->rates[i];
        char key[POLICY_KEY_BYTES];
        if (!check_currency(settings, element_key(key, "rates", i, "currency"), rate->currency)) {
            return false;
        }
        if (strcmp(rate->currency, policy->currency) == 0) {
            return settings_refuse(settings, key, "is %s, the currency of volume, which has no rate", rate->currency);
        }
        if (rate_stands_twice(policy, i)) {
            char from[CIVIL_TEXT_BYTES];
            civil_format(rate->from, from);
            return settings_refuse(settings, element_key(key, "rates", i, "from"), "%s from %s stands twice",
                                   rate->currency, from);
        }
    }
    return true;
}

static bool read_vector_score(struct settings *settings, const struct source *source, int place,
                              struct policy_vector *out)
{
    const char *text = source->vectors[place].score;
    char key[POLICY_KEY_BYTES];
    out->score = -1;
    if (text == NULL) {
        return true;
    }
    element_key(key, "tests", place, "score");
    if (source->policy.scorecard.factor_count == 0) {
        return settings_refuse(settings, key, "is \"%s\", and the policy has no scorecard", text);
    }
    return read_score(settings, key, text, &out->score);
}

static bool read_vectors(struct settings *settings, struct source *source)
{
    struct policy *policy = &source->policy;
    for (int i = 0; i < source->vector_count; i++) {
        const struct vector_text *from = &source->vectors[i];
        struct policy_vector *to = &policy->vectors[i];
        char key[POLICY_KEY_BYTES];
        *to = (struct policy_vector){
            .name = from->name, .tier = from->tier, .rate_bp = from->rate_bp, .expected = from->expected};
        element_key(key, "tests", i, "volume");
        if (!read_amount(settings, key, from->volume, policy->currency, &to->volume_minor)) {
            return false;
        }
        if (to->volume_minor < 0) {
            return settings_refuse(settings, key, "is \"%s\", must not be less than 0", from->volume);
        }
        if (!read_vector_score(settings, source, i, to)) {
            return false;
        }
    }
    policy->vector_count = source->vector_count;
    return true;
}

/* The groups on standing are there together, or none of them is. */
static bool check_standing(struct settings *settings, struct source *source)
{
    const struct policy *policy = &source->policy;
    if (source->band_count == 0 && policy->floor_bp == 0 && policy->rate_count == 0 && source->vector_count == 0 &&
        source->scorecard.factor_count == 0 && source->scorecard.evidence_count == 0 &&
        source->scorecard.review_count == 0 && source->terms.grade_count == 0) {
        return true;
    }
    if (source->band_count == 0) {
        return settings_refuse(settings, "volume.currency", "is required");
    }
    if (policy->floor_bp == 0) {
        return settings_refuse(settings, "fulfilment.basis", "is required");
    }
    return check_currency(settings, "volume.currency", policy->currency) && check_bands(settings, source) &&
           check_rates(settings, policy) && scorecard_read(settings, &source->scorecard, &source->policy) &&
           terms_read(settings, &source->terms, &source->policy) && read_vectors(settings, source);
}

bool policy_parse(const char *name, const char *text, struct arena *arena, struct policy *out, char *message,
                  size_t message_bytes)
{
    struct settings *settings = settings_parse(name, text, message, message_bytes);
    if (settings == NULL) {
        return false;
    }
    struct source source = {0};
    bool right = settings_fill(settings, keys, arena, &source) && check_clocks(settings, &source.policy) &&
                 check_standing(settings, &source) && route_read(settings, &source.route, &source.policy);
    settings_free(settings);
    *out = source.policy;
    return right;
}

bool policy_check_new(const char *name, const char *text, const struct policy *policy, char *message,
                      size_t message_bytes)
{
    struct settings *settings = settings_parse(name, text, message, message_bytes);
    if (settings == NULL) {
        return false;
    }
    bool right = (policy->band_count > 0 || settings_refuse(settings, "volume.currency", "is required")) &&
                 route_leaves_somebody(settings, policy);
    settings_free(settings);
    return right;
}

bool policy_check_text(const char *name, const char *text, char *message, size_t message_bytes)
{
    if (strlen(text) > POLICY_TEXT_MAX) {
        snprintf(message, message_bytes, "%s: is longer than %d bytes", name, POLICY_TEXT_MAX);
        return false;
    }
    if (!text_is_clean(text, true)) {
        snprintf(message, message_bytes, "%s: has a control character, or a line end that is not LF alone", name);
        return false;
    }
    return true;
}

char *policy_read_file(const char *path, struct arena *arena, char *message, size_t message_bytes)
{
    return settings_read_file(path, arena, message, message_bytes);
}
