/* Measures in events. */
#include "server/commit/measures_payload.h"

#include "server/rules/standing.h"

static void set_names(json_t *object, const char *key, const struct policy *policy, enum grade grade, uint32_t which)
{
    const char *names[MEASURES_MAX];
    size_t count = standing_measures(policy, grade, which, names);
    json_t *list;

    if (count == 0)
        return;
    list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(names[i]));
    json_object_set_new(object, key, list);
}

void payload_measures(json_t *object, const struct situation *s, const struct customer *before,
                      const struct customer *after)
{
    const struct measures *opened = &after->measures;
    const struct policy *policy = s->policy->version == opened->policy_version ? s->policy : s->in_force;

    if (opened->policy_version != 0)
        set_names(object, "measures", policy, after->standing.grade, opened->open);
    if (before != NULL)
        set_names(object, "measures_withdrawn", s->measures_policy, before->standing.grade, before->measures.applied);
}
