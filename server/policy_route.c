/* The way of a case in the policy file. */
#include "server/policy_route.h"

#include "server/rules/authority.h"

#define JUMP_MAX GRADE_BLACK /* from ordinary to green */

const struct setting authority_keys[] = {
    {SETTING_WORD("level", struct authority_text, level, words_job_level)},
    {SETTING_INT("jump", struct authority_text, jump, 1, JUMP_MAX)},
    {SETTING_TEXTS("kinds", struct authority_text, kinds, kind_count, 1, CASE_KIND_DEMOTION)},
    {0},
};

static bool read_row(struct settings *settings, const struct authority_text *text, int place, struct policy *policy)
{
    struct authority *row = &policy->authority[policy->authority_count++];
    char key[POLICY_KEY_BYTES];
    *row = (struct authority){.level = text->level, .jump = text->jump};
    for (int i = 0; i < text->kind_count; i++) {
        int kind = word_number(words_case_kind, text->kinds[i]);
        if (kind < 0) {
            return settings_refuse(settings, element_key(key, "authority", place, "kinds"),
                                   "has \"%s\", must be of: admission, promotion, demotion", text->kinds[i]);
        }
        row->kinds |= CASE_KIND_BIT(kind);
    }
    return true;
}

/* A case that nobody may decide would wait for ever. */
static bool check_covered(struct settings *settings, const struct policy *policy)
{
    static const struct {
        struct standing from;
        enum grade to;
    } widest[] = {{{TIER_ORDINARY, GRADE_NONE}, GRADE_GREEN},
                  {{TIER_KEY, GRADE_BLACK}, GRADE_GREEN},
                  {{TIER_KEY, GRADE_GREEN}, GRADE_BLACK}};
    for (size_t i = 0; i < sizeof widest / sizeof widest[0]; i++) {
        if (authority_needed(policy, widest[i].from, widest[i].to) == 0) {
            return settings_refuse(settings, "authority", "no level decides cases of the kind %s over %d grades",
                                   word_name(words_case_kind, (int)delegation_case_kind(widest[i].from, widest[i].to)),
                                   authority_jump(widest[i].from, widest[i].to));
        }
    }
    return true;
}

bool route_read(struct settings *settings, const struct route_source *source, struct policy *policy)
{
    for (int i = 0; i < source->authority_count; i++) {
        if (!read_row(settings, &source->authority[i], i, policy)) {
            return false;
        }
    }
    return policy->authority_count == 0 || check_covered(settings, policy);
}
