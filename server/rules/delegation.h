/* Dated delegation of what a user may do in cases to a substitute, while he is absent. Source: design, people away
 * (RULES.md).
 *
 * A substitute acts for the other one when he says so: with that one's unit and roles in cases, and with the lower of
 * their job levels, so that nobody gets more than both have. He is of the same unit or of one above it, a supervisor at
 * least, no administrator; what holds at the grant must hold at the use. Whoever delegates keeps his rights. What was
 * delegated is not delegated again.
 *
 * Four eyes see through it both ways: a delegation in effect ties two people, and what one of them has a hand in the
 * other does not judge, whether he acts for him or not (four_eyes.h). */
#ifndef CREDITD_RULES_DELEGATION_H
#define CREDITD_RULES_DELEGATION_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"

#define DELEGATION_DAYS_MAX 366 /* of one */
#define DELEGATIONS_MAX     50  /* of one user, that have not ended */
#define DELEGATED_ROLES                                                                                                \
    (ROLE_BIT(ROLE_SUBMITTER) | ROLE_BIT(ROLE_VERIFIER) | ROLE_BIT(ROLE_APPROVER) | ROLE_BIT(ROLE_CMO))
#define CASE_KIND_BIT(kind) (1u << (kind))

/* What an application from that standing to that grade asks for. */
enum case_kind delegation_case_kind(struct standing from, enum grade to);

struct delegation_input {
    const struct organisation *org;
    const struct user *user;                   /* who sets or revokes it */
    const struct user *delegator, *substitute; /* NULL: there is no such user */
    int64_t now;
    civil_date from, until; /* days in the zone of the delegator's unit, both included */
    uint32_t kinds;
    struct money amount_to; /* not known: any */
};
/* Decides on a new delegation: *out has all but its id. The substitute is not asked; he may end it. */
struct refusal delegation_grant(const struct delegation_input *input, struct delegation *out);
/* It ends now, or never begins. The one whose it is may do that, the substitute, whoever set it, and the heads who
 * could have set it. */
struct refusal delegation_revoke(const struct organisation *org, const struct user *user, int64_t now,
                                 struct delegation *delegation);

/* Is it in effect, as both stand today? */
bool delegation_in_effect(const struct organisation *org, const struct delegation *delegation, int64_t now);
/* `user` as he acts for the one of that login; NULL or "": as himself. NOT_DELEGATED (argument login) when none of that
 * one's delegations to him is in effect. */
struct refusal delegation_acting(const struct organisation *org, const struct user *user, const char *login,
                                 int64_t now, struct user *out);
/* The same by the delegation itself, which is in effect. */
struct user delegation_acting_by(const struct organisation *org, const struct delegation *delegation);
/* Is the delegation for cases of that kind and that credit limit? */
bool delegation_is_for(const struct delegation *delegation, enum case_kind kind, struct money limit);
/* May an acting user do it in such cases? DELEGATION_NARROWER: none to him is for the kind;
 * DELEGATION_AMOUNT: those for the kind are not for the limit. One who acts as himself always may. */
struct refusal delegation_covers(const struct organisation *org, const struct user *acting, enum case_kind kind,
                                 struct money limit, int64_t now);
/* Is a delegation of one of them to the other in effect? */
bool delegation_ties(const struct organisation *org, int64_t one, int64_t other, int64_t now);

#endif
