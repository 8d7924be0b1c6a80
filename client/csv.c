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

static bool at_line_end(const struct csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && (csv->at + 1 == csv->end || csv->at[1] == '\n'));
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

/* A field in quotes; the opening one has been taken. */
static size_t quoted(struct csv *csv, char *out, const char **error)
{
    size_t length = 0;

    while (csv->at < csv->end) {
        char c = *csv->at++;
        if (c == '"' && csv->at < csv->end && *csv->at == '"') {
            csv->at++;
        } else if (c == '"') {
            if (!at_line_end(csv) && *csv->at != ',')
                *error = N_("text after a closing quote");
            return length;
        }
        csv->line += c == '\n';
        out[length++] = c;
    }
    *error = N_("a quote is not closed");
    return length;
}

static char *field(struct csv *csv, const char **error)
{
    char *out = xcalloc(1, (size_t)(csv->end - csv->at) + 1), *fitting;
    size_t length = 0;

    if (csv->at < csv->end && *csv->at == '"') {
        csv->at++;
        length = quoted(csv, out, error);
    }
    while (!at_line_end(csv) && *csv->at != ',')
        out[length++] = *csv->at++;
    if (!text_is_utf8(out, length))
        *error = N_("text that is not UTF-8");
    fitting = realloc(out, length + 1);
    return fitting == NULL ? out : fitting;
}

static void read_record(struct csv *csv, struct csv_record *out)
{
    for (;;) {
        if (out->count == CSV_FIELDS_MAX) {
            out->error = N_("too many fields");
            while (!at_line_end(csv))
                csv->at++;
            return;
        }
        out->fields[out->count++] = field(csv, &out->error);
        if (at_line_end(csv))
            return;
        csv->at++; /* the comma */
    }
}

bool csv_next(struct csv *csv, struct csv_record *out)
{
    while (csv->at < csv->end && at_line_end(csv))
        skip_line_end(csv);
    *out = (struct csv_record){.line = csv->line, .start = csv->at};
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
