/* The crew of a cell: a worker for each connection, who is one person of the roster, and his slots: requests that may
 * be outstanding. */
#ifndef CREDITBENCH_CREW_H
#define CREDITBENCH_CREW_H

#include "common/uuid.h"
#include "tests/bench/creditbench/book.h"
#include "tests/bench/creditbench/link.h"

#define SLOT_BITS 12 /* of a request id; the rest counts up */

struct slot {
    uint64_t id;       /* of the request; 0: the slot is free */
    int64_t since;     /* free: since when */
    int64_t start;     /* when its request could first have been sent */
    int64_t again_at;  /* told to come again later: not before; 0: it waits for its answer */
    unsigned refusals; /* how often it was told so */
    enum step step;
    struct customer *customer;
    struct uuid command;
};

struct worker {
    struct link *link;
    const struct person *person;
    struct slot *slots;
    uint16_t *free; /* ring of free slots, the one that has been free longest first */
    size_t room, first_free, free_count;
    size_t again; /* slots that wait to be sent again */
};

struct crew {
    struct worker *workers;
    size_t count;
};

/* By i mod 4 the i-th worker is submitter, verifier, submitter, approver (of three by i mod 3 submitter, verifier,
 * approver): verifiers of the regions in turn, submitters of the branches of these regions in turn. `slots` each. */
void crew_hire(struct crew *crew, const struct book *book, size_t connections, size_t slots);
/* One worker for each branch and each region, and approvers. */
void crew_hire_all(struct crew *crew, const struct book *book, size_t slots);
void crew_dismiss(struct crew *crew);
/* All slots are free from now on, but no more than `slots` of each worker are used. */
void crew_free_slots(struct crew *crew, size_t slots, int64_t now);
struct slot *worker_take_slot(struct worker *worker);
void worker_free_slot(struct worker *worker, struct slot *slot, int64_t now);

#endif
