/* The binary format of parameters: big-endian integers, days since 2000-01-01, arrays with one dimension. */
#include "server/store/array.h"

#include <endian.h>
#include <string.h>

#include "common/check.h"
#include "common/text.h"

#define DAYS_1970_TO_2000  10957
#define ARRAY_HEADER_BYTES 20

struct column {
    char type;
    bool has_null, integer;
    size_t each; /* bytes of an element, 0: they differ */
    uint8_t *bytes;
    size_t size, room;
};

struct columns {
    struct params *params;
    size_t rows, put;
    size_t count, at; /* columns, the next one */
    struct column column[PARAMS_MAX];
};

static void write_be4(uint8_t *out, uint32_t value)
{
    value = htobe32(value);
    memcpy(out, &value, sizeof value);
}

/* The last 1, 2, 4 or 8 bytes of the value. */
static void write_be(uint8_t *out, uint64_t value, size_t bytes)
{
    uint64_t whole = htobe64(value << (64 - 8 * bytes));

    switch (bytes) {
    case 8:
        memcpy(out, &whole, 8);
        break;
    case 4:
        memcpy(out, &whole, 4);
        break;
    case 2:
        memcpy(out, &whole, 2);
        break;
    default:
        memcpy(out, &whole, 1);
    }
}

void params_init(struct params *params, struct arena *arena)
{
    params->arena = arena;
    params->count = 0;
}

static void add_param(struct params *params, const void *value, size_t size)
{
    CHECK(params->count < PARAMS_MAX && size <= INT32_MAX);
    params->values[params->count] = value;
    params->lengths[params->count] = (int)size;
    params->formats[params->count++] = 1;
}

static void add_integer(struct params *params, int64_t value, size_t bytes)
{
    uint8_t *out = arena_alloc(params->arena, bytes);

    write_be(out, (uint64_t)value, bytes);
    add_param(params, out, bytes);
}

void param_int2(struct params *params, int value)
{
    CHECK(value >= INT16_MIN && value <= INT16_MAX);
    add_integer(params, value, 2);
}

void param_int4(struct params *params, int32_t value)
{
    add_integer(params, value, 4);
}

void param_int8(struct params *params, int64_t value)
{
    add_integer(params, value, 8);
}

void param_date(struct params *params, civil_date date)
{
    add_integer(params, date - DAYS_1970_TO_2000, 4);
}

void param_bool(struct params *params, bool value)
{
    add_integer(params, value, 1);
}

void param_text(struct params *params, const char *text)
{
    if (text == NULL)
        add_param(params, NULL, 0);
    else
        add_param(params, arena_strdup(params->arena, text), strlen(text));
}

void param_bytes(struct params *params, const uint8_t *bytes, size_t size)
{
    add_param(params, arena_copy(params->arena, bytes, size), size);
}

/* Size of an element of fixed size, 0 for the others. */
static size_t type_bytes(char type)
{
    switch (type) {
    case 'b':
        return 1;
    case 'h':
        return 2;
    case 'i':
    case 'd':
        return 4;
    case 'q':
        return 8;
    case 'u':
        return 16;
    default:
        return 0;
    }
}

/* Object ids of the element types, fixed for all time (pg_type.dat). */
static uint32_t type_oid(char type)
{
    switch (type) {
    case 'b':
        return 16;
    case 'r':
        return 17;
    case 'q':
        return 20;
    case 'h':
        return 21;
    case 'i':
        return 23;
    case 't':
        return 25;
    case 'd':
        return 1082;
    default:
        CHECK(type == 'u');
        return 2950;
    }
}

static void open_column(struct params *params, struct column *column, char type, size_t rows)
{
    column->type = type;
    column->integer = strchr("hiqb", type) != NULL;
    column->each = type_bytes(type);
    column->room = ARRAY_HEADER_BYTES + rows * (4 + (column->each > 0 ? column->each : 32));
    column->bytes = arena_alloc(params->arena, column->room);
    column->size = ARRAY_HEADER_BYTES;
}

struct columns *columns_new(struct params *params, const char *types, size_t rows)
{
    struct columns *columns = ARENA_NEW(params->arena, struct columns);

