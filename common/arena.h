/* Arena: memory of one request or batch, freed at once. Blocks grow; a byte limit bounds what a peer can cause.
 * Not for use by several threads. */
#ifndef CREDITD_COMMON_ARENA_H
#define CREDITD_COMMON_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* A new arena that hands out at most `limit_bytes` (0: no limit). Never NULL: out of memory ends the process. */
struct arena *arena_new(size_t limit_bytes);
/* Frees the arena and all that came from it; NULL is allowed. */
void arena_free(struct arena *arena);
/* Gives back all memory but the first block, for the next use. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes, aligned for any type, or NULL when the limit would be passed. */
void *arena_try(struct arena *arena, size_t size) __attribute__((warn_unused_result));
/* The same for arenas without a limit, or sizes the caller has bounded: the process ends rather than NULL. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull, warn_unused_result));
/* Copies into the arena; bytes of arena_copy are as given, strings end with NUL. NULL in gives NULL out. */
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(count)))

#endif
