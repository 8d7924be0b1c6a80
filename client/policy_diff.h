/* What differs between two policy texts, key by key. */
#ifndef CREDITD_CLIENT_POLICY_DIFF_H
#define CREDITD_CLIENT_POLICY_DIFF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A list of {"key", "before", "after"} in the order of `before`, then what only `after` has; what is not there is
 * absent. Keys are written as in messages of the server: "volume.bands[2].from". NULL: `message` says which text cannot
 * be read. The caller releases it. */
json_t *policy_diff(const char *before_name, const char *before, const char *after_name, const char *after,
                    char *message, size_t message_bytes);

#endif
