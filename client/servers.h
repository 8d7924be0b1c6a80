/* The servers of a profile, any of which will do: where each is, and the authority that vouches for them. */
#ifndef CREDITD_CLIENT_SERVERS_H
#define CREDITD_CLIENT_SERVERS_H

#include <netdb.h>
#include <openssl/ssl.h>

#include "client/failure.h"
#include "client/profile.h"

#define SERVERS_MAX 8

struct servers;

/* NULL: failure is set (no list, an authority that cannot be read). The profile outlives it. */
struct servers *servers_new(const struct profile *profile, struct failure *failure);
/* No connection is being made. NULL is allowed. */
void servers_free(struct servers *servers);
int servers_count(const struct servers *servers);
/* As in the list: "HOST:PORT". */
const char *servers_text(const struct servers *servers, int server);
/* The nth address of a server, the first one 0; its name is looked up once. NULL: there is none; `failure` is set when
 * the name cannot be found. Good until servers_look_up_anew. */
const struct addrinfo *servers_address(struct servers *servers, int server, int n, struct failure *failure);
/* From now on names are looked up once more. */
void servers_look_up_anew(struct servers *servers);
/* TLS over a socket that is connected to the server, whose certificate it will demand; the caller's to free. */
SSL *servers_tls(const struct servers *servers, int server, int socket);

#endif
