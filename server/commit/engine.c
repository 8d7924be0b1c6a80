/* Lanes: each has a connection and one range under way on it. A range is loaded, decided and applied; a conflict
 * repeats it, then halves it. While a range is applied and much is waiting, the load of the next one rides behind its
 * commit: it sees what was committed, and costs no round trip of its own. Rows that were committed here a short time
 * ago are not loaded again (recent.h). Imports and evaluations have a lane of their own, so that people do not wait
 * behind them. */
#include "server/commit/engine.h"

#include "common/check.h"
#include "server/commit/decide.h"
#include "server/commit/queue.h"
#include "server/commit/recent.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_WHOLE  2 /* a range is tried whole twice, the third time in halves */
#define ATTEMPTS_SINGLE 4 /* a command alone, before it is given up */
#define NUMBERS_AHEAD   3 /* a busy lane draws for so many more batches like the one at hand; a lone command, none */
#define NUMBERS_BUSY    4 /* numbers of a batch from which on a lane is busy */
/* So many do not wait for the answer of the commit under way to be loaded. Fewer are one batch with those that its
 * answer lets come, since each batch has a price of its own. */
#define BEHIND_MIN 64

/* A range on its way through load, decision and apply. */
struct attempt {
    struct lane *lane;
    struct range *range; /* NULL: given up while its load was under way */
    struct arena *arena;
    struct load_list list;
    struct recent_use recent; /* what was not loaded, but is taken from the rows that the engine keeps */
    bool load_all;
    struct loaded loaded;
    struct work *work;
    struct change_set changes;
    bool applying;
};

struct lane {
    struct engine *engine;
    struct store *store;
    struct command_queue *queue;
    uint32_t share;          /* what it keeps to while much is waiting */
    struct range *stack;     /* ranges to run before the queue, first on top */
    struct attempt *current; /* NULL: the lane is free */
    struct attempt *behind;  /* its load was sent behind the commit of `current` */
    unsigned given_up;       /* attempts whose load is still under way */
    int64_t *numbers;        /* drawn and not used, lowest first */
    size_t number_count;
};

struct engine {
    struct engine_config config;
    struct reference *reference;
    struct event *kick; /* runs after the reads of a loop turn, so that they are one batch */
    struct command_queue people, bulk;
    struct lane *lanes; /* lane_count of people, then the one of bulk */
    unsigned lane_count;
    struct recent *recent;
    struct engine_counts counts;
    void (*due)(void *arg);
    void *due_arg;
};

static void attempt_start(struct lane *lane, struct range *range, struct attempt **place);

static void kick(struct engine *engine)
{
    static const struct timeval now = {0, 0};

    if (!evtimer_pending(engine->kick, NULL))
        evtimer_add(engine->kick, &now);
}

/* ---- the next range of a lane ---- */

static uint32_t owned(const struct lane *lane)
{
    uint32_t shares = 0;

    if (lane->current != NULL)
        shares |= lane->current->range->shares;
    if (lane->behind != NULL)
        shares |= lane->behind->range->shares;
    for (const struct range *range = lane->stack; range != NULL; range = range->next)
        shares |= range->shares;
    return shares;
}

/* The shares that no other lane owns; of those the lane's own when there is enough for all lanes. A command on
 * reference data needs all of them. */
static uint32_t allowed(const struct lane *lane)
{
    const struct engine *engine = lane->engine;
    const struct command_queue *queue = lane->queue;
    uint32_t shares = queue_all_shares(queue);

    for (unsigned i = 0; i <= engine->lane_count; i++)
        if (&engine->lanes[i] != lane && engine->lanes[i].queue == queue)
            shares &= ~owned(&engine->lanes[i]);
    return queue->weight >= engine->config.split_min && !queue->head->kind->reference ? shares & lane->share : shares;
}

static struct range *next_range(struct lane *lane)
{
    struct range *range = lane->stack;

    if (range == NULL)
        return lane->queue->head == NULL ? NULL : queue_take(lane->queue, allowed(lane));
    lane->stack = range->next;
    return range;
}

/* Once the commit of `current` has been sent, the load of the next range goes behind it, when much is waiting. */
static void start_behind(struct lane *lane)
{
    const struct attempt *current = lane->current;
    struct range *range;

    if (current == NULL || !current->applying || lane->behind != NULL || lane->stack != NULL ||
        lane->queue->weight < BEHIND_MIN)
        return;
    range = next_range(lane);
    if (range != NULL)
        attempt_start(lane, range, &lane->behind);
}

static void start(struct lane *lane)
{
    struct range *range;

    if (lane->current != NULL) {
        start_behind(lane);
        return;
    }
    range = next_range(lane);
    if (range != NULL)
        attempt_start(lane, range, &lane->current);
}

