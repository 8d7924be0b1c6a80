/* The rows of a file, CSV or JSON Lines, one at a time: the cells of those columns that are looked for, by name. */
#ifndef CREDITD_CLIENT_ROWS_H
#define CREDITD_CLIENT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/failure.h"
#include "common/vocabulary.h"

#define ROWS_COLUMNS_MAX    16
#define ROWS_CELL_BYTES_MAX 4096 /* a longer cell is refused; no field of ours is that long */

enum rows_format { ROWS_BY_NAME, ROWS_CSV, ROWS_JSONL }; /* BY_NAME: ".jsonl" and ".ndjson" are JSON Lines, else CSV */
extern const struct word words_rows_format[];            /* "csv", "jsonl" */

/* What is looked for. In JSON Lines a column that a row does not have is blank. */
struct rows_columns {
    const char *names[ROWS_COLUMNS_MAX]; /* as in the file */
    bool needed[ROWS_COLUMNS_MAX];       /* the header of CSV must have it */
    int count;
    bool only; /* others are refused */
};
struct row {
    long line;        /* on which it starts */
    const char *text; /* as it stands in the file, as UTF-8, without its end */
    size_t length;
    const char *cells[ROWS_COLUMNS_MAX]; /* in the order of the columns, without blanks around them; NULL: blank */
    const char *reason; /* why it cannot be read ("CSV", "FIELD_COUNT", "NOT_UTF8", "JSON" ...), or NULL */
    const char *error;  /* the same in words (English, static) */
    const char *column; /* that the error is about, or NULL */
};
enum rows_result { ROWS_ROW, ROWS_END, ROWS_FAILED };

struct rows;

/* Opens a file ("-": standard input) and reads the header of CSV. `path` and `columns` must outlive the result. NULL:
 * failure is set; a column that is missing, unknown or there twice is named with the nearest one. */
struct rows *rows_open(const char *path, enum rows_format format, const struct rows_columns *columns,
                       struct failure *failure);
void rows_close(struct rows *rows);
/* The next row, valid until the next call. FAILED: the file cannot be read on, errno says why. */
enum rows_result rows_next(struct rows *rows, struct row *out);
/* The header as it stands in the file; "" with JSON Lines. */
const char *rows_header(const struct rows *rows);
/* Was the file, as far as it was read, found to be GB18030? */
bool rows_converted(const struct rows *rows);
/* Can the same rows be read once more, by opening the file again? */
bool rows_are_repeatable(const struct rows *rows);

#endif
