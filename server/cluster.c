/* Its shared memory may still be in use, its disk full: each try waits longer than the one before. */
#include "server/cluster.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/log.h"

#define CHECK_MS      200
#define REVIVE_MIN_MS 200 /* pause between two tries, growing to ... */
#define REVIVE_MAX_MS 10000

struct cluster {
    struct embedded *embedded;
    struct event *check;
    void (*revived)(void *arg);
    void *arg;
    bool reviving;   /* it has ended and is not ready again */
    int pause_ms;    /* before the next try */
    int wait_checks; /* checks until it */
};

static void revive(struct cluster *cluster)
{
    struct embedded *embedded = cluster->embedded;

    if (!cluster->reviving) {
        log_warning("the database (process %ld) has ended, starting it again", embedded->postmaster_pid);
        cluster->pause_ms = REVIVE_MIN_MS;
    }
    cluster->reviving = true;
    cluster->wait_checks = cluster->pause_ms / CHECK_MS;
    cluster->pause_ms = cluster->pause_ms * 2 > REVIVE_MAX_MS ? REVIVE_MAX_MS : cluster->pause_ms * 2;
    if (!embedded_revive(embedded))
        log_warning("the database could not be started: %s", embedded->message);
}

static void check(evutil_socket_t fd, short what, void *arg)
{
    struct cluster *cluster = arg;

    (void)fd, (void)what;
    if (cluster->reviving && embedded_is_ready(cluster->embedded)) {
        cluster->reviving = false;
        log_info("the database runs again (process %ld)", cluster->embedded->postmaster_pid);
        cluster->revived(cluster->arg);
    } else if (embedded_is_dead(cluster->embedded) && --cluster->wait_checks < 0) {
        revive(cluster);
    }
}

struct cluster *cluster_watch(struct event_base *base, struct embedded *embedded, void (*revived)(void *arg), void *arg)
{
    struct timeval interval = {0, CHECK_MS * 1000};
    struct cluster *cluster = xcalloc(1, sizeof *cluster);

    cluster->embedded = embedded;
    cluster->revived = revived;
    cluster->arg = arg;
    cluster->check = event_new(base, -1, EV_PERSIST, check, cluster);
    CHECK(cluster->check != NULL && event_add(cluster->check, &interval) == 0);
    return cluster;
}

void cluster_unwatch(struct cluster *cluster)
{
    if (cluster == NULL)
        return;
    event_free(cluster->check);
    free(cluster);
}
