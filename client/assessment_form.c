/* Printing and reading of forms. */
#include "client/assessment_form.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "client/output.h"
#include "client/run.h"
#include "client/text.h"
#include "common/settings.h"
#include "common/text.h"
#include "common/vocabulary.h"

#define ENTRIES_MAX     64 /* more than a policy has factors, or kinds of documents */
#define NAME_MAX_LENGTH 100
#define TEXT_MAX_LENGTH 1000

/* ---- printing ---- */

const char *form_input_text(const struct client *client, const Creditd__V1__Factor *factor)
{
    const char *list = NULL;

    switch (factor->input) {
    case CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_NUMBER:
        return _("a number with at most 4 decimals");
    case CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_RATIO:
        return _("two numbers, OVER/UNDER, such as 1800000.00/1200000.00");
    case CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_YES_NO:
    case CREDITD__V1__FACTOR_INPUT__FACTOR_INPUT_CHOICE:
    default:
        break;
    }
    for (size_t i = 0; i < factor->n_rows; i++)
        if (factor->rows[i]->choice != NULL)
            list = arena_printf(client->arena, "%s%s\"%s\"", list == NULL ? "" : list, list == NULL ? "" : ", ",
                                factor->rows[i]->choice);
    return arena_printf(client->arena, "%s%s", _("one of "), list == NULL ? "" : list);
}

bool form_review_needs(const Creditd__V1__AssessmentFormAnswer *form, int review, const char *kind)
{
    for (size_t i = 0; i < form->n_checklists; i++) {
        const Creditd__V1__Checklist *list = form->checklists[i];
        for (size_t k = 0; k < list->n_kinds; k++)
            if ((int)list->review == review && strcmp(list->kinds[k], kind) == 0)
                return true;
    }
    return false;
}

static void print_comment(const char *indent, const char *text)
{
    printf("%s// ", indent);
    output_padded(text, 0);
    putchar('\n');
}

/* group, weight, what may be entered, and the document behind it. */
static void print_factor(const struct client *client, const Creditd__V1__Factor *factor, bool last)
{
    const char *group = word_name(words_factor_group, (int)factor->group);
    const char *text = arena_printf(client->arena, _("%s, weight %u.%02u %%: %s"), group == NULL ? "?" : _(group),
                                    factor->weight_bp / 100, factor->weight_bp % 100, form_input_text(client, factor));

    if (factor->evidence != NULL)
        text = arena_printf(client->arena, _("%s; document: %s"), text, factor->evidence);
    if (!factor->required)
        text = arena_printf(client->arena, _("%s; optional"), text);
    print_comment("  ", text);
    printf("  { factor = \"%s\"; value = \"\"; }%s\n", factor->name, last ? "" : ",");
}

/* How long it is valid, and what asks for it. */
static void print_document(const struct client *client, const Creditd__V1__AssessmentFormAnswer *form,
                           const Creditd__V1__EvidenceKind *kind, bool last)
{
    const char *text =
        arena_printf(client->arena, _("valid for %u months from its date; needed for"), kind->valid_months);
    const char *before = " ";

    for (const struct word *w = words_review; w->name != NULL; w++)
        if (form_review_needs(form, w->number, kind->kind)) {
            text = arena_printf(client->arena, "%s%s%s", text, before, w->name);
            before = ", ";
        }
    for (size_t i = 0; i < form->n_factors; i++)
        if (form->factors[i]->evidence != NULL && strcmp(form->factors[i]->evidence, kind->kind) == 0) {
            text = arena_printf(client->arena, "%s%s%s", text, before, form->factors[i]->name);
            before = ", ";
        }
    print_comment("  ", text);
    printf("  { kind = \"%s\"; number = \"\"; dated = \"\"; valid_to = \"\"; file = \"\"; }%s\n", kind->kind,
           last ? "" : ",");
}

