/* application: the steps of a change and what can be read of it. */
#include "client/application.h"

#include <stdio.h>
#include <string.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/run.h"
#include "client/unicode.h"
#include "common/vocabulary.h"

#define PAGE 1000

/* ---- steps ---- */

/* One line on what comes next, for people only. */
static void next_step(const struct client *client, const Creditd__V1__Application *a)
{
    const char *role, *line;
    char *shown;

    if (client->format != FORMAT_TABLE || !isatty(STDERR_FILENO) || a->turn_unit == NULL || a->id == NULL)
        return;
    role = a->has_turn_role ? word_name(words_role, (int)a->turn_role) : NULL;
    line = arena_printf(client->arena, _("Next: %s of %s acts; see it with: creditctl application explain %s"),
                        role == NULL ? "?" : _(role), a->turn_unit, a->id);
    shown = unicode_harmless(line);
    fprintf(stderr, "%s\n", shown);
    free(shown);
}

static int step(struct client *client, enum method method, const ProtobufCMessage *request)
{
    const Creditd__V1__Answer *answer = exchange_command(client, method, request);
    const Creditd__V1__ApplicationAnswer *body;
    json_t *record;

    if (answer == NULL)
        return run_fail(client);
    if (answer->has_body) {
        body = exchange_body(client, answer, &creditd__v1__application_answer__descriptor);
        if (body == NULL || body->application == NULL)
            return run_fail(client);
        output_record(client, record_application(client, body->application));
        next_step(client, body->application);
        return EXIT_DONE;
    }
    record = json_object();
    record_text(record, "id", answer->entity_id);
    output_record(client, record);
    return EXIT_DONE;
}

#define FILL(request)                                                                                                  \
    ((request).has_command_id = true, (request).command_id = run_command_id(client),                                   \
     (request).acting_for = run_text(client, "acting-for"),                                                            \
     run_if_version(client, &(request).has_if_version, &(request).if_version))

int run_application_submit(struct client *client)
{
    Creditd__V1__SubmitRequest request = CREDITD__V1__SUBMIT_REQUEST__INIT;
    int grade;

    if (!client_word(client, "to", words_grade, "UNKNOWN_GRADE", "to_grade", &grade) || !FILL(request))
        return run_fail(client);
    request.customer = run_operand(client, 0);
    request.has_to_grade = true;
    request.to_grade = (Creditd__V1__Grade)grade;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_SUBMIT, &request.base);
}

/* --item NAME=ok|wrong. */
static bool read_items(struct client *client, Creditd__V1__VerifyRequest *request)
{
    request->items = ARENA_ARRAY(client->arena, Creditd__V1__CheckedItem *, OPTIONS_MAX);
    for (int i = 0; i < client->options.given_count; i++) {
        const struct given *given = &client->options.given[i];
        const char *equals;
        Creditd__V1__CheckedItem *item;
        if (strcmp(given->flag->name, "item") != 0)
            continue;
        equals = strrchr(given->value, '=');
        if (equals == NULL || equals == given->value ||
            (strcmp(equals + 1, "ok") != 0 && strcmp(equals + 1, "wrong") != 0))
            return failure_set(&client->failure, EXIT_USAGE, "USAGE", "item", _("%s is not NAME=ok or NAME=wrong"),
                               given->value);
        item = ARENA_NEW(client->arena, Creditd__V1__CheckedItem);
        creditd__v1__checked_item__init(item);
        item->name = arena_strndup(client->arena, given->value, (size_t)(equals - given->value));
        item->has_ok = true;
        item->ok = strcmp(equals + 1, "ok") == 0;
        request->items[request->n_items++] = item;
    }
    return true;
}

int run_application_verify(struct client *client)
{
    Creditd__V1__VerifyRequest request = CREDITD__V1__VERIFY_REQUEST__INIT;
    int finding;

    if (!client_word(client, "finding", words_finding, "UNKNOWN_FINDING", "finding", &finding) || !FILL(request) ||
        !read_items(client, &request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.has_finding = finding != 0;
    request.finding = finding != 0 ? (Creditd__V1__Finding)finding : CREDITD__V1__FINDING__FINDING_CONFIRMED;
    request.opinion = run_text(client, "opinion");
    return step(client, METHOD_APPLICATION_VERIFY, &request.base);
}

static int return_to_node(struct client *client, char *node)
{
    Creditd__V1__ReturnToNodeRequest request = CREDITD__V1__RETURN_TO_NODE_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.node = node;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RETURN_TO_NODE, &request.base);
}

static int return_to_region(struct client *client)
{
    Creditd__V1__ReturnToRegionRequest request = CREDITD__V1__RETURN_TO_REGION_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RETURN_TO_REGION, &request.base);
}

