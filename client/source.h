/* The text of a file that a person names, as UTF-8. */
#ifndef CREDITD_CLIENT_SOURCE_H
#define CREDITD_CLIENT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

/* The whole file ("-": standard input), which the caller frees. A file that is GB18030, as spreadsheets in China write
 * it, and not UTF-8 is converted: *converted is set. Bytes that are neither stay as they are. NULL: errno says why. */
char *source_read(const char *path, size_t *length, bool *converted);

#endif
