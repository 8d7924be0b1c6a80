/* creditbench: load for a creditd. `creditbench --roster FILE --ca FILE` reads cells on standard input and answers each
 * with one line of JSON; see cell.h. The roster has a line for each user and for each customer without an open
 * application:
 *     person LOGIN ROLE UNIT TOKEN
 *     customer ID NUMBER BRANCH GRADE
 * One thread; what is wrong ends it with a message and status 1. */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "tests/bench/creditbench/fatal.h"
#include "tests/bench/creditbench/reads.h"
#include "tests/bench/creditbench/steps.h"

/* As many files as the process may open. */
static void raise_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void run_cell(const struct cell *cell, struct book *book, SSL_CTX *context, struct links *idle)
{
    switch (cell->kind) {
    case CELL_STEPS:
        steps_run(cell, book, context);
        break;
    case CELL_DRAIN:
        steps_drain(cell, book, context);
        break;
    case CELL_INBOX:
        inbox_run(cell, book, context);
        break;
    case CELL_HANDSHAKES:
        handshakes_run(cell, context);
        break;
    case CELL_IDLE:
        idle_open(cell, book, context, idle);
        break;
    }
}

static void run_cells(struct book *book, SSL_CTX *context)
{
    struct links idle = {.count = 0};
    char *line = NULL, message[256];
    size_t room = 0;
    struct cell cell;

    while (getline(&line, &room, stdin) > 0) {
        if (idle.count > 0)
            links_end(&idle);
        idle.count = 0;
        if (!cell_parse(line, &cell, message, sizeof message))
            fatal("%s", message);
        run_cell(&cell, book, context, &idle);
    }
    if (idle.count > 0)
        links_end(&idle);
    free(line);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"roster", required_argument, NULL, 'r'}, {"ca", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
    const char *roster = NULL, *ca = NULL;
    struct book book;
    SSL_CTX *context;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r')
            roster = optarg;
        else if (option == 'c')
            ca = optarg;
        else
            return 1;
    }
    if (roster == NULL || ca == NULL || optind != argc)
        fatal("usage: creditbench --roster FILE --ca FILE <CELLS");
    if (sodium_init() < 0)
        fatal("libsodium does not start");
    signal(SIGPIPE, SIG_IGN);
    raise_files();
    book_read(&book, roster);
    context = links_context(ca);
    run_cells(&book, context);
    SSL_CTX_free(context);
    book_free(&book);
    return 0;
}
