/* Checks of an assessment, in the order in which they are told: values, documents, then what is missing. */
#include "server/rules/assessment.h"

#include <stdio.h>
#include <string.h>

#include "common/check.h"
#include "common/text.h"

static struct assessment_refusal accept(void)
{
    return (struct assessment_refusal){.reason = REASON_NONE};
}

static struct assessment_refusal refuse(enum reason reason, const char *field, const char *name, const char *value)
{
    return (struct assessment_refusal){.reason = reason, .field = field, .names = {name}, .values = {value}};
}

static bool is(const struct assessment_refusal *refusal)
{
    return refusal->reason != REASON_NONE;
}

enum review review_of(enum tier tier)
{
    return tier == TIER_ORDINARY ? REVIEW_ADMISSION : REVIEW_PERIODIC;
}

civil_date document_valid_to(const struct policy *policy, const struct document *document)
{
    const struct evidence_kind *kind = policy_evidence(policy, document->kind);
    CHECK(kind != NULL);
    civil_date by_kind = civil_add_months(document->dated, kind->valid_months);
    return document->ends && document->valid_to < by_kind ? document->valid_to : by_kind;
}

/* ---- values ---- */

#define RULE_BYTES 256 /* a refusal's arguments have to fit into a row */

/* "one of yes, no"; of many long choices the first ones, each whole. */
static const char *choice_rule(const struct factor *factor, struct arena *arena)
{
    static const char more[] = ", ...";
    char text[RULE_BYTES] = "one of ";
    for (int i = 0; i < factor->row_count; i++) {
        size_t used = strlen(text), room = sizeof text - used;
        const char *comma = i == 0 ? "" : ", ", *choice = factor->rows[i].choice;
        if (strlen(comma) + strlen(choice) + sizeof more > room) {
            snprintf(text + used, room, "%s", more);
            break;
        }
        snprintf(text + used, room, "%s%s", comma, choice);
    }
    return arena_strdup(arena, text);
}

/* What a value of the factor looks like. */
static const char *value_rule(const struct factor *factor, struct arena *arena)
{
    switch (factor->input) {
    case FACTOR_INPUT_NUMBER:
        return "a number with at most 4 decimals";
    case FACTOR_INPUT_RATIO:
        return "two numbers, OVER/UNDER, with UNDER more than 0";
    case FACTOR_INPUT_YES_NO:
    case FACTOR_INPUT_CHOICE:
        break;
    }
    return choice_rule(factor, arena);
}

static struct assessment_refusal check_value(const struct scorecard *card, const struct assessment_input *input,
                                             size_t place, struct arena *arena)
{
    const struct entered_value *entered = &input->values[place];
    const char *name = entered->factor == NULL ? "" : entered->factor;
    const struct factor *factor = scorecard_factor(card, name);
    if (factor == NULL) {
        return refuse(REASON_UNKNOWN_FACTOR, "values", "factor", name);
    }
    for (size_t i = 0; i < place; i++) {
        if (strcmp(input->values[i].factor, name) == 0) {
            return refuse(REASON_FIELD_INVALID, "values", "rule", "each factor once");
        }
    }
    const char *value = entered->value == NULL ? "" : entered->value;
    bool fits = strlen(value) < FACTOR_VALUE_BYTES && text_is_clean(value, false);
    if (!fits || factor_row_of(factor, value) == NULL) {
        return (struct assessment_refusal){.reason = REASON_FACTOR_VALUE,
                                           .field = "values",
                                           .names = {"factor", "value", "rule"},
                                           .values = {name, fits ? value : "", value_rule(factor, arena)}};
    }
    return accept();
}

static const char *value_of(const struct assessment_input *input, const char *factor)
{
    for (size_t i = 0; i < input->value_count; i++) {
        if (strcmp(input->values[i].factor, factor) == 0) {
            return input->values[i].value;
        }
    }
    return NULL;
}

/* ---- documents ---- */

static bool is_sha256(const char *text)
{
    return strlen(text) == SHA256_DIGITS && strspn(text, "0123456789abcdef") == SHA256_DIGITS;
}

static const struct document *document_of(const struct assessment_input *input, const char *kind)
{
    for (size_t i = 0; i < input->document_count; i++) {
        if (strcmp(input->documents[i].kind, kind) == 0) {
            return &input->documents[i];
        }
    }
    return NULL;
}

