/* audit, admin, help and version. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/run.h"
#include "common/civil.h"
#include "common/reasons.h"
#include "common/vocabulary.h"

/* ---- audit ---- */

static int audit_result(struct client *client, const Creditd__V1__AuditVerifyAnswer *last, json_int_t chains,
                        json_int_t events)
{
    bool ok = last->bad_chain == NULL;
    json_t *record = json_pack("{sbsIsI}", "ok", ok, "chains", chains, "events", events);

    if (!ok) {
        record_text(record, "bad_chain", last->bad_chain);
        json_object_set_new(record, "bad_seq", json_integer((json_int_t)last->bad_seq));
        record_text(record, "bad_why", last->bad_why);
    }
    output_record(client, record);
    if (ok)
        return EXIT_DONE;
    failure_set(&client->failure, EXIT_FAILED, "CHAIN_BROKEN", "customer",
                _("the chain of %s does not fit from event %" PRIu64 " on (%s)"), last->bad_chain, last->bad_seq,
                last->bad_why == NULL ? "?" : _(last->bad_why));
    return run_fail(client);
}

int run_audit_verify(struct client *client)
{
    Creditd__V1__AuditVerifyRequest request = CREDITD__V1__AUDIT_VERIFY_REQUEST__INIT;
    const Creditd__V1__AuditVerifyAnswer *body;
    json_int_t chains = 0, events = 0;

    request.customer = run_operand(client, 0);
    do {
        const Creditd__V1__Answer *answer = exchange_read(client, METHOD_AUDIT_VERIFY, &request.base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__audit_verify_answer__descriptor);
        if (body == NULL)
            return run_fail(client);
        chains += (json_int_t)body->chains;
        events += (json_int_t)body->events;
        request.after = body->next;
    } while (request.after != NULL);
    return audit_result(client, body, chains, events);
}

/* ---- admin ---- */

int run_clock_advance(struct client *client)
{
    Creditd__V1__ClockAdvanceRequest request = CREDITD__V1__CLOCK_ADVANCE_REQUEST__INIT;
    const char *word = client_operand(client, 0), *duration = client_operand(client, 1);
    long long ms = options_duration_ms(duration);

    if (strcmp(word, "advance") != 0) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL, _("the clock can be advanced, nothing else: %s"),
                    word);
        failure_hint(&client->failure, "creditctl admin clock advance DURATION");
        return run_fail(client);
    }
    if (ms <= 0) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "duration", _("%s is no duration such as 30s, 5m, 2h or 3d"),
                    duration);
        return run_fail(client);
    }
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.has_by_us = true;
    request.by_us = ms * 1000;
    return run_simple(client, METHOD_CLOCK_ADVANCE, &request.base, "id");
}

int run_admin_status(struct client *client)
{
    Creditd__V1__ServerStatusRequest request = CREDITD__V1__SERVER_STATUS_REQUEST__INIT;
    const Creditd__V1__Answer *answer = exchange_read(client, METHOD_SERVER_STATUS, &request.base, true);
    const Creditd__V1__ServerStatusAnswer *body =
        answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__server_status_answer__descriptor);
    json_t *record;

    if (body == NULL)
        return run_fail(client);
    record = json_object();
    record_text(record, "server", body->server);
    record_instant(client, record, "now", body->has_now_us, body->now_us);
    json_object_set_new(record, "schema_version", json_integer(body->schema_version));
    json_object_set_new(record, "commands", json_integer((json_int_t)body->commands));
    json_object_set_new(record, "batches", json_integer((json_int_t)body->batches));
    json_object_set_new(record, "connections", json_integer(body->connections));
    record_text(record, "policy_version", body->policy_version);
    json_object_set_new(record, "database_up", json_boolean(body->database_up));
    if (body->has_undone)
        json_object_set_new(record, "undone", json_integer(body->undone));
    output_record(client, record);
    return EXIT_DONE;
}

/* ---- help, version ---- */

static const struct {
    int code;
    const char *text;
} exit_texts[] = {
    {EXIT_DONE, N_("done")},
    {EXIT_FAILED, N_("failed")},
    {EXIT_USAGE, N_("wrong use of creditctl")},
    {EXIT_NOT_FOUND, N_("not found")},
    {EXIT_LOGIN, N_("log in first")},
    {EXIT_NOT_ALLOWED, N_("not allowed")},
    {EXIT_CONFLICT, N_("conflict: state or version has changed")},
    {EXIT_REFUSED, N_("refused by a rule")},
    {EXIT_PARTLY, N_("partly done")},
    {EXIT_UNKNOWN, N_("the outcome is not known; ask with creditctl outcome")},
    {EXIT_BUG, N_("a bug")},
    {EXIT_TRY_AGAIN, N_("nothing was done, run it again")},
    {EXIT_TIMED_OUT, N_("time-out before anything was done")},
    {EXIT_INTERRUPTED, N_("interrupted")},
};

static int help_exit_codes(void)
{
    for (size_t i = 0; i < sizeof exit_texts / sizeof exit_texts[0]; i++)
        printf("%4d  %s\n", exit_texts[i].code, _(exit_texts[i].text));
    return EXIT_DONE;
}

int run_help(struct client *client)
{
    const char *first = client_operand(client, 0);
    enum reason reason = first == NULL ? REASON_NONE : reason_from_name(first);

    if (first != NULL && strcmp(first, "exit-codes") == 0)
        return help_exit_codes();
    if (reason != REASON_NONE) {
        printf("%s: %s\n%s %d\n", first, _(reason_text(reason)), _("exit code:"), reason_exit_code(reason));
        return EXIT_DONE;
    }
    return command_help(client, first, client_operand(client, 1), client_operand(client, 2));
}

int run_version(struct client *client)
{
    output_record(client, json_pack("{sssi}", "creditctl", CREDITD_VERSION, "protocol", 1));
    return EXIT_DONE;
}
