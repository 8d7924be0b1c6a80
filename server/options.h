/* The command line of the server. */
#ifndef CREDITD_OPTIONS_H
#define CREDITD_OPTIONS_H

#include "server/config.h"

/* Sets in *config what the command line gives and leaves the rest. False: message. */
bool options_read(int argc, char **argv, struct config *config, char *message, size_t message_bytes);

#endif
