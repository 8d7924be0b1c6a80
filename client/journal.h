/* The journal: what was sent and is not yet known to be decided. A command is on disk, with its encoded bytes, before
 * it is sent; its file goes when the outcome is definite. One file may hold many commands (an import's chunk). Of a
 * command that holds a password only id and method are kept. Files can be read by their owner only. */
#ifndef CREDITD_CLIENT_JOURNAL_H
#define CREDITD_CLIENT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "common/uuid.h"

struct journal_entry {
    struct uuid command_id;
    uint16_t method;
    const uint8_t *body; /* NULL: not kept */
    size_t length;
};

/* Writes and syncs the file of that name, instead of what it may have held; `what` is the command line, for people.
 * False: failure is set and what the file held is unchanged. */
bool journal_write(const char *state_dir, struct uuid file, const char *what, const struct journal_entry *entries,
                   size_t count, struct failure *failure);
/* Is there a file of that name? */
bool journal_has(const char *state_dir, struct uuid file);
/* The outcome of that file's commands is definite. */
void journal_done(const char *state_dir, struct uuid file);
/* Calls `each` for every command still in the journal, until it returns false. */
void journal_walk(const char *state_dir,
                  bool (*each)(void *arg, struct uuid file, const struct journal_entry *entry, const char *what),
                  void *arg);

#endif
