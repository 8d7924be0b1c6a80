/* What SIGHUP does to a process, whether it serves or has workers that do. */
#include "server/reload.h"

#include <stdio.h>

#include "common/log.h"

bool reload_settings(struct config *config, struct prepared *prepared, int argc, char **argv,
                     bool (*use)(void *arg, char *message, size_t message_bytes), void *arg)
{
    struct arena *arena = arena_new(0);
    struct config fresh;
    char message[1024];
    bool done = config_read(argc, argv, arena, &fresh, message, sizeof message) == EXIT_OK;

    if (done && !prepare_certificates(prepared, config)) {
        snprintf(message, sizeof message, "%s", prepared->message);
        done = false;
    }
    if (done && use(arg, message, sizeof message)) {
        config_take_over(config, &fresh);
        log_set_level((enum log_level)config->log_level);
    } else {
        log_warning("reload: nothing was changed: %s", message);
        done = false;
    }
    arena_free(arena);
    return done;
}
