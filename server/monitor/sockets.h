/* Listening sockets that the service manager holds for this process (sd_listen_fds by hand). They stay open when it
 * ends, so that who connects meanwhile waits for the next process. */
#ifndef CREDITD_MONITOR_SOCKETS_H
#define CREDITD_MONITOR_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#define GIVEN_SOCKETS_MAX 64

struct given_sockets {
    int tcp[GIVEN_SOCKETS_MAX];
    unsigned tcp_count;
    int plain; /* a unix socket, -1: none */
};

/* Takes those that were given; none is the usual case. Later processes are not told of them. False: something was given
 * that is none, or too many. */
bool sockets_take(struct given_sockets *out, char *message, size_t message_bytes);

#endif
