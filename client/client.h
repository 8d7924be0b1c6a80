/* One run of creditctl: what was asked for, by whom, of which server. */
#ifndef CREDITD_CLIENT_CLIENT_H
#define CREDITD_CLIENT_CLIENT_H

#include <poll.h>

#include "client/connection.h"
#include "client/failure.h"
#include "client/options.h"
#include "client/profile.h"
#include "common/arena.h"
#include "common/uuid.h"

#define CLIENT_TIMEOUT_DEFAULT_MS 30000

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV };

struct client {
    struct arena *arena; /* of the whole run */
    struct options options;
    struct profile profile;
    enum format format;
    const char *zone;        /* in which instants are shown */
    int64_t deadline_ms;     /* monotonic; end of what is under way */
    int64_t usual_ms;        /* that one step of the run may take; with --timeout the whole */
    int64_t ends_ms;         /* monotonic; end of the whole run by --timeout, 0: without one */
    bool asks_once;          /* a request that may succeed later fails at once: its sender says so, and asks again */
    struct servers *servers; /* NULL until needed */
    int first_server;        /* that is tried first: the one behind that which was left, or that had no time */
    struct connection *connection; /* NULL until needed */
    struct uuid command_id;        /* of the command of this run */
    struct failure failure;
};

/* Value of a flag, or NULL. */
const char *client_flag(const struct client *client, const char *name);
bool client_has(const struct client *client, const char *name);
/* Operand n, or NULL. */
const char *client_operand(const struct client *client, int n);
/* A word of a closed list given by a flag: its number, 0 when the flag is absent. False: no such word, failure is set
 * with `reason` and `field`. */
struct word;
bool client_word(struct client *client, const char *flag, const struct word *words, const char *reason,
                 const char *field, int *out);
/* A whole number given by a flag; false: none, failure set. Absent: *out stays. */
bool client_number(struct client *client, const char *flag, long least, long most, long *out, bool *given);

int64_t client_clock_ms(void);
/* The run gets on: it may take its usual time again from now on, but for --timeout. */
void client_go_on(struct client *client);
/* Is data asked for as JSON (-o json, -o jsonl)? Errors are then JSON too. */
bool client_json(const struct client *client);

/* From here on the first SIGINT is only noted; the second one ends the process at once. */
void client_catch_interrupt(void);
/* Has the first SIGINT come? */
bool client_interrupted(void);
/* Waits until `fd` is ready for `events` (poll). False: the deadline (monotonic milliseconds) has passed, SIGINT has
 * come, or poll failed; errno says ETIMEDOUT, EINTR or why. fd -1 waits for the deadline only. */
bool client_wait(int fd, short events, int64_t deadline_ms);
/* The same for any of several. */
bool client_wait_any(struct pollfd *fds, int fd_count, int64_t deadline_ms);

#endif
