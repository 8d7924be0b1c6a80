/* The other server's connection, made beside whatever else goes on. */
#include "client/standby.h"

#include <sodium.h>
#include <stdlib.h>

#include "client/reach.h"
#include "common/check.h"

#define REACH_MS 20000 /* more than enough for each server to say nothing, for as long as one is waited for */
/* Before the next try, up to three times that at random, so that not all come at once; doubled by each, at most. A
 * server that has just ended is not back sooner, and whoever goes over to the other one needs it more. */
#define PAUSE_FIRST_MS 250
#define PAUSE_MOST_MS  8000
#define PING_MS        20000 /* so that it is not idle, and that is noticed when it is there no more */
#define BETTER_MS      60000 /* after that it looks whether one that stands before both is there again */
#define OFF_FIRST_MS   10000
#define OFF_MOST_MS    600000

struct standby {
    struct client *client;
    struct reach *reach;           /* under way, or NULL */
    struct connection *connection; /* when it is there, else NULL */
    int64_t wakes_ms;              /* end of the pause, or next ping */
    int64_t better_ms;             /* when it looks for a better one */
    int pause_ms;                  /* the next one */
    int off;                       /* the server that is not preferred, or NO_SERVER */
    int64_t off_until_ms;
    int off_ms; /* the next time */
};

struct standby *standby_new(struct client *client)
{
    struct standby *standby;

    if (servers_count(client->servers) < 2)
        return NULL;
    standby = xcalloc(1, sizeof *standby);
    standby->client = client;
    standby->pause_ms = PAUSE_FIRST_MS;
    standby->off = NO_SERVER;
    standby->off_ms = OFF_FIRST_MS;
    return standby;
}

void standby_free(struct standby *standby)
{
    if (standby == NULL)
        return;
    connection_close(reach_end(standby->reach));
    connection_close(standby->connection);
    free(standby);
}

/* The server that the client talks to. */
static int current(const struct standby *s)
{
    return s->client->connection == NULL ? NO_SERVER : connection_server(s->client->connection);
}

static void pause_tries(struct standby *s)
{
    s->wakes_ms = client_clock_ms() + s->pause_ms + randombytes_uniform((uint32_t)s->pause_ms * 2);
    s->pause_ms = s->pause_ms * 2 < PAUSE_MOST_MS ? s->pause_ms * 2 : PAUSE_MOST_MS;
}

/* The first of the list that answers, but for the client's own. */
static void begin(struct standby *s)
{
    const struct reach_goal goal = {
        .servers = s->client->servers, .profile = &s->client->profile, .session = true, .but = current(s)};

    s->reach = reach_begin(&goal, client_clock_ms() + REACH_MS);
}

static void go_on(struct standby *s)
{
    struct failure failure; /* of tries that are made again */
    enum progress progress = reach_go_on(s->reach, &failure);
    int64_t now = client_clock_ms();

    if (progress == PROGRESS_WAITS)
        return;
    s->connection = reach_end(s->reach);
    s->reach = NULL;
    if (progress == PROGRESS_FAILED) {
        pause_tries(s);
        return;
    }
    s->pause_ms = PAUSE_FIRST_MS;
    s->wakes_ms = now + PING_MS;
    s->better_ms = now + BETTER_MS;
}

static void drop(struct standby *s)
{
    connection_close(s->connection);
    s->connection = NULL;
    pause_tries(s);
}

/* Is there a server before both in the list, and was it long enough not looked for? */
static bool may_be_better(const struct standby *s, int64_t now)
{
    return current(s) > 0 && connection_server(s->connection) > current(s) && now >= s->better_ms;
}

/* False: it is of no use any more. Hints that come to a connection over which was asked once, the client's own one
 * gets, too. */
static bool is_good(struct standby *s)
{
    int64_t now = client_clock_ms();

    if (connection_take_hints(s->connection) == PROGRESS_FAILED || connection_server(s->connection) == current(s) ||
        may_be_better(s, now))
        return false;
    if (now < s->wakes_ms)
        return true;
    s->wakes_ms = now + PING_MS;
    return connection_ping(s->connection);
}

void standby_tend(struct standby *standby)
{
    if (standby == NULL)
        return;
    if (standby->connection == NULL && standby->reach == NULL && standby->client->connection != NULL &&
        client_clock_ms() >= standby->wakes_ms)
        begin(standby);
    if (standby->reach != NULL)
        go_on(standby);
    if (standby->connection != NULL && !is_good(standby))
        drop(standby);
}

int standby_poll(const struct standby *standby, struct pollfd wanted[SERVERS_MAX])
{
    if (standby != NULL && standby->reach != NULL)
        return reach_poll(standby->reach, wanted);
    if (standby == NULL || standby->connection == NULL)
        return 0;
    wanted[0] = connection_poll(standby->connection);
    return 1;
}

int64_t standby_wakes_ms(const struct standby *standby)
{
    if (standby == NULL)
        return INT64_MAX;
    return standby->reach != NULL ? reach_wakes_ms(standby->reach) : standby->wakes_ms;
}

bool standby_take(struct standby *standby)
{
    CHECK(standby == NULL || standby->client->connection == NULL);
    if (standby == NULL)
        return false;
    connection_close(reach_end(standby->reach));
    standby->reach = NULL;
    if (standby->connection == NULL)
        return false;
    standby->client->connection = standby->connection;
    standby->connection = NULL;
    pause_tries(standby);
    return true;
}

bool standby_prefer(struct standby *standby)
{
    struct connection *own;
    int server;

    if (standby == NULL || standby->connection == NULL || standby->client->connection == NULL)
        return false;
    server = connection_server(standby->connection);
    if (server > current(standby) || (server == standby->off && client_clock_ms() < standby->off_until_ms))
        return false;
    own = standby->client->connection;
    standby->client->connection = standby->connection;
    standby->connection = own;
    return true;
}

void standby_keep_off(struct standby *standby, int server)
{
    if (standby == NULL)
        return;
    standby->off = server;
    standby->off_until_ms = client_clock_ms() + standby->off_ms;
    standby->off_ms = standby->off_ms * 2 < OFF_MOST_MS ? standby->off_ms * 2 : OFF_MOST_MS;
}

void standby_answered(struct standby *standby)
{
    if (standby == NULL || standby->off != current(standby))
        return;
    standby->off = NO_SERVER;
    standby->off_ms = OFF_FIRST_MS;
}
