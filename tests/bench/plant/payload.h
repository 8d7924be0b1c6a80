/* Payloads of events, written key by key: the text that payload_text() of server/commit makes of the same values,
 * without a tree of objects in between. Keys are given in the order of their bytes; texts need no escapes. */
#ifndef CREDITD_BENCH_PAYLOAD_H
#define CREDITD_BENCH_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/vocabulary.h"

#define PAYLOAD_BYTES 4096

struct payload {
    char bytes[PAYLOAD_BYTES];
    size_t size;
};

void payload_begin(struct payload *payload);
void payload_add(struct payload *payload, const char *key, const char *text);
/* Nothing for 0. */
void payload_add_word(struct payload *payload, const char *key, const struct word *words, int number);
void payload_add_int(struct payload *payload, const char *key, int64_t value);
/* A value that is JSON already. */
void payload_add_raw(struct payload *payload, const char *key, const char *json);
/* The text, in the payload. */
const char *payload_end(struct payload *payload);

/* Decimal digits, at least `width` of them, without an end; returns how many. */
size_t digits_put(char *out, uint64_t value, int width);

#endif
