/* LD_PRELOAD=record.so CREDITBENCH_RECORD=FILE creditd ...: writes everything that the server's commit connections send
 * into FILE (record.h), for `replay`. A connection is known by a statement that it prepares; what it sent before is
 * kept until then. The file is whole when the process has ended by itself. */
#include <dlfcn.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/record.h"

#define CONNECTIONS_MAX 64
#define FILE_BUFFER     ((size_t)1 << 20)

struct connection {
    const PGconn *conn; /* NULL: the place is free */
    int32_t number;
    bool commits; /* a commit connection: its records go to the file */
    FILE *kept;   /* what it has sent, until it is known which it is */
    char *bytes;
    size_t size;
};

static struct connection connections[CONNECTIONS_MAX];
static int32_t numbers;
static FILE *file; /* opened with the first commit connection: not by every process that the server starts */

static void require(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    abort();
}

/* libpq's own function of that name; a function pointer may not be cast from void *. */
static void next_function(const char *name, void *out)
{
    void *found = dlsym(RTLD_NEXT, name);

    require(found != NULL, name);
    memcpy(out, &found, sizeof found);
}

static struct connection *connection_of(const PGconn *conn)
{
    struct connection *vacant = NULL;

    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (connections[i].conn == conn)
            return &connections[i];
        if (connections[i].conn == NULL && vacant == NULL)
            vacant = &connections[i];
    }
    require(vacant != NULL, "more connections than can be recorded");
    *vacant = (struct connection){.conn = conn, .number = ++numbers};
    vacant->kept = open_memstream(&vacant->bytes, &vacant->size);
    require(vacant->kept != NULL, "open_memstream");
    return vacant;
}

static void stop_keeping(struct connection *connection)
{
    if (connection->kept == NULL)
        return;
    fclose(connection->kept);
    free(connection->bytes);
    connection->kept = NULL;
}

/* Where the connection's records go; NULL: nobody wants them. */
static FILE *out_of(const struct connection *connection)
{
    return connection->commits ? file : connection->kept;
}

static void put_bytes(FILE *out, const void *bytes, size_t size)
{
    require(fwrite(bytes, 1, size, out) == size, "recording");
}

static void put_int(FILE *out, int32_t value)
{
    put_bytes(out, &value, sizeof value);
}

static void put_text(FILE *out, const char *text)
{
    size_t size = strlen(text) + 1;

    put_int(out, (int32_t)size);
    put_bytes(out, text, size);
}

static void put_parameters(FILE *out, int count, const char *const *values, const int *lengths, const int *formats)
{
    put_int(out, count);
    for (int i = 0; i < count; i++) {
        int binary = formats != NULL && formats[i] == 1;
        int32_t size = values[i] == NULL ? -1 : binary ? lengths[i] : (int32_t)strlen(values[i]) + 1;
        put_int(out, binary);
        put_int(out, size);
        if (size > 0)
            put_bytes(out, values[i], (size_t)size);
    }
}

static void begin(FILE *out, char kind, const struct connection *connection)
{
    put_bytes(out, &kind, 1);
    put_int(out, connection->number);
}

static void open_file(void)
{
    const char *path = getenv(RECORD_ENVIRONMENT);

    if (file != NULL)
        return;
    require(path != NULL, RECORD_ENVIRONMENT);
    file = fopen(path, "wb");
    require(file != NULL && setvbuf(file, NULL, _IOFBF, FILE_BUFFER) == 0, path);
}

/* The connection is a commit connection: what was kept of it goes to the file, and all that follows. */
static void know(struct connection *connection)
{
    open_file();
    require(fflush(connection->kept) == 0, "recording");
    put_bytes(file, connection->bytes, connection->size);
    stop_keeping(connection);
    connection->commits = true;
}

int PQsendPrepare(PGconn *conn, const char *name, const char *query, int count, const Oid *types)
{
    struct connection *connection = connection_of(conn);
    int (*next)(PGconn *, const char *, const char *, int, const Oid *);

    next_function(__func__, &next);
    if (connection->kept != NULL && strcmp(name, RECORD_OF_COMMANDS) == 0)
        know(connection);
    FILE *out = out_of(connection);
    if (out != NULL) {
        begin(out, RECORD_PREPARE, connection);
        put_text(out, name);
        put_text(out, query);
    }
    return next(conn, name, query, count, types);
}

int PQsendQueryParams(PGconn *conn, const char *query, int count, const Oid *types, const char *const *values,
                      const int *lengths, const int *formats, int result_format)
{
    const struct connection *connection = connection_of(conn);
    FILE *out = out_of(connection);
    int (*next)(PGconn *, const char *, int, const Oid *, const char *const *, const int *, const int *, int);

    next_function(__func__, &next);
    if (out != NULL) {
        begin(out, RECORD_QUERY, connection);
        put_text(out, query);
        put_parameters(out, count, values, lengths, formats);
    }
    return next(conn, query, count, types, values, lengths, formats, result_format);
}

int PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values, const int *lengths,
                        const int *formats, int result_format)
{
    static int (*next)(PGconn *, const char *, int, const char *const *, const int *, const int *, int);
    struct connection *connection = connection_of(conn);

    if (next == NULL)
        next_function(__func__, &next);
    if (connection->commits) {
        begin(file, RECORD_EXECUTE, connection);
        put_text(file, name);
        put_parameters(file, count, values, lengths, formats);
    } else {
        stop_keeping(connection); /* it is another one */
    }
    return next(conn, name, count, values, lengths, formats, result_format);
}

int PQpipelineSync(PGconn *conn)
{
    static int (*next)(PGconn *);
    const struct connection *connection = connection_of(conn);
    FILE *out = out_of(connection);

    if (next == NULL)
        next_function(__func__, &next);
    if (out != NULL)
        begin(out, RECORD_SYNC, connection);
    return next(conn);
}

void PQfinish(PGconn *conn)
{
    void (*next)(PGconn *);

    next_function(__func__, &next);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (conn != NULL && connections[i].conn == conn) {
            stop_keeping(&connections[i]);
            connections[i].conn = NULL;
        }
    }
    next(conn);
}
