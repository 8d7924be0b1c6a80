/* The policy file (libconfig, deploy/policy.cfg) and its reading: strict, every error names file, line and key. */
#ifndef CREDITD_POLICY_FILE_H
#define CREDITD_POLICY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "server/rules/policy.h"

/* Reads a policy text; `name` stands in errors ("deploy/policy.cfg"). Texts of *out come from `arena`. False: `message`
 * is "NAME:LINE: key: what is wrong (nearest right key)". A text from before standing was computed has none of the
 * groups on it: such a policy, for cases that stay on it, has no bands and computes nothing. */
bool policy_parse(const char *name, const char *text, struct arena *arena, struct policy *out, char *message,
                  size_t message_bytes);
/* What is asked of a policy that comes into force now, and not of one that cases stay on: it says how standing is
 * computed, and somebody is left for each node of its route. `text`: of which policy_parse() made it. False: `message`
 * as of policy_parse(). */
bool policy_check_new(const char *name, const char *text, const struct policy *policy, char *message,
                      size_t message_bytes);
#define POLICY_TEXT_MAX 65536 /* bytes */
/* Is it a text that could be proposed: not longer, UTF-8 without control characters but LF and TAB? False with message.
 */
bool policy_check_text(const char *name, const char *text, char *message, size_t message_bytes);
/* Reads a whole file as text from `arena`; NULL with message. */
char *policy_read_file(const char *path, struct arena *arena, char *message, size_t message_bytes);

#endif
