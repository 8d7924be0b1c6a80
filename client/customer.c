/* customer: add, list, show. The import stands in import.c. */
#include "client/run.h"
#include "common/vocabulary.h"

#define PAGE 1000

static int print_customer(struct client *client, const Creditd__V1__Answer *answer)
{
    const Creditd__V1__CustomerShowAnswer *body =
        answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__customer_show_answer__descriptor);

    if (body == NULL || body->customer == NULL)
        return run_fail(client);
    output_record(client, record_customer(body->customer));
    return EXIT_DONE;
}

int run_customer_add(struct client *client)
{
    Creditd__V1__CustomerAddRequest request = CREDITD__V1__CUSTOMER_ADD_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    int stage, grade;
    json_t *record;

    if (!client_word(client, "stage", words_stage, "UNKNOWN_STAGE", "stage", &stage) ||
        !client_word(client, "opening-grade", words_grade, "UNKNOWN_GRADE", "opening_grade", &grade))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.number = run_operand(client, 0);
    request.name = run_text(client, "name");
    request.branch = run_text(client, "branch");
    request.region = run_text(client, "region");
    request.has_stage = stage != 0;
    request.stage = stage != 0 ? (Creditd__V1__Stage)stage : CREDITD__V1__STAGE__STAGE_NEW;
    request.has_opening_grade = grade != 0;
    request.opening_grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    answer = exchange_command(client, METHOD_CUSTOMER_ADD, &request.base);
    if (answer == NULL || answer->has_body)
        return print_customer(client, answer);
    record = json_object(); /* a repeated command */
    record_text(record, "id", answer->entity_id);
    output_record(client, record);
    return EXIT_DONE;
}

int run_customer_show(struct client *client)
{
    Creditd__V1__CustomerShowRequest request = CREDITD__V1__CUSTOMER_SHOW_REQUEST__INIT;

    request.customer = run_operand(client, 0);
    request.purpose = run_text(client, "purpose");
    return print_customer(client, exchange_read(client, METHOD_CUSTOMER_SHOW, &request.base, true));
}

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
            json_array_append_new(list, record_customer(body->customers[i]));
        request.after = body->next;
    } while (request.after != NULL && (!limited || json_array_size(list) < (size_t)limit));
    output_list(client, list, CUSTOMER_COLUMNS);
    return EXIT_DONE;
}
