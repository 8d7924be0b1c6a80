/* What the service manager is told, over $NOTIFY_SOCKET (sd_notify by hand). Without one, all of this does nothing. */
#ifndef CREDITD_MONITOR_NOTIFY_H
#define CREDITD_MONITOR_NOTIFY_H

/* Serving, also at the end of a reload. */
void notify_ready(void);
/* A reload begins; notify_ready ends it. */
void notify_reloading(void);
void notify_stopping(void);

/* The watchdog ends a process that has not been told alive for so long ($WATCHDOG_USEC); 0: it does not watch this
 * one. */
int notify_watchdog_ms(void);
void notify_alive(void);

/* In a process that is none of the service manager's business, its parent's is. */
void notify_disown(void);

#endif
