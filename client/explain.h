/* Parts of a table that explain a score and a standing. */
#ifndef CREDITD_CLIENT_EXPLAIN_H
#define CREDITD_CLIENT_EXPLAIN_H

#include "assessment.pb-c.h"
#include "standing.pb-c.h"

/* The calculation of a score, and the documents behind it. */
void explain_score(const Creditd__V1__Assessment *assessment);
/* What volume and score make together, each way to a better grade, and what would raise the score. */
void explain_outcome(const Creditd__V1__Explanation *explanation);
/* All of an explanation. */
void explain_standing(const Creditd__V1__Explanation *explanation);
/* The due trades behind the rate. */
void explain_counted(const Creditd__V1__Explanation *explanation);

#endif
