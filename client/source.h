/* The text of a file that a person names, read piece by piece as UTF-8. A file that is GB18030, as spreadsheets in
 * China write it, is converted on the way. What a file is stands in its first bytes beyond ASCII, which may come late,
 * so it is decided when they come, from a bounded number of bytes from there on. */
#ifndef CREDITD_CLIENT_SOURCE_H
#define CREDITD_CLIENT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SOURCE_LOOK_AHEAD ((size_t)1024 * 1024)
#define SOURCE_LEAST      4 /* bytes that source_read() must be given room for: one character */

struct source;

/* Opens a file ("-": standard input). The encoding is decided by up to `look_ahead` bytes. NULL: errno says why. */
struct source *source_open(const char *path, size_t look_ahead);
void source_close(struct source *source);
/* The next up to `size` bytes (at least SOURCE_LEAST) without the byte order mark; 0 at the end; -1: errno says why,
 * EINTR when Ctrl-C came while a pipe or a terminal was waited for. A file with a byte order mark, or in which most
 * lines beyond ASCII are good UTF-8, is UTF-8, and its mistakes stay as they are. A byte that is no GB18030 in a file
 * that is becomes 0xFF, which is in no UTF-8. */
ssize_t source_read(struct source *source, char *out, size_t size);
/* Was it found to be GB18030? */
bool source_converted(const struct source *source);
/* Can the same bytes be read once more, by opening it again? */
bool source_is_repeatable(const struct source *source);

#endif
