/* Scorecards and assessments as messages. */
#include "server/operations/assessment_view.h"

#include <jansson.h>
#include <string.h>

#include "common/check.h"
#include "common/money.h"
#include "server/operations/trade_view.h"

char *view_decimal(struct call *call, int64_t value, int decimals)
{
    char text[MONEY_TEXT_BYTES];

    money_format_short(value, decimals, text);
    return arena_strdup(call->arena, text);
}

/* ---- documents ---- */

static char *member(struct call *call, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? NULL : arena_strdup(call->arena, text);
}

static Creditd__V1__Document **view_documents(struct call *call, const char *documents, size_t *count)
{
    json_t *list = json_loads(documents, 0, NULL);
    Creditd__V1__Document **out;

    CHECK(json_is_array(list)); /* the server wrote it */
    *count = json_array_size(list);
    out = ARENA_ARRAY(call->arena, Creditd__V1__Document *, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        const json_t *object = json_array_get(list, i);
        Creditd__V1__Document *document = ARENA_NEW(call->arena, Creditd__V1__Document);
        creditd__v1__document__init(document);
        document->kind = member(call, object, "kind");
        document->number = member(call, object, "number");
        document->dated = member(call, object, "dated");
        document->valid_to = member(call, object, "valid_to");
        document->sha256 = member(call, object, "sha256");
        out[i] = document;
    }
    json_decref(list);
    return out;
}

static Creditd__V1__Document *document_of(const Creditd__V1__Assessment *assessment, const char *kind)
{
    for (size_t i = 0; kind != NULL && i < assessment->n_documents; i++)
        if (strcmp(assessment->documents[i]->kind, kind) == 0)
            return assessment->documents[i];
    return NULL;
}

/* ---- an assessment ---- */

static Creditd__V1__FactorScore *view_factor_score(struct call *call, const struct factor *factor, const char *values,
                                                   const Creditd__V1__Assessment *assessment)
{
    Creditd__V1__FactorScore *out = ARENA_NEW(call->arena, Creditd__V1__FactorScore);
    char value[FACTOR_VALUE_BYTES];
    const struct factor_row *row = NULL;

    creditd__v1__factor_score__init(out);
    out->factor = arena_strdup(call->arena, factor->name);
    out->has_group = out->has_weight_bp = true;
    out->group = (Creditd__V1__FactorGroup)factor->group;
    out->weight_bp = (uint32_t)factor->weight_bp;
    if (scorecard_value(values, factor->name, value)) {
        out->value = arena_strdup(call->arena, value);
        row = factor_row_of(factor, value);
        if (factor->evidence != NULL)
            out->document = document_of(assessment, factor->evidence);
    }
    out->has_points = out->has_score = row != NULL;
    out->points = row == NULL ? 0 : (uint32_t)row->points;
    out->score = out->points * out->weight_bp;
    if (factor->evidence != NULL)
        out->evidence = arena_strdup(call->arena, factor->evidence);
    return out;
}

static void view_score(struct call *call, const struct scorecard *card, const struct assessment *row,
                       Creditd__V1__Assessment *out)
{
    struct scored scored = scorecard_score(card, row->values);

    out->valid_to = view_date(call, scorecard_valid_to(card, row->assessed_on));
    out->factors = ARENA_ARRAY(call->arena, Creditd__V1__FactorScore *, card->factor_count + 1);
    for (int i = 0; i < card->factor_count; i++)
        out->factors[out->n_factors++] = view_factor_score(call, &card->factors[i], row->values, out);
    out->has_score = out->has_grade = out->has_in_band = scored.valid;
    if (!scored.valid)
        return;
    out->score = (uint32_t)scored.score;
    out->grade = (Creditd__V1__Grade)scored.grade;
    out->in_band = scored.in_band;
}

Creditd__V1__Assessment *view_assessment(struct call *call, const struct policy *policy,
                                         const struct customer *customer, const struct assessment *row)
{
    Creditd__V1__Assessment *out = ARENA_NEW(call->arena, Creditd__V1__Assessment);

    creditd__v1__assessment__init(out);
    out->id = view_id(call, 'S', row->key);
    out->customer_id = view_id(call, 'C', customer->key);
    out->customer_number = arena_strdup(call->arena, customer->number);
    out->has_review = out->has_policy_version = out->has_recorded_at_us = true;
    out->review = (Creditd__V1__Review)row->review;
    out->assessed_on = view_date(call, row->assessed_on);
    out->policy_version = (uint32_t)row->policy_version;
    out->entered_by = view_login(call, row->entered_by);
    out->recorded_at_us = row->recorded_at;
    out->documents = view_documents(call, row->documents, &out->n_documents);
    if (policy->scorecard.factor_count > 0)
        view_score(call, &policy->scorecard, row, out);
    return out;
}

