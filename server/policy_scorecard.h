/* The part of the policy file on the scorecard and its evidence. For policy_file.c. */
#ifndef CREDITD_POLICY_SCORECARD_H
#define CREDITD_POLICY_SCORECARD_H

#include "server/policy_parts.h"

/* A row of points as it is written: which of the two it has depends on the factor's input. */
struct factor_row_text {
    const char *from, *choice; /* NULL: absent */
    int points;
};
struct factor_text {
    const char *name, *evidence;
    enum factor_group group;
    enum factor_input input;
    int weight_bp;
    bool optional;
    struct factor_row_text rows[FACTOR_ROWS_MAX];
    int row_count;
};
struct score_band_text {
    enum grade grade;
    const char *from;
};
struct review_text {
    enum review kind;
    const char *evidence[POLICY_EVIDENCE_MAX];
    int evidence_count;
};
struct scorecard_source {
    enum combine combine;
    enum grade below_lowest;
    int valid_months, warn_days;
    struct score_band_text bands[SCORE_BANDS_MAX];
    int band_count;
    struct factor_text factors[FACTORS_MAX];
    int factor_count;
    struct evidence_kind evidence[POLICY_EVIDENCE_MAX];
    int evidence_count;
    struct review_text reviews[REVIEW_PERIODIC];
    int review_count;
};

extern const struct setting score_band_keys[], factor_keys[], evidence_keys[], review_keys[];

/* The rows of the table of keys; the source stands in `type` as `member`. */
#define SCORECARD_KEYS(type, member)                                                                                   \
    {SETTING_WORD("scorecard.combine", type, member.combine, words_combine), .with_group = true},                      \
        {SETTING_INT("scorecard.valid_months", type, member.valid_months, 1, 120), .with_group = true},                \
        {SETTING_INT("scorecard.warn_days", type, member.warn_days, 0, 365), .with_group = true},                      \
        {SETTING_GROUPS("scorecard.bands", type, member.bands, member.band_count, score_band_keys, 1,                  \
                        SCORE_BANDS_MAX),                                                                              \
         .with_group = true},                                                                                          \
        {SETTING_WORD("scorecard.below_lowest", type, member.below_lowest, words_grade), .with_group = true},          \
        {SETTING_GROUPS("scorecard.factors", type, member.factors, member.factor_count, factor_keys, 1, FACTORS_MAX),  \
         .with_group = true},                                                                                          \
        {SETTING_GROUPS("evidence", type, member.evidence, member.evidence_count, evidence_keys, 0,                    \
                        POLICY_EVIDENCE_MAX),                                                                          \
         .optional = true},                                                                                            \
    {                                                                                                                  \
        SETTING_GROUPS("reviews", type, member.reviews, member.review_count, review_keys, 0, REVIEW_PERIODIC),         \
            .optional = true                                                                                           \
    }

/* A score as "85" or "82.5", from 0 to 100. False: refused. */
bool read_score(struct settings *settings, const char *key, const char *text, int64_t *out);
/* Checks what the table cannot, and fills scorecard, evidence and checklists of the policy. False: refused. */
bool scorecard_read(struct settings *settings, const struct scorecard_source *source, struct policy *policy);

#endif
