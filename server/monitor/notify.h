/* What the service manager is told, over $NOTIFY_SOCKET (sd_notify by hand). Without one, all of this does nothing. */
#ifndef CREDITD_MONITOR_NOTIFY_H
#define CREDITD_MONITOR_NOTIFY_H

#include <event2/event.h>

/* Serving, also at the end of a reload. */
void notify_ready(void);
/* A reload begins; notify_ready ends it. */
void notify_reloading(void);
void notify_stopping(void);

/* Pings the watchdog from the event loop at half its interval ($WATCHDOG_USEC); NULL when there is none for this
 * process. */
struct event *notify_watchdog_start(struct event_base *base);

#endif
