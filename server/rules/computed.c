/* The standing computed on one date, from scratch: the sums over the trades, and what they mean under the policy,
 * together with the score. */
#include <string.h>

#include "common/check.h"
#include "common/money.h"
#include "server/rules/tally.h"

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;
    for (; exponent > 0; exponent--) {
        power *= 10;
    }
    return power;
}

/* The latest rate of the currency from that date or before, else the first one of all; NULL: there is none. */
static const struct policy_rate *find_rate(const struct policy *policy, const char *currency, civil_date on)
{
    const struct policy_rate *first = NULL, *latest = NULL;
    for (int i = 0; i < policy->rate_count; i++) {
        const struct policy_rate *rate = &policy->rates[i];
        if (strcmp(rate->currency, currency) != 0) {
            continue;
        }
        if (first == NULL || rate->from < first->from) {
            first = rate;
        }
        if (rate->from <= on && (latest == NULL || rate->from > latest->from)) {
            latest = rate;
        }
    }
    return latest != NULL ? latest : first;
}

bool trade_convert(const struct policy *policy, const struct trade *trade, int64_t *minor)
{
    CHECK(trade->amount_minor >= 0 && trade->amount_minor <= MONEY_MINOR_MAX);
    if (policy->currency == NULL) {
        return false;
    }
    if (strcmp(trade->currency, policy->currency) == 0) {
        *minor = trade->amount_minor;
        return true;
    }
    const struct policy_rate *rate = find_rate(policy, trade->currency, trade->issued_on);
    int from = money_exponent(trade->currency), to = money_exponent(policy->currency);
    if (rate == NULL || from < 0 || to < 0) {
        return false;
    }
    CHECK(rate->rate > 0 && rate->rate <= MONEY_MINOR_MAX);
    wide amount = (wide)trade->amount_minor * rate->rate * power_of_ten(to - from);
    wide one = (wide)POLICY_RATE_ONE * power_of_ten(from - to);
    amount = (amount + one / 2) / one; /* `one` is even, so this is half up */
    *minor = amount > INT64_MAX ? INT64_MAX : (int64_t)amount;
    return true;
}

civil_date window_from(const struct policy *policy, civil_date on)
{
    return civil_add_months(on, -policy->window_months) + 1;
}

civil_date window_left_on(const struct policy *policy, civil_date date)
{
    int year, month, day, left_day;
    civil_date left = civil_add_months(date, policy->window_months);
    civil_to_ymd(date, &year, &month, &day);
    civil_to_ymd(left, &year, &month, &left_day);
    /* The days of a shorter month all lead back to days before `date`, so it is the first one of the next month. */
    return left_day == day ? left : left + 1;
}

bool trade_is_due(const struct policy *policy, const struct trade *trade, civil_date on)
{
    return !trade->cancelled && trade->due_on < on && trade->due_on >= window_from(policy, on);
}

bool trade_is_fulfilled(const struct trade *trade)
{
    return trade->settled && trade->settled_on <= trade->due_on;
}

void tally_count(struct tally *tally, enum part part, const struct trade *trade, int64_t minor, int sign)
{
    switch (part) {
    case PART_VOLUME:
        tally->volume += (wide)minor * sign;
        tally->volume_trades += sign;
        break;
    case PART_RATE:
        tally->due_minor += (wide)minor * sign;
        tally->due += sign;
        if (trade_is_fulfilled(trade)) {
            tally->fulfilled_minor += (wide)minor * sign;
            tally->fulfilled += sign;
        }
        break;
    case PART_NOT_CONVERTED:
        tally->not_converted += sign;
        break;
    }
}

static int64_t cut(wide sum)
{
    CHECK(sum >= 0);
    return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}

struct trade_sum tally_sum(const struct tally *tally)
{
    CHECK(tally->volume_trades <= INT32_MAX && tally->due <= INT32_MAX && tally->fulfilled <= tally->due &&
          tally->not_converted <= INT32_MAX);
    return (struct trade_sum){
        .volume_minor = cut(tally->volume),
        .volume_trades = (int32_t)tally->volume_trades,
        .due = (int32_t)tally->due,
        .fulfilled = (int32_t)tally->fulfilled,
        .due_minor = cut(tally->due_minor),
        .fulfilled_minor = cut(tally->fulfilled_minor),
        .not_converted = (int32_t)tally->not_converted,
    };
}

