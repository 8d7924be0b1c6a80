/* Message by message. A number of a closed list that this creditctl does not know is shown as its number. */
#include "client/records.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/trade_records.h"
#include "client/unicode.h"
#include "common/civil.h"
#include "common/reasons.h"
#include "common/vocabulary.h"

void record_text(json_t *object, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_set_new(object, key, unicode_json(value));
}

json_t *record_word_json(const struct word *words, int number)
{
    const char *name = word_name(words, number);
    char text[16];

    if (name != NULL)
        return json_string(name);
    snprintf(text, sizeof text, "%d", number);
    return json_string(text);
}

void record_word(json_t *object, const char *key, const struct word *words, bool has, int number)
{
    if (has)
        json_object_set_new(object, key, record_word_json(words, number));
}

void record_instant(const struct client *client, json_t *object, const char *key, bool has, int64_t at_us)
{
    char text[INSTANT_TEXT_BYTES];

    if (!has)
        return;
    instant_format(client->zone, at_us, text);
    json_object_set_new(object, key, json_string(text));
}

void record_number(json_t *object, const char *key, bool has, json_int_t value)
{
    if (has)
        json_object_set_new(object, key, json_integer(value));
}

void record_bool(json_t *object, const char *key, bool has, bool value)
{
    if (has)
        json_object_set_new(object, key, json_boolean(value));
}

json_t *record_texts_json(char *const *texts, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, unicode_json(texts[i]));
    return list;
}

void record_texts(json_t *object, const char *key, char *const *texts, size_t count)
{
    if (count > 0)
        json_object_set_new(object, key, record_texts_json(texts, count));
}

static void application_clock(const struct client *client, const Creditd__V1__Application *m, json_t *o)
{
    record_text(o, "criterion_met_on", m->criterion_met_on);
    record_instant(client, o, "criterion_detected_at", m->has_criterion_detected_at_us, m->criterion_detected_at_us);
    record_instant(client, o, "submitted_at", m->has_submitted_at_us, m->submitted_at_us);
    record_instant(client, o, "due_at", m->has_due_at_us, m->due_at_us);
    record_instant(client, o, "complete_by", m->has_complete_by_us, m->complete_by_us);
    record_bool(o, "overdue", m->has_overdue, m->overdue);
}

json_t *record_application(const struct client *client, const Creditd__V1__Application *m)
{
    json_t *o = json_object();

    record_text(o, "id", m->id);
    record_word(o, "state", words_state, m->has_state, (int)m->state);
    record_number(o, "version", m->has_version, m->version);
    record_text(o, "customer_id", m->customer_id);
    record_text(o, "customer_number", m->customer_number);
    record_text(o, "customer_name", m->customer_name);
    record_word(o, "from_grade", words_grade, m->has_from_grade, (int)m->from_grade);
    record_word(o, "to_grade", words_grade, m->has_to_grade, (int)m->to_grade);
    record_word(o, "decided_grade", words_grade, m->has_decided_grade, (int)m->decided_grade);
    record_bool(o, "off_criteria", m->has_off_criteria, m->off_criteria);
    record_word(o, "finding", words_finding, m->has_finding, (int)m->finding);
    application_clock(client, m, o);
    record_text(o, "branch", m->branch);
    record_text(o, "region", m->region);
    record_number(o, "policy_version", m->has_policy_version, m->policy_version);
    record_number(o, "asked_policy", m->has_asked_policy, m->asked_policy);
    record_text(o, "asked_by", m->asked_by);
    record_number(o, "extension_days", m->has_extension_days, m->extension_days);
    record_text(o, "extension_by", m->extension_by);
    record_number(o, "extended_days", m->has_extended_days, m->extended_days);
    record_instant(client, o, "extension_latest", m->has_extension_latest_us, m->extension_latest_us);
    record_instant(client, o, "paused_at", m->has_paused_at_us, m->paused_at_us);
    record_text(o, "paused_by", m->paused_by);
    record_number(o, "paused_days", m->has_paused_days, m->paused_days);
    record_instant(client, o, "urged_at", m->has_urged_at_us, m->urged_at_us);
    record_text(o, "urged_by", m->urged_by);
    record_bool(o, "due_soon", m->has_due_soon, m->due_soon);
    record_text(o, "turn_unit", m->turn_unit);
    record_word(o, "turn_role", words_role, m->has_turn_role, (int)m->turn_role);
    record_text(o, "claimed_by", m->claimed_by);
    record_text(o, "acting_for", m->acting_for);
    record_text(o, "node", m->node);
    record_number(o, "signatures", m->has_signatures, m->signatures);
    record_number(o, "signatures_needed", m->has_signatures_needed, m->signatures_needed);
    record_texts(o, "signed_by", m->signed_by, m->n_signed_by);
    record_texts(o, "countersigners", m->countersigners, m->n_countersigners);
    record_bool(o, "automatic", m->has_automatic, m->automatic);
    record_text(o, "held_by", m->held_by);
    record_text(o, "assistant", m->assistant);
    if (m->wants_opinion)
        record_bool(o, "wants_opinion", true, true);
    if (m->wants_answer)
        record_bool(o, "wants_answer", true, true);
    record_text(o, "answers_for", m->answers_for);
    if (m->own)
        record_bool(o, "own", true, true);
    record_sum(o, "limit", m->has_limit_minor, m->limit_minor, m->limit_currency);
    return o;
}

