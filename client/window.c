/* The bytes that are looked at. */
#include "client/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"

#define STEP_BYTES ((size_t)64 * 1024)

void window_open(struct window *window, window_read *read, void *arg)
{
    *window = (struct window){.read = read, .arg = arg, .step = STEP_BYTES};
}

void window_close(struct window *window)
{
    free(window->bytes);
    window->bytes = NULL;
}

/* Makes room for one step behind what was read: what was passed goes first. */
static void make_room(struct window *w)
{
    if (w->room - w->have >= w->step)
        return;
    if (w->at > 0) {
        memmove(w->bytes, w->bytes + w->at, w->have - w->at);
        w->have -= w->at;
        w->at = 0;
    }
    if (w->room - w->have >= w->step)
        return;
    w->room = 2 * w->have + w->step;
    w->bytes = realloc(w->bytes, w->room);
    CHECK(w->bytes != NULL);
}

bool window_more(struct window *w, size_t n)
{
    while (w->at + n >= w->have && !w->ended) {
        ssize_t got;
        make_room(w);
        got = w->read(w->arg, w->bytes + w->have, w->step);
        if (got < 0)
            w->error = errno;
        w->ended = got <= 0;
        w->have += got > 0 ? (size_t)got : 0;
    }
    return w->at + n < w->have;
}

void window_skip(struct window *window, size_t length)
{
    CHECK(length <= window->have - window->at);
    window->at += length;
}
