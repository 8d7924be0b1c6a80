/* UUIDs of version 7 (RFC 9562). The 12 bits after the milliseconds hold the fraction of the millisecond, so that ids
 * of one process are ordered without a state to keep. */
#include "common/uuid.h"

#include <pthread.h>
#include <sodium.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "common/check.h"

/* Random bytes are asked of the system for many ids at once: a call each would be a system call each. */
static uint8_t kept[512];
static size_t kept_count;

/* A child process must not give the ids that its parent gives. */
static void forget_kept(void)
{
    kept_count = 0;
}

static void take_random(uint8_t *out, size_t size)
{
    static bool prepared;
    if (!prepared) {
        /* randombytes_buf() needs it to choose its source. */
        CHECK(sodium_init() >= 0 && pthread_atfork(NULL, NULL, forget_kept) == 0);
        prepared = true;
    }
    if (kept_count < size) {
        randombytes_buf(kept, sizeof kept);
        kept_count = sizeof kept;
    }
    kept_count -= size;
    memcpy(out, kept + kept_count, size);
}

struct uuid uuid_new(void)
{
    struct uuid uuid;
    take_random(uuid.bytes + 8, 8);
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    uint64_t fraction = (uint64_t)now.tv_nsec % 1000000 * 4096 / 1000000;
    for (int i = 0; i < 6; i++) {
        uuid.bytes[i] = (uint8_t)(ms >> (40 - 8 * i) & 0xff);
    }
    uuid.bytes[6] = (uint8_t)(0x70 | fraction >> 8);
    uuid.bytes[7] = (uint8_t)(fraction & 0xff);
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

static bool hyphen_before(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(struct uuid uuid, char out[UUID_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        if (hyphen_before(i)) {
            *out++ = '-';
        }
        *out++ = digits[uuid.bytes[i] >> 4];
        *out++ = digits[uuid.bytes[i] & 15];
    }
    *out = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool uuid_parse(const char *text, struct uuid *out)
{
    if (text == NULL || strlen(text) != UUID_TEXT_BYTES - 1) {
        return false;
    }
    struct uuid uuid;
    for (int i = 0; i < 16; i++) {
        if (hyphen_before(i) && *text++ != '-') {
            return false;
        }
        int high = hex_value(text[0]), low = hex_value(text[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        uuid.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    *out = uuid;
    return true;
}

bool uuid_equal(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

bool uuid_is_zero(struct uuid uuid)
{
    return uuid_equal(uuid, (struct uuid){0});
}