int run_application_return(struct client *client)
{
    Creditd__V1__ReturnRequest request = CREDITD__V1__RETURN_REQUEST__INIT;
    char *node = run_text(client, "node");

    if (node != NULL && strcmp(node, "region") == 0)
        return return_to_region(client);
    if (node != NULL && strcmp(node, "branch") != 0)
        return return_to_node(client, node);
    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RETURN, &request.base);
}

int run_application_recall(struct client *client)
{
    Creditd__V1__RecallRequest request = CREDITD__V1__RECALL_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RECALL, &request.base);
}

int run_application_resubmit(struct client *client)
{
    Creditd__V1__ResubmitRequest request = CREDITD__V1__RESUBMIT_REQUEST__INIT;
    int grade;

    if (!client_word(client, "to", words_grade, "UNKNOWN_GRADE", "to_grade", &grade) || !FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.has_to_grade = grade != 0;
    request.to_grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RESUBMIT, &request.base);
}

int run_application_approve(struct client *client)
{
    Creditd__V1__ApproveRequest request = CREDITD__V1__APPROVE_REQUEST__INIT;
    int grade;

    if (!client_word(client, "grade", words_grade, "UNKNOWN_GRADE", "grade", &grade) || !FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.has_grade = grade != 0;
    request.grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_APPROVE, &request.base);
}

int run_application_reject(struct client *client)
{
    Creditd__V1__RejectRequest request = CREDITD__V1__REJECT_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_REJECT, &request.base);
}

int run_application_withdraw(struct client *client)
{
    Creditd__V1__WithdrawRequest request = CREDITD__V1__WITHDRAW_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_WITHDRAW, &request.base);
}

int run_application_record(struct client *client)
{
    Creditd__V1__RecordRequest request = CREDITD__V1__RECORD_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    return step(client, METHOD_APPLICATION_RECORD, &request.base);
}

/* ---- reading ---- */

int run_application_show(struct client *client)
{
    Creditd__V1__ApplicationShowRequest request = CREDITD__V1__APPLICATION_SHOW_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__ApplicationAnswer *body;

    request.application = run_operand(client, 0);
    request.purpose = run_text(client, "purpose");
    answer = exchange_read(client, METHOD_APPLICATION_SHOW, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__application_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    output_record(client, record_application(client, body->application));
    return EXIT_DONE;
}

int run_application_history(struct client *client)
{
    Creditd__V1__ApplicationHistoryRequest request = CREDITD__V1__APPLICATION_HISTORY_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__ApplicationHistoryAnswer *body;
    json_t *list;

    request.application = run_operand(client, 0);
    request.purpose = run_text(client, "purpose");
    answer = exchange_read(client, METHOD_APPLICATION_HISTORY, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__application_history_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    list = json_array();
    for (size_t i = 0; i < body->n_entries; i++)
        json_array_append_new(list, record_history(client, body->entries[i]));
    output_list(client, list, HISTORY_COLUMNS);
    return EXIT_DONE;
}

int run_application_explain(struct client *client)
{
    Creditd__V1__ApplicationExplainRequest request = CREDITD__V1__APPLICATION_EXPLAIN_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__ApplicationExplainAnswer *body;

    request.application = run_operand(client, 0);
    request.purpose = run_text(client, "purpose");
    answer = exchange_read(client, METHOD_APPLICATION_EXPLAIN, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__application_explain_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    output_record(client, record_explain(client, body));
    return EXIT_DONE;
}

bool application_add_page(struct client *client, enum method method, const ProtobufCMessage *request, json_t *list,
                          char **next)
{
    const Creditd__V1__Answer *answer = exchange_read(client, method, request, true);
    const Creditd__V1__ApplicationListAnswer *body =
        answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__application_list_answer__descriptor);

    if (body == NULL)
        return false;
    for (size_t i = 0; i < body->n_applications; i++)
        json_array_append_new(list, record_application(client, body->applications[i]));
    *next = body->next;
    return true;
}

int run_application_list(struct client *client)
{
    Creditd__V1__ApplicationListRequest request = CREDITD__V1__APPLICATION_LIST_REQUEST__INIT;
    json_t *list = json_array();
    long limit = 0;
    bool limited;
    int state;

    if (!client_word(client, "state", words_state, "UNKNOWN_STATE", "state", &state) ||
        !client_number(client, "limit", 1, 1000000, &limit, &limited))
        return run_fail_list(client, list);
    request.purpose = run_text(client, "purpose");
    request.has_open_only = request.open_only = client_has(client, "open");
    request.has_overdue_only = request.overdue_only = client_has(client, "overdue");
    request.has_extension_only = request.extension_only = client_has(client, "extension");
    request.has_state = state != 0;
    request.state = state != 0 ? (Creditd__V1__State)state : CREDITD__V1__STATE__STATE_SUBMITTED;
    request.branch = run_text(client, "branch");
    request.customer = run_text(client, "customer");
    request.has_limit = true;
    do {
        size_t left = limited ? (size_t)limit - json_array_size(list) : PAGE;
        request.limit = (uint32_t)(left < PAGE ? left : PAGE);
        if (!application_add_page(client, METHOD_APPLICATION_LIST, &request.base, list, &request.after))
            return run_fail_list(client, list);
    } while (request.after != NULL && (!limited || json_array_size(list) < (size_t)limit));
    output_list(client, list, APPLICATION_COLUMNS);
    return EXIT_DONE;
}

/* ---- more time ---- */

static int ask_extension(struct client *client, long days)
{
    Creditd__V1__ExtensionAskRequest request = CREDITD__V1__EXTENSION_ASK_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.has_days = true;
    request.days = (uint32_t)days;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_EXTENSION_ASK, &request.base);
}

static int answer_extension(struct client *client, bool grant)
{
    Creditd__V1__ExtensionAnswerRequest request = CREDITD__V1__EXTENSION_ANSWER_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.has_grant = true;
    request.grant = grant;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_EXTENSION_ANSWER, &request.base);
}

