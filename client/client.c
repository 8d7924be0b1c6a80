/* What all commands ask of the run. */
#include "client/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/commands.h"
#include "client/text.h"
#include "common/vocabulary.h"

int64_t client_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void client_go_on(struct client *client)
{
    int64_t at = client_clock_ms() + client->usual_ms;

    client->deadline_ms = client->ends_ms != 0 && client->ends_ms < at ? client->ends_ms : at;
}

bool client_json(const struct client *client)
{
    return client->format == FORMAT_JSON || client->format == FORMAT_JSONL;
}

/* ---- Ctrl-C ---- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void client_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
}

bool client_interrupted(void)
{
    return interrupted != 0;
}

/* SIGINT can come only within ppoll, so that none is missed between the question and the wait. */
static int wait_once(struct pollfd *fds, int fd_count, int64_t left_ms)
{
    struct timespec left = {left_ms / 1000, (long)(left_ms % 1000) * 1000000L};
    sigset_t block, before;
    int count = -1;

    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &before);
    errno = EINTR;
    if (!interrupted)
        count = ppoll(fds, (nfds_t)fd_count, &left, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return count;
}

bool client_wait_any(struct pollfd *fds, int fd_count, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - client_clock_ms();
        int count = wait_once(fds, fd_count, left > 0 ? left : 0);
        if (count > 0)
            return true;
        if (count == 0 && client_clock_ms() >= deadline_ms) {
            errno = ETIMEDOUT;
            return false;
        }
        if (count < 0 && (errno != EINTR || interrupted))
            return false;
    }
}

bool client_wait(int fd, short events, int64_t deadline_ms)
{
    struct pollfd wanted = {.fd = fd, .events = events};

    return client_wait_any(&wanted, 1, deadline_ms);
}

/* ---- the command line ---- */

const char *client_flag(const struct client *client, const char *name)
{
    return options_value(&client->options, name);
}

bool client_has(const struct client *client, const char *name)
{
    return options_has(&client->options, name);
}

const char *client_operand(const struct client *client, int n)
{
    int skip = 1;

    for (const struct command_spec *c = commands; c->noun != NULL; c++)
        if (strcmp(c->noun, client->options.words[0]) == 0 && c->verb != NULL)
            skip = 2;
    return n + skip < client->options.word_count ? client->options.words[n + skip] : NULL;
}

static void word_failure(struct client *client, const char *value, const struct word *words, const char *reason,
                         const char *field)
{
    char list[256] = "";

    for (const struct word *w = words; w->name != NULL; w++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ", w->name);
    }
    failure_set(&client->failure, EXIT_USAGE, reason, field, _("%s is not one of %s"), value, list);
}

bool client_word(struct client *client, const char *flag, const struct word *words, const char *reason,
                 const char *field, int *out)
{
    const char *value = client_flag(client, flag);

    *out = 0;
    if (value == NULL)
        return true;
    *out = word_number(words, value);
    if (*out > 0)
        return true;
    word_failure(client, value, words, reason, field);
    return false;
}

bool client_number(struct client *client, const char *flag, long least, long most, long *out, bool *given)
{
    const char *value = client_flag(client, flag);
    char *end;
    long number;

    *given = value != NULL;
    if (value == NULL)
        return true;
    errno = 0;
    number = strtol(value, &end, 10);
    if (errno == 0 && end != value && *end == '\0' && number >= least && number <= most) {
        *out = number;
        return true;
    }
    return failure_set(&client->failure, EXIT_USAGE, "USAGE", flag, _("--%s must be a number from %ld to %ld"), flag,
                       least, most);
}
