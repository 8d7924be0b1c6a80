/* Payloads of events. */
#include "server/commit/payload.h"

#include <stdlib.h>

#include "common/check.h"

const char *payload_text(struct arena *arena, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    const char *copy;

    CHECK(text != NULL); /* every text in it was checked to be UTF-8 */
    copy = arena_strdup(arena, text);
    free(text);
    json_decref(object);
    return copy;
}

void payload_word(json_t *object, const char *key, const struct word *words, int number)
{
    const char *name = number == 0 ? NULL : word_name(words, number);

    if (name != NULL)
        json_object_set_new(object, key, json_string(name));
}

void payload_date(json_t *object, const char *key, civil_date date)
{
    char text[CIVIL_TEXT_BYTES];

    civil_format(date, text);
    json_object_set_new(object, key, json_string(text));
}

void payload_int(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}
