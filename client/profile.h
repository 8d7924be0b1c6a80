/* Profiles: which server, which authority, whose session. Flag over environment over profile over default. */
#ifndef CREDITD_CLIENT_PROFILE_H
#define CREDITD_CLIENT_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/options.h"
#include "common/arena.h"

#define TOKEN_BYTES 32

struct profile {
    const char *name;
    const char *server;      /* HOST:PORT, more of them behind commas */
    const char *server_name; /* that the certificates must carry; default: each its host */
    const char *ca;
    const char *login; /* default for `auth login`, or NULL */
    const char *token_file;
    const char *state_dir; /* holds the journal */
    const char *lang, *tz; /* or NULL */
};

/* Reads $CREDITCTL_CONFIG or $XDG_CONFIG_HOME/creditctl/config. False: failure is set. A missing default file is no
 * failure; then --server and --ca are needed. */
bool profile_read(const struct options *options, struct arena *arena, struct profile *out, struct failure *failure);
/* The session's token; false without failure: there is none. A file that others may read is refused. */
bool profile_token(const struct profile *profile, uint8_t token[TOKEN_BYTES], struct failure *failure);
/* Stores the token, or (NULL) removes it. */
bool profile_set_token(const struct profile *profile, const uint8_t *token, struct failure *failure);
/* Makes a directory and those above it, 0700. */
bool profile_make_directory(const char *path, struct failure *failure);

#endif
