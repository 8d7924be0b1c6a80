/* One server after the other. */
#include "client/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "client/greeting.h"
#include "client/text.h"
#include "client/unicode.h"
#include "common/check.h"

/* Of one address, while there is another one or the whole begins anew: it may swallow everything. */
#define TRY_MOST_MS     5000
#define LOOK_UP_STEP_MS 50 /* between two looks whether a name is found, at most */

enum stage { STAGE_LOOK_UP, STAGE_CONNECT, STAGE_GREET, STAGE_REACHED };

struct reach {
    struct reach_goal goal;
    int tried;           /* servers that were passed by */
    int server, address; /* that is tried; the address that is next */
    enum stage stage;
    int64_t deadline_ms, try_began_ms, try_ends_ms;
    struct connection *connection; /* NULL: none yet */
    struct greeting greeting;
    struct failure why; /* of the tries that have failed */
};

/* ---- what went wrong ---- */

static bool tells(const char *message, const char *more)
{
    const char *at = strstr(message, more);

    return at != NULL && (at == message || (at - message >= 2 && memcmp(at - 2, "; ", 2) == 0));
}

/* All that was tried is told. It may succeed later when one of them may. */
static void note(struct reach *r, const struct failure *failure)
{
    struct failure *why = &r->why;
    size_t used = strlen(why->message);
    bool retryable = why->retryable || failure->retryable;

    if (why->code == EXIT_DONE) {
        *why = *failure;
    } else if (!tells(why->message, failure->message)) {
        snprintf(why->message + used, sizeof why->message - used, "; %s", failure->message);
        unicode_trim(why->message);
    }
    why->retryable = retryable;
}

static void give_up(const struct reach *r, int error, struct failure *failure)
{
    const char *server = servers_text(r->goal.servers, r->server);

    if (r->stage == STAGE_LOOK_UP)
        failure_set(failure, EXIT_TRY_AGAIN, "HOST_UNKNOWN", "server", _("%s cannot be found: %s"), server,
                    strerror(error));
    else if (r->stage == STAGE_CONNECT)
        connection_give_up(r->connection, error, failure);
    else
        failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("%s does not answer"), server);
}

/* ---- one try after the other ---- */

static void begin_try(struct reach *r, bool another_address)
{
    bool alone = servers_count(r->goal.servers) == 1 && !another_address;
    int64_t now = client_clock_ms();

    r->try_began_ms = now;
    r->try_ends_ms = alone || r->deadline_ms < now + TRY_MOST_MS ? r->deadline_ms : now + TRY_MOST_MS;
}

static enum progress connect_to(struct reach *r, struct failure *failure)
{
    const struct addrinfo *address = servers_address(r->goal.servers, r->server, r->address++);

    r->stage = STAGE_CONNECT;
    begin_try(r, servers_address(r->goal.servers, r->server, r->address) != NULL);
    r->connection = connection_begin(r->goal.servers, r->server, address, failure);
    return r->connection == NULL ? PROGRESS_FAILED : PROGRESS_DONE;
}

/* The next server; false: all were tried. */
static bool next_server(struct reach *r)
{
    int count = servers_count(r->goal.servers);

    do {
        if (r->tried == count)
            return false;
        r->server = (r->goal.first + r->tried++) % count;
    } while (r->server == r->goal.but);
    r->address = 0;
    r->stage = STAGE_LOOK_UP;
    begin_try(r, false);
    return true;
}

/* After one that failed: the next address of the server, else the next server. */
static bool next_try(struct reach *r)
{
    bool was_found = r->stage != STAGE_LOOK_UP;

    connection_close(r->connection);
    r->connection = NULL;
    if (was_found && servers_address(r->goal.servers, r->server, r->address) != NULL) {
        r->stage = STAGE_LOOK_UP; /* they are known */
        return true;
    }
    if (was_found) /* else it may still be found */
        servers_outdated(r->goal.servers, r->server);
    return next_server(r);
}

static enum progress greet(struct reach *r, struct failure *failure)
{
    r->stage = STAGE_GREET;
    return greeting_send(&r->greeting, r->connection, r->goal.profile, r->goal.session, r->try_ends_ms, failure)
               ? PROGRESS_DONE
               : PROGRESS_FAILED;
}

/* As far as this try goes without waiting. */
static enum progress go_on_trying(struct reach *r, struct failure *failure)
{
    enum progress progress = PROGRESS_DONE;

    if (r->stage == STAGE_LOOK_UP) {
        progress = servers_look_up(r->goal.servers, r->server, failure);
        if (progress == PROGRESS_DONE)
            progress = connect_to(r, failure);
    }
    if (r->stage == STAGE_CONNECT && progress == PROGRESS_DONE) {
        progress = connection_go_on(r->connection, failure);
        if (progress == PROGRESS_DONE)
            progress = greet(r, failure);
    }
    if (r->stage == STAGE_GREET && progress == PROGRESS_DONE)
        progress = greeting_go_on(&r->greeting, r->connection, failure);
    if (progress == PROGRESS_DONE)
        r->stage = STAGE_REACHED;
    return progress;
}

struct reach *reach_begin(const struct reach_goal *goal, int64_t deadline_ms)
{
    struct reach *r = xcalloc(1, sizeof *r);

    r->goal = *goal;
    r->deadline_ms = deadline_ms;
    CHECK(next_server(r));
    return r;
}

enum progress reach_go_on(struct reach *reach, struct failure *failure)
{
    for (;;) {
        struct failure found;
        enum progress progress = go_on_trying(reach, &found);

        if (progress == PROGRESS_WAITS && client_clock_ms() >= reach->try_ends_ms) {
            give_up(reach, ETIMEDOUT, &found);
            progress = PROGRESS_FAILED;
        }
        if (progress != PROGRESS_FAILED)
            return progress;
        if (found.code == EXIT_LOGIN) { /* the same at every server */
            *failure = found;
            return PROGRESS_FAILED;
        }
        note(reach, &found);
        if (!next_try(reach)) {
            *failure = reach->why;
            return PROGRESS_FAILED;
        }
    }
}

struct pollfd reach_poll(const struct reach *reach)
{
    return reach->connection == NULL ? (struct pollfd){.fd = -1} : connection_poll(reach->connection);
}

int64_t reach_wakes_ms(const struct reach *reach)
{
    int64_t now = client_clock_ms(), step = 1 + (now - reach->try_began_ms) / 8;

    if (reach->stage != STAGE_LOOK_UP)
        return reach->try_ends_ms;
    step = step < LOOK_UP_STEP_MS ? step : LOOK_UP_STEP_MS;
    return now + step < reach->try_ends_ms ? now + step : reach->try_ends_ms;
}

struct connection *reach_end(struct reach *reach)
{
    struct connection *connection = NULL;

    if (reach == NULL)
        return NULL;
    if (reach->stage == STAGE_REACHED)
        connection = reach->connection;
    else
        connection_close(reach->connection);
    free(reach);
    return connection;
}

struct connection *reach_now(const struct reach_goal *goal, int64_t deadline_ms, struct failure *failure)
{
    struct reach *reach = reach_begin(goal, deadline_ms);

    while (reach_go_on(reach, failure) == PROGRESS_WAITS) {
        struct pollfd wanted = reach_poll(reach);
        if (!client_wait_any(&wanted, 1, reach_wakes_ms(reach)) && client_interrupted()) {
            give_up(reach, EINTR, failure);
            break;
        }
    }
    return reach_end(reach);
}