int run_application_extend(struct client *client)
{
    bool days_given, grant = client_has(client, "grant"), refuse = client_has(client, "refuse");
    long days = 0;

    if (!client_number(client, "days", 1, 365, &days, &days_given))
        return run_fail(client);
    if (days_given + grant + refuse != 1) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("give one of --days, --grant and --refuse"));
        return run_fail(client);
    }
    return days_given ? ask_extension(client, days) : answer_extension(client, grant);
}

int run_application_claim(struct client *client)
{
    Creditd__V1__ClaimRequest request = CREDITD__V1__CLAIM_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    return step(client, METHOD_APPLICATION_CLAIM, &request.base);
}

int run_application_release(struct client *client)
{
    Creditd__V1__ReleaseRequest request = CREDITD__V1__RELEASE_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RELEASE, &request.base);
}

int run_application_transfer(struct client *client)
{
    Creditd__V1__TransferRequest request = CREDITD__V1__TRANSFER_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.to = run_operand(client, 1);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_TRANSFER, &request.base);
}

int run_application_countersign(struct client *client)
{
    Creditd__V1__CountersignRequest request = CREDITD__V1__COUNTERSIGN_REQUEST__INIT;

    if (client_has(client, "add") == client_has(client, "drop")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("give one of --add and --drop"));
        return run_fail(client);
    }
    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.add = run_text(client, "add");
    request.drop = run_text(client, "drop");
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_COUNTERSIGN, &request.base);
}

static int give_opinion(struct client *client, char *opinion)
{
    Creditd__V1__OpinionRequest request = CREDITD__V1__OPINION_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.opinion = opinion;
    return step(client, METHOD_APPLICATION_OPINION, &request.base);
}

int run_application_assist(struct client *client)
{
    Creditd__V1__AssistRequest request = CREDITD__V1__ASSIST_REQUEST__INIT;
    char *to = run_text(client, "ask"), *opinion = run_text(client, "opinion");

    if ((to != NULL) + (opinion != NULL) + client_has(client, "call-back") != 1) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("give one of --ask, --opinion and --call-back"));
        return run_fail(client);
    }
    if (opinion != NULL && client_has(client, "reason")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "reason", _("--reason is not for --opinion"));
        return run_fail(client);
    }
    if (opinion != NULL)
        return give_opinion(client, opinion);
    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.to = to;
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_ASSIST, &request.base);
}

int run_application_pause(struct client *client)
{
    Creditd__V1__ApplicationPauseRequest request = CREDITD__V1__APPLICATION_PAUSE_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.waits_for = run_text(client, "for");
    return step(client, METHOD_APPLICATION_PAUSE, &request.base);
}

int run_application_resume(struct client *client)
{
    Creditd__V1__ApplicationResumeRequest request = CREDITD__V1__APPLICATION_RESUME_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_RESUME, &request.base);
}

int run_application_urge(struct client *client)
{
    Creditd__V1__ApplicationUrgeRequest request = CREDITD__V1__APPLICATION_URGE_REQUEST__INIT;

    if (!FILL(request))
        return run_fail(client);
    request.application = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return step(client, METHOD_APPLICATION_URGE, &request.base);
}

int run_application_policy(struct client *client)
{
    Creditd__V1__ApplicationPolicyRequest request = CREDITD__V1__APPLICATION_POLICY_REQUEST__INIT;
    bool given;
    long version;

    if (!client_number(client, "version", 1, INT32_MAX, &version, &given) ||
        !run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.application = run_operand(client, 0);
    request.has_policy_version = true;
    request.policy_version = (uint32_t)version;
    request.reason = run_text(client, "reason");
    request.has_approve = request.approve = client_has(client, "approve");
    return step(client, METHOD_APPLICATION_POLICY, &request.base);
}
