/* Units: create, list, move, edit, merge, close. Reference commands, decided on the organisation as it stands. */
#include <stdio.h>
#include <string.h>

#include "common/civil.h"
#include "common/text.h"
#include "org.pb-c.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

#define CODE_LENGTH_MAX   32
#define NAME_LENGTH_MAX   200
#define REASON_LENGTH_MAX 2000

static void prepare_close(struct call *call, struct command *command)
{
    command->home = 0;
    command->unit_code = ((const Creditd__V1__UnitCloseRequest *)(const void *)call->request)->code;
}

/* Codes stand in CSV files, command lines and public texts: letters, digits, "-", "_" and "." only. */
static bool code_is_valid(const char *code)
{
    size_t length = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    return length > 0 && length <= CODE_LENGTH_MAX && code[length] == '\0';
}

static bool check_code(struct command *command, const char *code)
{
    if (code == NULL || code[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, "code", NULL, NULL);
    else if (!code_is_valid(code))
        decision_refuse(command, REASON_FIELD_INVALID, "code", "rule", "1 to 32 of A-Z a-z 0-9 - _ .");
    else
        return true;
    return false;
}

/* The named unit, open; NULL: refused. */
static const struct unit *open_unit(struct command *command, const struct situation *s, const char *field,
                                    const char *code)
{
    const struct unit *unit = code == NULL ? NULL : unit_by_code(s->org, code);

    if (code == NULL || code[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, field, NULL, NULL);
    else if (unit == NULL)
        decision_refuse(command, REASON_NOT_FOUND, field, NULL, NULL);
    else if (unit->closed)
        decision_refuse(command, REASON_UNIT_CLOSED, field, "unit", unit->code);
    else
        return unit;
    return NULL;
}

static bool check_parent(struct command *command, enum unit_level level, const struct unit *parent)
{
    if (organisation_check_parent(level, parent) == REASON_NONE)
        return true;
    decision_refuse(command, REASON_BAD_PARENT, "parent", "level", word_name(words_unit_level, level));
    outcome_argument(&command->outcome, "parent", parent->code);
    return false;
}

static bool check_new_unit(struct command *command, const struct situation *s,
                           const Creditd__V1__UnitCreateRequest *request)
{
    if (!check_code(command, request->code) || !decision_text(command, "name", request->name, NAME_LENGTH_MAX, false))
        return false;
    if (unit_by_code(s->org, request->code) != NULL)
        decision_refuse(command, REASON_ALREADY_EXISTS, "code", NULL, NULL);
    else if (!request->has_level)
        decision_refuse(command, REASON_FIELD_REQUIRED, "level", NULL, NULL);
    else if (request->zone != NULL && !zone_valid(request->zone))
        decision_refuse(command, REASON_FIELD_INVALID, "zone", "rule",
                        "a zone of the tz database such as Asia/Shanghai");
    else
        return true;
    return false;
}

static void create_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UnitCreateRequest *request = (const void *)call->request;
    const struct unit *parent;
    enum unit_level level = (enum unit_level)request->level;
    const char *zone;

    if (!decision_allowed(command, s) || !check_new_unit(command, s, request))
        return;
    parent = open_unit(command, s, "parent", request->parent);
    if (parent == NULL || !check_parent(command, level, parent))
        return;
    zone = request->zone == NULL ? parent->zone : request->zone;
    effects->reference = (struct reference_change){
        .kind = REFERENCE_UNIT_INSERT,
        .unit = {.parent_id = parent->id, .level = level, .code = request->code, .name = request->name, .zone = zone}};
    decision_reference(
        command, effects, EVENT_UNIT_CREATED,
        payload_text(arena, json_pack("{ssssssssss}", "code", request->code, "name", request->name, "level",
                                      word_name(words_unit_level, (int)level), "parent", parent->code, "zone", zone)),
        request->code);
}

static void refuse_not_empty(struct command *command, const struct unit *unit, const char *what)
{
    decision_refuse(command, REASON_UNIT_NOT_EMPTY, "code", "unit", unit->code);
    outcome_argument(&command->outcome, "what", what);
}

static void move_decide(struct command *command, const struct situation *s, struct arena *arena,
                        struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UnitMoveRequest *request = (const void *)call->request;
    const struct unit *unit, *parent;

    if (!decision_allowed(command, s))
        return;
    unit = open_unit(command, s, "code", request->code);
    parent = unit == NULL ? NULL : open_unit(command, s, "parent", request->parent);
    if (parent == NULL || !check_parent(command, unit->level, parent))
        return;
    if (unit->parent_id == parent->id) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, "parent", NULL, NULL);
        return;
    }
    effects->reference = (struct reference_change){.kind = REFERENCE_UNIT_UPDATE, .unit = *unit};
    effects->reference.unit.parent_id = parent->id;
    decision_reference(command, effects, EVENT_UNIT_MOVED,
                       payload_text(arena, json_pack("{ssssss}", "code", unit->code, "from",
                                                     unit_by_id(s->org, unit->parent_id)->code, "to", parent->code)),
                       unit->code);
}