/* An emergency that waits to be confirmed. */
static void record_asked(const struct client *client, json_t *o, const Creditd__V1__EmergencyAsked *m)
{
    record_text(o, "asked_by", m->by);
    json_object_set_new(
        o, "asked_grade",
        json_string(m->has_grade ? word_name(words_grade, (int)m->grade) : word_name(words_tier, TIER_ORDINARY)));
    record_number(o, "asked_minutes", m->has_minutes, m->minutes);
    record_text(o, "asked_reason", m->reason);
    record_instant(client, o, "asked_until", m->has_until_us, m->until_us);
}

/* What the grade in force brings, and what may take it away. */
static void record_terms(const struct client *client, json_t *o, const Creditd__V1__Customer *m)
{
    json_t *measures = json_array(), *applied = json_array();

    record_text(o, "override_until", m->override_until);
    if (m->override_until != NULL)
        json_object_set_new(o, "override_from",
                            json_string(m->has_override_from ? word_name(words_grade, (int)m->override_from)
                                                             : word_name(words_tier, TIER_ORDINARY)));
    record_text(o, "override_by", m->override_by);
    record_instant(client, o, "emergency_until", m->has_emergency_until_us, m->emergency_until_us);
    record_text(o, "emergency_confirmed_by", m->emergency_confirmed_by);
    if (m->emergency_asked != NULL)
        record_asked(client, o, m->emergency_asked);
    if (m->review != NULL) {
        record_text(o, "review_asked_by", m->review->asked_by);
        record_text(o, "review_confirmed_by", m->review->confirmed_by);
        record_instant(client, o, "review_due_at", m->review->has_due_at_us, m->review->due_at_us);
    }
    record_text(o, "noticed_on", m->noticed_on);
    record_text(o, "demote_on", m->demote_on);
    record_text(o, "appealed_by", m->appealed_by);
    for (size_t i = 0; i < m->n_measures; i++)
        json_array_append_new(m->measures[i]->applied ? applied : measures,
                              unicode_json(m->measures[i]->name == NULL ? "" : m->measures[i]->name));
    if (m->n_measures > 0) {
        json_object_set(o, "measures_open", measures);
        json_object_set(o, "measures_applied", applied);
    }
    json_decref(measures);
    json_decref(applied);
}

json_t *record_customer(const struct client *client, const Creditd__V1__Customer *m)
{
    json_t *o = json_object();

    record_text(o, "id", m->id);
    record_text(o, "number", m->number);
    record_text(o, "name", m->name);
    record_text(o, "region", m->region);
    record_text(o, "branch", m->branch);
    record_text(o, "manager", m->manager);
    record_word(o, "stage", words_stage, m->has_stage, (int)m->stage);
    record_word(o, "tier", words_tier, m->has_tier, (int)m->tier);
    record_word(o, "grade", words_grade, m->has_grade, (int)m->grade);
    record_word(o, "verdict", words_verdict, m->has_verdict, (int)m->verdict);
    record_number(o, "version", m->has_version, m->version);
    record_text(o, "open_application_id", m->open_application_id);
    record_word(o, "criterion_grade", words_grade, m->has_criterion_grade, (int)m->criterion_grade);
    record_text(o, "criterion_met_on", m->criterion_met_on);
    record_instant(client, o, "criterion_detected_at", m->has_criterion_detected_at_us, m->criterion_detected_at_us);
    record_instant(client, o, "criterion_due_at", m->has_criterion_due_at_us, m->criterion_due_at_us);
    record_terms(client, o, m);
    return o;
}

static void set_item(json_t *items, const Creditd__V1__CheckedItem *item)
{
    char *name = unicode_valid(item->name == NULL ? "" : item->name);

    json_object_set_new(items, name, json_string(item->ok ? "ok" : "wrong"));
    free(name);
}

