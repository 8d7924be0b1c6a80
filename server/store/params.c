/* The binary format of parameters: big-endian integers, days since 2000-01-01, arrays with one dimension, rows as the
 * number of their attributes and type, length and value of each. */
#include "server/store/params.h"

#include <endian.h>
#include <string.h>

#include "common/check.h"

#define DAYS_1970_TO_2000  10957
#define ARRAY_HEADER_BYTES 20
#define ARRAY_EMPTY_BYTES  12
#define VARIABLE_BYTES     32 /* what a value of no fixed size is expected to take */

#define ROW_TYPE_NAME(name, letters)    #name " "
#define ROW_TYPE_LETTERS(name, letters) letters,
const char row_type_names[] = ROW_TYPES(ROW_TYPE_NAME);
static const char *const row_type_letters[ROW_TYPE_COUNT] = {ROW_TYPES(ROW_TYPE_LETTERS)};

struct rows {
    struct params *params;
    uint32_t type;
    const char *letters, *next; /* of the attributes; of the next one */
    size_t attributes, count, put;
    size_t begin; /* of the row at hand, where its length goes */
    uint8_t *bytes;
    size_t size, room;
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

void params_init(struct params *params, struct arena *arena, const uint32_t *row_types)
{
    params->arena = arena;
    params->row_types = row_types;
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

/* Size of a value of fixed size, 0 for the others; of a list, of its elements. */
static size_t type_bytes(char letter)
{
    switch (letter) {
    case 'b':
        return 1;
    case 'h':
    case 'H':
        return 2;
    case 'i':
    case 'd':
        return 4;
    case 'q':
    case 'Q':
        return 8;
    case 'u':
        return 16;
    default:
        return 0;
    }
}

/* Object ids, fixed for all time (pg_type.dat). */
static uint32_t type_oid(char letter)
{
    switch (letter) {
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
    case 'j':
        return 114;
    case 'H':
        return 1005;
    case 'Q':
        return 1016;
    case 'd':
        return 1082;
    default:
        CHECK(letter == 'u');
        return 2950;
    }
}

/* ---- arrays ---- */

static void write_array_header(uint8_t *out, uint32_t type, size_t count)
{
    write_be4(out, count > 0); /* dimensions: an empty array has none */
    write_be4(out + 4, 0);     /* no element is NULL */
    write_be4(out + 8, type);
    if (count > 0) {
        write_be4(out + 12, (uint32_t)count);
        write_be4(out + 16, 1);
    }
}

static size_t list_bytes(char element, size_t count)
{
    return count == 0 ? ARRAY_EMPTY_BYTES : ARRAY_HEADER_BYTES + count * (4 + type_bytes(element));
}

static void write_list(uint8_t *out, char element, const int64_t *values, size_t count)
{
    size_t each = type_bytes(element);

    write_array_header(out, type_oid(element), count);
    if (count == 0)
        return;
    out += ARRAY_HEADER_BYTES;
    for (size_t i = 0; i < count; i++, out += 4 + each) {
        CHECK(each == 8 || (values[i] >= INT16_MIN && values[i] <= INT16_MAX));
        write_be4(out, (uint32_t)each);
        write_be(out + 4, (uint64_t)values[i], each);
    }
}

void param_int8_list(struct params *params, const int64_t *values, size_t count)
{
    uint8_t *out = arena_alloc(params->arena, list_bytes('q', count));

    write_list(out, 'q', values, count);
    add_param(params, out, list_bytes('q', count));
}

/* ---- rows ---- */

struct rows *rows_new(struct params *params, enum row_type type, size_t count)
{
    struct rows *rows = ARENA_NEW(params->arena, struct rows);
    size_t each = 8;

    CHECK(count <= INT32_MAX);
    *rows = (struct rows){.params = params, .type = params->row_types[type], .count = count};
    rows->letters = rows->next = row_type_letters[type];
    rows->attributes = strlen(rows->letters);
    for (const char *letter = rows->letters; *letter != '\0'; letter++)
        each += 8 + (type_bytes(*letter) > 0 ? type_bytes(*letter) : VARIABLE_BYTES);
    rows->room = ARRAY_HEADER_BYTES + count * each;
    rows->bytes = arena_alloc(params->arena, rows->room);
    rows->size = ARRAY_HEADER_BYTES;
    return rows;
}

static uint8_t *reserve(struct rows *rows, size_t size)
{
    size_t needed = rows->size + size;

    if (needed > rows->room) {
        uint8_t *bytes = arena_alloc(rows->params->arena, needed * 2);
        memcpy(bytes, rows->bytes, rows->size);
        rows->bytes = bytes;
        rows->room = needed * 2;
    }
    uint8_t *at = rows->bytes + rows->size;
    rows->size = needed;
    return at;
}

/* Type and length of the next attribute; returns where its `size` bytes go. */
static uint8_t *add_attribute(struct rows *rows, uint32_t length, size_t size)
{
    bool first = rows->next == rows->letters;

    CHECK(rows->put < rows->count);
    if (first) {
        rows->begin = rows->size;
        write_be4(reserve(rows, 8) + 4, (uint32_t)rows->attributes);
    }
    uint8_t *at = reserve(rows, 8 + size);
    write_be4(at, type_oid(*rows->next));
    write_be4(at + 4, length);
    if (*++rows->next == '\0') {
        rows->next = rows->letters;
        rows->put++;
        write_be4(rows->bytes + rows->begin, (uint32_t)(rows->size - rows->begin - 4));
    }
    return at + 8;
}

void put_null(struct rows *rows)
{
    (void)add_attribute(rows, UINT32_MAX, 0); /* length -1 */
}

void put_money(struct rows *rows, const struct money *money)
{
    if (money->currency[0] == '\0') {
        put_null(rows);
        put_null(rows);
    } else {
        put_int(rows, money->minor);
        put_text(rows, money->currency);
    }
}

void put_int(struct rows *rows, int64_t value)
{
    char letter = *rows->next;
    size_t bytes = type_bytes(letter);

    CHECK(letter == 'q' || (letter == 'b' && (value & ~1LL) == 0) ||
          (letter == 'h' && value >= INT16_MIN && value <= INT16_MAX) ||
          (letter == 'i' && value >= INT32_MIN && value <= INT32_MAX));
    write_be(add_attribute(rows, (uint32_t)bytes, bytes), (uint64_t)value, bytes);
}

void put_int_or_null(struct rows *rows, int64_t value)
{
    if (value != 0)
        put_int(rows, value);
    else
        put_null(rows);
}

void put_date(struct rows *rows, civil_date date)
{
    CHECK(*rows->next == 'd');
    write_be4(add_attribute(rows, 4, 4), (uint32_t)(date - DAYS_1970_TO_2000));
}

void put_date_or_null(struct rows *rows, bool has, civil_date date)
{
    if (has)
        put_date(rows, date);
    else
        put_null(rows);
}

void put_uuid(struct rows *rows, struct uuid uuid)
{
    CHECK(*rows->next == 'u');
    memcpy(add_attribute(rows, sizeof uuid.bytes, sizeof uuid.bytes), uuid.bytes, sizeof uuid.bytes);
}

void put_uuid_or_null(struct rows *rows, struct uuid uuid)
{
    if (uuid_is_zero(uuid))
        put_null(rows);
    else
        put_uuid(rows, uuid);
}

void put_bytes(struct rows *rows, const uint8_t *bytes, size_t size)
{
    CHECK(*rows->next == 'r');
    memcpy(add_attribute(rows, (uint32_t)size, size), bytes, size);
}

void put_text(struct rows *rows, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);

    CHECK(*rows->next == 't' || *rows->next == 'j');
    uint8_t *at = add_attribute(rows, (uint32_t)size, size);
    if (size > 0)
        memcpy(at, text, size);
}

void put_int_list(struct rows *rows, const int64_t *values, size_t count)
{
    char element = *rows->next == 'H' ? 'h' : 'q';
    size_t size = list_bytes(element, count);

    CHECK(*rows->next == 'H' || *rows->next == 'Q');
    write_list(add_attribute(rows, (uint32_t)size, size), element, values, count);
}

void rows_close(struct rows *rows)
{
    CHECK(rows->put == rows->count && rows->next == rows->letters);
    write_array_header(rows->bytes, rows->type, rows->count);
    add_param(rows->params, rows->bytes, rows->count > 0 ? rows->size : ARRAY_EMPTY_BYTES);
}
