/* The steps of an application: submit, verify, return, resubmit, approve, reject, withdraw, record, recall, and the
 * system's note of a missed deadline. The decisions are made in rules/workflow.c; here requests become inputs and
 * results effects. */
#include "application.pb-c.h"
#include "common/text.h"
#include "server/commit/measures_payload.h"
#include "server/operations/application_named.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"
#include "server/rules/clock.h"
#include "server/rules/limit.h"
#include "server/rules/node.h"
#include "server/rules/standing.h"
#include "server/rules/workflow.h"

#include <stdio.h>
#include <string.h>

/* The fields that the requests of all steps have in common, read once. */
struct step_request {
    const char *application; /* public id; NULL for a submission */
    const char *customer;    /* of a submission */
    const char *acting_for;  /* login, or NULL */
    struct step_input input;
};

static enum grade grade_of(protobuf_c_boolean has, Creditd__V1__Grade grade)
{
    return has ? (enum grade)grade : GRADE_NONE;
}

static void read_items(const Creditd__V1__VerifyRequest *r, struct step_input *input, struct arena *arena)
{
    struct checked_item *items = ARENA_ARRAY(arena, struct checked_item, r->n_items + 1);

    for (size_t i = 0; i < r->n_items; i++)
        items[i] = (struct checked_item){r->items[i]->name == NULL ? "" : r->items[i]->name,
                                         r->items[i]->has_ok && r->items[i]->ok};
    input->items = items;
    input->item_count = (int)r->n_items;
}

/* if_version 0 cannot be given on purpose, so absent and 0 are the same. */
#define COMMON(r) .if_version = (int32_t)(r)->if_version

static void read_submit(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__SubmitRequest *r = (const void *)m;

    (void)arena;
    out->customer = r->customer;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_SUBMIT, .grade = grade_of(r->has_to_grade, r->to_grade),
                                     .text = r->reason};
}

static void read_verify(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__VerifyRequest *r = (const void *)m;

    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_VERIFY, .text = r->opinion,
                                     .finding = r->has_finding ? (enum finding)r->finding : FINDING_NONE};
    read_items(r, &out->input, arena);
}

static void read_return(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__ReturnRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_RETURN, .text = r->reason};
}

static void read_resubmit(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__ResubmitRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_RESUBMIT,
                                     .grade = grade_of(r->has_to_grade, r->to_grade), .text = r->reason};
}

static void read_approve(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__ApproveRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_APPROVE, .grade = grade_of(r->has_grade, r->grade),
                                     .text = r->reason};
}

static void read_reject(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__RejectRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_REJECT, .text = r->reason};
}

static void read_withdraw(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__WithdrawRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_WITHDRAW, .text = r->reason};
}

static void read_record(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__RecordRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_RECORD};
}

static void read_recall(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__RecallRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_RECALL, .text = r->reason};
}

static void read_return_to_region(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__ReturnToRegionRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_RETURN_TO_REGION, .text = r->reason};
}

static void read_return_to_node(const ProtobufCMessage *m, struct step_request *out, struct arena *arena)
{
    const Creditd__V1__ReturnToNodeRequest *r = (const void *)m;

    (void)arena;
    out->application = r->application;
    out->acting_for = r->acting_for;
    out->input = (struct step_input){COMMON(r), .action = EVENT_RETURN_TO_NODE, .text = r->reason, .node = r->node};
}

struct step_kind {
    enum method method;
    void (*read)(const ProtobufCMessage *message, struct step_request *out, struct arena *arena);
};
static const struct step_kind step_kinds[] = {
    {METHOD_APPLICATION_SUBMIT, read_submit},
    {METHOD_APPLICATION_VERIFY, read_verify},
    {METHOD_APPLICATION_RETURN, read_return},
    {METHOD_APPLICATION_RESUBMIT, read_resubmit},
    {METHOD_APPLICATION_APPROVE, read_approve},
    {METHOD_APPLICATION_REJECT, read_reject},
    {METHOD_APPLICATION_WITHDRAW, read_withdraw},
    {METHOD_APPLICATION_RECORD, read_record},
    {METHOD_APPLICATION_RECALL, read_recall},
    {METHOD_APPLICATION_RETURN_TO_REGION, read_return_to_region},
    {METHOD_APPLICATION_RETURN_TO_NODE, read_return_to_node},
};

static void read_request(const struct call *call, struct step_request *out, struct arena *arena)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sizeof step_kinds / sizeof step_kinds[0]; i++)
        if (step_kinds[i].method == call->operation->method)
            step_kinds[i].read(call->request, out, arena);
}

static void prepare_submit(struct call *call, struct command *command)
{
    struct step_request request;

    read_request(call, &request, call->arena);
    command->wants_number = true;
    customer_named(call, request.customer, command);
}

static void prepare_step(struct call *call, struct command *command)
{
    struct step_request request;

    read_request(call, &request, call->arena);
    command->home = call_home(call);
    if (request.application != NULL && public_id_parse('A', request.application, &command->application))
        command->home = command->application.home;
}

/* ---- results to effects ---- */

