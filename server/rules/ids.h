/* Short lists of ids of users, each id once. */
#ifndef CREDITD_RULES_IDS_H
#define CREDITD_RULES_IDS_H

#include <stdbool.h>
#include <stdint.h>

bool ids_have(const int64_t *ids, int count, int64_t id);
/* Adds an id at the end that is not 0 and not there yet; the list has room for `max`. */
void ids_add(int64_t *ids, int *count, int max, int64_t id);
/* Takes it out, if it is there; the others keep their order. */
void ids_remove(int64_t *ids, int *count, int64_t id);

#endif
