/* A coarse sieve for cases on which nobody can act, of which there may be a few among very many: whatever is caught is
 * judged by signature_short(), and nothing that it would find is let through. A node needs so many people; those who
 * may sign it are so many, whatever the case; each hand of the case, signer or assessor who is one of them, or tied to
 * one by a delegation, may leave it `weight` fewer. A case is caught when too few may be left. */
#ifndef CREDITD_RULES_SIEVE_H
#define CREDITD_RULES_SIEVE_H

#include "common/arena.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

struct sieve_row {
    int32_t unit_id;
    int32_t policy_version; /* 0: of a state without nodes, under every policy */
    enum state state;
    int place; /* of the node in the state */
    int need;  /* signatures; at least 1 */
    int capacity;
    int weight;
    bool own_manager; /* the customer's manager must be one of `people`, and is the only one */
    const int64_t *people, *tied;
    size_t people_count, tied_count; /* `tied`: those people, and whoever is tied to one of them */
};

/* The rows for the cases of a unit and of those below it, and of it at those above, to *out, in `arena`; how many. Of
 * states without nodes only those of units where nobody can act. */
size_t sieve_rows(const struct organisation *org, const struct policy *policies, size_t policy_count,
                  const struct unit *own, int64_t now, struct arena *arena, struct sieve_row **out);

#endif
