/* protobuf-c with an arena for its allocator. */
#include "client/message.h"

static void *arena_allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void arena_keep(void *arena, void *pointer)
{
    (void)arena, (void)pointer;
}

uint8_t *message_pack(struct arena *arena, const ProtobufCMessage *message, size_t *length)
{
    uint8_t *bytes;

    *length = protobuf_c_message_get_packed_size(message);
    bytes = arena_alloc(arena, *length + 1);
    protobuf_c_message_pack(message, bytes);
    return bytes;
}

void *message_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes,
                     size_t length)
{
    ProtobufCAllocator allocator = {arena_allocate, arena_keep, arena};

    return protobuf_c_message_unpack(descriptor, &allocator, length, bytes);
}

const Creditd__V1__Answer *message_unpack_answer(struct arena *arena, const uint8_t *bytes, size_t length)
{
    return message_unpack(arena, &creditd__v1__answer__descriptor, bytes, length);
}
