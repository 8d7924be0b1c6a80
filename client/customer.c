/* customer: add, edit, list, show, explain, history. Moves stand in customer_move.c, the import in customer_import.c.
 */
#include "client/customer.h"

#include <stdio.h>
#include <string.h>

#include "client/explain.h"
#include "client/trade_records.h"
#include "common/text.h"
#include "common/vocabulary.h"

#define PAGE 1000

/* ---- changing ---- */

int customer_change(struct client *client, enum method method, const ProtobufCMessage *request)
{
    const Creditd__V1__Answer *answer = exchange_command(client, method, request);
    const Creditd__V1__CustomerShowAnswer *body;
    json_t *record;

    if (answer == NULL)
        return run_fail(client);
    if (answer->has_body) {
        body = exchange_body(client, answer, &creditd__v1__customer_show_answer__descriptor);
        if (body == NULL || body->customer == NULL)
            return run_fail(client);
        output_record(client, record_customer(client, body->customer));
        return EXIT_DONE;
    }
    record = json_object(); /* a repeated command */
    record_text(record, "id", answer->entity_id);
    record_number(record, "version", answer->has_version, answer->version);
    output_record(client, record);
    return EXIT_DONE;
}

/* Whom --manager names; "none" is nobody, which a request says by "". NULL: it is not given, or blank. */
static char *named_manager(struct client *client)
{
    char *login = run_text(client, "manager");

    if (login == NULL || text_is_blank(login))
        return NULL;
    if (strcmp(login, "none") == 0)
        login[0] = '\0';
    return login;
}

int run_customer_add(struct client *client)
{
    Creditd__V1__CustomerAddRequest request = CREDITD__V1__CUSTOMER_ADD_REQUEST__INIT;
    int stage, grade;

    if (!client_word(client, "stage", words_stage, "UNKNOWN_STAGE", "stage", &stage) ||
        !client_word(client, "opening-grade", words_grade, "UNKNOWN_GRADE", "opening_grade", &grade))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.number = run_operand(client, 0);
    request.name = run_text(client, "name");
    request.branch = run_text(client, "branch");
    request.region = run_text(client, "region");
    request.manager = named_manager(client);
    request.has_stage = stage != 0;
    request.stage = stage != 0 ? (Creditd__V1__Stage)stage : CREDITD__V1__STAGE__STAGE_NEW;
    request.has_opening_grade = grade != 0;
    request.opening_grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    return customer_change(client, METHOD_CUSTOMER_ADD, &request.base);
}

int run_customer_edit(struct client *client)
{
    Creditd__V1__CustomerEditRequest request = CREDITD__V1__CUSTOMER_EDIT_REQUEST__INIT;
    int stage;

    if (!client_has(client, "name") && !client_has(client, "stage") && !client_has(client, "manager")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL,
                    _("nothing to change was given: --name, --stage or --manager"));
        return run_fail(client);
    }
    if (!client_word(client, "stage", words_stage, "UNKNOWN_STAGE", "stage", &stage) ||
        !run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.name = run_text(client, "name");
    request.manager = named_manager(client);
    request.has_stage = stage != 0;
    request.stage = stage != 0 ? (Creditd__V1__Stage)stage : CREDITD__V1__STAGE__STAGE_NEW;
    return customer_change(client, METHOD_CUSTOMER_EDIT, &request.base);
}

/* ---- show, explain ---- */

static void print_json(const struct client *client, const Creditd__V1__CustomerShowAnswer *body)
{
    json_t *record = record_customer(client, body->customer);

    if (body->as_of != NULL)
        json_object_set_new(record, "as_of", record_as_of(client, body->as_of));
    if (body->explanation != NULL)
        json_object_set_new(record, "explanation", record_explanation(client, body->explanation));
    output_record(client, record);
}

/* The customer, and what applied on the date asked for. True: more can stand below. */
static bool print_head(const struct client *client, const Creditd__V1__CustomerShowAnswer *body)
{
    output_record(client, record_customer(client, body->customer));
    if (client->format != FORMAT_TABLE || client_has(client, "quiet"))
        return false;
    if (body->as_of != NULL)
        output_part(_("In force on that date, as known then:"), record_as_of(client, body->as_of), NULL);
    return true;
}

