/* Messages as bytes, in arenas. */
#ifndef CREDITD_CLIENT_MESSAGE_H
#define CREDITD_CLIENT_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base.pb-c.h"
#include "common/arena.h"

uint8_t *message_pack(struct arena *arena, const ProtobufCMessage *message, size_t *length);
/* NULL: the bytes are none. */
void *message_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                     size_t length);
const Creditd__V1__Answer *message_unpack_answer(struct arena *arena, const uint8_t *bytes, size_t length);

#endif
