/* The words of a cell. */
#include "tests/bench/creditbench/cell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/vocabulary.h"

#define LINE_MAX_BYTES 512

static const struct word kinds[] = {{CELL_STEPS, "steps"},           {CELL_INBOX, "inbox"}, {CELL_IDLE, "idle"},
                                    {CELL_HANDSHAKES, "handshakes"}, {CELL_DRAIN, "drain"}, {0, NULL}};

static bool read_number(const char *text, double least, double most, double *out)
{
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *out >= least && *out <= most;
}

static bool read_count(const char *text, int least, int most, int *out)
{
    double value;

    if (!read_number(text, least, most, &value) || value != (int)value)
        return false;
    *out = (int)value;
    return true;
}

static bool read_part(const char *text, struct cell *cell)
{
    char first[16];
    const char *slash = strchr(text, '/');

    if (slash == NULL || (size_t)(slash - text) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
    return read_count(slash + 1, 1, 1000, &cell->parts) && read_count(first, 1, cell->parts, &cell->part);
}

static bool read_word(const char *key, const char *value, struct cell *cell)
{
    int number = 0;

    if (strcmp(key, "kind") == 0) {
        number = word_number(kinds, value);
        cell->kind = (enum cell_kind)number;
        return number >= 0;
    }
    if (strcmp(key, "port") == 0)
        return read_count(value, 1, 65535, &cell->port);
    if (strcmp(key, "connections") == 0)
        return read_count(value, 1, 100000, &cell->connections);
    if (strcmp(key, "outstanding") == 0)
        return read_count(value, 1, 4096, &cell->outstanding);
    if (strcmp(key, "seconds") == 0)
        return read_number(value, 0.01, 86400, &cell->seconds);
    if (strcmp(key, "warmup") == 0)
        return read_number(value, 0, 86400, &cell->warmup);
    if (strcmp(key, "total") == 0)
        return read_count(value, 1, 100000, &cell->total);
    if (strcmp(key, "rate") == 0)
        return read_number(value, 0.1, 10000000, &cell->rate);
    if (strcmp(key, "part") == 0)
        return read_part(value, cell);
    if (strcmp(key, "sorted") == 0) {
        bool right = read_count(value, 0, 1, &number);
        cell->sorted = number == 1;
        return right;
    }
    return false;
}

bool cell_parse(const char *line, struct cell *out, char *message, size_t message_bytes)
{
    char copy[LINE_MAX_BYTES], *rest = copy, *word;
    bool kind = false;

    *out = (struct cell){.connections = 1, .outstanding = 1, .seconds = 1, .part = 1, .parts = 1};
    if ((size_t)snprintf(copy, sizeof copy, "%s", line) >= sizeof copy) {
        snprintf(message, message_bytes, "the line is too long");
        return false;
    }
    while ((word = strsep(&rest, " \t\r\n")) != NULL) {
        char *equals = strchr(word, '=');
        if (*word == '\0')
            continue;
        if (equals != NULL)
            *equals = '\0';
        if (equals == NULL || !read_word(word, equals + 1, out)) {
            snprintf(message, message_bytes, "%s=%s is no word of a cell", word, equals == NULL ? "" : equals + 1);
            return false;
        }
        kind |= strcmp(word, "kind") == 0;
    }
    if (!kind || out->port == 0 || (out->total > 0 && out->rate > 0)) {
        snprintf(message, message_bytes, "a cell has kind and port, and only one of total and rate");
        return false;
    }
    return true;
}
