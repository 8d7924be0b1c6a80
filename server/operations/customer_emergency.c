/* Emergencies: one person puts another grade in force for minutes, or asks for it and another one answers; and the
 * review afterwards. */
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/emergency.h"

static struct emergency_input input_of(const struct situation *s, const char *text)
{
    return (struct emergency_input){.org = s->org,
                                    .policy = s->in_force,
                                    .user = s->user,
                                    .zone = unit_by_id(s->org, s->customer->branch_id)->zone,
                                    .now = s->now,
                                    .timer_id = uuid_new(),
                                    .text = text};
}

/* Somebody who had a hand in it: for people his login, for the constraints of the database his number. */
static void payload_hand(json_t *payload, const struct situation *s, const char *key, const char *key_of_id, int64_t id)
{
    const struct user *user = id == 0 ? NULL : user_by_id(s->org, id);

    if (user == NULL)
        return;
    json_object_set_new(payload, key, json_string(user->login));
    payload_int(payload, key_of_id, id);
}

static void payload_hands(json_t *payload, const struct situation *s, const struct after_review *review)
{
    payload_hand(payload, s, "asked_by", "asked_by_id", review->asked_by);
    payload_hand(payload, s, "confirmed_by", "confirmed_by_id", review->confirmed_by);
}

static void payload_asked(json_t *payload, const struct emergency *asked)
{
    payload_word(payload, "tier", words_tier, asked->grade == GRADE_NONE ? TIER_ORDINARY : TIER_KEY);
    payload_word(payload, "grade", words_grade, (int)asked->grade);
    payload_int(payload, "minutes", asked->minutes);
}

/* It has come into force, and its review has opened. */
static void accept_begun(struct command *command, const struct situation *s, const char *reason,
                         const struct customer *row, struct arena *arena, struct effects *effects)
{
    json_t *payload = json_pack("{ss}", "reason", reason);

    payload_hands(payload, s, &row->review);
    payload_int(payload, "ends_us", row->override.ends_at);
    payload_int(payload, "review_due_us", row->review.due_at);
    customer_accept_override(command, s, row, payload, arena, effects);
}

/* ---- emergency ---- */

static void ask_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerEmergencyRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
}

static void ask_decide(struct command *command, const struct situation *s, struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerEmergencyRequest *request = (const void *)call->request;
    char detail[OVERRIDE_DETAIL_BYTES];
    struct emergency_input input;
    struct refusal refusal;
    struct customer row;
    json_t *payload;

    if (!customer_checked(command, s, request->if_version, "reason", request->reason))
        return;
    input = input_of(s, request->reason);
    input.grade = request->has_grade ? (enum grade)request->grade : GRADE_NONE;
    input.minutes = request->minutes;
    row = *s->customer;
    refusal = emergency_ask(&input, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    if (row.override.ends_at != 0) {
        accept_begun(command, s, request->reason, &row, arena, effects);
        return;
    }
    payload = json_pack("{ss}", "reason", request->reason);
    payload_asked(payload, &row.emergency);
    payload_int(payload, "until_us", row.emergency.expires_at);
    customer_accept(command, &row, EVENT_EMERGENCY_ASKED, payload, arena, effects);
}

/* ---- answer ---- */

static void answer_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__EmergencyAnswerRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
}

static void answer_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__EmergencyAnswerRequest *request = (const void *)call->request;
    char detail[OVERRIDE_DETAIL_BYTES];
    struct emergency_input input;
    struct refusal refusal;
    struct customer row;
    json_t *payload;

    if (!customer_checked(command, s, request->if_version, "reason", request->reason))
        return;
    input = input_of(s, request->reason);
    input.confirm = request->has_confirm && request->confirm;
    row = *s->customer;
    refusal = emergency_answer(&input, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    if (input.confirm) {
        accept_begun(command, s, s->customer->emergency.reason, &row, arena, effects);
        return;
    }
    payload = json_pack("{ss}", "reason", request->reason);
    payload_asked(payload, &s->customer->emergency);
    payload_hand(payload, s, "asked_by", "asked_by_id", s->customer->emergency.by);
    customer_accept(command, &row, EVENT_EMERGENCY_REFUSED, payload, arena, effects);
}

/* ---- review ---- */

static void review_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__CustomerReviewRequest *request = (const void *)call->request;

    customer_named(call, request->customer, command);
}

static void review_decide(struct command *command, const struct situation *s, struct arena *arena,
                          struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__CustomerReviewRequest *request = (const void *)call->request;
    char detail[OVERRIDE_DETAIL_BYTES];
    struct emergency_input input;
    struct refusal refusal;
    struct customer row;
    json_t *payload;

    if (!customer_checked(command, s, request->if_version, "opinion", request->opinion))
        return;
    input = input_of(s, request->opinion);
    input.finding = request->has_finding ? (enum review_finding)request->finding : REVIEW_FINDING_NONE;
    row = *s->customer;
    refusal = emergency_review(&input, &row, detail);
    if (decision_refused_by(command, &refusal))
        return;
    payload = json_pack("{ss}", "opinion", request->opinion);
    payload_word(payload, "finding", words_review_finding, (int)input.finding);
    payload_hands(payload, s, &s->customer->review);
    payload_int(payload, "due_us", s->customer->review.due_at);
    customer_accept(command, &row, EVENT_EMERGENCY_REVIEWED, payload, arena, effects);
}

const struct operation operation_customer_emergency = {
    .method = METHOD_CUSTOMER_EMERGENCY,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__customer_emergency_request__descriptor,
    .prepare = ask_prepare,
    .command = {.method = METHOD_CUSTOMER_EMERGENCY, .decide = ask_decide},
};
const struct operation operation_emergency_answer = {
    .method = METHOD_EMERGENCY_ANSWER,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__emergency_answer_request__descriptor,
    .prepare = answer_prepare,
    .command = {.method = METHOD_EMERGENCY_ANSWER, .decide = answer_decide},
};
const struct operation operation_customer_review = {
    .method = METHOD_CUSTOMER_REVIEW,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__customer_review_request__descriptor,
    .prepare = review_prepare,
    .command = {.method = METHOD_CUSTOMER_REVIEW, .decide = review_decide},
};
