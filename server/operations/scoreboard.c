/* The scoreboard of a month. */
#include "server/rules/scoreboard.h"
#include "report.pb-c.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

#include <stdio.h>
#include <string.h>

struct board {
    struct scoreboard_filter filter;
    struct scoreboard_page page;
};

/* "2026-11" as its first day and that of the next month. */
static bool parse_month(const char *text, civil_date *first, civil_date *next)
{
    char day[CIVIL_TEXT_BYTES + 4];

    if (text == NULL || strlen(text) != strlen("2026-11"))
        return false;
    snprintf(day, sizeof day, "%s-01", text);
    if (!civil_parse(day, first))
        return false;
    *next = civil_add_months(*first, 1);
    return true;
}

static void set_counts(const int64_t *counts, Creditd__V1__Score *out)
{
    const struct {
        protobuf_c_boolean *has;
        uint32_t *value;
    } fields[SCORE_COUNTS] = {
        [SCORE_SUBMITTED] = {&out->has_submitted, &out->submitted},
        [SCORE_SUBMITTED_IN_TIME] = {&out->has_submitted_in_time, &out->submitted_in_time},
        [SCORE_SUBMIT_MISSED] = {&out->has_submit_missed, &out->submit_missed},
        [SCORE_MET] = {&out->has_met, &out->met},
        [SCORE_MET_IN_TIME] = {&out->has_met_in_time, &out->met_in_time},
        [SCORE_MET_MISSED] = {&out->has_met_missed, &out->met_missed},
        [SCORE_VERIFIED] = {&out->has_verified, &out->verified},
        [SCORE_VERIFIED_IN_TIME] = {&out->has_verified_in_time, &out->verified_in_time},
        [SCORE_VERIFY_MISSED] = {&out->has_verify_missed, &out->verify_missed},
        [SCORE_DECIDED] = {&out->has_decided, &out->decided},
        [SCORE_DECIDED_IN_TIME] = {&out->has_decided_in_time, &out->decided_in_time},
        [SCORE_DECIDE_MISSED] = {&out->has_decide_missed, &out->decide_missed},
        [SCORE_RECORDED] = {&out->has_recorded, &out->recorded},
        [SCORE_RECORDED_IN_TIME] = {&out->has_recorded_in_time, &out->recorded_in_time},
        [SCORE_RECORD_MISSED] = {&out->has_record_missed, &out->record_missed},
        [SCORE_RETURNED] = {&out->has_returned, &out->returned},
        [SCORE_REVERSED] = {&out->has_reversed, &out->reversed},
        [SCORE_MISSED] = {&out->has_missed, &out->missed},
        [SCORE_OVERDUE] = {&out->has_overdue_now, &out->overdue_now},
        [SCORE_OVERRIDES] = {&out->has_overrides, &out->overrides},
        [SCORE_EMERGENCIES] = {&out->has_emergencies, &out->emergencies},
        [SCORE_REVIEWS_OVERDUE] = {&out->has_reviews_overdue, &out->reviews_overdue},
        [SCORE_REVIEWS_UNJUSTIFIED] = {&out->has_reviews_unjustified, &out->reviews_unjustified},
    };

    for (size_t i = 0; i < SCORE_COUNTS; i++) {
        *fields[i].has = true;
        *fields[i].value = (uint32_t)counts[i];
    }
}

static Creditd__V1__Score *view_score(struct call *call, const struct score *score)
{
    Creditd__V1__Score *out = ARENA_NEW(call->arena, Creditd__V1__Score);

    creditd__v1__score__init(out);
    out->unit = view_unit(call, score->unit_id);
    out->has_level = true;
    out->level = (Creditd__V1__UnitLevel)score->level;
    set_counts(score->counts, out);
    out->has_score_bp = out->has_rank = score->score_bp >= 0;
    out->score_bp = score->score_bp < 0 ? 0 : (uint32_t)score->score_bp;
    out->rank = (uint32_t)score->rank;
    return out;
}

/* Is it the asker's own unit, or one below? The sum of what is above would tell of others, or be none. */
static bool is_below(const struct call *call, const struct score *score)
{
    return score->level >= unit_by_id(call_org(call), call_user(call)->unit_id)->level;
}

static void board_done(void *arg, enum store_result result)
{
    struct call *call = arg;
    const struct scoreboard_page *page = &((struct board *)call->state)->page;
    const struct organisation *org = call_org(call);
    Creditd__V1__ScoreboardAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ScoreboardAnswer);
    struct score *scores;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    if (call_restarted(call, &page->stamp))
        return;
    scores = ARENA_ARRAY(call->arena, struct score, org->unit_count + 1);
    size_t count = scoreboard_fill(org, reference_policy_in_force(call_reference(call), page->stamp.now), page->rows,
                                   page->count, scores);
    creditd__v1__scoreboard_answer__init(body);
    body->scores = ARENA_ARRAY(call->arena, Creditd__V1__Score *, count + 1);
    for (size_t i = 0; i < count; i++)
        if (is_below(call, &scores[i]))
            body->scores[body->n_scores++] = view_score(call, &scores[i]);
    call_answer(call, &body->base);
}

static void board_start(struct call *call)
{
    const Creditd__V1__ScoreboardRequest *request = (const void *)call->request;
    struct board *board = ARENA_NEW(call->arena, struct board);
    const char *zone = unit_hq(call_org(call))->zone;
    struct scope scope = view_scope(call);
    civil_date first, next;

    call->state = board;
    if (request->month == NULL || request->month[0] == '\0') {
        call_refuse(call, REASON_FIELD_REQUIRED, "month", NULL, NULL);
        return;
    }
    if (!parse_month(request->month, &first, &next)) {
        call_refuse(call, REASON_FIELD_INVALID, "month", "rule", "YYYY-MM");
        return;
    }
    board->filter = (struct scoreboard_filter){.from = zone_day_start_us(zone, first),
                                               .until = zone_day_start_us(zone, next),
                                               .branch_id = scope.branch_id,
                                               .region_id = scope.region_id};
    store_read_scoreboard(call_reader(call), &board->filter, call->arena, &board->page, board_done, call);
}

const struct operation operation_scoreboard = {.method = METHOD_SCOREBOARD,
                                               .kind = OPERATION_READ,
                                               .request = &creditd__v1__scoreboard_request__descriptor,
                                               .start = board_start};
