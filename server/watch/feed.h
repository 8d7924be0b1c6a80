/* Tells this process what any server has committed of cases and other tasks, within a few hundredths of a second, while
 * somebody wants to know. What it tells is a hint: who missed one reads from his own cursor (operations/inbox_watch.c).
 */
#ifndef CREDITD_WATCH_FEED_H
#define CREDITD_WATCH_FEED_H

#include <event2/event.h>
#include <stdbool.h>

#include "server/store/store.h"

struct feed_handlers {
    /* Does anybody want to know? Asked at each look; nothing is read for nobody. */
    bool (*wanted)(void *arg);
    /* The page is valid during the call only. `all`: there were more, some may have been missed, or reference data (who
     * sits at which desk) has changed. */
    void (*changed)(void *arg, const struct change_page *page, bool all);
};

struct feed;
struct feed *feed_new(struct event_base *base, struct store *store, const struct feed_handlers *handlers, void *arg);
/* NULL is allowed. Its store is closed before, so that nothing comes back. */
void feed_free(struct feed *feed);

#endif
