/* How the process ends when something is wrong: one message on standard error, exit status 1. */
#ifndef CREDITBENCH_FATAL_H
#define CREDITBENCH_FATAL_H

_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
