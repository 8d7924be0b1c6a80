/* Frames: header bytes, judged as early as they can be. */
#include "common/frame.h"

#include "tests/unit/unit.h"

static const uint8_t example[] = {0,    0,    0,    5,    1,    0,   0,   40,  0x01, 0x23, 0x45,
                                  0x67, 0x89, 0xab, 0xcd, 0xef, 'h', 'e', 'l', 'l',  'o'};
static const struct frame example_frame = {
    .length = 5, .kind = FRAME_REQUEST, .flags = 0, .method = 40, .id = 0x0123456789abcdefULL};

static void the_header_is_big_endian(void **state)
{
    (void)state;
    uint8_t header[FRAME_HEADER_BYTES];
    frame_encode(header, &example_frame);
    assert_memory_equal(header, example, sizeof header);
}

static void a_frame_is_complete_with_its_last_byte(void **state)
{
    (void)state;
    for (size_t have = 0; have <= sizeof example; have++) {
        /* A copy of exactly that size: a sanitizer sees a read beyond it. */
        uint8_t *bytes = malloc(have == 0 ? 1 : have);
        memcpy(bytes, example, have);
        struct frame frame = {0};
        enum frame_result result = frame_decode(bytes, have, FRAME_BODY_MAX, &frame);
        free(bytes);
        assert_int_equal(result, have == sizeof example ? FRAME_COMPLETE : FRAME_NEED_MORE);
        if (have >= FRAME_HEADER_BYTES) {
            assert_int_equal(frame.length, 5);
            assert_int_equal(frame.kind, FRAME_REQUEST);
            assert_int_equal(frame.method, 40);
            assert_true(frame.id == example_frame.id);
        }
    }
}

static void bytes_of_the_next_frame_change_nothing(void **state)
{
    (void)state;
    uint8_t bytes[sizeof example + 3];
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, example, sizeof example);
    struct frame frame;
    assert_int_equal(frame_decode(bytes, sizeof bytes, FRAME_BODY_MAX, &frame), FRAME_COMPLETE);
    assert_int_equal(frame.length, 5);
}

static enum frame_result judge(struct frame frame, uint32_t body_max)
{
    uint8_t header[FRAME_HEADER_BYTES];
    struct frame decoded;
    frame_encode(header, &frame);
    enum frame_result result = frame_decode(header, sizeof header, body_max, &decoded);
    assert_int_equal(decoded.length, frame.length);
    assert_int_equal(decoded.kind, frame.kind);
    assert_int_equal(decoded.flags, frame.flags);
    assert_int_equal(decoded.method, frame.method);
    assert_true(decoded.id == frame.id);
    return result;
}

static void bad_headers_are_refused_before_the_body(void **state)
{
    (void)state;
    struct frame frame = {.length = 100, .kind = FRAME_REQUEST, .method = 65535, .id = UINT64_MAX};
    assert_int_equal(judge(frame, 100), FRAME_NEED_MORE);
    assert_int_equal(judge(frame, 99), FRAME_TOO_LARGE);
    frame.length = UINT32_MAX;
    assert_int_equal(judge(frame, FRAME_BODY_MAX), FRAME_TOO_LARGE);
    frame.length = FRAME_BODY_MAX + 1;
    assert_int_equal(judge(frame, FRAME_BODY_MAX), FRAME_TOO_LARGE);
    frame.length = 0;
    assert_int_equal(judge(frame, 0), FRAME_COMPLETE);
    for (int kind = 0; kind < 256; kind++) {
        frame.kind = (uint8_t)kind;
        assert_int_equal(judge(frame, 0), kind >= 1 && kind <= 5 ? FRAME_COMPLETE : FRAME_BAD_KIND);
    }
    frame.kind = FRAME_ANSWER;
    for (int flags = 1; flags < 256; flags++) {
        frame.flags = (uint8_t)flags;
        assert_int_equal(judge(frame, 0), FRAME_BAD_FLAGS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_big_endian),
        cmocka_unit_test(a_frame_is_complete_with_its_last_byte),
        cmocka_unit_test(bytes_of_the_next_frame_change_nothing),
        cmocka_unit_test(bad_headers_are_refused_before_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
