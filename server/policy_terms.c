/* Terms of grades in the policy file. */
#include "server/policy_terms.h"

#define LIMIT_BP_MAX 100000 /* ten times the volume of the window */

const struct setting terms_keys[] = {
    {SETTING_WORD("grade", struct terms_text, grade, words_grade)},
    {SETTING_INT("limit_volume_bp", struct terms_text, limit_volume_bp, 0, LIMIT_BP_MAX)},
    {SETTING_TEXT("limit_least", struct terms_text, limit_least, 1, POLICY_AMOUNT_MAX)},
    {SETTING_TEXT("limit_most", struct terms_text, limit_most, 1, POLICY_AMOUNT_MAX)},
    {SETTING_TEXTS("measures", struct terms_text, measures, measure_count, 0, MEASURES_MAX)},
    {0},
};

static bool read_limit(struct settings *settings, const struct policy *policy, int place, const char *member,
                       const char *text, int64_t *out)
{
    char key[POLICY_KEY_BYTES];
    element_key(key, "grades", place, member);
    return read_amount(settings, key, text, policy->currency, out) &&
           (*out >= 0 || settings_refuse(settings, key, "is \"%s\", must not be less than 0", text));
}

static bool read_terms(struct settings *settings, const struct terms_text *text, int place, struct policy *policy)
{
    struct grade_terms *terms = &policy->terms[text->grade];
    char key[POLICY_KEY_BYTES];
    if ((int)text->grade != place + 1) {
        return settings_refuse(settings, element_key(key, "grades", place, "grade"),
                               "is %s, must be %s: every grade once, best first",
                               word_name(words_grade, (int)text->grade), word_name(words_grade, place + 1));
    }
    if (!read_limit(settings, policy, place, "limit_least", text->limit_least, &terms->limit_least) ||
        !read_limit(settings, policy, place, "limit_most", text->limit_most, &terms->limit_most)) {
        return false;
    }
    if (terms->limit_most < terms->limit_least) {
        return settings_refuse(settings, element_key(key, "grades", place, "limit_most"),
                               "is \"%s\", must not be less than limit_least, which is \"%s\"", text->limit_most,
                               text->limit_least);
    }
    terms->limit_volume_bp = text->limit_volume_bp;
    for (int i = 0; i < text->measure_count; i++) {
        terms->measures[i] = text->measures[i];
    }
    terms->measure_count = text->measure_count;
    return true;
}

/* The weights of the scoreboard, when it has any. */
static bool check_weights(struct settings *settings, const struct policy *policy)
{
    int sum = policy->score_weights.submitted_bp + policy->score_weights.met_bp + policy->score_weights.verified_bp +
              policy->score_weights.decided_bp + policy->score_weights.recorded_bp +
              policy->score_weights.not_returned_bp + policy->score_weights.not_reversed_bp +
              policy->score_weights.not_overridden_bp;
    return sum == 0 || sum == TERMS_BP ||
           settings_refuse(settings, "scoreboard", "the weights are %d basis points together, must be %d", sum,
                           TERMS_BP);
}

bool terms_read(struct settings *settings, const struct terms_source *source, struct policy *policy)
{
    for (int i = 0; i < source->grade_count; i++) {
        if (!read_terms(settings, &source->grades[i], i, policy)) {
            return false;
        }
    }
    policy->has_terms = source->grade_count > 0;
    if (policy->emergency.alone_level < policy->emergency.ask_level) {
        return settings_refuse(settings, "emergency.alone_level", "is %s, must not be below ask_level, which is %s",
                               word_name(words_job_level, (int)policy->emergency.alone_level),
                               word_name(words_job_level, (int)policy->emergency.ask_level));
    }
    if (!check_weights(settings, policy)) {
        return false;
    }
    return policy->appeal_days <= policy->notice_days ||
           settings_refuse(settings, "demotion.appeal_days", "is %d, must be at most notice_days, which is %d",
                           policy->appeal_days, policy->notice_days);
}
