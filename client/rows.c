/* Rows of CSV and of JSON Lines. */
#include "client/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv.h"
#include "client/jsonl.h"
#include "client/options.h"
#include "client/source.h"
#include "client/text.h"
#include "client/unicode.h"
#include "common/arena.h"
#include "common/check.h"
#include "common/text.h"

const struct word words_rows_format[] = {{ROWS_CSV, "csv"}, {ROWS_JSONL, "jsonl"}, {0, NULL}};

struct rows {
    const char *path;
    const struct rows_columns *columns;
    enum rows_format format;
    struct source *source;
    struct csv csv;
    struct jsonl jsonl;
    int place[ROWS_COLUMNS_MAX]; /* of each column in CSV, -1: none */
    int width;                   /* fields of the header */
    char *header;
    struct arena *names; /* of the header's columns */
    const char *name[CSV_FIELDS_MAX];
    struct arena *cells; /* of the row that was read last */
};

static ssize_t read_source(void *source, char *out, size_t size)
{
    return source_read(source, out, size);
}

static enum rows_format format_of(const char *path)
{
    static const char *const endings[] = {".jsonl", ".ndjson"};
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(path + length - ending, endings[i]) == 0)
            return ROWS_JSONL;
    }
    return ROWS_CSV;
}

/* A cell without the blanks around it; NULL when nothing is left. */
static const char *stripped(struct arena *arena, const char *text)
{
    size_t length;
    const char *start = unicode_strip(text, &length);

    return length == 0 ? NULL : arena_strndup(arena, start, length);
}

/* ---- the header of CSV ---- */

static bool unknown_column(struct rows *rows, long line, const char *name, struct failure *failure)
{
    char list[512] = "";

    for (int c = 0; c < rows->columns->count; c++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ", rows->columns->names[c]);
    }
    return failure_set(failure, EXIT_USAGE, "UNKNOWN_COLUMN", name, _("%s:%ld: column %s is unknown; known are %s"),
                       rows->path, line, name, list);
}

/* Notes where a column of the file stands; false: failure is set. */
static bool take_column(struct rows *rows, const struct csv_record *header, int place, struct failure *failure)
{
    const char *name = stripped(rows->names, header->fields[place]);
    bool known = false;

    rows->name[place] = name = name == NULL ? "" : name;
    if (header->error != NULL && (header->error_field == place || header->error_field < 0))
        return failure_set(failure, EXIT_USAGE, header->reason, name, _("%s:%ld: column %s: %s"), rows->path,
                           header->line, name, _(header->error));
    for (int c = 0; c < rows->columns->count; c++) {
        if (strcmp(rows->columns->names[c], name) != 0)
            continue;
        if (rows->place[c] >= 0)
            return failure_set(failure, EXIT_USAGE, "DUPLICATE_COLUMN", name, _("%s:%ld: column %s stands there twice"),
                               rows->path, header->line, name);
        rows->place[c] = place;
        known = true;
    }
    return known || !rows->columns->only || unknown_column(rows, header->line, name, failure);
}

static bool missing_column(const struct rows *rows, const char *name, struct failure *failure)
{
    const char *near = options_nearest(name, rows->name, rows->width);

    failure_set(failure, EXIT_USAGE, "MISSING_COLUMN", name, _("%s: column %s is missing"), rows->path, name);
    return near == NULL || near[0] == '\0' ? false : failure_hint(failure, _("did you mean %s?"), near);
}

