/* The walk over the product of route forms: the situations found so far, what is asked in each, and the account of it.
 */
#ifndef CREDITD_TESTS_RULES_ROUTE_WALK_H
#define CREDITD_TESTS_RULES_ROUTE_WALK_H

#include "tests/rules/route_code.h"

enum {
    SITUATIONS = 2048,
    REASONS = 256,
    STEPS = EVENT_RETURN_TO_NODE + 1,
    STATES = STATE_LAPSED + 1,
    PLACES = ROUTE_PLACES
};

/* How one stands to a case. */
enum relation_to_case {
    STRANGER,
    ENTERED,
    VERIFIED,
    SIGNED_NODE,
    SIGNED_BEFORE,
    COUNTERSIGNS,
    ASSESSED,
    TIED, /* by a delegation to one of these, and himself none */
    ACTS, /* for somebody */
    IS_NAMED,
    MANAGES,  /* the customer */
    IS_ASKED, /* for his opinion */
    GAVE,     /* one before the decision */
    RELATIONS
};
extern const char *const relation_names[RELATIONS];

/* What was walked of a form. */
struct account {
    uint64_t asked, taken, at_relation[RELATIONS];
    uint64_t steps[STEPS];
    bool reached[STATES][PLACES], signed_here[STATES][PLACES];
    int situations;
};

struct walk {
    struct scene scene;
    struct user users[PEOPLE];
    const struct user *by_login[PEOPLE];
    struct delegation delegations[DELEGATIONS];
    struct situation found[SITUATIONS];
    int found_count;
    struct account account;
    uint64_t reasons[REASONS];
};

/* Before anything else is called. */
void ask_prepare(void);
/* Everybody in his place asks for every step; `fully`: in every way, and what comes of it is walked, too. */
void ask_as_they_are(struct walk *w, bool fully);
/* Everybody asks for that step in every way. */
void ask_in_all_ways(struct walk *w, enum event_kind action);
void ask_as_system(struct walk *w);
/* Claims and countersigners: by everybody, for everybody. */
void ask_at_desk(struct walk *w);
/* Everybody is put into every place, and asks for every step from there. */
void ask_from_every_place(struct walk *w);
/* The same situation with something besides, in which everybody asks (route_besides.c). */
void ask_besides(struct walk *w);

#endif
