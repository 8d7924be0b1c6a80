/* Failures: from a rule of the server, or found here. */
#include "client/failure.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/field.h"
#include "client/output.h"
#include "client/text.h"
#include "client/unicode.h"
#include "common/check.h"
#include "common/civil.h"

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
    unicode_trim(failure->message);
    return false;
}

bool failure_hint(struct failure *failure, const char *hint, ...)
{
    va_list arguments;

    va_start(arguments, hint);
    vsnprintf(failure->hint, sizeof failure->hint, hint, arguments);
    va_end(arguments);
    unicode_trim(failure->hint);
    return false;
}

bool failure_lost(struct failure *failure)
{
    return failure_set(failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", NULL, _("the connection was lost"));
}

bool failure_by_older(const struct failure *failure)
{
    return strcmp(failure->reason, "MALFORMED") == 0 && strcmp(failure->field, "unknown field") == 0;
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

/* Values that are words or texts of the server, not names that people gave. */
static bool is_translated(const char *name, size_t length)
{
    static const char *const names[] = {"field", "role", "other", "level", "state",   "what",
                                        "rule",  "step", "grade", "given", "expected"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return true;
    return false;
}

static const struct client *run;

void failure_begin(const struct client *client)
{
    run = client;
}

/* An instant as the tables of this run show it; JSON has it as it came. */
static void put_instant(const char *value, char *out, unsigned long size)
{
    char text[INSTANT_TEXT_BYTES], *shown;
    int64_t at_us;

    if (run == NULL || run->zone == NULL || client_json(run) || !instant_parse(value, &at_us)) {
        snprintf(out, size, "%s", value);
        return;
    }
    instant_format(run->zone, at_us, text);
    shown = output_instant(text);
    snprintf(out, size, "%s", shown);
    free(shown);
}

static bool is_instant(const char *name, size_t length)
{
    static const char *const names[] = {"latest", "until", "due"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return true;
    return false;
}

/* What is not there is told with the name that was given. */
static void put_field(const Creditd__V1__Answer *answer, const char *field, char *out, unsigned long size)
{
    char text[FIELD_TEXT_BYTES];

    field_text(run, field, answer->reason == CREDITD__V1__REASON__REASON_NOT_FOUND, text);
    snprintf(out, size, "%s", text);
}

/* A rule that lists names begins with words of the server. */
static void put_value(const Creditd__V1__Answer *answer, const char *name, size_t length, char *out, unsigned long size)
{
    static const char list[] = "one of ";
    const char *value = argument_value(answer, name, length);

    if (is_instant(name, length))
        put_instant(value, out, size);
    else if (value[0] == '\0' || !is_translated(name, length))
        snprintf(out, size, "%s", value);
    else if (strncmp(value, list, sizeof list - 1) == 0)
        snprintf(out, size, "%s%s", _("one of "), value + sizeof list - 1);
    else if (length == 5 && strncmp(name, "field", 5) == 0)
        put_field(answer, value, out, size);
    else
        snprintf(out, size, "%s", _(value));
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
            put_value(answer, text + 1, (size_t)(end - text - 1), out + used, size - used);
            used = strlen(out);
            text = end + 1;
        }
    }
    unicode_trim(out);
}

void failure_from_answer(struct failure *failure, const Creditd__V1__Answer *answer)
{
    const char *name = reason_name((enum reason)answer->reason);

    *failure = (struct failure){.code = (enum exit_code)reason_exit_code((enum reason)answer->reason),
                                .retryable = answer->retryable,
                                .retry_after_ms = answer->retry_after_ms,
                                .executed = !answer->has_executed ? EXECUTED_UNKNOWN
                                            : answer->executed    ? EXECUTED_YES
                                                                  : EXECUTED_NO};
    if (name == NULL)
        snprintf(failure->reason, sizeof failure->reason, "%d", (int)answer->reason);
    else
        snprintf(failure->reason, sizeof failure->reason, "%s", name);
    snprintf(failure->field, sizeof failure->field, "%s", answer->field == NULL ? "" : answer->field);
    failure_text(answer, failure->message, sizeof failure->message);
    if (answer->reason == CREDITD__V1__REASON__REASON_OPEN_APPLICATION_EXISTS)
        snprintf(failure->about, sizeof failure->about, "%s", argument_value(answer, "application", 11));
}

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value[0] != '\0')
        json_object_set_new(object, key, unicode_json(value));
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
    CHECK(text != NULL);
    fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(object);
}

static void print_line(const char *label, const char *text)
{
    char *shown = unicode_harmless(text);

    if (shown[0] != '\0')
        fprintf(stderr, "  %s %s\n", label, shown);
    free(shown);
}

int failure_print(const struct failure *failure, bool json)
{
    char *message;

    fflush(stdout);
    if (json) {
        print_json(failure);
        return failure->code;
    }
    message = unicode_harmless(failure->message);
    fprintf(stderr, "creditctl: %s (%s)\n", message, failure->reason);
    free(message);
    print_line(_("field:"), failure->field);
    print_line(_("command id:"), failure->command_id);
    print_line(_("try:"), failure->hint);
    return failure->code;
}