int run_customer_show(struct client *client)
{
    const Creditd__V1__CustomerShowAnswer *body = run_read_customer(client);

    if (body == NULL)
        return run_fail(client);
    if (client_json(client)) {
        print_json(client, body);
    } else if (print_head(client, body) && body->explanation != NULL) {
        output_part(_("What comes out, and why:"), explanation_lines(body->explanation), NULL);
        explain_counted(body->explanation);
    }
    return EXIT_DONE;
}

int run_customer_explain(struct client *client)
{
    const Creditd__V1__CustomerShowAnswer *body = run_read_customer(client);

    if (body == NULL)
        return run_fail(client);
    if (client_json(client))
        print_json(client, body);
    else if (print_head(client, body) && body->explanation != NULL)
        explain_standing(body->explanation);
    else if (body->explanation == NULL)
        fprintf(stderr, "%s\n", _("nothing is computed of this customer, or it is not for you to see"));
    return EXIT_DONE;
}

/* ---- list, history ---- */

static bool list_filters(struct client *client, Creditd__V1__CustomerListRequest *request)
{
    int tier, grade;

    if (!client_word(client, "tier", words_tier, "UNKNOWN_TIER", "tier", &tier) ||
        !client_word(client, "grade", words_grade, "UNKNOWN_GRADE", "grade", &grade))
        return false;
    request->purpose = run_text(client, "purpose");
    request->branch = run_text(client, "branch");
    request->region = run_text(client, "region");
    request->has_tier = tier != 0;
    request->tier = tier != 0 ? (Creditd__V1__Tier)tier : CREDITD__V1__TIER__TIER_KEY;
    request->has_grade = grade != 0;
    request->grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    return true;
}

int run_customer_list(struct client *client)
{
    Creditd__V1__CustomerListRequest request = CREDITD__V1__CUSTOMER_LIST_REQUEST__INIT;
    json_t *list = json_array();
    long limit = 0;
    bool limited;

    if (!list_filters(client, &request) || !client_number(client, "limit", 1, 1000000, &limit, &limited))
        return run_fail_list(client, list);
    request.has_limit = true;
    do {
        size_t left = limited ? (size_t)limit - json_array_size(list) : PAGE;
        const Creditd__V1__Answer *answer;
        const Creditd__V1__CustomerListAnswer *body;
        request.limit = (uint32_t)(left < PAGE ? left : PAGE);
        answer = exchange_read(client, METHOD_CUSTOMER_LIST, &request.base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__customer_list_answer__descriptor);
        if (body == NULL)
            return run_fail_list(client, list);
        for (size_t i = 0; i < body->n_customers; i++)
            json_array_append_new(list, record_customer(client, body->customers[i]));
        request.after = body->next;
    } while (request.after != NULL && (!limited || json_array_size(list) < (size_t)limit));
    output_list(client, list, CUSTOMER_COLUMNS);
    return EXIT_DONE;
}

int run_customer_history(struct client *client)
{
    Creditd__V1__CustomerHistoryRequest request = CREDITD__V1__CUSTOMER_HISTORY_REQUEST__INIT;
    json_t *list = json_array();
    long limit = 0;
    bool limited;

    if (!client_number(client, "limit", 1, 1000000, &limit, &limited))
        return run_fail_list(client, list);
    request.purpose = run_text(client, "purpose");
    request.customer = run_operand(client, 0);
    request.has_limit = true;
    do {
        size_t left = limited ? (size_t)limit - json_array_size(list) : PAGE;
        const Creditd__V1__Answer *answer;
        const Creditd__V1__CustomerHistoryAnswer *body;
        request.limit = (uint32_t)(left < PAGE ? left : PAGE);
        client_go_on(client);
        answer = exchange_read(client, METHOD_CUSTOMER_HISTORY, &request.base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__customer_history_answer__descriptor);
        if (body == NULL)
            return run_fail_list(client, list);
        for (size_t i = 0; i < body->n_events; i++)
            json_array_append_new(list, record_event(client, body->events[i]));
        request.has_after = body->has_next;
        request.after = body->next;
    } while (request.has_after && (!limited || json_array_size(list) < (size_t)limit));
    output_list(client, list, EVENT_COLUMNS);
    return EXIT_DONE;
}
