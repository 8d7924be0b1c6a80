/* Holidays and make-up days of units: set, list. */
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "org.pb-c.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/calendar.h"

#define DAYS_MAX      1000 /* of one command */
#define NAME_MAX_SIZE 100  /* characters */

/* ---- set ---- */

static int by_date(const void *a, const void *b)
{
    const struct calendar_day *x = a, *y = b;

    return (x->date > y->date) - (x->date < y->date);
}

static bool read_day(struct command *command, const Creditd__V1__CalendarDay *from, const struct unit *unit,
                     struct calendar_day *out)
{
    *out = (struct calendar_day){.unit_id = unit->id, .name = from->name == NULL ? "" : from->name};
    if (from->day == NULL || !civil_parse(from->day, &out->date)) {
        decision_refuse(command, REASON_FIELD_INVALID, "days", "rule", "a date, YYYY-MM-DD");
        return false;
    }
    if (!from->has_kind) {
        decision_refuse(command, REASON_FIELD_REQUIRED, "kind", NULL, NULL);
        return false;
    }
    if (word_name(words_day_kind, (int)from->kind) == NULL) {
        decision_refuse(command, REASON_UNKNOWN_VALUE, "kind", NULL, NULL);
        return false;
    }
    out->working = (enum day_kind)from->kind == DAY_KIND_WORKDAY;
    return decision_text(command, "name", from->name, NAME_MAX_SIZE, true);
}

/* All days, in order, each once; NULL: refused. */
static struct calendar_day *read_days(struct command *command, const Creditd__V1__CalendarSetRequest *request,
                                      const struct unit *unit, struct arena *arena)
{
    struct calendar_day *days = ARENA_ARRAY(arena, struct calendar_day, request->n_days + 1);

    if (request->n_days == 0 || request->n_days > DAYS_MAX) {
        decision_refuse(command, REASON_FIELD_INVALID, "days", "rule", "1 to 1000 days");
        return NULL;
    }
    for (size_t i = 0; i < request->n_days; i++)
        if (!read_day(command, request->days[i], unit, &days[i]))
            return NULL;
    qsort(days, request->n_days, sizeof *days, by_date);
    for (size_t i = 1; i < request->n_days; i++)
        if (days[i].date == days[i - 1].date) {
            decision_refuse(command, REASON_FIELD_INVALID, "days", "rule", "each day once");
            return NULL;
        }
    return days;
}

static const char *set_payload(const struct unit *unit, const struct calendar_day *days, size_t count,
                               struct arena *arena)
{
    json_t *holidays = json_array(), *workdays = json_array();
    char text[CIVIL_TEXT_BYTES];

    for (size_t i = 0; i < count; i++) {
        civil_format(days[i].date, text);
        json_array_append_new(days[i].working ? workdays : holidays, json_string(text));
    }
    return payload_text(arena, json_pack("{sssoso}", "unit", unit->code, "holidays", holidays, "workdays", workdays));
}

static void set_decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const Creditd__V1__CalendarSetRequest *request = (const void *)((const struct call *)command->request)->request;
    const struct unit *unit;
    struct calendar_day *days;

    if (!decision_allowed(command, s))
        return;
    if (request->unit == NULL || request->unit[0] == '\0') {
        decision_refuse(command, REASON_FIELD_REQUIRED, "unit", NULL, NULL);
        return;
    }
    unit = unit_by_code(s->org, request->unit);
    if (unit == NULL || unit->closed) {
        decision_refuse(command, unit == NULL ? REASON_NOT_FOUND : REASON_UNIT_CLOSED, "unit", "unit", request->unit);
        return;
    }
    days = read_days(command, request, unit, arena);
    if (days == NULL)
        return;
    effects->reference =
        (struct reference_change){.kind = REFERENCE_CALENDAR_SET, .calendar = days, .calendar_count = request->n_days};
    decision_reference(command, effects, EVENT_CALENDAR_SET, set_payload(unit, days, request->n_days, arena),
                       unit->code);
}

/* ---- list ---- */

static Creditd__V1__CalendarDay *view_day(struct call *call, const struct calendar_day *day)
{
    Creditd__V1__CalendarDay *out = ARENA_NEW(call->arena, Creditd__V1__CalendarDay);

    creditd__v1__calendar_day__init(out);
    out->unit = view_unit(call, day->unit_id);
    out->day = view_date(call, day->date);
    out->has_kind = true;
    out->kind = (Creditd__V1__DayKind)(day->working ? DAY_KIND_WORKDAY : DAY_KIND_HOLIDAY);
    out->name = arena_strdup(call->arena, day->name);
    return out;
}

/* Does the entry decide for the unit: is it its own, or of one above it and none nearer has the date? */
static bool decides(const struct organisation *org, const struct unit *unit, const struct calendar_day *day)
{
    return calendar_entry(org, unit, day->date) == day;
}

static void list_start(struct call *call)
{
    const Creditd__V1__CalendarListRequest *request = (const void *)call->request;
    const struct organisation *org = call_org(call);
    const struct unit *unit =
        request->unit == NULL ? unit_by_id(org, call_user(call)->unit_id) : unit_by_code(org, request->unit);
    Creditd__V1__CalendarListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__CalendarListAnswer);

    if (unit == NULL) {
        call_refuse(call, REASON_NOT_FOUND, "unit", NULL, NULL);
        return;
    }
    creditd__v1__calendar_list_answer__init(body);
    body->days = ARENA_ARRAY(call->arena, Creditd__V1__CalendarDay *, org->calendar_count + 1);
    for (size_t i = 0; i < org->calendar_count; i++)
        if (decides(org, unit, &org->calendar[i]))
            body->days[body->n_days++] = view_day(call, &org->calendar[i]);
    call_answer(call, &body->base);
}

const struct operation operation_calendar_set = {
    .method = METHOD_CALENDAR_SET,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__calendar_set_request__descriptor,
    .prepare = decision_prepare_reference,
    .command = {.method = METHOD_CALENDAR_SET, .reference = true, .decide = set_decide},
};
const struct operation operation_calendar_list = {.method = METHOD_CALENDAR_LIST,
                                                  .kind = OPERATION_MEMORY,
                                                  .request = &creditd__v1__calendar_list_request__descriptor,
                                                  .start = list_start};
