/* Makes and binds sockets; who accepts on them is somebody else's business. */
#include "server/wire/bind.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/check.h"
#include "common/address.h"

static bool set_on(int fd, int option)
{
    int on = 1;

    return setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) == 0;
}

static int bind_at(const struct sockaddr *address, socklen_t bytes, bool shared)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (set_on(fd, SO_REUSEADDR) && (!shared || set_on(fd, SO_REUSEPORT)) && bind(fd, address, bytes) == 0)
        return fd;
    close(fd);
    return -1;
}

static int bind_name(const char *listen, bool shared, char *message, size_t message_bytes)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];
    int error, fd = -1;

    if (!address_split(listen, host, port)) {
        snprintf(message, message_bytes, "listen: \"%s\" is not HOST:PORT", listen);
        return -1;
    }
    error = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
    if (error != 0) {
        snprintf(message, message_bytes, "listen: %s: %s", listen, gai_strerror(error));
        return -1;
    }
    for (const struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next)
        fd = bind_at(a->ai_addr, a->ai_addrlen, shared);
    if (fd < 0)
        snprintf(message, message_bytes, "cannot listen on %s: %s", listen, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

int bind_tcp(const char *listen, char *message, size_t message_bytes)
{
    return bind_name(listen, false, message, message_bytes);
}

/* Does nobody listen there? A socket that shares with nobody finds out. With port 0 a free one is looked for anyway. */
static bool is_free(const char *listen, char *message, size_t message_bytes)
{
    const char *port = strrchr(listen, ':');
    int fd;

    if (port != NULL && strcmp(port, ":0") == 0)
        return true;
    fd = bind_tcp(listen, message, message_bytes);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

int bind_tcp_group(const char *name, int sockets[], unsigned count, char *message, size_t message_bytes)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t bytes = sizeof address;

    if (!is_free(name, message, message_bytes))
        return -1;
    sockets[0] = bind_name(name, true, message, message_bytes);
    if (sockets[0] < 0)
        return -1;
    CHECK(getsockname(sockets[0], (struct sockaddr *)&address, &bytes) == 0);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            sockets[i] = bind_at((const struct sockaddr *)&address, bytes, true);
        if (sockets[i] >= 0 && listen(sockets[i], BIND_BACKLOG) == 0)
            continue;
        snprintf(message, message_bytes, "cannot listen on %s: %s", name, strerror(errno));
        return -1;
    }
    return 0;
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

static int bind_private(const struct sockaddr_un *address)
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

int bind_unix(const char *path, char *message, size_t message_bytes)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = -1;

    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(message, message_bytes, "unix: the path %s is longer than %zu bytes", path,
                 sizeof address.sun_path - 1);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (remove_stale(&address))
        fd = bind_private(&address);
    if (fd < 0)
        snprintf(message, message_bytes, "cannot listen on %s: %s", path, strerror(errno));
    return fd;
}

unsigned bind_port(int fd)
{
    struct sockaddr_storage address;
    socklen_t bytes = sizeof address;

    CHECK(getsockname(fd, (struct sockaddr *)&address, &bytes) == 0);
    if (address.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port);
    return ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
}
