/* Polls for what is due and submits each as a command of the system: timers, ends of criteria, evaluations after
 * imports and after a change of the policy, imports that were left alone, customers whose branch has another place or
 * was merged. Several servers may do so at once: what one of them has done, the others find done. */
#include "server/watch/watch.h"

#include <stdlib.h>
#include <time.h>

#include "common/check.h"
#include "server/watch/deadline.h"
#include "server/watch/evaluate.h"
#include "server/watch/follow.h"
#include "server/watch/late_criterion.h"
#include "server/watch/pass.h"

#define TIMERS_MAX       16  /* of one poll, oldest first, and as many criteria, ... */
#define TIMERS_QUIET_MAX 200 /* ... and when nobody has sent a command for QUIET_US */
#define IMPORTED_MAX     128 /* customers of imports read in one poll; two such pages are under way */
#define STALE_MAX        4   /* customers evaluated anew in one poll, for a policy that can wait, ... */
#define STALE_QUIET_MAX  128 /* ... and when nobody has sent a command for QUIET_US */
#define UNFOLLOWED_MAX   256 /* customers who follow their branches in one poll */
#define QUIET_US         1000000LL
#define POLL_LONGEST_US  1000000LL /* another server may have armed a timer, or moved the test clock */
#define POLL_SHORTEST_US 1000LL
#define CLEAN_US         60000000LL /* between two looks for changes that are too old to be asked for */

struct watch {
    struct store *store;
    struct engine *engine;
    struct reference *reference;
    struct event *poll;
    struct arena *arena; /* of the poll under way */
    struct pass pass;
    struct due_timers due;
    struct evaluation_search search;
    struct evaluations_found found;
    size_t policy_changes; /* of the reference data, when the pass under way began */
    int32_t swept_policy;  /* every customer has been looked at for this version */
    struct unfollowed unfollowed;
    int64_t follow_epoch;    /* of the pass under way over those who are to follow, ... */
    struct key follow_after; /* ... which goes on after this one */
    int64_t followed_epoch;  /* every customer has the units that this organisation gives it */
    int64_t submitted_us;    /* monotonic: when the commands of this poll were submitted */
    uint64_t people;         /* commands of people that were decided before this poll */
    int64_t people_us;       /* monotonic: when the last ones of them were seen */
    bool quiet;              /* none for QUIET_US */
    unsigned timers_max;     /* of this poll */
    int64_t cleaned_us;      /* monotonic */
    size_t waiting;          /* commands under way */
    size_t poll_at;          /* with so many of them left it is polled again */
    bool stopped;
    bool failed; /* something could not be tried: no use in polling at once */
};

