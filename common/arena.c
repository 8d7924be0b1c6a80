/* Arena: blocks in a list, the newest in front; the first one stays for the next use. */
#include "common/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"

#define BLOCK_FIRST_BYTES ((size_t)4096)
#define BLOCK_MAX_BYTES   ((size_t)1024 * 1024)

struct block {
    struct block *older;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *newest;
    size_t limit, used;
    size_t next_size;
    struct block first; /* its bytes follow; the last member */
};

static struct block *block_new(size_t size, struct block *older)
{
    struct block *block = malloc(sizeof *block + size);
    CHECK(block != NULL);
    block->older = older;
    block->size = size;
    block->used = 0;
    return block;
}

struct arena *arena_new(size_t limit_bytes)
{
    struct arena *arena = malloc(sizeof *arena + BLOCK_FIRST_BYTES);
    CHECK(arena != NULL);
    *arena = (struct arena){.newest = &arena->first,
                            .limit = limit_bytes,
                            .next_size = 2 * BLOCK_FIRST_BYTES,
                            .first = {.size = BLOCK_FIRST_BYTES}};
    return arena;
}

void arena_reset(struct arena *arena)
{
    while (arena->newest->older != NULL) {
        struct block *block = arena->newest;
        arena->newest = block->older;
        free(block);
    }
    arena->newest->used = 0;
    arena->used = 0;
    arena->next_size = 2 * BLOCK_FIRST_BYTES;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    arena_reset(arena);
    free(arena);
}

/* A block with room for `size`; large requests get one of their own size. */
static void arena_grow(struct arena *arena, size_t size)
{
    size_t block_size = size > arena->next_size ? size : arena->next_size;
    arena->newest = block_new(block_size, arena->newest);
    if (arena->next_size < BLOCK_MAX_BYTES) {
        arena->next_size *= 2;
    }
}

/* `size` bytes as they are; NULL: beyond the limit. */
static void *take(struct arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = size == 0 ? step : (size + step - 1) / step * step;
    if (arena->limit != 0 && (size > arena->limit || arena->used > arena->limit - size)) {
        return NULL;
    }
    if (size > arena->newest->size - arena->newest->used) {
        arena_grow(arena, size);
    }
    void *bytes = arena->newest->bytes + arena->newest->used;
    arena->newest->used += size;
    arena->used += size;
    return bytes;
}

void *arena_try(struct arena *arena, size_t size)
{
    void *bytes = take(arena, size);
    return bytes == NULL ? NULL : memset(bytes, 0, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *bytes = arena_try(arena, size);
    CHECK(bytes != NULL);
    return bytes;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
    if (bytes == NULL) {
        return NULL;
    }
    void *copy = take(arena, size);
    CHECK(copy != NULL);
    return memcpy(copy, bytes, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy(arena, text, strlen(text) + 1);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    if (text == NULL) {
        return NULL;
    }
    length = strnlen(text, length);
    return memcpy(arena_alloc(arena, length + 1), text, length);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    int written = vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    CHECK(written == length);
    return text;
}
