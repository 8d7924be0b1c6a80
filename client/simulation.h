/* What a simulation comes to: counts that do not grow with the number of customers, and those who would change. */
#ifndef CREDITD_CLIENT_SIMULATION_H
#define CREDITD_CLIENT_SIMULATION_H

#include <jansson.h>

#include "client/client.h"
#include "common/civil.h"
#include "common/vocabulary.h"
#include "policy.pb-c.h"

#define STANDINGS            5   /* green, yellow, red, black, ordinary */
#define SIMULATION_DATES_MAX 128 /* ends of months, and the last day */

struct simulation_counts {
    civil_date from, to;
    uint32_t policy_version;
    long looked_at, total, evaluated;
    long matrix[STANDINGS][STANDINGS]; /* on the last day: in force, by the draft */
    civil_date dates[SIMULATION_DATES_MAX];
    int date_count;
    long was[SIMULATION_DATES_MAX][STANDINGS], draft[SIMULATION_DATES_MAX][STANDINGS];
    long demotions;  /* by the system: a key account below the draft's floor */
    json_t *changed; /* customers of whom the draft says something else on the last day than the policy in force */
    json_t *tasks;   /* "week branch" -> how many criteria would have opened a task */
    json_t *cases;   /* unit -> the same, of a region */
    json_t *staff;   /* of PolicyStaff */
};

void simulation_begin(struct simulation_counts *counts, civil_date from);
/* Takes a page. False: the policy in force is another one than that of the pages before. */
bool simulation_add(struct simulation_counts *counts, const Creditd__V1__PolicySimulateAnswer *page);
/* The whole as a record of the JSON contract (README); the counts are used up. */
json_t *simulation_record(struct simulation_counts *counts);
/* Name of a standing: "green" ... "ordinary". */
const char *simulation_name(int standing);

/* The record as a page of HTML that needs nothing else, in the language of the run. False: errno says why. */
bool simulation_write_page(const json_t *record, const char *path);

#endif
