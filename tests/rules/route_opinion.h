/* Opinions as the oracle has them from RULES.md. */
#ifndef CREDITD_TESTS_RULES_ROUTE_OPINION_H
#define CREDITD_TESTS_RULES_ROUTE_OPINION_H

#include "tests/rules/route_oracle.h"

/* May he give an opinion on the case? `field`: of a refusal. */
bool opinion_may_give(const struct oracle *o, const struct tale *t, const struct hand *hand, const char *field,
                      struct answer *out);
/* Whose opinion it waits for: of the one asked, as long as he or a substitute of his can give it; 0: nobody's. */
int opinion_awaited(const struct oracle *o, const struct tale *t);

#endif
