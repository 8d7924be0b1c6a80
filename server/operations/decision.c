/* Small shared parts of decisions. */
#include "server/operations/decision.h"

#include "common/check.h"
#include "common/text.h"
#include "server/rules/delegation.h"
#include "server/rules/limit.h"

#include <stdio.h>
#include <string.h>

void decision_refuse(struct command *command, enum reason reason, const char *field, const char *name,
                     const char *value)
{
    struct outcome *outcome = &command->outcome;

    outcome->status = STATUS_REJECTED;
    outcome->reason = reason;
    outcome->field = field;
    if (name != NULL && value != NULL)
        outcome_argument(outcome, name, value);
}

bool decision_refused_by(struct command *command, const struct refusal *refusal)
{
    if (refusal->reason == REASON_NONE)
        return false;
    decision_refuse(command, refusal->reason, refusal->field, refusal->name, refusal->value);
    return true;
}

bool decision_allowed(struct command *command, const struct situation *situation)
{
    struct refusal refusal = access_check(access_row_of(command->kind->method), situation->user);

    return !decision_refused_by(command, &refusal);
}

bool decision_acting(struct command *command, const struct situation *situation, const char *login, struct user *acting)
{
    struct refusal refusal = delegation_acting(situation->org, situation->user, login, situation->now, acting);

    if (refusal.reason == REASON_NONE)
        refusal = access_check(access_row_of(command->kind->method), acting);
    return !decision_refused_by(command, &refusal);
}

bool decision_covered(struct command *command, const struct situation *situation, const struct user *acting,
                      struct standing from, enum grade to, struct money limit)
{
    struct refusal refusal =
        delegation_covers(situation->org, acting, delegation_case_kind(from, to), limit, situation->now);

    return !decision_refused_by(command, &refusal);
}

void payload_acted_for(json_t *payload, const struct user *acting)
{
    if (acting->acts_for != 0)
        payload_int(payload, "acted_for", acting->acts_for);
}

void payload_limit(json_t *payload, struct money limit)
{
    if (!limit_known(limit))
        return;
    payload_int(payload, "limit_minor", limit.minor);
    json_object_set_new(payload, "limit_currency", json_string(limit.currency));
}

bool decision_text(struct command *command, const char *field, const char *text, size_t max, bool optional)
{
    char limit[24];

    if (text == NULL || text_is_blank(text)) {
        if (!optional)
            decision_refuse(command, REASON_FIELD_REQUIRED, field, NULL, NULL);
        return optional;
    }
    if (!text_is_clean(text, max > 200)) {
        decision_refuse(command, REASON_FIELD_INVALID, field, "rule", "text without control characters");
        return false;
    }
    if (text_length(text) > max) {
        snprintf(limit, sizeof limit, "%zu", max);
        decision_refuse(command, REASON_FIELD_TOO_LONG, field, "limit", limit);
        return false;
    }
    return true;
}

void decision_prepare_reference(struct call *call, struct command *command)
{
    (void)call;
    command->home = 0;
}

void decision_reference(struct command *command, struct effects *effects, enum event_kind kind, const char *payload,
                        const char *entity)
{
    effects->events[effects->event_count++] = (struct event){.kind = kind, .payload = payload};
    CHECK(strlen(entity) < sizeof command->outcome.entity);
    snprintf(command->outcome.entity, sizeof command->outcome.entity, "%s", entity);
}
