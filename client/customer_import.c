/* customer import: each good row of a file becomes a command; every bad row is named by line and column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/import.h"
#include "client/rows.h"
#include "client/run.h"
#include "common/check.h"
#include "common/reasons.h"
#include "common/vocabulary.h"

#define CHUNK 256 /* rows that share a journal file */

enum column { NUMBER, NAME, REGION, BRANCH, STAGE, OPENING_GRADE, MANAGER };
static const struct rows_columns columns = {
    .names = {"number", "name", "region", "branch", "stage", "opening_grade", "manager"},
    .needed = {[NUMBER] = true, [NAME] = true, [BRANCH] = true},
    .count = MANAGER + 1,
    .only = true};

/* The rows being gathered. */
struct chunk {
    struct import import;
    const char *path;
    struct arena *arena; /* of the chunk's messages */
    size_t count;
    const ProtobufCMessage *requests[CHUNK];
    struct uuid ids[CHUNK];
    struct refused_row rows[CHUNK]; /* as they will be told, should the server refuse them */
};

/* ---- sending ---- */

static bool is_identical(const Creditd__V1__Answer *answer)
{
    for (size_t i = 0; i < answer->n_arguments; i++)
        if (strcmp(answer->arguments[i]->name, "identical") == 0)
            return strcmp(answer->arguments[i]->value, "true") == 0;
    return false;
}

static void take_answer(struct chunk *chunk, size_t i, const Creditd__V1__Answer *answer)
{
    struct refused_row *row = &chunk->rows[i];
    struct failure failure;

    if (answer->status == CREDITD__V1__STATUS__STATUS_OK) {
        chunk->import.added++;
    } else if (answer->reason == CREDITD__V1__REASON__REASON_ALREADY_EXISTS && is_identical(answer)) {
        chunk->import.unchanged++;
    } else {
        failure_from_answer(&failure, answer);
        row->column = failure.field;
        row->reason = failure.reason;
        row->message = failure.message;
        import_refuse(&chunk->import, row);
    }
}

static void send_chunk(struct chunk *chunk)
{
    const Creditd__V1__Answer *answers[CHUNK] = {NULL};
    bool in_doubt[CHUNK] = {false};
    struct exchange_batch batch = {.method = METHOD_CUSTOMER_ADD,
                                   .count = chunk->count,
                                   .requests = chunk->requests,
                                   .ids = chunk->ids,
                                   .answers = answers,
                                   .in_doubt = in_doubt};

    if (chunk->count == 0)
        return;
    client_go_on(chunk->import.client);
    chunk->import.stopped = !exchange_many(chunk->import.client, chunk->arena, &batch);
    for (size_t i = 0; i < chunk->count; i++)
        if (answers[i] != NULL)
            take_answer(chunk, i, answers[i]);
        else if (in_doubt[i])
            chunk->import.unknown++;
        else
            chunk->import.not_tried++;
    chunk->count = 0;
    arena_reset(chunk->arena);
}

/* ---- rows ---- */

static void refuse(struct chunk *chunk, const struct row *row, const char *column, const char *reason,
                   const char *message)
{
    struct refused_row refused = {.path = chunk->path,
                                  .line = row->line,
                                  .text = row->text,
                                  .length = row->length,
                                  .column = column,
                                  .reason = reason,
                                  .message = message};

    import_refuse(&chunk->import, &refused);
}

/* A word of a closed list; false: the row was refused. */
static bool word_cell(struct chunk *chunk, const struct row *row, enum column column, const struct word *words,
                      const char *reason, int *out)
{
    const char *value = row->cells[column];

    *out = value == NULL ? 0 : word_number(words, value);
    if (*out >= 0)
        return true;
    refuse(chunk, row, columns.names[column], reason, arena_printf(chunk->arena, _("%s is not a known word"), value));
    return false;
}

static char *cell(struct chunk *chunk, const struct row *row, enum column column)
{
    return arena_strdup(chunk->arena, row->cells[column]);
}

static void add_row(struct chunk *chunk, const struct row *row, int stage, int grade)
{
    Creditd__V1__CustomerAddRequest *request = ARENA_NEW(chunk->arena, Creditd__V1__CustomerAddRequest);
    size_t i = chunk->count++;

    creditd__v1__customer_add_request__init(request);
    chunk->ids[i] = uuid_new();
    request->has_command_id = true;
    request->command_id = (ProtobufCBinaryData){sizeof chunk->ids[i].bytes, chunk->ids[i].bytes};
    request->number = cell(chunk, row, NUMBER);
    request->name = cell(chunk, row, NAME);
    request->region = cell(chunk, row, REGION);
    request->branch = cell(chunk, row, BRANCH);
    request->manager = cell(chunk, row, MANAGER);
    request->has_stage = stage != 0;
    request->stage = stage != 0 ? (Creditd__V1__Stage)stage : CREDITD__V1__STAGE__STAGE_NEW;
    request->has_opening_grade = grade != 0;
    request->opening_grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    chunk->requests[i] = &request->base;
    chunk->rows[i] = (struct refused_row){.path = chunk->path,
                                          .line = row->line,
                                          .text = arena_copy(chunk->arena, row->text, row->length),
                                          .length = row->length};
}

static void take_row(struct chunk *chunk, const struct row *row)
{
    int stage = 0, grade = 0;

    if (row->reason != NULL) {
        refuse(chunk, row, row->column, row->reason, _(row->error));
    } else if (word_cell(chunk, row, STAGE, words_stage, "UNKNOWN_STAGE", &stage) &&
               word_cell(chunk, row, OPENING_GRADE, words_grade, "UNKNOWN_GRADE", &grade)) {
        add_row(chunk, row, stage, grade);
        if (chunk->count == CHUNK)
            send_chunk(chunk);
    }
}

static void take_rows(struct chunk *chunk, struct rows *rows)
{
    enum rows_result result;
    struct row row;

    while ((result = rows_next(rows, &row)) == ROWS_ROW) {
        chunk->import.stopped |= client_interrupted();
        if (chunk->import.stopped)
            chunk->import.not_tried++;
        else
            take_row(chunk, &row);
    }
    if (result == ROWS_FAILED)
        import_stop_reading(&chunk->import, chunk->path);
    if (!chunk->import.stopped && !client_interrupted())
        send_chunk(chunk);
    chunk->import.stopped |= chunk->count > 0;
    chunk->import.not_tried += (long)chunk->count;
    chunk->count = 0;
}

/* ---- the command ---- */

static json_t *summary(const struct import *import)
{
    return json_pack("{sIsIsIsIsIss}", "added", (json_int_t)import->added, "unchanged", (json_int_t)import->unchanged,
                     "refused", (json_int_t)import->refused, "unknown", (json_int_t)import->unknown, "not_tried",
                     (json_int_t)import->not_tried, "encoding", import_encoding(import));
}

int run_customer_import(struct client *client)
{
    struct chunk *chunk = ARENA_NEW(client->arena, struct chunk);
    struct rows *rows;
    int code;

    chunk->import.client = client;
    chunk->path = client_operand(client, 0);
    chunk->arena = arena_new(0);
    rows = rows_open(chunk->path, ROWS_BY_NAME, &columns, &client->failure);
    if (rows == NULL || !import_open_rejects(&chunk->import, &chunk->path, 1, rows_header(rows))) {
        code = run_fail(client);
    } else {
        take_rows(chunk, rows);
        import_note_encoding(&chunk->import, rows_converted(rows));
        code = import_end(&chunk->import, summary(&chunk->import), chunk->path);
    }
    rows_close(rows);
    arena_free(chunk->arena);
    return code;
}
