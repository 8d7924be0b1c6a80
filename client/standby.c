/* The other server's connection, made beside whatever else goes on. */
#include "client/standby.h"

#include <sodium.h>
#include <stdlib.h>

#include "client/greeting.h"
#include "common/check.h"

#define TRY_MS 5000 /* to connect and to be greeted */
/* Before the next try, up to three times that at random, so that not all come at once; doubled by each, at most. A
 * server that has just ended is not back sooner, and whoever goes over to the other one needs it more. */
#define PAUSE_FIRST_MS 250
#define PAUSE_MOST_MS  8000

enum stage { STAGE_NONE, STAGE_CONNECTING, STAGE_GREETING, STAGE_READY };

struct standby {
    struct client *client;
    struct connection *connection; /* NULL: none */
    enum stage stage;
    struct greeting greeting;
    int64_t wakes_ms; /* end of the pause, or of the try */
    int pause_ms;     /* the next one */
};

struct standby *standby_new(struct client *client)
{
    struct standby *standby;

    if (servers_count(client->servers) < 2)
        return NULL;
    standby = xcalloc(1, sizeof *standby);
    standby->client = client;
    standby->pause_ms = PAUSE_FIRST_MS;
    return standby;
}

void standby_free(struct standby *standby)
{
    if (standby == NULL)
        return;
    connection_close(standby->connection);
    free(standby);
}

static void pause_tries(struct standby *s)
{
    s->stage = STAGE_NONE;
    s->wakes_ms = client_clock_ms() + s->pause_ms + randombytes_uniform((uint32_t)s->pause_ms * 2);
    s->pause_ms = s->pause_ms * 2 < PAUSE_MOST_MS ? s->pause_ms * 2 : PAUSE_MOST_MS;
}

static void drop(struct standby *s)
{
    connection_close(s->connection);
    s->connection = NULL;
    pause_tries(s);
}

/* The server that the client talks to. */
static int current(const struct standby *s)
{
    return s->client->connection == NULL ? NO_SERVER : connection_server(s->client->connection);
}

static void begin(struct standby *s)
{
    s->wakes_ms = client_clock_ms() + TRY_MS;
    s->connection = connection_begin(s->client->servers, current(s), s->wakes_ms);
    s->stage = STAGE_CONNECTING;
}

static bool greet(struct standby *s, struct failure *failure)
{
    s->stage = STAGE_GREETING;
    return greeting_send(&s->greeting, s->connection, &s->client->profile, true, s->wakes_ms, failure);
}

static enum progress go_on(struct standby *s)
{
    enum progress progress = PROGRESS_DONE;
    struct failure failure; /* of a try that is made again */

    if (s->stage == STAGE_CONNECTING)
        progress = connection_go_on(s->connection, &failure);
    if (s->stage == STAGE_CONNECTING && progress == PROGRESS_DONE && !greet(s, &failure))
        progress = PROGRESS_FAILED;
    if (s->stage == STAGE_GREETING && progress == PROGRESS_DONE)
        progress = greeting_go_on(&s->greeting, s->connection, &failure);
    if (s->stage == STAGE_GREETING && progress == PROGRESS_DONE) {
        s->stage = STAGE_READY;
        s->pause_ms = PAUSE_FIRST_MS;
    }
    /* Hints that come to a connection over which was asked once are for the client's own one, too. */
    if (s->stage == STAGE_READY)
        progress = connection_take_hints(s->connection);
    if (progress == PROGRESS_WAITS && s->stage != STAGE_READY && client_clock_ms() >= s->wakes_ms)
        progress = PROGRESS_FAILED;
    return progress;
}

void standby_tend(struct standby *standby)
{
    if (standby == NULL)
        return;
    if (standby->stage == STAGE_NONE && client_clock_ms() >= standby->wakes_ms)
        begin(standby);
    if (standby->stage != STAGE_NONE && go_on(standby) == PROGRESS_FAILED)
        drop(standby);
    if (standby->stage != STAGE_NONE && connection_server(standby->connection) == current(standby))
        drop(standby);
}

struct pollfd standby_poll(const struct standby *standby)
{
    return standby == NULL || standby->connection == NULL ? (struct pollfd){.fd = -1}
                                                          : connection_poll(standby->connection);
}

int64_t standby_wakes_ms(const struct standby *standby)
{
    int64_t try_ends;

    if (standby == NULL || standby->stage == STAGE_READY)
        return INT64_MAX;
    if (standby->stage != STAGE_CONNECTING)
        return standby->wakes_ms;
    try_ends = connection_try_ends_ms(standby->connection);
    return try_ends < standby->wakes_ms ? try_ends : standby->wakes_ms;
}

bool standby_ready(const struct standby *standby)
{
    return standby != NULL && standby->stage == STAGE_READY;
}

bool standby_take(struct standby *standby)
{
    CHECK(standby == NULL || standby->client->connection == NULL);
    if (!standby_ready(standby))
        return false;
    standby->client->connection = standby->connection;
    standby->connection = NULL;
    pause_tries(standby);
    return true;
}

bool standby_prefer(struct standby *standby)
{
    struct connection *own;

    if (!standby_ready(standby) || standby->client->connection == NULL ||
        connection_server(standby->connection) > current(standby))
        return false;
    own = standby->client->connection;
    standby->client->connection = standby->connection;
    standby->connection = own;
    return true;
}
