/* Assessments: the form, entering one, and those of a customer. */
#include "assessment.pb-c.h"

#include <stdio.h>
#include <string.h>

#include "server/operations/assessment_view.h"
#include "server/operations/customer_file.h"
#include "server/operations/decision.h"
#include "server/operations/registry.h"
#include "server/operations/trade_view.h"
#include "server/rules/assessment.h"
#include "server/rules/standing.h"

/* ---- form ---- */

static void form_start(struct call *call)
{
    const struct policy *policy = reference_policy_in_force(call_reference(call), call->stamp.now);

    if (policy->scorecard.factor_count == 0)
        call_refuse(call, REASON_NO_SCORECARD, NULL, NULL, NULL);
    else
        call_answer(call, &view_form(call, policy)->base);
}

/* ---- enter ---- */

/* What was decided, for the answer. */
struct entered {
    struct assessment row;
    struct customer customer;
    const struct policy *policy;
};

static void enter_prepare(struct call *call, struct command *command)
{
    const Creditd__V1__AssessmentEnterRequest *request = (const void *)call->request;

    call->state = ARENA_NEW(call->arena, struct entered);
    command->wants_number = true;
    customer_named(call, request->customer, command);
}

static bool read_date(struct command *command, const char *text, civil_date *out)
{
    if (text != NULL && civil_parse(text, out))
        return true;
    decision_refuse(command, REASON_FIELD_INVALID, "documents", "rule", "a date, YYYY-MM-DD");
    return false;
}

static bool read_documents(struct command *command, const Creditd__V1__AssessmentEnterRequest *request,
                           struct assessment_input *input, struct arena *arena)
{
    struct document *documents = ARENA_ARRAY(arena, struct document, request->n_documents + 1);

    input->documents = documents;
    input->document_count = request->n_documents;
    for (size_t i = 0; i < request->n_documents; i++) {
        const Creditd__V1__Document *from = request->documents[i];
        documents[i] = (struct document){
            .kind = from->kind, .number = from->number, .ends = from->valid_to != NULL, .sha256 = from->sha256};
        if (!read_date(command, from->dated, &documents[i].dated) ||
            (documents[i].ends && !read_date(command, from->valid_to, &documents[i].valid_to)))
            return false;
    }
    return true;
}

static bool read_input(struct command *command, const struct situation *s,
                       const Creditd__V1__AssessmentEnterRequest *request, struct assessment_input *input,
                       struct arena *arena)
{
    const struct unit *branch = unit_by_id(s->org, s->customer->branch_id);
    struct entered_value *values = ARENA_ARRAY(arena, struct entered_value, request->n_values + 1);

    for (size_t i = 0; i < request->n_values; i++)
        values[i] = (struct entered_value){request->values[i]->factor, request->values[i]->value};
    *input = (struct assessment_input){.review = request->has_review ? (enum review)request->review
                                                                     : review_of(standing_beneath(s->customer).tier),
                                       .values = values,
                                       .value_count = request->n_values,
                                       .today = zone_date_at(branch->zone, s->now)};
    return read_documents(command, request, input, arena);
}

static json_t *documents_json(const struct assessment_input *input)
{
    json_t *list = json_array();

    for (size_t i = 0; i < input->document_count; i++) {
        const struct document *document = &input->documents[i];
        json_t *object = json_pack("{ssss}", "kind", document->kind, "number", document->number);
        payload_date(object, "dated", document->dated);
        if (document->ends)
            payload_date(object, "valid_to", document->valid_to);
        if (document->sha256 != NULL)
            json_object_set_new(object, "sha256", json_string(document->sha256));
        json_array_append_new(list, object);
    }
    return list;
}

/* Lines "factor=value\n", in the order of the scorecard. */
static const char *values_text(const struct policy *policy, const struct assessment_input *input, struct arena *arena)
{
    size_t size = 1, used = 0;
    char *text;

    for (size_t i = 0; i < input->value_count; i++)
        size += strlen(input->values[i].factor) + strlen(input->values[i].value) + 2;
    text = arena_alloc(arena, size);
    text[0] = '\0';
    for (int f = 0; f < policy->scorecard.factor_count; f++)
        for (size_t i = 0; i < input->value_count; i++)
            if (strcmp(input->values[i].factor, policy->scorecard.factors[f].name) == 0)
                used += (size_t)snprintf(text + used, size - used, "%s=%s\n", input->values[i].factor,
                                         input->values[i].value);
    return text;
}

static const char *event_payload(const struct assessment *row, const struct policy *policy,
                                 const struct assessment_input *input, struct arena *arena)
{
    struct scored scored = scorecard_score(&policy->scorecard, row->values);
    json_t *object = json_object(), *values = json_object();
    char id[PUBLIC_ID_BYTES];

    public_id_format('S', row->key, id);
    for (size_t i = 0; i < input->value_count; i++)
        json_object_set_new(values, input->values[i].factor, json_string(input->values[i].value));
    json_object_set_new(object, "assessment", json_string(id));
    payload_word(object, "review", words_review, (int)row->review);
    payload_date(object, "assessed_on", row->assessed_on);
    payload_int(object, "policy_version", row->policy_version);
    payload_int(object, "score", scored.score);
    payload_word(object, "score_grade", words_grade, (int)scored.grade);
    json_object_set_new(object, "values", values);
    json_object_set_new(object, "documents", documents_json(input));
    return payload_text(arena, object);
}

