/* Reading of CSV. Places are counted from the start of the record, which is where the window stands. */
#include "client/csv.h"

#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "common/check.h"
#include "common/text.h"

#define NOWHERE ((size_t)-1)

void csv_open(struct csv *csv, window_read *read, void *arg)
{
    *csv = (struct csv){.line = 1};
    window_open(&csv->window, read, arg);
}

void csv_close(struct csv *csv)
{
    window_close(&csv->window);
    free(csv->cells);
    csv->cells = NULL;
}

static int peek(struct csv *csv, size_t place)
{
    return window_peek(&csv->window, place);
}

static bool is_line_end(struct csv *csv, size_t place)
{
    int c = peek(csv, place);

    if (c == '\r')
        c = peek(csv, place + 1);
    else if (c != '\n' && c >= 0)
        return false;
    return c == '\n' || c < 0;
}

/* Passes over what stands before `place` and the line end there. */
static void pass_line_end(struct csv *csv, size_t place)
{
    place += peek(csv, place) == '\r';
    if (peek(csv, place) == '\n') {
        place++;
        csv->line++;
    }
    window_skip(&csv->window, place);
}

/* ---- fields ---- */

/* Where the quotes end that were opened before `open`. A quote on a later line that text follows is the beginning of
 * that line's own quotes. */
static size_t closing_quote(struct csv *csv, size_t open)
{
    bool later_line = false;

    for (size_t at = open; at < open + CSV_QUOTED_BYTES_MAX; at++) {
        int c = peek(csv, at);
        if (c < 0)
            return NOWHERE;
        later_line |= c == '\n';
        if (c != '"')
            continue;
        if (peek(csv, at + 1) != '"')
            return later_line && !is_line_end(csv, at + 1) && peek(csv, at + 1) != ',' ? NOWHERE : at;
        at++;
    }
    return NOWHERE;
}

static void make_room(struct csv *csv, size_t more)
{
    if (csv->room - csv->used >= more)
        return;
    csv->room = csv->room * 2 + more;
    csv->cells = realloc(csv->cells, csv->room);
    CHECK(csv->cells != NULL);
}

/* Appends the text from `at` to `end`; `quoted`: a doubled quote stands for one. */
static void append(struct csv *csv, size_t at, size_t end, bool quoted)
{
    const char *bytes = window_bytes(&csv->window);

    for (; at < end; at++) {
        csv->cells[csv->used++] = bytes[at];
        csv->line += bytes[at] == '\n';
        at += quoted && bytes[at] == '"';
    }
}

static void refuse(struct csv_record *out, const char *reason, const char *error)
{
    if (out->error != NULL)
        return;
    out->reason = reason;
    out->error = error;
    out->error_field = out->count - 1;
}

/* The end of what stands there without quotes; `line`: commas belong to it. NOWHERE: the record is too long. */
static size_t plain_end(struct csv *csv, size_t at, bool line)
{
    while (!is_line_end(csv, at) && (line || peek(csv, at) != ','))
        if (++at > CSV_RECORD_BYTES_MAX)
            return NOWHERE;
    return at;
}

/* Reads the field at `place`; gives its end, NOWHERE: the record is too long. Fields are noted as places in `cells`. */
static size_t read_field(struct csv *csv, size_t place, struct csv_record *out, size_t *cell)
{
    size_t open = peek(csv, place) == '"' ? place + 1 : NOWHERE;
    size_t close = open == NOWHERE ? NOWHERE : closing_quote(csv, open);
    size_t rest = close == NOWHERE ? place : close + 1;
    size_t end = plain_end(csv, rest, open != NOWHERE && close == NOWHERE);

    if (end == NOWHERE)
        return NOWHERE;
    *cell = csv->used;
    out->count++;
    make_room(csv, end - place + 1);
    if (close != NOWHERE)
        append(csv, open, close, true);
    append(csv, rest, end, false);
    if (open != NOWHERE && close == NOWHERE)
        refuse(out, "CSV", N_("a quote is not closed"));
    else if (open != NOWHERE && rest < end)
        refuse(out, "CSV", N_("text after a closing quote"));
    if (!text_is_utf8(csv->cells + *cell, csv->used - *cell))
        refuse(out, "NOT_UTF8", N_("text that is not UTF-8"));
    csv->cells[csv->used++] = '\0';
    return end;
}

/* ---- records ---- */

/* Reads the fields; gives the end of the record, NOWHERE: it is too long, or has too many. */
static size_t read_fields(struct csv *csv, struct csv_record *out, size_t cells[CSV_FIELDS_MAX])
{
    size_t at = 0;

    for (;;) {
        if (out->count == CSV_FIELDS_MAX)
            return NOWHERE;
        at = read_field(csv, at, out, &cells[out->count]);
        if (at == NOWHERE || is_line_end(csv, at))
            return at;
        at++; /* the comma */
    }
}

/* The record cannot be held: its first bytes stand for it, and the rest of its line is passed over by the next call. */
static void give_up(struct csv *csv, struct csv_record *out)
{
    size_t length = 0;

    out->error = NULL;
    if (out->count == CSV_FIELDS_MAX)
        refuse(out, "CSV", N_("too many fields"));
    else
        refuse(out, "LINE_TOO_LONG", N_("the line is too long"));
    out->error_field = -1;
    while (length < CSV_RECORD_BYTES_MAX && !is_line_end(csv, length))
        length++;
    out->length = length;
}

static void pass_record(struct csv *csv)
{
    size_t at = csv->passed;

    while (!is_line_end(csv, at))
        if (++at >= CSV_RECORD_BYTES_MAX) {
            window_skip(&csv->window, at);
            at = 0;
        }
    pass_line_end(csv, at);
    csv->passed = 0;
    csv->used = 0;
}

bool csv_next(struct csv *csv, struct csv_record *out)
{
    size_t cells[CSV_FIELDS_MAX], end;
    long line;

    if (csv->passed > 0)
        pass_record(csv);
    while (peek(csv, 0) >= 0 && is_line_end(csv, 0))
        pass_line_end(csv, 0);
    *out = (struct csv_record){.line = csv->line, .error_field = -1};
    if (peek(csv, 0) < 0)
        return false;
    line = csv->line;
    end = read_fields(csv, out, cells);
    if (end == NOWHERE) {
        csv->line = line;
        give_up(csv, out);
    } else {
        out->length = end;
    }
    csv->passed = out->length;
    out->start = window_bytes(&csv->window);
    for (int i = 0; i < out->count; i++)
        out->fields[i] = csv->cells + cells[i];
    return true;
}
