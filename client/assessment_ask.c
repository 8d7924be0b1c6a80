/* An assessment asked for at the terminal, factor by factor, then document by document. What cannot be right is asked
 * for again, so that a slip does not cost all that was typed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/assessment_form.h"
#include "client/run.h"
#include "client/text.h"
#include "client/unicode.h"
#include "common/money.h"
#include "common/vocabulary.h"

#define VALUE_DECIMALS 4

/* One line on standard error. */
static void tell(const char *text)
{
    char *shown = unicode_harmless(text);

    fprintf(stderr, "  %s\n", shown);
    free(shown);
}

/* ---- values ---- */

static bool is_number(const char *text, int64_t least)
{
    int64_t number;

    return money_parse(text, VALUE_DECIMALS, &number) == MONEY_OK && number >= least;
}

static bool is_ratio(struct client *client, const char *text)
{
    const char *slash = strchr(text, '/');

    return slash != NULL && is_number(arena_strndup(client->arena, text, (size_t)(slash - text)), INT64_MIN) &&
           is_number(slash + 1, 1);
}

static bool is_value(struct client *client, const Creditd__V1__Factor *factor, const char *text)
{
    if (factor->input == CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_NUMBER)
        return is_number(text, INT64_MIN);
    if (factor->input == CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_RATIO)
        return is_ratio(client, text);
    for (size_t i = 0; i < factor->n_rows; i++)
        if (factor->rows[i]->choice != NULL && strcmp(factor->rows[i]->choice, text) == 0)
            return true;
    return false;
}

/* What was typed, without blanks around it; a number in its plain form. */
static char *plain_value(struct client *client, const Creditd__V1__Factor *factor, const char *typed)
{
    bool words = factor->input == CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_CHOICE;
    size_t length;
    const char *start = unicode_strip(typed, &length);
    char *plain, *out;

    if (words)
        return arena_strndup(client->arena, start, length);
    plain = unicode_plain(typed);
    out = arena_strdup(client->arena, plain);
    free(plain);
    return out;
}

static bool ask_value(struct client *client, const Creditd__V1__Factor *factor,
                      Creditd__V1__AssessmentEnterRequest *request)
{
    const char *hint = form_input_text(client, factor);
    const char *prompt = arena_printf(client->arena, factor->required ? "%s (%s)" : _("%s (%s; optional, or nothing)"),
                                      factor->name, hint);

    for (;;) {
        const char *typed = run_ask(client, prompt), *value;
        if (typed == NULL)
            return false;
        value = plain_value(client, factor, typed);
        if (value[0] == '\0' && !factor->required)
            return true;
        if (value[0] != '\0' && is_value(client, factor, value)) {
            form_add_value(client, request, factor->name, value);
            return true;
        }
        tell(arena_printf(client->arena, _("it must be %s"), hint));
    }
}

/* ---- documents ---- */

static bool is_needed(const Creditd__V1__AssessmentFormAnswer *form, int review,
                      const Creditd__V1__AssessmentEnterRequest *request, const char *kind)
{
    if (form_review_needs(form, review, kind))
        return true;
    for (size_t f = 0; f < form->n_factors; f++) {
        const Creditd__V1__Factor *factor = form->factors[f];
        for (size_t i = 0; factor->evidence != NULL && i < request->n_values; i++)
            if (strcmp(factor->evidence, kind) == 0 && strcmp(request->values[i]->factor, factor->name) == 0)
                return true;
    }
    return false;
}

/* A text without blanks around it; NULL: failure is set. */
static char *ask_text(struct client *client, const char *kind, const char *what)
{
    const char *typed = run_ask(client, arena_printf(client->arena, "%s: %s", kind, what));
    size_t length;

    if (typed == NULL)
        return NULL;
    typed = unicode_strip(typed, &length);
    return arena_strndup(client->arena, typed, length);
}

static bool ask_number(struct client *client, Creditd__V1__Document *document)
{
    do
        document->number = ask_text(client, document->kind, _("document number"));
    while (document->number != NULL && document->number[0] == '\0');
    return document->number != NULL;
}

/* *out stays NULL for an optional date that is left out. */
static bool ask_date(struct client *client, const char *kind, const char *what, bool optional, char **out)
{
    for (;;) {
        const char *typed = ask_text(client, kind, what);
        if (typed == NULL)
            return false;
        if (typed[0] == '\0' && optional)
            return true;
        *out = run_plain_date(client, typed);
        if (*out != NULL)
            return true;
        tell(arena_printf(client->arena, _("%s is no date such as 2026-11-23"), typed));
    }
}

static bool ask_file(struct client *client, Creditd__V1__Document *document)
{
    for (;;) {
        const char *typed = ask_text(client, document->kind, _("file, whose SHA-256 is kept, or nothing"));
        if (typed == NULL)
            return false;
        if (typed[0] == '\0')
            return true;
        document->sha256 = form_digest(client, typed);
        if (document->sha256 != NULL)
            return true;
        if (client_interrupted())
            return false;
        tell(client->failure.message);
    }
}

static bool ask_document(struct client *client, const char *kind, Creditd__V1__AssessmentEnterRequest *request)
{
    Creditd__V1__Document *document = form_add_document(client, request, kind);

    return ask_number(client, document) && ask_date(client, kind, _("date, YYYY-MM-DD"), false, &document->dated) &&
           ask_date(client, kind, _("valid to, YYYY-MM-DD, or nothing"), true, &document->valid_to) &&
           ask_file(client, document);
}

bool form_ask(struct client *client, const Creditd__V1__AssessmentFormAnswer *form, int review,
              Creditd__V1__AssessmentEnterRequest *request)
{
    request->values = ARENA_ARRAY(client->arena, Creditd__V1__FactorValue *, form->n_factors + 1);
    request->documents = ARENA_ARRAY(client->arena, Creditd__V1__Document *, form->n_evidence + 1);
    for (size_t i = 0; i < form->n_factors; i++)
        if (!ask_value(client, form->factors[i], request))
            return false;
    for (size_t i = 0; i < form->n_evidence; i++)
        if (is_needed(form, review, request, form->evidence[i]->kind) &&
            !ask_document(client, form->evidence[i]->kind, request))
            return false;
    return true;
}
