/* Commands that wait for a lane, in arrival order, and the ranges that are taken from them. The homes are dealt out
 * into shares (home modulo their number); a range owns the shares of its commands until it is answered, so that two
 * lanes never touch one row and what concerns one home is decided in arrival order. */
#ifndef CREDITD_COMMIT_QUEUE_H
#define CREDITD_COMMIT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "server/commit/command.h"

/* Commands that are loaded, decided and applied together. */
struct range {
    struct range *next; /* the caller's */
    struct command **commands;
    size_t count;
    uint32_t shares; /* bits */
    int attempts;    /* the caller's */
    struct command *storage[];
};

struct command_queue {
    struct command *head, **tail;
    size_t weight; /* of all: a command counts as much as it has rows, at least one */
    unsigned share_count;
    size_t batch_max; /* weight of a range; a heavier command is alone in its own */
};

/* share_count: 1 to 32. */
void queue_init(struct command_queue *queue, unsigned share_count, size_t batch_max);
uint32_t queue_all_shares(const struct command_queue *queue);
void queue_add(struct command_queue *queue, struct command *command);
/* The next range of `allowed` shares, for the caller to free(); NULL: none is waiting. A command on reference data is
 * alone, needs all shares, and is passed by nobody, since all commands of a batch are decided on one value of the
 * organisation. */
struct range *queue_take(struct command_queue *queue, uint32_t allowed);
/* `count` commands of a range as one of its own, for the caller to free(). */
struct range *range_part(const struct range *whole, size_t from, size_t count);

#endif
