/* Each server in its turn: the next one is tried as soon as one has failed, and beside one that has said nothing for a
 * while. The first that answers is it. */
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
#define ALONE_MOST_MS   1000 /* a server, before the next one is tried beside it */
#define LOOK_UP_STEP_MS 50   /* between two looks whether a name is found, at most */

enum stage { STAGE_LOOK_UP, STAGE_CONNECT, STAGE_GREET, STAGE_REACHED };

/* One server that is tried, one of its addresses after the other. */
struct attempt {
    int server, address; /* the address that is next */
    enum stage stage;
    int64_t began_ms, ends_ms;
    struct connection *connection; /* NULL: none yet */
    struct greeting greeting;
};

struct reach {
    struct reach_goal goal;
    int passed; /* servers whose turn has come, or that are left out */
    int last;   /* that began */
    struct attempt tries[SERVERS_MAX];
    int try_count;                /* under way, in the order in which they began */
    int64_t deadline_ms, next_ms; /* when the next server is tried, if there is one */
    struct failure why;           /* of the tries that have failed */
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

static void give_up(const struct reach *r, const struct attempt *t, int error, struct failure *failure)
{
    const char *server = servers_text(r->goal.servers, t->server);

    if (t->stage == STAGE_LOOK_UP)
        failure_set(failure, EXIT_TRY_AGAIN, "HOST_UNKNOWN", "server", _("%s cannot be found: %s"), server,
                    strerror(error));
    else if (t->stage == STAGE_CONNECT)
        connection_give_up(t->connection, error, failure);
    else
        failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", "server", _("%s does not answer"), server);
}

/* ---- one server ---- */

/* Its time is shared with `others`: addresses of the server that are still to come. */
static void time_try(const struct reach *r, struct attempt *t, int others)
{
    int64_t left, now = client_clock_ms();

    left = r->deadline_ms > now ? r->deadline_ms - now : 0;
    if (others > 0 || servers_count(r->goal.servers) > 1)
        left = left / (others + 1) < TRY_MOST_MS ? left / (others + 1) : TRY_MOST_MS;
    t->began_ms = now;
    t->ends_ms = now + left;
}

static enum progress connect_to(const struct reach *r, struct attempt *t, struct failure *failure)
{
    const struct addrinfo *address = servers_address(r->goal.servers, t->server, t->address++);
    int others = 0;

    while (servers_address(r->goal.servers, t->server, t->address + others) != NULL)
        others++;
    t->stage = STAGE_CONNECT;
    time_try(r, t, others);
    t->connection = connection_begin(r->goal.servers, t->server, address, failure);
    return t->connection == NULL ? PROGRESS_FAILED : PROGRESS_DONE;
}

static enum progress greet(const struct reach *r, struct attempt *t, struct failure *failure)
{
    t->stage = STAGE_GREET;
    return greeting_send(&t->greeting, t->connection, r->goal.profile, r->goal.session, t->ends_ms, failure)
               ? PROGRESS_DONE
               : PROGRESS_FAILED;
}

/* As far as this address goes without waiting. */
static enum progress go_on_trying(const struct reach *r, struct attempt *t, struct failure *failure)
{
    enum progress progress = PROGRESS_DONE;

    if (t->stage == STAGE_LOOK_UP) {
        progress = servers_look_up(r->goal.servers, t->server, failure);
        if (progress == PROGRESS_DONE)
            progress = connect_to(r, t, failure);
    }
    if (t->stage == STAGE_CONNECT && progress == PROGRESS_DONE) {
        progress = connection_go_on(t->connection, failure);
        if (progress == PROGRESS_DONE)
            progress = greet(r, t, failure);
    }
    if (t->stage == STAGE_GREET && progress == PROGRESS_DONE)
        progress = greeting_go_on(&t->greeting, t->connection, failure);
    if (progress == PROGRESS_DONE)
        t->stage = STAGE_REACHED;
    if (progress == PROGRESS_WAITS && client_clock_ms() >= t->ends_ms) {
        give_up(r, t, ETIMEDOUT, failure);
        progress = PROGRESS_FAILED;
    }
    return progress;
}

/* After an address that failed: the next one, if there is one. */
static bool next_address(const struct reach *r, struct attempt *t)
{
    bool was_found = t->stage != STAGE_LOOK_UP; /* else it may still be found */

    connection_close(t->connection);
    t->connection = NULL;
    t->stage = STAGE_LOOK_UP; /* they are known */
    if (was_found && servers_address(r->goal.servers, t->server, t->address) != NULL)
        return true;
    if (was_found)
        servers_outdated(r->goal.servers, t->server);
    return false;
}

/* ---- all of them ---- */

/* The next server whose turn it is, or NO_SERVER. */
static int next_server(struct reach *r)
{
    int count = servers_count(r->goal.servers), server;

    while (r->passed < count) {
        server = (r->goal.first + r->passed) % count;
        if (server != r->goal.but)
            return server;
        r->passed++;
    }
    return NO_SERVER;
}

/* So that each gets its turn before the deadline. */
static int64_t alone_ms(const struct reach *r, int64_t now)
{
    int64_t share = (r->deadline_ms - now) / (servers_count(r->goal.servers) - r->passed + 1);

    return share < ALONE_MOST_MS ? share : ALONE_MOST_MS;
}

static bool is_time(const struct reach *r, int64_t now)
{
    if (r->try_count > 0)
        return now >= r->next_ms;
    return now < r->deadline_ms || r->why.code == EXIT_DONE; /* the first one always is tried */
}

/* False: it is not time, or there is none. */
static bool begin_next(struct reach *r)
{
    int64_t now = client_clock_ms();
    int server = next_server(r);

    if (server == NO_SERVER || !is_time(r, now))
        return false;
    r->tries[r->try_count] = (struct attempt){.server = server};
    time_try(r, &r->tries[r->try_count++], 0);
    r->passed++;
    r->last = server;
    r->next_ms = now + alone_ms(r, now);
    return true;
}

/* The next server's turn has come. */
static void drop(struct reach *r, int i)
{
    r->try_count--;
    memmove(&r->tries[i], &r->tries[i + 1], (size_t)(r->try_count - i) * sizeof r->tries[0]);
    r->next_ms = client_clock_ms();
}

struct reach *reach_begin(const struct reach_goal *goal, int64_t deadline_ms)
{
    struct reach *r = xcalloc(1, sizeof *r);

