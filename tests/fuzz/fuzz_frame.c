/* Arbitrary bytes as frames: header, pre-scan, unpacking through a capped allocator, for the request of every method.
 * What the pre-scan lets through must unpack within the memory that the server grants. */
#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>

#include "admin.pb-c.h"
#include "application.pb-c.h"
#include "auth.pb-c.h"
#include "common/arena.h"
#include "common/check.h"
#include "common/frame.h"
#include "customer.pb-c.h"
#include "org.pb-c.h"
#include "server/wire/prescan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUEST(name) &creditd__v1__##name##_request__descriptor
static const ProtobufCMessageDescriptor *const requests[] = {
    REQUEST(hello),
    REQUEST(login),
    REQUEST(resume),
    REQUEST(logout),
    REQUEST(unit_create),
    REQUEST(unit_move),
    REQUEST(unit_close),
    REQUEST(user_add),
    REQUEST(user_list),
    REQUEST(user_disable),
    REQUEST(user_password),
    REQUEST(user_grant),
    REQUEST(customer_add),
    REQUEST(customer_list),
    REQUEST(customer_show),
    REQUEST(submit),
    REQUEST(verify),
    REQUEST(return ),
    REQUEST(resubmit),
    REQUEST(approve),
    REQUEST(reject),
    REQUEST(withdraw),
    REQUEST(record),
    REQUEST(application_show),
    REQUEST(application_list),
    REQUEST(inbox),
    REQUEST(outcome),
    REQUEST(audit_verify),
    REQUEST(clock_advance),
};

static void *capped_alloc(void *arena, size_t size)
{
    return arena_try(arena, size);
}

static void capped_free(void *arena, void *pointer)
{
    (void)arena, (void)pointer;
}

/* The server's own bound: 64 KiB and eight times the body. */
static void unpack(const ProtobufCMessageDescriptor *descriptor, const uint8_t *body, size_t length)
{
    struct arena *arena = arena_new(65536 + 8 * length);
    ProtobufCAllocator allocator = {capped_alloc, capped_free, arena};
    struct prescan_result scan = prescan(descriptor, body, length);
    ProtobufCMessage *message;

    if (scan.reason != REASON_NONE) {
        CHECK(scan.field != NULL);
    } else {
        message = protobuf_c_message_unpack(descriptor, &allocator, length, body);
        CHECK(message == NULL || message->n_unknown_fields == 0);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame;
    size_t at = 0;

    while (frame_decode(data + at, size - at, FRAME_BODY_MAX, &frame) == FRAME_COMPLETE) {
        unpack(requests[frame.method % (sizeof requests / sizeof requests[0])], data + at + FRAME_HEADER_BYTES,
               frame.length);
        at += FRAME_HEADER_BYTES + frame.length;
    }
    /* Most chance inputs are no frame: their bytes are a body, too. */
    if (size > 0)
        unpack(requests[data[0] % (sizeof requests / sizeof requests[0])], data + 1, size - 1);
    return 0;
}
