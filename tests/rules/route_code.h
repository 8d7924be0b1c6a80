/* A request of the product of route forms as the code takes it, and how that differs from what the oracle says. */
#ifndef CREDITD_TESTS_RULES_ROUTE_CODE_H
#define CREDITD_TESTS_RULES_ROUTE_CODE_H

#include "tests/rules/route_forms.h"
#include "tests/rules/route_oracle.h"

struct situation {
    struct tale tale;
    struct application application;
    struct customer customer;
    int countersigners; /* that were asked for so far */
};

struct scene {
    struct oracle oracle;
    struct organisation org;
    struct policy policy;
    const struct route_form *form;
    const struct route_kind *kind;
    const struct situation *at;
    const char *overlay; /* what the situation is besides, for the message */
};

/* A request of somebody. */
struct ask {
    const struct user *user; /* NULL: the system */
    const char *acting_for;
    struct step_input input;
    enum oracle_operation op; /* when it is no step */
    const struct user *to;
};

/* What the code makes of it. */
struct outcome {
    struct refusal refusal;
    const char *name2, *value2;
    struct step_result result;
};

/* As a request goes: for whom, right, existence, subject, what is delegated, the step itself. */
void code_step(const struct scene *s, const struct ask *ask, struct outcome *out);
/* The same of what is no step: `out->result` has the application only. */
void code_desk(const struct scene *s, const struct ask *ask, struct outcome *out);
/* NULL, or what of the outcome is not as the oracle says. */
const char *code_differs(const struct scene *s, const struct ask *ask, const struct answer *expected,
                         const struct outcome *got);
/* Fails with all that is to be known of it. */
void code_complain(const struct scene *s, const struct ask *ask, const char *what, const struct answer *expected,
                   const struct outcome *got);

#endif
