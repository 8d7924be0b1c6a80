/* Sensitive words in the texts of a case, as the policy has them: some are refused, with others a text is for a head
 * (reminder.h) of the unit that it is written for: the writer's, or that of the one he acts for. Whether he is one is
 * judged of the person who writes. Case and width of letters do not matter. Source: design, sensitive-word check. */
#ifndef CREDITD_RULES_WORDS_H
#define CREDITD_RULES_WORDS_H

#include "server/rules/holders.h"

/* The first word for which a text of this user, as he acts, is not taken, or NULL. *for_head: because it is for a head,
 * and he is none; else nobody may write it. */
const char *words_found(const struct organisation *org, const struct policy *policy, const struct user *user,
                        const char *text, bool *for_head);
/* Can a head of the unit whose turn it is take the step that the case waits for, when nobody has claimed it? */
bool words_reach_head(const struct holders_case *c);
/* The refusal of a text with that word. */
struct refusal words_refusal(const char *field, const char *word, bool for_head);

#endif
