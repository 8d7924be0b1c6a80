/* Which flag or operand of a command fills which field. */
#include "client/field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/text.h"
#include "client/unicode.h"

/* Fields whose flag or operand has another name. The first row that fits counts. */
static const struct {
    const char *noun, *verb; /* NULL: all */
    const char *field;
    const char *flag;    /* or NULL: it is an operand, ... */
    const char *operand; /* ... of that name */
} places[] = {
    {"application", NULL, "to_grade", "to", NULL},
    {"application", "transfer", "to", NULL, "login"},
    {"application", "assist", "to", "ask", NULL},
    {"application", "policy", "policy_version", "version", NULL},
    {"application", "pause", "waits_for", "for", NULL},
    {"policy", "route", "to_grade", "to", NULL},
    {"policy", "simulate", "to", "until", NULL},
    {"policy", "publish", "effective_from", "from", NULL},
    {"policy", "propose", "base_version", "base", NULL},
    {"user", NULL, "job_level", "level", NULL},
    {"user", NULL, "roles", "role", NULL},
    {"delegation", "grant", "amount_to_minor", "amount-to", NULL},
    {"delegation", "grant", "kinds", "kind", NULL},
    {"trade", "correct", "amount_minor", "amount", NULL},
    {"trade", "correct", "issued_on", "issued", NULL},
    {"trade", "correct", "due_on", "due", NULL},
    {"trade", "correct", "settled_on", "settled", NULL},
    {NULL, NULL, "acting_for", "acting-for", NULL},
    {NULL, NULL, "if_version", "if-version", NULL},
};

struct place {
    const char *flag, *operand;
};

static bool same(const char *wanted, const char *given)
{
    return wanted == NULL || (given != NULL && strcmp(wanted, given) == 0);
}

static struct place place_of(const struct command_spec *spec, const char *field)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (same(places[i].noun, spec->noun) && same(places[i].verb, spec->verb) && strcmp(places[i].field, field) == 0)
            return (struct place){places[i].flag, places[i].operand};
    return (struct place){NULL, field};
}

/* Is that the operand, which help writes in capitals and in brackets where it may be left out? */
static bool is_operand(const char *text, size_t length, const char *name)
{
    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    for (size_t i = 0; i < length; i++)
        if (tolower((unsigned char)text[i]) != name[i])
            return false;
    return name[length] == '\0';
}

/* What was given for the operand of that name, or NULL; what the noun names may be called ID. */
static const char *operand_value(const struct client *client, const struct command_spec *spec, const char *name)
{
    int n = 0;

    for (const char *at = spec->operands; *at != '\0'; n++) {
        size_t length = strcspn(at, " ");
        if (is_operand(at, length, name) || (strcmp(name, spec->noun) == 0 && is_operand(at, length, "id")))
            return client_operand(client, n);
        at += length + strspn(at + length, " ");
    }
    return NULL;
}

void field_text(const struct client *client, const char *field, bool with_value, char out[FIELD_TEXT_BYTES])
{
    struct failure ignored;
    const struct command_spec *spec = client == NULL ? NULL : command_find(&client->options, &ignored);
    struct place place = spec == NULL ? (struct place){NULL, NULL} : place_of(spec, field);
    const char *flag = place.flag != NULL ? place.flag : field, *value = NULL;
    const char *name = text_field(place.operand == NULL ? field : place.operand);

    if (with_value && spec != NULL && (value = options_value(&client->options, flag)) != NULL)
        snprintf(out, FIELD_TEXT_BYTES, "--%s %s", flag, value);
    else if (with_value && place.operand != NULL && (value = operand_value(client, spec, place.operand)) != NULL)
        snprintf(out, FIELD_TEXT_BYTES, "%s %s", name, value);
    else
        snprintf(out, FIELD_TEXT_BYTES, "%s%s", place.flag != NULL ? "--" : "", place.flag != NULL ? flag : name);
    unicode_trim(out);
}
