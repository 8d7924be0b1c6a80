/* Small shared parts of decisions. */
#include "server/operations/decision.h"

#include "common/check.h"
#include "common/text.h"

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

void decision_reference(struct command *command, struct effects *effects, enum event_kind kind, const char *payload,
                        const char *entity)
{
    effects->events[effects->event_count++] = (struct event){.kind = kind, .payload = payload};
    CHECK(strlen(entity) < sizeof command->outcome.entity);
    snprintf(command->outcome.entity, sizeof command->outcome.entity, "%s", entity);
}
