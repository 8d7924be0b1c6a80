/* What is due by itself is submitted to the engine as commands of the user `system`: timers, under the timer's id;
 * criteria whose end has passed unanswered; evaluations after an import, under the id that the import gave them;
 * evaluations after a change of the policy; the end of imports that were left alone; customers who follow their
 * branches to other units. */
#ifndef CREDITD_WATCH_WATCH_H
#define CREDITD_WATCH_WATCH_H

#include <event2/event.h>

#include "server/commit/engine.h"

struct watch;
/* `reference` tells the policy in force, under which customers are evaluated anew. */
struct watch *watch_new(struct event_base *base, const struct store_config *store, struct engine *engine,
                        struct reference *reference);
/* Somebody has just committed what is due now: no need to wait for the next poll. */
void watch_look(struct watch *watch);
/* Submits nothing more. What is under way still comes back, so the watch is freed when the engine is idle. NULL is
 * allowed. */
void watch_stop(struct watch *watch);
void watch_free(struct watch *watch);

#endif
