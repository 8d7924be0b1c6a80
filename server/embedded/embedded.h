/* The private PostgreSQL cluster of `creditd --embedded DIR`: DIR/data, its unix socket in a short private directory,
 * durable settings, checksums, C.UTF-8, no TCP. Started as root, everything is given to an unprivileged user (creditd,
 * else nobody... see the .c) and the process becomes that user before anything is opened. Knows no libpq. */
#ifndef CREDITD_EMBEDDED_EMBEDDED_H
#define CREDITD_EMBEDDED_EMBEDDED_H

#include <stdbool.h>

struct embedded {
    char directory[256];  /* DIR */
    char data[280];       /* DIR/data */
    char socket_dir[100]; /* short enough for a socket path */
    char superuser_conninfo[512];
    char owner_conninfo[512]; /* database creditd as superuser, for migrations */
    char app_conninfo[512];   /* database creditd, role creditd_app */
    long postmaster_pid;
    bool fresh; /* initdb was run by this call */
    char message[512];
};

/* When started as root: makes DIR, gives it to the unprivileged user and becomes him. False with message on failure. */
bool embedded_drop_privileges(const char *directory, char *message, unsigned long message_bytes);
/* Initialises the cluster when there is none, adopts a running one, or starts it, and waits until it answers. */
bool embedded_start(struct embedded *embedded, const char *directory);
/* Fast shutdown; waits. */
void embedded_stop(struct embedded *embedded);
/* Is the postmaster gone (killed)? The caller starts it again. */
bool embedded_is_dead(const struct embedded *embedded);

#endif
