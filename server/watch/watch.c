/* Polls for due timers and submits each as a command. Several servers may do so at once: the command id is the timer's,
 * so the second one is a repeat. */
#include "server/watch/watch.h"

#include <sodium.h>
#include <stdlib.h>

#include "common/check.h"
#include "server/watch/deadline.h"

#define TIMERS_MAX       200       /* of one poll */
#define POLL_LONGEST_US  1000000LL /* another server may have armed a timer, or moved the test clock */
#define POLL_SHORTEST_US 1000LL

struct watch {
    struct store *store;
    struct engine *engine;
    struct event *poll;
    struct arena *arena; /* of the poll under way */
    struct due_timers due;
    size_t waiting; /* commands under way */
    bool stopped;
    bool failed; /* a timer is still there: no use in polling at once */
};

static void schedule(struct watch *watch, int64_t in_us)
{
    struct timeval wait;

    if (watch->stopped)
        return;
    if (in_us < POLL_SHORTEST_US)
        in_us = POLL_SHORTEST_US;
    if (in_us > POLL_LONGEST_US)
        in_us = POLL_LONGEST_US;
    wait.tv_sec = (time_t)(in_us / 1000000);
    wait.tv_usec = (suseconds_t)(in_us % 1000000);
    evtimer_add(watch->poll, &wait);
}

static void poll_again(struct watch *watch)
{
    int64_t until = watch->due.next_due_at == 0 ? POLL_LONGEST_US : watch->due.next_due_at - watch->due.stamp.now;

    schedule(watch, watch->failed ? POLL_LONGEST_US : watch->due.count > 0 ? 0 : until);
}

static void command_done(struct command *command)
{
    struct watch *watch = command->arg;

    /* One that another server has taken, or that a step has overtaken, is gone by the next poll. */
    watch->failed |= command->outcome.status != STATUS_OK && command->outcome.reason != REASON_STATE_CHANGED;
    free(command);
    if (--watch->waiting == 0)
        poll_again(watch);
}

static void submit(struct watch *watch, const struct timer *timer)
{
    struct command *command = xcalloc(1, sizeof *command);

    deadline_command(timer, command);
    command->done = command_done;
    command->arg = watch;
    if (engine_submit(watch->engine, command) == REASON_NONE) {
        watch->waiting++;
    } else {
        watch->failed = true;
        free(command);
    }
}

static void timers_read(void *arg, enum store_result result)
{
    struct watch *watch = arg;

    watch->failed = result != STORE_OK;
    if (result == STORE_OK && !watch->stopped)
        for (size_t i = 0; i < watch->due.count; i++)
            submit(watch, &watch->due.rows[i]);
    if (watch->waiting == 0)
        poll_again(watch);
}

static void poll_now(evutil_socket_t fd, short events, void *arg)
{
    struct watch *watch = arg;

    (void)fd, (void)events;
    arena_reset(watch->arena);
    watch->due = (struct due_timers){.count = 0};
    store_read_due_timers(watch->store, TIMERS_MAX, watch->arena, &watch->due, timers_read, watch);
}

struct watch *watch_new(struct event_base *base, const struct store_config *store, struct engine *engine)
{
    struct watch *watch = xcalloc(1, sizeof *watch);

    watch->engine = engine;
    watch->arena = arena_new(0);
    watch->poll = evtimer_new(base, poll_now, watch);
    CHECK(watch->poll != NULL);
    watch->store = store_open(base, store, STORE_WATCH, NULL, NULL);
    schedule(watch, 0);
    return watch;
}

void watch_stop(struct watch *watch)
{
    watch->stopped = true;
    evtimer_del(watch->poll);
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    event_free(watch->poll);
    store_close(watch->store);
    arena_free(watch->arena);
    free(watch);
}
