/* Four eyes: the hands of a case are those who entered, edited or verified it (submit, resubmit, verify). None of them
 * may return it to whomever, approve or reject it, or verify it; only who has verified it and never entered or edited
 * it may verify the corrected case again or return it once more. Nobody signs a case twice in a state (signature.h).
 * Returning a case puts nobody among its hands. Whoever entered the customer's last assessment, on which the case
 * rests, verifies, returns, approves or rejects it no more than they do.
 *
 * Whoever acts for another is judged as both of them, and both are hands of what they enter or verify. A delegation in
 * effect bars like an identity: what one of the two has a hand in, the other does not judge (delegation.h). */
#ifndef CREDITD_RULES_FOUR_EYES_H
#define CREDITD_RULES_FOUR_EYES_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"

/* Is all that he has done with the case to verify it, or to be acted for then? */
bool four_eyes_only_verified(const struct application *application, int64_t user_id);
/* Whoever enters or edits the case, and whoever verifies it, is one of its hands, and so is the one acted for. */
void four_eyes_enter(const struct user *user, struct application *application);
void four_eyes_verify(const struct user *user, struct application *application);
/* Can these be hands of the case, of which it has HANDS_MAX at most? */
bool four_eyes_has_room(const struct application *application, const struct user *user);
/* Are two users, the first as he acts, the same one: one person or the one acted for, or tied by a delegation? */
bool four_eyes_same_hand(const struct organisation *org, int64_t now, const struct user *user, int64_t other);
/* Has he, or one who is the same, signed the case in the running state? */
bool four_eyes_signed(const struct organisation *org, int64_t now, const struct application *application,
                      const struct user *user);
/* Why this user, as he acts, does not decide on what these have done (0: nobody), if so: `own`, he is one of them;
 * TIED_TO_HAND, he is the same as one (argument login; of several the first by id). */
struct refusal four_eyes_not_by(const struct organisation *org, int64_t now, const struct user *user,
                                const int64_t *doers, int count, enum reason own);
/* Why this user, as he acts, does not judge the case, if so: OWN_CASE, he is a hand of it; OWN_ASSESSMENT, he entered
 * the customer's last assessment or the one before it; TIED_TO_HAND, he is the same as another one (argument login; of
 * several the first by id) who is a hand, has assessed, or, with `signers`, has signed in the running state.
 * `assessed_by`: who entered the customer's last assessment; 0: nobody. */
struct refusal four_eyes_refusal(const struct organisation *org, int64_t now, const struct application *application,
                                 int64_t assessed_by, const struct user *user, bool signers);
/* The same, with signers, of whoever decides what is beside the steps: who has only verified is no exception. */
struct refusal four_eyes_outsider(const struct organisation *org, int64_t now, const struct application *application,
                                  int64_t assessed_by, const struct user *user);
/* Is there such a reason, whoever has signed? */
bool four_eyes_bar(const struct organisation *org, int64_t now, const struct application *application,
                   int64_t assessed_by, const struct user *user);

#endif
