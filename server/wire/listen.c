/* Listening sockets. When descriptors run out a listener pauses: an accept that fails again and again would keep the
 * loop busy for nothing. It goes on after a while, or as soon as a connection is closed. */
#include <errno.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/wire/bind.h"
#include "server/wire/internal.h"

#define PAUSE_MS   200
#define CLOSED_MAX 64 /* closed connections that still hold their descriptors, before the turn has to end */

struct listener {
    struct wire *wire;
    struct evconnlistener *events;
    struct event *pause;
    bool paused, tls;
    const char *path; /* of a unix socket that was bound here */
};

/* Stops accepting until listener_resume or the pause is over. */
static void pause_accepting(struct listener *listener)
{
    struct timeval pause = {0, PAUSE_MS * 1000};

    listener->paused = true;
    evconnlistener_disable(listener->events);
    evtimer_add(listener->pause, &pause);
}

static void accepted(struct evconnlistener *events, evutil_socket_t fd, struct sockaddr *from, int from_bytes,
                     void *arg)
{
    struct listener *listener = arg;

    (void)events, (void)from_bytes;
    conn_accept(listener->wire, fd, listener->tls, from);
    if (listener->wire->closed_count >= CLOSED_MAX)
        pause_accepting(listener);
}

static void accept_failed(struct evconnlistener *events, void *arg)
{
    struct listener *listener = arg;
    int error = EVUTIL_SOCKET_ERROR();

    (void)events;
    log_warning("cannot accept connections (%s), pausing", evutil_socket_error_to_string(error));
    pause_accepting(listener);
    anonymous_end_oldest(listener->wire, "out of descriptors");
}

void listener_resume(struct listener *listener)
{
    if (listener == NULL || !listener->paused)
        return;
    listener->paused = false;
    evtimer_del(listener->pause);
    evconnlistener_enable(listener->events);
}

static void pause_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    listener_resume(arg);
}

/* Takes over a bound socket. */
static struct listener *listener_new(struct wire *wire, int fd, bool tls)
{
    struct listener *listener = xcalloc(1, sizeof *listener);

    listener->wire = wire;
    listener->tls = tls;
    listener->pause = evtimer_new(wire->base, pause_over, listener);
    listener->events = evconnlistener_new(wire->base, accepted, listener, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                          BIND_BACKLOG, fd);
    CHECK(listener->pause != NULL);
    if (listener->events == NULL) {
        close(fd);
        event_free(listener->pause);
        free(listener);
        return NULL;
    }
    evconnlistener_set_error_cb(listener->events, accept_failed);
    return listener;
}

struct listener *listener_open_tcp(struct wire *wire, int given, char *message, size_t message_bytes)
{
    int fd = given >= 0 ? given : bind_tcp(wire->config.listen, message, message_bytes);
    struct listener *listener = fd < 0 ? NULL : listener_new(wire, fd, true);

    if (fd >= 0 && listener == NULL)
        snprintf(message, message_bytes, "cannot listen on %s: %s", wire->config.listen, strerror(errno));
    return listener;
}

struct listener *listener_open_unix(struct wire *wire, int given, char *message, size_t message_bytes)
{
    const char *path = wire->config.unix_socket;
    int fd = given >= 0 ? given : bind_unix(path, message, message_bytes);
    struct listener *listener = fd < 0 ? NULL : listener_new(wire, fd, false);

    if (fd >= 0 && listener == NULL)
        snprintf(message, message_bytes, "cannot listen on the unix socket: %s", strerror(errno));
    if (listener != NULL && given < 0)
        listener->path = path;
    return listener;
}

unsigned listener_port(const struct listener *listener)
{
    return bind_port(evconnlistener_get_fd(listener->events));
}

void listener_free(struct listener *listener)
{
    if (listener == NULL)
        return;
    evconnlistener_free(listener->events);
    event_free(listener->pause);
    if (listener->path != NULL)
        unlink(listener->path);
    free(listener);
}