static void start_all(evutil_socket_t fd, short events, void *arg)
{
    struct engine *engine = arg;

    (void)fd, (void)events;
    for (unsigned i = 0; i <= engine->lane_count; i++)
        start(&engine->lanes[i]);
}

/* ---- the end of an attempt ---- */

static void attempt_free(struct attempt *attempt)
{
    work_free(attempt->work);
    arena_free(attempt->arena);
    free(attempt);
}

/* Answers leave in decision order, while the texts of the attempt are still there. */
static void answer(struct attempt *attempt)
{
    struct lane *lane = attempt->lane;
    struct engine *engine = lane->engine;
    struct range *range = attempt->range;

    lane->current = lane->behind;
    lane->behind = NULL;
    for (size_t i = 0; i < range->count; i++) {
        engine->counts.commands++;
        engine->counts.people += range->commands[i]->user_id != SYSTEM_USER;
        engine->counts.repeats += range->commands[i]->outcome.repeated;
        range->commands[i]->done(range->commands[i]);
    }
    free(range);
    attempt_free(attempt);
    kick(engine);
}

static void fail(struct attempt *attempt, enum status status, enum reason reason)
{
    const struct range *range = attempt->range;

    for (size_t i = 0; i < range->count; i++)
        decide_failed(range->commands[i], status, reason);
    answer(attempt);
}

static void push(struct lane *lane, struct range *range)
{
    range->next = lane->stack;
    lane->stack = range;
}

/* What rides behind was loaded before that which goes before it: it waits its turn, and is loaded again. */
static void give_up_behind(struct lane *lane)
{
    struct attempt *behind = lane->behind;

    if (behind == NULL)
        return;
    push(lane, behind->range);
    behind->range = NULL;
    lane->behind = NULL;
    lane->given_up++;
}

/* Nothing was done: the same commands again, the third time in halves, in order. */
static void again(struct attempt *attempt, enum store_result result)
{
    struct lane *lane = attempt->lane;
    struct range *range = attempt->range;
    size_t count = range->count;
    bool alone = count == 1;

    if (++range->attempts >= ATTEMPTS_SINGLE && alone) {
        bool conflict = result == STORE_CONFLICT;
        fail(attempt, conflict ? STATUS_RETRY : STATUS_REJECTED, conflict ? REASON_BUSY : REASON_INTERNAL);
        return;
    }
    give_up_behind(lane);
    if (alone || range->attempts < ATTEMPTS_WHOLE) {
        push(lane, range);
    } else {
        push(lane, range_part(range, count / 2, count - count / 2));
        push(lane, range_part(range, 0, count / 2));
        /* a half that fails is halved at once */
        lane->stack->attempts = lane->stack->next->attempts = ATTEMPTS_WHOLE;
        free(range);
    }
    lane->current = NULL;
    attempt_free(attempt);
    start(lane);
}

static bool leaves_due(const struct attempt *attempt)
{
    const struct change_set *changes = &attempt->changes;

    if (changes->reference.kind == REFERENCE_CLOCK_ADVANCE || changes->reference.kind == REFERENCE_UNIT_UPDATE ||
        changes->reference.kind == REFERENCE_UNIT_MERGE)
        return true;
    for (size_t i = 0; i < changes->timer_count; i++)
        if (!uuid_is_zero(changes->timers[i].id) && changes->timers[i].due_at <= attempt->loaded.now)
            return true;
    for (size_t i = 0; i < changes->import_count; i++)
        if (changes->imports[i].row->finished_at != 0 && changes->imports[i].row->evaluated == 0)
            return true;
    return false;
}

/* Rows that imports and evaluations have written are not looked for by the next step of a case. */
static void note_written(const struct attempt *attempt, enum store_result result)
{
    struct engine *engine = attempt->lane->engine;

    if (result == STORE_CONFLICT)
        return; /* the rows that are loaded next show whether what is kept was old */
    if (result == STORE_OK && attempt->lane->queue == &engine->people)
        recent_keep(engine->recent, &attempt->changes);
    else
        recent_forget(engine->recent, &attempt->changes);
}

static void applied(void *arg, enum store_result result)
{
    struct attempt *attempt = arg;
    struct engine *engine = attempt->lane->engine;
    bool due;

    note_written(attempt, result);
    switch (result) {
    case STORE_OK:
        engine->counts.batches++;
        due = leaves_due(attempt);
        answer(attempt);
        if (due && engine->due != NULL)
            engine->due(engine->due_arg);
        break;
    case STORE_CONFLICT:
    case STORE_BROKEN:
        again(attempt, result);
        break;
    case STORE_DOWN:
        fail(attempt, STATUS_RETRY, REASON_DATABASE_DOWN);
        break;
    case STORE_UNKNOWN:
        fail(attempt, STATUS_UNKNOWN, REASON_OUTCOME_UNKNOWN);
        break;
    }
}

/* ---- row numbers ---- */

