/* Changes of the policy under four eyes: a version is proposed by one, published by another from a date on, and rolled
 * back at once. Reference commands on the chain of the policies. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/digest.h"
#include "server/operations/decision.h"
#include "server/operations/policy_view.h"
#include "server/operations/registry.h"

#define NOTE_MAX   500
#define REASON_MAX 500

/* The version as decided, for the answer. */
struct decided {
    struct policy_version row;
    int64_t now;
};

static void prepare(struct call *call, struct command *command, uint32_t version)
{
    call->state = ARENA_NEW(call->arena, struct decided);
    command->home = 0;
    command->looks_at_policy = true;
    command->policy_version = version > INT32_MAX ? INT32_MAX : (int32_t)version;
}

static void propose_prepare(struct call *call, struct command *command)
{
    prepare(call, command, 0);
}

static void publish_prepare(struct call *call, struct command *command)
{
    prepare(call, command, ((const Creditd__V1__PolicyPublishRequest *)(const void *)call->request)->version);
}

static void roll_back_prepare(struct call *call, struct command *command)
{
    prepare(call, command, ((const Creditd__V1__PolicyRollBackRequest *)(const void *)call->request)->version);
}

/* The change and its event; *row is the version after it. */
static void change(struct command *command, struct effects *effects, enum reference_kind kind, enum event_kind event,
                   const struct policy_version *row, int64_t now, const char *payload)
{
    const struct call *call = command->request;
    char entity[16];

    effects->reference.kind = kind;
    effects->reference.policy = *row;
    snprintf(entity, sizeof entity, "%" PRId32, row->version);
    decision_reference(command, effects, event, payload, entity);
    effects->events[0].version = row->version;
    *(struct decided *)call->state = (struct decided){*row, now};
}

static const ProtobufCMessage *decided_body(struct call *call)
{
    const struct decided *decided = call->state;
    Creditd__V1__PolicyAnswer *body = ARENA_NEW(call->arena, Creditd__V1__PolicyAnswer);

    creditd__v1__policy_answer__init(body);
    body->policy = view_policy(call, &decided->row, NULL, decided->now);
    return &body->base;
}

/* ---- propose ---- */

static bool check_policy_text(struct command *command, const char *text, struct arena *arena)
{
    struct refusal refusal;

    return policy_of_text(text, arena, &refusal) != NULL || !decision_refused_by(command, &refusal);
}

/* On another base it would take back, unseen, what was published in between. */
static bool is_newest(struct command *command, const char *field, uint32_t base, int32_t newest)
{
    char given[16], current[16];

    if ((int64_t)base == newest)
        return true;
    snprintf(given, sizeof given, "%" PRIu32, base);
    snprintf(current, sizeof current, "%" PRId32, newest);
    decision_refuse(command, REASON_STALE_VERSION, field, "given", given);
    outcome_argument(&command->outcome, "current", current);
    return false;
}

static bool check_base(struct command *command, const struct situation *s,
                       const Creditd__V1__PolicyProposeRequest *request)
{
    if (request->has_base_version)
        return is_newest(command, "base_version", request->base_version, s->policy_look->base);
    decision_refuse(command, REASON_FIELD_REQUIRED, "base_version", NULL, NULL);
    return false;
}

static void propose_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__PolicyProposeRequest *request = (const void *)call->request;
    uint8_t digest[DIGEST_BYTES];
    char hex[2 * DIGEST_BYTES + 1];

    if (!decision_allowed(command, s) || !decision_text(command, "note", request->note, NOTE_MAX, false) ||
        !check_policy_text(command, request->text, arena) || !check_base(command, s, request))
        return;
    const struct policy_version row = {.version = s->policy_look->next,
                                       .base_version = s->policy_look->base,
                                       .note = request->note,
                                       .proposed_by = command->user_id,
                                       .proposed_at = s->now,
                                       .rollback_reason = ""};
    digest_of(request->text, strlen(request->text), digest);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    effects->reference.policy_text = request->text;
    change(command, effects, REFERENCE_POLICY_PROPOSE, EVENT_POLICY_PROPOSED, &row, s->now,
           payload_text(arena, json_pack("{sissss}", "base_version", (int)row.base_version, "note", row.note,
                                         "text_sha256", hex)));
}

/* ---- publish ---- */

/* The version that was named, in one of two states; NULL: refused. */
static const struct policy_version *named_version(struct command *command, const struct situation *s, bool published)
{
    const struct policy_look *look = s->policy_look;
    enum policy_state state;

    if (command->policy_version == 0 || !look->found) {
        decision_refuse(command, command->policy_version == 0 ? REASON_FIELD_REQUIRED : REASON_NOT_FOUND, "version",
                        NULL, NULL);
        return NULL;
    }
    state = policy_state_at(&look->row, s->in_force->version, s->now);
    if (published ? state != POLICY_STATE_PROPOSED && state != POLICY_STATE_ROLLED_BACK
                  : state == POLICY_STATE_PROPOSED)
        return &look->row;
    decision_refuse(command, REASON_STATE_CHANGED, "version", "state", word_name(words_policy_state, (int)state));
    return NULL;
}

