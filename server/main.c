/* creditd: start and stop. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/log.h"
#include "server/config.h"
#include "server/monitor/sockets.h"
#include "server/prepare.h"
#include "server/server.h"
#include "server/workers.h"

#ifndef CREDITD_VERSION
#define CREDITD_VERSION "0"
#endif

/* As many files as the system lets us have: each connection is one. */
static void raise_file_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        log_warning("the limit of open files cannot be raised");
}

static enum exit_code migrate_only(const struct config *config, struct prepared *prepared)
{
    enum exit_code code = prepare_database(prepared, config);

    if (code != EXIT_OK)
        log_error("%s", prepared->message);
    else
        printf("schema version %d\n", prepared->start.schema_version);
    if (config->embedded != NULL)
        embedded_stop(&prepared->embedded);
    return code;
}

static enum exit_code serve(struct config *config, struct prepared *prepared, const struct given_sockets *given,
                            int argc, char **argv)
{
    const struct wire_sockets sockets = {given->tcp_count == 0 ? -1 : given->tcp[0], given->plain};

    return config->workers > 1 ? workers_run(config, prepared, given, argc, argv)
                               : server_run(config, prepared, &sockets, NULL, argc, argv);
}

/* More than there are workers would be left without one. */
static bool take_sockets(const struct config *config, struct given_sockets *given, char *message, size_t message_bytes)
{
    if (!sockets_take(given, message, message_bytes))
        return false;
    if (given->tcp_count <= (unsigned)config->workers)
        return true;
    snprintf(message, message_bytes, "LISTEN_FDS: %u TCP sockets, but workers = %d", given->tcp_count, config->workers);
    return false;
}

static enum exit_code run(struct config *config, struct arena *arena, int argc, char **argv)
{
    struct prepared *prepared = ARENA_NEW(arena, struct prepared);
    struct given_sockets given;
    enum exit_code code = EXIT_OK;

    switch (config->task) {
    case TASK_HELP:
        config_print_help();
        return EXIT_OK;
    case TASK_VERSION:
        printf("creditd " CREDITD_VERSION "\n");
        return EXIT_OK;
    case TASK_CHECK_CONFIG:
        return prepare_check(config, arena);
    case TASK_MIGRATE:
    case TASK_SERVE:
        break;
    }
    signal(SIGPIPE, SIG_IGN);
    log_set_level((enum log_level)config->log_level);
    raise_file_limit();
    if (!take_sockets(config, &given, prepared->message, sizeof prepared->message))
        code = EXIT_CONFIG;
    if (code == EXIT_OK)
        code = prepare_process(prepared, config, arena);
    if (code != EXIT_OK) {
        log_error("%s", prepared->message);
        return code;
    }
    return config->task == TASK_MIGRATE ? migrate_only(config, prepared) : serve(config, prepared, &given, argc, argv);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new(0);
    struct config config;
    char message[1024];
    enum exit_code code = config_read(argc, argv, arena, &config, message, sizeof message);

    if (code != EXIT_OK)
        fprintf(stderr, "creditd: %s\n", message);
    else
        code = run(&config, arena, argc, argv);
    arena_free(arena);
    return (int)code;
}
