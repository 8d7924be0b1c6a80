/* A look at an encoded message before it is unpacked: nothing of what a peer can cause (depth, number of fields,
 * unknown or duplicate fields, wrong wire types, over-long varints, invalid UTF-8, NUL, enum values out of range)
 * reaches protobuf-c. Pure. */
#ifndef CREDITD_WIRE_PRESCAN_H
#define CREDITD_WIRE_PRESCAN_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reasons.h"

#define PRESCAN_DEPTH_MAX  4
#define PRESCAN_FIELDS_MAX 20000

struct prescan_result {
    enum reason reason; /* NONE, MALFORMED, UNKNOWN_VALUE (enum), LIMIT_EXCEEDED */
    const char *field;  /* static text of the descriptor, or a static word such as "unknown field" */
};

struct prescan_result prescan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length);

/* Steps over one field of a message that prescan() has let through: *at moves behind it. Its descriptor. */
const ProtobufCFieldDescriptor *prescan_step(const ProtobufCMessageDescriptor *descriptor, const uint8_t **at,
                                             const uint8_t *end);

#endif
