/* Looks for what has changed, as long as somebody wants to know. */
#include "server/watch/feed.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"

#define LOOK_MS       40  /* between two looks */
#define LOOK_AGAIN_MS 250 /* after one that failed, and while nobody wants to know */
#define CHANGES_MAX   500 /* of a look; beyond it everybody is told */
/* Between two hints of changed reference data at least, a second: each makes everybody read his whole inbox anew. */
#define LOOKS_BETWEEN 25

struct feed {
    struct store *store;
    struct feed_handlers handlers;
    void *arg;
    struct event *look;
    struct arena *arena;  /* of the look under way */
    struct arena *kept;   /* of the snapshot */
    const char *snapshot; /* of the last look; "": there was none yet */
    int64_t now;          /* business time of it */
    int64_t epoch;        /* of the reference data that everybody has been told of */
    int wait;             /* looks until they may be told again */
    struct change_page page;
};

static void look_in(struct feed *feed, int ms)
{
    const struct timeval wait = {ms / 1000, ms % 1000 * 1000};

    CHECK(evtimer_add(feed->look, &wait) == 0);
}

static bool has_news(const struct change_page *page)
{
    const struct task_changes *tasks = &page->tasks;

    return page->count > 0 || tasks->criterion_count > 0 || tasks->overdue_count > 0 || tasks->freed_count > 0 ||
           tasks->emergencies;
}

/* Has reference data changed, so that any desk may be another one's now? */
static bool is_renewed(struct feed *feed, int64_t epoch)
{
    feed->wait -= feed->wait > 0;
    if (feed->wait > 0 || epoch == feed->epoch)
        return false;
    feed->epoch = epoch;
    feed->wait = LOOKS_BETWEEN;
    return true;
}

static void looked(void *arg, enum store_result result)
{
    struct feed *feed = arg;
    const struct change_page *page = &feed->page;
    bool first = feed->snapshot[0] == '\0';

    if (result != STORE_OK) {
        look_in(feed, LOOK_AGAIN_MS);
        return;
    }
    arena_reset(feed->kept);
    feed->snapshot = arena_strdup(feed->kept, page->snapshot);
    feed->now = page->stamp.now;
    if (first)
        feed->epoch = page->stamp.epoch;
    bool all = is_renewed(feed, page->stamp.epoch) || first || page->more;
    if (all || has_news(page))
        feed->handlers.changed(feed->arg, page, all);
    look_in(feed, LOOK_MS);
}

static void look(evutil_socket_t fd, short events, void *arg)
{
    struct feed *feed = arg;
    const struct change_filter filter = {
        .snapshot = feed->snapshot, .since = feed->snapshot[0] == '\0' ? -1 : feed->now, .limit = CHANGES_MAX};

    (void)fd, (void)events;
    if (!feed->handlers.wanted(feed->arg)) {
        feed->snapshot = ""; /* whoever wants to know later begins with a read of his own */
        look_in(feed, LOOK_AGAIN_MS);
        return;
    }
    arena_reset(feed->arena);
    store_read_changes(feed->store, &filter, feed->arena, &feed->page, looked, feed);
}

struct feed *feed_new(struct event_base *base, struct store *store, const struct feed_handlers *handlers, void *arg)
{
    struct feed *feed = xcalloc(1, sizeof *feed);

    feed->store = store;
    feed->handlers = *handlers;
    feed->arg = arg;
    feed->arena = arena_new(0);
    feed->kept = arena_new(0);
    feed->snapshot = "";
    feed->look = evtimer_new(base, look, feed);
    CHECK(feed->look != NULL);
    look_in(feed, LOOK_MS);
    return feed;
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    event_free(feed->look);
    arena_free(feed->arena);
    arena_free(feed->kept);
    free(feed);
}
