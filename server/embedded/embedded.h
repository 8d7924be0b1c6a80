/* The private PostgreSQL cluster of `creditd --embedded DIR`: DIR/data, its unix socket in a short private directory,
 * durable settings, checksums, C.UTF-8, no TCP. Started as root, everything is given to an unprivileged user and the
 * process becomes that user before anything is opened. One process at a time has DIR (a lock on DIR/lock, for its
 * life). Knows no libpq. */
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
    char message[512];
};

/* When started as root: makes DIR, gives it to the unprivileged user and becomes him. False with message on failure. */
bool embedded_drop_privileges(const char *directory, char *message, unsigned long message_bytes);
/* Initialises the cluster when there is none, adopts a running one, or starts it, and waits until it answers. */
bool embedded_start(struct embedded *embedded, const char *directory);
/* Fast shutdown; waits. */
void embedded_stop(struct embedded *embedded);
/* Is the postmaster gone (killed)? */
bool embedded_is_dead(const struct embedded *embedded);
/* Begins to start the cluster again, without waiting; one that somebody else started is adopted. False with message. */
bool embedded_revive(struct embedded *embedded);
/* Does the postmaster say that it is ready? */
bool embedded_is_ready(const struct embedded *embedded);

#endif
