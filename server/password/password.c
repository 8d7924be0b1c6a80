/* The parent's side: workers, the bounded queue before them, and their replacement. A job is with one worker at a time;
 * whose worker dies or takes too long has failed. */
#include "server/password/password.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>

#include "common/check.h"
#include "common/log.h"
#include "server/password/worker.h"

#define JOB_SECONDS_MAX  10
#define REPLACE_AFTER_MS 100

struct job {
    struct worker_job message;
    bool certain_no; /* work for an unknown user */
    password_done *done;
    void *arg;
    struct job *prev, *next;
};

struct worker {
    struct password_pool *pool;
    pid_t pid; /* 0: none at the moment */
    int fd;
    struct event *readable, *timer; /* timer: end of the job, or time for a new process */
    struct job *job;
};

struct password_pool {
    struct event_base *base;
    struct worker *workers;
    unsigned worker_count, queue_max, queued;
    bool cheap;
    char dummy[PASSWORD_HASH_BYTES]; /* verified for unknown users */
    struct job *queue;
};

static void give_work(struct password_pool *pool);
static void worker_readable(evutil_socket_t fd, short what, void *arg);

static void end_job(struct job *job, const struct worker_answer *answer)
{
    bool ok = answer != NULL && answer->ok && !job->certain_no;
    enum password_result result = answer == NULL ? PASSWORD_LOST : ok ? PASSWORD_YES : PASSWORD_NO;

    job->done(job->arg, result, ok && job->message.hashing ? answer->hash : NULL);
    sodium_memzero(job, sizeof *job);
    free(job);
}

/* ---- processes ---- */

static void worker_stop(struct worker *worker)
{
    if (worker->pid == 0)
        return;
    event_free(worker->readable);
    close(worker->fd);
    kill(worker->pid, SIGKILL);
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    worker->pid = 0;
}

static void set_timer(struct worker *worker, int milliseconds)
{
    struct timeval wait = {milliseconds / 1000, milliseconds % 1000 * 1000};

    CHECK(evtimer_add(worker->timer, &wait) == 0);
}

static void worker_start(struct worker *worker)
{
    CHECK(worker->pid == 0 && worker->job == NULL);
    worker->fd = worker_fork(&worker->pid);
    if (worker->fd < 0) {
        log_error("cannot start a password worker: %s", strerror(errno));
        worker->pid = 0;
        set_timer(worker, REPLACE_AFTER_MS * 10);
        return;
    }
    worker->readable = event_new(worker->pool->base, worker->fd, EV_READ | EV_PERSIST, worker_readable, worker);
    CHECK(worker->readable != NULL && event_add(worker->readable, NULL) == 0);
}

/* Its process is gone, or gets no more time: its job fails, a new one comes soon. */
static void worker_lost(struct worker *worker, const char *why)
{
    struct job *job = worker->job;

    log_warning("password worker %ld %s, replacing it", (long)worker->pid, why);
    worker_stop(worker);
    worker->job = NULL;
    set_timer(worker, REPLACE_AFTER_MS);
    if (job != NULL)
        end_job(job, NULL);
}

static void timer_rang(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;

    (void)fd, (void)what;
    if (worker->pid != 0) {
        worker_lost(worker, "takes too long");
        return;
    }
    worker_start(worker);
    give_work(worker->pool);
}

static void worker_readable(evutil_socket_t fd, short what, void *arg)
{
    struct worker *worker = arg;
    struct worker_answer answer;
    ssize_t got = recv(fd, &answer, sizeof answer, 0);
    struct job *job = worker->job;

    (void)what;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got != (ssize_t)sizeof answer || job == NULL) {
        worker_lost(worker, "ended");
        return;
    }
    answer.hash[sizeof answer.hash - 1] = '\0';
    evtimer_del(worker->timer);
    worker->job = NULL;
    end_job(job, &answer);
    give_work(worker->pool);
}

