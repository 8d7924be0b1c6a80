/* Sensitive words. */
#include "server/rules/words.h"

#include "common/check.h"
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

/* Of the unit that he writes for. */
static bool is_head(const struct organisation *org, const struct user *user)
{
    const struct user *person = user_by_id(org, user->id);
    CHECK(person != NULL);
    return reminder_is_head(org, user->unit_id, person);
}

const char *words_found(const struct organisation *org, const struct policy *policy, const struct user *user,
                        const char *text, bool *for_head)
{
    *for_head = false;
    if (policy->refused_word_count + policy->supervised_word_count == 0 || text_is_blank(text)) {
        return NULL;
    }
    const char *word = first_of(policy->refused_words, policy->refused_word_count, text);
    if (word == NULL && !is_head(org, user)) {
        word = first_of(policy->supervised_words, policy->supervised_word_count, text);
        *for_head = word != NULL;
    }
    return word;
}

bool words_reach_head(const struct holders_case *c)
{
    struct application unclaimed = *c->application;
    unclaimed.claimed_by = 0;
    struct holders_case open = *c;
    open.application = &unclaimed;
    int64_t acts_for;
    for (size_t i = 0; i < c->org->user_count; i++) {
        const struct user *user = &c->org->users[i];
        if (reminder_is_head(c->org, unclaimed.turn_unit, user) &&
            holders_of_any(&open, user, &acts_for) == HOLDING_CAN) {
            return true;
        }
    }
    return false;
}

struct refusal words_refusal(const char *field, const char *word, bool for_head)
{
    return refusal_of(for_head ? REASON_WORD_FOR_HEAD : REASON_WORD_REFUSED, field, "word", word);
}
