/* Payloads of events. The text is what json_dumps(JSON_COMPACT | JSON_SORT_KEYS) gives, byte for byte, since stored
 * events were hashed with it; written into the arena at once it costs a fraction. */
#include "server/commit/payload.h"

#include <string.h>

#include "common/check.h"
#include "common/text.h"
#include "server/rules/clock.h"

#define TEXT_FIRST_BYTES 256
#define KEYS_MAX         64
#define INTEGER_BYTES    20

struct text {
    struct arena *arena;
    char *bytes;
    size_t size, room;
};

/* Room for `size` more bytes; returns where they go. */
static char *text_room(struct text *text, size_t size)
{
    if (text->size + size > text->room) {
        size_t room = (text->size + size) * 2;
        char *bytes = arena_alloc(text->arena, room);
        memcpy(bytes, text->bytes, text->size);
        text->bytes = bytes;
        text->room = room;
    }
    return text->bytes + text->size;
}

static void put_bytes(struct text *text, const char *bytes, size_t size)
{
    memcpy(text_room(text, size), bytes, size);
    text->size += size;
}

static void put_char(struct text *text, char c)
{
    *text_room(text, 1) = c;
    text->size++;
}

static void put_escaped(struct text *text, unsigned char c)
{
    static const char letters[] = "bfnrt\"\\", values[] = "\b\f\n\r\t\"\\", hex[] = "0123456789ABCDEF";
    const char *found = memchr(values, c, sizeof values - 1);

    if (found != NULL)
        put_bytes(text, (char[]){'\\', letters[found - values]}, 2);
    else
        put_bytes(text, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static void put_string(struct text *text, const char *bytes, size_t size)
{
    size_t from = 0;

    put_char(text, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        put_bytes(text, bytes + from, i - from);
        put_escaped(text, c);
        from = i + 1;
    }
    put_bytes(text, bytes + from, size - from);
    put_char(text, '"');
}

static void put_value(struct text *text, json_t *value);

/* The keys of an object in the order of their bytes; how many. */
static size_t sorted_keys(json_t *object, const char *keys[KEYS_MAX])
{
    const char *key;
    json_t *value;
    size_t count = 0;

    json_object_foreach(object, key, value)
    {
        size_t at = count++;
        CHECK(count <= KEYS_MAX);
        for (; at > 0 && strcmp(keys[at - 1], key) > 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
    return count;
}

static void put_object(struct text *text, json_t *object)
{
    const char *keys[KEYS_MAX];
    size_t count = sorted_keys(object, keys);

    put_char(text, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_char(text, ',');
        put_string(text, keys[i], strlen(keys[i]));
        put_char(text, ':');
        put_value(text, json_object_get(object, keys[i]));
    }
    put_char(text, '}');
}

static void put_array(struct text *text, json_t *array)
{
    put_char(text, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            put_char(text, ',');
        put_value(text, json_array_get(array, i));
    }
    put_char(text, ']');
}

static void put_integer(struct text *text, int64_t value)
{
    text->size = (size_t)(text_put_int(text_room(text, INTEGER_BYTES), value, 1) - text->bytes);
}

static void put_value(struct text *text, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(text, value);
        break;
    case JSON_ARRAY:
        put_array(text, value);
        break;
    case JSON_STRING:
        put_string(text, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        put_integer(text, json_integer_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        put_bytes(text, json_is_true(value) ? "true" : "false", json_is_true(value) ? 4 : 5);
        break;
    default:
        CHECK(json_is_null(value)); /* a payload has no fractions */
        put_bytes(text, "null", 4);
    }
}

const char *payload_text(struct arena *arena, json_t *object)
{
    struct text text = {.arena = arena, .bytes = arena_alloc(arena, TEXT_FIRST_BYTES), .room = TEXT_FIRST_BYTES};

    CHECK(object != NULL); /* every text in it was checked to be UTF-8 */
    put_value(&text, object);
    put_char(&text, '\0');
    json_decref(object);
    return text.bytes;
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

void payload_due_before(json_t *object, int64_t due, int64_t now)
{
    if (due == 0)
        return;
    payload_int(object, "due_before_us", due);
    if (clock_overdue(due, now))
        json_object_set_new(object, "late", json_true());
}

void payload_assistant(json_t *object, const struct application *before, const struct application *after)
{
    if (before->assistant != after->assistant)
        payload_int(object, "assistant", after->assistant != 0 ? after->assistant : before->assistant);
}

void payload_extension_ended(json_t *object, const struct application *before, const struct application *after)
{
    if (before->extension_days != 0 && after->extension_days == 0)
        json_object_set_new(object, "extension_ended", json_true());
}
