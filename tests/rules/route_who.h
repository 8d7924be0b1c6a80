/* Nodes of a route, and who can sign them, as the oracle has it from RULES.md. */
#ifndef CREDITD_TESTS_RULES_ROUTE_WHO_H
#define CREDITD_TESTS_RULES_ROUTE_WHO_H

#include "tests/rules/route_oracle.h"

/* Is the state one whose nodes are signed? */
bool who_signs_in(enum state state);
/* The node at a place of a state, and the one that the case waits for; NULL: none. */
const struct route_node *who_node_at(const struct oracle *o, enum state state, int place);
const struct route_node *who_node(const struct oracle *o, const struct tale *t);
/* The first node of that state from a place on that the case does not pass by, to which `skipped` (or NULL) adds those
 * it does; -1: none. */
int who_comes_to(const struct oracle *o, const struct tale *t, enum state state, int place, uint32_t *skipped);
/* The amount of a case of the customer that asks for that grade: the credit limit that it brings; -1: not known. */
int64_t who_amount(const struct oracle *o, const struct tale *t, enum grade grade);
/* The first node of people that the case passes by, and would not with that amount; NULL: there is none. */
const struct route_node *who_evades(const struct oracle *o, const struct tale *t, int64_t amount);
/* Whose turn it is; false: nobody's. */
bool who_turn(const struct oracle *o, const struct tale *t, int32_t *unit, enum role *role);
/* The job level that a decision needs here; that of a clerk: any. */
enum job_level who_authority(const struct oracle *o, const struct tale *t);

/* He and the one he acts for; in whose name that is. */
uint32_t who_bits(const struct hand *hand);
int who_name(const struct hand *hand);
int who_number(uint32_t people);
/* Is he one of these people, or tied to one of them by a delegation? */
bool who_same(const struct oracle *o, const struct hand *hand, uint32_t people);
/* All that have signed in the running state; is he one of them, or acts for one? */
uint32_t who_signed(const struct tale *t);
bool who_has_signed(const struct tale *t, const struct hand *hand);
/* Four eyes: is he a hand of the case, or tied to one, that keeps him from judging it? */
bool who_is_hand(const struct oracle *o, const struct tale *t, const struct hand *hand);
bool who_countersigns(const struct tale *t, const struct hand *hand);
/* Is he one of the persons of the node, or the customer's manager at a node of that one's own? */
bool who_is_named(const struct oracle *o, const struct tale *t, const struct route_node *node, const struct hand *hand);
/* Is there room for his signature? */
bool who_has_room(const struct tale *t, const struct hand *hand);
/* Has the node the signatures that it needs? May he, who has signed it, end it for that? */
bool who_has_all(const struct oracle *o, const struct tale *t);
bool who_may_end(const struct oracle *o, const struct tale *t, const struct hand *hand);
/* Can he take the step that the case waits for, whoever has claimed it? `anew`: as one who has not signed it. Can so
 * many sign it one after another, as themselves or by a delegation? */
bool who_can(const struct oracle *o, const struct tale *t, const struct hand *hand, bool anew);
bool who_suffice(const struct oracle *o, const struct tale *t, int number);
/* Who has claimed it, as long as he can act himself; 0: nobody. */
int who_claims(const struct oracle *o, const struct tale *t);

#endif
