/* Who can take the step that a case waits for: the holders of the role at the unit whose turn it is, and whoever is
 * their substitute today. */
#ifndef CREDITD_RULES_HOLDERS_H
#define CREDITD_RULES_HOLDERS_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* How a user can act. */
enum holding {
    HOLDING_NONE,   /* it is not his turn, by no delegation either, somebody else has claimed it, or it is above his
                       authority */
    HOLDING_BARRED, /* it is, but four eyes bar him from every step that is waited for */
    HOLDING_CAN
};

/* A case that waits, and what who can act depends on. */
struct holders_case {
    const struct organisation *org;
    const struct policy *policy; /* of the case, for authority (authority.h); NULL: everybody has it */
    int64_t now;
    const struct application *application;
    int64_t assessed_by; /* four_eyes_bar() */
    int64_t managed_by;  /* who is the customer's manager; 0: nobody */
    bool new_signers;    /* of a node, only who has not signed it */
};

/* Who has claimed the step and can still take it, as himself; 0: nobody. */
int64_t holders_claimed(const struct holders_case *c);
/* How `user`, as he acts, stands to the step that is waited for. */
enum holding holders_of_one(const struct holders_case *c, const struct user *user);
/* The same of a user who may act as himself or by a delegation: the best of it. *acts_for: for whom he then acts, 0: as
 * himself, which comes first. */
enum holding holders_of_any(const struct holders_case *c, const struct user *user, int64_t *acts_for);
/* Is he the maker of the case while this branch looks after it: in whose name it was submitted, as long as he belongs
 * there? */
bool holders_made(const struct application *row, int32_t branch_id, const struct user *user);
/* How many can act, counted up to `enough`. */
size_t holders_count(const struct holders_case *c, size_t enough);
/* Who can act, each as he then acts: as himself, or else in every way that delegations let him; how many were put
 * there, at most `max`. */
size_t holders_hands(const struct holders_case *c, struct user *out, size_t max);
/* Users who stand so to it, by id; how many were put there, at most `max`. */
size_t holders_find(const struct holders_case *c, enum holding holding, const struct user **out, size_t max);

#endif
