/* Shared parts of the operations on customer files. */
#include "server/operations/customer_file.h"

#include <stdio.h>

#include "server/commit/measures_payload.h"
#include "server/operations/decision.h"
#include "server/operations/view.h"
#include "server/rules/standing.h"

struct refusal customer_may_open(const struct situation *s, const struct unit *branch, bool with_grade)
{
    const struct access_row *row = access_row_of(METHOD_CUSTOMER_ADD);
    struct refusal refusal = access_check(row, s->user);

    if (refusal.reason == REASON_NONE)
        refusal = access_check_subject(row, s->org, s->user, branch->id, unit_region(s->org, branch)->id, "branch");
    if (refusal.reason != REASON_NONE || !with_grade)
        return refusal;
    if (!user_has(s->user, ROLE_APPROVER))
        return (struct refusal){REASON_ROLE_MISSING, "opening_grade", "role", word_name(words_role, ROLE_APPROVER)};
    if (s->user->level < JOB_LEVEL_SUPERVISOR)
        return (struct refusal){REASON_LEVEL_TOO_LOW, "opening_grade", "level",
                                word_name(words_job_level, JOB_LEVEL_SUPERVISOR)};
    return refusal;
}

static void opening_standing(const struct opening *opening, const struct situation *s, struct arena *arena,
                             struct effects *effects)
{
    struct customer *row = &effects->customer;
    civil_date today = zone_date_at(opening->branch->zone, s->now);
    json_t *object = json_object();

    standing_put_in_force(row, (struct standing){TIER_KEY, opening->grade}, today, s->in_force);
    payload_word(object, "tier", words_tier, TIER_KEY);
    payload_word(object, "grade", words_grade, (int)opening->grade);
    payload_word(object, "cause", words_cause, CAUSE_OPENING);
    payload_measures(object, s, NULL, row);
    effects->events[effects->event_count++] =
        (struct event){.kind = EVENT_STANDING_CHANGED, .payload = payload_text(arena, object)};
    effects->has_standing = true;
    effects->standing = (struct standing_change){.customer = row->key,
                                                 .standing = row->standing,
                                                 .cause = CAUSE_OPENING,
                                                 .valid_from = today,
                                                 .recorded_at = s->now};
}

void customer_open(const struct opening *opening, const struct situation *s, struct arena *arena,
                   struct effects *effects)
{
    struct customer *row = &effects->customer;
    json_t *object = json_pack("{ssssssss}", "number", opening->number, "name", opening->name, "branch",
                               opening->branch->code, "stage", word_name(words_stage, (int)opening->stage));

    if (opening->manager != NULL)
        json_object_set_new(object, "manager", json_string(opening->manager->login));
    effects->has_customer = true;
    *row = (struct customer){.key = opening->key,
                             .version = 1,
                             .number = opening->number,
                             .name = opening->name,
                             .branch_id = opening->branch->id,
                             .region_id = unit_region(s->org, opening->branch)->id,
                             .stage = opening->stage,
                             .managed_by = opening->manager == NULL ? 0 : opening->manager->id,
                             .emergency = {.reason = ""}};
    standing_put_in_force(row, (struct standing){TIER_ORDINARY, GRADE_NONE}, 0, NULL);
    effects->events[effects->event_count++] =
        (struct event){.kind = EVENT_CUSTOMER_ADDED, .payload = payload_text(arena, object)};
    if (opening->grade != GRADE_NONE)
        opening_standing(opening, s, arena, effects);
}

int16_t call_home(const struct call *call)
{
    const struct user *user = call_user(call);
    const struct unit *unit = user == NULL ? NULL : unit_by_id(call_org(call), user->unit_id);

    return unit == NULL ? 0 : unit_home(call_org(call), unit);
}

void customer_named(struct call *call, const char *text, struct command *command)
{
    const struct user *user = call_user(call);
    const struct unit *own = user == NULL ? NULL : unit_by_id(call_org(call), user->unit_id);
    const struct unit *region = own == NULL ? NULL : unit_region(call_org(call), own);
    struct customer_name name;

    command->home = call_home(call);
    if (!view_customer_name(text, &name))
        return;
    if (name.by_id) {
        command->home = name.key.home;
        command->customer = name.key;
    } else {
        command->named = (struct customer_named){command->home, region == NULL ? 0 : region->id, name.number};
        command->home_may_differ = true; /* the user may work in another region by the time he repeats it */
    }
}

bool customer_allowed(struct command *command, const struct situation *s)
{
    const struct call *call = command->request;
    struct refusal refusal;

    if (s->several) {
        decision_refuse(command, REASON_FIELD_INVALID, "customer", "rule", CUSTOMER_SEVERAL);
        return false;
    }
    if (s->customer == NULL) {
        decision_refuse(command, REASON_NOT_FOUND, "customer", NULL, NULL);
        return false;
    }
    refusal =
        access_check_subject(call->access, s->org, s->user, s->customer->branch_id, s->customer->region_id, "customer");
    return !decision_refused_by(command, &refusal);
}

bool customer_checked(struct command *command, const struct situation *s, uint32_t if_version, const char *field,
                      const char *text)
{
    return decision_allowed(command, s) && customer_allowed(command, s) &&
           decision_version(command, if_version, s->customer->version) &&
           decision_text(command, field, text, CUSTOMER_TEXT_MAX, true);
}

void customer_accept(struct command *command, const struct customer *row, enum event_kind kind, json_t *payload,
                     struct arena *arena, struct effects *effects)
{
    effects->has_customer = true;
    effects->customer = *row;
    effects->events[effects->event_count++] = (struct event){.kind = kind, .payload = payload_text(arena, payload)};
    public_id_format('C', row->key, command->outcome.entity);
    command->outcome.version = row->version;
    command->after_customer = *row;
}

bool decision_version(struct command *command, uint32_t given, int32_t current)
{
    char text[16];

    if (given == 0 || (int64_t)given == current)
        return true;
    snprintf(text, sizeof text, "%u", given);
    decision_refuse(command, REASON_STALE_VERSION, "if_version", "given", text);
    snprintf(text, sizeof text, "%d", current);
    outcome_argument(&command->outcome, "current", text);
    return false;
}

bool customer_read(struct call *call, const char *text, struct customer_page *page, store_done *done)
{
    struct customer_name name;
    struct key *one = ARENA_NEW(call->arena, struct key);
    struct scope scope = view_scope(call);
    struct customer_filter filter = {
        .home = -1, .branch_id = scope.branch_id, .region_id = scope.region_id, .limit = 2};

    if (!view_customer_name(text, &name)) {
        call_refuse(call, REASON_FIELD_REQUIRED, "customer", NULL, NULL);
        return false;
    }
    *one = name.key;
    filter.one = name.by_id ? one : NULL;
    filter.number = name.by_id ? NULL : name.number;
    store_read_customers(call_reader(call), &filter, call->arena, page, done, call);
    return true;
}

const struct customer *customer_found(struct call *call, const struct customer_page *page, enum store_result result)
{
    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (call_restarted(call, &page->stamp))
        return NULL;
    else if (page->count == 0)
        call_refuse(call, REASON_NOT_FOUND, "customer", NULL, NULL);
    else if (page->count > 1)
        call_refuse(call, REASON_FIELD_INVALID, "customer", "rule", CUSTOMER_SEVERAL);
    else
        return &page->rows[0];
    return NULL;
}
