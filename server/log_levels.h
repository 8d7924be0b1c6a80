/* Names of the log levels, for the command line and the settings. */
#ifndef CREDITD_LOG_LEVELS_H
#define CREDITD_LOG_LEVELS_H

#include "common/log.h"
#include "common/vocabulary.h"

static const struct word log_levels[] = {{LOG_LEVEL_DEBUG, "debug"},
                                         {LOG_LEVEL_INFO, "info"},
                                         {LOG_LEVEL_WARNING, "warning"},
                                         {LOG_LEVEL_ERROR, "error"},
                                         {0, NULL}};

#endif
