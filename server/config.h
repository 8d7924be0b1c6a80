/* What the server was told: command line over environment (CREDITD_*) over file over default. Read strictly: an unknown
 * key or option, a wrong type and a value out of range are errors that name their place. */
#ifndef CREDITD_CONFIG_H
#define CREDITD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"

/* sysexits: what the process ends with. */
enum exit_code { EXIT_OK = 0, EXIT_USAGE = 64, EXIT_DEPENDENCY = 69, EXIT_CONFIG = 78 };

#define WORKERS_MAX 64

struct limits {
#define LIMIT(name, value, least, most, reloadable, what) int name;
#include "server/limits.def"
#undef LIMIT
};

enum config_task { TASK_SERVE, TASK_CHECK_CONFIG, TASK_MIGRATE, TASK_HELP, TASK_VERSION };

/* NULL: not given. */
struct config {
    const char *embedded;       /* directory of the private cluster; or */
    const char *database;       /* connection string of the server's own role */
    const char *owner_database; /* of the owner, for migrations */
    const char *listen;
    const char *unix_socket;
    const char *tls_certificate, *tls_key;
    const char *policy;
    const char *migrations;
    const char *admin_password_file;
    const char *zone; /* of HQ, when the first start makes it */
    int log_level;    /* enum log_level */
    int workers;      /* processes that serve; 1: this one, without a parent */
    struct limits limits;
    /* command line only */
    enum config_task task;
    const char *file;
    const char *ready_file;
    const char *failpoint;
    bool cheap_passwords;
    bool test_clock;
    int64_t test_clock_offset_us;
};

/* Reads all sources; texts come from `arena` or stand in argv and the environment. EXIT_OK, or EXIT_USAGE (command
 * line) or EXIT_CONFIG (file, environment, or what does not go together) with the message. May be called again. */
enum exit_code config_read(int argc, char **argv, struct arena *arena, struct config *config, char *message,
                           size_t message_bytes);
/* Takes over from `fresh` what may change while the server runs, and logs every difference; what needs a restart is
 * named and stays. */
void config_take_over(struct config *running, const struct config *fresh);
/* The text of --help, on stdout. */
void config_print_help(void);

#endif
