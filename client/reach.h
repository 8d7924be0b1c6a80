/* Reaching one of the servers: its addresses, a connection, TLS and the greeting, of one server after the other until
 * one of them answers; the next one does not wait long for one that says nothing. In steps for whoever has other things
 * to wait for, else blocking. */
#ifndef CREDITD_CLIENT_REACH_H
#define CREDITD_CLIENT_REACH_H

#include "client/connection.h"
#include "client/profile.h"

#define NO_SERVER (-1)

struct reach_goal {
    struct servers *servers;
    const struct profile *profile;
    bool session; /* resume that of the profile, too */
    int first;    /* the server to begin with; then those behind it, and around */
    int but;      /* that is not tried, or NO_SERVER; not the only one */
};

/* Blocks until a deadline (monotonic milliseconds). NULL: failure is set and tells of each server; `retryable` tells
 * whether a later try may succeed. When the time was over, goal->first becomes the server that had the least of it. */
struct connection *reach_now(struct reach_goal *goal, int64_t deadline_ms, struct failure *failure);

struct reach;
struct reach *reach_begin(const struct reach_goal *goal, int64_t deadline_ms);
/* Goes as far as it does without waiting: done when a server has answered. Failed: failure is set. */
enum progress reach_go_on(struct reach *reach, struct failure *failure);
/* What to wait for (so many), and until when, before it goes on. */
int reach_poll(const struct reach *reach, struct pollfd wanted[SERVERS_MAX]);
int64_t reach_wakes_ms(const struct reach *reach);
/* Ends it, and gives the connection when it was done, else NULL. NULL is allowed. */
struct connection *reach_end(struct reach *reach);

#endif
