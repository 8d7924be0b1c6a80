/* Log lines on stderr, each written by one call so that lines of several processes do not mix. */
#include "common/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"

#define LINE_MAX_BYTES 4096

static enum log_level lowest = LOG_LEVEL_INFO;
static char speaker[32]; /* with ": " behind it, or "" */

void log_set_level(enum log_level level)
{
    lowest = level;
}

void log_set_speaker(const char *name)
{
    snprintf(speaker, sizeof speaker, "%s: ", name);
}

static size_t put_prefix(char *line, size_t size, enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    CHECK((size_t)level < sizeof names / sizeof names[0]);
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    /* Always UTC: the process-wide zone belongs to common/civil.c. */
    gmtime_r(&now.tv_sec, &parts);
    size_t used = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &parts);
    int more = snprintf(line + used, size - used, ".%03ldZ %s %s", now.tv_nsec / 1000000, names[level], speaker);
    CHECK(more > 0 && (size_t)more < size - used);
    return used + (size_t)more;
}

/* What came from outside must not begin a new line or move a terminal's cursor. */
static void blank_controls(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            text[i] = ' ';
        }
    }
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level < lowest) {
        return;
    }
    char line[LINE_MAX_BYTES];
    size_t used = put_prefix(line, sizeof line, level);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + used, sizeof line - used, format, arguments);
    va_end(arguments);
    size_t end = used + (length < 0 ? 0 : (size_t)length);
    if (end > sizeof line - 1) {
        end = sizeof line - 1;
        memset(line + end - 3, '.', 3);
    }
    blank_controls(line + used, end - used);
    line[end] = '\n';
    /* A log that cannot be written is no reason to stop serving. */
    ssize_t written = write(STDERR_FILENO, line, end + 1);
    (void)written;
}
