/* Reports: what is due, and the scoreboard. */
#include "client/report.h"

#include <errno.h>
#include <string.h>

#include "application.pb-c.h"
#include "client/commands.h"
#include "client/customer.h"
#include "client/dates.h"
#include "client/exchange.h"
#include "client/output.h"
#include "client/page.h"
#include "client/records.h"
#include "client/run.h"
#include "client/text.h"
#include "client/trade_records.h"
#include "report.pb-c.h"

#define PAGE 1000

/* ---- deadlines ---- */

/* Is it the same case, or the same criterion? Emergencies and reviews of a customer are other tasks. */
static bool is_same(const json_t *one, const json_t *other, const char *key)
{
    const char *kind = json_string_value(json_object_get(other, "kind"));

    if (!json_equal(json_object_get(one, key), json_object_get(other, key)))
        return false;
    if (json_object_get(one, "id") != NULL)
        return json_object_get(other, "id") != NULL;
    return json_object_get(other, "id") == NULL && kind != NULL && strcmp(kind, "criterion") == 0;
}

/* What stands in the list already, because it is the asker's to act on, is not listed twice: a case by its id, a
 * criterion by its customer. */
static void add_row(json_t *record, const char *kind, const char *key, json_t *list)
{
    json_t *other;
    size_t index;

    if (kind != NULL) {
        json_array_foreach(list, index, other)
        {
            if (is_same(record, other, key)) {
                json_decref(record);
                return;
            }
        }
        json_object_set_new(record, "kind", json_string(kind));
    }
    json_array_append_new(list, record);
}

/* Adds the cases that are due, oldest first; `kind` (may be NULL) is what they are called in the list. */
static bool add_due(struct client *client, Creditd__V1__DueListRequest *request, const char *kind, json_t *list,
                    size_t limit)
{
    request->purpose = run_text(client, "purpose");
    request->has_limit = true;
    while (json_array_size(list) < limit) {
        size_t left = limit - json_array_size(list);
        const Creditd__V1__Answer *answer;
        const Creditd__V1__DueListAnswer *body;
        request->limit = (uint32_t)(left < PAGE && !request->escalated ? left : PAGE);
        client_go_on(client);
        answer = exchange_read(client, METHOD_DUE_LIST, &request->base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__due_list_answer__descriptor);
        if (body == NULL)
            return false;
        for (size_t i = 0; i < body->n_cases && json_array_size(list) < limit; i++)
            add_row(record_due(client, body->cases[i]), kind, "id", list);
        request->after = body->next;
        if (request->after == NULL)
            return true;
    }
    return true;
}

bool report_add_criteria(struct client *client, Creditd__V1__CriterionListRequest *request, const char *kind,
                         json_t *list, size_t limit)
{
    request->purpose = run_text(client, "purpose");
    request->has_limit = true;
    request->limit = PAGE;
    while (json_array_size(list) < limit) {
        const Creditd__V1__Answer *answer;
        const Creditd__V1__CriterionListAnswer *body;
        client_go_on(client);
        answer = exchange_read(client, METHOD_CRITERION_LIST, &request->base, true);
        body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__criterion_list_answer__descriptor);
        if (body == NULL)
            return false;
        for (size_t i = 0; i < body->n_criteria && json_array_size(list) < limit; i++)
            add_row(record_criterion(client, body->criteria[i]), kind, "customer_id", list);
        request->after = body->next;
        if (request->after == NULL)
            return true;
    }
    return true;
}

