/* Words that the policy refuses in the texts of a case. */
#ifndef CREDITD_RULES_WORDS_H
#define CREDITD_RULES_WORDS_H

#include "server/rules/policy.h"

/* The first of the policy's words that the text has, whatever their case and width; NULL: none, or there is no text. */
const char *words_refused(const struct policy *policy, const char *text);

#endif
