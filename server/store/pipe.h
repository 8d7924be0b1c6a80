/* Inside of store/: the connection and its units. A unit is a row of statements and one Sync, so one implicit
 * transaction; its results are matched to it in order. */
#ifndef CREDITD_STORE_PIPE_H
#define CREDITD_STORE_PIPE_H

#include <libpq-fe.h>

#include "server/store/params.h"
#include "server/store/store.h"
#include "sql.h"

/* The words of the first lines in sql/. */
#define ON_COMMIT  (1u << STORE_COMMIT)
#define ON_READ    (1u << STORE_READ)
#define ON_SESSION (1u << STORE_SESSION)
#define ON_AUDIT   (1u << STORE_AUDIT)
#define ON_WATCH   (1u << STORE_WATCH)

enum statement {
#define STATEMENT_ENUM(name, on, text) STATEMENT_##name,
    STATEMENTS(STATEMENT_ENUM)
#undef STATEMENT_ENUM
        STATEMENT_COUNT
};
extern const char *const statement_names[STATEMENT_COUNT], *const statement_texts[STATEMENT_COUNT];

/* Number of the newest migration: the schema that these statements are written for. */
#define STORE_SCHEMA_VERSION 16

struct txn;
/* Takes the rows of one statement into txn_out(). Not called once a statement of the unit has failed. */
typedef void txn_take(struct txn *txn, const PGresult *result);

/* Starts a unit. `arena` and `out` are for its takers. `writes`: a lost answer means UNKNOWN, not DOWN. */
struct txn *txn_new(struct store *store, bool writes, struct arena *arena, void *out, store_done *done, void *arg);
/* Parameters of the next statement, empty; valid until txn_add. */
struct params *txn_params(struct txn *txn);
/* Counts rows that the unit writes. */
void txn_count_rows(struct txn *txn, size_t rows);
/* Adds a statement with these parameters; `take` may be NULL. */
void txn_add(struct txn *txn, enum statement statement, txn_take *take);
/* Ends the unit with its Sync; `done` comes later. */
void txn_send(struct txn *txn);
void *txn_out(const struct txn *txn);
struct arena *txn_arena(const struct txn *txn);

/* A row of a result, read column by column. Texts and lists go to the unit's arena. */
struct row {
    const PGresult *result;
    struct arena *arena;
    int row, column;
};
int64_t row_int(struct row *row);     /* int2, int4, int8, bool */
bool row_null(const struct row *row); /* of the next column */
const char *row_text(struct row *row);
void row_bytes(struct row *row, uint8_t *out, size_t size); /* CHECKs the size */
struct uuid row_uuid(struct row *row);                      /* NULL gives zero */
civil_date row_date(struct row *row);                       /* NULL gives 0 */
/* A bigint array of at most `max` elements without NULLs; returns how many. */
int row_int_list(struct row *row, int64_t *out, int max);
struct money row_money(struct row *row); /* two columns; NULL: not known */

/* Rows that several statements give, in the order of their columns. */
struct customer row_customer(struct row *row);
/* Extension, pause and urge: eleven columns, in the order of application_write. */
void row_more_time(struct row *row, struct application *application);
void row_node(struct row *row, struct application *application);
struct application row_application(struct row *row);
struct stored_command row_command(struct row *row);
struct assessment row_assessment(struct row *row);
struct trade row_trade(struct row *row);
struct trade_import row_import(struct row *row);
struct import_customer row_import_customer(struct row *row);
/* Ends the unit without effect: its connection is not to be used as it is, and is dropped. */
void txn_refuse(struct txn *txn, const char *why);
/* The columns of load_stamp: epoch, business time, and whether the settings are durable still; when they are not, the
 * unit is refused. */
void row_stamp(struct txn *txn, const PGresult *result, int64_t *epoch, int64_t *now);
/* Takes load_stamp into a struct read_stamp that leads the unit's `out`. */
void take_stamp(struct txn *txn, const PGresult *result);
/* Takes customers into a struct customer_page whose count is the limit; one more row than that says that there are
 * more. */
void take_customer_page(struct txn *txn, const PGresult *result);

#endif
