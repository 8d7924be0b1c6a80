/* Several processes that serve, under a parent that prepares, holds their listening sockets, and starts a worker anew
 * that has ended. A worker shares nothing with the others but PostgreSQL. */
#ifndef CREDITD_WORKERS_H
#define CREDITD_WORKERS_H

#include "server/config.h"
#include "server/monitor/sockets.h"
#include "server/prepare.h"

/* Like server_run, with config->workers processes; in the parent and in each worker it returns what that process ends
 * with. Sockets that are `given` are dealt out among the workers in turn; without TCP sockets each gets one of its
 * own at the same address. */
enum exit_code workers_run(struct config *config, struct prepared *prepared, const struct given_sockets *given,
                           int argc, char **argv);

#endif
