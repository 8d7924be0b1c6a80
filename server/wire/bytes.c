/* Bytes in a row: one block, with room behind them that doubles when it is too small. */
#include "server/wire/bytes.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"

#define ROOM_MIN 240

struct bytes {
    size_t from, to; /* what is in it, of `data` */
    size_t room;
    uint8_t data[];
};

size_t bytes_length(const struct bytes *row)
{
    return row == NULL ? 0 : row->to - row->from;
}

const uint8_t *bytes_first(const struct bytes *row)
{
    CHECK(row != NULL);
    return row->data + row->from;
}

/* The same bytes with room for `length` more, or for twice as many as there are. */
static struct bytes *larger(const struct bytes *row, size_t length)
{
    size_t have = bytes_length(row), room = have + (length > have ? length : have);
    struct bytes *made;

    if (room < ROOM_MIN)
        room = ROOM_MIN;
    made = malloc(sizeof *made + room);
    CHECK(made != NULL);
    made->from = 0;
    made->to = have;
    made->room = room;
    if (have > 0)
        memcpy(made->data, bytes_first(row), have);
    return made;
}

void bytes_add(struct bytes **row, const void *added, size_t length)
{
    if (length == 0)
        return;
    if (*row == NULL || (*row)->room - (*row)->to < length) {
        struct bytes *old = *row;

        *row = larger(old, length);
        free(old);
    }
    memcpy((*row)->data + (*row)->to, added, length);
    (*row)->to += length;
}

void bytes_take(struct bytes **row, size_t length)
{
    if (length == 0)
        return;
    CHECK(length <= bytes_length(*row));
    (*row)->from += length;
    if ((*row)->from == (*row)->to)
        bytes_free(row);
}

void bytes_free(struct bytes **row)
{
    free(*row);
    *row = NULL;
}
