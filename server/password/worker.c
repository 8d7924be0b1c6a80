/* The child's side: argon2id by libsodium, one job at a time, in a process that holds no other descriptor. */
#include "server/password/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"

#define ARGON2_PASSES 2
#define ARGON2_BYTES  (19u * 1024u * 1024u)
#define OWN_SOCKET    3

_Static_assert(PASSWORD_HASH_BYTES >= crypto_pwhash_STRBYTES, "an argon2id string fits");

bool password_hash_now(const char *password, bool cheap, char out[PASSWORD_HASH_BYTES])
{
    unsigned long long passes = cheap ? crypto_pwhash_OPSLIMIT_MIN : ARGON2_PASSES;
    size_t bytes = cheap ? crypto_pwhash_MEMLIMIT_MIN : ARGON2_BYTES;

    CHECK(sodium_init() >= 0);
    memset(out, 0, PASSWORD_HASH_BYTES);
    return crypto_pwhash_str(out, password, strlen(password), passes, bytes) == 0;
}

static void work(struct worker_job *job, struct worker_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    job->hash[sizeof job->hash - 1] = '\0';
    job->password[sizeof job->password - 1] = '\0';
    if (job->hashing)
        answer->ok = password_hash_now(job->password, job->cheap != 0, answer->hash);
    else
        answer->ok = crypto_pwhash_str_verify(job->hash, job->password, strlen(job->password)) == 0;
    sodium_memzero(job, sizeof *job);
}

static _Noreturn void serve(void)
{
    struct worker_job job;
    struct worker_answer answer;

    for (;;) {
        ssize_t got = recv(OWN_SOCKET, &job, sizeof job, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof job)
            _exit(got == 0 ? 0 : 1);
        work(&job, &answer);
        if (send(OWN_SOCKET, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
            _exit(0);
    }
}

/* Signals of the terminal and of the service manager are for the parent. */
static void leave_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
}

static _Noreturn void child(int fd, pid_t parent)
{
    const struct rlimit no_core = {0, 0};

    leave_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
        _exit(1);
    prctl(PR_SET_NAME, "creditd-argon2");
    if (getppid() != parent) /* it died before the death signal was set */
        _exit(0);
    if (fd != OWN_SOCKET && dup2(fd, OWN_SOCKET) != OWN_SOCKET)
        _exit(1);
    if (close_range(OWN_SOCKET + 1, ~0u, 0) != 0)
        _exit(1);
    serve();
}

int worker_fork(pid_t *pid)
{
    pid_t parent = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    *pid = fork();
    if (*pid == 0)
        child(pair[1], parent);
    close(pair[1]);
    if (*pid > 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0)
        return pair[0];
    close(pair[0]);
    return -1;
}
