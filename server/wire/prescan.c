/* The look at an encoded message before protobuf-c sees it. It walks tags and lengths with the descriptor beside it and
 * refuses whatever an honest encoder never writes; it allocates nothing. */
#include "server/wire/prescan.h"

#include "common/check.h"
#include "common/text.h"

#define SINGULAR_FIELDS_MAX 256
#define VARINT_BYTES_MAX    10

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct cursor {
    const uint8_t *at, *end;
};

struct walk {
    unsigned fields; /* of all messages together */
    struct prescan_result result;
};

static bool fail(struct walk *walk, enum reason reason, const char *field)
{
    walk->result = (struct prescan_result){reason, field};
    return false;
}

/* Only the shortest form of a number is taken: one value, one encoding. */
static bool read_varint(struct cursor *cursor, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX && cursor->at < cursor->end; i++) {
        uint8_t byte = *cursor->at++;

        if (i == VARINT_BYTES_MAX - 1 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *out = value;
            return i == 0 || byte != 0;
        }
    }
    return false;
}

/* Cuts `length` bytes off the front. */
static bool read_bytes(struct cursor *cursor, uint64_t length, struct cursor *out)
{
    if (length > (uint64_t)(cursor->end - cursor->at))
        return false;
    *out = (struct cursor){cursor->at, cursor->at + length};
    cursor->at += length;
    return true;
}

static enum wire_type wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_FIXED32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_FIXED64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    default:
        return WIRE_VARINT;
    }
}

static bool fits_int32(uint64_t value)
{
    return (int64_t)value >= INT32_MIN && (int64_t)value <= INT32_MAX;
}

static bool check_varint(struct walk *walk, const ProtobufCFieldDescriptor *field, uint64_t value)
{
    bool fits = true;

    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        fits = value <= 1;
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        fits = value <= UINT32_MAX;
        break;
    case PROTOBUF_C_TYPE_INT32:
        fits = fits_int32(value);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        if (!fits_int32(value) || protobuf_c_enum_descriptor_get_value(field->descriptor, (int)(int64_t)value) == NULL)
            return fail(walk, REASON_UNKNOWN_VALUE, field->name);
        break;
    default:
        break;
    }
    return fits || fail(walk, REASON_MALFORMED, field->name);
}

static bool count_field(struct walk *walk, const char *name)
{
    return ++walk->fields <= PRESCAN_FIELDS_MAX || fail(walk, REASON_LIMIT_EXCEEDED, name);
}

/* One value that is no sub-message and has no length. */
static bool check_scalar(struct walk *walk, const ProtobufCFieldDescriptor *field, struct cursor *cursor)
{
    struct cursor skipped;
    uint64_t value;

    switch (wire_type_of(field->type)) {
    case WIRE_VARINT:
        return read_varint(cursor, &value) ? check_varint(walk, field, value)
                                           : fail(walk, REASON_MALFORMED, field->name);
    case WIRE_FIXED32:
        return read_bytes(cursor, 4, &skipped) || fail(walk, REASON_MALFORMED, field->name);
    default:
        return read_bytes(cursor, 8, &skipped) || fail(walk, REASON_MALFORMED, field->name);
    }
}

/* Encoders may pack a repeated number into one length-delimited field; each element counts. */
static bool check_packed(struct walk *walk, const ProtobufCFieldDescriptor *field, struct cursor inner)
{
    while (inner.at < inner.end)
        if (!count_field(walk, field->name) || !check_scalar(walk, field, &inner))
            return false;
    return true;
}

static bool check_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor, struct cursor cursor,
                          unsigned depth);

static bool check_delimited(struct walk *walk, const ProtobufCFieldDescriptor *field, struct cursor *cursor,
                            unsigned depth)
{
    struct cursor inner;
    uint64_t length;

    if (!read_varint(cursor, &length) || !read_bytes(cursor, length, &inner))
        return fail(walk, REASON_MALFORMED, field->name);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(walk, field->descriptor, inner, depth + 1);
    if (field->type == PROTOBUF_C_TYPE_STRING && !text_is_utf8((const char *)inner.at, (size_t)length))
        return fail(walk, REASON_MALFORMED, field->name);
    if (wire_type_of(field->type) != WIRE_BYTES)
        return check_packed(walk, field, inner);
    return true;
}

/* The field that a tag names; NULL when the walk has failed. */
static const ProtobufCFieldDescriptor *read_tag(struct walk *walk, const ProtobufCMessageDescriptor *descriptor,
                                                struct cursor *cursor, unsigned *type)
{
    const ProtobufCFieldDescriptor *field;
    uint64_t tag;

    if (!read_varint(cursor, &tag) || tag > UINT32_MAX) {
        fail(walk, REASON_MALFORMED, "tag");
        return NULL;
    }
    field = protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(tag >> 3));
    if (field == NULL)
        fail(walk, REASON_MALFORMED, "unknown field");
    *type = (unsigned)(tag & 7);
    return field;
}

static bool check_field(struct walk *walk, const ProtobufCFieldDescriptor *field, unsigned type, struct cursor *cursor,
                        unsigned depth)
{
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;

    if (type == WIRE_BYTES && (wire_type_of(field->type) == WIRE_BYTES || repeated))
        return check_delimited(walk, field, cursor, depth);
    if (type != wire_type_of(field->type))
        return fail(walk, REASON_MALFORMED, field->name);
    return check_scalar(walk, field, cursor);
}

static bool check_message(struct walk *walk, const ProtobufCMessageDescriptor *descriptor, struct cursor cursor,
                          unsigned depth)
{
    bool seen[SINGULAR_FIELDS_MAX] = {false};

    CHECK(descriptor->n_fields <= SINGULAR_FIELDS_MAX);
    if (depth > PRESCAN_DEPTH_MAX)
        return fail(walk, REASON_LIMIT_EXCEEDED, "depth");
    while (cursor.at < cursor.end) {
        unsigned type, index;
        const ProtobufCFieldDescriptor *field = read_tag(walk, descriptor, &cursor, &type);

        if (field == NULL || !count_field(walk, field->name))
            return false;
        CHECK(field->label != PROTOBUF_C_LABEL_REQUIRED);
        index = (unsigned)(field - descriptor->fields);
        if (field->label != PROTOBUF_C_LABEL_REPEATED && seen[index])
            return fail(walk, REASON_MALFORMED, field->name);
        seen[index] = true;
        if (!check_field(walk, field, type, &cursor, depth))
            return false;
    }
    return true;
}

const ProtobufCFieldDescriptor *prescan_step(const ProtobufCMessageDescriptor *descriptor, const uint8_t **at,
                                             const uint8_t *end)
{
    struct cursor cursor = {*at, end}, skipped;
    struct walk walk = {0};
    uint64_t value;
    unsigned type;
    const ProtobufCFieldDescriptor *field = read_tag(&walk, descriptor, &cursor, &type);

    CHECK(field != NULL);
    if (type == WIRE_BYTES)
        CHECK(read_varint(&cursor, &value) && read_bytes(&cursor, value, &skipped));
    else
        CHECK(check_scalar(&walk, field, &cursor));
    *at = cursor.at;
    return field;
}

struct prescan_result prescan(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length)
{
    struct walk walk = {0};

    CHECK(descriptor != NULL && (bytes != NULL || length == 0));
    if (length > 0 && !check_message(&walk, descriptor, (struct cursor){bytes, bytes + length}, 1))
        CHECK(walk.result.reason != REASON_NONE);
    return walk.result;
}
