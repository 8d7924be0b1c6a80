/* The part of the policy file on what a grade brings, who may override it, and how a demotion is announced. For
 * policy_file.c. */
#ifndef CREDITD_POLICY_TERMS_H
#define CREDITD_POLICY_TERMS_H

#include "server/policy_parts.h"

/* Amounts as they are written: how many decimals they may have depends on the currency. */
struct terms_text {
    enum grade grade;
    int limit_volume_bp;
    const char *limit_least, *limit_most;
    const char *measures[MEASURES_MAX];
    int measure_count;
};
struct terms_source {
    struct terms_text grades[GRADE_BLACK];
    int grade_count;
};

extern const struct setting terms_keys[];

#define TERMS_DAYS_MAX    365
#define TERMS_MINUTES_MAX 1440
#define TERMS_BP          10000

/* The rows of the table of keys; the source stands in `type` as `member`, the policy as `policy`. */
#define TERMS_KEYS(type, member)                                                                                       \
    {SETTING_GROUPS("grades", type, member.grades, member.grade_count, terms_keys, GRADE_BLACK, GRADE_BLACK),          \
     .optional = true},                                                                                                \
        {SETTING_WORD("override.level", type, policy.override_level, words_job_level), .with_group = true},            \
        {SETTING_INT("override.most_days", type, policy.override_most_days, 1, TERMS_DAYS_MAX), .with_group = true},   \
        {SETTING_INT("emergency.minutes_most", type, policy.emergency.minutes_most, 1, TERMS_MINUTES_MAX),             \
         .with_group = true},                                                                                          \
        {SETTING_WORD("emergency.alone_level", type, policy.emergency.alone_level, words_job_level),                   \
         .with_group = true},                                                                                          \
        {SETTING_WORD("emergency.ask_level", type, policy.emergency.ask_level, words_job_level), .with_group = true},  \
        {SETTING_INT("emergency.review_days", type, policy.emergency.review_days, 1, TERMS_DAYS_MAX),                  \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.submitted_bp", type, policy.score_weights.submitted_bp, 0, TERMS_BP),                 \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.met_bp", type, policy.score_weights.met_bp, 0, TERMS_BP), .with_group = true},        \
        {SETTING_INT("scoreboard.verified_bp", type, policy.score_weights.verified_bp, 0, TERMS_BP),                   \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.decided_bp", type, policy.score_weights.decided_bp, 0, TERMS_BP),                     \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.recorded_bp", type, policy.score_weights.recorded_bp, 0, TERMS_BP),                   \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.not_returned_bp", type, policy.score_weights.not_returned_bp, 0, TERMS_BP),           \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.not_reversed_bp", type, policy.score_weights.not_reversed_bp, 0, TERMS_BP),           \
         .with_group = true},                                                                                          \
        {SETTING_INT("scoreboard.not_overridden_bp", type, policy.score_weights.not_overridden_bp, 0, TERMS_BP),       \
         .optional = true},                                                                                            \
        {SETTING_INT("demotion.notice_days", type, policy.notice_days, 0, TERMS_DAYS_MAX), .with_group = true},        \
    {                                                                                                                  \
        SETTING_INT("demotion.appeal_days", type, policy.appeal_days, 0, TERMS_DAYS_MAX), .with_group = true           \
    }

/* Checks what the table cannot, and fills the terms of the policy's grades. False: refused. */
bool terms_read(struct settings *settings, const struct terms_source *source, struct policy *policy);

#endif