int run_report_due(struct client *client)
{
    Creditd__V1__CriterionListRequest criteria = CREDITD__V1__CRITERION_LIST_REQUEST__INIT;
    Creditd__V1__DueListRequest request = CREDITD__V1__DUE_LIST_REQUEST__INIT;
    Creditd__V1__TaskListRequest reviews = CREDITD__V1__TASK_LIST_REQUEST__INIT;
    json_t *list = json_array();
    long days = 1, limit = 1000000;
    bool days_given, limited, ok;
    json_t *record;
    size_t i;

    if (!client_number(client, "days", 0, 365, &days, &days_given) ||
        !client_number(client, "limit", 1, 1000000, &limit, &limited))
        return run_fail_list(client, list);
    request.branch = run_text(client, "branch");
    request.has_days = true;
    request.days = (uint32_t)days;
    criteria.branch = request.branch;
    criteria.has_days = true;
    criteria.days = request.days;
    ok = add_due(client, &request, NULL, list, (size_t)limit);
    json_array_foreach(list, i, record) json_object_set_new(record, "kind", json_string("application"));
    reviews.branch = request.branch;
    reviews.has_days = reviews.has_kind = true;
    reviews.days = request.days;
    reviews.kind = CREDITD__V1__TASK_KIND__TASK_AFTER_REVIEW;
    if (!ok || !report_add_criteria(client, &criteria, NULL, list, (size_t)limit) ||
        !(task_add(client, &reviews, list, (size_t)limit) || failure_by_older(&client->failure)))
        return run_fail_list(client, list);
    output_list(client, list, DUE_COLUMNS);
    return EXIT_DONE;
}

bool report_add_escalated(struct client *client, json_t *list, size_t limit)
{
    Creditd__V1__DueListRequest request = CREDITD__V1__DUE_LIST_REQUEST__INIT;
    Creditd__V1__CriterionListRequest criteria = CREDITD__V1__CRITERION_LIST_REQUEST__INIT;

    request.has_escalated = request.escalated = true;
    criteria.has_escalated = criteria.escalated = true;
    return add_due(client, &request, "escalation", list, limit) &&
           report_add_criteria(client, &criteria, "escalation", list, limit);
}

/* ---- the scoreboard ---- */

#define SCORE_COLUMNS                                                                                                  \
    "month unit level rank score_bp submitted submitted_in_time submit_missed met met_in_time met_missed verified "    \
    "verified_in_time verify_missed decided decided_in_time decide_missed recorded recorded_in_time record_missed "    \
    "returned reversed missed overdue_now overrides emergencies reviews_overdue reviews_unjustified"
#define MONTHS_MAX 36

static json_t *record_score(const char *month, const Creditd__V1__Score *m)
{
    json_t *o = json_object();

    record_text(o, "month", month);
    record_text(o, "unit", m->unit);
    record_word(o, "level", words_unit_level, m->has_level, (int)m->level);
    record_number(o, "rank", m->has_rank, m->rank);
    record_number(o, "score_bp", m->has_score_bp, m->score_bp);
    record_number(o, "submitted", m->has_submitted, m->submitted);
    record_number(o, "submitted_in_time", m->has_submitted_in_time, m->submitted_in_time);
    record_number(o, "submit_missed", m->has_submit_missed, m->submit_missed);
    record_number(o, "met", m->has_met, m->met);
    record_number(o, "met_in_time", m->has_met_in_time, m->met_in_time);
    record_number(o, "met_missed", m->has_met_missed, m->met_missed);
    record_number(o, "verified", m->has_verified, m->verified);
    record_number(o, "verified_in_time", m->has_verified_in_time, m->verified_in_time);
    record_number(o, "verify_missed", m->has_verify_missed, m->verify_missed);
    record_number(o, "decided", m->has_decided, m->decided);
    record_number(o, "decided_in_time", m->has_decided_in_time, m->decided_in_time);
    record_number(o, "decide_missed", m->has_decide_missed, m->decide_missed);
    record_number(o, "recorded", m->has_recorded, m->recorded);
    record_number(o, "recorded_in_time", m->has_recorded_in_time, m->recorded_in_time);
    record_number(o, "record_missed", m->has_record_missed, m->record_missed);
    record_number(o, "returned", m->has_returned, m->returned);
    record_number(o, "reversed", m->has_reversed, m->reversed);
    record_number(o, "missed", m->has_missed, m->missed);
    record_number(o, "overdue_now", m->has_overdue_now, m->overdue_now);
    record_number(o, "overrides", m->has_overrides, m->overrides);
    record_number(o, "emergencies", m->has_emergencies, m->emergencies);
    record_number(o, "reviews_overdue", m->has_reviews_overdue, m->reviews_overdue);
    record_number(o, "reviews_unjustified", m->has_reviews_unjustified, m->reviews_unjustified);
    return o;
}

