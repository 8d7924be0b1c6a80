/* Timers: due rows are submitted to the engine as commands of the user `system`, whose command id is the timer's id. */
#ifndef CREDITD_WATCH_WATCH_H
#define CREDITD_WATCH_WATCH_H

#include <event2/event.h>

#include "server/commit/engine.h"

struct watch;
struct watch *watch_new(struct event_base *base, const struct store_config *store, struct engine *engine);
/* Submits nothing more. What is under way still comes back, so the watch is freed when the engine is idle. */
void watch_stop(struct watch *watch);
void watch_free(struct watch *watch);

#endif
