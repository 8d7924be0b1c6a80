/* Watches the embedded cluster of a server that runs, and starts it again when it has ended. */
#ifndef CREDITD_CLUSTER_H
#define CREDITD_CLUSTER_H

#include <event2/event.h>

#include "server/embedded/embedded.h"

struct cluster;
/* `revived` is called when it has been started again and is ready; its process is another one then. */
struct cluster *cluster_watch(struct event_base *base, struct embedded *embedded, void (*revived)(void *arg),
                              void *arg);
/* The cluster itself goes on. NULL is allowed. */
void cluster_unwatch(struct cluster *cluster);

#endif
