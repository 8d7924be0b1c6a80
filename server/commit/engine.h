/* The commit engine: commands gather while a batch is in flight; a batch is loaded, decided in arrival order on a
 * working copy, applied in one transaction, and answered when the commit is known. One retry path; every outcome is
 * stored. */
#ifndef CREDITD_COMMIT_ENGINE_H
#define CREDITD_COMMIT_ENGINE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "server/commit/command.h"
#include "server/commit/reference.h"
#include "server/store/store.h"

struct engine_config {
    unsigned batch_max;        /* commands of people in one transaction, 256 */
    unsigned bulk_max;         /* rows of imports, or evaluations, in one transaction, 256; one of more rows is alone */
    unsigned waiting_max;      /* commands of people that may wait; beyond it engine_submit refuses */
    unsigned bulk_waiting_max; /* likewise rows of imports, and evaluations */
    unsigned lanes;            /* connections for what people do; imports and evaluations have one more */
    unsigned split_min;        /* from so many waiting commands on, each lane keeps to its share of the homes */
    unsigned recent_rows_max;  /* customers, and open applications, kept as they were last committed */
};
struct engine_counts {
    uint64_t commands, batches, repeats;
    uint64_t people; /* commands that were not of the system */
};

struct engine;
/* The store connections are the engine's own; `reference` is shared with the readers. */
struct engine *engine_new(struct event_base *base, const struct engine_config *config, const struct store_config *store,
                          struct reference *reference);
/* `due` is called after a commit that may have left something due at once: a timer, the customers of an import that has
 * ended, a test clock that was moved. */
void engine_set_due(struct engine *engine, void (*due)(void *arg), void *arg);
/* Takes a command until its `done` is called, once and never from inside this call. BUSY (too many are waiting) or
 * DATABASE_DOWN: nothing was taken. */
enum reason engine_submit(struct engine *engine, struct command *command) __attribute__((warn_unused_result));
bool engine_is_up(const struct engine *engine);
bool engine_idle(const struct engine *engine);
struct engine_counts engine_counts(const struct engine *engine);
void engine_free(struct engine *engine);

#endif
