/* Scorecards and assessments as records of the stable JSON contract (records.h). A score is decimal text with at most
 * four decimals and no zeros at its end. */
#ifndef CREDITD_CLIENT_ASSESSMENT_RECORDS_H
#define CREDITD_CLIENT_ASSESSMENT_RECORDS_H

#include "assessment.pb-c.h"
#include "client/records.h"

#define ASSESSMENT_COLUMNS "id review assessed_on valid_to score grade in_band policy_version entered_by recorded_at"
#define FACTOR_COLUMNS     "name group input weight_bp required evidence"
#define SCORED_COLUMNS     "factor group value points weight_bp score evidence"
#define DOCUMENT_COLUMNS   "evidence document_number dated valid_to sha256"

#define SCORE_DECIMALS 4

/* The score, counted in 1/10,000 of a point. */
void record_score(json_t *object, const char *key, bool has, uint32_t score);

/* The scorecard: what the answer has. */
json_t *record_form(const Creditd__V1__AssessmentFormAnswer *m);
json_t *record_assessment(const struct client *client, const Creditd__V1__Assessment *m);

/* The calculation as rows of a table, each factor with the document behind it, and the sum. */
json_t *assessment_scored(const Creditd__V1__Assessment *m);
/* The documents as rows of a table. */
json_t *assessment_documents(const Creditd__V1__Assessment *m);

#endif
