/* The running server: all that hangs on the event loop, from its making to its end. */
#ifndef CREDITD_SERVER_H
#define CREDITD_SERVER_H

#include "server/config.h"
#include "server/prepare.h"

/* Serves until SIGTERM or SIGINT. `argc` and `argv` are read again at SIGHUP. The privileges are dropped already. */
enum exit_code server_run(struct config *config, struct prepared *prepared, int argc, char **argv);

#endif
