/* Delegations of what a user may do in cases: grant, revoke, list. */
#include "server/rules/delegation.h"

#include "common/text.h"
#include "org.pb-c.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/limit.h"
#include "server/rules/workflow.h"

#include <string.h>

static const char *login_of(const struct organisation *org, int64_t user_id)
{
    return user_by_id(org, user_id)->login;
}

/* What an event says of it. */
static json_t *payload_of(const struct organisation *org, const struct delegation *row, const char *reason)
{
    json_t *object = json_object(), *kinds = json_array();

    json_object_set_new(object, "delegator", json_string(login_of(org, row->delegator)));
    json_object_set_new(object, "substitute", json_string(login_of(org, row->substitute)));
    payload_int(object, "begins_us", row->begins_at);
    payload_int(object, "ends_us", row->ends_at);
    for (const struct word *word = words_case_kind; word->name != NULL; word++)
        if ((row->kinds & CASE_KIND_BIT(word->number)) != 0)
            json_array_append_new(kinds, json_string(word->name));
    json_object_set_new(object, "kinds", kinds);
    if (limit_known(row->amount_to)) {
        payload_int(object, "amount_to_minor", row->amount_to.minor);
        json_object_set_new(object, "currency", json_string(row->amount_to.currency));
    }
    if (!text_is_blank(reason))
        json_object_set_new(object, "reason", json_string(reason));
    return object;
}

static void accept_change(struct command *command, const struct situation *s, enum event_kind kind,
                          const struct delegation *row, const char *reason, struct arena *arena,
                          struct effects *effects)
{
    char id[PUBLIC_ID_BYTES];
    json_t *payload = payload_of(s->org, row, reason);

    public_id_format('D', (struct key){.id = row->id}, id);
    json_object_set_new(payload, "delegation", json_string(id));
    effects->reference.delegation = *row;
    decision_reference(command, effects, kind, payload_text(arena, payload), id);
}

/* ---- grant ---- */

static void grant_prepare(struct call *call, struct command *command)
{
    decision_prepare_reference(call, command);
    command->wants_number = true;
}

/* A day of the request; `otherwise` when it is not given. */
static bool read_day(struct command *command, const char *field, const char *text, civil_date otherwise,
                     civil_date *out)
{
    *out = otherwise;
    if (text == NULL || text[0] == '\0' || civil_parse(text, out))
        return true;
    decision_refuse(command, REASON_FIELD_INVALID, field, "rule", "a date, YYYY-MM-DD");
    return false;
}

static bool read_kinds(struct command *command, const Creditd__V1__DelegationGrantRequest *request, uint32_t *kinds)
{
    *kinds = 0;
    for (size_t i = 0; i < request->n_kinds; i++) {
        if (word_name(words_case_kind, (int)request->kinds[i]) == NULL) {
            decision_refuse(command, REASON_UNKNOWN_VALUE, "kinds", NULL, NULL);
            return false;
        }
        *kinds |= CASE_KIND_BIT(request->kinds[i]);
    }
    return true;
}

/* The amount is compared with limits, which are of the policy's currency. */
static bool read_amount(struct command *command, const struct situation *s,
                        const Creditd__V1__DelegationGrantRequest *request, struct money *out)
{
    const char *currency = request->currency == NULL ? "" : request->currency;

    *out = (struct money){0};
    if (!request->has_amount_to_minor && currency[0] == '\0')
        return true;
    if (!request->has_amount_to_minor || currency[0] == '\0') {
        decision_refuse(command, REASON_FIELD_REQUIRED, currency[0] == '\0' ? "currency" : "amount_to_minor", NULL,
                        NULL);
        return false;
    }
    if (s->policy->currency == NULL || strcmp(currency, s->policy->currency) != 0) {
        decision_refuse(command, REASON_FIELD_INVALID, "currency", "rule", "the currency of the policy in force");
        return false;
    }
    if (request->amount_to_minor <= 0) {
        decision_refuse(command, REASON_FIELD_INVALID, "amount_to_minor", "rule", "more than zero");
        return false;
    }
    if (request->amount_to_minor > MONEY_MINOR_MAX) {
        decision_refuse(command, REASON_FIELD_INVALID, "amount_to_minor", "rule", "10^15 minor units at most");
        return false;
    }
    out->minor = request->amount_to_minor;
    memcpy(out->currency, currency, sizeof out->currency);
    return true;
}

static bool read_grant(struct command *command, const struct situation *s, struct delegation_input *out)
{
    const Creditd__V1__DelegationGrantRequest *request = (const void *)((const struct call *)command->request)->request;
    bool own = request->delegator == NULL || request->delegator[0] == '\0';

    *out = (struct delegation_input){.org = s->org, .user = s->user, .now = s->now};
    if (request->substitute == NULL || request->substitute[0] == '\0') {
        decision_refuse(command, REASON_FIELD_REQUIRED, "substitute", NULL, NULL);
        return false;
    }
    if (request->until == NULL || request->until[0] == '\0') {
        decision_refuse(command, REASON_FIELD_REQUIRED, "until", NULL, NULL);
        return false;
    }
    out->delegator = own ? s->user : user_by_login(s->org, request->delegator);
    out->substitute = user_by_login(s->org, request->substitute);
    const struct unit *unit = out->delegator == NULL ? unit_hq(s->org) : unit_by_id(s->org, out->delegator->unit_id);
    return read_day(command, "from", request->from, zone_date_at(unit->zone, s->now), &out->from) &&
           read_day(command, "until", request->until, 0, &out->until) && read_kinds(command, request, &out->kinds) &&
           read_amount(command, s, request, &out->amount_to) &&
           decision_text(command, "reason", request->reason, STEP_TEXT_MAX, true);
}

