/* The reference data in memory: the organisation and the policies, replaced whole when the epoch in the database is
 * newer. */
#ifndef CREDITD_COMMIT_REFERENCE_H
#define CREDITD_COMMIT_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/rules/organisation.h"
#include "server/rules/policy.h"
#include "server/store/store.h"

struct reference;
struct reference *reference_new(void);
/* After the stores over which it was loaded are closed. */
void reference_free(struct reference *reference);
/* The value now; NULL before the first load. It stays valid until the next refresh comes back. */
const struct organisation *reference_organisation(const struct reference *reference);
int64_t reference_epoch(const struct reference *reference); /* -1: nothing loaded */
/* The policy of a version that was ever published; NULL: unknown. */
const struct policy *reference_policy(const struct reference *reference, int32_t version);
/* All of them, by version; how many. */
size_t reference_policies(const struct reference *reference, const struct policy **out);
/* The one in force at an instant; NULL before the first load. */
const struct policy *reference_policy_in_force(const struct reference *reference, int64_t now);
/* Grows with every publication and every return to an older version. */
size_t reference_policy_changes(const struct reference *reference);
/* How many months back trades must be known for an evaluation under any of the policies. */
int reference_trade_months(const struct reference *reference);
/* As reference_refresh, for many who ask at once: those who come while a load is under way share the next one, which
 * begins after they came. All use the same store. */
void reference_refresh_shared(struct reference *reference, struct store *store, store_done *done, void *arg);
/* Loads anew over `store`; the callback comes when the new value stands, or with what failed. */
void reference_refresh(struct reference *reference, struct store *store, store_done *done, void *arg);

#endif
