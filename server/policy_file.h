/* The policy file (libconfig, deploy/policy.cfg) and its reading: strict, every error names file, line and key. */
#ifndef CREDITD_POLICY_FILE_H
#define CREDITD_POLICY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "server/rules/policy.h"

/* Reads a policy text; `name` stands in errors ("deploy/policy.cfg"). Texts of *out come from `arena`. False: `message`
 * is "NAME:LINE: key: what is wrong (nearest right key)". */
bool policy_parse(const char *name, const char *text, struct arena *arena, struct policy *out, char *message,
                  size_t message_bytes);
/* Reads a whole file as text from `arena`; NULL with message. */
char *policy_read_file(const char *path, struct arena *arena, char *message, size_t message_bytes);

#endif
