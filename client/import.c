/* customer import: each good row of a CSV file becomes a command; every bad row is named by line and column. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/csv.h"
#include "client/run.h"
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
    long added, unchanged, refused;
    /* the chunk being gathered */
    size_t count;
    Creditd__V1__CustomerAddRequest *rows[CHUNK];
    struct uuid ids[CHUNK];
    long lines[CHUNK];
    char *texts[CHUNK]; /* the rows as they stand in the file */
};

static char *read_file(const char *path, size_t *length)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *bytes = NULL;
    size_t room = 0, got;

    *length = 0;
    if (file == NULL)
        return NULL;
    do {
        room = room * 2 + 65536;
        bytes = realloc(bytes, room);
        CHECK(bytes != NULL);
        got = fread(bytes + *length, 1, room - *length, file);
        *length += got;
    } while (*length == room);
    if (file != stdin)
        fclose(file);
    return bytes;
}

/* ---- refused rows ---- */

static void print_refused_json(const struct import *import, long line, const char *column, const char *reason,
                               const char *message)
{
    json_t *object = json_pack("{sssIsssssb}", "file", import->path, "line", (json_int_t)line, "reason", reason,
                               "message", message, "executed", 0);
    char *text;

    if (column != NULL && column[0] != '\0')
        json_object_set_new(object, "column", json_string(column));
    text = json_dumps(object, JSON_COMPACT);
    fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(object);
}

static void refuse_row(struct import *import, long line, const char *text, const char *column, const char *reason,
                       const char *message)
{
    import->refused++;
    if (import->rejects != NULL)
        fprintf(import->rejects, "%s\n", text);
    if (import->client->format == FORMAT_JSON || import->client->format == FORMAT_JSONL)
        print_refused_json(import, line, column, reason, message);
    else
        fprintf(stderr, "%s:%ld: %s%s%s (%s)\n", import->path, line, column == NULL ? "" : column,
                column == NULL || column[0] == '\0' ? "" : ": ", message, reason);
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

static bool send_chunk(struct import *import)
{
    const Creditd__V1__Answer *answers[CHUNK] = {NULL};
    const ProtobufCMessage *requests[CHUNK];
    size_t unknown;
    bool ok;

    if (import->count == 0)
        return true;
    for (size_t i = 0; i < import->count; i++)
        requests[i] = &import->rows[i]->base;
    ok = exchange_many(import->client, METHOD_CUSTOMER_ADD, requests, import->ids, import->count, answers, &unknown);
    for (size_t i = 0; i < import->count; i++)
        if (answers[i] != NULL)
            take_answer(import, i, answers[i]);
    empty_chunk(import);
    return ok;
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

/* False: the connection is gone for good. */
static bool take_record(struct import *import, const struct csv_record *record, int columns)
{
    char *text = strndup(record->start, record->length);
    int stage = 0, grade = 0;

    CHECK(text != NULL);
    if (record->error != NULL) {
        refuse_row(import, record->line, text, NULL, "CSV", _(record->error));
    } else if (record->count != columns) {
        refuse_row(import, record->line, text, NULL, "CSV", _("the row has another number of fields than the header"));
    } else if (word_cell(import, record, text, STAGE, words_stage, "UNKNOWN_STAGE", &stage) &&
               word_cell(import, record, text, OPENING_GRADE, words_grade, "UNKNOWN_GRADE", &grade)) {
        add_row(import, record, text, stage, grade);
        return import->count < CHUNK || send_chunk(import);
    }
    free(text);
    return true;
}

/* The header names the columns, in any order; number, name and branch must be there. */
static bool take_header(struct import *import, const struct csv_record *header)
{
    struct failure *failure = &import->client->failure;

    for (int c = 0; c < COLUMN_COUNT; c++)
        import->place[c] = -1;
    for (int i = 0; i < header->count; i++) {
        int c = 0;
        while (c < COLUMN_COUNT && strcmp(column_names[c], header->fields[i]) != 0)
            c++;
        if (c == COLUMN_COUNT)
            return failure_set(failure, EXIT_USAGE, "UNKNOWN_COLUMN", header->fields[i],
                               _("%s:%ld: column %s is unknown; known are number, name, region, branch, stage, "
                                 "opening_grade"),
                               import->path, header->line, header->fields[i]);
        import->place[c] = i;
    }
    for (int c = 0; c < COLUMN_COUNT; c++)
        if (import->place[c] < 0 && (c == NUMBER || c == NAME || c == BRANCH))
            return failure_set(failure, EXIT_USAGE, "MISSING_COLUMN", column_names[c], _("%s: column %s is missing"),
                               import->path, column_names[c]);
    return true;
}

static bool take_file(struct import *import, const char *bytes, size_t length)
{
    struct csv csv;
    struct csv_record record;
    bool ok;
    int columns;

    csv_open(&csv, bytes, length);
    if (!csv_next(&csv, &record))
        return failure_set(&import->client->failure, EXIT_USAGE, "MISSING_COLUMN", NULL, _("%s is empty"),
                           import->path);
    ok = take_header(import, &record);
    columns = record.count;
    if (ok && import->rejects != NULL)
        fprintf(import->rejects, "%.*s\n", (int)record.length, record.start);
    csv_free(&record);
    while (ok && !client_interrupted() && csv_next(&csv, &record)) {
        ok = take_record(import, &record, columns);
        csv_free(&record);
    }
    return ok && send_chunk(import);
}

static int summary(struct import *import)
{
    output_record(import->client, json_pack("{sIsIsI}", "added", (json_int_t)import->added, "unchanged",
                                            (json_int_t)import->unchanged, "refused", (json_int_t)import->refused));
    if (import->refused == 0)
        return EXIT_DONE;
    return import->added + import->unchanged > 0 ? EXIT_PARTLY : EXIT_REFUSED;
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
    bytes = read_file(import->path, &length);
    if (bytes == NULL || (rejects != NULL && (import->rejects = fopen(rejects, "we")) == NULL)) {
        failure_set(&client->failure, EXIT_USAGE, "FILE", NULL, "%s: %s", bytes == NULL ? import->path : rejects,
                    strerror(errno));
        free(bytes);
        return run_fail(client);
    }
    ok = take_file(import, bytes, length);
    free(bytes);
    if (import->rejects != NULL && fclose(import->rejects) != 0)
        ok = failure_set(&client->failure, EXIT_FAILED, "FILE", NULL, "%s: %s", rejects, strerror(errno));
    if (ok)
        return summary(import);
    if (import->added + import->unchanged + import->refused > 0)
        summary(import);
    return run_fail(client);
}
