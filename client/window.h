/* A text that is read piece by piece, of which some bytes are looked at in one piece: those from the current place on
 * that were read so far. */
#ifndef CREDITD_CLIENT_WINDOW_H
#define CREDITD_CLIENT_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Up to `size` bytes; 0: the end; -1: errno says why. */
typedef ssize_t window_read(void *arg, char *out, size_t size);

struct window {
    window_read *read;
    void *arg;
    char *bytes;
    size_t at, have, room; /* current place, bytes read, size of `bytes` */
    size_t step;           /* bytes asked for at a time; may be set to others right after window_open() */
    bool ended;
    int error; /* errno of a read that failed: the text seems to end there */
};

void window_open(struct window *window, window_read *read, void *arg);
void window_close(struct window *window);
/* Reads more; false: byte `n` from the current place is beyond the end. */
bool window_more(struct window *window, size_t n);
/* Moves the current place on, over bytes that were looked at. */
void window_skip(struct window *window, size_t length);

/* Byte `n` from the current place, or -1 beyond the end. What window_bytes() gave is no longer valid. */
static inline int window_peek(struct window *window, size_t n)
{
    if (window->at + n >= window->have && !window_more(window, n))
        return -1;
    return (unsigned char)window->bytes[window->at + n];
}

/* The bytes from the current place on; valid until the next peek. */
static inline const char *window_bytes(const struct window *window)
{
    return window->bytes + window->at;
}

#endif
