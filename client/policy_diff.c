/* Both texts become a flat object of key and value, in the order of the text. */
#include "client/policy_diff.h"

#include <stdlib.h>

#include "client/unicode.h"
#include "common/settings.h"

/* A text in quotes is another value than the number that it looks like. */
static void take_value(void *arg, const char *key, const char *value, bool quoted)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    json_object_set_new(arg, key, quoted || *end != '\0' ? unicode_json(value) : json_integer(number));
}

/* NULL with message: not in the language of policies. */
static json_t *read_flat(const char *name, const char *text, char *message, size_t message_bytes)
{
    struct settings *settings = settings_parse(name, text, message, message_bytes);
    json_t *out = settings == NULL ? NULL : json_object();

    if (out != NULL && !settings_walk(settings, take_value, out)) {
        json_decref(out);
        out = NULL;
    }
    settings_free(settings);
    return out;
}

static void add(json_t *list, const char *key, json_t *before, json_t *after)
{
    json_t *row = json_pack("{ss}", "key", key);

    if (before != NULL)
        json_object_set(row, "before", before);
    if (after != NULL)
        json_object_set(row, "after", after);
    json_array_append_new(list, row);
}

json_t *policy_diff(const char *before_name, const char *before, const char *after_name, const char *after,
                    char *message, size_t message_bytes)
{
    json_t *old = read_flat(before_name, before, message, message_bytes);
    json_t *new = old == NULL ? NULL : read_flat(after_name, after, message, message_bytes);
    json_t *list = new == NULL ? NULL : json_array(), *value;
    const char *key;

    if (list != NULL) {
        json_object_foreach(old, key, value) if (!json_equal(value, json_object_get(new, key)))
            add(list, key, value, json_object_get(new, key));
        json_object_foreach(new, key, value) if (json_object_get(old, key) == NULL) add(list, key, NULL, value);
    }
    json_decref(old);
    json_decref(new);
    return list;
}
