/* The look at encoded messages: what protobuf-c packs passes, what no encoder writes does not. */
#include "server/wire/prescan.h"

#include "admin.pb-c.h"
#include "application.pb-c.h"
#include "base.pb-c.h"
#include "org.pb-c.h"
#include "tests/unit/unit.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static const ProtobufCMessageDescriptor *const verify = &creditd__v1__verify_request__descriptor;
static const ProtobufCMessageDescriptor *const user_add = &creditd__v1__user_add_request__descriptor;
static const ProtobufCMessageDescriptor *const outcome = &creditd__v1__outcome_answer__descriptor;

/* Judges a copy of exactly that size: a sanitizer sees a read beyond it. */
static struct prescan_result judge(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length == 0 ? 1 : length);
    memcpy(copy, bytes, length);
    struct prescan_result result = prescan(descriptor, copy, length);
    free(copy);
    return result;
}

static size_t pack_verify(uint8_t *out)
{
    uint8_t id[16] = {1, 0, 2};
    Creditd__V1__CheckedItem item = CREDITD__V1__CHECKED_ITEM__INIT;
    Creditd__V1__CheckedItem *items[] = {&item, &item};
    Creditd__V1__VerifyRequest request = CREDITD__V1__VERIFY_REQUEST__INIT;
    item.name = (char *)"licence";
    item.has_ok = 1;
    request.has_command_id = 1;
    request.command_id = (ProtobufCBinaryData){sizeof id, id};
    request.has_if_version = 1;
    request.if_version = UINT32_MAX;
    request.application = (char *)"A-07-1024";
    request.has_finding = 1;
    request.finding = CREDITD__V1__FINDING__FINDING_DOUBTFUL;
    request.opinion = (char *)"营业执照已过期";
    request.n_items = 2;
    request.items = items;
    return creditd__v1__verify_request__pack(&request, out);
}

static void what_an_encoder_writes_passes(void **state)
{
    (void)state;
    uint8_t bytes[256];
    size_t length = pack_verify(bytes);
    assert_int_equal(judge(verify, bytes, length).reason, REASON_NONE);
    assert_int_equal(prescan(verify, NULL, 0).reason, REASON_NONE);
}

/* A message cut anywhere is refused or a shorter message that unpacks; never is it read beyond its end. */
static void cut_messages_do_no_harm(void **state)
{
    (void)state;
    uint8_t bytes[256];
    size_t length = pack_verify(bytes);
    unsigned refused = 0;
    for (size_t cut = 0; cut < length; cut++) {
        if (judge(verify, bytes, cut).reason != REASON_NONE) {
            refused++;
            continue;
        }
        Creditd__V1__VerifyRequest *request = creditd__v1__verify_request__unpack(NULL, cut, bytes);
        assert_non_null(request);
        creditd__v1__verify_request__free_unpacked(request, NULL);
    }
    assert_true(refused > length / 2);
}

/* Whatever passes with one byte changed can be unpacked. */
static void changed_messages_do_no_harm(void **state)
{
    (void)state;
    uint8_t bytes[256];
    size_t length = pack_verify(bytes);
    unsigned refused = 0;
    for (size_t at = 0; at < length; at++) {
        uint8_t kept = bytes[at];
        for (int value = 0; value < 256; value++) {
            bytes[at] = (uint8_t)value;
            if (judge(verify, bytes, length).reason != REASON_NONE) {
                refused++;
                continue;
            }
            Creditd__V1__VerifyRequest *request = creditd__v1__verify_request__unpack(NULL, length, bytes);
            assert_non_null(request);
            creditd__v1__verify_request__free_unpacked(request, NULL);
        }
        bytes[at] = kept;
    }
    assert_true(refused > 0);
}

