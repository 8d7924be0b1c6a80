/* Scorecards and assessments as messages. */
#ifndef CREDITD_OPERATIONS_ASSESSMENT_VIEW_H
#define CREDITD_OPERATIONS_ASSESSMENT_VIEW_H

#include "assessment.pb-c.h"
#include "server/operations/view.h"
#include "server/rules/evaluation.h"

/* An assessment of a customer with its calculation under a policy. Credit information: the caller sees to the right. */
Creditd__V1__Assessment *view_assessment(struct call *call, const struct policy *policy,
                                         const struct customer *customer, const struct assessment *row);
/* The scorecard as a form. The policy has one. */
Creditd__V1__AssessmentFormAnswer *view_form(struct call *call, const struct policy *policy);
/* "1.5" for 15,000: without zeros at the end. */
char *view_decimal(struct call *call, int64_t value, int decimals);

#endif
