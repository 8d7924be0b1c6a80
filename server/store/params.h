/* Parameters of a statement in PostgreSQL's binary format: single values, and rows as one array of a row type. An array
 * per column costs PostgreSQL a tuple store each, for every statement.
 * Memory comes from an arena that must live until the statement has been handed to libpq. */
#ifndef CREDITD_STORE_PARAMS_H
#define CREDITD_STORE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/civil.h"
#include "common/money.h"
#include "common/uuid.h"

#define PARAMS_MAX 12

/* The row types of the schema (0004_rows.sql and later) that statements take. A letter for each attribute: h int2, i
 * int4, q int8, b bool, d date, u uuid, r bytea, t text, j json, H int2[], Q int8[]. PostgreSQL refuses a row that does
 * not fit. */
#define ROW_TYPES(X)                                                                                                   \
    X(entity_key, "hq")                                                                                                \
    X(command_key, "hu")                                                                                               \
    X(trade_key, "ht")                                                                                                 \
    X(timer_key, "hhq")                                                                                                \
    X(import_source, "hqr")                                                                                            \
    X(customer_look, "hitiq")                                                                                          \
    X(evaluation_look, "hqqb")                                                                                         \
    X(customer_write, "hqqittiihhhdqqrqihbdqqdhiuqhqdqiiidhqdddqqqqhiqtqqqqqqth")                                      \
    X(application_write, "hqqiihhhhhhhbhQqqqqiiidqqqqqqqqihutiqqhqhqqqqhhqqqqqqqqhhhQHQQbqqqtQHq")                     \
    X(event_write, "hqqqhuqqhhijrr")                                                                                   \
    X(standing_write, "hqqhhhdqq")                                                                                     \
    X(command_write, "huqrhhitttiq")                                                                                   \
    X(timer_write, "hhqquqih")                                                                                         \
    X(trade_write, "htqiitqdddbhquqq")                                                                                 \
    X(import_write, "hqiiqrtbqqqqqqqqqqqqq")                                                                           \
    X(import_customer_write, "hqquh")                                                                                  \
    X(calendar_write, "idbt")                                                                                          \
    X(assessment_write, "hqqhditjqqu")                                                                                 \
    X(read_audit_write, "hqhtHQ")                                                                                      \
    X(case_sieve, "iihhhiibQQ")

enum row_type {
#define ROW_TYPE_ENUM(name, letters) ROW_##name,
    ROW_TYPES(ROW_TYPE_ENUM)
#undef ROW_TYPE_ENUM
        ROW_TYPE_COUNT
};
extern const char row_type_names[]; /* of all, in that order, each followed by a blank */

struct params {
    struct arena *arena;
    const uint32_t *row_types; /* ROW_TYPE_COUNT object ids in the database at hand */
    int count;
    const char *values[PARAMS_MAX]; /* NULL: SQL NULL */
    int lengths[PARAMS_MAX];
    int formats[PARAMS_MAX]; /* all binary */
};

void params_init(struct params *params, struct arena *arena, const uint32_t *row_types);
void param_int2(struct params *params, int value);
void param_int4(struct params *params, int32_t value);
void param_int8(struct params *params, int64_t value);
void param_bool(struct params *params, bool value);
void param_date(struct params *params, civil_date date);
void param_text(struct params *params, const char *text); /* NULL: SQL NULL */
void param_bytes(struct params *params, const uint8_t *bytes, size_t size);
void param_int8_list(struct params *params, const int64_t *values, size_t count);

/* Rows of a type as one parameter. Values are put row by row in the order of the attributes. */
struct rows;
struct rows *rows_new(struct params *params, enum row_type type, size_t count);
void put_int(struct rows *rows, int64_t value);         /* h, i, q, b; CHECKs the range */
void put_int_or_null(struct rows *rows, int64_t value); /* 0: NULL */
void put_date(struct rows *rows, civil_date date);
void put_date_or_null(struct rows *rows, bool has, civil_date date);
void put_uuid(struct rows *rows, struct uuid uuid);
void put_uuid_or_null(struct rows *rows, struct uuid uuid); /* zero: NULL */
void put_bytes(struct rows *rows, const uint8_t *bytes, size_t size);
void put_text(struct rows *rows, const char *text); /* t, j; NULL counts as "" */
void put_null(struct rows *rows);
void put_money(struct rows *rows, const struct money *money); /* minor units and currency; not known: NULL */
void put_int_list(struct rows *rows, const int64_t *values, size_t count); /* H, Q */
/* Adds the parameter; CHECKs that every row is whole. */
void rows_close(struct rows *rows);

#endif
