/* Reading of CSV. */
#include "client/csv.h"

#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "common/check.h"
#include "common/text.h"

void csv_open(struct csv *csv, const char *bytes, size_t length)
{
    bool bom = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;

    *csv = (struct csv){.at = bytes + (bom ? 3 : 0), .end = bytes + length, .line = 1};
}

static bool is_line_end(const struct csv *csv, const char *at)
{
    return at == csv->end || *at == '\n' || (*at == '\r' && (at + 1 == csv->end || at[1] == '\n'));
}

static bool at_line_end(const struct csv *csv)
{
    return is_line_end(csv, csv->at);
}

static void skip_line_end(struct csv *csv)
{
    if (csv->at < csv->end && *csv->at == '\r')
        csv->at++;
    if (csv->at < csv->end) {
        csv->at++;
        csv->line++;
    }
}

/* Where the quotes end that were opened before `open`; NULL: they do not. A quote on a later line that text follows is
 * the beginning of that line's own quotes. */
static const char *closing_quote(const struct csv *csv, const char *open)
{
    const char *end = csv->end - open > CSV_QUOTED_BYTES_MAX ? open + CSV_QUOTED_BYTES_MAX : csv->end;
    bool later_line = false;

    for (const char *at = open; at < end; at++) {
        later_line |= *at == '\n';
        if (*at != '"')
            continue;
        if (at + 1 == csv->end || at[1] != '"')
            return later_line && !is_line_end(csv, at + 1) && at[1] != ',' ? NULL : at;
        at++;
    }
    return NULL;
}

/* The text between quotes, a doubled one standing for one; gives its length. */
static size_t copy_quoted(struct csv *csv, char *out, const char *at, const char *close)
{
    size_t length = 0;

    for (; at < close; at++) {
        csv->line += *at == '\n';
        out[length++] = *at;
        at += *at == '"';
    }
    return length;
}

static char *field(struct csv *csv, const char **error)
{
    const char *open = csv->at < csv->end && *csv->at == '"' ? csv->at + 1 : NULL;
    const char *close = open == NULL ? NULL : closing_quote(csv, open);
    const char *rest = close == NULL ? csv->at : close + 1, *end = rest;
    size_t length = 0;
    char *out;

    while (!is_line_end(csv, end) && (*end != ',' || (open != NULL && close == NULL)))
        end++;
    if (open != NULL && close == NULL)
        *error = N_("a quote is not closed");
    else if (open != NULL && rest < end)
        *error = N_("text after a closing quote");
    out = xcalloc(1, (size_t)(end - csv->at) + 1);
    if (close != NULL)
        length = copy_quoted(csv, out, open, close);
    memcpy(out + length, rest, (size_t)(end - rest));
    length += (size_t)(end - rest);
    csv->at = end;
    if (!text_is_utf8(out, length) && *error == NULL)
        *error = N_("text that is not UTF-8");
    return out;
}

static void read_record(struct csv *csv, struct csv_record *out)
{
    for (;;) {
        const char *error = NULL;
        if (out->count == CSV_FIELDS_MAX) {
            out->error = N_("too many fields");
            out->error_field = -1;
            while (!at_line_end(csv))
                csv->at++;
            return;
        }
        out->fields[out->count++] = field(csv, &error);
        if (error != NULL && out->error == NULL) {
            out->error = error;
            out->error_field = out->count - 1;
        }
        if (at_line_end(csv))
            return;
        csv->at++; /* the comma */
    }
}

bool csv_next(struct csv *csv, struct csv_record *out)
{
    while (csv->at < csv->end && at_line_end(csv))
        skip_line_end(csv);
    *out = (struct csv_record){.line = csv->line, .start = csv->at, .error_field = -1};
    if (csv->at == csv->end)
        return false;
    read_record(csv, out);
    out->length = (size_t)(csv->at - out->start);
    skip_line_end(csv);
    return true;
}

void csv_free(struct csv_record *record)
{
    for (int i = 0; i < record->count; i++)
        free(record->fields[i]);
    record->count = 0;
}
