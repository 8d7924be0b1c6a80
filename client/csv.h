/* A strict reader of CSV (RFC 4180) that knows the line of every record, as errors must name it; libcsv, which Debian
 * has, does not tell lines and leaves the byte order mark in the first field. LF and CRLF, quotes, BOM. */
#ifndef CREDITD_CLIENT_CSV_H
#define CREDITD_CLIENT_CSV_H

#include <stdbool.h>
#include <stddef.h>

#define CSV_FIELDS_MAX       64
#define CSV_QUOTED_BYTES_MAX 65536 /* a quote not closed within so many bytes is not closed */

struct csv {
    const char *at, *end;
    long line; /* of the next byte, from 1 */
};
struct csv_record {
    long line;         /* on which it starts */
    const char *start; /* its bytes in the file, without the line end */
    size_t length;
    char *fields[CSV_FIELDS_MAX]; /* NUL-terminated; freed by csv_free */
    int count;
    const char *error; /* why the record cannot be read (static text), else NULL */
    int error_field;   /* which field the error is about, from 0; -1: the record as a whole */
};

/* `bytes` stay the caller's. Skips a byte order mark. */
void csv_open(struct csv *csv, const char *bytes, size_t length);
/* The next record that is not empty; false at the end. A quote that is not closed spoils no more than its line: the
 * next record starts on the next one. */
bool csv_next(struct csv *csv, struct csv_record *out);
void csv_free(struct csv_record *record);

#endif