/* The score can change what is computed, also of a customer without trades when a score alone makes a grade. */
static void evaluate_at_once(const struct situation *s, struct customer *row)
{
    if (row->evaluation.imports_open > 0 || (row->evaluation.policy_version == 0 && !policy_scores_alone(s->in_force)))
        return;
    row->evaluation.timer_id = uuid_new();
    row->evaluation.evaluate_at = s->now;
}

static void accept_assessment(struct command *command, const struct situation *s, const struct assessment_input *input,
                              struct arena *arena, struct effects *effects)
{
    const struct call *call = command->request;
    struct customer *customer = &effects->customer;
    struct assessment *row = &effects->assessment;
    civil_date before = s->customer->assessed_on;

    effects->has_customer = effects->has_assessment = true;
    *customer = *s->customer;
    *row = (struct assessment){
        .key = {s->customer->key.home, s->new_number},
        .customer_id = s->customer->key.id,
        .review = input->review,
        .assessed_on = input->today > before ? input->today : before, /* the customer may have moved to another zone */
        .policy_version = s->in_force->version,
        .values = values_text(s->in_force, input, arena),
        .documents = payload_text(arena, documents_json(input)),
        .entered_by = command->user_id,
        .recorded_at = s->now};
    customer->assessment = row->key.id;
    customer->assessed_on = row->assessed_on;
    customer->assessed_by = row->entered_by;
    customer->version++;
    evaluate_at_once(s, customer);
    effects->events[effects->event_count++] =
        (struct event){.kind = EVENT_ASSESSED, .payload = event_payload(row, s->in_force, input, arena)};
    public_id_format('S', row->key, command->outcome.entity);
    command->outcome.version = customer->version;
    *(struct entered *)call->state = (struct entered){*row, *customer, s->in_force};
}

static void enter_decide(struct command *command, const struct situation *s, struct arena *arena,
                         struct effects *effects)
{
    const struct call *call = command->request;
    const Creditd__V1__AssessmentEnterRequest *request = (const void *)call->request;
    struct assessment_refusal refusal;
    struct assessment_input input;

    if (!decision_allowed(command, s) || !customer_allowed(command, s) ||
        !decision_version(command, request->if_version, s->customer->version) ||
        !read_input(command, s, request, &input, arena))
        return;
    refusal = assessment_check(s->in_force, &input, arena);
    if (refusal.reason == REASON_NONE) {
        accept_assessment(command, s, &input, arena, effects);
        return;
    }
    decision_refuse(command, refusal.reason, refusal.field, NULL, NULL);
    for (int i = 0; i < ASSESSMENT_ARGUMENTS && refusal.names[i] != NULL; i++)
        outcome_argument(&command->outcome, refusal.names[i], refusal.values[i]);
}

static const ProtobufCMessage *entered_body(struct call *call)
{
    const struct entered *entered = call->state;
    Creditd__V1__AssessmentAnswer *body = ARENA_NEW(call->arena, Creditd__V1__AssessmentAnswer);

    creditd__v1__assessment_answer__init(body);
    body->assessment = view_assessment(call, entered->policy, &entered->customer, &entered->row);
    body->has_customer_version = true;
    body->customer_version = (uint32_t)entered->customer.version;
    return &body->base;
}

/* ---- list ---- */

struct assessments_read {
    struct customer_page page;
    const struct customer *customer;
    struct assessment_page assessments;
};

static void assessments_came(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct assessments_read *read = call->state;
    const struct assessment_page *page = &read->assessments;
    Creditd__V1__AssessmentListAnswer *body = ARENA_NEW(call->arena, Creditd__V1__AssessmentListAnswer);

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->stamp))
        return;
    creditd__v1__assessment_list_answer__init(body);
    body->assessments = ARENA_ARRAY(call->arena, Creditd__V1__Assessment *, page->count + 1);
    for (size_t i = page->count; i > 0; i--)
        body->assessments[body->n_assessments++] = view_assessment(
            call, reference_policy_in_force(call_reference(call), page->stamp.now), read->customer, &page->rows[i - 1]);
    call_audit(call, read->customer->key);
    call_answer_read(call, &body->base);
}

static void list_customer(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct assessments_read *read = call->state;
    const struct customer *customer = customer_found(call, &read->page, result);

    if (customer == NULL) /* the call is answered, and its memory gone */
        return;
    read->customer = customer;
    store_read_assessments(call_reader(call), customer->key, TRADES_KNOWN_NOW, call->arena, &read->assessments,
                           assessments_came, call);
}

static void list_start(struct call *call)
{
    const Creditd__V1__AssessmentListRequest *request = (const void *)call->request;
    struct assessments_read *read = ARENA_NEW(call->arena, struct assessments_read);

    call->state = read;
    (void)customer_read(call, request->customer, &read->page, list_customer);
}

const struct operation operation_assessment_form = {.method = METHOD_ASSESSMENT_FORM,
                                                    .kind = OPERATION_MEMORY,
                                                    .request = &creditd__v1__assessment_form_request__descriptor,
                                                    .start = form_start};
const struct operation operation_assessment_enter = {
    .method = METHOD_ASSESSMENT_ENTER,
    .kind = OPERATION_COMMAND,
    .request = &creditd__v1__assessment_enter_request__descriptor,
    .prepare = enter_prepare,
    .body = entered_body,
    .command = {.method = METHOD_ASSESSMENT_ENTER, .trades = COMMAND_WRITES_TRADES, .decide = enter_decide},
};
const struct operation operation_assessment_list = {.method = METHOD_ASSESSMENT_LIST,
                                                    .kind = OPERATION_READ,
                                                    .request = &creditd__v1__assessment_list_request__descriptor,
                                                    .start = list_start};
