/* assessment: form, enter, list, explain. */
#include <string.h>
#include <unistd.h>

#include "client/assessment_form.h"
#include "client/assessment_records.h"
#include "client/explain.h"
#include "client/run.h"
#include "client/trade_records.h"
#include "common/vocabulary.h"

/* ---- form ---- */

static const Creditd__V1__AssessmentFormAnswer *read_form(struct client *client)
{
    Creditd__V1__AssessmentFormRequest request = CREDITD__V1__ASSESSMENT_FORM_REQUEST__INIT;
    const Creditd__V1__Answer *answer = exchange_read(client, METHOD_ASSESSMENT_FORM, &request.base, true);

    return answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__assessment_form_answer__descriptor);
}

int run_assessment_form(struct client *client)
{
    const Creditd__V1__AssessmentFormAnswer *form = read_form(client);
    json_t *record;

    if (form == NULL)
        return run_fail(client);
    record = record_form(form);
    if (client_json(client)) {
        output_record(client, record);
        return EXIT_DONE;
    }
    if (client->format == FORMAT_CSV)
        output_list(client, json_incref(json_object_get(record, "factors")), FACTOR_COLUMNS);
    else
        form_print(client, form);
    json_decref(record);
    return EXIT_DONE;
}

/* ---- enter ---- */

/* The record of an assessment; in a table the calculation stands below it. Takes over `record`. */
static void print_assessment(const struct client *client, const Creditd__V1__Assessment *assessment, json_t *record)
{
    bool parts = client->format == FORMAT_TABLE && !client_has(client, "quiet");

    if (!client_json(client)) {
        json_object_del(record, "factors");
        json_object_del(record, "documents");
    }
    output_record(client, record);
    if (parts)
        explain_score(assessment);
}

static int send_assessment(struct client *client, Creditd__V1__AssessmentEnterRequest *request)
{
    const Creditd__V1__Answer *answer = exchange_command(client, METHOD_ASSESSMENT_ENTER, &request->base);
    const Creditd__V1__AssessmentAnswer *body;
    json_t *record;

    if (answer == NULL)
        return run_fail(client);
    if (answer->has_body) {
        body = exchange_body(client, answer, &creditd__v1__assessment_answer__descriptor);
        if (body == NULL || body->assessment == NULL)
            return run_fail(client);
        record = record_assessment(client, body->assessment);
        record_number(record, "customer_version", body->has_customer_version, body->customer_version);
        print_assessment(client, body->assessment, record);
        return EXIT_DONE;
    }
    record = json_object(); /* a repeated command */
    record_text(record, "id", answer->entity_id);
    record_number(record, "customer_version", answer->has_version, answer->version);
    output_record(client, record);
    return EXIT_DONE;
}

/* The kind of review that the server takes when none is named; 0: failure is set. */
static int usual_review(struct client *client)
{
    const Creditd__V1__CustomerShowAnswer *body = run_read_customer(client);

    if (body == NULL)
        return 0;
    return body->customer->tier == CREDITD__V1__TIER__TIER_ORDINARY ? REVIEW_ADMISSION : REVIEW_PERIODIC;
}

static bool ask_assessment(struct client *client, int review, Creditd__V1__AssessmentEnterRequest *request)
{
    const Creditd__V1__AssessmentFormAnswer *form;

    if (!isatty(STDIN_FILENO)) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "form",
                    _("there is no terminal to ask at: --form FILE is needed"));
        return failure_hint(&client->failure, "%s", "{ctl} assessment form > form.cfg");
    }
    form = read_form(client);
    if (form == NULL)
        return false;
    if (review == 0 && (review = usual_review(client)) == 0)
        return false;
    exchange_disconnect(client); /* the server does not wait for ever while somebody types */
    request->has_review = true;
    request->review = (Creditd__V1__Review)review;
    return form_ask(client, form, review, request);
}

int run_assessment_enter(struct client *client)
{
    Creditd__V1__AssessmentEnterRequest request = CREDITD__V1__ASSESSMENT_ENTER_REQUEST__INIT;
    const char *path = client_flag(client, "form");
    int review;

    if (!client_word(client, "review", words_review, "UNKNOWN_REVIEW", "review", &review) ||
        !run_if_version(client, &request.has_if_version, &request.if_version) ||
        !(path != NULL ? form_read(client, path, &request) : ask_assessment(client, review, &request)))
        return run_fail(client);
    if (review != 0) {
        request.has_review = true;
        request.review = (Creditd__V1__Review)review;
    }
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    return send_assessment(client, &request);
}

/* ---- list, explain ---- */

static const Creditd__V1__AssessmentListAnswer *read_assessments(struct client *client)
{
    Creditd__V1__AssessmentListRequest request = CREDITD__V1__ASSESSMENT_LIST_REQUEST__INIT;
    const Creditd__V1__Answer *answer;

    request.customer = run_operand(client, 0);
    request.purpose = run_text(client, "purpose");
    answer = exchange_read(client, METHOD_ASSESSMENT_LIST, &request.base, true);
    return answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__assessment_list_answer__descriptor);
}

int run_assessment_list(struct client *client)
{
    const Creditd__V1__AssessmentListAnswer *body = read_assessments(client);
    json_t *list;

    if (body == NULL)
        return run_fail(client);
    list = json_array();
    for (size_t i = 0; i < body->n_assessments; i++)
        json_array_append_new(list, record_assessment(client, body->assessments[i]));
    output_list(client, list, ASSESSMENT_COLUMNS);
    return EXIT_DONE;
}

int run_assessment_explain(struct client *client)
{
    const Creditd__V1__AssessmentListAnswer *body = read_assessments(client);
    const Creditd__V1__CustomerShowAnswer *shown;
    json_t *record;

    if (body != NULL && body->n_assessments == 0)
        failure_set(&client->failure, EXIT_NOT_FOUND, "NOT_FOUND", "assessment", _("the customer has no assessment"));
    shown = body == NULL || body->n_assessments == 0 ? NULL : run_read_customer(client);
    if (shown == NULL)
        return run_fail(client);
    record = record_assessment(client, body->assessments[0]);
    if (client_json(client) && shown->explanation != NULL)
        json_object_set_new(record, "explanation", record_explanation(client, shown->explanation));
    print_assessment(client, body->assessments[0], record);
    if (client->format == FORMAT_TABLE && !client_has(client, "quiet") && shown->explanation != NULL)
        explain_outcome(shown->explanation);
    return EXIT_DONE;
}
