/* The list of servers, their addresses and what TLS needs. */
#include "client/servers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "common/address.h"
#include "common/check.h"

#define TEXT_BYTES (ADDRESS_HOST_BYTES + ADDRESS_PORT_BYTES + 4)

struct server {
    char text[TEXT_BYTES];
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];
    bool looked_up;
    int error; /* of getaddrinfo */
    struct addrinfo *addresses;
};

struct servers {
    struct server list[SERVERS_MAX];
    int count;
    const char *certified; /* the name that their certificates carry; NULL: each its host */
    SSL_CTX *context;
};

/* ---- the list ---- */

static bool add(struct servers *servers, const char *text, size_t length)
{
    struct server *server = &servers->list[servers->count];

    if (servers->count == SERVERS_MAX || length >= sizeof server->text)
        return false;
    snprintf(server->text, sizeof server->text, "%.*s", (int)length, text);
    servers->count++;
    return address_split(server->text, server->host, server->port) && server->host[0] != '\0';
}

/* "HOST:PORT", more of them behind commas, with spaces or without. */
static bool read_list(struct servers *servers, const char *text)
{
    static const char spaces[] = " \t";

    for (;;) {
        size_t length;
        text += strspn(text, spaces);
        length = strcspn(text, ", \t");
        if (!add(servers, text, length))
            return false;
        text += length;
        text += strspn(text, spaces);
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
}

static bool no_list(const char *text, struct failure *failure)
{
    if (text == NULL) {
        failure_set(failure, EXIT_USAGE, "CONFIG", "server", _("no server is configured (HOST:PORT)"));
        return failure_hint(failure, "%s", _("set it in the profile, or give --server and --ca"));
    }
    return failure_set(failure, EXIT_USAGE, "CONFIG", "server",
                       _("%s is no HOST:PORT, nor up to %d of them with commas between"), text, SERVERS_MAX);
}

/* ---- TLS ---- */

static bool make_context(struct servers *servers, const char *ca, struct failure *failure)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    CHECK(context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
    servers->context = context;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return (ca == NULL ? SSL_CTX_set_default_verify_paths(context)
                       : SSL_CTX_load_verify_locations(context, ca, NULL)) == 1 ||
           failure_set(failure, EXIT_USAGE, "CA", "ca", _("the certificate authority %s cannot be read"),
                       ca == NULL ? "" : ca);
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

SSL *servers_tls(const struct servers *servers, int server, int socket)
{
    static const unsigned char protocol[] = "\x09"
                                            "creditd/1";
    const char *name = servers->certified != NULL ? servers->certified : servers->list[server].host;
    SSL *ssl = SSL_new(servers->context);

    CHECK(ssl != NULL && SSL_set_fd(ssl, socket) == 1);
    SSL_set_alpn_protos(ssl, protocol, sizeof protocol - 1);
    if (is_address(name)) {
        CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1);
    } else {
        CHECK(SSL_set1_host(ssl, name) == 1);
        SSL_set_tlsext_host_name(ssl, name);
    }
    return ssl;
}

/* ---- beginning and end ---- */

struct servers *servers_new(const struct profile *profile, struct failure *failure)
{
    struct servers *servers = xcalloc(1, sizeof *servers);

    servers->certified = profile->server_name;
    if (profile->server != NULL && read_list(servers, profile->server)) {
        if (make_context(servers, profile->ca, failure))
            return servers;
    } else {
        no_list(profile->server, failure);
    }
    servers_free(servers);
    return NULL;
}

void servers_free(struct servers *servers)
{
    if (servers == NULL)
        return;
    servers_look_up_anew(servers);
    SSL_CTX_free(servers->context);
    free(servers);
}

int servers_count(const struct servers *servers)
{
    return servers->count;
}

const char *servers_text(const struct servers *servers, int server)
{
    return servers->list[server].text;
}

/* ---- addresses ---- */

static void look_up(struct server *server)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    server->looked_up = true;
    server->error = getaddrinfo(server->host, server->port, &hints, &server->addresses);
    if (server->error != 0)
        server->addresses = NULL;
}

const struct addrinfo *servers_address(struct servers *servers, int server, int n, struct failure *failure)
{
    struct server *found = &servers->list[server];
    const struct addrinfo *address;

    if (!found->looked_up)
        look_up(found);
    if (found->error != 0)
        failure_set(failure, EXIT_TRY_AGAIN, "HOST_UNKNOWN", "server", _("%s cannot be found: %s"), found->host,
                    gai_strerror(found->error));
    for (address = found->addresses; address != NULL && n > 0; n--)
        address = address->ai_next;
    return address;
}

void servers_look_up_anew(struct servers *servers)
{
    for (int i = 0; i < servers->count; i++) {
        struct server *server = &servers->list[i];
        if (server->addresses != NULL)
            freeaddrinfo(server->addresses);
        server->addresses = NULL;
        server->looked_up = false;
    }
}
