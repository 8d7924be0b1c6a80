/* The roster, and the queues of its customers. */
#include "tests/bench/creditbench/book.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "tests/bench/creditbench/fatal.h"

const enum role step_role[STEPS] = {ROLE_SUBMITTER, ROLE_VERIFIER, ROLE_APPROVER, ROLE_SUBMITTER};
const enum method step_method[STEPS] = {METHOD_APPLICATION_SUBMIT, METHOD_APPLICATION_VERIFY,
                                        METHOD_APPLICATION_APPROVE, METHOD_APPLICATION_RECORD};
const enum state step_state[STEPS] = {STATE_SUBMITTED, STATE_VERIFIED, STATE_APPROVED, STATE_RECORDED};
const char *const step_name[STEPS] = {"submit", "verify", "approve", "record"};

/* ---- the roster ---- */

/* Room for one more at the end of an array that has doubled as it grew. */
static void *grown(void *array, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return array;
    array = realloc(array, (count == 0 ? 1 : count * 2) * size);
    CHECK(array != NULL);
    return array;
}

static size_t region_named(struct book *book, const char *code)
{
    size_t i = 0;

    while (i < book->region_count && strcmp(book->regions[i].code, code) != 0)
        i++;
    if (i < book->region_count)
        return i;
    book->regions = grown(book->regions, book->region_count, sizeof book->regions[0]);
    book->regions[book->region_count++] = (struct region){.code = xstrdup(code)};
    return i;
}

static size_t branch_named(struct book *book, const char *code)
{
    size_t i = 0;

    while (i < book->branch_count && strcmp(book->branches[i].code, code) != 0)
        i++;
    if (i < book->branch_count)
        return i;
    book->branches = grown(book->branches, book->branch_count, sizeof book->branches[0]);
    book->branches[book->branch_count++] = (struct branch){.code = xstrdup(code)};
    return i;
}

static bool add_person(struct book *book, const char *login, const char *role, const char *unit, const char *token)
{
    struct person person = {.role = (enum role)word_number(words_role, role)};
    size_t length;

    if ((int)person.role < 0)
        return true; /* somebody whom no cell needs */
    if (sodium_hex2bin(person.token, sizeof person.token, token, strlen(token), NULL, &length, NULL) != 0 ||
        length != TOKEN_BYTES)
        return false;
    if (person.role == ROLE_SUBMITTER)
        person.unit = branch_named(book, unit);
    else if (person.role == ROLE_VERIFIER)
        person.unit = region_named(book, unit);
    person.login = xstrdup(login);
    book->people = grown(book->people, book->person_count, sizeof person);
    book->people[book->person_count++] = person;
    return true;
}

static bool add_customer(struct book *book, const char *id, const char *branch, const char *grade)
{
    struct customer customer = {.grade = (enum grade)word_number(words_grade, grade)};

    if ((int)customer.grade < 0 || !public_id_parse('C', id, &customer.key))
        return false;
    customer.branch = (uint32_t)branch_named(book, branch);
    book->customers = grown(book->customers, book->customer_count, sizeof customer);
    book->customers[book->customer_count++] = customer;
    return true;
}

static bool add_line(struct book *book, const char *line)
{
    char word[5][256], rest[2];

    if (sscanf(line, "%255s %255s %255s %255s %255s %1s", word[0], word[1], word[2], word[3], word[4], rest) != 5)
        return false;
    if (strcmp(word[0], "person") == 0)
        return add_person(book, word[1], word[2], word[3], word[4]);
    return strcmp(word[0], "customer") == 0 && add_customer(book, word[1], word[3], word[4]);
}

/* The region of each branch that has a submitter. */
static void find_regions(struct book *book)
{
    for (size_t b = 0; b < book->branch_count; b++) {
        size_t r = 0;
        while (r < book->region_count &&
               strncmp(book->branches[b].code, book->regions[r].code, strlen(book->regions[r].code)) != 0)
            r++;
        if (r == book->region_count)
            fatal("no verifier has a region whose code begins %s", book->branches[b].code);
        book->branches[b].region = r;
    }
}

void book_read(struct book *book, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0, number = 0;

    *book = (struct book){.parts = 0};
    if (file == NULL)
        fatal("%s: %s", path, strerror(errno));
    while (getline(&line, &room, file) > 0) {
        number++;
        if (!add_line(book, line))
            fatal("%s:%zu: no line of a roster", path, number);
    }
    free(line);
    fclose(file);
    find_regions(book);
}

void book_free(struct book *book)
{
    for (size_t i = 0; i < book->person_count; i++)
        free(book->people[i].login);
    for (size_t i = 0; i < book->branch_count; i++)
        free(book->branches[i].code);
    for (size_t i = 0; i < book->region_count; i++)
        free(book->regions[i].code);
    free(book->people);
    free(book->customers);
    free(book->branches);
    free(book->regions);
}

void book_choose_part(struct book *book, int part, int parts)
{
    if (book->parts != 0) {
        if (book->part != part || book->parts != parts)
            fatal("one process works on one part of the customers");
        return;
    }
    book->part = part;
    book->parts = parts;
    for (size_t i = 0; i < book->customer_count; i++) {
        struct customer *customer = &book->customers[i];
        struct branch *branch = &book->branches[customer->branch];
        if (branch->customers++ % (size_t)parts == (size_t)part - 1)
            book_done(book, customer, RECORD, 0);
    }
    for (size_t b = 0; b < book->branch_count; b++)
        book->branches[b].customers = book->branches[b].free.count;
}

const struct person *book_person(const struct book *book, enum role role, size_t unit, size_t n)
{
    const struct person *found = NULL;
    size_t matching = 0;

    for (size_t i = 0; i < book->person_count; i++)
        matching += book->people[i].role == role && book->people[i].unit == unit;
    if (matching == 0)
        return NULL;
    n %= matching;
    for (size_t i = 0; i < book->person_count && found == NULL; i++)
        if (book->people[i].role == role && book->people[i].unit == unit && n-- == 0)
            found = &book->people[i];
    return found;
}

/* ---- queues ---- */

struct queue *book_queue(struct book *book, enum step step, size_t unit)
{
    switch (step) {
    case SUBMIT:
        return &book->branches[unit].free;
    case VERIFY:
        return &book->regions[unit].submitted;
    case APPROVE:
        return &book->verified;
    default:
        CHECK(step == RECORD);
        return &book->branches[unit].approved;
    }
}

struct customer *book_take(struct book *book, enum step step, size_t unit)
{
    struct queue *queue = book_queue(book, step, unit);
    struct customer *customer = queue->first;

    if (customer == NULL)
        return NULL;
    queue->first = customer->next;
    queue->count--;
    if (step == SUBMIT)
        book->branches[customer->branch].open++;
    else if (step == RECORD)
        book->branches[customer->branch].open--;
    return customer;
}

void book_done(struct book *book, struct customer *customer, enum step step, int64_t now)
{
    const struct branch *branch = &book->branches[customer->branch];
    enum step next = (step + 1) % STEPS;
    struct queue *queue = book_queue(book, next, next == VERIFY ? branch->region : customer->branch);

    customer->since = now;
    customer->next = NULL;
    if (queue->first == NULL)
        queue->first = customer;
    else
        queue->last->next = customer;
    queue->last = customer;
    queue->count++;
}

size_t book_waiting(const struct book *book)
{
    size_t waiting = book->verified.count;

    for (size_t r = 0; r < book->region_count; r++)
        waiting += book->regions[r].submitted.count;
    for (size_t b = 0; b < book->branch_count; b++)
        waiting += book->branches[b].approved.count;
    return waiting;
}
