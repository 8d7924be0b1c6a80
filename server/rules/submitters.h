/* Who can submit what a criterion asks for: the submitters of the branch that looks after the customer, and whoever is
 * their substitute today. */
#ifndef CREDITD_RULES_SUBMITTERS_H
#define CREDITD_RULES_SUBMITTERS_H

#include "server/rules/access.h"
#include "server/rules/delegation.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"

/* A submission that is waited for, and what who can make it depends on. */
struct submission {
    const struct organisation *org;
    int64_t now;
    int32_t branch_id;
    enum case_kind kind;
    struct money limit; /* as of a case (limit.h) */
};

/* Can this one make it, as himself or by a delegation? *acts_for: for whom he then acts, 0: as himself, which comes
 * first. */
bool submitters_can(const struct submission *submission, const struct user *user, int64_t *acts_for);
/* Who can: those of the branch, then substitutes, each once; how many were put there, at most `max`. */
size_t submitters_find(const struct submission *submission, const struct user **out, size_t max);
/* Has the branch none of its own, so that it may be that nobody can? */
bool submitters_lack(const struct organisation *org, int32_t branch_id);

#endif