void form_print(const struct client *client, const Creditd__V1__AssessmentFormAnswer *form)
{
    print_comment("", arena_printf(client->arena,
                                   _("Assessment by the scorecard of policy version %u, valid for %u "
                                     "months."),
                                   form->policy_version, form->valid_months));
    print_comment("", _("Fill in what stands in quotes, then: creditctl assessment enter CUSTOMER --form FILE"));
    putchar('\n');
    print_comment("", _("The kind of review. Without this line it is admission for an ordinary customer, periodic for "
                        "a key account."));
    print_comment("", "review = \"change\";");
    putchar('\n');
    print_comment("", _("A value that is left empty counts as none."));
    puts("values = (");
    for (size_t i = 0; i < form->n_factors; i++)
        print_factor(client, form->factors[i], i + 1 == form->n_factors);
    puts(");\n");
    print_comment("",
                  _("A document that is left empty counts as none. Dates are YYYY-MM-DD; of a statement, the end of "
                    "its period."));
    print_comment("", _("Optional: valid_to, the last day that the document itself names; file, from the folder of "
                        "this form, of which the SHA-256 is kept."));
    puts("documents = (");
    for (size_t i = 0; i < form->n_evidence; i++)
        print_document(client, form, form->evidence[i], i + 1 == form->n_evidence);
    puts(");");
}

/* ---- filling a request ---- */

void form_add_value(struct client *client, Creditd__V1__AssessmentEnterRequest *request, const char *factor,
                    const char *value)
{
    Creditd__V1__FactorValue *out = ARENA_NEW(client->arena, Creditd__V1__FactorValue);

    creditd__v1__factor_value__init(out);
    out->factor = arena_strdup(client->arena, factor);
    out->value = arena_strdup(client->arena, value);
    request->values[request->n_values++] = out;
}

Creditd__V1__Document *form_add_document(struct client *client, Creditd__V1__AssessmentEnterRequest *request,
                                         const char *kind)
{
    Creditd__V1__Document *out = ARENA_NEW(client->arena, Creditd__V1__Document);

    creditd__v1__document__init(out);
    out->kind = arena_strdup(client->arena, kind);
    request->documents[request->n_documents++] = out;
    return out;
}

char *form_digest(struct client *client, const char *path)
{
    uint8_t digest[RUN_DIGEST_BYTES];
    char *text;

    if (!run_digest_file(client, path, digest))
        return NULL;
    text = arena_alloc(client->arena, 2 * sizeof digest + 1);
    return sodium_bin2hex(text, 2 * sizeof digest + 1, digest, sizeof digest);
}

/* ---- reading ---- */

struct form_value {
    const char *factor, *value;
};
struct form_document {
    const char *kind, *number, *dated, *valid_to, *file;
};
struct form {
    int review; /* 0: none */
    struct form_value values[ENTRIES_MAX];
    int value_count;
    struct form_document documents[ENTRIES_MAX];
    int document_count;
};

static const struct setting value_keys[] = {{SETTING_TEXT("factor", struct form_value, factor, 1, NAME_MAX_LENGTH)},
                                            {SETTING_TEXT("value", struct form_value, value, 0, TEXT_MAX_LENGTH)},
                                            {0}};
static const struct setting document_keys[] = {
    {SETTING_TEXT("kind", struct form_document, kind, 1, NAME_MAX_LENGTH)},
    {SETTING_TEXT("number", struct form_document, number, 0, TEXT_MAX_LENGTH)},
    {SETTING_TEXT("dated", struct form_document, dated, 0, NAME_MAX_LENGTH)},
    {SETTING_TEXT("valid_to", struct form_document, valid_to, 0, NAME_MAX_LENGTH), .optional = true},
    {SETTING_TEXT("file", struct form_document, file, 0, TEXT_MAX_LENGTH), .optional = true},
    {0}};
