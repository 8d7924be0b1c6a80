/* policy route explain: the way that a case would take. */
#include <string.h>

#include "client/run.h"
#include "client/trade_records.h"
#include "client/unicode.h"
#include "common/vocabulary.h"
#include "policy.pb-c.h"

#define NODE_COLUMNS                                                                                                   \
    "step name unit role days signatures_needed own_manager least_level automatic passed_by when_finding holders"

static json_t *record_node(const Creditd__V1__RouteNode *m)
{
    json_t *o = json_object(), *holders = json_array();

    record_word(o, "step", words_event, m->has_step, (int)m->step);
    record_text(o, "name", m->name);
    record_text(o, "unit", m->unit);
    record_word(o, "role", words_role, m->has_role, (int)m->role);
    record_number(o, "days", m->has_days, m->days);
    record_word(o, "least_level", words_job_level, m->has_least_level, (int)m->least_level);
    record_number(o, "signatures_needed", m->has_signatures_needed, m->signatures_needed);
    record_bool(o, "own_manager", m->has_own_manager, m->own_manager);
    record_bool(o, "automatic", m->has_automatic, m->automatic);
    record_bool(o, "passed_by", m->has_passed_by, m->passed_by);
    record_word(o, "when_finding", words_finding, m->has_when_finding, (int)m->when_finding);
    for (size_t i = 0; i < m->n_holders; i++)
        json_array_append_new(holders, unicode_json(m->holders[i]));
    json_object_set_new(o, "holders", holders);
    return o;
}

static void show(const struct client *client, const Creditd__V1__RouteExplainAnswer *m)
{
    json_t *record = json_object(), *nodes = json_array();

    record_text(record, "customer_id", m->customer_id);
    record_number(record, "policy_version", m->has_policy_version, m->policy_version);
    record_word(record, "kind", words_case_kind, m->has_kind, (int)m->kind);
    record_number(record, "jump", m->has_jump, m->jump);
    record_sum(record, "limit", m->has_limit_minor, m->limit_minor, m->limit_currency);
    record_number(record, "whole_days", m->has_whole_days, m->whole_days);
    for (size_t i = 0; i < m->n_nodes; i++)
        json_array_append_new(nodes, record_node(m->nodes[i]));
    if (client->format == FORMAT_CSV) {
        json_decref(record);
        output_list(client, nodes, NODE_COLUMNS);
    } else if (client->format == FORMAT_TABLE) {
        output_record(client, record);
        output_part(_("The way of the case:"), nodes, NODE_COLUMNS);
    } else {
        json_object_set_new(record, "nodes", nodes);
        output_record(client, record);
    }
}

int run_policy_route(struct client *client)
{
    Creditd__V1__RouteExplainRequest request = CREDITD__V1__ROUTE_EXPLAIN_REQUEST__INIT;
    const Creditd__V1__RouteExplainAnswer *body;
    const Creditd__V1__Answer *answer;
    int grade;

    if (strcmp(client_operand(client, 0), "explain") != 0) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("a route can be explained, nothing else: %s"),
                    client_operand(client, 0));
        return run_fail(client);
    }
    if (!client_word(client, "to", words_grade, "UNKNOWN_GRADE", "to_grade", &grade))
        return run_fail(client);
    request.purpose = run_text(client, "purpose");
    request.customer = run_operand(client, 1);
    request.has_to_grade = true;
    request.to_grade = (Creditd__V1__Grade)grade;
    answer = exchange_read(client, METHOD_ROUTE_EXPLAIN, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__route_explain_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    show(client, body);
    return EXIT_DONE;
}
