/* The worker process: takes a job from its socket, works, answers, until the socket is closed. */
#ifndef CREDITD_PASSWORD_WORKER_H
#define CREDITD_PASSWORD_WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "server/password/password.h"

/* One message each way; both ends are the same program. */
struct worker_job {
    uint8_t hashing; /* else verifying */
    uint8_t cheap;
    char hash[PASSWORD_HASH_BYTES];        /* verifying */
    char password[PASSWORD_BYTES_MAX + 1]; /* NUL-terminated */
};
struct worker_answer {
    uint8_t ok;
    char hash[PASSWORD_HASH_BYTES]; /* hashing */
};

/* Forks a worker. The child keeps its end of a socket pair and the standard streams, nothing else, and dies with the
 * parent. Gives the parent's end (non-blocking), or -1 with errno. */
int worker_fork(pid_t *pid);

#endif
