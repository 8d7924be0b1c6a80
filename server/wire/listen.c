/* Listening sockets. When descriptors run out a listener pauses: an accept that fails again and again would keep the
 * loop busy for nothing. It goes on after a while, or as soon as a connection is closed. */
#include <errno.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/wire/address.h"
#include "server/wire/internal.h"

#define PAUSE_MS   200
#define BACKLOG    1024
#define CLOSED_MAX 64 /* closed connections that still hold their descriptors, before the turn has to end */

struct listener {
    struct wire *wire;
    struct evconnlistener *events;
    struct event *pause;
    bool paused, tls;
    char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* of a unix socket, else "" */
};

void listener_pause(struct listener *listener)
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
        listener_pause(listener);
}

static void accept_failed(struct evconnlistener *events, void *arg)
{
    struct listener *listener = arg;
    int error = EVUTIL_SOCKET_ERROR();

    (void)events;
    log_warning("cannot accept connections (%s), pausing", evutil_socket_error_to_string(error));
    listener_pause(listener);
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
    listener->events =
        evconnlistener_new(wire->base, accepted, listener, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
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

static int bind_one(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

struct listener *listener_open_tcp(struct wire *wire, const char *listen, char *message, size_t message_bytes)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];
    struct listener *listener = NULL;
    int error, fd = -1;

    if (!address_split(listen, host, port)) {
        snprintf(message, message_bytes, "listen: \"%s\" is not HOST:PORT", listen);
        return NULL;
    }
    error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
    if (error != 0) {
        snprintf(message, message_bytes, "listen: %s: %s", listen, gai_strerror(error));
        return NULL;
    }
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next)
        fd = bind_one(a);
    if (fd >= 0)
        listener = listener_new(wire, fd, true);
    if (listener == NULL)
        snprintf(message, message_bytes, "cannot listen on %s: %s", listen, strerror(errno));
    freeaddrinfo(found);
    return listener;
}

/* A socket that nobody listens on any more is in the way of a new one. */
static bool remove_stale(const struct sockaddr_un *address)
{
    struct stat status;
    bool answered;
    int fd;

    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT;
    if (!S_ISSOCK(status.st_mode)) {
        errno = EEXIST;
        return false;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    answered = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    if (fd >= 0)
        close(fd);
    if (answered)
        errno = EADDRINUSE;
    return !answered && unlink(address->sun_path) == 0;
}

static int bind_unix(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask;
    bool bound;

    if (fd < 0)
        return -1;
    mask = umask(0177); /* 0600 from its first moment */
    bound = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    umask(mask);
    if (bound)
        return fd;
    close(fd);
    return -1;
}

struct listener *listener_open_unix(struct wire *wire, const char *path, char *message, size_t message_bytes)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct listener *listener = NULL;
    int fd = -1;

    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(message, message_bytes, "unix: the path %s is longer than %zu bytes", path,
                 sizeof address.sun_path - 1);
        return NULL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (remove_stale(&address))
        fd = bind_unix(&address);
    if (fd >= 0)
        listener = listener_new(wire, fd, false);
    if (listener == NULL) {
        snprintf(message, message_bytes, "cannot listen on %s: %s", path, strerror(errno));
        return NULL;
    }
    memcpy(listener->path, address.sun_path, sizeof listener->path);
    return listener;
}

unsigned listener_port(const struct listener *listener)
{
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;

    CHECK(getsockname(evconnlistener_get_fd(listener->events), (struct sockaddr *)&address, &bytes) == 0);
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
}

void listener_free(struct listener *listener)
{
    if (listener == NULL)
        return;
    evconnlistener_free(listener->events);
    event_free(listener->pause);
    if (listener->path[0] != '\0')
        unlink(listener->path);
    free(listener);
}
