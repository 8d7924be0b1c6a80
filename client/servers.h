/* The servers of a profile, any of which will do: where each is, and the authority that vouches for them. */
#ifndef CREDITD_CLIENT_SERVERS_H
#define CREDITD_CLIENT_SERVERS_H

#include <netdb.h>
#include <openssl/ssl.h>

#include "client/failure.h"
#include "client/profile.h"
#include "client/progress.h"

#define SERVERS_MAX 8

struct servers;

/* NULL: failure is set (no list, an authority that cannot be read). The profile outlives it. */
struct servers *servers_new(const struct profile *profile, struct failure *failure);
/* No connection is being made. NULL is allowed. */
void servers_free(struct servers *servers);
int servers_count(const struct servers *servers);
/* As in the list: "HOST:PORT". */
const char *servers_text(const struct servers *servers, int server);

/* Finds the addresses of a server, unless they are known, without waiting: done when they are. Failed: failure is set,
 * and the next call begins anew. */
enum progress servers_look_up(struct servers *servers, int server, struct failure *failure);
/* The nth of them, the first one 0; NULL: there is none. Good until the next look-up. */
const struct addrinfo *servers_address(const struct servers *servers, int server, int n);
/* No address of it was of use: it may have moved, and is looked up again after a while. */
void servers_outdated(struct servers *servers, int server);

/* TLS over a socket that is connected to the server, whose certificate it will demand; the caller's to free. NULL: the
 * authority, which was replaced meanwhile, cannot be read; failure is set. */
SSL *servers_tls(struct servers *servers, int server, int socket, struct failure *failure);

#endif