static void hostile_bytes_are_refused(void **state)
{
    (void)state;
    const struct {
        const ProtobufCMessageDescriptor *descriptor;
        const uint8_t *bytes;
        size_t length;
        enum reason reason;
        const char *field;
    } rows[] = {
        {verify, BYTES("\x20\x02"), REASON_NONE, NULL},
        {verify, BYTES("\x20\x03"), REASON_UNKNOWN_VALUE, "finding"},
        {verify, BYTES("\x20\x00"), REASON_UNKNOWN_VALUE, "finding"},
        {verify, BYTES("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_UNKNOWN_VALUE, "finding"},
        {verify, BYTES("\x20\x82\x00"), REASON_MALFORMED, "finding"}, /* 2, longer than needed */
        {verify, BYTES("\x20\x82\x80\x80\x80\x80\x80\x80\x80\x80\x02"), REASON_MALFORMED, "finding"},
        {verify, BYTES("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_MALFORMED, "finding"},
        {verify, BYTES("\x20"), REASON_MALFORMED, "finding"},
        {verify, BYTES("\x20\x01\x20\x01"), REASON_MALFORMED, "finding"},            /* twice */
        {verify, BYTES("\x10\x80\x80\x80\x80\x10"), REASON_MALFORMED, "if_version"}, /* 2^32 */
        {verify, BYTES("\x10\xff\xff\xff\xff\x0f"), REASON_NONE, NULL},
        {verify, BYTES("\x12\x01\x01"), REASON_MALFORMED, "if_version"}, /* wrong wire type */
        {verify, BYTES("\x18\x01"), REASON_MALFORMED, "application"},
        {verify, BYTES("\x1d\0\0\0\0"), REASON_MALFORMED, "application"},
        {verify, BYTES("\x1b"), REASON_MALFORMED, "application"}, /* group */
        {verify,
         BYTES("\x1a\x05"
               "abc"),
         REASON_MALFORMED, "application"}, /* longer than there is */
        {verify, BYTES("\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_MALFORMED, "application"},
        {verify,
         BYTES("\x1a\x03"
               "a\0b"),
         REASON_MALFORMED, "application"}, /* NUL */
        {verify,
         BYTES("\x1a\x02"
               "a\xff"),
         REASON_MALFORMED, "application"}, /* no UTF-8 */
        {verify, BYTES("\x3a\x00"), REASON_MALFORMED, "unknown field"},
        {verify, BYTES("\x00\x00"), REASON_MALFORMED, "unknown field"}, /* field 0 */
        {verify, BYTES("\x80"), REASON_MALFORMED, "tag"},
        {verify, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_MALFORMED, "tag"},
        {verify, BYTES("\x32\x02\x10\x02"), REASON_MALFORMED, "ok"}, /* bool 2 */
        {verify, BYTES("\x32\x02\x10"), REASON_MALFORMED, "items"},
        {verify, BYTES("\x32\x02\x18\x01"), REASON_MALFORMED, "unknown field"},
        {user_add, BYTES("\x30\x01\x30\x02"), REASON_NONE, NULL}, /* repeated */
        {user_add, BYTES("\x32\x02\x01\x02"), REASON_NONE, NULL}, /* packed */
        {user_add, BYTES("\x32\x02\x01\x63"), REASON_UNKNOWN_VALUE, "roles"},
        {user_add, BYTES("\x32\x02\x01\x80"), REASON_MALFORMED, "roles"},
        {outcome,
         BYTES("\x12\x06\x22\x04\x0a\x02"
               "ab"),
         REASON_NONE, NULL}, /* three deep */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prescan_result result = judge(rows[i].descriptor, rows[i].bytes, rows[i].length);
        if (result.reason != rows[i].reason || (result.field == NULL) != (rows[i].field == NULL) ||
            (result.field != NULL && strcmp(result.field, rows[i].field) != 0)) {
            fail_msg("row %zu: %s, %s", i, reason_name(result.reason), result.field);
        }
    }
}

static void many_fields_are_refused(void **state)
{
    (void)state;
    enum { COUNT_MAX = PRESCAN_FIELDS_MAX };
    uint8_t *bytes = malloc((COUNT_MAX + 1) * 2);
    for (size_t i = 0; i <= COUNT_MAX; i++) {
        bytes[2 * i] = 0x32; /* an empty item */
        bytes[2 * i + 1] = 0;
    }
    assert_int_equal(prescan(verify, bytes, COUNT_MAX * 2).reason, REASON_NONE);
    assert_int_equal(prescan(verify, bytes, (COUNT_MAX + 1) * 2).reason, REASON_LIMIT_EXCEEDED);
    free(bytes);
}

static const ProtobufCMessageDescriptor nested;
static const ProtobufCFieldDescriptor nested_fields[] = {
    {"inner", 1, PROTOBUF_C_LABEL_OPTIONAL, PROTOBUF_C_TYPE_MESSAGE, 0, 0, &nested, NULL, 0, 0, NULL, NULL},
};
static const unsigned nested_indices[] = {0};
static const ProtobufCIntRange nested_ranges[] = {{1, 0}, {0, 1}};
/* A message that holds itself; the protocol has none. */
static const ProtobufCMessageDescriptor nested = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "Nested",
    .n_fields = 1,
    .fields = nested_fields,
    .fields_sorted_by_name = nested_indices,
    .n_field_ranges = 1,
    .field_ranges = nested_ranges,
};

static void depth_is_bounded(void **state)
{
    (void)state;
    uint8_t bytes[2 * (PRESCAN_DEPTH_MAX + 1)];
    for (size_t depth = 1; depth <= PRESCAN_DEPTH_MAX + 1; depth++) {
        size_t length = 2 * (depth - 1);
        for (size_t at = 0; at < length; at += 2) {
            bytes[at] = 0x0a;
            bytes[at + 1] = (uint8_t)(length - at - 2);
        }
        assert_int_equal(prescan(&nested, bytes, length).reason,
                         depth <= PRESCAN_DEPTH_MAX ? REASON_NONE : REASON_LIMIT_EXCEEDED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_encoder_writes_passes), cmocka_unit_test(cut_messages_do_no_harm),
        cmocka_unit_test(changed_messages_do_no_harm),   cmocka_unit_test(hostile_bytes_are_refused),
        cmocka_unit_test(many_fields_are_refused),       cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
