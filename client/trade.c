/* trade: list, show, correct, cancel, and how far an import is. The import stands in trade_import.c. */
#include "client/amount.h"
#include "client/run.h"
#include "client/trade_records.h"
#include "common/vocabulary.h"

#define PAGE 1000

/* ---- reading ---- */

int run_trade_list(struct client *client)
{
    Creditd__V1__TradeListRequest request = CREDITD__V1__TRADE_LIST_REQUEST__INIT;
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
        const Creditd__V1__TradeListAnswer *body;
        request.limit = (uint32_t)(left < PAGE ? left : PAGE);
        client_go_on(client);
        answer = exchange_read(client, METHOD_TRADE_LIST, &request.base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__trade_list_answer__descriptor);
        if (body == NULL)
            return run_fail_list(client, list);
        for (size_t i = 0; i < body->n_trades; i++)
            json_array_append_new(list, record_trade(client, body->trades[i]));
        request.after = body->next;
    } while (request.after != NULL && (!limited || json_array_size(list) < (size_t)limit));
    output_list(client, list, TRADE_COLUMNS);
    return EXIT_DONE;
}

static const Creditd__V1__TradeShowAnswer *read_trade(struct client *client)
{
    Creditd__V1__TradeShowRequest request = CREDITD__V1__TRADE_SHOW_REQUEST__INIT;
    const Creditd__V1__Answer *answer;

    request.customer = run_operand(client, 0);
    request.document = run_operand(client, 1);
    request.purpose = run_text(client, "purpose");
    answer = exchange_read(client, METHOD_TRADE_SHOW, &request.base, true);
    return answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__trade_show_answer__descriptor);
}

int run_trade_show(struct client *client)
{
    const Creditd__V1__TradeShowAnswer *body = read_trade(client);
    json_t *record, *past;

    if (body == NULL || body->trade == NULL)
        return run_fail(client);
    record = record_trade(client, body->trade);
    past = json_array();
    for (size_t i = 0; i < body->n_past; i++)
        json_array_append_new(past, record_trade(client, body->past[i]));
    if (client_json(client)) {
        json_object_set_new(record, "past", past);
        output_record(client, record);
        return EXIT_DONE;
    }
    output_record(client, record);
    if (client->format == FORMAT_TABLE && !client_has(client, "quiet"))
        output_part(_("Earlier versions:"), past, VERSION_COLUMNS);
    else
        json_decref(past);
    return EXIT_DONE;
}

int run_trade_status(struct client *client)
{
    Creditd__V1__TradeImportShowRequest request = CREDITD__V1__TRADE_IMPORT_SHOW_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__TradeImportAnswer *body;

    request.import = run_operand(client, 0);
    answer = exchange_read(client, METHOD_TRADE_IMPORT_SHOW, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__trade_import_answer__descriptor);
    if (body == NULL || body->import == NULL)
        return run_fail(client);
    output_record(client, record_import(client, body->import));
    return EXIT_DONE;
}

/* ---- changing ---- */

/* Sends a step and prints the trade after it. */
static int change(struct client *client, enum method method, const ProtobufCMessage *request)
{
    const Creditd__V1__Answer *answer = exchange_command(client, method, request);
    const Creditd__V1__TradeShowAnswer *body;
    json_t *record;

    if (answer == NULL)
        return run_fail(client);
    if (answer->has_body) {
        body = exchange_body(client, answer, &creditd__v1__trade_show_answer__descriptor);
        if (body == NULL || body->trade == NULL)
            return run_fail(client);
        output_record(client, record_trade(client, body->trade));
        return EXIT_DONE;
    }
    record = json_object(); /* a repeated command */
    record_text(record, "customer_id", answer->entity_id);
    record_text(record, "document", client_operand(client, 1));
    record_number(record, "version", answer->has_version, answer->version);
    output_record(client, record);
    return EXIT_DONE;
}

/* The currency in which --amount is given: --currency, else that of the trade. NULL: failure is set. */
static const char *currency_of(struct client *client)
{
    const Creditd__V1__TradeShowAnswer *body;

    if (client_has(client, "currency"))
        return client_flag(client, "currency");
    body = read_trade(client);
    if (body != NULL && (body->trade == NULL || body->trade->currency == NULL))
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "currency", _("--amount needs --currency"));
    return body == NULL || body->trade == NULL ? NULL : body->trade->currency;
}

/* An amount alone stays in its currency; a currency alone would make another amount of the same digits. */
static bool read_amount(struct client *client, Creditd__V1__TradeCorrectRequest *request)
{
    const char *amount = client_flag(client, "amount"), *currency;
    enum amount_result result;

    if (amount == NULL)
        return !client_has(client, "currency") ||
               failure_set(&client->failure, EXIT_USAGE, "USAGE", "amount", _("--currency needs --amount"));
    currency = currency_of(client);
    if (currency == NULL)
        return false;
    result = amount_read(amount, currency, &request->amount_minor);
    if (result != AMOUNT_OK)
        return failure_set(&client->failure, EXIT_USAGE, "USAGE",
                           result == AMOUNT_UNKNOWN_CURRENCY ? "currency" : "amount", "%s: %s",
                           result == AMOUNT_UNKNOWN_CURRENCY ? currency : amount, _(amount_error(result)));
    request->has_amount_minor = true;
    request->currency = run_text(client, "currency");
    return true;
}

int run_trade_correct(struct client *client)
{
    Creditd__V1__TradeCorrectRequest request = CREDITD__V1__TRADE_CORRECT_REQUEST__INIT;

    request.has_unsettled = request.unsettled = client_has(client, "unsettled");
    if (request.unsettled && client_has(client, "settled")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "unsettled",
                    _("--settled and --unsettled exclude each other"));
        return run_fail(client);
    }
    if (!run_if_version(client, &request.has_if_version, &request.if_version) ||
        !run_date(client, "issued", &request.issued_on) || !run_date(client, "due", &request.due_on) ||
        !run_date(client, "settled", &request.settled_on) || !read_amount(client, &request))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.document = run_operand(client, 1);
    request.reason = run_text(client, "reason");
    return change(client, METHOD_TRADE_CORRECT, &request.base);
}

int run_trade_cancel(struct client *client)
{
    Creditd__V1__TradeCancelRequest request = CREDITD__V1__TRADE_CANCEL_REQUEST__INIT;

    if (!run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.customer = run_operand(client, 0);
    request.document = run_operand(client, 1);
    request.reason = run_text(client, "reason");
    return change(client, METHOD_TRADE_CANCEL, &request.base);
}
