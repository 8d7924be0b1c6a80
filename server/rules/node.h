/* The nodes of a route: the hands that verify and decide a case, in order, as the policy has them. Those of the state
 * submitted come first, then those of verified; a node is known by its place in its state, from 0. The nodes of a state
 * share its days. Source: design, routes as policy (RULES.md). A policy without a route has the regulation's: the
 * region verifies, HQ decides, one signature each. */
#ifndef CREDITD_RULES_NODE_H
#define CREDITD_RULES_NODE_H

#include "common/reasons.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* All nodes of a policy's route (NULL: the regulation's) to *out; how many. */
int node_route(const struct policy *policy, const struct route_node **out);
/* The node at that place of a state; NULL: there is none. */
const struct route_node *node_at(const struct policy *policy, enum state state, int place);
/* The node that the case waits for; NULL when it waits for none: it is returned, decided or closed. */
const struct route_node *node_of(const struct policy *policy, const struct application *application);
/* The level of the unit whose role it is. */
enum unit_level node_level(const struct route_node *node);
/* Is the node for such a case, or does the case pass it by? The finding counts as it is so far. */
bool node_is_for(const struct route_node *node, const struct application *application);
/* The first node from `place` on, in a state, that is for the case; -1: none. Those passed by are added to *skipped as
 * bits of their places in the route. */
int node_arrive(const struct policy *policy, const struct application *application, enum state state, int place,
                uint32_t *skipped);
/* Is it the one that the case comes to first, when nothing is doubted yet? From there it is verified anew. */
bool node_is_first(const struct policy *policy, const struct application *application, enum state state, int place);
/* Is no other node for the case behind the one that it waits for? */
bool node_is_last(const struct policy *policy, const struct application *application);
/* The first node that would be for the case with that amount, and is not with its own; NULL: there is none. */
const struct route_node *node_for_amount(const struct policy *policy, const struct application *application,
                                         struct money limit);
/* Does the node that it waits for decide it as far as the authority matrix goes: is it an approver's, and no other
 * approver's comes behind it? */
bool node_needs_authority(const struct policy *policy, const struct application *application);
/* The unit and role whose turn it is in the case's state and at its node. False when closed. */
bool node_turn(const struct organisation *org, const struct policy *policy, const struct application *application,
               int32_t *unit_id, enum role *role);
/* May the case be returned to the node of that name? NONE: it may, to *place of *state. Why not, in this order:
 * UNKNOWN_NODE, the route has none; NODE_NOT_EARLIER, it is the one that is waited for or a later one;
 * NODE_AUTOMATIC, nobody signs it; NODE_PASSED_BY, its conditions are not those of the case. */
enum reason node_back_to(const struct policy *policy, const struct application *application, const char *name,
                         enum state *state, int *place);
/* Puts the case to a place of its state: nobody has signed there yet, and who was urged is not waited for any more when
 * it is another one. Turn and signers are the caller's. */
void node_enter(struct application *application, int place);
/* Of a case that goes on by another policy: it waits for the first node of its state that is for it there and not
 * automatic, and nobody has signed it. What the region has signed before HQ had the case stands for the node of the
 * same name, or for the first one. Those passed by are added to *skipped. */
void node_restart(const struct policy *from, const struct policy *to, struct application *application,
                  uint32_t *skipped);

#endif