/* What still stands in a unit: an open unit below it, or a user who is not disabled. */
static const char *left_in(const struct organisation *org, const struct unit *unit)
{
    for (size_t i = 0; i < org->unit_count; i++)
        if (org->units[i].parent_id == unit->id && !org->units[i].closed)
            return "units";
    for (size_t i = 0; i < org->user_count; i++)
        if (org->users[i].unit_id == unit->id && !org->users[i].disabled)
            return "users";
    return NULL;
}

static void close_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__UnitCloseRequest *request = (const void *)call->request;
    const struct unit *unit;
    const char *left;

    if (!decision_allowed(command, s))
        return;
    unit = open_unit(command, s, "code", request->code);
    if (unit == NULL)
        return;
    left = unit->level == UNIT_LEVEL_HQ ? "the whole organisation" : left_in(s->org, unit);
    if (left == NULL && s->unit_has_customers)
        left = "customers";
    if (left != NULL) {
        refuse_not_empty(command, unit, left);
        return;
    }
    effects->reference = (struct reference_change){.kind = REFERENCE_UNIT_UPDATE, .unit = *unit};
    effects->reference.unit.closed = true;
    decision_reference(command, effects, EVENT_UNIT_CLOSED, payload_text(arena, json_pack("{ss}", "code", unit->code)),
                       unit->code);
}

static bool check_merge(struct command *command, const struct unit *unit, const struct unit *into)
{
    if (unit->level == UNIT_LEVEL_HQ) {
        refuse_not_empty(command, unit, "the whole organisation");
    } else if (unit == into) {
        decision_refuse(command, REASON_FIELD_INVALID, "into", "rule", "another unit");
    } else if (unit->level != into->level) {
        decision_refuse(command, REASON_LEVELS_DIFFER, "into", "level", word_name(words_unit_level, (int)unit->level));
        outcome_argument(&command->outcome, "other", word_name(words_unit_level, (int)into->level));
        outcome_argument(&command->outcome, "into", into->code);
    } else {
        return true;
    }
    return false;
}

/* With all who go: whose unit is which is seen from the events of the organisation alone. */
static json_t *merge_payload(const struct organisation *org, const struct unit *unit, const struct unit *into,
                             const char *reason)
{
    json_t *units = json_array(), *users = json_array();

    for (size_t i = 0; i < org->unit_count; i++)
        if (org->units[i].parent_id == unit->id)
            json_array_append_new(units, json_string(org->units[i].code));
    for (size_t i = 0; i < org->user_count; i++)
        if (org->users[i].unit_id == unit->id)
            json_array_append_new(users, json_string(org->users[i].login));
    return json_pack("{sssssssoso}", "code", unit->code, "into", into->code, "reason", reason, "units", units, "users",
                     users);
}

/* Its people fit where they come to, for what roles they may hold goes by the level. Its customers follow
 * (watch/follow.h). */
static void merge_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const Creditd__V1__UnitMergeRequest *request = (const void *)((const struct call *)command->request)->request;
    const struct unit *unit, *into;

    if (!decision_allowed(command, s))
        return;
    unit = open_unit(command, s, "code", request->code);
    into = unit == NULL ? NULL : open_unit(command, s, "into", request->into);
    if (into == NULL || !check_merge(command, unit, into) ||
        !decision_text(command, "reason", request->reason, REASON_LENGTH_MAX, true))
        return;
    if (text_is_blank(request->reason)) {
        decision_refuse(command, REASON_REASON_REQUIRED, "reason", NULL, NULL);
        return;
    }
    effects->reference = (struct reference_change){.kind = REFERENCE_UNIT_MERGE, .unit = *unit};
    effects->reference.unit.closed = true;
    effects->reference.unit.merged_into = into->id;
    decision_reference(command, effects, EVENT_UNIT_MERGED,
                       payload_text(arena, merge_payload(s->org, unit, into, request->reason)), unit->code);
}

