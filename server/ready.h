/* The file that says that the server answers, and where. */
#ifndef CREDITD_READY_H
#define CREDITD_READY_H

#include <stdbool.h>

#include "server/prepare.h"

/* Writes it whole or not at all; false with errno. */
bool ready_write(const char *path, unsigned port, const struct prepared *prepared);

#endif
