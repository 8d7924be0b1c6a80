/* Assessments: loading for evaluations, writing. Inside of store/. */
#ifndef CREDITD_STORE_ASSESSMENT_ROWS_H
#define CREDITD_STORE_ASSESSMENT_ROWS_H

#include "server/store/pipe.h"

/* Of the customers to be evaluated. */
void load_assessments(struct txn *txn, const struct load_list *list);
void apply_assessments(struct txn *txn, const struct change_set *set);
/* All rows of a result, by customer and date; *count of them, in the unit's arena. */
struct assessment *row_assessments(struct txn *txn, const PGresult *result, size_t *count);

#endif
