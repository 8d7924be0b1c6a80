/* Connections that have not logged in: how many there are of each source, and which one goes when there are too many.
 * The oldest goes: whoever is quick to log in gets through a crowd of those who are not. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/check.h"
#include "server/wire/internal.h"

/* The part of an address that names a source. */
static void source_address(const struct in6_addr *address, uint8_t source[16])
{
    memset(source, 0, 16);
    if (IN6_IS_ADDR_V4MAPPED(address))
        memcpy(source, address->s6_addr + 12, 4);
    else
        memcpy(source, address, 8);
}

void anonymous_add(struct conn *conn)
{
    struct wire *wire = conn->wire;
    uint8_t address[16];
    struct source *source;

    CHECK(conn->source == NULL);
    source_address(&conn->address, address);
    HASH_FIND(hh, wire->sources, address, sizeof address, source);
    if (source == NULL) {
        source = xcalloc(1, sizeof *source);
        memcpy(source->address, address, 16);
        HASH_ADD(hh, wire->sources, address, sizeof source->address, source);
    }
    source->anonymous++;
    conn->source = source;
    DL_APPEND(wire->anonymous, conn);
}

void anonymous_remove(struct conn *conn)
{
    struct wire *wire = conn->wire;
    struct source *source = conn->source;

    if (source == NULL)
        return;
    CHECK(source->anonymous > 0);
    DL_DELETE(wire->anonymous, conn);
    conn->source = NULL;
    if (--source->anonymous > 0)
        return;
    HASH_DEL(wire->sources, source);
    free(source);
}

/* The oldest of a source (NULL: of all) for whom the server has nothing to do at the moment. */
static struct conn *oldest(const struct wire *wire, const struct source *source)
{
    struct conn *conn;

    DL_FOREACH(wire->anonymous, conn)
    {
        if ((source == NULL || conn->source == source) && conn->in_flight == 0)
            return conn;
    }
    return NULL;
}

static bool end_oldest(struct wire *wire, const struct source *source, const char *why)
{
    struct conn *conn = oldest(wire, source);

    if (conn == NULL)
        return false;
    conn_abort(conn, why);
    return true;
}

bool anonymous_end_oldest(struct wire *wire, const char *why)
{
    return end_oldest(wire, NULL, why);
}

bool anonymous_make_room(struct wire *wire, const struct in6_addr *from)
{
    uint8_t address[16];
    struct source *source;

    source_address(from, address);
    HASH_FIND(hh, wire->sources, address, sizeof address, source);
    if (source != NULL && source->anonymous >= wire->config.anonymous_per_address_max &&
        !end_oldest(wire, source, "too many of this address that have not logged in"))
        return false;
    return wire_connections(wire) < wire->config.connections_max || end_oldest(wire, NULL, "too many connections");
}
