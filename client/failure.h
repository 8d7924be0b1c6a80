/* What went wrong, in the form that people and scripts are told: one text block, or one line of JSON (-o json). */
#ifndef CREDITD_CLIENT_FAILURE_H
#define CREDITD_CLIENT_FAILURE_H

#include <stdbool.h>

#include "base.pb-c.h"
#include "common/reasons.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3,
    EXIT_LOGIN = 4,
    EXIT_NOT_ALLOWED = 5,
    EXIT_CONFLICT = 6,
    EXIT_REFUSED = 7,
    EXIT_PARTLY = 9,
    EXIT_UNKNOWN = 12,
    EXIT_BUG = 70,
    EXIT_TRY_AGAIN = 75,
    EXIT_TIMED_OUT = 124,
    EXIT_INTERRUPTED = 130
};

enum executed { EXECUTED_NO, EXECUTED_YES, EXECUTED_UNKNOWN };

struct failure {
    enum exit_code code;
    char reason[64];     /* name of the rule: "STALE_VERSION", "USAGE" ... */
    char field[64];      /* or "" */
    char message[512];   /* in the user's language */
    char hint[512];      /* what to do next, or ""; {places} as in hints.h */
    char about[64];      /* what else the answer names (an application), or "" */
    char command_id[40]; /* or "" */
    bool retryable;
    unsigned retry_after_ms; /* not before */
    enum executed executed;
};

struct client;

/* The run whose failures are told from here on, which must live as long as they are: its command names the fields, and
 * its zone is that of instants. */
void failure_begin(const struct client *client);
/* Fills a failure that creditctl found itself. Always false, for `return failure_set(...)`. */
bool failure_set(struct failure *failure, enum exit_code code, const char *reason, const char *field,
                 const char *message, ...) __attribute__((format(printf, 5, 6)));
/* Sets what to do next; without it the hint of the reason is shown. Always false. */
bool failure_hint(struct failure *failure, const char *hint, ...) __attribute__((format(printf, 2, 3)));
/* The connection was lost; a later try may succeed. Always false. */
bool failure_lost(struct failure *failure);
/* Did a server refuse the request that is older than one of its fields (PROTOCOL.md, 13)? */
bool failure_by_older(const struct failure *failure);
/* Fills it from an answer that is not OK. */
void failure_from_answer(struct failure *failure, const Creditd__V1__Answer *answer);
/* Prints it on stderr and gives the exit code. */
int failure_print(const struct failure *failure, bool json);
/* The text of a reason in the user's language with the answer's arguments put in. */
void failure_text(const Creditd__V1__Answer *answer, char *out, unsigned long size);

#endif
