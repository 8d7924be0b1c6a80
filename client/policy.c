/* policy: versions, what differs between them, and the two hands that put one in force. */
#include <stdlib.h>
#include <string.h>

#include "client/policy_diff.h"
#include "client/run.h"
#include "common/civil.h"
#include "common/vocabulary.h"
#include "policy.pb-c.h"

#define POLICY_COLUMNS                                                                                                 \
    "version state base_version proposed_by proposed_at published_by effective_at rolled_back_by note"
#define VECTOR_COLUMNS "name expected given ok"
#define DIFF_COLUMNS   "key before after"

static json_t *record_policy(const struct client *client, const Creditd__V1__Policy *m)
{
    json_t *o = json_object();

    record_number(o, "version", m->has_version, m->version);
    record_word(o, "state", words_policy_state, m->has_state, (int)m->state);
    record_text(o, "note", m->note);
    record_number(o, "base_version", m->has_base_version, m->base_version);
    record_text(o, "proposed_by", m->proposed_by);
    record_instant(client, o, "proposed_at", m->has_proposed_at_us, m->proposed_at_us);
    record_text(o, "published_by", m->published_by);
    record_instant(client, o, "published_at", m->has_published_at_us, m->published_at_us);
    record_instant(client, o, "effective_at", m->has_effective_at_us, m->effective_at_us);
    record_text(o, "rolled_back_by", m->rolled_back_by);
    record_instant(client, o, "rolled_back_at", m->has_rolled_back_at_us, m->rolled_back_at_us);
    record_text(o, "rollback_reason", m->rollback_reason);
    record_text(o, "text", m->text);
    return o;
}

/* ---- texts ---- */

/* A message of the server's about a text begins, after its words, with the line; the file goes before it. */
static int fail_with_file(struct client *client, const char *path)
{
    const char *line = strpbrk(client->failure.message, "0123456789");

    if (path != NULL && strcmp(client->failure.reason, "POLICY_INVALID") == 0 && line != NULL)
        failure_hint(&client->failure, "%s:%s", path, line);
    return run_fail(client);
}

/* Is the operand the number of a version? A file of such a name is "./7". */
static bool is_version(const char *operand)
{
    return operand[0] >= '1' && operand[0] <= '9' && strspn(operand, "0123456789") == strlen(operand) &&
           strlen(operand) < 10;
}

/* False: failure is set. */
static bool take_version(struct client *client, const char *field, const char *text, uint32_t *out)
{
    if (!is_version(text))
        return failure_set(&client->failure, EXIT_USAGE, "USAGE", field, _("%s is no number of a version"), text);
    *out = (uint32_t)strtoul(text, NULL, 10);
    return true;
}

/* A version, 0: the one in force. NULL: failure is set. */
static const Creditd__V1__Policy *fetch(struct client *client, uint32_t version)
{
    Creditd__V1__PolicyShowRequest request = CREDITD__V1__POLICY_SHOW_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__PolicyAnswer *body;

    request.has_version = version != 0;
    request.version = version;
    answer = exchange_read(client, METHOD_POLICY_SHOW, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__policy_answer__descriptor);
    return body == NULL ? NULL : body->policy;
}

/* ---- list, show ---- */

int run_policy_list(struct client *client)
{
    Creditd__V1__PolicyListRequest request = CREDITD__V1__POLICY_LIST_REQUEST__INIT;
    const Creditd__V1__PolicyListAnswer *body;
    json_t *list = json_array();

    do {
        const Creditd__V1__Answer *answer = exchange_read(client, METHOD_POLICY_LIST, &request.base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__policy_list_answer__descriptor);
        if (body == NULL)
            return run_fail_list(client, list);
        for (size_t i = 0; i < body->n_policies; i++)
            json_array_append_new(list, record_policy(client, body->policies[i]));
        request.has_before = body->has_next;
        request.before = body->next;
    } while (body->has_next);
    output_list(client, list, POLICY_COLUMNS);
    return EXIT_DONE;
}

/* As a table it is the text alone, so that a file can be made of it; the number, which a proposal needs, stands beside.
 */
int run_policy_show(struct client *client)
{
    const char *operand = client_operand(client, 0);
    const Creditd__V1__Policy *policy;
    uint32_t version = 0;

    if (operand != NULL && !take_version(client, "version", operand, &version))
        return run_fail(client);
    policy = fetch(client, version);
    if (policy == NULL)
        return run_fail(client);
    if (client->format == FORMAT_TABLE && !client_has(client, "quiet")) {
        fputs(policy->text, stdout);
        fprintf(stderr, _("version %u\n"), policy->version);
    } else {
        output_record(client, record_policy(client, policy));
    }
    return EXIT_DONE;
}

/* ---- diff ---- */

/* The text of a version or of a file; NULL: failure is set. */
static const char *text_of(struct client *client, const char *operand)
{
    const Creditd__V1__Policy *policy;

    if (operand != NULL && !is_version(operand))
        return run_read_text(client, operand);
    policy = fetch(client, operand == NULL ? 0 : (uint32_t)strtoul(operand, NULL, 10));
    return policy == NULL ? NULL : policy->text;
}

