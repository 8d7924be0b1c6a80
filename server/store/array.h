/* Parameters of a statement in PostgreSQL's binary format: single values, and columns of rows as arrays for unnest().
 * Memory comes from an arena that must live until the statement has been handed to libpq. */
#ifndef CREDITD_STORE_ARRAY_H
#define CREDITD_STORE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/civil.h"
#include "common/uuid.h"

#define PARAMS_MAX 40

struct params {
    struct arena *arena;
    int count;
    const char *values[PARAMS_MAX]; /* NULL: SQL NULL */
    int lengths[PARAMS_MAX];
    int formats[PARAMS_MAX]; /* all binary */
};

void params_init(struct params *params, struct arena *arena);
void param_int2(struct params *params, int value);
void param_int4(struct params *params, int32_t value);
void param_int8(struct params *params, int64_t value);
void param_bool(struct params *params, bool value);
void param_date(struct params *params, civil_date date);
void param_text(struct params *params, const char *text); /* NULL: SQL NULL */
void param_bytes(struct params *params, const uint8_t *bytes, size_t size);

/* Rows to be given as one array per column. `types` has a letter per column: h int2, i int4, q int8, b bool, d date,
 * u uuid, r bytea, t text. Values are put row by row in the order of the columns. */
struct columns;
struct columns *columns_new(struct params *params, const char *types, size_t rows);
void put_int(struct columns *columns, int64_t value); /* h, i, q, b; CHECKs the range */
void put_date(struct columns *columns, civil_date date);
void put_date_or_null(struct columns *columns, bool has, civil_date date);
void put_uuid(struct columns *columns, struct uuid uuid);
void put_bytes(struct columns *columns, const uint8_t *bytes, size_t size);
void put_text(struct columns *columns, const char *text); /* NULL counts as "" */
void put_null(struct columns *columns);
/* A list of integers in a text column, "{1,2}": an array of arrays would have to be rectangular. */
void put_int_list(struct columns *columns, const int64_t *values, size_t count);
/* Adds the arrays to the parameters; CHECKs that every row is whole. */
void columns_close(struct columns *columns);

#endif
