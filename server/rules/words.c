/* Sensitive words. */
#include "server/rules/words.h"

#include "common/text.h"

const char *words_refused(const struct policy *policy, const char *text)
{
    if (policy->refused_word_count == 0 || text_is_blank(text)) {
        return NULL;
    }
    for (int i = 0; i < policy->refused_word_count; i++) {
        if (text_has(text, policy->refused_words[i])) {
            return policy->refused_words[i];
        }
    }
    return NULL;
}
