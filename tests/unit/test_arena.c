/* Arena: zeroed, aligned, bounded memory that a reset gives back. */
#include "common/arena.h"

#include "tests/unit/unit.h"

static void memory_is_zeroed_and_aligned_also_after_a_reset(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (int round = 0; round < 2; round++) {
        for (size_t size = 0; size < 200; size++) {
            unsigned char *bytes = arena_alloc(arena, size);
            assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++) {
                assert_int_equal(bytes[i], 0);
            }
            memset(bytes, 0xff, size);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

static void pieces_do_not_overlap(void **state)
{
    (void)state;
    enum { PIECES = 300 };
    struct arena *arena = arena_new(0);
    unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = memset(arena_alloc(arena, i * 37), (int)(i & 0xff), i * 37);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t at = 0; at < i * 37; at++) {
            assert_int_equal(pieces[i][at], i & 0xff);
        }
    }
    arena_free(arena);
}

static void a_limit_holds_and_a_reset_gives_it_back(void **state)
{
    (void)state;
    struct arena *arena = arena_new(10000);
    assert_null(arena_try(arena, 10001));
    assert_null(arena_try(arena, SIZE_MAX));
    assert_null(arena_try(arena, SIZE_MAX - 7));
    assert_non_null(arena_try(arena, 8000));
    assert_null(arena_try(arena, 2001));
    assert_non_null(arena_try(arena, 2000));
    assert_null(arena_try(arena, 1));
    arena_reset(arena);
    assert_non_null(arena_try(arena, 9000));
    arena_free(arena);
}

static void large_pieces_get_blocks_of_their_own(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char *large = arena_alloc(arena, 5 * 1024 * 1024);
    large[5 * 1024 * 1024 - 1] = 'x';
    char *small = arena_strdup(arena, "small");
    assert_string_equal(small, "small");
    assert_int_equal(large[5 * 1024 * 1024 - 1], 'x');
    arena_free(arena);
    arena_free(NULL);
}

static void copies_are_copies(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char text[] = "abc";
    char *copy = arena_strdup(arena, text);
    char *part = arena_strndup(arena, text, 2);
    char *longer = arena_strndup(arena, text, 100);
    unsigned char *bytes = arena_copy(arena, text, 2);
    text[0] = 'x';
    assert_string_equal(copy, "abc");
    assert_string_equal(part, "ab");
    assert_string_equal(longer, "abc");
    assert_memory_equal(bytes, "ab", 2);
    assert_null(arena_strdup(arena, NULL));
    assert_null(arena_strndup(arena, NULL, 3));
    assert_null(arena_copy(arena, NULL, 0));
    arena_free(arena);
}

static void printf_measures_first(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_string_equal(arena_printf(arena, "%s-%02d", "A", 7), "A-07");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
    char *wide = arena_printf(arena, "%5000d", 1);
    assert_int_equal(strlen(wide), 5000);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned_also_after_a_reset),
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(a_limit_holds_and_a_reset_gives_it_back),
        cmocka_unit_test(large_pieces_get_blocks_of_their_own),
        cmocka_unit_test(copies_are_copies),
        cmocka_unit_test(printf_measures_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
