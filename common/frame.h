/* Frames of the wire: a 16-byte header and one protobuf message. Pure functions of bytes, for server and client.
 * Header, big endian: u32 body length, u8 kind, u8 flags, u16 method, u64 request id. */
#ifndef CREDITD_COMMON_FRAME_H
#define CREDITD_COMMON_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES          16
#define FRAME_BODY_MAX_BEFORE_LOGIN 4096u
#define FRAME_BODY_MAX              (1024u * 1024u)

enum frame_kind { FRAME_REQUEST = 1, FRAME_ANSWER = 2, FRAME_PUSH = 3, FRAME_PING = 4, FRAME_PONG = 5 };
enum { FRAME_FLAG_COMPRESSED = 1 }; /* reserved; refused in protocol 1, as is every other flag */

struct frame {
    uint32_t length; /* of the body */
    uint8_t kind;
    uint8_t flags;
    uint16_t method;
    uint64_t id;
};

enum frame_result { FRAME_NEED_MORE, FRAME_COMPLETE, FRAME_TOO_LARGE, FRAME_BAD_KIND, FRAME_BAD_FLAGS };

/* Writes the 16 header bytes. */
void frame_encode(uint8_t out[FRAME_HEADER_BYTES], const struct frame *frame);
/* Reads the header of a frame at `bytes`, of which `have` are there. Judges as soon as the 16 bytes are there, before
 * any of the body is: TOO_LARGE, BAD_KIND and BAD_FLAGS end a connection. COMPLETE: header and body are there. On
 * all results but NEED_MORE with have < 16, *frame is filled. */
enum frame_result frame_decode(const uint8_t *bytes, size_t have, uint32_t body_max, struct frame *frame);

#endif
