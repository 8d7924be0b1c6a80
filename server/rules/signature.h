/* Signatures of a node: who still has to sign it, and whether it has all that it needs. */
#ifndef CREDITD_RULES_SIGNATURE_H
#define CREDITD_RULES_SIGNATURE_H

#include "server/rules/holders.h"

/* Has he, or the one he acts for, signed in the running state? */
bool signature_given(const struct application *application, const struct user *user);
/* Why this user does not decide what is beside the steps of the case, if so: ALREADY_SIGNED, in the running state, or
 * as four_eyes_outsider says. */
struct refusal signature_outsider(const struct organisation *org, int64_t now, const struct application *application,
                                  int64_t assessed_by, const struct user *user);
/* Does the node still want his signature: by level and name, as the customer's manager, or as a countersigner? Unit and
 * role are not looked at. */
bool signature_wanted(const struct holders_case *c, const struct user *user);
/* Has the case room for his signature? */
bool signature_fits(const struct application *application, const struct user *user);
/* Adds his signature: one of the node's own, or that of a countersigner, which it needs besides. */
void signature_add(const struct user *user, struct application *application);
/* Has the node all signatures that it needs? One of a countersigner who cannot give it any more is not needed, and one
 * of everybody is as long as anybody can give one. */
bool signature_complete(const struct holders_case *c);
/* How many of the missing signatures nobody can give: the node cannot be filled when it is more than 0. */
int signature_short(const struct holders_case *c);
/* Has he signed the node, and it has all that it needs, because a countersigner or another one cannot sign any more?
 * Whoever has signed it, for himself or another, may end it then as himself. */
bool signature_is_last(const struct holders_case *c, const struct user *user);
/* Takes his signature out: he is named as who decides. */
void signature_drop(const struct user *user, struct application *application);
/* The signatures of the node at `place` and of those behind it are void. */
void signature_void_from(struct application *application, int place);
/* The case goes from the region to HQ: the region's signatures are kept for its way back. `region`: it with all of
 * them. */
void signature_leave_region(const struct application *region, struct application *application);
/* It has come back to the region, at `place`: what was signed there before that node stands. */
void signature_return_to_region(struct application *application, int place);

#endif
