/* One line per message on stderr: RFC 3339 time, level, message. No customer data above debug. */
#ifndef CREDITD_COMMON_LOG_H
#define CREDITD_COMMON_LOG_H

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Messages below this level are dropped; the start value is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
/* Every message of this process begins with "NAME: " from now on. */
void log_set_speaker(const char *name);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
