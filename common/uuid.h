/* UUIDs: command ids (version 7, time-ordered, made by the client) and ids of timers. */
#ifndef CREDITD_COMMON_UUID_H
#define CREDITD_COMMON_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT_BYTES 37

struct uuid {
    uint8_t bytes[16];
};

/* A new version 7 UUID from the real-time clock and the system's random source. */
struct uuid uuid_new(void);
/* Lower-case text with hyphens, NUL-terminated. */
void uuid_format(struct uuid uuid, char out[UUID_TEXT_BYTES]);
/* Reads the 36-character text form; false when it is none. */
bool uuid_parse(const char *text, struct uuid *out);
bool uuid_equal(struct uuid a, struct uuid b);
bool uuid_is_zero(struct uuid uuid);

#endif
