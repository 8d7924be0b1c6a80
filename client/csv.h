/* A strict reader of CSV (RFC 4180) that knows the line of every record, as errors must name it, and holds no more of
 * the text than one record; libcsv, which Debian has, does not tell lines. LF and CRLF, quotes. */
#ifndef CREDITD_CLIENT_CSV_H
#define CREDITD_CLIENT_CSV_H

#include "client/window.h"

#define CSV_FIELDS_MAX       256
#define CSV_QUOTED_BYTES_MAX ((size_t)64 * 1024)   /* a quote not closed within so many bytes is not closed */
#define CSV_RECORD_BYTES_MAX ((size_t)1024 * 1024) /* of a longer record the rest of the line is passed over */

struct csv {
    struct window window;
    long line;         /* of the next byte, from 1 */
    char *cells;       /* the fields of the record that was read last */
    size_t used, room; /* of `cells` */
    size_t passed;     /* bytes of that record still to be passed over */
};
struct csv_record {
    long line;         /* on which it starts */
    const char *start; /* its bytes in the file, without the line end */
    size_t length;
    const char *fields[CSV_FIELDS_MAX];
    int count;
    const char *reason; /* why the record cannot be read: "CSV", "NOT_UTF8" or "LINE_TOO_LONG", else NULL */
    const char *error;  /* the same in words (static, English) */
    int error_field;    /* which field the error is about, from 0; -1: the record as a whole */
};

void csv_open(struct csv *csv, window_read *read, void *arg);
void csv_close(struct csv *csv);
/* The next record that is not empty, valid until the next call; false at the end (see csv->window.error). A quote that
 * is not closed spoils no more than its line: the next record starts on the next one. */
bool csv_next(struct csv *csv, struct csv_record *out);

#endif