int run_policy_diff(struct client *client)
{
    const char *last = client_operand(client, 1);
    const char *before = last == NULL ? NULL : client_operand(client, 0);
    const char *after = last == NULL ? client_operand(client, 0) : last;
    const char *old = text_of(client, before), *new = old == NULL ? NULL : text_of(client, after);
    char message[480] = "";
    json_t *list;

    if (new == NULL)
        return run_fail(client);
    list = policy_diff(before == NULL ? _("in force") : before, old, after, new, message, sizeof message);
    if (list == NULL) {
        failure_set(&client->failure, EXIT_REFUSED, "POLICY_INVALID", "text", _("the policy cannot be read: %s"),
                    message);
        return run_fail(client);
    }
    output_list(client, list, DIFF_COLUMNS);
    return EXIT_DONE;
}

/* ---- check, test ---- */

static const Creditd__V1__PolicyCheckAnswer *check(struct client *client, const char *operand)
{
    Creditd__V1__PolicyCheckRequest request = CREDITD__V1__POLICY_CHECK_REQUEST__INIT;
    const Creditd__V1__Answer *answer;

    if (is_version(operand)) {
        request.has_version = true;
        request.version = (uint32_t)strtoul(operand, NULL, 10);
    } else {
        request.text = run_read_text(client, operand);
        if (request.text == NULL)
            return NULL;
    }
    answer = exchange_read(client, METHOD_POLICY_CHECK, &request.base, true);
    return answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__policy_check_answer__descriptor);
}

static bool holds(const Creditd__V1__PolicyVector *vector)
{
    return strcmp(vector->expected, vector->given) == 0;
}

int run_policy_check(struct client *client)
{
    const char *operand = client_operand(client, 0);
    const Creditd__V1__PolicyCheckAnswer *body = check(client, operand);

    if (body == NULL)
        return fail_with_file(client, is_version(operand) ? NULL : operand);
    output_record(client, json_pack("{sbsI}", "valid", true, "tests", (json_int_t)body->n_vectors));
    return EXIT_DONE;
}

int run_policy_test(struct client *client)
{
    const char *operand = client_operand(client, 0);
    const Creditd__V1__PolicyCheckAnswer *body = check(client, operand);
    const Creditd__V1__PolicyVector *failing = NULL;
    json_t *list;

    if (body == NULL)
        return fail_with_file(client, is_version(operand) ? NULL : operand);
    list = json_array();
    for (size_t i = 0; i < body->n_vectors; i++) {
        const Creditd__V1__PolicyVector *v = body->vectors[i];
        if (failing == NULL && !holds(v))
            failing = v;
        json_array_append_new(
            list, json_pack("{sssssssb}", "name", v->name, "expected", v->expected, "given", v->given, "ok", holds(v)));
    }
    output_list(client, list, VECTOR_COLUMNS);
    if (failing == NULL)
        return EXIT_DONE;
    failure_set(&client->failure, EXIT_REFUSED, "VECTOR_FAILED", "text", _("test %s gives %s and expects %s"),
                failing->name, text_word("given", failing->given), text_word("expected", failing->expected));
    return run_fail(client);
}

/* ---- propose, publish, roll back ---- */

static int run_change(struct client *client, enum method method, const ProtobufCMessage *request, const char *path)
{
    const Creditd__V1__Answer *answer = exchange_command(client, method, request);
    const Creditd__V1__PolicyAnswer *body;

    if (answer == NULL)
        return fail_with_file(client, path);
    if (!answer->has_body) { /* of a repeated command */
        output_record(client, json_pack("{sI}", "version", (json_int_t)strtoll(answer->entity_id, NULL, 10)));
        return EXIT_DONE;
    }
    body = exchange_body(client, answer, &creditd__v1__policy_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    output_record(client, record_policy(client, body->policy));
    return EXIT_DONE;
}

int run_policy_propose(struct client *client)
{
    Creditd__V1__PolicyProposeRequest request = CREDITD__V1__POLICY_PROPOSE_REQUEST__INIT;
    const char *path = client_operand(client, 0);

    request.text = run_read_text(client, path);
    if (request.text == NULL ||
        !take_version(client, "base_version", client_flag(client, "base"), &request.base_version))
        return run_fail(client);
    request.has_base_version = true;
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.note = run_text(client, "note");
    return run_change(client, METHOD_POLICY_PROPOSE, &request.base, path);
}

int run_policy_publish(struct client *client)
{
    Creditd__V1__PolicyPublishRequest request = CREDITD__V1__POLICY_PUBLISH_REQUEST__INIT;

    if (!run_date(client, "from", &request.effective_from) ||
        !take_version(client, "version", client_operand(client, 0), &request.version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.has_version = true;
    return run_change(client, METHOD_POLICY_PUBLISH, &request.base, NULL);
}

int run_policy_rollback(struct client *client)
{
    Creditd__V1__PolicyRollBackRequest request = CREDITD__V1__POLICY_ROLL_BACK_REQUEST__INIT;

    if (!take_version(client, "version", client_operand(client, 0), &request.version))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.has_version = true;
    request.reason = run_text(client, "reason");
    return run_change(client, METHOD_POLICY_ROLL_BACK, &request.base, NULL);
}
