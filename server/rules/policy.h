/* The values of the regulation, as read from the policy file. */
#ifndef CREDITD_RULES_POLICY_H
#define CREDITD_RULES_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/civil.h"
#include "common/vocabulary.h"

#define POLICY_ITEMS_MAX 32
#define POLICY_BANDS_MAX 4 /* one for each grade at most */
#define POLICY_RATES_MAX 256
#define POLICY_RATE_ONE  100000000LL /* a rate of 1 */

/* Volume from `from_minor` on, up to the next better band, gives the grade. */
struct policy_band {
    enum grade grade;
    int64_t from_minor; /* of the policy's currency */
};
/* From this date on, one unit of the currency is rate / POLICY_RATE_ONE units of the policy's. */
struct policy_rate {
    const char *currency;
    civil_date from;
    int64_t rate;
};

struct policy {
    int32_t version;                     /* its number in the database */
    int submit_days;                     /* branch: detected -> submitted, and after a return */
    int verify_days;                     /* region */
    int decide_days;                     /* HQ */
    int whole_days;                      /* all */
    int reserve_days;                    /* of the whole, kept for recording */
    const char *items[POLICY_ITEMS_MAX]; /* items of information that the region verifies */
    int item_count;
    /* How standing is computed. band_count 0: not at all (a version from before it was); all below is zero then. */
    int window_months;                          /* of the rolling window */
    const char *currency;                       /* in which volume is counted */
    struct policy_band bands[POLICY_BANDS_MAX]; /* best first, from_minor falling */
    int band_count;
    enum grade below_lowest; /* of a key account below the lowest band; nobody is admitted there */
    enum basis basis;        /* what the fulfilment rate counts */
    int floor_bp;            /* strictly below it a key account becomes ordinary */
    struct policy_rate rates[POLICY_RATES_MAX];
    int rate_count;
};

#endif
