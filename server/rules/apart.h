/* How many can sign a node one after another: whoever has signed bars those who are the same as he (four_eyes.h). */
#ifndef CREDITD_RULES_APART_H
#define CREDITD_RULES_APART_H

#include "server/rules/holders.h"

#define APART_MAX 64 /* hands that are looked at, unless the first to come are enough already */

/* The largest number of those who can act of whom no two are the same, counted up to `enough` (APART_MAX at most). */
size_t apart_count(const struct holders_case *c, size_t enough);

#endif
