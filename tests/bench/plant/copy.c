/* COPY in binary format: a header, tuples of length-prefixed fields in big-endian, a trailer. */
#include "tests/bench/plant/copy.h"

#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "tests/bench/plant/database.h"

#define BUFFER_BYTES       (256 * 1024)
#define DAYS_1970_TO_2000  10957
#define INT8_OID           20
#define INT2_OID           21
#define ARRAY_HEADER_BYTES 20
#define EMPTY_ARRAY_BYTES  12

static void put_be(struct copy *copy, uint64_t value, int bytes)
{
    uint8_t *at = copy->bytes + copy->size;

    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
    copy->size += (size_t)bytes;
}

static void send_buffer(struct copy *copy)
{
    if (PQputCopyData(copy->conn, (const char *)copy->bytes, (int)copy->size) != 1)
        fail("%s: %s", copy->table, PQerrorMessage(copy->conn));
    copy->size = 0;
}

void copy_begin(struct copy *copy, const char *conninfo, const char *table, const char *columns)
{
    static const char signature[] = "PGCOPY\n\377\r\n";

    *copy = (struct copy){
        .conn = database_connect(conninfo), .table = table, .bytes = xcalloc(1, BUFFER_BYTES + COPY_ROW_BYTES_MAX)};
    database_run(copy->conn, "BEGIN");
    database_run(copy->conn, "TRUNCATE %s", table); /* FREEZE asks for a table emptied in the same transaction */
    database_run(copy->conn, "COPY %s (%s) FROM STDIN WITH (FORMAT binary, FREEZE)", table, columns);
    memcpy(copy->bytes, signature, sizeof signature); /* its NUL is part of it */
    copy->size = sizeof signature;
    put_be(copy, 0, 4); /* flags */
    put_be(copy, 0, 4); /* header extension */
}

void copy_end(struct copy *copy)
{
    CHECK(copy->put == copy->fields);
    put_be(copy, UINT16_MAX, 2);
    send_buffer(copy);
    if (PQputCopyEnd(copy->conn, NULL) != 1)
        fail("%s: %s", copy->table, PQerrorMessage(copy->conn));
    database_end_copy(copy->conn, copy->table);
    database_run(copy->conn, "COMMIT");
    database_run(copy->conn, "ANALYZE %s", copy->table);
    PQfinish(copy->conn);
    free(copy->bytes);
}

void copy_row(struct copy *copy, int fields)
{
    CHECK(copy->put == copy->fields && copy->size <= BUFFER_BYTES + COPY_ROW_BYTES_MAX);
    if (copy->size >= BUFFER_BYTES)
        send_buffer(copy);
    copy->fields = fields;
    copy->put = 0;
    copy->rows++;
    put_be(copy, (uint64_t)fields, 2);
}

static void put_field(struct copy *copy, uint64_t value, int bytes)
{
    copy->put++;
    put_be(copy, (uint64_t)bytes, 4);
    put_be(copy, value, bytes);
}

void copy_null(struct copy *copy)
{
    copy->put++;
    put_be(copy, UINT32_MAX, 4);
}

void copy_bool(struct copy *copy, bool value)
{
    put_field(copy, value, 1);
}

void copy_int2(struct copy *copy, int value)
{
    CHECK(value >= INT16_MIN && value <= INT16_MAX);
    put_field(copy, (uint64_t)value, 2);
}

void copy_int4(struct copy *copy, int32_t value)
{
    put_field(copy, (uint64_t)value, 4);
}

void copy_int8(struct copy *copy, int64_t value)
{
    put_field(copy, (uint64_t)value, 8);
}

void copy_int2_or_null(struct copy *copy, int value)
{
    if (value == 0)
        copy_null(copy);
    else
        copy_int2(copy, value);
}

void copy_int4_or_null(struct copy *copy, int32_t value)
{
    if (value == 0)
        copy_null(copy);
    else
        copy_int4(copy, value);
}

void copy_int8_or_null(struct copy *copy, int64_t value)
{
    if (value == 0)
        copy_null(copy);
    else
        copy_int8(copy, value);
}

static void put_array(struct copy *copy, const int64_t *values, int count, uint64_t type, int bytes)
{
    bool some = count > 0; /* an empty one has no dimensions */
    copy->put++;
    put_be(copy, (some ? ARRAY_HEADER_BYTES : EMPTY_ARRAY_BYTES) + (uint64_t)(4 + bytes) * (uint64_t)count, 4);
    put_be(copy, some, 4); /* dimensions */
    put_be(copy, 0, 4);    /* no NULLs */
    put_be(copy, type, 4);
    if (some) {
        put_be(copy, (uint64_t)count, 4);
        put_be(copy, 1, 4); /* lower bound */
    }
    for (int i = 0; i < count; i++) {
        put_be(copy, (uint64_t)bytes, 4);
        put_be(copy, (uint64_t)values[i], bytes);
    }
}

void copy_int8_array(struct copy *copy, const int64_t *values, int count)
{
    put_array(copy, values, count, INT8_OID, 8);
}

void copy_int2_array(struct copy *copy, const int64_t *values, int count)
{
    put_array(copy, values, count, INT2_OID, 2);
}

void copy_date(struct copy *copy, civil_date date)
{
    put_field(copy, (uint64_t)(int64_t)(date - DAYS_1970_TO_2000), 4);
}

void copy_uuid(struct copy *copy, struct uuid uuid)
{
    copy_bytes(copy, uuid.bytes, sizeof uuid.bytes);
}

void copy_bytes(struct copy *copy, const void *bytes, size_t size)
{
    CHECK(size < COPY_ROW_BYTES_MAX / 4);
    copy->put++;
    put_be(copy, size, 4);
    memcpy(copy->bytes + copy->size, bytes, size);
    copy->size += size;
}

void copy_text(struct copy *copy, const char *text)
{
    copy_bytes(copy, text, strlen(text));
}
