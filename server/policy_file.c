/* The policy file: its keys, and the rules between them. */
#include "server/policy_file.h"

#include "common/settings.h"

/* No deadline of this regulation is counted in years. */
#define DAYS_MAX 365

static const struct setting keys[] = {
    {SETTING_INT("clocks.submit_days", struct policy, submit_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.verify_days", struct policy, verify_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.decide_days", struct policy, decide_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.whole_days", struct policy, whole_days, 1, DAYS_MAX)},
    {SETTING_INT("clocks.reserve_days", struct policy, reserve_days, 0, DAYS_MAX)},
    {SETTING_TEXTS("verification.items", struct policy, items, item_count, 1, POLICY_ITEMS_MAX)},
    {0},
};

/* A step that takes longer than the whole leaves to it would be due before its own days are over, in every case. */
static bool check_clocks(struct settings *settings, const struct policy *policy)
{
    if (policy->reserve_days >= policy->whole_days) {
        return settings_refuse(settings, "clocks.reserve_days", "is %d, must be less than whole_days, which is %d",
                               policy->reserve_days, policy->whole_days);
    }
    const struct {
        const char *key;
        int days;
    } steps[] = {
        {"clocks.submit_days", policy->submit_days},
        {"clocks.verify_days", policy->verify_days},
        {"clocks.decide_days", policy->decide_days},
    };
    int most = policy->whole_days - policy->reserve_days;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].days > most) {
            return settings_refuse(settings, steps[i].key,
                                   "is %d, must be at most whole_days - reserve_days, which is %d", steps[i].days,
                                   most);
        }
    }
    return true;
}

bool policy_parse(const char *name, const char *text, struct arena *arena, struct policy *out, char *message,
                  size_t message_bytes)
{
    struct settings *settings = settings_parse(name, text, message, message_bytes);
    if (settings == NULL) {
        return false;
    }
    *out = (struct policy){0};
    bool right = settings_fill(settings, keys, arena, out) && check_clocks(settings, out);
    settings_free(settings);
    return right;
}

char *policy_read_file(const char *path, struct arena *arena, char *message, size_t message_bytes)
{
    return settings_read_file(path, arena, message, message_bytes);
}
