/* A list in arrival order; taking a range walks it once and leaves what is not allowed now where it stands. */
#include "server/commit/queue.h"

#include "common/check.h"

#include <stdlib.h>
#include <string.h>

#define SHARES_MAX 32

void queue_init(struct command_queue *queue, unsigned share_count, size_t batch_max)
{
    CHECK(share_count >= 1 && share_count <= SHARES_MAX);
    *queue = (struct command_queue){.tail = &queue->head, .share_count = share_count, .batch_max = batch_max};
}

uint32_t queue_all_shares(const struct command_queue *queue)
{
    return UINT32_MAX >> (SHARES_MAX - queue->share_count);
}

static size_t weight(const struct command *command)
{
    return command->row_count > 0 ? command->row_count : 1;
}

static uint32_t shares_of(const struct command_queue *queue, const struct command *command)
{
    return command->kind->reference ? queue_all_shares(queue) : 1u << ((unsigned)command->home % queue->share_count);
}

void queue_add(struct command_queue *queue, struct command *command)
{
    command->next = NULL;
    *queue->tail = command;
    queue->tail = &command->next;
    queue->weight += weight(command);
}

/* Would a batch of these both write and evaluate trades? */
static bool trades_clash(enum command_trades batch, enum command_trades command)
{
    return batch != COMMAND_NO_TRADES && command != COMMAND_NO_TRADES && batch != command;
}

static struct range *range_new(size_t room)
{
    struct range *range = xcalloc(1, sizeof *range + room * sizeof(struct command *));

    range->commands = range->storage;
    return range;
}

/* Takes the command that *link points to out of the list. */
static void take(struct command_queue *queue, struct range *range, struct command **link)
{
    struct command *command = *link;

    *link = command->next;
    if (queue->tail == &command->next)
        queue->tail = link;
    queue->weight -= weight(command);
    range->storage[range->count++] = command;
    range->shares |= shares_of(queue, command);
}

struct range *queue_take(struct command_queue *queue, uint32_t allowed)
{
    struct range *range = queue->head == NULL || allowed == 0 ? NULL : range_new(queue->batch_max);
    enum command_trades trades = COMMAND_NO_TRADES;
    struct command **link = &queue->head;
    size_t weighs = 0;

    while (range != NULL && *link != NULL && range->count < queue->batch_max) {
        struct command *command = *link;
        bool may = (shares_of(queue, command) & ~allowed) == 0;
        if (command->kind->reference && (range->count > 0 || link != &queue->head || !may))
            break;
        if (!may) {
            link = &command->next;
            continue;
        }
        if (range->count > 0 &&
            (weighs + weight(command) > queue->batch_max || trades_clash(trades, command->kind->trades)))
            break;
        weighs += weight(command);
        if (command->kind->trades != COMMAND_NO_TRADES)
            trades = command->kind->trades;
        take(queue, range, link);
        if (command->kind->reference)
            break;
    }
    if (range != NULL && range->count == 0) {
        free(range);
        range = NULL;
    }
    return range;
}

struct range *range_part(const struct range *whole, size_t from, size_t count)
{
    struct range *range = range_new(count);

    memcpy(range->storage, whole->commands + from, count * sizeof(struct command *));
    range->count = count;
    range->shares = whole->shares;
    return range;
}