json_t *record_history(const struct client *client, const Creditd__V1__HistoryEntry *m)
{
    json_t *o = json_object();

    record_number(o, "seq", m->has_seq, (json_int_t)m->seq);
    record_instant(client, o, "at", m->has_at_us, m->at_us);
    record_word(o, "kind", words_event, m->has_kind, (int)m->kind);
    record_text(o, "actor", m->actor);
    record_text(o, "acted_for", m->acted_for);
    record_text(o, "claimed_by", m->claimed_by);
    record_text(o, "from_branch", m->from_branch);
    record_text(o, "to_branch", m->to_branch);
    record_text(o, "node", m->node);
    record_text(o, "countersigner", m->countersigner);
    record_text(o, "assistant", m->assistant);
    record_text(o, "manager", m->manager);
    record_word(o, "held_step", words_event, m->has_held_step, (int)m->held_step);
    record_texts(o, "nodes", m->nodes, m->n_nodes);
    record_word(o, "from_state", words_state, m->has_from_state, (int)m->from_state);
    record_word(o, "to_state", words_state, m->has_to_state, (int)m->to_state);
    record_number(o, "version", m->has_version, m->version);
    record_word(o, "from_grade", words_grade, m->has_from_grade, (int)m->from_grade);
    record_word(o, "to_grade", words_grade, m->has_to_grade, (int)m->to_grade);
    record_word(o, "finding", words_finding, m->has_finding, (int)m->finding);
    if (m->n_items > 0) {
        json_t *items = json_object();
        for (size_t i = 0; i < m->n_items; i++)
            set_item(items, m->items[i]);
        json_object_set_new(o, "items", items);
    }
    record_text(o, "text", m->text);
    record_instant(client, o, "due_at", m->has_due_at_us, m->due_at_us);
    record_bool(o, "late", m->has_late, m->late);
    record_text(o, "command_id", m->command_id);
    return o;
}

json_t *record_explain(const struct client *client, const Creditd__V1__ApplicationExplainAnswer *m)
{
    json_t *o = record_application(client, m->application), *steps = json_array();

    for (size_t i = 0; i < m->n_waits_for; i++)
        json_array_append_new(steps, record_word_json(words_event, (int)m->waits_for[i]));
    json_object_set_new(o, "waits_for", steps);
    if (m->turn_unit != NULL) {
        json_object_set_new(o, "holders", record_texts_json(m->holders, m->n_holders));
        json_object_set_new(o, "barred", record_texts_json(m->barred, m->n_barred));
        record_bool(o, "nobody_holds_role", m->has_nobody_holds_role, m->nobody_holds_role);
    }
    return o;
}

json_t *record_due(const struct client *client, const Creditd__V1__DueCase *m)
{
    json_t *o = record_application(client, m->application);

    json_object_set_new(o, "holders", record_texts_json(m->holders, m->n_holders));
    json_object_set_new(o, "told", record_texts_json(m->told, m->n_told));
    return o;
}

json_t *record_unit(const Creditd__V1__Unit *m)
{
    json_t *o = json_object();

    record_text(o, "code", m->code);
    record_text(o, "name", m->name);
    record_word(o, "level", words_unit_level, m->has_level, (int)m->level);
    record_text(o, "parent", m->parent);
    record_text(o, "zone", m->zone);
    record_number(o, "home_id", m->has_home_id, m->home_id);
    record_bool(o, "closed", m->has_closed, m->closed);
    record_text(o, "merged_into", m->merged_into);
    return o;
}

static json_t *roles_json(const Creditd__V1__Role *roles, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, record_word_json(words_role, (int)roles[i]));
    return list;
}

json_t *record_user(const Creditd__V1__User *m)
{
    json_t *o = json_object();

    record_text(o, "login", m->login);
    record_text(o, "name", m->name);
    record_text(o, "unit", m->unit);
    record_word(o, "job_level", words_job_level, m->has_job_level, (int)m->job_level);
    json_object_set_new(o, "roles", roles_json(m->roles, m->n_roles));
    record_bool(o, "disabled", m->has_disabled, m->disabled);
    return o;
}

json_t *record_session(const struct client *client, const Creditd__V1__SessionAnswer *m)
{
    json_t *o = json_object();

    record_text(o, "login", m->login);
    record_text(o, "name", m->name);
    record_text(o, "unit", m->unit);
    record_word(o, "job_level", words_job_level, m->has_job_level, (int)m->job_level);
    json_object_set_new(o, "roles", roles_json(m->roles, m->n_roles));
    record_instant(client, o, "expires_at", m->has_expires_at_us, m->expires_at_us);
    return o;
}

json_t *record_outcome(const Creditd__V1__Answer *m)
{
    json_t *o = json_object();

    record_word(o, "status", words_status, m->has_status, (int)m->status);
    if (m->has_reason && m->reason != CREDITD__V1__REASON__REASON_NONE) {
        char text[512];
        record_text(o, "reason", reason_name((enum reason)m->reason));
        record_text(o, "field", m->field);
        failure_text(m, text, sizeof text);
        record_text(o, "message", text);
    }
    record_text(o, "entity_id", m->entity_id);
    record_number(o, "version", m->has_version, m->version);
    record_bool(o, "executed", m->has_executed, m->executed);
    return o;
}
