/* $LISTEN_FDS descriptors from 3 on are ours when $LISTEN_PID is this process. Which is which their addresses say. */
#include "server/monitor/sockets.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST 3

static unsigned given_count(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

    if (pid == NULL || count == NULL || strtoll(pid, NULL, 10) != getpid())
        return 0;
    return (unsigned)strtoul(count, NULL, 10);
}

/* Its family; -1: it is no socket that listens. Children do not get it, and nobody waits in accept. */
static int prepare(int fd)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t bytes = sizeof address, int_bytes = sizeof(int);
    int listening = 0, flags = fcntl(fd, F_GETFL);

    if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &int_bytes) != 0 || listening == 0 ||
        getsockname(fd, (struct sockaddr *)&address, &bytes) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return -1;
    return address.ss_family;
}

static bool take(struct given_sockets *out, int fd)
{
    switch (prepare(fd)) {
    case AF_INET:
    case AF_INET6:
        out->tcp[out->tcp_count++] = fd;
        return true;
    case AF_UNIX:
        if (out->plain >= 0)
            return false;
        out->plain = fd;
        return true;
    default:
        return false;
    }
}

bool sockets_take(struct given_sockets *out, char *message, size_t message_bytes)
{
    unsigned count = given_count();

    *out = (struct given_sockets){.plain = -1};
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (count > GIVEN_SOCKETS_MAX) {
        snprintf(message, message_bytes, "LISTEN_FDS: more than %d sockets", GIVEN_SOCKETS_MAX);
        return false;
    }
    for (int fd = FIRST; fd < FIRST + (int)count; fd++) {
        if (take(out, fd))
            continue;
        snprintf(message, message_bytes,
                 "LISTEN_FDS: descriptor %d is no listening TCP socket, nor the one unix socket", fd);
        return false;
    }
    return true;
}
