/* What all commands ask of the run. */
#include "client/client.h"

#include <errno.h>
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