static const char *grade_word(enum grade grade)
{
    return grade == GRADE_NONE ? word_name(words_tier, TIER_ORDINARY) : word_name(words_grade, (int)grade);
}

/* The text may have been proposed to another release of the server. */
static bool still_holds(struct command *command, const struct policy_look *look, struct arena *arena)
{
    struct refusal refusal;
    const struct policy *policy = policy_of_text(look->text, arena, &refusal);
    const struct policy_vector *failing;
    enum grade given;

    if (policy == NULL) {
        refusal.field = "version";
        return !decision_refused_by(command, &refusal);
    }
    failing = policy_failing_vector(policy, &given);
    if (failing == NULL)
        return true;
    decision_refuse(command, REASON_VECTOR_FAILED, "version", "vector", failing->name);
    outcome_argument(&command->outcome, "given", grade_word(given));
    outcome_argument(&command->outcome, "expected", grade_word(failing->expected));
    return false;
}

/* From when on; 0: refused. */
static int64_t effective_at(struct command *command, const struct situation *s, const char *from)
{
    const char *zone = unit_hq(s->org)->zone;
    civil_date date, today = zone_date_at(zone, s->now);

    if (from == NULL || from[0] == '\0')
        return s->now;
    if (!civil_parse(from, &date)) {
        decision_refuse(command, REASON_FIELD_INVALID, "effective_from", "rule", "a date such as 2026-12-31");
        return 0;
    }
    if (date < today) {
        decision_refuse(command, REASON_FIELD_INVALID, "effective_from", "rule", "today or later");
        return 0;
    }
    return date == today ? s->now : zone_day_start_us(zone, date);
}

/* One that waits would come into force over it later, and take it back unseen. */
static bool follows_all(struct command *command, const struct situation *s, int64_t effective)
{
    if (effective >= s->policy_look->others_to)
        return true;
    decision_refuse(command, REASON_FIELD_INVALID, "effective_from", "rule",
                    "the first day of another published version or later, unless that one is rolled back");
    return false;
}

static void publish_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__PolicyPublishRequest *request = (const void *)call->request;
    const struct policy_version *found;
    struct policy_version row;

    if (!decision_allowed(command, s) || (found = named_version(command, s, false)) == NULL)
        return;
    if (found->proposed_by == command->user_id) {
        decision_refuse(command, REASON_OWN_PROPOSAL, "version", NULL, NULL);
        return;
    }
    if (!is_newest(command, "version", (uint32_t)found->base_version, s->policy_look->base) ||
        !still_holds(command, s->policy_look, arena))
        return;
    row = *found;
    row.published_by = command->user_id;
    row.published_at = s->now;
    row.effective_at = effective_at(command, s, request->effective_from);
    if (row.effective_at == 0 || !follows_all(command, s, row.effective_at))
        return;
    change(command, effects, REFERENCE_POLICY_PUBLISH, EVENT_POLICY_PUBLISHED, &row, s->now,
           payload_text(arena, json_pack("{sI}", "effective_us", (json_int_t)row.effective_at)));
}

/* ---- roll back ---- */

static void roll_back_decide(struct command *command, const struct situation *s, struct arena *arena,
                             struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__PolicyRollBackRequest *request = (const void *)call->request;
    const struct policy_version *found;
    struct policy_version row;

    if (!decision_allowed(command, s) || (found = named_version(command, s, true)) == NULL ||
        !decision_text(command, "reason", request->reason, REASON_MAX, false))
        return;
    if (s->policy_look->others_from == 0 || s->policy_look->others_from > s->now) {
        decision_refuse(command, REASON_LAST_POLICY, "version", NULL, NULL);
        return;
    }
    row = *found;
    row.rolled_back_by = command->user_id;
    row.rolled_back_at = s->now;
    row.rollback_reason = request->reason;
    change(command, effects, REFERENCE_POLICY_ROLL_BACK, EVENT_POLICY_ROLLED_BACK, &row, s->now,
           payload_text(arena, json_pack("{ss}", "reason", request->reason)));
}

#define POLICY_COMMAND(NAME, METHOD, REQUEST)                                                                          \
    const struct operation operation_policy_##NAME = {                                                                 \
        .method = METHOD,                                                                                              \
        .kind = OPERATION_COMMAND,                                                                                     \
        .request = &creditd__v1__policy_##REQUEST##_request__descriptor,                                               \
        .prepare = NAME##_prepare,                                                                                     \
        .body = decided_body,                                                                                          \
        .command = {.method = METHOD, .reference = true, .chain = CHAIN_POLICIES, .decide = NAME##_decide},            \
    }

POLICY_COMMAND(propose, METHOD_POLICY_PROPOSE, propose);
POLICY_COMMAND(publish, METHOD_POLICY_PUBLISH, publish);
POLICY_COMMAND(roll_back, METHOD_POLICY_ROLL_BACK, roll_back);
