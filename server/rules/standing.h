/* Tier and grade in force: the one place where they change. */
#ifndef CREDITD_RULES_STANDING_H
#define CREDITD_RULES_STANDING_H

#include "server/rules/model.h"
#include "server/rules/policy.h"

/* Puts a standing in force from a date on (0: since the file was opened); CHECKs that grade and tier fit (a key account
 * has a grade, an ordinary customer none). Its measures are opened, by the list of `policy` (NULL: none); those of the
 * one before are withdrawn, and an override ends; a notice of demotion ends with the tier. It comes neither from a
 * demotion nor from an override, unless the caller says so afterwards. */
void standing_put_in_force(struct customer *customer, struct standing standing, civil_date since,
                           const struct policy *policy);
/* The same for the beginning or the end of an override: a demotion that may be taken back stays one. */
void standing_put_over(struct customer *customer, struct standing standing, civil_date since,
                       const struct policy *policy);
/* The date from which another standing is in force that comes into force on `today`: not before the one whose place it
 * takes, whose date is a later one where the customer has moved to a zone in which it is the day before. */
civil_date standing_since(const struct customer *customer, civil_date today);
/* The standing that cases and criteria are about: the one in force, and as long as an emergency is, the one beneath it,
 * which comes back after it. */
struct standing standing_beneath(const struct customer *customer);
/* The names of measures in force, from the policy of their list; how many. `which`: bits. */
size_t standing_measures(const struct policy *policy, enum grade grade, uint32_t which,
                         const char *names[MEASURES_MAX]);
/* What somebody may know who may not see the grade: ON_HOLD for black, else OPEN. */
enum verdict_word standing_verdict(struct standing standing);
/* May HQ decide `grade` when `requested` was asked and `from` is in force: between the old and the requested one, the
 * old one excluded, the requested one included? An ordinary customer stands below black. */
bool standing_grade_between(struct standing from, enum grade requested, enum grade grade);

#endif
