/* JSON of one flat object. */
#include "tests/bench/plant/payload.h"

#include <string.h>

#include "common/check.h"

static void put(struct payload *payload, const char *text)
{
    size_t length = strlen(text);

    CHECK(payload->size + length < PAYLOAD_BYTES - 32);
    memcpy(payload->bytes + payload->size, text, length);
    payload->size += length;
}

static void put_key(struct payload *payload, const char *key)
{
    put(payload, payload->size == 1 ? "\"" : ",\"");
    put(payload, key);
    put(payload, "\":");
}

void payload_begin(struct payload *payload)
{
    payload->size = 0;
    put(payload, "{");
}

void payload_add(struct payload *payload, const char *key, const char *text)
{
    put_key(payload, key);
    put(payload, "\"");
    put(payload, text);
    put(payload, "\"");
}

void payload_add_word(struct payload *payload, const char *key, const struct word *words, int number)
{
    if (number != 0)
        payload_add(payload, key, word_name(words, number));
}

size_t digits_put(char *out, uint64_t value, int width)
{
    char reversed[20];
    int count = 0;

    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || count < width);
    for (int i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return (size_t)count;
}

void payload_add_int(struct payload *payload, const char *key, int64_t value)
{
    CHECK(value >= 0);
    put_key(payload, key);
    payload->size += digits_put(payload->bytes + payload->size, (uint64_t)value, 1);
}

void payload_add_raw(struct payload *payload, const char *key, const char *json)
{
    put_key(payload, key);
    put(payload, json);
}

const char *payload_end(struct payload *payload)
{
    put(payload, "}");
    payload->bytes[payload->size] = '\0';
    return payload->bytes;
}