/* How many to draw with the load of a batch that wants so many. */
static size_t numbers_to_draw(const struct lane *lane, size_t wanted)
{
    if (wanted <= lane->number_count)
        return 0;
    return wanted - lane->number_count + (wanted < NUMBERS_BUSY ? 0 : wanted * NUMBERS_AHEAD);
}

/* What was left over goes before what has been drawn. */
static void join_numbers(struct attempt *attempt)
{
    struct lane *lane = attempt->lane;
    struct loaded *loaded = &attempt->loaded;
    size_t count = lane->number_count + loaded->new_number_count;
    int64_t *numbers = ARENA_ARRAY(attempt->arena, int64_t, count + 1);

    if (lane->number_count > 0)
        memcpy(numbers, lane->numbers, lane->number_count * sizeof *numbers);
    if (loaded->new_number_count > 0)
        memcpy(numbers + lane->number_count, loaded->new_numbers, loaded->new_number_count * sizeof *numbers);
    loaded->new_numbers = numbers;
    loaded->new_number_count = count;
}

static void keep_numbers(struct attempt *attempt)
{
    struct lane *lane = attempt->lane;
    size_t taken = work_numbers_taken(attempt->work);

    lane->number_count = attempt->loaded.new_number_count - taken;
    free(lane->numbers);
    lane->numbers = xcalloc(lane->number_count + 1, sizeof *lane->numbers);
    memcpy(lane->numbers, attempt->loaded.new_numbers + taken, lane->number_count * sizeof *lane->numbers);
}

/* ---- load, decide, apply ---- */

static void load(struct attempt *attempt);

static void load_again(struct attempt *attempt)
{
    work_free(attempt->work);
    attempt->work = NULL;
    arena_free(attempt->arena);
    load(attempt);
}

/* Has every row that was not loaded been written, so that the commit shows whether it was the newest? */
static bool shows_recent(const struct attempt *attempt)
{
    size_t count = attempt->recent.customer_count + attempt->recent.application_count; /* they stand first */

    for (size_t i = 0; i < count; i++)
        if (!work_writes_customer(attempt->work, attempt->loaded.customers[i].key))
            return false;
    return true;
}

static bool uses_kept(const struct attempt *attempt)
{
    return attempt->recent.customer_count + attempt->recent.application_count > 0;
}

/* False: what was loaded is not enough. */
static bool decide(struct attempt *attempt)
{
    struct engine *engine = attempt->lane->engine;
    const struct range *range = attempt->range;

    /* A policy that came while the rows were loaded may look further back. */
    if (attempt->list.evaluated_count > 0 && attempt->list.trade_months < reference_trade_months(engine->reference))
        return false;
    bool agrees = recent_agrees(engine->recent, &attempt->loaded);
    if (!agrees && (attempt->load_all || range->attempts > 0))
        recent_pause(engine->recent);
    if ((!agrees && uses_kept(attempt)) ||
        !recent_fill(engine->recent, &attempt->recent, attempt->arena, &attempt->loaded)) {
        attempt->load_all = true;
        return false;
    }
    join_numbers(attempt);
    attempt->work = work_new(attempt->arena, &attempt->loaded);
    if (work_is_torn(attempt->work)) {
        attempt->load_all = true;
        return false;
    }
    decide_range(range->commands, range->count, attempt->work, &attempt->loaded, engine->reference, attempt->arena);
    attempt->load_all = !shows_recent(attempt);
    return !attempt->load_all;
}

static void decide_and_apply(struct attempt *attempt)
{
    struct lane *lane = attempt->lane;

    if (!decide(attempt)) {
        load_again(attempt);
        return;
    }
    keep_numbers(attempt);
    work_change_set(attempt->work, &attempt->changes);
    attempt->changes.epoch = reference_epoch(lane->engine->reference);
    attempt->applying = true;
    store_apply(lane->store, &attempt->changes, applied, attempt);
    start_behind(lane);
}

static void refreshed(void *arg, enum store_result result)
{
    struct attempt *attempt = arg;

    if (result == STORE_OK)
        decide_and_apply(attempt);
    else
        fail(attempt, STATUS_RETRY, REASON_DATABASE_DOWN);
}

static void loaded(void *arg, enum store_result result)
{
    struct attempt *attempt = arg;
    struct lane *lane = attempt->lane;
    struct reference *reference = lane->engine->reference;

    if (attempt->range == NULL) {
        lane->given_up--;
        attempt_free(attempt);
        return;
    }
    CHECK(attempt == lane->current); /* results come in the order of what was sent */
    if (result == STORE_CONFLICT || result == STORE_BROKEN)
        again(attempt, result);
    else if (result != STORE_OK)
        fail(attempt, STATUS_RETRY, REASON_DATABASE_DOWN);
    else if (attempt->loaded.epoch > reference_epoch(reference))
        reference_refresh(reference, lane->store, refreshed, attempt);
    else
        decide_and_apply(attempt);
}

