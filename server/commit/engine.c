/* The lane: what has gathered is a range; a range is loaded, decided and applied; a conflict repeats it, then halves
 * it. One range is under way at a time, so commands of one server are decided strictly one after the other. */
#include "server/commit/engine.h"

#include "common/check.h"
#include "server/commit/decide.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_WHOLE  2 /* a range is tried whole twice, the third time in halves */
#define ATTEMPTS_SINGLE 4 /* a command alone, before it is given up */

struct range {
    struct range *next;
    struct command **commands;
    size_t count;
    int attempts;
    struct command *storage[]; /* of ranges made from the queue; halves point into it */
};

struct engine {
    struct engine_config config;
    struct store *store;
    struct reference *reference;
    struct event *kick; /* runs after the reads of a loop turn, so that they are one batch */
    struct command *head, **tail;
    size_t waiting;
    struct range *stack;   /* ranges to run before the queue, first on top */
    struct range *running; /* NULL: the lane is free */
    /* the attempt under way */
    struct arena *arena;
    struct load_list list;
    struct loaded loaded;
    struct work *work;
    struct change_set changes;
    struct engine_counts counts;
    void (*due)(void *arg);
    void *due_arg;
};

static void attempt(struct engine *engine);

static void kick(struct engine *engine)
{
    static const struct timeval now = {0, 0};

    if (engine->running == NULL && (engine->head != NULL || engine->stack != NULL) &&
        !evtimer_pending(engine->kick, NULL))
        evtimer_add(engine->kick, &now);
}

static struct command *take_queued(struct engine *engine)
{
    struct command *command = engine->head;

    engine->head = command->next;
    if (engine->head == NULL)
        engine->tail = &engine->head;
    engine->waiting--;
    return command;
}

/* A command counts as much as it has rows. */
static size_t weight(const struct command *command)
{
    return command->row_count > 0 ? command->row_count : 1;
}

/* Would a batch of these both write and evaluate trades? */
static bool trades_clash(enum command_trades batch, enum command_trades command)
{
    return batch != COMMAND_NO_TRADES && command != COMMAND_NO_TRADES && batch != command;
}

/* The next batch: commands in arrival order that weigh up to batch_max together. A command on reference data is alone
 * in its batch, since all commands of a batch are decided on one value of the organisation. */
static struct range *gather(struct engine *engine)
{
    struct range *range = xcalloc(1, sizeof *range + engine->config.batch_max * sizeof(struct command *));

    enum command_trades trades = COMMAND_NO_TRADES;
    size_t weighs = 0;

    range->commands = range->storage;
    while (engine->head != NULL && range->count < engine->config.batch_max) {
        bool alone = engine->head->kind->reference;
        enum command_trades next = engine->head->kind->trades;
        if (range->count > 0 &&
            (alone || weighs + weight(engine->head) > engine->config.batch_max || trades_clash(trades, next)))
            break;
        trades = next == COMMAND_NO_TRADES ? trades : next;
        weighs += weight(engine->head);
        range->storage[range->count++] = take_queued(engine);
        if (alone)
            break;
    }
    return range;
}

static void end_attempt(struct engine *engine)
{
    work_free(engine->work);
    arena_free(engine->arena);
    engine->work = NULL;
    engine->arena = NULL;
}

/* Answers leave in decision order, while the texts of the attempt are still there. */
static void answer_range(struct engine *engine)
{
    struct range *range = engine->running;

    for (size_t i = 0; i < range->count; i++) {
        engine->counts.commands++;
        engine->counts.repeats += range->commands[i]->outcome.repeated;
        range->commands[i]->done(range->commands[i]);
    }
    end_attempt(engine);
    engine->running = NULL;
    free(range);
    kick(engine);
}

static void fail_range(struct engine *engine, enum status status, enum reason reason)
{
    for (size_t i = 0; i < engine->running->count; i++)
        decide_failed(engine->running->commands[i], status, reason);
    answer_range(engine);
}

static struct range *half(const struct range *whole, size_t from, size_t count)
{
    struct range *range = xcalloc(1, sizeof *range + count * sizeof(struct command *));

    memcpy(range->storage, whole->commands + from, count * sizeof(struct command *));
    range->commands = range->storage;
    range->count = count;
    range->attempts = ATTEMPTS_WHOLE; /* a half that fails is halved at once */
    return range;
}

/* Nothing was done: the same commands again, the third time in halves, in order. */
static void again(struct engine *engine, enum store_result result)
{
    struct range *range = engine->running;
    int most = range->count == 1 ? ATTEMPTS_SINGLE : ATTEMPTS_WHOLE;

    if (++range->attempts < most) {
        end_attempt(engine);
        attempt(engine);
    } else if (range->count == 1) {
        bool conflict = result == STORE_CONFLICT;
        fail_range(engine, conflict ? STATUS_RETRY : STATUS_REJECTED, conflict ? REASON_BUSY : REASON_INTERNAL);
    } else {
        struct range *first = half(range, 0, range->count / 2);
        struct range *second = half(range, range->count / 2, range->count - range->count / 2);
        end_attempt(engine);
        first->next = second;
        second->next = engine->stack;
        engine->stack = first;
        engine->running = NULL;
        free(range);
        kick(engine);
    }
}

