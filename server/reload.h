/* The settings are read anew. */
#ifndef CREDITD_RELOAD_H
#define CREDITD_RELOAD_H

#include "server/config.h"
#include "server/prepare.h"

/* Reads settings and certificates; `use` takes prepared->certificate and its key, or says why not. All or nothing: only
 * then what may change while the server runs is taken over. False: nothing was changed, as the log says. */
bool reload_settings(struct config *config, struct prepared *prepared, int argc, char **argv,
                     bool (*use)(void *arg, char *message, size_t message_bytes), void *arg);

#endif