/* No date of the unit runs back: what is dated today there stays today or becomes yesterday. */
static bool check_zone(struct command *command, const struct situation *s, const struct unit *unit, const char *zone)
{
    if (!zone_valid(zone))
        decision_refuse(command, REASON_FIELD_INVALID, "zone", "rule",
                        "a zone of the tz database such as Asia/Shanghai");
    else if (zone_date_at(zone, s->now) < zone_date_at(unit->zone, s->now))
        decision_refuse(command, REASON_FIELD_INVALID, "zone", "rule",
                        "one in which it is not an earlier date now (change it later today)");
    else
        return true;
    return false;
}

static void edit_decide(struct command *command, const struct situation *s, struct arena *arena,
                        struct effects *effects)
{
    const Creditd__V1__UnitEditRequest *request = (const void *)((const struct call *)command->request)->request;
    const struct unit *unit;
    struct unit row;

    if (!decision_allowed(command, s))
        return;
    unit = open_unit(command, s, "code", request->code);
    if (unit == NULL || !decision_text(command, "name", request->name, NAME_LENGTH_MAX, true))
        return;
    row = *unit;
    if (!text_is_blank(request->name))
        row.name = request->name;
    if (request->zone != NULL && request->zone[0] != '\0') {
        if (!check_zone(command, s, unit, request->zone))
            return;
        row.zone = request->zone;
    }
    if (strcmp(row.name, unit->name) == 0 && strcmp(row.zone, unit->zone) == 0) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, "code", NULL, NULL);
        return;
    }
    effects->reference = (struct reference_change){.kind = REFERENCE_UNIT_EDIT, .unit = row};
    decision_reference(
        command, effects, EVENT_UNIT_EDITED,
        payload_text(arena, json_pack("{ssssssssss}", "code", unit->code, "name", row.name, "name_before", unit->name,
                                      "zone", row.zone, "zone_before", unit->zone)),
        unit->code);
}

static Creditd__V1__Unit *view_one(struct call *call, const struct unit *unit)
{
    Creditd__V1__Unit *out = ARENA_NEW(call->arena, Creditd__V1__Unit);

    creditd__v1__unit__init(out);
    out->code = arena_strdup(call->arena, unit->code);
    out->name = arena_strdup(call->arena, unit->name);
    out->has_level = true;
    out->level = (Creditd__V1__UnitLevel)unit->level;
    out->parent = view_unit(call, unit->parent_id);
    out->zone = arena_strdup(call->arena, unit->zone);
    out->has_home_id = unit->level == UNIT_LEVEL_REGION;
    out->home_id = (uint32_t)unit->home;
    out->has_closed = true;
    out->closed = unit->closed;
    out->merged_into = unit->merged_into == 0 ? NULL : view_unit(call, unit->merged_into);
    return out;
}

static void list_start(struct call *call)
{
    const struct organisation *org = call_org(call);
    Creditd__V1__UnitListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__UnitListAnswer);

    creditd__v1__unit_list_answer__init(body);
    body->units = ARENA_ARRAY(call->arena, Creditd__V1__Unit *, org->unit_count + 1);
    for (size_t i = 0; i < org->unit_count; i++)
        body->units[body->n_units++] = view_one(call, &org->units[i]);
    call_answer(call, &body->base);
}

#define UNIT_COMMAND(NAME, METHOD, PREPARE, DECIDE)                                                                    \
    const struct operation operation_unit_##NAME = {                                                                   \
        .method = METHOD,                                                                                              \
        .kind = OPERATION_COMMAND,                                                                                     \
        .request = &creditd__v1__unit_##NAME##_request__descriptor,                                                    \
        .prepare = PREPARE,                                                                                            \
        .command = {.method = METHOD, .reference = true, .decide = DECIDE},                                            \
    }

UNIT_COMMAND(create, METHOD_UNIT_CREATE, decision_prepare_reference, create_decide);
UNIT_COMMAND(move, METHOD_UNIT_MOVE, decision_prepare_reference, move_decide);
UNIT_COMMAND(close, METHOD_UNIT_CLOSE, prepare_close, close_decide);
UNIT_COMMAND(edit, METHOD_UNIT_EDIT, decision_prepare_reference, edit_decide);
UNIT_COMMAND(merge, METHOD_UNIT_MERGE, decision_prepare_reference, merge_decide);

const struct operation operation_unit_list = {.method = METHOD_UNIT_LIST,
                                              .kind = OPERATION_MEMORY,
                                              .request = &creditd__v1__unit_list_request__descriptor,
                                              .start = list_start};
