/* Refusals of the oracle, and what is looked at before a step itself. */
#ifndef CREDITD_TESTS_RULES_ROUTE_RIGHTS_H
#define CREDITD_TESTS_RULES_ROUTE_RIGHTS_H

#include "tests/rules/route_oracle.h"

/* A refusal to *out; always false. */
bool rights_no(struct answer *out, enum reason reason, const char *field, const char *name, const char *value);
bool rights_no_limit(struct answer *out, enum reason reason, const char *field, int limit);
/* For whom he acts, the right, existence, and whether the subject is one of his unit that may; *hand is as he acts. */
bool rights_allowed(const struct oracle *o, const struct tale *t, const struct user *user, const char *acting_for,
                    enum oracle_operation op, struct hand *hand, struct answer *out);
/* Is what he does in such a case his, or delegated to him? */
bool rights_covered(const struct oracle *o, const struct hand *hand, struct standing from, enum grade to,
                    int64_t amount, struct answer *out);
/* He is no hand of it, has not assessed the customer, and is not the same as another one who is or has, or who has
 * signed unless he is a `signer` himself. */
bool rights_other_eyes(const struct oracle *o, const struct tale *t, const struct hand *hand, bool signer,
                       struct answer *out);

#endif
