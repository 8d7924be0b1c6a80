/* Bytes in a row, added behind and taken in front. NULL is the empty row: who holds nothing holds no memory. The memory
 * is the process's; bounds are the caller's. */
#ifndef CREDITD_WIRE_BYTES_H
#define CREDITD_WIRE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes;

size_t bytes_length(const struct bytes *row);
/* The first of them; of a row that is not empty. */
const uint8_t *bytes_first(const struct bytes *row);
/* Adds `length` bytes. What bytes_first gave is no longer valid. */
void bytes_add(struct bytes **row, const void *added, size_t length);
/* Takes the first `length`, of as many or more. */
void bytes_take(struct bytes **row, size_t length);
/* Frees it, whatever is in it. */
void bytes_free(struct bytes **row);

#endif
