/* The first user of an empty database. */
#ifndef CREDITD_ADMINISTRATOR_H
#define CREDITD_ADMINISTRATOR_H

#include <stdbool.h>
#include <stddef.h>

struct store_owner;

/* Makes HQ and the user `admin` when the database has no user yet, with a random password that is on disk in `file`
 * (mode 0600) before the user exists. False: message. */
bool administrator_make(struct store_owner *owner, const char *file, const char *zone, bool cheap, char *message,
                        size_t message_bytes);

#endif
