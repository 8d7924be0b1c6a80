/* A reader of JSON Lines: one object on each line, whose members are texts, numbers, true, false or null. Numbers are
 * taken as they are written, digit by digit, and never become floating point. */
#ifndef CREDITD_CLIENT_JSONL_H
#define CREDITD_CLIENT_JSONL_H

#include <jansson.h>

#include "client/window.h"

#define JSONL_LINE_BYTES_MAX ((size_t)1024 * 1024) /* the rest of a longer line is passed over */

struct jsonl {
    struct window window;
    long line;     /* of the next byte, from 1 */
    size_t passed; /* bytes of the line that was read last */
    json_t *object;
};
struct jsonl_record {
    long line;
    const char *start; /* its bytes in the file, without the line end */
    size_t length;
    const json_t *object; /* every member is a string, true, false or null; NULL: it cannot be read */
    const char *reason;   /* why: "JSON", "NOT_UTF8" or "LINE_TOO_LONG", else NULL */
    const char *error;    /* the same in words (static, English) */
    const char *key;      /* the member that the error is about, or NULL */
};

void jsonl_open(struct jsonl *jsonl, window_read *read, void *arg);
void jsonl_close(struct jsonl *jsonl);
/* The next line that is not blank, valid until the next call; false at the end (see jsonl->window.error). */
bool jsonl_next(struct jsonl *jsonl, struct jsonl_record *out);

#endif
