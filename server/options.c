/* One table of options makes the parser and the help. */
#include "server/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/civil.h"
#include "common/vocabulary.h"
#include "server/log_levels.h"

enum option_kind { OPTION_TEXT, OPTION_FLAG, OPTION_TASK, OPTION_LOG_LEVEL, OPTION_WORKERS, OPTION_TEST_CLOCK };

struct option_row {
    const char *name;
    enum option_kind kind;
    size_t offset; /* TEXT, FLAG: the member */
    enum config_task task;
    const char *value; /* its name in the help */
    const char *what;
};

#define TEXT(name_, member, value_, what_)                                                                             \
    {                                                                                                                  \
        .name = (name_), .kind = OPTION_TEXT, .offset = offsetof(struct config, member), .value = (value_),            \
        .what = (what_)                                                                                                \
    }
#define FLAG(name_, member, what_)                                                                                     \
    {                                                                                                                  \
        .name = (name_), .kind = OPTION_FLAG, .offset = offsetof(struct config, member), .what = (what_)               \
    }
#define TASK(name_, task_, what_)                                                                                      \
    {                                                                                                                  \
        .name = (name_), .kind = OPTION_TASK, .task = (task_), .what = (what_)                                         \
    }

static const struct option_row rows[] = {
    TEXT("embedded", embedded, "DIR", "run a private PostgreSQL cluster in DIR"),
    TEXT("database", database, "CONNINFO", "use this database, as the server's own role"),
    TEXT("owner-database", owner_database, "CONNINFO", "the same as its owner, to migrate it at start"),
    TEXT("config", file, "FILE", "read settings from FILE"),
    TEXT("listen", listen, "HOST:PORT", "where to listen with TLS; port 0: any free one"),
    TEXT("unix", unix_socket, "PATH", "listen on a unix socket too, without TLS"),
    TEXT("tls-certificate", tls_certificate, "FILE", "PEM chain of the server; embedded mode makes its own"),
    TEXT("tls-key", tls_key, "FILE", "PEM key of the server"),
    TEXT("policy", policy, "FILE", "the policy"),
    TEXT("migrations", migrations, "DIR", "the .sql files of the schema"),
    TEXT("admin-password-file", admin_password_file, "FILE",
         "where the first start writes the administrator's password"),
    TEXT("ready-file", ready_file, "FILE", "written when the server answers: JSON with pid, port, ca ..."),
    {.name = "log-level", .kind = OPTION_LOG_LEVEL, .value = "LEVEL", .what = "debug, info, warning or error"},
    {.name = "workers", .kind = OPTION_WORKERS, .value = "N", .what = "serve in N processes (1), 1 to 64"},
    {.name = "test-clock",
     .kind = OPTION_TEST_CLOCK,
     .value = "OFFSET",
     .what = "a new database gets a clock that can be moved; OFFSET like -4d or 36h"},
    TEXT("failpoint", failpoint, "SPEC", "make statements fail (test clock only)"),
    FLAG("cheap-passwords", cheap_passwords, "least cost of passwords (test clock only)"),
    TASK("migrate", TASK_MIGRATE, "migrate the database and end"),
    TASK("check-config", TASK_CHECK_CONFIG, "say what is wrong with the settings, or \"ok\", and end"),
    TASK("version", TASK_VERSION, "print the version and end"),
    TASK("help", TASK_HELP, "print this and end"),
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

/* "-4d", "36h", "90m", "15s". */
static bool read_duration(const char *text, int64_t *out)
{
    static const struct {
        char unit;
        int64_t us;
    } units[] = {{'d', US_PER_DAY}, {'h', 3600 * US_PER_SECOND}, {'m', 60 * US_PER_SECOND}, {'s', US_PER_SECOND}};
    char *end;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || number < -100000000 || number > 100000000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (end[0] == units[i].unit && end[1] == '\0') {
            *out = number * units[i].us;
            return true;
        }
    }
    return false;
}

static bool read_workers(const char *text, int *out)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (end == text || *end != '\0' || number < 1 || number > WORKERS_MAX)
        return false;
    *out = (int)number;
    return true;
}

static bool take(const struct option_row *row, const char *value, struct config *config, char *message,
                 size_t message_bytes)
{
    char *member = (char *)config + row->offset;

    switch (row->kind) {
    case OPTION_TEXT:
        *(const char **)(void *)member = value;
        return true;
    case OPTION_FLAG:
        *(bool *)member = true;
        return true;
    case OPTION_TASK:
        config->task = row->task;
        return true;
    case OPTION_LOG_LEVEL:
        config->log_level = word_number(log_levels, value);
        if (config->log_level >= 0)
            return true;
        snprintf(message, message_bytes, "--log-level: \"%s\" is not %s", value, row->what);
        return false;
    case OPTION_WORKERS:
        if (read_workers(value, &config->workers))
            return true;
        snprintf(message, message_bytes, "--workers: \"%s\" is no number from 1 to %d", value, WORKERS_MAX);
        return false;
    case OPTION_TEST_CLOCK:
        config->test_clock = true;
        if (value == NULL || read_duration(value, &config->test_clock_offset_us))
            return true;
        snprintf(message, message_bytes, "--test-clock: \"%s\" is no duration such as -4d, 36h, 90m, 15s", value);
        return false;
    }
    return false;
}

static void make_options(struct option options[ROW_COUNT + 1])
{
    memset(options, 0, (ROW_COUNT + 1) * sizeof *options);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        options[i].name = rows[i].name;
        options[i].has_arg = rows[i].kind == OPTION_TEST_CLOCK ? optional_argument
                             : rows[i].value != NULL           ? required_argument
                                                               : no_argument;
    }
}

bool options_read(int argc, char **argv, struct config *config, char *message, size_t message_bytes)
{
    struct option options[ROW_COUNT + 1];
    int found, index = 0;

    make_options(options);
    optind = 0; /* starts anew: the command line is read again at a reload */
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", options, &index)) != -1) {
        if (found == ':' || found == '?') {
            const char *word = argv[optind - 1];

            snprintf(message, message_bytes, "%s: %s", word, found == ':' ? "a value is missing" : "no such option");
            return false;
        }
        if (!take(&rows[index], optarg, config, message, message_bytes))
            return false;
    }
    if (optind == argc)
        return true;
    snprintf(message, message_bytes, "%s: only options are expected", argv[optind]);
    return false;
}

void config_print_help(void)
{
    printf("Usage: creditd --embedded DIR [OPTION...]\n"
           "       creditd --database CONNINFO [--owner-database CONNINFO] [OPTION...]\n\n");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
        bool optional = row->kind == OPTION_TEST_CLOCK;
        char left[64];

        snprintf(left, sizeof left, "--%s%s%s%s", row->name,
                 optional             ? "[="
                 : row->value != NULL ? " "
                                      : "",
                 row->value != NULL ? row->value : "", optional ? "]" : "");
        printf("  %-30s %s\n", left, row->what);
    }
    printf("\nSettings can also stand in the file and in the environment (CREDITD_LISTEN ...).\n"
           "Exit status: 0 ended as asked, 64 usage, 69 database or socket missing, 70 internal, 78 settings.\n");
}
