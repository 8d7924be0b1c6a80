/* Trades and explanations as messages. */
#include "server/operations/assessment_view.h"
#include "server/operations/trade_view.h"
#include "server/rules/standing.h"

#include <stdlib.h>
#include <string.h>

#define COUNTED_MAX 1000

char *view_date(struct call *call, civil_date date)
{
    char text[CIVIL_TEXT_BYTES];

    civil_format(date, text);
    return arena_strdup(call->arena, text);
}

civil_date view_today(const struct call *call, const struct customer *customer, int64_t now)
{
    return zone_date_at(unit_by_id(call_org(call), customer->branch_id)->zone, now);
}

static void view_credit(struct call *call, const struct trade *row, civil_date today, Creditd__V1__Trade *out)
{
    out->has_amount_minor = true;
    out->amount_minor = row->amount_minor;
    out->currency = arena_strdup(call->arena, row->currency);
    if (row->settled)
        out->settled_on = view_date(call, row->settled_on);
    out->has_fulfilled = !row->cancelled && row->due_on < today;
    out->fulfilled = trade_is_fulfilled(row);
}

Creditd__V1__Trade *view_trade(struct call *call, const struct customer *customer, const struct trade *row,
                               civil_date today, bool credit)
{
    Creditd__V1__Trade *out = ARENA_NEW(call->arena, Creditd__V1__Trade);
    char uuid[UUID_TEXT_BYTES];

    creditd__v1__trade__init(out);
    out->customer_id = view_id(call, 'C', customer->key);
    out->customer_number = arena_strdup(call->arena, customer->number);
    out->document = arena_strdup(call->arena, row->document);
    out->has_version = true;
    out->version = (uint32_t)row->version;
    out->issued_on = view_date(call, row->issued_on);
    out->due_on = view_date(call, row->due_on);
    out->has_cancelled = true;
    out->cancelled = row->cancelled;
    if (credit)
        view_credit(call, row, today, out);
    if (row->import.id != 0)
        out->import = view_id(call, 'I', row->import);
    out->has_recorded_at_us = true;
    out->recorded_at_us = row->recorded_at;
    uuid_format(row->command_id, uuid);
    out->command_id = arena_strdup(call->arena, uuid);
    return out;
}

/* Late ones first, then by due date and document. */
static int by_lateness(const void *a, const void *b)
{
    const struct trade *x = *(const struct trade *const *)a, *y = *(const struct trade *const *)b;
    int late = trade_is_fulfilled(x) - trade_is_fulfilled(y);

    if (late != 0)
        return late;
    return x->due_on != y->due_on ? (x->due_on > y->due_on) - (x->due_on < y->due_on)
                                  : strcmp(x->document, y->document);
}

static Creditd__V1__CountedTrade *view_counted(struct call *call, const struct trade *row)
{
    Creditd__V1__CountedTrade *out = ARENA_NEW(call->arena, Creditd__V1__CountedTrade);

    creditd__v1__counted_trade__init(out);
    out->document = arena_strdup(call->arena, row->document);
    out->due_on = view_date(call, row->due_on);
    if (row->settled)
        out->settled_on = view_date(call, row->settled_on);
    out->has_amount_minor = true;
    out->amount_minor = row->amount_minor;
    out->currency = arena_strdup(call->arena, row->currency);
    out->has_fulfilled = true;
    out->fulfilled = trade_is_fulfilled(row);
    return out;
}

static void view_all_counted(struct call *call, const struct policy *policy, const struct trade *trades, size_t count,
                             civil_date on, Creditd__V1__Explanation *out)
{
    const struct trade **due = ARENA_ARRAY(call->arena, const struct trade *, count + 1);
    size_t due_count = 0;
    int64_t minor;

    for (size_t i = 0; i < count; i++)
        if (trade_is_due(policy, &trades[i], on) && trade_convert(policy, &trades[i], &minor))
            due[due_count++] = &trades[i];
    if (due_count > 1)
        qsort(due, due_count, sizeof *due, by_lateness);
    out->has_counted_more = true;
    out->counted_more = due_count > COUNTED_MAX;
    if (due_count > COUNTED_MAX)
        due_count = COUNTED_MAX;
    out->counted = ARENA_ARRAY(call->arena, Creditd__V1__CountedTrade *, due_count + 1);
    for (size_t i = 0; i < due_count; i++)
        out->counted[out->n_counted++] = view_counted(call, due[i]);
}

