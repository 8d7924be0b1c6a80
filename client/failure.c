/* Failures: from a rule of the server, or found here. */
#include "client/failure.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"

bool failure_set(struct failure *failure, enum exit_code code, const char *reason, const char *field,
                 const char *message, ...)
{
    va_list arguments;

    *failure = (struct failure){
        .code = code, .executed = EXECUTED_NO, .retryable = code == EXIT_TRY_AGAIN || code == EXIT_TIMED_OUT};
    snprintf(failure->reason, sizeof failure->reason, "%s", reason);
    snprintf(failure->field, sizeof failure->field, "%s", field == NULL ? "" : field);
    va_start(arguments, message);
    vsnprintf(failure->message, sizeof failure->message, message, arguments);
    va_end(arguments);
    return false;
}

bool failure_hint(struct failure *failure, const char *hint, ...)
{
    va_list arguments;

    va_start(arguments, hint);
    vsnprintf(failure->hint, sizeof failure->hint, hint, arguments);
    va_end(arguments);
    return false;
}

static const char *argument_value(const Creditd__V1__Answer *answer, const char *name, size_t length)
{
    if (length == 5 && strncmp(name, "field", 5) == 0)
        return answer->field == NULL ? "" : answer->field;
    for (size_t i = 0; i < answer->n_arguments; i++) {
        const Creditd__V1__Argument *a = answer->arguments[i];
        if (a->name != NULL && a->value != NULL && strlen(a->name) == length && strncmp(a->name, name, length) == 0)
            return a->value;
    }
    return "?";
}

void failure_text(const Creditd__V1__Answer *answer, char *out, unsigned long size)
{
    const char *text = reason_text((enum reason)answer->reason);
    size_t used = 0;

    if (text == NULL) {
        snprintf(out, size, _("refused for a reason this creditctl does not know (%d)"), (int)answer->reason);
        return;
    }
    out[0] = '\0';
    for (text = gettext(text); *text != '\0' && used + 1 < size;) {
        const char *end = *text == '{' ? strchr(text, '}') : NULL;
        if (end == NULL) {
            out[used++] = *text++;
            out[used] = '\0';
        } else {
            snprintf(out + used, size - used, "%s", argument_value(answer, text + 1, (size_t)(end - text - 1)));
            used = strlen(out);
            text = end + 1;
        }
    }
}

static void set_hint(struct failure *failure, enum reason reason)
{
    switch (reason) {
    case REASON_NOT_LOGGED_IN:
    case REASON_SESSION_EXPIRED:
        failure_hint(failure, "%s", _("creditctl auth login"));
        break;
    case REASON_STALE_VERSION:
    case REASON_STATE_CHANGED:
    case REASON_ALREADY_DECIDED:
        failure_hint(failure, "%s", _("look at it again: creditctl application show ID"));
        break;
    case REASON_OUTCOME_UNKNOWN:
        failure_hint(failure, "%s", _("ask again: creditctl outcome ID"));
        break;
    default:
        if (reason_retryable(reason))
            failure_hint(failure, "%s", _("nothing was done; run it again"));
    }
}

void failure_from_answer(struct failure *failure, const Creditd__V1__Answer *answer)
{
    const char *name = reason_name((enum reason)answer->reason);

    *failure = (struct failure){.code = (enum exit_code)reason_exit_code((enum reason)answer->reason),
                                .retryable = answer->retryable,
                                .executed = !answer->has_executed ? EXECUTED_UNKNOWN
                                            : answer->executed    ? EXECUTED_YES
                                                                  : EXECUTED_NO};
    if (name == NULL)
        snprintf(failure->reason, sizeof failure->reason, "%d", (int)answer->reason);
    else
        snprintf(failure->reason, sizeof failure->reason, "%s", name);
    snprintf(failure->field, sizeof failure->field, "%s", answer->field == NULL ? "" : answer->field);
    failure_text(answer, failure->message, sizeof failure->message);
    set_hint(failure, (enum reason)answer->reason);
}

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value[0] != '\0')
        json_object_set_new(object, key, json_string(value));
}

static void print_json(const struct failure *failure)
{
    json_t *object = json_object();
    char *text;

    json_object_set_new(object, "code", json_integer(failure->code));
    set_text(object, "reason", failure->reason);
    set_text(object, "field", failure->field);
    set_text(object, "message", failure->message);
    set_text(object, "hint", failure->hint);
    set_text(object, "command_id", failure->command_id);
    json_object_set_new(object, "retryable", json_boolean(failure->retryable));
    if (failure->executed != EXECUTED_UNKNOWN)
        json_object_set_new(object, "executed", json_boolean(failure->executed == EXECUTED_YES));
    text = json_dumps(object, JSON_COMPACT);
    fprintf(stderr, "%s\n", text == NULL ? "{}" : text);
    free(text);
    json_decref(object);
}

int failure_print(const struct failure *failure, bool json)
{
    fflush(stdout);
    if (json) {
        print_json(failure);
        return failure->code;
    }
    fprintf(stderr, "creditctl: %s (%s)\n", failure->message, failure->reason);
    if (failure->field[0] != '\0')
        fprintf(stderr, "  %s %s\n", _("field:"), failure->field);
    if (failure->command_id[0] != '\0')
        fprintf(stderr, "  %s %s\n", _("command id:"), failure->command_id);
    if (failure->hint[0] != '\0')
        fprintf(stderr, "  %s %s\n", _("try:"), failure->hint);
    return failure->code;
}
