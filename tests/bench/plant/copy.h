/* Rows sent to a table by COPY in binary format, through a connection of its own. A row is begun with the number of its
 * fields and is then given exactly those, in the order of the columns. */
#ifndef CREDITD_BENCH_COPY_H
#define CREDITD_BENCH_COPY_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/civil.h"
#include "common/uuid.h"

#define COPY_ROW_BYTES_MAX 16384

struct copy {
    PGconn *conn;
    const char *table;
    uint8_t *bytes;
    size_t size;
    int fields, put; /* of a row: that it has, that it was given */
    int64_t rows;
};

/* Empties the table, which is locked until the end, and begins: rows are frozen as they come. */
void copy_begin(struct copy *copy, const char *conninfo, const char *table, const char *columns);
/* Sends what is left, commits and analyzes; the connection is closed. */
void copy_end(struct copy *copy);

void copy_row(struct copy *copy, int fields);
void copy_null(struct copy *copy);
void copy_bool(struct copy *copy, bool value);
void copy_int2(struct copy *copy, int value);
void copy_int4(struct copy *copy, int32_t value);
void copy_int8(struct copy *copy, int64_t value);
/* 0 is NULL. */
void copy_int2_or_null(struct copy *copy, int value);
void copy_int4_or_null(struct copy *copy, int32_t value);
void copy_int8_or_null(struct copy *copy, int64_t value);
void copy_int8_array(struct copy *copy, const int64_t *values, int count);
void copy_int2_array(struct copy *copy, const int64_t *values, int count);
void copy_date(struct copy *copy, civil_date date);
void copy_uuid(struct copy *copy, struct uuid uuid);
void copy_bytes(struct copy *copy, const void *bytes, size_t size);
void copy_text(struct copy *copy, const char *text);

#endif
