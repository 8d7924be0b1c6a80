/* Countersigners: whoever can sign the node that a case waits for asks another holder of its role at its unit to sign
 * it, too. The node needs their signatures besides its own, as long as they can give them. None of these is a step: the
 * version stays. A refusal leaves the application as it was. */
#ifndef CREDITD_RULES_COUNTERSIGN_H
#define CREDITD_RULES_COUNTERSIGN_H

#include "server/rules/claim.h"

/* `to` NULL: there is no such user. */
struct refusal countersign_add(const struct claim_input *input, const struct user *to, struct application *application);
/* By one who can sign the node, has signed it, or heads the unit. */
struct refusal countersign_drop(const struct claim_input *input, const struct user *to,
                                struct application *application);

#endif
