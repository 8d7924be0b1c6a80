/* Sensitive words in the texts of a case, as the policy has them: some are refused, with others a text is for a head of
 * the writer's unit (reminder.h). Case and width of letters do not matter. Source: design, sensitive-word check. */
#ifndef CREDITD_RULES_WORDS_H
#define CREDITD_RULES_WORDS_H

#include "server/rules/access.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* The first word for which a text of this user is not taken, or NULL. *for_head: because it is for a head, and he is
 * none; else nobody may write it. */
const char *words_found(const struct organisation *org, const struct policy *policy, const struct user *user,
                        const char *text, bool *for_head);
/* The refusal of a text with that word. */
struct refusal words_refusal(const char *field, const char *word, bool for_head);

#endif
