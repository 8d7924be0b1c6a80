/* calendar: import, list. The whole file is one command: either all of its days are taken or none. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/rows.h"
#include "client/run.h"
#include "common/civil.h"
#include "common/vocabulary.h"

#define DAYS_MAX 1000

enum column { DAY, KIND, NAME };
static const struct rows_columns columns = {
    .names = {"day", "kind", "name"}, .needed = {true, true, false}, .count = NAME + 1, .only = true};

/* A mistake in the file, with its line. */
static bool refuse(struct client *client, long line, const char *column, const char *text)
{
    return failure_set(&client->failure, EXIT_USAGE, "CALENDAR", column, "%s:%ld: %s: %s", client_operand(client, 0),
                       line, column, text);
}

/* Has a row before this one the same day? */
static bool stands_already(const Creditd__V1__CalendarSetRequest *request, const char *day)
{
    for (size_t i = 0; i < request->n_days; i++)
        if (strcmp(request->days[i]->day, day) == 0)
            return true;
    return false;
}

/* Takes the row's day; false: refused. */
static bool read_day(struct client *client, const struct row *row, Creditd__V1__CalendarSetRequest *request)
{
    Creditd__V1__CalendarDay *out = ARENA_NEW(client->arena, Creditd__V1__CalendarDay);
    civil_date date;
    int kind = row->cells[KIND] == NULL ? -1 : word_number(words_day_kind, row->cells[KIND]);

    if (request->n_days == DAYS_MAX)
        return refuse(client, row->line, "day", _("1 to 1000 days"));
    creditd__v1__calendar_day__init(out);
    if (row->reason != NULL)
        return refuse(client, row->line, row->column == NULL ? "day" : row->column, _(row->error));
    if (row->cells[DAY] == NULL || !civil_parse(row->cells[DAY], &date))
        return refuse(client, row->line, "day", _("a date, YYYY-MM-DD"));
    if (kind < 0)
        return refuse(client, row->line, "kind", _("holiday or workday"));
    if (stands_already(request, row->cells[DAY]))
        return refuse(client, row->line, "day", _("each day once"));
    out->day = arena_strdup(client->arena, row->cells[DAY]);
    out->has_kind = true;
    out->kind = (Creditd__V1__DayKind)kind;
    out->name = arena_strdup(client->arena, row->cells[NAME]);
    request->days[request->n_days++] = out;
    return true;
}

static bool read_file(struct client *client, Creditd__V1__CalendarSetRequest *request)
{
    struct rows *rows = rows_open(client_operand(client, 0), ROWS_BY_NAME, &columns, &client->failure);
    struct row row;
    enum rows_result result = ROWS_END;
    bool right = rows != NULL;

    request->days = ARENA_ARRAY(client->arena, Creditd__V1__CalendarDay *, DAYS_MAX);
    while (right && (result = rows_next(rows, &row)) == ROWS_ROW)
        right = read_day(client, &row, request);
    if (right && result == ROWS_FAILED)
        right = failure_set(&client->failure, EXIT_FAILED, "FILE", NULL, "%s: %s", client_operand(client, 0),
                            strerror(errno));
    if (right && request->n_days == 0)
        right = refuse(client, 1, "day", _("1 to 1000 days"));
    if (rows != NULL)
        rows_close(rows);
    return right;
}

int run_calendar_import(struct client *client)
{
    Creditd__V1__CalendarSetRequest request = CREDITD__V1__CALENDAR_SET_REQUEST__INIT;

    if (!read_file(client, &request))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.unit = run_text(client, "unit");
    return run_simple(client, METHOD_CALENDAR_SET, &request.base, "unit");
}

int run_calendar_list(struct client *client)
{
    Creditd__V1__CalendarListRequest request = CREDITD__V1__CALENDAR_LIST_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__CalendarListAnswer *body;
    json_t *list;

    request.unit = run_text(client, "unit");
    answer = exchange_read(client, METHOD_CALENDAR_LIST, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__calendar_list_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    list = json_array();
    for (size_t i = 0; i < body->n_days; i++) {
        json_t *record = json_object();
        record_text(record, "day", body->days[i]->day);
        record_word(record, "kind", words_day_kind, body->days[i]->has_kind, (int)body->days[i]->kind);
        record_text(record, "name", body->days[i]->name);
        record_text(record, "unit", body->days[i]->unit);
        json_array_append_new(list, record);
    }
    output_list(client, list, "day kind name unit");
    return EXIT_DONE;
}
