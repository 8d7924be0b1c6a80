/* delegation: who acts for whom. */
#include <string.h>

#include "client/amount.h"
#include "client/run.h"
#include "client/trade_records.h"
#include "common/vocabulary.h"

/* --kind of a case, which may be repeated. False: failure is set. */
static bool read_kinds(struct client *client, Creditd__V1__DelegationGrantRequest *request)
{
    request->kinds = ARENA_ARRAY(client->arena, Creditd__V1__CaseKind, OPTIONS_MAX);
    for (int i = 0; i < client->options.given_count; i++) {
        const struct given *given = &client->options.given[i];
        int number;
        if (strcmp(given->flag->name, "kind") != 0)
            continue;
        number = word_number(words_case_kind, given->value);
        if (number <= 0)
            return failure_set(&client->failure, EXIT_USAGE, "UNKNOWN_KIND", "kinds",
                               _("%s is none of: admission, promotion, demotion"), given->value);
        request->kinds[request->n_kinds++] = (Creditd__V1__CaseKind)number;
    }
    return true;
}

/* --amount-to with its --currency. */
static bool read_amount(struct client *client, Creditd__V1__DelegationGrantRequest *request)
{
    const char *amount = client_flag(client, "amount-to"), *currency = client_flag(client, "currency");
    enum amount_result result;

    if (amount == NULL || currency == NULL)
        return amount == currency ||
               failure_set(&client->failure, EXIT_USAGE, "USAGE", amount == NULL ? "amount-to" : "currency", "%s",
                           _("--amount-to and --currency need each other"));
    result = amount_read(amount, currency, &request->amount_to_minor);
    if (result != AMOUNT_OK)
        return failure_set(&client->failure, EXIT_USAGE, "USAGE",
                           result == AMOUNT_UNKNOWN_CURRENCY ? "currency" : "amount-to", "%s: %s",
                           result == AMOUNT_UNKNOWN_CURRENCY ? currency : amount, _(amount_error(result)));
    request->has_amount_to_minor = true;
    request->currency = run_text(client, "currency");
    return true;
}

int run_delegation_grant(struct client *client)
{
    Creditd__V1__DelegationGrantRequest request = CREDITD__V1__DELEGATION_GRANT_REQUEST__INIT;

    if (!run_date(client, "from", &request.from) || !run_date(client, "until", &request.until) ||
        !read_kinds(client, &request) || !read_amount(client, &request))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.substitute = run_operand(client, 0);
    request.delegator = run_text(client, "delegator");
    request.reason = run_text(client, "reason");
    return run_simple(client, METHOD_DELEGATION_GRANT, &request.base, "id");
}

int run_delegation_revoke(struct client *client)
{
    Creditd__V1__DelegationRevokeRequest request = CREDITD__V1__DELEGATION_REVOKE_REQUEST__INIT;

    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.id = run_operand(client, 0);
    request.reason = run_text(client, "reason");
    return run_simple(client, METHOD_DELEGATION_REVOKE, &request.base, "id");
}

static json_t *record_delegation(const Creditd__V1__Delegation *m)
{
    json_t *o = json_object(), *kinds = json_array();

    record_text(o, "id", m->id);
    record_text(o, "delegator", m->delegator);
    record_text(o, "substitute", m->substitute);
    record_text(o, "from", m->from);
    record_text(o, "until", m->until);
    for (size_t i = 0; i < m->n_kinds; i++)
        json_array_append_new(kinds, record_word_json(words_case_kind, (int)m->kinds[i]));
    json_object_set_new(o, "kinds", kinds);
    record_sum(o, "amount_to", m->has_amount_to_minor, m->amount_to_minor, m->currency);
    record_text(o, "set_by", m->set_by);
    record_bool(o, "in_effect", m->has_in_effect, m->in_effect);
    return o;
}

int run_delegation_list(struct client *client)
{
    Creditd__V1__DelegationListRequest request = CREDITD__V1__DELEGATION_LIST_REQUEST__INIT;
    const Creditd__V1__Answer *answer = exchange_read(client, METHOD_DELEGATION_LIST, &request.base, true);
    const Creditd__V1__DelegationListAnswer *body =
        answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__delegation_list_answer__descriptor);
    json_t *list;

    if (body == NULL)
        return run_fail(client);
    list = json_array();
    for (size_t i = 0; i < body->n_delegations; i++)
        json_array_append_new(list, record_delegation(body->delegations[i]));
    output_list(client, list, "id delegator substitute from until kinds amount_to set_by in_effect");
    return EXIT_DONE;
}