void standing_sum(const struct policy *policy, const struct trade *trades, size_t count, civil_date on,
                  struct trade_sum *out)
{
    CHECK(policy != NULL && (trades != NULL || count == 0));
    civil_date from = window_from(policy, on);
    struct tally tally = {0};
    for (size_t i = 0; i < count; i++) {
        const struct trade *trade = &trades[i];
        bool issued = !trade->cancelled && trade->issued_on >= from && trade->issued_on <= on;
        bool due = !trade->cancelled && trade->due_on >= from && trade->due_on < on;
        int64_t minor = 0;
        if (!issued && !due) {
            continue;
        }
        if (!trade_convert(policy, trade, &minor)) {
            tally_count(&tally, PART_NOT_CONVERTED, trade, 0, 1);
            continue;
        }
        if (issued) {
            tally_count(&tally, PART_VOLUME, trade, minor, 1);
        }
        if (due) {
            tally_count(&tally, PART_RATE, trade, minor, 1);
        }
    }
    *out = tally_sum(&tally);
}

enum grade standing_band(const struct policy *policy, int64_t volume_minor)
{
    for (int i = 0; i < policy->band_count; i++) {
        if (volume_minor >= policy->bands[i].from_minor) {
            return policy->bands[i].grade;
        }
    }
    return GRADE_NONE;
}

/* What the policy's basis counts. */
static int64_t basis_due(const struct policy *policy, const struct trade_sum *sum)
{
    return policy->basis == BASIS_AMOUNT ? sum->due_minor : sum->due;
}

static int64_t basis_fulfilled(const struct policy *policy, const struct trade_sum *sum)
{
    return policy->basis == BASIS_AMOUNT ? sum->fulfilled_minor : sum->fulfilled;
}

int standing_rate_bp(const struct policy *policy, const struct trade_sum *sum)
{
    int64_t due = basis_due(policy, sum);
    return due == 0 ? -1 : (int)((wide)basis_fulfilled(policy, sum) * 10000 / due);
}

bool standing_below_floor(const struct policy *policy, const struct trade_sum *sum)
{
    return (wide)basis_fulfilled(policy, sum) * 10000 < (wide)basis_due(policy, sum) * policy->floor_bp;
}

/* Grade of one of the two standards, and whether it lies in a band. */
struct part_grade {
    enum grade grade;
    bool in_band;
};

static struct part_grade volume_part(const struct policy *policy, int64_t volume_minor)
{
    enum grade band = standing_band(policy, volume_minor);
    return (struct part_grade){band != GRADE_NONE ? band : policy->below_lowest, band != GRADE_NONE};
}

struct computed standing_combine(const struct policy *policy, int64_t volume_minor, struct scored scored)
{
    struct part_grade volume = volume_part(policy, volume_minor), score = {scored.grade, scored.in_band};
    bool agree = volume.grade == score.grade;
    bool volume_is_better = volume.grade < score.grade;
    enum combine combine = scored.valid ? policy->scorecard.combine : COMBINE_VOLUME;
    switch (combine) {
    case COMBINE_VOLUME:
        break;
    case COMBINE_SCORE:
        return (struct computed){score.grade, score.in_band};
    case COMBINE_WORSE:
        return (struct computed){volume_is_better ? score.grade : volume.grade, volume.in_band && score.in_band};
    case COMBINE_BETTER:
        if (agree) {
            return (struct computed){volume.grade, volume.in_band || score.in_band};
        }
        if (!volume_is_better) {
            return (struct computed){score.grade, score.in_band};
        }
        break;
    }
    return (struct computed){volume.grade, volume.in_band};
}

struct computed standing_judge(const struct policy *policy, const struct trade_sum *sum, struct scored scored)
{
    if (policy->band_count == 0 || standing_below_floor(policy, sum)) {
        return (struct computed){.grade = GRADE_NONE, .admits = false};
    }
    return standing_combine(policy, sum->volume_minor, scored);
}

struct scored standing_scored(const struct policy *policy, const struct facts *facts, civil_date on,
                              const struct assessment **assessment)
{
    const struct assessment *last = NULL;
    for (size_t i = 0; i < facts->assessment_count && facts->assessments[i].assessed_on <= on; i++) {
        last = &facts->assessments[i];
    }
    bool counts = last != NULL && on <= scorecard_valid_to(&policy->scorecard, last->assessed_on);
    struct scored scored = {.valid = false};
    if (counts) {
        scored = scorecard_score(&policy->scorecard, last->values);
    }
    if (assessment != NULL) {
        *assessment = scored.valid ? last : NULL;
    }
    return scored;
}

struct standing standing_of(struct computed computed, enum tier tier)
{
    bool key = tier == TIER_KEY ? computed.grade != GRADE_NONE : computed.admits;
    return key ? (struct standing){TIER_KEY, computed.grade} : (struct standing){TIER_ORDINARY, GRADE_NONE};
}
