/* What the product of route forms is walked over: forms of route, kinds of case, and the people who work on them. */
#ifndef CREDITD_TESTS_RULES_ROUTE_FORMS_H
#define CREDITD_TESTS_RULES_ROUTE_FORMS_H

#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* A form of route; what it says of days and words is the fixture's. */
struct route_form {
    const char *name;
    struct route_node nodes[6]; /* the rest has no name; none: the regulation's */
    struct authority authority[4];
    int countersigners; /* asked for one after another */
    int manager;        /* of the customer; 0: nobody */
    int opinion_of;     /* who is asked for an opinion in situations that are walked; 0: nobody */
    bool by_amount;     /* the amount of the case matters: ROUTE_BOUND, and delegations are for no more */
};
extern const struct route_form route_forms[];
extern const int route_form_count;

struct route_kind {
    const char *name;
    struct standing from;
    enum grade computed; /* NONE: nothing was */
    enum grade to;
};
extern const struct route_kind route_kinds[];
extern const int route_kind_count;

/* What the amount of a case can be. */
enum route_amount { AMOUNT_UNKNOWN, AMOUNT_BELOW, AMOUNT_AT, AMOUNT_ABOVE, AMOUNTS };
#define ROUTE_BOUND 100000000
/* The volume with which a request for the grade has it. */
struct money route_volume(const struct policy *policy, enum grade to, enum route_amount amount);

/* Ids of the people, from 1 without a gap. */
enum {
    SUB1 = 1,
    SUB2,
    SUB3,
    VER1,
    VER2,
    VER3,
    APP1,
    APP2,
    APP3,
    APP4,
    CMO1,
    CMO2,
    FOR_SUB, /* substitutes */
    FOR_VER,
    FOR_APP,
    ASSESSOR, /* of the customer's last assessment */
    CLERK,    /* below the level that a step needs */
    PROBE,    /* the same at the branch; who stands for all that have nothing to do with the case */
    PEOPLE = PROBE
};
extern const struct user route_people[PEOPLE];
enum { DELEGATIONS = 6 };
extern const struct delegation route_delegations[DELEGATIONS];

#define WORD_OF_NOBODY "forbidden" /* policy words */
#define WORD_OF_HEADS  "delicate"

/* The policy of a form. */
struct policy route_policy(const struct route_form *form);

#endif
