/* The pre-scan: what honest encoders write passes, everything else is refused with its field. */
#include "application.pb-c.h"
#include "auth.pb-c.h"
#include "customer.pb-c.h"
#include "org.pb-c.h"
#include "server/wire/prescan.h"
#include "tests/unit/unit.h"

#define VERIFY (&creditd__v1__verify_request__descriptor)
#define GRANT  (&creditd__v1__user_grant_request__descriptor)

static void expect(const ProtobufCMessageDescriptor *descriptor, const void *bytes, size_t length, enum reason reason,
                   const char *field)
{
    struct prescan_result result = prescan(descriptor, bytes, length);

    assert_string_equal(reason_name(result.reason), reason_name(reason));
    if (field != NULL)
        assert_string_equal(result.field, field);
}

#define EXPECT(descriptor, text, reason, field) expect(descriptor, text, sizeof(text) - 1, REASON_##reason, field)

static void test_what_the_encoder_writes(void **state)
{
    Creditd__V1__CheckedItem item = CREDITD__V1__CHECKED_ITEM__INIT, *items[] = {&item, &item};
    Creditd__V1__VerifyRequest request = CREDITD__V1__VERIFY_REQUEST__INIT;
    uint8_t id[16] = {1}, bytes[512];

    (void)state;
    item.name = "licence";
    item.has_ok = true;
    request.has_command_id = true;
    request.command_id = (ProtobufCBinaryData){sizeof id, id};
    request.has_if_version = true;
    request.if_version = UINT32_MAX;
    request.application = "A-07-1024";
    request.has_finding = true;
    request.finding = CREDITD__V1__FINDING__FINDING_DOUBTFUL;
    request.opinion = "同意";
    request.n_items = 2;
    request.items = items;
    expect(VERIFY, bytes, creditd__v1__verify_request__pack(&request, bytes), REASON_NONE, NULL);
    expect(VERIFY, NULL, 0, REASON_NONE, NULL);
}

static void test_every_cut_is_refused(void **state)
{
    static const char whole[] = "\x0a\x02xy\x10\x05\x1a\x04"
                                "A-1x\x20\x01\x32\x05\x0a\x01n\x10\x01";

    (void)state;
    EXPECT(VERIFY, whole, NONE, NULL);
    for (size_t length = 1; length < sizeof whole - 1; length++) {
        /* a cut between two fields is a shorter message */
        bool between = length == 4 || length == 6 || length == 12 || length == 14;

        expect(VERIFY, whole, length, between ? REASON_NONE : REASON_MALFORMED, NULL);
    }
}

static void test_tags(void **state)
{
    (void)state;
    EXPECT(VERIFY, "\x7a\x00", MALFORMED, "unknown field");
    EXPECT(VERIFY, "\x00\x00", MALFORMED, "unknown field");
    EXPECT(VERIFY, "\x8a\x00\x00", MALFORMED, "tag");             /* longer than needed */
    EXPECT(VERIFY, "\xff\xff\xff\xff\xff\x01", MALFORMED, "tag"); /* beyond 32 bits */
    EXPECT(VERIFY, "\x0b\x0c", MALFORMED, "command_id");          /* a group */
    EXPECT(VERIFY, "\x0f", MALFORMED, "command_id");              /* no wire type */
    EXPECT(VERIFY, "\x08\x01", MALFORMED, "command_id");          /* a number where bytes belong */
    EXPECT(VERIFY, "\x12\x01\x01", MALFORMED, "if_version");      /* bytes where a number belongs */
    EXPECT(VERIFY, "\x10\x01\x10\x01", MALFORMED, "if_version");  /* twice */
}

