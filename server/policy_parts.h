/* What the parts of the policy file share. Inside of policy_*.c. */
#ifndef CREDITD_POLICY_PARTS_H
#define CREDITD_POLICY_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"
#include "server/rules/policy.h"

#define POLICY_KEY_BYTES  96
#define POLICY_AMOUNT_MAX 32 /* characters */

/* The key of a member of a group in a list, as messages print it. */
const char *element_key(char out[POLICY_KEY_BYTES], const char *list, int place, const char *member);
/* An amount of the currency. False: refused. */
bool read_amount(struct settings *settings, const char *key, const char *text, const char *currency, int64_t *out);

#endif
