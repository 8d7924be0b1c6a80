/* Who does what in a cell. */
#include "tests/bench/creditbench/crew.h"

#include <stdlib.h>

#include "common/check.h"
#include "tests/bench/creditbench/fatal.h"

#define APPROVERS 8 /* of a crew for everything */

static void hire(struct crew *crew, const struct book *book, enum role role, size_t unit, size_t n, size_t slots)
{
    struct worker *worker = &crew->workers[crew->count++];

    worker->person = book_person(book, role, unit, n);
    if (worker->person == NULL)
        fatal("the roster has no %s for unit %zu", word_name(words_role, (int)role), unit);
    worker->room = slots;
    worker->slots = xcalloc(slots, sizeof worker->slots[0]);
    worker->free = xcalloc(slots, sizeof worker->free[0]);
}

static enum role role_of(size_t i, size_t connections)
{
    static const enum role of_four[] = {ROLE_SUBMITTER, ROLE_VERIFIER, ROLE_SUBMITTER, ROLE_APPROVER};
    static const enum role of_three[] = {ROLE_SUBMITTER, ROLE_VERIFIER, ROLE_APPROVER};

    return connections < 4 ? of_three[i % 3] : of_four[i % 4];
}

/* Branches of the first regions, one of each region in turn; the array is the caller's. */
static size_t *branches_in_turn(const struct book *book, size_t regions, size_t *count)
{
    size_t *order = xcalloc(book->branch_count + 1, sizeof order[0]);
    size_t *next = xcalloc(regions, sizeof next[0]);
    bool found = true;

    for (*count = 0; found;) {
        found = false;
        for (size_t r = 0; r < regions; r++) {
            while (next[r] < book->branch_count && book->branches[next[r]].region != r)
                next[r]++;
            if (next[r] == book->branch_count)
                continue;
            order[(*count)++] = next[r]++;
            found = true;
        }
    }
    free(next);
    return order;
}

void crew_hire(struct crew *crew, const struct book *book, size_t connections, size_t slots)
{
    size_t done[ROLE_APPROVER + 1] = {0}, verifiers = 0, branch_count, regions;
    size_t *branches;

    if (connections < 3)
        fatal("steps need a submitter, a verifier and an approver: at least 3 connections");
    *crew = (struct crew){.workers = xcalloc(connections, sizeof crew->workers[0])};
    for (size_t i = 0; i < connections; i++)
        verifiers += role_of(i, connections) == ROLE_VERIFIER;
    regions = verifiers < book->region_count ? verifiers : book->region_count;
    branches = branches_in_turn(book, regions, &branch_count);
    if (branch_count == 0)
        fatal("the roster has no branches");
    for (size_t i = 0; i < connections; i++) {
        enum role role = role_of(i, connections);
        size_t n = done[role]++;
        if (role == ROLE_SUBMITTER)
            hire(crew, book, role, branches[n % branch_count], n / branch_count, slots);
        else if (role == ROLE_VERIFIER)
            hire(crew, book, role, n % regions, n / regions, slots);
        else
            hire(crew, book, role, 0, n, slots);
    }
    free(branches);
}

void crew_hire_all(struct crew *crew, const struct book *book, size_t slots)
{
    *crew =
        (struct crew){.workers = xcalloc(book->branch_count + book->region_count + APPROVERS, sizeof crew->workers[0])};
    for (size_t b = 0; b < book->branch_count; b++)
        hire(crew, book, ROLE_SUBMITTER, b, 0, slots);
    for (size_t r = 0; r < book->region_count; r++)
        hire(crew, book, ROLE_VERIFIER, r, 0, slots);
    for (size_t n = 0; n < APPROVERS; n++)
        hire(crew, book, ROLE_APPROVER, 0, n, slots);
}

void crew_dismiss(struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        free(crew->workers[i].slots);
        free(crew->workers[i].free);
    }
    free(crew->workers);
}

void crew_free_slots(struct crew *crew, size_t slots, int64_t now)
{
    for (size_t i = 0; i < crew->count; i++) {
        struct worker *worker = &crew->workers[i];
        CHECK(slots <= worker->room);
        worker->first_free = worker->free_count = 0;
        for (size_t s = 0; s < slots; s++)
            worker_free_slot(worker, &worker->slots[s], now);
    }
}

struct slot *worker_take_slot(struct worker *worker)
{
    struct slot *slot;

    CHECK(worker->free_count > 0);
    slot = &worker->slots[worker->free[worker->first_free]];
    worker->first_free = (worker->first_free + 1) % worker->room;
    worker->free_count--;
    return slot;
}

void worker_free_slot(struct worker *worker, struct slot *slot, int64_t now)
{
    size_t last = (worker->first_free + worker->free_count) % worker->room;

    worker->free[last] = (uint16_t)(slot - worker->slots);
    worker->free_count++;
    slot->id = 0;
    slot->since = now;
}