static struct assessment_refusal check_document(const struct policy *policy, const struct assessment_input *input,
                                                size_t place)
{
    const struct document *document = &input->documents[place];
    if (document->kind == NULL || policy_evidence(policy, document->kind) == NULL) {
        return refuse(REASON_UNKNOWN_EVIDENCE, "documents", "kind", document->kind == NULL ? "" : document->kind);
    }
    if (document_of(input, document->kind) != document) {
        return refuse(REASON_FIELD_INVALID, "documents", "rule", "each kind once");
    }
    if (document->number == NULL || text_is_blank(document->number) || !text_is_clean(document->number, false) ||
        text_length(document->number) > DOCUMENT_NUMBER_MAX) {
        return refuse(REASON_FIELD_INVALID, "documents", "rule", "a number of 1 to 100 characters");
    }
    if (document->dated > input->today) {
        return refuse(REASON_FIELD_INVALID, "documents", "rule", "dated today or earlier");
    }
    if (document->ends && document->valid_to < document->dated) {
        return refuse(REASON_FIELD_INVALID, "documents", "rule", "valid to its own date or later");
    }
    if (document->sha256 != NULL && !is_sha256(document->sha256)) {
        return refuse(REASON_FIELD_INVALID, "documents", "rule", "a SHA-256 of 64 hexadecimal digits, small letters");
    }
    return accept();
}

/* The document must be there and valid today. */
static struct assessment_refusal check_needed(const struct policy *policy, const struct assessment_input *input,
                                              const char *kind, const char *factor, struct arena *arena)
{
    const struct document *document = document_of(input, kind);
    if (document == NULL) {
        return (struct assessment_refusal){.reason = REASON_EVIDENCE_MISSING,
                                           .field = "documents",
                                           .names = {"kind", factor != NULL ? "factor" : NULL},
                                           .values = {kind, factor}};
    }
    civil_date valid_to = document_valid_to(policy, document);
    if (valid_to >= input->today) {
        return accept();
    }
    char date[CIVIL_TEXT_BYTES];
    civil_format(valid_to, date);
    return (struct assessment_refusal){.reason = REASON_EVIDENCE_EXPIRED,
                                       .field = "documents",
                                       .names = {"kind", "date"},
                                       .values = {kind, arena_strdup(arena, date)}};
}

/* What the review asks for, then factor by factor. */
static struct assessment_refusal check_complete(const struct policy *policy, const struct assessment_input *input,
                                                struct arena *arena)
{
    const struct checklist *list = &policy->checklists[input->review];
    const struct scorecard *card = &policy->scorecard;
    struct assessment_refusal refusal = accept();
    for (int i = 0; i < card->factor_count; i++) {
        const struct factor *factor = &card->factors[i];
        if (factor->required && value_of(input, factor->name) == NULL) {
            return refuse(REASON_FACTOR_MISSING, "values", "factor", factor->name);
        }
    }
    if (input->value_count == 0) {
        return refuse(REASON_FIELD_INVALID, "values", "rule", "one value at least");
    }
    for (int i = 0; i < list->count && !is(&refusal); i++) {
        refusal = check_needed(policy, input, list->kinds[i], NULL, arena);
    }
    for (int i = 0; i < card->factor_count && !is(&refusal); i++) {
        const struct factor *factor = &card->factors[i];
        if (factor->evidence != NULL && value_of(input, factor->name) != NULL) {
            refusal = check_needed(policy, input, factor->evidence, factor->name, arena);
        }
    }
    return refusal;
}

struct assessment_refusal assessment_check(const struct policy *policy, const struct assessment_input *input,
                                           struct arena *arena)
{
    struct assessment_refusal refusal = accept();
    if (policy->scorecard.factor_count == 0) {
        return refuse(REASON_NO_SCORECARD, NULL, NULL, NULL);
    }
    if (input->review < REVIEW_ADMISSION || input->review > REVIEW_PERIODIC) {
        return refuse(REASON_UNKNOWN_VALUE, "review", NULL, NULL);
    }
    for (size_t i = 0; i < input->value_count && !is(&refusal); i++) {
        refusal = check_value(&policy->scorecard, input, i, arena);
    }
    for (size_t i = 0; i < input->document_count && !is(&refusal); i++) {
        refusal = check_document(policy, input, i);
    }
    return is(&refusal) ? refusal : check_complete(policy, input, arena);
}
