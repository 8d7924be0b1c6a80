/* Tier and grade in force: the one place where they change. */
#ifndef CREDITD_RULES_STANDING_H
#define CREDITD_RULES_STANDING_H

#include "server/rules/model.h"

/* Puts a standing in force from a date on (0: since the file was opened); CHECKs that grade and tier fit (a key account
 * has a grade, an ordinary customer none). It does not come from a demotion, unless the caller says so afterwards. */
void standing_put_in_force(struct customer *customer, struct standing standing, civil_date since);
/* What somebody may know who may not see the grade: ON_HOLD for black, else OPEN. */
enum verdict_word standing_verdict(struct standing standing);
/* May HQ decide `grade` when `requested` was asked and `from` is in force: between the old and the requested one, the
 * old one excluded, the requested one included? An ordinary customer stands below black. */
bool standing_grade_between(struct standing from, enum grade requested, enum grade grade);

#endif