/* ---- the queue ---- */

static struct worker *free_worker(const struct password_pool *pool)
{
    for (unsigned i = 0; i < pool->worker_count; i++)
        if (pool->workers[i].pid != 0 && pool->workers[i].job == NULL)
            return &pool->workers[i];
    return NULL;
}

static void give_work(struct password_pool *pool)
{
    struct worker *worker;

    while (pool->queue != NULL && (worker = free_worker(pool)) != NULL) {
        struct job *job = pool->queue;

        /* A socket that takes nothing belongs to a worker that died; its end is seen when it is read. */
        if (send(worker->fd, &job->message, sizeof job->message, MSG_NOSIGNAL) != (ssize_t)sizeof job->message) {
            worker_stop(worker);
            set_timer(worker, REPLACE_AFTER_MS);
            continue;
        }
        DL_DELETE(pool->queue, job);
        pool->queued--;
        sodium_memzero(job->message.password, sizeof job->message.password);
        worker->job = job;
        set_timer(worker, JOB_SECONDS_MAX * 1000);
    }
}

static bool enqueue(struct password_pool *pool, const struct job *given, const char *password)
{
    size_t length = strlen(password);
    struct job *job;

    if (pool->queued >= pool->queue_max)
        return false;
    job = xcalloc(1, sizeof *job);
    *job = *given;
    job->message.cheap = pool->cheap;
    CHECK(length <= PASSWORD_BYTES_MAX);
    memcpy(job->message.password, password, length + 1);
    DL_APPEND(pool->queue, job);
    pool->queued++;
    give_work(pool);
    return true;
}

bool password_verify(struct password_pool *pool, const char *hash, const char *password, password_done *done, void *arg)
{
    struct job job = {.done = done, .arg = arg};
    size_t length = hash == NULL ? sizeof job.message.hash : strlen(hash);

    job.certain_no = length >= sizeof job.message.hash || strlen(password) > PASSWORD_BYTES_MAX;
    if (job.certain_no)
        memcpy(job.message.hash, pool->dummy, sizeof job.message.hash);
    else
        memcpy(job.message.hash, hash, length + 1);
    return enqueue(pool, &job, strlen(password) > PASSWORD_BYTES_MAX ? "" : password);
}

bool password_hash(struct password_pool *pool, const char *password, password_done *done, void *arg)
{
    struct job job = {.done = done, .arg = arg};

    job.message.hashing = 1;
    return enqueue(pool, &job, password);
}

/* ---- beginning and end ---- */

struct password_pool *password_pool_new(struct event_base *base, unsigned workers, unsigned queue_max, bool cheap)
{
    struct password_pool *pool = xcalloc(1, sizeof *pool);

    CHECK(workers > 0 && sodium_init() >= 0);
    pool->base = base;
    pool->worker_count = workers;
    pool->queue_max = queue_max;
    pool->cheap = cheap;
    pool->workers = xcalloc(workers, sizeof *pool->workers);
    for (unsigned i = 0; i < workers; i++) {
        struct worker *worker = &pool->workers[i];

        worker->pool = pool;
        worker->timer = evtimer_new(base, timer_rang, worker);
        CHECK(worker->timer != NULL);
        worker_start(worker);
    }
    CHECK(password_hash_now("", cheap, pool->dummy));
    return pool;
}

void password_pool_free(struct password_pool *pool)
{
    struct job *job, *next;

    if (pool == NULL)
        return;
    for (unsigned i = 0; i < pool->worker_count; i++) {
        worker_stop(&pool->workers[i]);
        event_free(pool->workers[i].timer);
        if (pool->workers[i].job != NULL)
            DL_APPEND(pool->queue, pool->workers[i].job);
    }
    DL_FOREACH_SAFE(pool->queue, job, next)
    {
        sodium_memzero(job, sizeof *job);
        free(job);
    }
    free(pool->workers);
    free(pool);
}