static bool read_failed(const struct rows *rows, int error, struct failure *failure)
{
    if (error == EINTR)
        return failure_set(failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    return failure_set(failure, EXIT_USAGE, "FILE", NULL, "%s: %s", rows->path, strerror(error));
}

static bool take_header(struct rows *rows, struct failure *failure)
{
    struct csv_record header;

    if (!csv_next(&rows->csv, &header)) {
        if (rows->csv.window.error != 0)
            return read_failed(rows, rows->csv.window.error, failure);
        return failure_set(failure, EXIT_USAGE, "MISSING_COLUMN", NULL, _("%s is empty"), rows->path);
    }
    rows->header = strndup(header.start, header.length);
    CHECK(rows->header != NULL);
    rows->width = header.count;
    for (int i = 0; i < header.count; i++)
        if (!take_column(rows, &header, i, failure))
            return false;
    for (int c = 0; c < rows->columns->count; c++)
        if (rows->place[c] < 0 && rows->columns->needed[c])
            return missing_column(rows, rows->columns->names[c], failure);
    return true;
}

/* ---- rows ---- */

static void take_cell(struct rows *rows, struct row *out, int column, const char *text)
{
    out->cells[column] = stripped(rows->cells, text);
    if (out->cells[column] == NULL || out->reason != NULL || strlen(out->cells[column]) <= ROWS_CELL_BYTES_MAX)
        return;
    out->reason = "FIELD_TOO_LONG";
    out->error = N_("the text is too long");
    out->column = rows->columns->names[column];
}

static void take_record(struct rows *rows, const struct csv_record *record, struct row *out)
{
    *out = (struct row){.line = record->line, .text = record->start, .length = record->length};
    if (record->error != NULL) {
        out->reason = record->reason;
        out->error = record->error;
        if (record->error_field >= 0 && record->error_field < rows->width)
            out->column = rows->name[record->error_field];
        return;
    }
    if (record->count != rows->width) {
        out->reason = "FIELD_COUNT";
        out->error = N_("the row has another number of fields than the header");
        return;
    }
    for (int c = 0; c < rows->columns->count; c++)
        if (rows->place[c] >= 0)
            take_cell(rows, out, c, record->fields[rows->place[c]]);
}

/* A member that is no column, or NULL. */
static const char *unknown_member(const struct rows *rows, const json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        bool known = false;
        for (int c = 0; c < rows->columns->count; c++)
            known |= strcmp(rows->columns->names[c], key) == 0;
        if (!known)
            return arena_strdup(rows->cells, key);
    }
    return NULL;
}

static const char *member_text(const json_t *value)
{
    if (json_is_string(value))
        return json_string_value(value);
    return json_is_true(value) ? "true" : json_is_false(value) ? "false" : "";
}

static void take_object(struct rows *rows, const struct jsonl_record *record, struct row *out)
{
    *out = (struct row){.line = record->line, .text = record->start, .length = record->length};
    out->reason = record->reason;
    out->error = record->error;
    out->column = record->key;
    if (record->object == NULL)
        return;
    for (int c = 0; c < rows->columns->count; c++)
        take_cell(rows, out, c, member_text(json_object_get(record->object, rows->columns->names[c])));
    if (rows->columns->only && out->reason == NULL && (out->column = unknown_member(rows, record->object)) != NULL) {
        out->reason = "UNKNOWN_COLUMN";
        out->error = N_("this column is unknown");
    }
}

enum rows_result rows_next(struct rows *rows, struct row *out)
{
    struct csv_record record;
    struct jsonl_record line;
    int error;

    arena_reset(rows->cells);
    if (rows->format == ROWS_CSV && csv_next(&rows->csv, &record)) {
        take_record(rows, &record, out);
        return ROWS_ROW;
    }
    if (rows->format == ROWS_JSONL && jsonl_next(&rows->jsonl, &line)) {
        take_object(rows, &line, out);
        return ROWS_ROW;
    }
    error = rows->format == ROWS_CSV ? rows->csv.window.error : rows->jsonl.window.error;
    errno = error;
    return error == 0 ? ROWS_END : ROWS_FAILED;
}

/* ---- the file ---- */

struct rows *rows_open(const char *path, enum rows_format format, const struct rows_columns *columns,
                       struct failure *failure)
{
    struct rows *rows = xcalloc(1, sizeof *rows);

    rows->path = path;
    rows->columns = columns;
    rows->format = format == ROWS_BY_NAME ? format_of(path) : format;
    rows->names = arena_new(0);
    rows->cells = arena_new(0);
    for (int c = 0; c < columns->count; c++)
        rows->place[c] = -1;
    rows->source = source_open(path, SOURCE_LOOK_AHEAD);
    if (rows->source == NULL) {
        read_failed(rows, errno, failure);
        rows_close(rows);
        return NULL;
    }
    if (rows->format == ROWS_JSONL)
        jsonl_open(&rows->jsonl, read_source, rows->source);
    else
        csv_open(&rows->csv, read_source, rows->source);
    if (rows->format == ROWS_CSV && !take_header(rows, failure)) {
        rows_close(rows);
        return NULL;
    }
    return rows;
}

void rows_close(struct rows *rows)
{
    if (rows == NULL)
        return;
    csv_close(&rows->csv);
    jsonl_close(&rows->jsonl);
    source_close(rows->source);
    free(rows->header);
    arena_free(rows->names);
    arena_free(rows->cells);
    free(rows);
}

const char *rows_header(const struct rows *rows)
{
    return rows->header == NULL ? "" : rows->header;
}

bool rows_converted(const struct rows *rows)
{
    return source_converted(rows->source);
}

bool rows_are_repeatable(const struct rows *rows)
{
    return source_is_repeatable(rows->source);
}
