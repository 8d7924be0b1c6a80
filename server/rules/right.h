/* Why somebody may not take a step of a case, whoever has claimed it: whose turn it is, four eyes, room, the node,
 * authority. The right by role, level and subtree has been checked with access.h. Each function looks at one part;
 * reason NONE: nothing is against it. */
#ifndef CREDITD_RULES_RIGHT_H
#define CREDITD_RULES_RIGHT_H

#include "server/rules/holders.h"

#define STEPS_MAX 200 /* of a case; beyond it nobody returns it any more, so that its history stays one answer */

/* Is he of that unit, and holds that role? NOT_YOUR_UNIT, ROLE_MISSING. */
struct refusal right_of_place(const struct organisation *org, const struct user *user, int32_t unit_id, enum role role);
/* Is he no hand of what he judges, and is there room for the step? ALREADY_SIGNED, the reasons of four_eyes.h,
 * TOO_MANY_STEPS, TOO_MANY_HANDS, TOO_MANY_SIGNERS. */
struct refusal right_of_hands(const struct holders_case *c, const struct user *user, enum event_kind action);
/* Does the node want him, and is what he judges there within his authority? COUNTERSIGNERS_MISSING, LEVEL_TOO_LOW,
 * NOT_MANAGER, NOT_NAMED, ABOVE_AUTHORITY. */
struct refusal right_at_node(const struct holders_case *c, const struct user *user, enum event_kind action);
/* All of it, for the step that the open case waits for, at a node the signature of it; and who is disabled or no
 * supervisor takes none (USER_DISABLED, LEVEL_TOO_LOW). NONE for those who can act as holders.h says. */
struct refusal right_to_act(const struct holders_case *c, const struct user *user);

#endif
