/* Sensitive words. */
#include "server/rules/words.h"

#include "common/text.h"
#include "server/rules/reminder.h"

static const char *first_of(const char *const *words, int count, const char *text)
{
    for (int i = 0; i < count; i++) {
        if (text_has(text, words[i])) {
            return words[i];
        }
    }
    return NULL;
}

const char *words_found(const struct organisation *org, const struct policy *policy, const struct user *user,
                        const char *text, bool *for_head)
{
    *for_head = false;
    if (policy->refused_word_count + policy->supervised_word_count == 0 || text_is_blank(text)) {
        return NULL;
    }
    const char *word = first_of(policy->refused_words, policy->refused_word_count, text);
    if (word == NULL && !reminder_is_head(org, user->unit_id, user)) {
        word = first_of(policy->supervised_words, policy->supervised_word_count, text);
        *for_head = word != NULL;
    }
    return word;
}

struct refusal words_refusal(const char *field, const char *word, bool for_head)
{
    return refusal_of(for_head ? REASON_WORD_FOR_HEAD : REASON_WORD_REFUSED, field, "word", word);
}
