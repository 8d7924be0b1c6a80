/* Claiming the step that a case waits for: one of those who can act works on it, the others do not. A claim ends with
 * the step, and has no effect once its holder cannot act any more. An opinion that its new holder was asked for
 * (assist.h) is not waited for any more. None of these is a step: the version stays. A refusal leaves the application
 * as it was. */
#ifndef CREDITD_RULES_CLAIM_H
#define CREDITD_RULES_CLAIM_H

#include "server/rules/holders.h"

struct claim_input {
    const struct organisation *org;
    const struct policy *policy; /* of the case */
    const struct user *user;     /* as he acts */
    int64_t now;
    int64_t assessed_by; /* of the customer's last assessment; 0: nobody */
    int64_t managed_by;  /* the customer's manager; 0: nobody */
};
struct holders_case claim_case(const struct claim_input *input, const struct application *application);
/* Whose the claim is when this one acts: his own, or that of the one he acts for. */
int64_t claim_name(const struct user *user);
/* Does the case wait for a node? ALREADY_DECIDED or STATE_CHANGED. */
struct refusal claim_at_node(const struct claim_input *input, const struct application *application);
/* Can he take the step, as it is claimed? CLAIMED, or the reason for which he could not take it (right.h). */
struct refusal claim_can_act(const struct claim_input *input, const struct application *application);
/* Is the step his: has he claimed it, or can he take it and nobody has claimed it? The same reasons. */
struct refusal claim_holds(const struct claim_input *input, const struct application *application);
/* Takes the step to the user, or to the one he acts for. */
struct refusal claim_take(const struct claim_input *input, struct application *application);
/* Gives it back: the holder, who acts for him, or a head of the unit; and one that has no effect whoever can act. */
struct refusal claim_release(const struct claim_input *input, struct application *application);
/* Hands it to another one who can act as himself; `to` NULL: there is no such user. The holder, and when nobody has
 * claimed it whoever can act; and a head of the unit. */
struct refusal claim_transfer(const struct claim_input *input, const struct user *to, struct application *application);

#endif
