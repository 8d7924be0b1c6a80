/* The book: the people and customers of the roster, and for each step the queue of the customers whose turn it is. What
 * was done in one cell is where the next one goes on. */
#ifndef CREDITBENCH_BOOK_H
#define CREDITBENCH_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/publicid.h"
#include "common/vocabulary.h"

#define TOKEN_BYTES 32

/* The steps in the order in which a case takes them; after RECORD the customer is free for the next SUBMIT. */
enum step { SUBMIT, VERIFY, APPROVE, RECORD, STEPS };
extern const enum role step_role[STEPS];
extern const enum method step_method[STEPS];
extern const enum state step_state[STEPS]; /* after the step */
extern const char *const step_name[STEPS];

struct person {
    char *login;
    enum role role;
    size_t unit; /* index of a submitter's branch or a verifier's region, else 0 */
    uint8_t token[TOKEN_BYTES];
};

struct customer {
    struct key key;
    int64_t application; /* number of the open one; its home is the customer's */
    int64_t since;       /* when it came into its queue, nanoseconds */
    struct customer *next;
    uint32_t branch;
    enum grade grade, asked; /* in force; asked for */
};

struct queue {
    struct customer *first, *last;
    size_t count;
    size_t reserve; /* how many are left in it while the queues are being filled */
};

struct branch {
    char *code;
    size_t region;
    size_t customers;
    size_t open;       /* submitted, or about to be, and not yet taken to be recorded */
    size_t goal, most; /* how many should be open, and may be */
    struct queue free, approved;
};

struct region {
    char *code;
    struct queue submitted;
};

struct book {
    struct person *people;
    size_t person_count;
    struct customer *customers;
    size_t customer_count;
    struct branch *branches;
    size_t branch_count;
    struct region *regions;
    size_t region_count;
    struct queue verified;
    int part, parts; /* 0: no customer is free yet */
};

/* Reads a roster; what is wrong with it ends the process. A branch is of the region whose code begins its own. */
void book_read(struct book *book, const char *path);
void book_free(struct book *book);
/* Frees the customers of one part for submission, once; another part later ends the process. */
void book_choose_part(struct book *book, int part, int parts);
/* The n-th (from 0, going round) person of a role whose unit is this one; NULL: there is none. */
const struct person *book_person(const struct book *book, enum role role, size_t unit, size_t n);

/* The queue that a step takes from, in the unit of the person who takes it. */
struct queue *book_queue(struct book *book, enum step step, size_t unit);
/* Takes the first customer whose turn the step is; NULL: nobody waits. */
struct customer *book_take(struct book *book, enum step step, size_t unit);
/* The step was answered: the customer waits for the next one from `now` on. */
void book_done(struct book *book, struct customer *customer, enum step step, int64_t now);
/* How many cases wait for some step. */
size_t book_waiting(const struct book *book);

#endif