static json_t *items_json(const struct step_result *result)
{
    json_t *items = json_object();

    for (int i = 0; i < result->item_count; i++)
        json_object_set_new(items, result->items[i].name, json_string(result->items[i].ok ? "ok" : "wrong"));
    return items;
}

/* When it would have been submitted in time, had the criterion been known on the day on which it was met. */
static int64_t met_due(const struct situation *s, const struct application *application)
{
    const struct unit *branch = unit_by_id(s->org, application->branch_id);
    const struct clock clock = {.org = s->org, .policy = s->policy};

    return clock_end(&clock, branch, zone_day_start_us(branch->zone, application->criterion_met_on),
                     s->policy->submit_days);
}

/* What the event keeps: the texts and grades of this step, and whether it was late. */
static const char *step_payload(const struct situation *s, const struct user *acting, const struct step_input *input,
                                const struct step_result *result, struct arena *arena)
{
    const struct application *a = result->decided ? &result->before : &result->application;
    json_t *object = json_object();

    if (!text_is_blank(input->text))
        json_object_set_new(object, input->action == EVENT_VERIFY ? "opinion" : "reason", json_string(input->text));
    payload_word(object, "from_grade", words_grade, a->from.grade);
    payload_word(object, "to_grade", words_grade, a->to_grade);
    payload_word(object, "decided_grade", words_grade, a->decided_grade);
    if (input->action == EVENT_SUBMIT || input->action == EVENT_RESUBMIT)
        payload_limit(object, a->limit);
    if (input->action == EVENT_VERIFY) {
        payload_word(object, "finding", words_finding, a->finding);
        json_object_set_new(object, "items", items_json(result));
    }
    if (result->node != NULL)
        json_object_set_new(object, "node", json_string(result->node));
    payload_due_before(object, result->due_before, s->now);
    if (input->action == EVENT_SUBMIT && a->criterion_met)
        json_object_set_new(object, "met_due_us", json_integer(met_due(s, a)));
    if (a->due_at != 0)
        json_object_set_new(object, "due_us", json_integer(a->due_at));
    json_object_set_new(object, "policy_version", json_integer(a->policy_version));
    payload_acted_for(object, acting);
    if (s->application != NULL) {
        payload_assistant(object, s->application, a);
        payload_extension_ended(object, s->application, a);
    }
    return payload_text(arena, object);
}

/* A new standing in force: its own event in the chain and its row in the history. */
static void standing_effects(const struct situation *s, const struct step_result *result, struct arena *arena,
                             struct effects *effects)
{
    const struct standing *standing = &result->customer.standing;
    char id[PUBLIC_ID_BYTES];
    json_t *object = json_object();

    public_id_format('A', result->application.key, id);
    payload_word(object, "tier", words_tier, standing->tier);
    payload_word(object, "grade", words_grade, standing->grade);
    payload_word(object, "cause", words_cause, CAUSE_APPLICATION);
    json_object_set_new(object, "application", json_string(id));
    payload_measures(object, s, s->customer, &result->customer);
    effects->events[effects->event_count++] = (struct event){.kind = EVENT_STANDING_CHANGED,
                                                             .application = result->application.key.id,
                                                             .payload = payload_text(arena, object)};
    effects->has_standing = true;
    effects->standing = (struct standing_change){.customer = result->customer.key,
                                                 .standing = *standing,
                                                 .cause = CAUSE_APPLICATION,
                                                 .valid_from = result->customer.in_force_since,
                                                 .recorded_at = s->now,
                                                 .application = result->application.key.id};
}

static void add_step(struct effects *effects, const struct application *a, const char *payload)
{
    effects->events[effects->event_count++] = (struct event){.kind = a->action,
                                                             .application = a->key.id,
                                                             .from_state = a->came_from,
                                                             .to_state = a->state,
                                                             .version = a->version,
                                                             .payload = payload};
}

/* The decision of the system at an automatic node. */
static void add_decision(const struct step_result *result, struct arena *arena, struct effects *effects)
{
    const struct application *a = &result->application;
    json_t *payload = json_object();

    payload_word(payload, "from_grade", words_grade, a->from.grade);
    payload_word(payload, "to_grade", words_grade, a->to_grade);
    payload_word(payload, "decided_grade", words_grade, a->decided_grade);
    payload_int(payload, "due_before_us", result->before.due_at);
    payload_int(payload, "due_us", a->due_at);
    payload_int(payload, "policy_version", a->policy_version);
    add_step(effects, a, payload_text(arena, payload));
    effects->events[effects->event_count - 1].by_system = true;
}

static void accept_step(struct command *command, const struct situation *s, const struct user *acting,
                        const struct step_input *input, const struct step_result *result, struct arena *arena,
                        struct effects *effects)
{
    const struct application *a = &result->application;

    effects->has_customer = true;
    effects->customer = result->customer;
    effects->has_application = true;
    effects->application = *a;
    add_step(effects, result->decided ? &result->before : a, step_payload(s, acting, input, result, arena));
    application_passed_by(s->policy, a, result->skipped, arena, effects);
    if (result->decided)
        add_decision(result, arena, effects);
    if (result->standing_changed)
        standing_effects(s, result, arena, effects);
    public_id_format('A', a->key, command->outcome.entity);
    command->outcome.version = a->version;
    command->after_application = *a;
    command->after_customer = result->customer;
}