/* ---- the form ---- */

static Creditd__V1__FactorRow *view_row(struct call *call, const struct factor_row *row)
{
    Creditd__V1__FactorRow *out = ARENA_NEW(call->arena, Creditd__V1__FactorRow);

    creditd__v1__factor_row__init(out);
    if (row->choice != NULL)
        out->choice = arena_strdup(call->arena, row->choice);
    else if (!row->rest)
        out->from = view_decimal(call, row->from, FACTOR_DECIMALS);
    out->has_points = true;
    out->points = (uint32_t)row->points;
    return out;
}

static Creditd__V1__Factor *view_factor(struct call *call, const struct factor *factor)
{
    Creditd__V1__Factor *out = ARENA_NEW(call->arena, Creditd__V1__Factor);

    creditd__v1__factor__init(out);
    out->name = arena_strdup(call->arena, factor->name);
    out->has_group = out->has_input = out->has_weight_bp = out->has_required = true;
    out->group = (Creditd__V1__FactorGroup)factor->group;
    out->input = (Creditd__V1__FactorInput)factor->input;
    out->weight_bp = (uint32_t)factor->weight_bp;
    out->required = factor->required;
    if (factor->evidence != NULL)
        out->evidence = arena_strdup(call->arena, factor->evidence);
    out->rows = ARENA_ARRAY(call->arena, Creditd__V1__FactorRow *, factor->row_count + 1);
    for (int i = 0; i < factor->row_count; i++)
        out->rows[out->n_rows++] = view_row(call, &factor->rows[i]);
    return out;
}

static Creditd__V1__Checklist *view_checklist(struct call *call, const struct policy *policy, enum review review)
{
    const struct checklist *list = &policy->checklists[review];
    Creditd__V1__Checklist *out = ARENA_NEW(call->arena, Creditd__V1__Checklist);

    creditd__v1__checklist__init(out);
    out->has_review = true;
    out->review = (Creditd__V1__Review)review;
    out->kinds = ARENA_ARRAY(call->arena, char *, list->count + 1);
    for (int i = 0; i < list->count; i++)
        out->kinds[out->n_kinds++] = arena_strdup(call->arena, list->kinds[i]);
    return out;
}

Creditd__V1__AssessmentFormAnswer *view_form(struct call *call, const struct policy *policy)
{
    Creditd__V1__AssessmentFormAnswer *out = ARENA_NEW(call->arena, Creditd__V1__AssessmentFormAnswer);
    const struct scorecard *card = &policy->scorecard;

    creditd__v1__assessment_form_answer__init(out);
    out->has_policy_version = out->has_valid_months = true;
    out->policy_version = (uint32_t)policy->version;
    out->valid_months = (uint32_t)card->valid_months;
    out->factors = ARENA_ARRAY(call->arena, Creditd__V1__Factor *, card->factor_count + 1);
    for (int i = 0; i < card->factor_count; i++)
        out->factors[out->n_factors++] = view_factor(call, &card->factors[i]);
    out->evidence = ARENA_ARRAY(call->arena, Creditd__V1__EvidenceKind *, policy->evidence_count + 1);
    for (int i = 0; i < policy->evidence_count; i++) {
        Creditd__V1__EvidenceKind *kind = ARENA_NEW(call->arena, Creditd__V1__EvidenceKind);
        creditd__v1__evidence_kind__init(kind);
        kind->kind = arena_strdup(call->arena, policy->evidence[i].name);
        kind->has_valid_months = true;
        kind->valid_months = (uint32_t)policy->evidence[i].valid_months;
        out->evidence[out->n_evidence++] = kind;
    }
    out->checklists = ARENA_ARRAY(call->arena, Creditd__V1__Checklist *, REVIEW_PERIODIC + 1);
    for (int review = REVIEW_ADMISSION; review <= REVIEW_PERIODIC; review++)
        out->checklists[out->n_checklists++] = view_checklist(call, policy, (enum review)review);
    return out;
}
