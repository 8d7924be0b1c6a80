/* The values of the regulation, as read from the policy file. */
#ifndef CREDITD_RULES_POLICY_H
#define CREDITD_RULES_POLICY_H

#include <stdint.h>

#define POLICY_ITEMS_MAX 32

struct policy {
    int32_t version;                     /* its number in the database */
    int submit_days;                     /* branch: detected -> submitted, and after a return */
    int verify_days;                     /* region */
    int decide_days;                     /* HQ */
    int whole_days;                      /* all */
    int reserve_days;                    /* of the whole, kept for recording */
    const char *items[POLICY_ITEMS_MAX]; /* items of information that the region verifies */
    int item_count;
};

#endif