static bool refused_by_rule(struct command *command, const struct step_result *result)
{
    if (!decision_refused_by(command, &result->refusal))
        return false;
    if (result->name2 != NULL)
        outcome_argument(&command->outcome, result->name2, result->detail2);
    return true;
}

/* A resubmission may ask for another grade, which makes it a case of another kind and amount. */
static bool new_grade_covered(struct command *command, const struct situation *s, const struct step_request *request,
                              const struct user *acting)
{
    return request->input.action != EVENT_RESUBMIT || request->input.grade == GRADE_NONE ||
           request->input.grade == s->application->to_grade ||
           decision_covered(command, s, acting, s->application->from, request->input.grade,
                            limit_of_case(s->policy, s->customer, request->input.grade));
}

/* Right, existence, subject and what a delegation covers; false: refused. */
static bool step_allowed(struct command *command, const struct situation *s, const struct step_request *request,
                         struct user *acting)
{
    const struct call *call = command->request;
    bool submission = call->operation->method == METHOD_APPLICATION_SUBMIT;
    const char *field = submission ? "customer" : "application";
    const struct application *a = s->application;
    struct refusal refusal;

    if (!decision_acting(command, s, request->acting_for, acting))
        return false;
    if (s->customer == NULL || (!submission && a == NULL)) {
        decision_refuse(command, REASON_NOT_FOUND, field, NULL, NULL);
        return false;
    }
    refusal = access_check_subject(call->access, s->org, acting, submission ? s->customer->branch_id : a->branch_id,
                                   submission ? s->customer->region_id : a->region_id, field);
    if (decision_refused_by(command, &refusal))
        return false;
    if (submission)
        return decision_covered(command, s, acting, standing_beneath(s->customer), request->input.grade,
                                limit_of_case(s->policy, s->customer, request->input.grade));
    return decision_covered(command, s, acting, a->from, a->to_grade, a->limit) &&
           new_grade_covered(command, s, request, acting);
}

/* Nothing but a mark for a head of the unit, who finds the text in the history. */
static void accept_held(struct command *command, const struct situation *s, const struct user *acting,
                        const struct step_input *input, const struct step_result *result, struct arena *arena,
                        struct effects *effects)
{
    json_t *payload = json_object();

    json_object_set_new(payload, "step", json_string(word_name(words_event, (int)input->action)));
    json_object_set_new(payload, "word", json_string(result->held_word));
    json_object_set_new(payload, input->action == EVENT_VERIFY ? "opinion" : "reason", json_string(input->text));
    application_accept(command, s, acting, &result->application, EVENT_TEXT_HELD, payload, arena, effects);
}

static void decide_step(struct command *command, const struct situation *s, struct arena *arena,
                        struct effects *effects)
{
    const struct call *call = command->request;
    struct step_result *result = ARENA_NEW(arena, struct step_result);
    struct step_request request;
    struct user acting;

    read_request(call, &request, arena);
    if (!step_allowed(command, s, &request, &acting) ||
        !decision_text(command, request.input.action == EVENT_VERIFY ? "opinion" : "reason", request.input.text,
                       STEP_TEXT_MAX, true))
        return;
    const struct step_context ctx = {.org = s->org,
                                     .policy = s->policy,
                                     .in_force = s->in_force,
                                     .user = &acting,
                                     .now = s->now,
                                     .timer_id = uuid_new()};
    if (request.input.action == EVENT_SUBMIT)
        workflow_submit(&ctx, s->customer, s->new_number, &request.input, result);
    else
        workflow_step(&ctx, s->application, s->customer, &request.input, result);
    if (refused_by_rule(command, result))
        return;
    if (result->held_word != NULL)
        accept_held(command, s, &acting, &request.input, result, arena, effects);
    else
        accept_step(command, s, &acting, &request.input, result, arena, effects);
}

#define STEP(NAME, Name, PREPARE)                                                                                      \
    const struct operation operation_application_##NAME = {                                                            \
        .kind = OPERATION_COMMAND,                                                                                     \
        .method = METHOD_APPLICATION_##Name,                                                                           \
        .request = &creditd__v1__##NAME##_request__descriptor,                                                         \
        .prepare = PREPARE,                                                                                            \
        .command = {.method = METHOD_APPLICATION_##Name, .decide = decide_step},                                       \
    }

STEP(submit, SUBMIT, prepare_submit);
STEP(verify, VERIFY, prepare_step);
STEP(return, RETURN, prepare_step);
STEP(resubmit, RESUBMIT, prepare_step);
STEP(approve, APPROVE, prepare_step);
STEP(reject, REJECT, prepare_step);
STEP(withdraw, WITHDRAW, prepare_step);
STEP(record, RECORD, prepare_step);
STEP(recall, RECALL, prepare_step);
STEP(return_to_region, RETURN_TO_REGION, prepare_step);
STEP(return_to_node, RETURN_TO_NODE, prepare_step);