static bool leaves_due(const struct engine *engine)
{
    const struct change_set *changes = &engine->changes;

    if (changes->reference.kind == REFERENCE_CLOCK_ADVANCE)
        return true;
    for (size_t i = 0; i < changes->timer_count; i++)
        if (!uuid_is_zero(changes->timers[i].id) && changes->timers[i].due_at <= engine->loaded.now)
            return true;
    for (size_t i = 0; i < changes->import_count; i++)
        if (changes->imports[i].row->finished_at != 0 && changes->imports[i].row->evaluated == 0)
            return true;
    return false;
}

static void applied(void *arg, enum store_result result)
{
    struct engine *engine = arg;
    bool due;

    switch (result) {
    case STORE_OK:
        engine->counts.batches++;
        due = leaves_due(engine);
        answer_range(engine);
        if (due && engine->due != NULL)
            engine->due(engine->due_arg);
        break;
    case STORE_CONFLICT:
    case STORE_BROKEN:
        again(engine, result);
        break;
    case STORE_DOWN:
        fail_range(engine, STATUS_RETRY, REASON_DATABASE_DOWN);
        break;
    case STORE_UNKNOWN:
        fail_range(engine, STATUS_UNKNOWN, REASON_OUTCOME_UNKNOWN);
        break;
    }
}

static void decide_and_apply(struct engine *engine)
{
    struct range *range = engine->running;

    /* A policy that came while the rows were loaded may look further back. */
    if (engine->list.evaluated_count > 0 && engine->list.trade_months < reference_trade_months(engine->reference)) {
        end_attempt(engine);
        attempt(engine);
        return;
    }
    engine->work = work_new(engine->arena, &engine->loaded);
    decide_range(range->commands, range->count, engine->work, &engine->loaded, engine->reference, engine->arena);
    work_change_set(engine->work, &engine->changes);
    engine->changes.epoch = reference_epoch(engine->reference);
    store_apply(engine->store, &engine->changes, applied, engine);
}

static void refreshed(void *arg, enum store_result result)
{
    struct engine *engine = arg;

    if (result == STORE_OK)
        decide_and_apply(engine);
    else
        fail_range(engine, STATUS_RETRY, REASON_DATABASE_DOWN);
}

static void loaded(void *arg, enum store_result result)
{
    struct engine *engine = arg;

    if (result == STORE_CONFLICT || result == STORE_BROKEN)
        again(engine, result);
    else if (result != STORE_OK)
        fail_range(engine, STATUS_RETRY, REASON_DATABASE_DOWN);
    else if (engine->loaded.epoch > reference_epoch(engine->reference))
        reference_refresh(engine->reference, engine->store, refreshed, engine);
    else
        decide_and_apply(engine);
}

static void attempt(struct engine *engine)
{
    struct range *range = engine->running;

    engine->arena = arena_new(0);
    memset(&engine->loaded, 0, sizeof engine->loaded);
    decide_load_list(range->commands, range->count, engine->reference, engine->arena, &engine->list);
    store_load(engine->store, &engine->list, engine->arena, &engine->loaded, loaded, engine);
}

static void start_next(evutil_socket_t fd, short events, void *arg)
{
    struct engine *engine = arg;

    (void)fd, (void)events;
    if (engine->running != NULL)
        return;
    if (engine->stack != NULL) {
        engine->running = engine->stack;
        engine->stack = engine->running->next;
    } else if (engine->head != NULL) {
        engine->running = gather(engine);
    } else {
        return;
    }
    attempt(engine);
}

static void store_changed(void *arg, bool up)
{
    (void)up;
    kick(arg);
}

struct engine *engine_new(struct event_base *base, const struct engine_config *config, const struct store_config *store,
                          struct reference *reference)
{
    struct engine *engine = xcalloc(1, sizeof *engine);

    engine->config = *config;
    engine->reference = reference;
    engine->tail = &engine->head;
    engine->kick = evtimer_new(base, start_next, engine);
    CHECK(engine->kick != NULL);
    engine->store = store_open(base, store, STORE_COMMIT, store_changed, engine);
    return engine;
}

void engine_set_due(struct engine *engine, void (*due)(void *arg), void *arg)
{
    engine->due = due;
    engine->due_arg = arg;
}

enum reason engine_submit(struct engine *engine, struct command *command)
{
    if (!store_is_up(engine->store))
        return REASON_DATABASE_DOWN;
    if (engine->waiting >= engine->config.waiting_max)
        return REASON_BUSY;
    command->next = NULL;
    *engine->tail = command;
    engine->tail = &command->next;
    engine->waiting++;
    kick(engine);
    return REASON_NONE;
}

bool engine_is_up(const struct engine *engine)
{
    return store_is_up(engine->store);
}

bool engine_idle(const struct engine *engine)
{
    return engine->running == NULL && engine->head == NULL && engine->stack == NULL;
}

struct engine_counts engine_counts(const struct engine *engine)
{
    return engine->counts;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    CHECK(engine_idle(engine));
    store_close(engine->store);
    event_free(engine->kick);
    free(engine);
}
