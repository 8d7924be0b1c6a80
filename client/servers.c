/* The list of servers, their addresses and what TLS needs. */
#include "client/servers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/client.h"
#include "client/text.h"
#include "common/address.h"
#include "common/check.h"

#define KEPT_MS    30000 /* addresses, of which none is of use: it may be that the server was only away for a moment */
#define TEXT_BYTES (ADDRESS_HOST_BYTES + ADDRESS_PORT_BYTES + 4)

struct server {
    char text[TEXT_BYTES];
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];
    struct lookup *lookup;      /* under way, or NULL */
    struct addrinfo *addresses; /* NULL: not known */
    int64_t found_ms;
};

/* In the hands of a thread of the C library while it is under way. */
struct lookup {
    struct gaicb request;
    struct addrinfo hints;
    char host[ADDRESS_HOST_BYTES], port[ADDRESS_PORT_BYTES];
};

struct servers {
    struct server list[SERVERS_MAX];
    int count;
    const struct profile *profile;
    SSL_CTX *context;
    struct stat authority; /* the file that the context was made from */
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

static bool make_context(struct servers *servers, struct failure *failure)
{
    const char *ca = servers->profile->ca;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    CHECK(context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
    SSL_CTX_free(servers->context);
    servers->context = context;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return (ca == NULL ? SSL_CTX_set_default_verify_paths(context)
                       : SSL_CTX_load_verify_locations(context, ca, NULL)) == 1 ||
           failure_set(failure, EXIT_USAGE, "CA", "ca", _("the certificate authority %s cannot be read"),
                       ca == NULL ? "" : ca);
}

/* Made once, and once more when the file of the authority is another one: who watches does so for days. */
static bool keep_context(struct servers *servers, struct failure *failure)
{
    const char *ca = servers->profile->ca;
    struct stat now = servers->authority;
    bool same;

    if (ca != NULL)
        stat(ca, &now); /* one that is away for a moment is about to be replaced */
    same = servers->context != NULL && now.st_ino == servers->authority.st_ino &&
           now.st_mtim.tv_sec == servers->authority.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == servers->authority.st_mtim.tv_nsec;
    servers->authority = now;
    return same || make_context(servers, failure);
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

SSL *servers_tls(struct servers *servers, int server, int socket, struct failure *failure)
{
    static const unsigned char protocol[] = "\x09"
                                            "creditd/1";
    const char *certified = servers->profile->server_name;
    const char *name = certified != NULL ? certified : servers->list[server].host;
    SSL *ssl;

    if (!keep_context(servers, failure))
        return NULL;
    ssl = SSL_new(servers->context);
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

/* ---- addresses ---- */

/* Of one that is over: its error, or 0. */
static int end_lookup(struct server *server)
{
    int error = gai_error(&server->lookup->request);

    server->addresses = server->lookup->request.ar_result;
    server->found_ms = client_clock_ms();
    free(server->lookup);
    server->lookup = NULL;
    return error;
}

static void forget(struct server *server)
{
    if (server->addresses != NULL)
        freeaddrinfo(server->addresses);
    server->addresses = NULL;
}

/* ---- beginning and end ---- */

struct servers *servers_new(const struct profile *profile, struct failure *failure)
{
    struct servers *servers = xcalloc(1, sizeof *servers);

    servers->profile = profile;
    if (profile->server != NULL && read_list(servers, profile->server)) {
        if (keep_context(servers, failure))
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
    for (int i = 0; i < servers->count; i++) {
        struct server *server = &servers->list[i];
        /* One that cannot be called off ends some time, and stays with the thread that does it. */
        if (server->lookup != NULL && gai_cancel(&server->lookup->request) != EAI_NOTCANCELED)
            (void)end_lookup(server);
        forget(server);
    }
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

/* ---- looking up ---- */

static int begin_lookup(struct server *server)
{
    struct lookup *lookup = xcalloc(1, sizeof *lookup);
    struct gaicb *list[] = {&lookup->request};
    int error;

    lookup->hints.ai_socktype = SOCK_STREAM;
    memcpy(lookup->host, server->host, sizeof lookup->host);
    memcpy(lookup->port, server->port, sizeof lookup->port);
    lookup->request.ar_name = lookup->host;
    lookup->request.ar_service = lookup->port;
    lookup->request.ar_request = &lookup->hints;
    error = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);
    if (error == 0)
        server->lookup = lookup;
    else
        free(lookup);
    return error;
}

enum progress servers_look_up(struct servers *servers, int server, struct failure *failure)
{
    struct server *sought = &servers->list[server];
    int error = 0;

    if (sought->addresses != NULL)
        return PROGRESS_DONE;
    if (sought->lookup == NULL)
        error = begin_lookup(sought);
    if (error == 0 && gai_error(&sought->lookup->request) == EAI_INPROGRESS)
        return PROGRESS_WAITS;
    if (error == 0)
        error = end_lookup(sought);
    if (error == 0 && sought->addresses != NULL)
        return PROGRESS_DONE;
    failure_set(failure, EXIT_TRY_AGAIN, "HOST_UNKNOWN", "server", _("%s cannot be found: %s"), sought->host,
                gai_strerror(error == 0 ? EAI_NONAME : error));
    return PROGRESS_FAILED;
}

const struct addrinfo *servers_address(const struct servers *servers, int server, int n)
{
    const struct addrinfo *address = servers->list[server].addresses;

    for (; address != NULL && n > 0; n--)
        address = address->ai_next;
    return address;
}

void servers_outdated(struct servers *servers, int server)
{
    if (client_clock_ms() - servers->list[server].found_ms >= KEPT_MS)
        forget(&servers->list[server]);
}
