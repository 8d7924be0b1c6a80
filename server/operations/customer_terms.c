/* What HQ and the branch do about a standing besides applications: an override, an appeal, measures applied; and what a
 * branch has to do. */
#include "customer.pb-c.h"
#include "server/commit/criterion_effects.h"
#include "server/commit/measures_payload.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/rules/override.h"
#include "server/rules/standing.h"

#include <string.h>

#include "common/text.h"

static civil_date today_of(const struct situation *s)
{
    return zone_date_at(unit_by_id(s->org, s->customer->branch_id)->zone, s->now);
}

/* ---- override ---- */

static void override_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerOverrideRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
}

void customer_accept_override(struct command *command, const struct situation *s, const struct customer *row,
                              json_t *payload, struct arena *arena, struct effects *effects)
{
    payload_word(payload, "tier", words_tier, (int)row->standing.tier);
    payload_word(payload, "grade", words_grade, (int)row->standing.grade);
    payload_word(payload, "from_tier", words_tier, (int)s->customer->standing.tier);
    payload_word(payload, "from_grade", words_grade, (int)s->customer->standing.grade);
    payload_word(payload, "cause", words_cause, CAUSE_OVERRIDE);
    payload_date(payload, "valid_from", row->in_force_since);
    payload_measures(payload, s, s->customer, row);
    customer_accept(command, row, EVENT_STANDING_CHANGED, payload, arena, effects);
    effects->has_standing = true;
    effects->standing = (struct standing_change){.customer = row->key,
                                                 .standing = row->standing,
                                                 .cause = CAUSE_OVERRIDE,
                                                 .valid_from = row->in_force_since,
                                                 .recorded_at = s->now};
}

static void accept_override(struct command *command, const struct situation *s, const struct override_input *input,
                            const struct customer *row, struct arena *arena, struct effects *effects)
{
    json_t *payload = json_pack("{ss}", "reason", input->reason);
    struct customer before = *s->customer;

    (void)criterion_note_missed(s, &before, arena, effects); /* it goes now */
    payload_date(payload, "until", input->until);
    customer_accept_override(command, s, row, payload, arena, effects);
}

static void accept_end(struct command *command, const struct situation *s, const struct override_input *input,
                       const struct customer *row, struct arena *arena, struct effects *effects)
{
    json_t *payload = json_pack("{ss}", "reason", input->reason);

    payload_date(payload, "until_before", s->customer->override.until);
    customer_accept(command, row, EVENT_OVERRIDE_ENDED, payload, arena, effects);
}

static bool read_until(struct command *command, const Creditd__V1__CustomerOverrideRequest *request, bool end,
                       civil_date *until)
{
    *until = 0;
    if (end || (request->until != NULL && civil_parse(request->until, until)))
        return true;
    decision_refuse(command, request->until == NULL ? REASON_FIELD_REQUIRED : REASON_FIELD_INVALID, "until",
                    request->until == NULL ? NULL : "rule", "a date, YYYY-MM-DD");
    return false;
}

static void override_decide(struct command *command, const struct situation *s, struct arena *arena,
                            struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerOverrideRequest *request = (const void *)call->request;
    bool end = request->has_end && request->end;
    char detail[OVERRIDE_DETAIL_BYTES];
    struct override_input input;
    struct refusal refusal;
    struct customer row;

    if (!customer_checked(command, s, request->if_version, "reason", request->reason))
        return;
    input = (struct override_input){.org = s->org,
                                    .policy = s->in_force,
                                    .user = s->user,
                                    .zone = unit_by_id(s->org, s->customer->branch_id)->zone,
                                    .now = s->now,
                                    .timer_id = uuid_new(),
                                    .end = end,
                                    .grade = request->has_grade ? (enum grade)request->grade : GRADE_NONE,
                                    .reason = request->reason};
    if (!read_until(command, request, end, &input.until))
        return;
    row = *s->customer;
    refusal = override_standing(&input, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    (end ? accept_end : accept_override)(command, s, &input, &row, arena, effects);
}

/* ---- appeal ---- */

static void appeal_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerAppealRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
}

static void appeal_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerAppealRequest *request = (const void *)call->request;
    char detail[OVERRIDE_DETAIL_BYTES];
    struct refusal refusal;
    struct customer row;
    json_t *payload;

    if (!customer_checked(command, s, request->if_version, "reason", request->reason))
        return;
    row = *s->customer;
    refusal = appeal_demotion(s->user->id, today_of(s), s->now, request->reason, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_pack("{ss}", "reason", request->reason);
    payload_date(payload, "demote_on", row.notice.demote_on);
    customer_accept(command, &row, EVENT_DEMOTION_APPEALED, payload, arena, effects);
}

/* ---- measures ---- */

static void measure_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__MeasureApplyRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
}

/* The bit of a measure of the grade in force; 0: refused. */
static uint32_t find_measure(struct command *command, const struct situation *s, const char *name)
{
    const struct measures *measures = &s->customer->measures;
    const char *names[MEASURES_MAX];
    size_t count =
        standing_measures(s->measures_policy, s->customer->standing.grade, measures->open | measures->applied, names);

    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return 1U << i;
    if (name == NULL || name[0] == '\0')
        decision_refuse(command, REASON_FIELD_REQUIRED, "measure", NULL, NULL);
    else
        decision_refuse(command, REASON_UNKNOWN_MEASURE, "measure", "measure", name);
    return 0;
}

static void measure_decide(struct command *command, const struct situation *s, struct arena *arena,
                           struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__MeasureApplyRequest *request = (const void *)call->request;
    struct customer row;
    json_t *payload;
    uint32_t bit;

    if (!customer_checked(command, s, request->if_version, "note", request->note) ||
        (bit = find_measure(command, s, request->measure)) == 0)
        return;
    if ((s->customer->measures.applied & bit) != 0) {
        decision_refuse(command, REASON_NOTHING_TO_CHANGE, "measure", NULL, NULL);
        return;
    }
    row = *s->customer;
    row.measures.open &= ~bit;
    row.measures.applied |= bit;
    row.version++;
    payload = json_pack("{ss}", "measure", request->measure);
    payload_word(payload, "grade", words_grade, (int)row.standing.grade);
    if (!text_is_blank(request->note))
        json_object_set_new(payload, "note", json_string(request->note));
    customer_accept(command, &row, EVENT_MEASURE_APPLIED, payload, arena, effects);
}

#define TERMS(NAME, Name, message, PREPARE, DECIDE)                                                                    \
    const struct operation operation_##NAME = {                                                                        \
        .method = METHOD_##Name,                                                                                       \
        .kind = OPERATION_COMMAND,                                                                                     \
        .request = &creditd__v1__##message##_request__descriptor,                                                      \
        .prepare = PREPARE,                                                                                            \
        .command = {.method = METHOD_##Name, .decide = DECIDE},                                                        \
    }

TERMS(customer_override, CUSTOMER_OVERRIDE, customer_override, override_prepare, override_decide);
TERMS(customer_appeal, CUSTOMER_APPEAL, customer_appeal, appeal_prepare, appeal_decide);
TERMS(measure_apply, MEASURE_APPLY, measure_apply, measure_prepare, measure_decide);
