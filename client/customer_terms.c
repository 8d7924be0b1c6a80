/* customer: override, emergency, review, appeal, measure; task: list. */
#include "client/customer.h"
#include "client/trade_records.h"
#include "common/vocabulary.h"

#define PAGE 1000

int run_customer_override(struct client *client)
{
    Creditd__V1__CustomerOverrideRequest request = CREDITD__V1__CUSTOMER_OVERRIDE_REQUEST__INIT;
    bool end = client_has(client, "end"), ordinary = client_has(client, "ordinary");
    int grade;

    if (!client_word(client, "grade", words_grade, "UNKNOWN_GRADE", "grade", &grade) ||
        !run_date(client, "until", &request.until) ||
        !run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    if (end + ordinary + (grade != 0) != 1 || end == (request.until != NULL)) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL,
                    _("give --grade or --ordinary with --until, or --end"));
        return run_fail(client);
    }
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.has_grade = grade != 0;
    request.grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    request.reason = run_text(client, "reason");
    request.has_end = request.end = end;
    return customer_change(client, METHOD_CUSTOMER_OVERRIDE, &request.base);
}

/* Confirms or refuses the emergency that was asked for. */
static int answer_emergency(struct client *client, bool confirm)
{
    Creditd__V1__EmergencyAnswerRequest request = CREDITD__V1__EMERGENCY_ANSWER_REQUEST__INIT;

    if (!run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.has_confirm = request.confirm = confirm;
    request.reason = run_text(client, "reason");
    return customer_change(client, METHOD_EMERGENCY_ANSWER, &request.base);
}

int run_customer_emergency(struct client *client)
{
    Creditd__V1__CustomerEmergencyRequest request = CREDITD__V1__CUSTOMER_EMERGENCY_REQUEST__INIT;
    bool confirm = client_has(client, "confirm"), refuse = client_has(client, "refuse"), timed;
    bool ordinary = client_has(client, "ordinary");
    long minutes = 0;
    int grade;

    if (!client_word(client, "grade", words_grade, "UNKNOWN_GRADE", "grade", &grade) ||
        !client_number(client, "minutes", 1, INT32_MAX, &minutes, &timed) ||
        !run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    if (confirm + refuse + ordinary + (grade != 0) != 1 || timed != (ordinary || grade != 0) ||
        confirm == client_has(client, "reason")) {
        failure_set(
            &client->failure, EXIT_USAGE, "USAGE", NULL,
            _("give --grade or --ordinary with --minutes and --reason, or --confirm, or --refuse with --reason"));
        return run_fail(client);
    }
    if (confirm || refuse)
        return answer_emergency(client, confirm);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.has_grade = grade != 0;
    request.grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    request.has_minutes = true;
    request.minutes = (uint32_t)minutes;
    request.reason = run_text(client, "reason");
    return customer_change(client, METHOD_CUSTOMER_EMERGENCY, &request.base);
}

int run_customer_review(struct client *client)
{
    Creditd__V1__CustomerReviewRequest request = CREDITD__V1__CUSTOMER_REVIEW_REQUEST__INIT;
    int finding;

    if (!client_word(client, "finding", words_review_finding, "UNKNOWN_FINDING", "finding", &finding) ||
        !run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.has_finding = finding != 0;
    request.finding =
        finding != 0 ? (Creditd__V1__ReviewFinding)finding : CREDITD__V1__REVIEW_FINDING__REVIEW_FINDING_JUSTIFIED;
    request.opinion = run_text(client, "opinion");
    return customer_change(client, METHOD_CUSTOMER_REVIEW, &request.base);
}

int run_customer_appeal(struct client *client)
{
    Creditd__V1__CustomerAppealRequest request = CREDITD__V1__CUSTOMER_APPEAL_REQUEST__INIT;

    if (!run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return customer_change(client, METHOD_CUSTOMER_APPEAL, &request.base);
}

int run_customer_measure(struct client *client)
{
    Creditd__V1__MeasureApplyRequest request = CREDITD__V1__MEASURE_APPLY_REQUEST__INIT;

    if (!run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.measure = run_operand(client, 1);
    request.note = run_text(client, "note");
    return customer_change(client, METHOD_MEASURE_APPLY, &request.base);
}

bool task_add(struct client *client, Creditd__V1__TaskListRequest *request, json_t *list, size_t limit)
{
    request->purpose = run_text(client, "purpose");
    request->has_limit = true;
    request->limit = PAGE;
    do {
        client_go_on(client);
        const Creditd__V1__Answer *answer = exchange_read(client, METHOD_TASK_LIST, &request->base, true);
        const Creditd__V1__TaskListAnswer *body =
            answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__task_list_answer__descriptor);
        if (body == NULL)
            return false;
        for (size_t i = 0; i < body->n_tasks && json_array_size(list) < limit; i++)
            json_array_append_new(list, record_task(client, body->tasks[i]));
        request->after = body->next;
    } while (request->after != NULL && json_array_size(list) < limit);
    return true;
}

int run_task_list(struct client *client)
{
    Creditd__V1__TaskListRequest request = CREDITD__V1__TASK_LIST_REQUEST__INIT;
    json_t *list = json_array();
    long limit = 1000000;
    bool limited;
    int kind;

    if (!client_word(client, "kind", words_task, "UNKNOWN_KIND", "kind", &kind) ||
        !client_number(client, "limit", 1, 1000000, &limit, &limited))
        return run_fail_list(client, list);
    request.branch = run_text(client, "branch");
    request.has_kind = kind != 0;
    request.kind = kind != 0 ? (Creditd__V1__TaskKind)kind : CREDITD__V1__TASK_KIND__TASK_MEASURE;
    if (!task_add(client, &request, list, (size_t)limit))
        return run_fail_list(client, list);
    output_list(client, list, TASK_COLUMNS);
    return EXIT_DONE;
}
