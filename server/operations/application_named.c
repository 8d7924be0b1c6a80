/* Shared parts of the commands on a case that are no steps. */
#include "server/operations/application_named.h"

#include "server/operations/customer_file.h"
#include "server/rules/node.h"
#include "server/rules/words.h"
#include "server/rules/workflow.h"

void application_named(struct call *call, const char *id, struct command *command)
{
    command->home = call_home(call);
    if (id != NULL && public_id_parse('A', id, &command->application))
        command->home = command->application.home;
}

bool application_allowed(struct command *command, const struct situation *s, const char *acting_for,
                         uint32_t if_version, struct user *acting)
{
    const struct call *call = command->request;
    struct refusal refusal;

    if (!decision_acting(command, s, acting_for, acting))
        return false;
    if (s->application == NULL) {
        decision_refuse(command, REASON_NOT_FOUND, "application", NULL, NULL);
        return false;
    }
    refusal = access_check_subject(call->access, s->org, acting, s->application->branch_id, s->application->region_id,
                                   "application");
    return !decision_refused_by(command, &refusal) &&
           decision_covered(command, s, acting, s->application->from, s->application->to_grade,
                            s->application->limit) &&
           decision_version(command, if_version, s->application->version);
}

struct claim_input application_claim_input(const struct situation *s, const struct user *acting)
{
    return (struct claim_input){.org = s->org,
                                .policy = s->policy,
                                .user = acting,
                                .now = s->now,
                                .assessed_by = s->customer->assessed_by,
                                .managed_by = s->customer->managed_by};
}

bool application_text(struct command *command, const struct situation *s, const struct user *acting, const char *field,
                      const char *text)
{
    struct refusal refusal;
    const char *word;
    bool for_head;

    if (!decision_text(command, field, text, STEP_TEXT_MAX, true))
        return false;
    word = words_found(s->org, s->policy, acting, text, &for_head);
    if (word == NULL)
        return true;
    refusal = words_refusal(field, word, for_head);
    return !decision_refused_by(command, &refusal);
}

void application_accept(struct command *command, const struct situation *s, const struct user *acting,
                        const struct application *row, enum event_kind kind, json_t *payload, struct arena *arena,
                        struct effects *effects)
{
    payload_acted_for(payload, acting);
    payload_assistant(payload, s->application, row);
    effects->has_customer = true;
    effects->customer = *s->customer;
    effects->has_application = true;
    effects->application = *row;
    effects->events[effects->event_count++] =
        (struct event){.kind = kind, .application = row->key.id, .payload = payload_text(arena, payload)};
    public_id_format('A', row->key, command->outcome.entity);
    command->outcome.version = row->version;
    command->after_application = *row;
    command->after_customer = *s->customer;
}

void application_passed_by(const struct policy *policy, const struct application *row, uint32_t skipped,
                           struct arena *arena, struct effects *effects)
{
    const struct route_node *route;
    json_t *nodes, *payload;

    if (skipped == 0)
        return;
    nodes = json_array();
    for (int i = 0, count = node_route(policy, &route); i < count; i++)
        if ((skipped & 1U << i) != 0)
            json_array_append_new(nodes, json_string(route[i].name));
    payload = json_pack("{so}", "nodes", nodes);
    payload_int(payload, "policy_version", row->policy_version);
    effects->events[effects->event_count++] = (struct event){.kind = EVENT_NODES_SKIPPED,
                                                             .application = row->key.id,
                                                             .payload = payload_text(arena, payload),
                                                             .by_system = true};
}