static void view_sum(struct call *call, const struct policy *policy, const struct trade_sum *sum,
                     Creditd__V1__Explanation *out)
{
    int rate = standing_rate_bp(policy, sum);
    enum grade band = standing_band(policy, sum->volume_minor);

    out->currency = arena_strdup(call->arena, policy->currency);
    out->has_volume_minor = out->has_volume_trades = out->has_basis = out->has_due = out->has_fulfilled = true;
    out->volume_minor = sum->volume_minor;
    out->volume_trades = (uint32_t)sum->volume_trades;
    out->basis = (Creditd__V1__Basis)policy->basis;
    out->due = (uint32_t)sum->due;
    out->fulfilled = (uint32_t)sum->fulfilled;
    out->has_due_minor = out->has_fulfilled_minor = out->has_floor_bp = out->has_below_floor = true;
    out->due_minor = sum->due_minor;
    out->fulfilled_minor = sum->fulfilled_minor;
    out->has_rate_bp = rate >= 0;
    out->rate_bp = rate >= 0 ? (uint32_t)rate : 0;
    out->floor_bp = (uint32_t)policy->floor_bp;
    out->below_floor = standing_below_floor(policy, sum);
    out->has_band = band != GRADE_NONE;
    out->band = out->has_band ? (Creditd__V1__Grade)band : CREDITD__V1__GRADE__GRADE_GREEN;
    out->has_not_converted = true;
    out->not_converted = (uint32_t)sum->not_converted;
}

/* The credit limits of what comes out and of what is in force, for the volume of the window. */
static void view_limits(const struct policy *policy, int64_t volume_minor, struct standing computed,
                        struct standing in_force, Creditd__V1__Explanation *out)
{
    out->has_limit_minor = policy->has_terms && computed.tier == TIER_KEY;
    if (out->has_limit_minor)
        out->limit_minor = policy_limit(policy, computed.grade, volume_minor);
    out->has_limit_in_force_minor = policy->has_terms && in_force.tier == TIER_KEY;
    if (out->has_limit_in_force_minor)
        out->limit_in_force_minor = policy_limit(policy, in_force.grade, volume_minor);
}

static Creditd__V1__Lift *view_lift(struct call *call, const struct lift *lift)
{
    Creditd__V1__Lift *out = ARENA_NEW(call->arena, Creditd__V1__Lift);

    creditd__v1__lift__init(out);
    out->has_grade = true;
    out->grade = (Creditd__V1__Grade)lift->grade;
    out->has_volume_minor = lift->volume_minor != 0;
    out->volume_minor = lift->volume_minor;
    out->has_fulfilled = lift->fulfilled != 0;
    out->fulfilled = (uint32_t)lift->fulfilled;
    out->has_fulfilled_minor = lift->fulfilled_minor != 0;
    out->fulfilled_minor = lift->fulfilled_minor;
    out->has_score = lift->score != 0 || lift->first_score;
    out->score = (uint32_t)lift->score;
    return out;
}

static void view_first_lift(const struct lift *lift, Creditd__V1__Explanation *out)
{
    out->has_lift_grade = true;
    out->lift_grade = (Creditd__V1__Grade)lift->grade;
    out->has_lift_volume_minor = lift->volume_minor != 0;
    out->lift_volume_minor = lift->volume_minor;
    out->has_lift_fulfilled = lift->fulfilled != 0;
    out->lift_fulfilled = (uint32_t)lift->fulfilled;
    out->has_lift_fulfilled_minor = lift->fulfilled_minor != 0;
    out->lift_fulfilled_minor = lift->fulfilled_minor;
    out->has_lift_score = lift->score != 0 || lift->first_score;
    out->lift_score = (uint32_t)lift->score;
}

