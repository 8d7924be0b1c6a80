/* Both texts become a flat object of key and value, in the order of the text; values are compared as texts. */
#include "client/policy_diff.h"

#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 256

static void flatten(const config_setting_t *setting, const char *key, json_t *out)
{
    char number[32];

    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        snprintf(number, sizeof number, "%lld", config_setting_get_int64(setting));
        json_object_set_new(out, key, json_string(number));
        break;
    case CONFIG_TYPE_FLOAT:
        snprintf(number, sizeof number, "%g", config_setting_get_float(setting));
        json_object_set_new(out, key, json_string(number));
        break;
    case CONFIG_TYPE_BOOL:
        json_object_set_new(out, key, json_string(config_setting_get_bool(setting) ? "true" : "false"));
        break;
    case CONFIG_TYPE_STRING:
        json_object_set_new(out, key, json_string(config_setting_get_string(setting)));
        break;
    default:
        for (int i = 0; i < config_setting_length(setting); i++) {
            const config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
            const char *name = config_setting_name(member);
            char path[KEY_BYTES];
            if (name == NULL)
                snprintf(path, sizeof path, "%s[%d]", key, i + 1);
            else
                snprintf(path, sizeof path, "%s%s%s", key, key[0] == '\0' ? "" : ".", name);
            flatten(member, path, out);
        }
    }
}

/* NULL with message: not in the language of policies. */
static json_t *read_flat(const char *name, const char *text, char *message, size_t message_bytes)
{
    config_t config;
    json_t *out = NULL;

    config_init(&config);
    config_set_options(&config, config_get_options(&config) | CONFIG_OPTION_AUTOCONVERT);
    if (strstr(text, "@include") != NULL) {
        snprintf(message, message_bytes, "%s: @include", name);
    } else if (config_read_string(&config, text) != CONFIG_TRUE) {
        snprintf(message, message_bytes, "%s:%d: %s", name, config_error_line(&config), config_error_text(&config));
    } else {
        out = json_object();
        flatten(config_root_setting(&config), "", out);
    }
    config_destroy(&config);
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
