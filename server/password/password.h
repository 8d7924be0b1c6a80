/* argon2id in separate worker processes behind a bounded queue, so that a login never holds up the event loop and a
 * flood of logins is refused instead of queued without end. */
#ifndef CREDITD_PASSWORD_PASSWORD_H
#define CREDITD_PASSWORD_PASSWORD_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_BYTES_MAX  256
#define PASSWORD_HASH_BYTES 128
#define PASSWORD_LENGTH_MIN 8

struct password_pool;

enum password_result {
    PASSWORD_YES, /* verify: it fits; hash: done */
    PASSWORD_NO,  /* verify: it does not fit, or the user is unknown */
    PASSWORD_LOST /* the worker died, nothing is known: the same again may succeed */
};

/* `hash` is the argon2id string when one was made. Never called from inside password_verify or password_hash. */
typedef void password_done(void *arg, enum password_result result, const char *hash);

/* Forks `workers` processes (call before anything else is opened; they keep nothing but their socket and die with the
 * parent). A worker that dies is replaced and its job is LOST. `cheap`: least cost, for tests only. */
struct password_pool *password_pool_new(struct event_base *base, unsigned workers, unsigned queue_max, bool cheap);
/* Verifies against `hash`; NULL hash does the same work for an unknown user and ends with NO. False: the queue
 * is full, nothing will be called. */
bool password_verify(struct password_pool *pool, const char *hash, const char *password, password_done *done,
                     void *arg);
/* The password has at most PASSWORD_BYTES_MAX bytes. False: as above. */
bool password_hash(struct password_pool *pool, const char *password, password_done *done, void *arg);
/* Ends the workers; jobs that wait are dropped, their callbacks are not called. NULL is allowed. */
void password_pool_free(struct password_pool *pool);
/* Hashes a password of at most PASSWORD_BYTES_MAX bytes here and now, for the first administrator at start. */
bool password_hash_now(const char *password, bool cheap, char out[PASSWORD_HASH_BYTES]);

#endif