static Creditd__V1__FactorMove *view_move(struct call *call, const struct factor_move *move)
{
    Creditd__V1__FactorMove *out = ARENA_NEW(call->arena, Creditd__V1__FactorMove);

    creditd__v1__factor_move__init(out);
    out->factor = arena_strdup(call->arena, move->factor->name);
    if (move->row->choice != NULL)
        out->choice = arena_strdup(call->arena, move->row->choice);
    else if (!move->row->rest)
        out->from = view_decimal(call, move->row->from, FACTOR_DECIMALS);
    out->has_gain = out->has_enough = true;
    out->gain = (uint32_t)move->gain;
    out->enough = move->enough;
    if (move->factor->evidence != NULL)
        out->evidence = arena_strdup(call->arena, move->factor->evidence);
    return out;
}

/* What would give the score that the first lift with one asks for, of a customer who has a score. */
static void view_moves(struct call *call, const struct policy *policy, const struct assessment *assessment,
                       const struct lift *lifts, int count, Creditd__V1__Explanation *out)
{
    struct factor_move moves[FACTORS_MAX];
    size_t move_count = 0;

    for (int i = 0; i < count && move_count == 0; i++)
        if (assessment != NULL && lifts[i].score > 0)
            move_count = scorecard_moves(&policy->scorecard, assessment->values, lifts[i].score, moves);
    out->moves = ARENA_ARRAY(call->arena, Creditd__V1__FactorMove *, move_count + 1);
    for (size_t i = 0; i < move_count; i++)
        out->moves[out->n_moves++] = view_move(call, &moves[i]);
}

static void view_lifts(struct call *call, const struct policy *policy, const struct course *course, enum tier tier,
                       const struct assessment *assessment, Creditd__V1__Explanation *out)
{
    struct lift lifts[LIFTS_MAX];
    int count = standing_lifts(policy, &course->sum, course->scored, tier, lifts);

    if (count > 0)
        view_first_lift(&lifts[0], out);
    out->further_lifts = ARENA_ARRAY(call->arena, Creditd__V1__Lift *, LIFTS_MAX);
    for (int i = 1; i < count; i++)
        out->further_lifts[out->n_further_lifts++] = view_lift(call, &lifts[i]);
    view_moves(call, policy, assessment, lifts, count, out);
}

Creditd__V1__Explanation *view_explanation(struct call *call, const struct policy *policy,
                                           const struct customer *customer, const struct facts *facts, civil_date on)
{
    enum tier tier = standing_beneath(customer).tier; /* an emergency changes nothing of what is computed */
    Creditd__V1__Explanation *out = ARENA_NEW(call->arena, Creditd__V1__Explanation);
    const struct assessment *assessment;
    struct course course;
    struct standing standing;

    creditd__v1__explanation__init(out);
    standing_course(policy, facts, tier, on, on, call->arena, &course);
    standing = standing_of(course.computed, tier);
    out->on = view_date(call, on);
    out->window_from = view_date(call, window_from(policy, on));
    out->has_policy_version = true;
    out->policy_version = (uint32_t)policy->version;
    view_sum(call, policy, &course.sum, out);
    out->has_tier = true;
    out->tier = (Creditd__V1__Tier)standing.tier;
    out->has_grade = standing.grade != GRADE_NONE;
    out->grade = out->has_grade ? (Creditd__V1__Grade)standing.grade : CREDITD__V1__GRADE__GRADE_GREEN;
    (void)standing_scored(policy, facts, on, &assessment);
    out->has_combine = policy->scorecard.factor_count > 0;
    out->combine =
        out->has_combine ? (Creditd__V1__Combine)policy->scorecard.combine : CREDITD__V1__COMBINE__COMBINE_VOLUME;
    if (assessment != NULL)
        out->assessment = view_assessment(call, policy, customer, assessment);
    view_lifts(call, policy, &course, tier, assessment, out);
    view_limits(policy, course.sum.volume_minor, standing, customer->standing, out);
    if (course.next_on != 0)
        out->next_on = view_date(call, course.next_on);
    view_all_counted(call, policy, facts->trades, facts->trade_count, on, out);
    return out;
}
