/* Inside of embedded/: programs of PostgreSQL as child processes. */
#ifndef CREDITD_EMBEDDED_PROCESS_H
#define CREDITD_EMBEDDED_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/* The path of a program of PostgreSQL 15: in Debian's place, else along PATH. */
bool process_find(const char *name, char *out, size_t size);
/* Starts a program without standard input, its output appended to `log` (NULL: ours). `apart`: in a session of its own,
 * so that it survives this process and its terminal. The process, or -1 with errno. */
long process_spawn(const char *const *arguments, const char *log, bool apart);
/* Runs a program and waits; its exit status, or -1. */
int process_run(const char *const *arguments, const char *log);
/* Is it gone? A child that has ended is reaped. */
bool process_ended(long pid);
/* Is it a postmaster of that data directory, as far as can be seen: a child of ours that has not ended (it may not be
 * there yet), or a process with that working directory? A child that has ended is reaped. */
bool process_is_postmaster(long pid, const char *data);
/* Monotonic milliseconds, and a short pause between two looks. */
long process_clock_ms(void);
void process_pause_ms(long ms);

#endif
