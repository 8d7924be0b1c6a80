/* Whose turn a case is, and until when: what begins and ends with a turn, whether a step passes it on or the case gets
 * other units. */
#ifndef CREDITD_RULES_TURN_H
#define CREDITD_RULES_TURN_H

#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* Ends the turn that runs: its pause, extension, urge and claim. `closes`: the case ends with it. */
void turn_end(const struct organisation *org, const struct policy *policy, int64_t now, bool closes,
              struct application *application);
/* Gives the turn to the unit and role that the case's state and node mean; nothing else. Did it have another one? */
bool turn_pass_on(const struct organisation *org, const struct policy *policy, struct application *application);
/* The turn that the case's state and node mean, by the units that look after it: it begins now, and has its due
 * instant. None when the state is closed. The timer is the caller's to set. */
void turn_pass(const struct organisation *org, const struct policy *policy, int64_t now,
               struct application *application);

#endif
