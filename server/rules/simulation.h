/* What another policy would have said of a customer, day by day, against what was in force then. Source: as
 * evaluation.h; nothing is changed. */
#ifndef CREDITD_RULES_SIMULATION_H
#define CREDITD_RULES_SIMULATION_H

#include "server/rules/evaluation.h"

/* From a date on, this standing was put in force. */
struct standing_since {
    civil_date valid_from;
    struct standing standing;
};

struct simulation_input {
    const struct policy *draft, *policy; /* the latter: in force now */
    struct facts facts; /* of the customer, trades not cancelled, as far back as evaluation_months() of both */
    const struct standing_since *history; /* as recorded, oldest first: a later one holds from its date on */
    size_t history_count;
    civil_date from, to;
};

/* From `on` to the next step: what was in force, and what the draft gives a customer of that tier. */
struct simulated {
    civil_date on;
    struct standing was, draft;
};
struct simulation {
    struct simulated *steps; /* the first one on `from` */
    size_t count;
    struct standing computed; /* on `to`, by `policy` */
};

/* `scratch` is used up and may be reset afterwards; steps come from `arena`. */
void simulate(const struct simulation_input *input, struct arena *scratch, struct arena *arena, struct simulation *out);

#endif