static const struct setting form_keys[] = {
    {SETTING_WORD("review", struct form, review, words_review), .optional = true},
    {SETTING_GROUPS("values", struct form, values, value_count, value_keys, 0, ENTRIES_MAX)},
    {SETTING_GROUPS("documents", struct form, documents, document_count, document_keys, 0, ENTRIES_MAX)},
    {0}};

/* A form that is being read. */
struct reading {
    struct client *client;
    struct settings *settings;
    const char *path;
    Creditd__V1__AssessmentEnterRequest *request;
};

static bool refuse(const struct reading *reading, int place, const char *member, const char *what)
{
    char key[64];

    snprintf(key, sizeof key, "documents[%d].%s", place + 1, member);
    return settings_refuse(reading->settings, key, "%s", what);
}

static bool take_date(const struct reading *reading, int place, const char *member, const char *text, char **out)
{
    *out = run_plain_date(reading->client, text);
    return *out != NULL ||
           refuse(reading, place, member,
                  arena_printf(reading->client->arena, _("is \"%s\", must be a date \"YYYY-MM-DD\""), text));
}

/* A path of the form is seen from the form's folder. */
static bool take_file(const struct reading *reading, int place, const char *file, char **out)
{
    struct client *client = reading->client;
    const char *slash = strrchr(reading->path, '/');
    const char *path = slash == NULL || file[0] == '/'
                           ? file
                           : arena_printf(client->arena, "%.*s/%s", (int)(slash - reading->path), reading->path, file);

    *out = form_digest(client, path);
    return *out != NULL || refuse(reading, place, "file", client->failure.message);
}

static bool take_document(const struct reading *reading, int place, const struct form_document *from)
{
    bool has_end = !text_is_blank(from->valid_to), has_file = !text_is_blank(from->file);
    Creditd__V1__Document *out;

    if (text_is_blank(from->number) && text_is_blank(from->dated) && !has_end && !has_file)
        return true;
    if (text_is_blank(from->number))
        return refuse(reading, place, "number", _("is empty: the document has no number"));
    out = form_add_document(reading->client, reading->request, from->kind);
    out->number = arena_strdup(reading->client->arena, from->number);
    return take_date(reading, place, "dated", from->dated, &out->dated) &&
           (!has_end || take_date(reading, place, "valid_to", from->valid_to, &out->valid_to)) &&
           (!has_file || take_file(reading, place, from->file, &out->sha256));
}

static bool take_form(const struct reading *reading, struct form *form)
{
    struct client *client = reading->client;

    if (!settings_fill(reading->settings, form_keys, client->arena, form))
        return false;
    reading->request->values = ARENA_ARRAY(client->arena, Creditd__V1__FactorValue *, ENTRIES_MAX);
    reading->request->documents = ARENA_ARRAY(client->arena, Creditd__V1__Document *, ENTRIES_MAX);
    if (form->review != 0) {
        reading->request->has_review = true;
        reading->request->review = (Creditd__V1__Review)form->review;
    }
    for (int i = 0; i < form->value_count; i++)
        if (!text_is_blank(form->values[i].value))
            form_add_value(client, reading->request, form->values[i].factor, form->values[i].value);
    for (int i = 0; i < form->document_count; i++)
        if (!take_document(reading, i, &form->documents[i]))
            return false;
    return true;
}

bool form_read(struct client *client, const char *path, Creditd__V1__AssessmentEnterRequest *request)
{
    const char *text = run_read_text(client, path);
    struct reading reading = {.client = client, .path = path, .request = request};
    char message[480] = "";
    bool ok;

    if (text == NULL)
        return false;
    reading.settings = settings_parse(path, text, message, sizeof message);
    ok = reading.settings != NULL && take_form(&reading, ARENA_NEW(client->arena, struct form));
    settings_free(reading.settings);
    if (!ok && !client_interrupted())
        failure_set(&client->failure, EXIT_USAGE, "FORM", "form", _("the form cannot be used: %s"), message);
    return ok;
}