/* May the batch do without rows that were committed here a short time ago? */
static bool uses_recent(const struct attempt *attempt)
{
    return attempt->lane->queue == &attempt->lane->engine->people && attempt->range->attempts == 0 &&
           !attempt->load_all;
}

static void load(struct attempt *attempt)
{
    const struct range *range = attempt->range;

    attempt->arena = arena_new(0);
    memset(&attempt->loaded, 0, sizeof attempt->loaded);
    memset(&attempt->recent, 0, sizeof attempt->recent);
    decide_load_list(range->commands, range->count, range->attempts > 0, attempt->lane->engine->reference,
                     attempt->arena, &attempt->list);
    if (uses_recent(attempt))
        recent_take_out(attempt->lane->engine->recent, attempt->arena, &attempt->list, &attempt->recent);
    attempt->list.new_numbers = numbers_to_draw(attempt->lane, attempt->list.new_numbers);
    store_load(attempt->lane->store, &attempt->list, attempt->arena, &attempt->loaded, loaded, attempt);
}

static void attempt_start(struct lane *lane, struct range *range, struct attempt **place)
{
    struct attempt *attempt = xcalloc(1, sizeof *attempt);

    attempt->lane = lane;
    attempt->range = range;
    *place = attempt;
    load(attempt);
}

/* ---- the engine ---- */

/* Another database may answer after a connection was lost. */
static void store_changed(void *arg, bool up)
{
    struct engine *engine = arg;

    if (!up)
        recent_clear(engine->recent);
    kick(engine);
}

static void open_lane(struct engine *engine, struct event_base *base, const struct store_config *store, unsigned index)
{
    struct lane *lane = &engine->lanes[index];

    lane->engine = engine;
    lane->queue = index < engine->lane_count ? &engine->people : &engine->bulk;
    lane->share = index < engine->lane_count ? 1u << index : 1u;
    lane->store = store_open(base, store, STORE_COMMIT, store_changed, engine);
}

struct engine *engine_new(struct event_base *base, const struct engine_config *config, const struct store_config *store,
                          struct reference *reference)
{
    struct engine *engine = xcalloc(1, sizeof *engine);

    engine->config = *config;
    engine->reference = reference;
    engine->lane_count = config->lanes;
    engine->recent = recent_new(config->recent_rows_max);
    queue_init(&engine->people, config->lanes, config->batch_max);
    queue_init(&engine->bulk, 1, config->bulk_max);
    engine->kick = evtimer_new(base, start_all, engine);
    CHECK(engine->kick != NULL);
    engine->lanes = xcalloc(engine->lane_count + 1, sizeof *engine->lanes);
    for (unsigned i = 0; i <= engine->lane_count; i++)
        open_lane(engine, base, store, i);
    return engine;
}

void engine_set_due(struct engine *engine, void (*due)(void *arg), void *arg)
{
    engine->due = due;
    engine->due_arg = arg;
}

/* Does it belong to an import, or to what follows from one, or is it nobody's to wait for? */
static bool is_bulk(const struct command *command)
{
    return command->kind->background || command->kind->trades == COMMAND_EVALUATES || command->row_count > 0 ||
           command->import.id != 0 || command->import_source != NULL;
}

enum reason engine_submit(struct engine *engine, struct command *command)
{
    bool bulk = is_bulk(command);
    struct command_queue *queue = bulk ? &engine->bulk : &engine->people;

    if (!engine_is_up(engine))
        return REASON_DATABASE_DOWN;
    if (queue->weight >= (bulk ? engine->config.bulk_waiting_max : engine->config.waiting_max))
        return REASON_BUSY;
    queue_add(queue, command);
    kick(engine);
    return REASON_NONE;
}

bool engine_is_up(const struct engine *engine)
{
    for (unsigned i = 0; i <= engine->lane_count; i++)
        if (!store_is_up(engine->lanes[i].store))
            return false;
    return true;
}

bool engine_idle(const struct engine *engine)
{
    for (unsigned i = 0; i <= engine->lane_count; i++) {
        const struct lane *lane = &engine->lanes[i];
        if (lane->current != NULL || lane->stack != NULL || lane->given_up > 0)
            return false;
    }
    return engine->people.head == NULL && engine->bulk.head == NULL;
}

struct engine_counts engine_counts(const struct engine *engine)
{
    return engine->counts;
}

static void close_lane(struct lane *lane)
{
    store_close(lane->store);
    free(lane->numbers);
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    CHECK(engine_idle(engine));
    for (unsigned i = 0; i <= engine->lane_count; i++)
        close_lane(&engine->lanes[i]);
    event_free(engine->kick);
    recent_free(engine->recent);
    free(engine->lanes);
    free(engine);
}