static bool add_month(struct client *client, const char *month, json_t *list)
{
    Creditd__V1__ScoreboardRequest request = CREDITD__V1__SCOREBOARD_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__ScoreboardAnswer *body;

    request.purpose = run_text(client, "purpose");
    request.month = (char *)(uintptr_t)month;
    answer = exchange_read(client, METHOD_SCOREBOARD, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__scoreboard_answer__descriptor);
    if (body == NULL)
        return false;
    for (size_t i = 0; i < body->n_scores; i++)
        json_array_append_new(list, record_score(month, body->scores[i]));
    return true;
}

/* The months up to the one that was given, oldest first. */
static bool add_months(struct client *client, json_t *list)
{
    const char *last = client_flag(client, "month");
    char day[CIVIL_TEXT_BYTES + 8];
    civil_date first;
    bool given;
    long months = 1;

    if (!client_number(client, "months", 1, MONTHS_MAX, &months, &given))
        return false;
    snprintf(day, sizeof day, "%.7s-01", last);
    if (strlen(last) != strlen("2026-11") || !civil_parse(day, &first))
        return failure_set(&client->failure, EXIT_USAGE, "USAGE", "month", _("%s is no month"), last);
    for (long back = months - 1; back >= 0; back--) {
        char month[CIVIL_TEXT_BYTES];
        civil_format(civil_add_months(first, (int)-back), month);
        month[strlen("2026-11")] = '\0';
        client_go_on(client);
        if (!add_month(client, month, list))
            return false;
    }
    return true;
}

#define BAR_HEIGHT 18
#define BAR_WIDTH  500

/* A bar for each row with a score, as long as it is high. */
static void put_bars(FILE *out, const json_t *list)
{
    const json_t *row;
    size_t index, shown = 0;

    json_array_foreach(list, index, row) shown += json_object_get(row, "score_bp") != NULL;
    if (shown == 0)
        return;
    page_heading(out, _("Scores, of 10000"));
    fprintf(out, "<svg viewBox=\"0 0 720 %d\" role=img>\n", (int)shown * BAR_HEIGHT);
    shown = 0;
    json_array_foreach(list, index, row)
    {
        json_int_t score = json_integer_value(json_object_get(row, "score_bp"));
        int y = (int)shown * BAR_HEIGHT;
        if (json_object_get(row, "score_bp") == NULL)
            continue;
        fprintf(out, "<rect x=\"160\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#2e8b57\"/><text x=\"0\" y=\"%d\">", y,
                (int)(score * BAR_WIDTH / 10000), BAR_HEIGHT - 4, y + BAR_HEIGHT - 6);
        page_text(out, json_string_value(json_object_get(row, "month")));
        fputs("  ", out);
        page_text(out, json_string_value(json_object_get(row, "unit")));
        fprintf(out, "</text><text x=\"%d\" y=\"%d\">%d</text>\n", 166 + (int)(score * BAR_WIDTH / 10000),
                y + BAR_HEIGHT - 6, (int)score);
        shown++;
    }
    fputs("</svg>\n", out);
}

static void put_scores(FILE *out, const json_t *list)
{
    static const char *const keys[] = {"month",
                                       "unit",
                                       "rank",
                                       "score_bp",
                                       "submitted",
                                       "submitted_in_time",
                                       "submit_missed",
                                       "met",
                                       "met_in_time",
                                       "met_missed",
                                       "verified",
                                       "verified_in_time",
                                       "verify_missed",
                                       "decided",
                                       "decided_in_time",
                                       "decide_missed",
                                       "recorded",
                                       "recorded_in_time",
                                       "record_missed",
                                       "returned",
                                       "reversed",
                                       "missed",
                                       "overdue_now",
                                       "overrides",
                                       "emergencies",
                                       "reviews_overdue",
                                       "reviews_unjustified",
                                       NULL};

    put_bars(out, list);
    page_list(out, _("Cases of each month"), list, keys, "");
}

int run_report_score(struct client *client)
{
    json_t *list = json_array();
    const char *page = client_flag(client, "html");

    if (!add_months(client, list))
        return run_fail_list(client, list);
    if (page != NULL && !page_write(page, _("Scoreboard"), put_scores, list)) {
        failure_set(&client->failure, EXIT_FAILED, "FILE", NULL, "%s: %s", page, strerror(errno));
        return run_fail_list(client, list);
    }
    output_list(client, list, SCORE_COLUMNS);
    return EXIT_DONE;
}