static void test_numbers(void **state)
{
    (void)state;
    EXPECT(VERIFY, "\x10\xff\xff\xff\xff\x0f", NONE, NULL);
    EXPECT(VERIFY, "\x10\x80\x80\x80\x80\x10", MALFORMED, "if_version");                         /* 2^32 */
    EXPECT(VERIFY, "\x10\x81\x00", MALFORMED, "if_version");                                     /* overlong */
    EXPECT(VERIFY, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", MALFORMED, "if_version");     /* beyond 64 bits */
    EXPECT(VERIFY, "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", MALFORMED, "if_version"); /* eleven bytes */
    EXPECT(&creditd__v1__checked_item__descriptor, "\x10\x02", MALFORMED, "ok");                 /* no bool */
}

static void test_enums(void **state)
{
    (void)state;
    EXPECT(VERIFY, "\x20\x02", NONE, NULL);
    EXPECT(VERIFY, "\x20\x03", UNKNOWN_VALUE, "finding");
    EXPECT(VERIFY, "\x20\x00", UNKNOWN_VALUE, "finding");
    EXPECT(VERIFY, "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", UNKNOWN_VALUE, "finding"); /* -1 */
    EXPECT(VERIFY, "\x20\x81\x80\x80\x80\x10", UNKNOWN_VALUE, "finding");                     /* 2^32 + 1 is not 1 */
    EXPECT(GRANT, "\x18\x01\x18\x02", NONE, NULL);
    EXPECT(GRANT, "\x1a\x02\x01\x02", NONE, NULL); /* packed */
    EXPECT(GRANT, "\x1a\x02\x01\x63", UNKNOWN_VALUE, "grant");
}

static void test_texts(void **state)
{
    (void)state;
    EXPECT(VERIFY, "\x2a\x03\xe5\x90\x8c", NONE, NULL);
    EXPECT(VERIFY, "\x2a\x02\xe5\x90", MALFORMED, "opinion");     /* cut */
    EXPECT(VERIFY, "\x2a\x02\xc0\x80", MALFORMED, "opinion");     /* overlong */
    EXPECT(VERIFY, "\x2a\x03\xed\xa0\x80", MALFORMED, "opinion"); /* surrogate */
    EXPECT(VERIFY,
           "\x2a\x03"
           "a\0b",
           MALFORMED, "opinion");
    EXPECT(VERIFY, "\x0a\x02\xff\x00", NONE, NULL); /* bytes may hold anything */
    EXPECT(VERIFY, "\x2a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", MALFORMED, "opinion");
}

static void test_sub_messages(void **state)
{
    (void)state;
    EXPECT(VERIFY, "\x32\x00\x32\x00", NONE, NULL);
    EXPECT(VERIFY, "\x32\x02\x1a\x00", MALFORMED, "unknown field");
    EXPECT(VERIFY, "\x32\x02\x0a\x05", MALFORMED, "name"); /* longer than its message */
    EXPECT(VERIFY, "\x32\x08\x0a\x01", MALFORMED, "items");
}

static void test_number_of_fields(void **state)
{
    static uint8_t bytes[2 * (PRESCAN_FIELDS_MAX + 1)];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x18;
        bytes[i + 1] = 1;
    }
    expect(GRANT, bytes, sizeof bytes - 2, REASON_NONE, NULL);
    expect(GRANT, bytes, sizeof bytes, REASON_LIMIT_EXCEEDED, "grant");
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x32;
        bytes[i + 1] = 0;
    }
    expect(VERIFY, bytes, sizeof bytes, REASON_LIMIT_EXCEEDED, "items");
}

/* A message that holds itself, as no schema of ours does: depth is bounded all the same. */
static void test_depth(void **state)
{
    static ProtobufCMessageDescriptor self;
    static const ProtobufCFieldDescriptor field = {.name = "inner",
                                                   .id = 1,
                                                   .label = PROTOBUF_C_LABEL_OPTIONAL,
                                                   .type = PROTOBUF_C_TYPE_MESSAGE,
                                                   .descriptor = &self};
    static const ProtobufCIntRange ranges[] = {{1, 0}, {0, 1}};
    uint8_t bytes[] = {0x0a, 8, 0x0a, 6, 0x0a, 4, 0x0a, 2, 0x0a, 0};

    (void)state;
    self = (ProtobufCMessageDescriptor){.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                        .n_fields = 1,
                                        .fields = &field,
                                        .n_field_ranges = 1,
                                        .field_ranges = ranges};
    expect(&self, bytes + 4, sizeof bytes - 4, REASON_NONE, NULL);
    expect(&self, bytes, sizeof bytes, REASON_LIMIT_EXCEEDED, "depth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_encoder_writes),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_sub_messages),
        cmocka_unit_test(test_number_of_fields),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