    columns->params = params;
    columns->rows = rows;
    columns->count = strlen(types);
    CHECK(columns->count > 0 && columns->count <= PARAMS_MAX && rows <= INT32_MAX);
    for (size_t i = 0; i < columns->count; i++)
        open_column(params, &columns->column[i], types[i], rows);
    return columns;
}

static struct column *next_column(struct columns *columns)
{
    CHECK(columns->put < columns->rows);
    struct column *column = &columns->column[columns->at++];
    if (columns->at == columns->count) {
        columns->at = 0;
        columns->put++;
    }
    return column;
}

/* Room for an element of that size after its length word; returns where its bytes go. */
static uint8_t *add_element(struct columns *columns, struct column *column, size_t size)
{
    size_t needed = column->size + 4 + size;

    if (needed > column->room) {
        uint8_t *bytes = arena_alloc(columns->params->arena, needed * 2);
        memcpy(bytes, column->bytes, column->size);
        column->bytes = bytes;
        column->room = needed * 2;
    }
    write_be4(column->bytes + column->size, (uint32_t)size);
    uint8_t *at = column->bytes + column->size + 4;
    column->size = needed;
    return at;
}

void put_int(struct columns *columns, int64_t value)
{
    struct column *column = next_column(columns);
    size_t bytes = column->each;

    CHECK(column->integer);
    CHECK(bytes == 8 || (bytes == 1 && (value & ~1LL) == 0) ||
          (bytes == 2 && value >= INT16_MIN && value <= INT16_MAX) ||
          (bytes == 4 && value >= INT32_MIN && value <= INT32_MAX));
    write_be(add_element(columns, column, bytes), (uint64_t)value, bytes);
}

void put_date(struct columns *columns, civil_date date)
{
    struct column *column = next_column(columns);

    CHECK(column->type == 'd');
    write_be4(add_element(columns, column, 4), (uint32_t)(date - DAYS_1970_TO_2000));
}

void put_date_or_null(struct columns *columns, bool has, civil_date date)
{
    if (has)
        put_date(columns, date);
    else
        put_null(columns);
}

void put_uuid(struct columns *columns, struct uuid uuid)
{
    struct column *column = next_column(columns);

    CHECK(column->type == 'u');
    memcpy(add_element(columns, column, sizeof uuid.bytes), uuid.bytes, sizeof uuid.bytes);
}

void put_bytes(struct columns *columns, const uint8_t *bytes, size_t size)
{
    struct column *column = next_column(columns);

    CHECK(column->type == 'r');
    memcpy(add_element(columns, column, size), bytes, size);
}

void put_text(struct columns *columns, const char *text)
{
    struct column *column = next_column(columns);
    size_t size = text == NULL ? 0 : strlen(text);
    uint8_t *at = add_element(columns, column, size);

    CHECK(column->type == 't');
    if (size > 0)
        memcpy(at, text, size);
}

void put_null(struct columns *columns)
{
    struct column *column = next_column(columns);

    add_element(columns, column, 0);
    write_be4(column->bytes + column->size - 4, UINT32_MAX); /* length -1 */
    column->has_null = true;
}

void put_int_list(struct columns *columns, const int64_t *values, size_t count)
{
    char *text = arena_alloc(columns->params->arena, count * (TEXT_INT_BYTES + 1) + 3);
    char *at = text;

    *at++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *at++ = ',';
        at = text_put_int(at, values[i], 1);
    }
    *at = '}';
    put_text(columns, text);
}

void columns_close(struct columns *columns)
{
    CHECK(columns->put == columns->rows && columns->at == 0);
    for (size_t i = 0; i < columns->count; i++) {
        struct column *column = &columns->column[i];
        write_be4(column->bytes, columns->rows > 0); /* dimensions: an empty array has none */
        write_be4(column->bytes + 4, column->has_null);
        write_be4(column->bytes + 8, type_oid(column->type));
        write_be4(column->bytes + 12, (uint32_t)columns->rows);
        write_be4(column->bytes + 16, 1);
        add_param(columns->params, column->bytes, columns->rows > 0 ? column->size : 12);
    }
}
