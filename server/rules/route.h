/* The published state table of an application, as data: which step leads from which state to which, and whose turn it
 * is afterwards. The picture in the docs and the CHECK in the database are compared with it by tests. */
#ifndef CREDITD_RULES_ROUTE_H
#define CREDITD_RULES_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reasons.h"
#include "common/vocabulary.h"

struct transition {
    enum state from;
    enum event_kind action;
    enum state to;
    enum unit_level by_level; /* whose step it is; HQ, region or branch; HQ for the system's */
    enum role by_role;        /* ROLE_NONE: the system */
};

extern const struct transition transitions[];
extern const size_t transition_count;

/* The row for a step in a state taken by a unit of that level, or NULL. */
const struct transition *route_find(enum state from, enum event_kind action, enum unit_level by_level);
/* Is the step possible in the state at all, by whomever? */
bool route_possible(enum state from, enum event_kind action);
/* Is the step a judgement on the case (verify, return to whomever, approve, reject), which four eyes keep from whoever
 * wrote it? */
bool route_judges(enum event_kind action);
/* Is it the signature of a node (verify, approve)? */
bool route_signs(enum event_kind action);
/* Is it a step that whoever's turn it is in the state may take? */
bool route_waits_for(const struct transition *row);
/* Is the state one whose nodes are signed (node.h)? */
bool route_signed(enum state state);
/* Is the state one in which nothing more happens? */
bool route_closed(enum state state);
/* Whose turn it is in a state; level HQ, region or branch and the role. False when closed. */
bool route_turn(enum state state, enum unit_level *level, enum role *role);
/* Why a judgement is not possible in a state: ALREADY_DECIDED when decided or closed, else STATE_CHANGED. */
enum reason route_refusal(enum state state);

#endif
