/* Message by message: forms and assessments. */
#include "client/assessment_records.h"

#include <stdlib.h>

#include "client/text.h"
#include "client/unicode.h"
#include "common/money.h"
#include "common/vocabulary.h"

void record_score(json_t *object, const char *key, bool has, uint32_t score)
{
    char text[MONEY_TEXT_BYTES];

    if (!has)
        return;
    money_format_short(score, SCORE_DECIMALS, text);
    record_text(object, key, text);
}

/* ---- the form ---- */

static json_t *record_factor(const Creditd__V1__Factor *m)
{
    json_t *o = json_object(), *rows = json_array();

    record_text(o, "name", m->name);
    record_word(o, "group", words_factor_group, m->has_group, (int)m->group);
    record_word(o, "input", words_factor_input, m->has_input, (int)m->input);
    record_number(o, "weight_bp", m->has_weight_bp, m->weight_bp);
    record_bool(o, "required", m->has_required, m->required);
    record_text(o, "evidence", m->evidence);
    for (size_t i = 0; i < m->n_rows; i++) {
        json_t *row = json_object();
        record_text(row, "from", m->rows[i]->from);
        record_text(row, "choice", m->rows[i]->choice);
        record_number(row, "points", m->rows[i]->has_points, m->rows[i]->points);
        json_array_append_new(rows, row);
    }
    json_object_set_new(o, "rows", rows);
    return o;
}

static json_t *record_checklist(const Creditd__V1__Checklist *m)
{
    json_t *o = json_object(), *kinds = json_array();

    record_word(o, "review", words_review, m->has_review, (int)m->review);
    for (size_t i = 0; i < m->n_kinds; i++)
        json_array_append_new(kinds, unicode_json(m->kinds[i]));
    json_object_set_new(o, "kinds", kinds);
    return o;
}

json_t *record_form(const Creditd__V1__AssessmentFormAnswer *m)
{
    json_t *o = json_object(), *factors = json_array(), *evidence = json_array(), *checklists = json_array();

    record_number(o, "policy_version", m->has_policy_version, m->policy_version);
    record_number(o, "valid_months", m->has_valid_months, m->valid_months);
    for (size_t i = 0; i < m->n_factors; i++)
        json_array_append_new(factors, record_factor(m->factors[i]));
    json_object_set_new(o, "factors", factors);
    for (size_t i = 0; i < m->n_evidence; i++) {
        json_t *kind = json_object();
        record_text(kind, "kind", m->evidence[i]->kind);
        record_number(kind, "valid_months", m->evidence[i]->has_valid_months, m->evidence[i]->valid_months);
        json_array_append_new(evidence, kind);
    }
    json_object_set_new(o, "evidence", evidence);
    for (size_t i = 0; i < m->n_checklists; i++)
        json_array_append_new(checklists, record_checklist(m->checklists[i]));
    json_object_set_new(o, "checklists", checklists);
    return o;
}

/* ---- an assessment ---- */

static json_t *record_document(const Creditd__V1__Document *m)
{
    json_t *o = json_object();

    record_text(o, "kind", m->kind);
    record_text(o, "number", m->number);
    record_text(o, "dated", m->dated);
    record_text(o, "valid_to", m->valid_to);
    record_text(o, "sha256", m->sha256);
    return o;
}

static json_t *record_factor_score(const Creditd__V1__FactorScore *m)
{
    json_t *o = json_object();

    record_text(o, "factor", m->factor);
    record_word(o, "group", words_factor_group, m->has_group, (int)m->group);
    record_text(o, "value", m->value);
    record_number(o, "points", m->has_points, m->points);
    record_number(o, "weight_bp", m->has_weight_bp, m->weight_bp);
    record_score(o, "score", m->has_score, m->score);
    record_text(o, "evidence", m->evidence);
    if (m->document != NULL)
        json_object_set_new(o, "document", record_document(m->document));
    return o;
}

json_t *record_assessment(const struct client *client, const Creditd__V1__Assessment *m)
{
    json_t *o = json_object(), *factors = json_array(), *documents = json_array();

    record_text(o, "id", m->id);
    record_text(o, "customer_id", m->customer_id);
    record_text(o, "customer_number", m->customer_number);
    record_word(o, "review", words_review, m->has_review, (int)m->review);
    record_text(o, "assessed_on", m->assessed_on);
    record_text(o, "valid_to", m->valid_to);
    record_score(o, "score", m->has_score, m->score);
    record_word(o, "grade", words_grade, m->has_grade, (int)m->grade);
    record_bool(o, "in_band", m->has_in_band, m->in_band);
    record_number(o, "policy_version", m->has_policy_version, m->policy_version);
    record_text(o, "entered_by", m->entered_by);
    record_instant(client, o, "recorded_at", m->has_recorded_at_us, m->recorded_at_us);
    for (size_t i = 0; i < m->n_factors; i++)
        json_array_append_new(factors, record_factor_score(m->factors[i]));
    json_object_set_new(o, "factors", factors);
    for (size_t i = 0; i < m->n_documents; i++)
        json_array_append_new(documents, record_document(m->documents[i]));
    json_object_set_new(o, "documents", documents);
    return o;
}

/* ---- for people ---- */

/* "licence 91310000 of 2020-05-01" instead of the kind alone. */
static void name_document(json_t *row, const Creditd__V1__Document *m)
{
    char *text = NULL;

    if (m->kind == NULL || m->number == NULL || m->dated == NULL)
        return;
    if (asprintf(&text, _("%s %s of %s"), m->kind, m->number, m->dated) < 0)
        abort();
    record_text(row, "evidence", text);
    free(text);
}

json_t *assessment_scored(const Creditd__V1__Assessment *m)
{
    json_t *list = json_array(), *sum = json_object();
    uint32_t weight = 0;

    for (size_t i = 0; i < m->n_factors; i++) {
        json_t *row = record_factor_score(m->factors[i]);
        if (m->factors[i]->document != NULL)
            name_document(row, m->factors[i]->document);
        json_array_append_new(list, row);
        weight += m->factors[i]->weight_bp;
    }
    record_text(sum, "factor", _("together"));
    record_number(sum, "weight_bp", true, weight);
    record_score(sum, "score", m->has_score, m->score);
    if (m->n_factors > 0)
        json_array_append_new(list, sum);
    else
        json_decref(sum);
    return list;
}

json_t *assessment_documents(const Creditd__V1__Assessment *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->n_documents; i++) {
        json_t *row = record_document(m->documents[i]);
        record_text(row, "evidence", m->documents[i]->kind);
        record_text(row, "document_number", m->documents[i]->number);
        json_array_append_new(list, row);
    }
    return list;
}
