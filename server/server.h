/* The running server: all that hangs on the event loop, from its making to its end. */
#ifndef CREDITD_SERVER_H
#define CREDITD_SERVER_H

#include "server/config.h"
#include "server/prepare.h"
#include "server/seat.h"
#include "server/wire/wire.h"

/* Serves until SIGTERM or SIGINT, or (with a seat) until its parent says so or has gone. `argc` and `argv` are read
 * again at SIGHUP. The privileges are dropped already.
 * `sockets`: to listen on. `seat`: a worker's, whose parent has prepared the database and speaks to the service
 * manager; NULL: alone, all that is to be done here. */
enum exit_code server_run(struct config *config, struct prepared *prepared, const struct wire_sockets *sockets,
                          const struct seat *seat, int argc, char **argv);

#endif
