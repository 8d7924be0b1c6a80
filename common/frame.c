/* Frames: the header to bytes and back. */
#include "common/frame.h"

static void put_be(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--) {
        out[i] = (uint8_t)(value & 0xff);
        value >>= 8;
    }
}

static uint64_t get_be(const uint8_t *in, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value = value << 8 | in[i];
    }
    return value;
}

void frame_encode(uint8_t out[FRAME_HEADER_BYTES], const struct frame *frame)
{
    put_be(out, frame->length, 4);
    out[4] = frame->kind;
    out[5] = frame->flags;
    put_be(out + 6, frame->method, 2);
    put_be(out + 8, frame->id, 8);
}

enum frame_result frame_decode(const uint8_t *bytes, size_t have, uint32_t body_max, struct frame *frame)
{
    if (have < FRAME_HEADER_BYTES) {
        return FRAME_NEED_MORE;
    }
    frame->length = (uint32_t)get_be(bytes, 4);
    frame->kind = bytes[4];
    frame->flags = bytes[5];
    frame->method = (uint16_t)get_be(bytes + 6, 2);
    frame->id = get_be(bytes + 8, 8);
    if (frame->kind < FRAME_REQUEST || frame->kind > FRAME_PONG) {
        return FRAME_BAD_KIND;
    }
    if (frame->flags != 0) {
        return FRAME_BAD_FLAGS;
    }
    if (frame->length > body_max) {
        return FRAME_TOO_LARGE;
    }
    return have - FRAME_HEADER_BYTES < frame->length ? FRAME_NEED_MORE : FRAME_COMPLETE;
}
