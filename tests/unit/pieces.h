/* A text handed out a few bytes at a time, as a slow pipe would: wherever a reader's buffer ends, the same must come.
 */
#ifndef CREDITD_TESTS_UNIT_PIECES_H
#define CREDITD_TESTS_UNIT_PIECES_H

#include <errno.h>
#include <sys/types.h>

#include "tests/unit/unit.h"

struct pieces {
    const char *at, *end;
    size_t size; /* bytes of a piece */
    bool fails;  /* at the end */
};

static const size_t piece_sizes[] = {1, 2, 3, 7, 64, 100000};

static inline ssize_t pieces_read(void *arg, char *out, size_t size)
{
    struct pieces *pieces = arg;
    size_t left = (size_t)(pieces->end - pieces->at);

    if (left == 0 && pieces->fails) {
        errno = EIO;
        return -1;
    }
    size = size < pieces->size ? size : pieces->size;
    size = size < left ? size : left;
    memcpy(out, pieces->at, size);
    pieces->at += size;
    return (ssize_t)size;
}

#endif
