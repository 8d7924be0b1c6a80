/* Says that the server answers, and where. */
#ifndef CREDITD_READY_H
#define CREDITD_READY_H

#include <stdbool.h>

#include "server/prepare.h"

/* Writes the file of --ready-file, if it is asked for, whole or not at all; false with errno. */
bool ready_write(const struct config *config, unsigned port, const struct prepared *prepared);
/* The same, and tells who reads the log, and the service manager. */
enum exit_code ready_tell(const struct config *config, unsigned port, const struct prepared *prepared);

#endif