static int64_t monotonic_us(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

static void schedule(struct watch *watch, int64_t in_us)
{
    struct timeval wait;

    if (watch->stopped)
        return;
    if (in_us < POLL_SHORTEST_US)
        in_us = POLL_SHORTEST_US;
    if (in_us > POLL_LONGEST_US)
        in_us = POLL_LONGEST_US;
    wait.tv_sec = (time_t)(in_us / 1000000);
    wait.tv_usec = (suseconds_t)(in_us % 1000000);
    evtimer_add(watch->poll, &wait);
}

/* Is there nothing behind what this poll has read? */
static bool at_end(const struct watch *watch)
{
    const struct evaluations_found *found = &watch->found;

    return !watch->failed && watch->due.count < watch->timers_max && found->late_count < watch->timers_max &&
           found->imported_count < IMPORTED_MAX && found->stale_count == 0 && watch->unfollowed.count == 0;
}

/* Work that can wait leaves the machine to others for four times as long as it took, unless nobody is there: customers
 * to be evaluated after a change of the policy, and timers, which may be thousands after a midnight or a standstill. */
static void poll_again(struct watch *watch)
{
    int64_t until = watch->due.next_due_at == 0 ? POLL_LONGEST_US : watch->due.next_due_at - watch->due.stamp.now;
    bool can_wait = watch->unfollowed.count == 0 &&
                    (watch->found.stale_count > 0 ||
                     (watch->due.count + watch->found.late_count > 0 && watch->found.imported_count == 0));

    if (at_end(watch))
        pass_ends(&watch->pass, monotonic_us());
    if (watch->failed) {
        watch->search.stale_after = (struct key){0, 0}; /* some may have been passed over */
        watch->follow_after = (struct key){0, 0};
        schedule(watch, POLL_LONGEST_US);
    } else if (can_wait) {
        schedule(watch, watch->quiet ? 0 : 4 * (monotonic_us() - watch->submitted_us));
    } else {
        schedule(watch, watch->found.imported_count > 0 || watch->unfollowed.count > 0 ? 0 : until);
    }
}

static void command_done(struct command *command)
{
    struct watch *watch = command->arg;

    /* One that another server has taken, or that a step has overtaken, is gone by the next poll. */
    if (command->outcome.status == STATUS_REJECTED && command->outcome.reason != REASON_STATE_CHANGED) {
        watch->pass.failed++;
        watch->pass.stale_failed |= watch->found.stale_count > 0;
        watch->pass.unfollowed_failed |= watch->unfollowed.count > 0;
    } else if (command->outcome.status != STATUS_OK && command->outcome.status != STATUS_REJECTED) {
        watch->failed = true;
    }
    free(command);
    if (--watch->waiting == watch->poll_at)
        poll_again(watch);
}

static void submit(struct watch *watch, struct command *command)
{
    command->done = command_done;
    command->arg = watch;
    if (engine_submit(watch->engine, command) == REASON_NONE) {
        watch->waiting++;
    } else {
        watch->failed = true;
        free(command);
    }
}

static void submit_timers(struct watch *watch)
{
    for (size_t i = 0; i < watch->due.count; i++) {
        const struct timer *timer = &watch->due.rows[i];
        struct command *command = xcalloc(1, sizeof *command);
        if (timer->key.kind == TIMER_DEADLINE)
            deadline_command(timer, command);
        else
            evaluate_by_timer(timer, command);
        submit(watch, command);
    }
}

static void submit_found(struct watch *watch)
{
    const struct evaluations_found *found = &watch->found;

    for (size_t i = 0; i < found->imported_count; i++) {
        struct command *command = xcalloc(1, sizeof *command);
        evaluate_after_import(&found->imported[i], found->imports[i], command);
        submit(watch, command);
    }
    for (size_t i = 0; i < found->idle_import_count; i++) {
        struct command *command = xcalloc(1, sizeof *command);
        import_expire_command(found->idle_imports[i], command);
        submit(watch, command);
    }
    for (size_t i = 0; i < found->late_count; i++) {
        struct command *command = xcalloc(1, sizeof *command);
        late_criterion_command(found->late[i].customer, command);
        submit(watch, command);
    }
    for (size_t i = 0; i < found->stale_count; i++) {
        struct command *command = xcalloc(1, sizeof *command);
        evaluate_by_policy(found->stale[i], command);
        submit(watch, command);
    }
}

static void submit_unfollowed(struct watch *watch)
{
    for (size_t i = 0; i < watch->unfollowed.count; i++) {
        struct command *command = xcalloc(1, sizeof *command);
        follow_command(watch->unfollowed.rows[i], command);
        submit(watch, command);
    }
}

/* The next page of customers who are to follow. After the last one all have the units of that organisation: whoever
 * comes to a branch later is committed on it, or on a newer one. */
static void move_follow(struct watch *watch)
{
    if (watch->unfollowed.count > 0) {
        watch->follow_after = watch->unfollowed.rows[watch->unfollowed.count - 1];
    } else if (watch->follow_after.id != 0 && !watch->pass.unfollowed_failed) {
        watch->follow_after = (struct key){0, 0}; /* a walk that finds nobody is the last one */
    } else {
        watch->followed_epoch = watch->follow_epoch;
    }
}

/* The next page of customers under another policy; after the last one the version is done with. */
static void move_sweep(struct watch *watch)
{
    const struct evaluations_found *found = &watch->found;

    if (watch->search.stale_limit == 0)
        return;
    if (found->stale_count > 0) {
        watch->search.stale_after = found->stale[found->stale_count - 1];
    } else {
        watch->swept_policy = watch->search.policy_version;
        watch->search.stale_after = (struct key){0, 0};
    }
}

/* A full page of customers of imports is followed by the next one while it is under way, so that the lane does not wait
 * for what is to be read. Not so beside other work, which would be found again until it is done. */
static void move_imported(struct watch *watch)
{
    const struct evaluations_found *found = &watch->found;
    bool alone = watch->due.count == 0 && found->idle_import_count == 0 && found->stale_count == 0 &&
                 found->late_count == 0 && watch->unfollowed.count == 0;
    const struct import_customer *last = found->imported_count < IMPORTED_MAX || !alone || watch->failed
                                             ? NULL
                                             : &found->imported[found->imported_count - 1];

    watch->search.imported_after_import = last == NULL ? 0 : last->import_id;
    watch->search.imported_after = last == NULL ? (struct key){0, 0} : last->customer;
    watch->poll_at = last == NULL ? 0 : IMPORTED_MAX;
}

static void evaluations_read(void *arg, enum store_result result)
{
    struct watch *watch = arg;

    watch->failed |= result != STORE_OK;
    watch->poll_at = 0;
    watch->submitted_us = monotonic_us();
    if (result == STORE_OK && !watch->stopped) {
        submit_timers(watch);
        submit_found(watch);
        submit_unfollowed(watch);
        move_sweep(watch);
        move_imported(watch);
        pass_read(&watch->pass, &watch->due, &watch->found);
    }
    if (watch->waiting <= watch->poll_at)
        poll_again(watch);
}

static void search(struct watch *watch)
{
    const struct policy *policy = reference_policy_in_force(watch->reference, watch->due.stamp.now);
    int32_t version = policy == NULL ? 0 : policy->version;
    size_t changes = reference_policy_changes(watch->reference);

    /* Of two that follow each other, the first one may be in force again before all have been looked at for the second,
     * or before the second was seen here: somebody may have been evaluated under it all the same. */
    if (version != watch->search.policy_version || changes != watch->policy_changes) {
        watch->search.stale_after = (struct key){0, 0};
        watch->swept_policy = 0;
    }
    watch->policy_changes = changes;
    watch->search.policy_version = version;
    watch->search.stale_assessed = policy != NULL && policy_scores_alone(policy);
    watch->search.imported_limit = IMPORTED_MAX;
    watch->search.import_idle_us = IMPORT_IDLE_US;
    watch->search.late_limit = watch->timers_max;
    pass_search(&watch->pass, &watch->search);
    /* A pass begins when nothing is under way, so that nothing decided under the policy before is committed behind it.
     */
    bool may = version != watch->swept_policy && (watch->search.stale_after.id != 0 || watch->waiting == 0);
    watch->search.stale_limit = !may ? 0 : watch->quiet ? STALE_QUIET_MAX : STALE_MAX;
    store_read_evaluations(watch->store, &watch->search, watch->arena, &watch->found, evaluations_read, watch);
}

static void unfollowed_read(void *arg, enum store_result result)
{
    struct watch *watch = arg;

    watch->failed |= result != STORE_OK;
    if (result == STORE_OK)
        move_follow(watch);
    else
        watch->unfollowed.count = 0;
    search(watch);
}

/* Who is to follow is looked for when the organisation is another one than when all had followed. */
static void search_unfollowed(struct watch *watch)
{
    int64_t epoch = reference_epoch(watch->reference);

    if (epoch != watch->follow_epoch)
        watch->follow_after = (struct key){0, 0};
    watch->follow_epoch = epoch;
    if (epoch == watch->followed_epoch)
        search(watch);
    else
        store_read_unfollowed(watch->store, watch->follow_after, UNFOLLOWED_MAX, watch->arena, &watch->unfollowed,
                              unfollowed_read, watch);
}

static void refreshed(void *arg, enum store_result result)
{
    struct watch *watch = arg;

    watch->failed |= result != STORE_OK;
    search_unfollowed(watch);
}

/* Another server, or a start, may have made a newer policy while nobody asked this one for anything. */
static void timers_read(void *arg, enum store_result result)
{
    struct watch *watch = arg;

    watch->failed = result != STORE_OK;
    if (result != STORE_OK) { /* without the instant it is not known what is in force */
        watch->poll_at = 0;
        if (watch->waiting == 0)
            poll_again(watch);
    } else if (watch->due.stamp.epoch > reference_epoch(watch->reference)) {
        reference_refresh(watch->reference, watch->store, refreshed, watch);
    } else {
        search_unfollowed(watch);
    }
}

static void note_people(struct watch *watch)
{
    uint64_t people = engine_counts(watch->engine).people;

    if (people != watch->people)
        watch->people_us = monotonic_us();
    watch->people = people;
    watch->quiet = monotonic_us() - watch->people_us > QUIET_US;
}

static void cleaned(void *arg, enum store_result result)
{
    (void)arg, (void)result; /* there is a next time */
}

static void clean(struct watch *watch)
{
    if (monotonic_us() - watch->cleaned_us < CLEAN_US)
        return;
    watch->cleaned_us = monotonic_us();
    store_end_changes(watch->store, cleaned, watch);
}

/* After a pause begins the next pass over what has failed. */
static void begin_pass(struct watch *watch)
{
    const struct pass before = watch->pass;

    if (!pass_begins(&watch->pass, monotonic_us()))
        return;
    if (before.stale_failed) {
        watch->swept_policy = 0;
        watch->search.stale_after = (struct key){0, 0};
    }
    if (before.unfollowed_failed) {
        watch->followed_epoch = 0;
        watch->follow_after = (struct key){0, 0};
    }
}

static void poll_now(evutil_socket_t fd, short events, void *arg)
{
    struct watch *watch = arg;

    (void)fd, (void)events;
    note_people(watch);
    clean(watch);
    arena_reset(watch->arena);
    watch->due = (struct due_timers){.count = 0};
    watch->found = (struct evaluations_found){.stale_count = 0};
    watch->unfollowed = (struct unfollowed){.count = 0};
    begin_pass(watch);
    watch->timers_max = watch->quiet ? TIMERS_QUIET_MAX : TIMERS_MAX;
    store_read_due_timers(watch->store, pass_timers(&watch->pass), watch->timers_max, watch->arena, &watch->due,
                          timers_read, watch);
}

void watch_look(struct watch *watch)
{
    if (evtimer_pending(watch->poll, NULL))
        schedule(watch, 0);
}

static void due_now(void *arg)
{
    watch_look(arg);
}

struct watch *watch_new(struct event_base *base, const struct store_config *store, struct engine *engine,
                        struct reference *reference)
{
    struct watch *watch = xcalloc(1, sizeof *watch);

    watch->engine = engine;
    watch->reference = reference;
    watch->arena = arena_new(0);
    watch->poll = evtimer_new(base, poll_now, watch);
    CHECK(watch->poll != NULL);
    watch->store = store_open(base, store, STORE_WATCH, NULL, NULL);
    engine_set_due(engine, due_now, watch);
    schedule(watch, 0);
    return watch;
}

void watch_stop(struct watch *watch)
{
    if (watch == NULL)
        return;
    watch->stopped = true;
    evtimer_del(watch->poll);
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    event_free(watch->poll);
    store_close(watch->store);
    arena_free(watch->arena);
    free(watch);
}
