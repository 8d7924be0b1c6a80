/* customer import: each good row of a CSV file becomes a command; every bad row is named by line and column. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv.h"
#include "client/run.h"
#include "client/source.h"
#include "client/unicode.h"
#include "common/check.h"
#include "common/reasons.h"
#include "common/text.h"
#include "common/vocabulary.h"

#define CHUNK 256 /* rows that share a journal file */

enum column { NUMBER, NAME, REGION, BRANCH, STAGE, OPENING_GRADE, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {"number", "name", "region", "branch", "stage", "opening_grade"};

struct import {
    struct client *client;
    const char *path;
    int place[COLUMN_COUNT]; /* of each column in the file, -1: none */
    FILE *rejects;
    bool converted; /* the file was GB18030 */
    bool stopped;   /* what follows is not tried; client->failure says why, unless Ctrl-C came */
    long added, unchanged, refused, unknown, not_tried;
    /* the chunk being gathered */
    size_t count;
    Creditd__V1__CustomerAddRequest *rows[CHUNK];
    struct uuid ids[CHUNK];
    long lines[CHUNK];
    char *texts[CHUNK]; /* the rows as they stand in the file */
};

/* ---- refused rows ---- */

static void print_refused_json(const struct import *import, long line, const char *column, const char *reason,
                               const char *message)
{
    json_t *object = json_pack("{sosIsssosb}", "file", unicode_json(import->path), "line", (json_int_t)line, "reason",
                               reason, "message", unicode_json(message), "executed", 0);
    char *text;

    if (column != NULL && column[0] != '\0')
        json_object_set_new(object, "column", unicode_json(column));
    text = json_dumps(object, JSON_COMPACT);
    CHECK(text != NULL);
    fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(object);
}

static void print_refused(const struct import *import, long line, const char *column, const char *reason,
                          const char *message)
{
    bool named = column != NULL && column[0] != '\0';
    char *text = arena_printf(import->client->arena, "%s:%ld: %s%s%s (%s)", import->path, line, named ? column : "",
                              named ? ": " : "", message, reason);
    char *shown = unicode_harmless(text);

    fprintf(stderr, "%s\n", shown);
    free(shown);
}

static void refuse_row(struct import *import, long line, const char *text, const char *column, const char *reason,
                       const char *message)
{
    import->refused++;
    if (import->rejects != NULL)
        fprintf(import->rejects, "%s\n", text);
    if (client_json(import->client))
        print_refused_json(import, line, column, reason, message);
    else
        print_refused(import, line, column, reason, message);
}

/* ---- sending ---- */

static bool is_identical(const Creditd__V1__Answer *answer)
{
    for (size_t i = 0; i < answer->n_arguments; i++)
        if (strcmp(answer->arguments[i]->name, "identical") == 0)
            return strcmp(answer->arguments[i]->value, "true") == 0;
    return false;
}

static void take_answer(struct import *import, size_t i, const Creditd__V1__Answer *answer)
{
    struct failure failure;

    if (answer->status == CREDITD__V1__STATUS__STATUS_OK) {
        import->added++;
    } else if (answer->reason == CREDITD__V1__REASON__REASON_ALREADY_EXISTS && is_identical(answer)) {
        import->unchanged++;
    } else {
        failure_from_answer(&failure, answer);
        refuse_row(import, import->lines[i], import->texts[i], failure.field, failure.reason, failure.message);
    }
}

static void empty_chunk(struct import *import)
{
    for (size_t i = 0; i < import->count; i++)
        free(import->texts[i]);
    import->count = 0;
}

static void send_chunk(struct import *import)
{
    const Creditd__V1__Answer *answers[CHUNK] = {NULL};
    const ProtobufCMessage *requests[CHUNK];
    size_t unknown = 0, unanswered = 0;

    if (import->count == 0)
        return;
    for (size_t i = 0; i < import->count; i++)
        requests[i] = &import->rows[i]->base;
    import->stopped =
        !exchange_many(import->client, METHOD_CUSTOMER_ADD, requests, import->ids, import->count, answers, &unknown);
    for (size_t i = 0; i < import->count; i++)
        if (answers[i] != NULL)
            take_answer(import, i, answers[i]);
        else
            unanswered++;
    import->unknown += (long)unknown;
    import->not_tried += (long)(unanswered - unknown);
    empty_chunk(import);
}

/* ---- rows ---- */

static char *cell(struct import *import, const struct csv_record *record, enum column column)
{
    int place = import->place[column];
    const char *text = place >= 0 && place < record->count ? record->fields[place] : NULL;

    return text == NULL || text_is_blank(text) ? NULL : arena_strdup(import->client->arena, text);
}

/* A word of a closed list; false: the row was refused. */
static bool word_cell(struct import *import, const struct csv_record *record, const char *text, enum column column,
                      const struct word *words, const char *reason, int *out)
{
    char *value = cell(import, record, column);
    char message[200];

    *out = value == NULL ? 0 : word_number(words, value);
    if (*out >= 0)
        return true;
    snprintf(message, sizeof message, _("%s is not a known word"), value);
    refuse_row(import, record->line, text, column_names[column], reason, message);
    return false;
}

static void add_row(struct import *import, const struct csv_record *record, char *text, int stage, int grade)
{
    Creditd__V1__CustomerAddRequest *row = ARENA_NEW(import->client->arena, Creditd__V1__CustomerAddRequest);
    size_t i = import->count++;

    creditd__v1__customer_add_request__init(row);
    import->ids[i] = uuid_new();
    row->has_command_id = true;
    row->command_id = (ProtobufCBinaryData){sizeof import->ids[i].bytes, import->ids[i].bytes};
    row->number = cell(import, record, NUMBER);
    row->name = cell(import, record, NAME);
    row->region = cell(import, record, REGION);
    row->branch = cell(import, record, BRANCH);
    row->has_stage = stage != 0;
    row->stage = stage != 0 ? (Creditd__V1__Stage)stage : CREDITD__V1__STAGE__STAGE_NEW;
    row->has_opening_grade = grade != 0;
    row->opening_grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    import->rows[i] = row;
    import->lines[i] = record->line;
    import->texts[i] = text;
}

static const char *column_at(const struct import *import, int place)
{
    for (int c = 0; c < COLUMN_COUNT; c++)
        if (place >= 0 && import->place[c] == place)
            return column_names[c];
    return NULL;
}

static void take_record(struct import *import, const struct csv_record *record, int columns)
{
    char *text = strndup(record->start, record->length);
    int stage = 0, grade = 0;

    CHECK(text != NULL);
    if (record->error != NULL) {
        refuse_row(import, record->line, text, column_at(import, record->error_field), "CSV", _(record->error));
    } else if (record->count != columns) {
        refuse_row(import, record->line, text, NULL, "CSV", _("the row has another number of fields than the header"));
    } else if (word_cell(import, record, text, STAGE, words_stage, "UNKNOWN_STAGE", &stage) &&
               word_cell(import, record, text, OPENING_GRADE, words_grade, "UNKNOWN_GRADE", &grade)) {
        add_row(import, record, text, stage, grade);
        if (import->count == CHUNK)
            send_chunk(import);
        return;
    }
    free(text);
}

/* ---- the file ---- */

/* Notes where a column of the file stands; false: failure is set. */
static bool take_column(struct import *import, const struct csv_record *header, int place)
{
    struct failure *failure = &import->client->failure;
    const char *name = header->fields[place];
    int c = 0;

    if (header->error != NULL && (header->error_field == place || header->error_field < 0))
        return failure_set(failure, EXIT_USAGE, "CSV", name, _("%s:%ld: column %s: %s"), import->path, header->line,
                           name, _(header->error));
    while (c < COLUMN_COUNT && strcmp(column_names[c], name) != 0)
        c++;
    if (c == COLUMN_COUNT)
        return failure_set(failure, EXIT_USAGE, "UNKNOWN_COLUMN", name,
                           _("%s:%ld: column %s is unknown; known are number, name, region, branch, stage, "
                             "opening_grade"),
                           import->path, header->line, name);
    if (import->place[c] >= 0)
        return failure_set(failure, EXIT_USAGE, "DUPLICATE_COLUMN", name, _("%s:%ld: column %s stands there twice"),
                           import->path, header->line, name);
    import->place[c] = place;
    return true;
}

/* The header names the columns, in any order; number, name and branch must be there. */
static bool take_header(struct import *import, const struct csv_record *header)
{
    for (int c = 0; c < COLUMN_COUNT; c++)
        import->place[c] = -1;
    for (int i = 0; i < header->count; i++)
        if (!take_column(import, header, i))
            return false;
    for (int c = 0; c < COLUMN_COUNT; c++)
        if (import->place[c] < 0 && (c == NUMBER || c == NAME || c == BRANCH))
            return failure_set(&import->client->failure, EXIT_USAGE, "MISSING_COLUMN", column_names[c],
                               _("%s: column %s is missing"), import->path, column_names[c]);
    return true;
}

/* False: the header is refused, nothing was done. */
static bool take_file(struct import *import, const char *bytes, size_t length)
{
    struct csv csv;
    struct csv_record record;
    int columns;
    bool ok;

    csv_open(&csv, bytes, length);
    if (!csv_next(&csv, &record))
        return failure_set(&import->client->failure, EXIT_USAGE, "MISSING_COLUMN", NULL, _("%s is empty"),
                           import->path);
    ok = take_header(import, &record);
    columns = record.count;
    if (ok && import->rejects != NULL)
        fprintf(import->rejects, "%.*s\n", (int)record.length, record.start);
    csv_free(&record);
    while (ok && csv_next(&csv, &record)) {
        import->stopped |= client_interrupted();
        if (import->stopped)
            import->not_tried++;
        else
            take_record(import, &record, columns);
        csv_free(&record);
    }
    if (!import->stopped && !client_interrupted())
        send_chunk(import);
    import->stopped |= import->count > 0;
    import->not_tried += (long)import->count;
    empty_chunk(import);
    return ok;
}

/* ---- the end ---- */

static void summary(const struct import *import)
{
    output_record(import->client,
                  json_pack("{sIsIsIsIsIss}", "added", (json_int_t)import->added, "unchanged",
                            (json_int_t)import->unchanged, "refused", (json_int_t)import->refused, "unknown",
                            (json_int_t)import->unknown, "not_tried", (json_int_t)import->not_tried, "encoding",
                            import->converted ? "GB18030" : "UTF-8"));
}

/* It ended before the last row: the failure says what is known of the rows. */
static void set_stopped(struct import *import)
{
    struct failure *failure = &import->client->failure;
    struct failure why = *failure;
    bool interrupted = client_interrupted();
    bool some_done = import->added + import->unchanged > 0;

    failure_set(failure, why.code, interrupted ? "INTERRUPTED" : why.reason, why.field,
                _("%s; %ld rows were not tried, of %ld the outcome is not known"),
                interrupted ? _("interrupted") : why.message, import->not_tried, import->unknown);
    if (interrupted)
        failure->code = EXIT_INTERRUPTED;
    else if (import->unknown == 0 && some_done)
        failure->code = EXIT_PARTLY;
    failure->retryable = interrupted || why.retryable;
    failure->executed = some_done ? EXECUTED_YES : import->unknown > 0 ? EXECUTED_UNKNOWN : EXECUTED_NO;
    if (import->unknown > 0)
        failure_hint(failure, "%s", why.hint);
}

static void set_rows_refused(struct import *import)
{
    bool some_done = import->added + import->unchanged > 0;

    failure_set(&import->client->failure, some_done ? EXIT_PARTLY : EXIT_REFUSED, "ROWS_REFUSED", NULL,
                _("%ld rows of %s were refused"), import->refused, import->path);
    import->client->failure.executed = some_done ? EXECUTED_YES : EXECUTED_NO;
}

static int finish(struct import *import)
{
    summary(import);
    if (import->stopped)
        set_stopped(import);
    else if (import->refused > 0)
        set_rows_refused(import);
    else
        return EXIT_DONE;
    return run_fail(import->client);
}

static int fail_file(struct client *client, const char *path, int error)
{
    if (client_interrupted())
        failure_set(&client->failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    else
        failure_set(&client->failure, EXIT_USAGE, "FILE", NULL, "%s: %s", path, strerror(error));
    return run_fail(client);
}

int run_customer_import(struct client *client)
{
    struct import *import = ARENA_NEW(client->arena, struct import);
    const char *rejects = client_flag(client, "reject-file");
    size_t length;
    char *bytes;
    bool ok;

    import->client = client;
    import->path = client_operand(client, 0);
    bytes = source_read(import->path, &length, &import->converted);
    if (bytes == NULL)
        return fail_file(client, import->path, errno);
    if (rejects != NULL && (import->rejects = fopen(rejects, "we")) == NULL) {
        free(bytes);
        return fail_file(client, rejects, errno);
    }
    ok = take_file(import, bytes, length);
    free(bytes);
    if (import->rejects != NULL && fclose(import->rejects) != 0 && ok && !import->stopped) {
        summary(import);
        return fail_file(client, rejects, errno);
    }
    return ok ? finish(import) : run_fail(client);
}