    r->goal = *goal;
    r->deadline_ms = deadline_ms;
    return r;
}

/* The one that was reached comes to stand alone. */
static void keep_only(struct reach *r, int i)
{
    struct attempt reached = r->tries[i];

    for (int k = 0; k < r->try_count; k++)
        if (k != i)
            connection_close(r->tries[k].connection);
    r->tries[0] = reached;
    r->try_count = 1;
}

/* Each that is under way; failed: it makes no sense to ask another server. */
static enum progress go_on_with_all(struct reach *r, struct failure *failure)
{
    for (int i = 0; i < r->try_count; i++) {
        struct failure found;
        enum progress progress = go_on_trying(r, &r->tries[i], &found);

        if (progress == PROGRESS_DONE) {
            keep_only(r, i);
            return PROGRESS_DONE;
        }
        if (progress == PROGRESS_WAITS)
            continue;
        if (found.code == EXIT_LOGIN) { /* the same at every server */
            *failure = found;
            return PROGRESS_FAILED;
        }
        note(r, &found);
        if (!next_address(r, &r->tries[i]))
            drop(r, i);
        i--; /* the next address, or what has moved up */
    }
    return PROGRESS_WAITS;
}

enum progress reach_go_on(struct reach *reach, struct failure *failure)
{
    enum progress progress;

    do
        progress = go_on_with_all(reach, failure);
    while (progress == PROGRESS_WAITS && begin_next(reach));
    if (progress != PROGRESS_WAITS || reach->try_count > 0)
        return progress;
    *failure = reach->why;
    return PROGRESS_FAILED;
}

int reach_poll(const struct reach *reach, struct pollfd wanted[SERVERS_MAX])
{
    int count = 0;

    for (int i = 0; i < reach->try_count; i++)
        if (reach->tries[i].connection != NULL)
            wanted[count++] = connection_poll(reach->tries[i].connection);
    return count;
}

static int64_t try_wakes_ms(const struct attempt *t)
{
    int64_t now = client_clock_ms(), step = 1 + (now - t->began_ms) / 8;

    if (t->stage != STAGE_LOOK_UP)
        return t->ends_ms;
    step = step < LOOK_UP_STEP_MS ? step : LOOK_UP_STEP_MS;
    return now + step < t->ends_ms ? now + step : t->ends_ms;
}

int64_t reach_wakes_ms(const struct reach *reach)
{
    bool more = reach->passed < servers_count(reach->goal.servers);
    int64_t wakes_ms = more ? reach->next_ms : reach->deadline_ms;

    for (int i = 0; i < reach->try_count; i++) {
        int64_t at = try_wakes_ms(&reach->tries[i]);
        wakes_ms = at < wakes_ms ? at : wakes_ms;
    }
    return wakes_ms;
}

struct connection *reach_end(struct reach *reach)
{
    struct connection *connection = NULL;

    if (reach == NULL)
        return NULL;
    if (reach->try_count == 1 && reach->tries[0].stage == STAGE_REACHED)
        connection = reach->tries[0].connection;
    else
        for (int i = 0; i < reach->try_count; i++)
            connection_close(reach->tries[i].connection);
    free(reach);
    return connection;
}

struct connection *reach_now(struct reach_goal *goal, int64_t deadline_ms, struct failure *failure)
{
    struct reach *reach = reach_begin(goal, deadline_ms);

    while (reach_go_on(reach, failure) == PROGRESS_WAITS) {
        struct pollfd wanted[SERVERS_MAX];
        int count = reach_poll(reach, wanted);
        if (!client_wait_any(wanted, count, reach_wakes_ms(reach)) && client_interrupted()) {
            give_up(reach, &reach->tries[0], EINTR, failure);
            break;
        }
    }
    if (client_clock_ms() >= deadline_ms)
        goal->first = reach->last;
    return reach_end(reach);
}