static void grant_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const Creditd__V1__DelegationGrantRequest *request = (const void *)((const struct call *)command->request)->request;
    struct delegation_input input;
    struct delegation row;
    struct refusal refusal;

    if (!decision_allowed(command, s) || !read_grant(command, s, &input))
        return;
    refusal = delegation_grant(&input, &row);
    if (decision_refused_by(command, &refusal))
        return;
    row.id = s->new_number;
    effects->reference.kind = REFERENCE_DELEGATION_GRANT;
    accept_change(command, s, EVENT_DELEGATION_GRANTED, &row, request->reason, arena, effects);
}

/* ---- revoke ---- */

/* NULL: there is none that has not ended. */
static const struct delegation *find(const struct organisation *org, const char *id)
{
    struct key key;

    if (!public_id_parse('D', id, &key) || key.home != 0)
        return NULL;
    for (size_t i = 0; i < org->delegation_count; i++)
        if (org->delegations[i].id == key.id)
            return &org->delegations[i];
    return NULL;
}

/* Is it shown to him: his own, to him, set by him, or of a unit that he supervises? */
static bool visible(const struct organisation *org, const struct user *user, const struct delegation *row)
{
    const struct user *delegator = user_by_id(org, row->delegator);

    if (row->delegator == user->id || row->substitute == user->id || row->set_by == user->id)
        return true;
    return user->level >= JOB_LEVEL_SUPERVISOR &&
           unit_within(org, unit_by_id(org, delegator->unit_id), unit_by_id(org, user->unit_id));
}

static void revoke_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const Creditd__V1__DelegationRevokeRequest *request =
        (const void *)((const struct call *)command->request)->request;
    const struct delegation *found;
    struct delegation row;
    struct refusal refusal;

    if (!decision_allowed(command, s) || !decision_text(command, "reason", request->reason, STEP_TEXT_MAX, true))
        return;
    if (request->id == NULL || request->id[0] == '\0') {
        decision_refuse(command, REASON_FIELD_REQUIRED, "id", NULL, NULL);
        return;
    }
    found = find(s->org, request->id);
    if (found == NULL || !visible(s->org, s->user, found)) {
        decision_refuse(command, REASON_NOT_FOUND, "delegation", NULL, NULL);
        return;
    }
    row = *found;
    refusal = delegation_revoke(s->org, s->user, s->now, &row);
    if (decision_refused_by(command, &refusal))
        return;
    effects->reference.kind = REFERENCE_DELEGATION_REVOKE;
    effects->reference.revoked_by = s->user->id;
    accept_change(command, s, EVENT_DELEGATION_REVOKED, &row, request->reason, arena, effects);
}

/* ---- list ---- */

static Creditd__V1__Delegation *view_delegation(struct call *call, const struct delegation *row)
{
    const struct organisation *org = call_org(call);
    const char *zone = unit_by_id(org, user_by_id(org, row->delegator)->unit_id)->zone;
    Creditd__V1__Delegation *out = ARENA_NEW(call->arena, Creditd__V1__Delegation);

    creditd__v1__delegation__init(out);
    out->id = view_id(call, 'D', (struct key){.id = row->id});
    out->delegator = view_login(call, row->delegator);
    out->substitute = view_login(call, row->substitute);
    out->set_by = view_login(call, row->set_by);
    out->from = view_date(call, zone_date_at(zone, row->begins_at));
    out->until = view_date(call, zone_date_at(zone, row->ends_at - 1));
    out->kinds = ARENA_ARRAY(call->arena, Creditd__V1__CaseKind, CASE_KIND_DEMOTION);
    for (const struct word *word = words_case_kind; word->name != NULL; word++)
        if ((row->kinds & CASE_KIND_BIT(word->number)) != 0)
            out->kinds[out->n_kinds++] = (Creditd__V1__CaseKind)word->number;
    out->has_amount_to_minor = limit_known(row->amount_to);
    out->amount_to_minor = row->amount_to.minor;
    out->currency = limit_known(row->amount_to) ? arena_strdup(call->arena, row->amount_to.currency) : NULL;
    out->has_in_effect = true;
    out->in_effect = delegation_in_effect(org, row, call->stamp.now);
    return out;
}

static void list_start(struct call *call)
{
    const struct organisation *org = call_org(call);
    Creditd__V1__DelegationListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__DelegationListAnswer);

    creditd__v1__delegation_list_answer__init(body);
    body->delegations = ARENA_ARRAY(call->arena, Creditd__V1__Delegation *, org->delegation_count + 1);
    for (size_t i = 0; i < org->delegation_count; i++)
        if (org->delegations[i].ends_at > call->stamp.now && visible(org, call_user(call), &org->delegations[i]))
            body->delegations[body->n_delegations++] = view_delegation(call, &org->delegations[i]);
    call_answer(call, &body->base);
}

const struct operation operation_delegation_grant = {
    .method = METHOD_DELEGATION_GRANT,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__delegation_grant_request__descriptor,
    .prepare = grant_prepare,
    .command = {.method = METHOD_DELEGATION_GRANT, .reference = true, .decide = grant_decide},
};
const struct operation operation_delegation_revoke = {
    .method = METHOD_DELEGATION_REVOKE,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__delegation_revoke_request__descriptor,
    .prepare = decision_prepare_reference,
    .command = {.method = METHOD_DELEGATION_REVOKE, .reference = true, .decide = revoke_decide},
};
const struct operation operation_delegation_list = {.method = METHOD_DELEGATION_LIST,
                                                    .kind = OPERATION_MEMORY,
                                                    .request = &creditd__v1__delegation_list_request__descriptor,
                                                    .start = list_start};
