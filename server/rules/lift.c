/* What would lift a customer one grade. */
#include "server/rules/tally.h"

/* Standards by which a policy may be satisfied. */
struct way {
    bool volume, score;
};

/* How much more that is due and fulfilled reaches the floor. False: nothing does, or more than can be said. */
static bool missing_to_floor(const struct policy *policy, const struct trade_sum *sum, struct lift *out)
{
    bool amount = policy->basis == BASIS_AMOUNT;
    wide due = amount ? sum->due_minor : sum->due, fulfilled = amount ? sum->fulfilled_minor : sum->fulfilled;
    wide need = due * policy->floor_bp - fulfilled * 10000;
    int gain = 10000 - policy->floor_bp; /* of each unit that is due and fulfilled */
    if (need <= 0) {
        return true;
    }
    if (gain == 0 || (need + gain - 1) / gain > (amount ? INT64_MAX : INT32_MAX)) {
        return false;
    }
    if (amount) {
        out->fulfilled_minor = (int64_t)((need + gain - 1) / gain);
    } else {
        out->fulfilled = (int32_t)((need + gain - 1) / gain);
    }
    return true;
}

/* Volume from which on it gives that grade or a better one; -1: it never does. A key account has a grade below the
 * bands as well. */
static int64_t volume_for(const struct policy *policy, enum grade grade, enum tier tier)
{
    if (tier == TIER_KEY && policy->below_lowest <= grade) {
        return 0;
    }
    for (int i = policy->band_count - 1; i >= 0; i--) {
        if (policy->bands[i].grade <= grade) {
            return policy->bands[i].from_minor;
        }
    }
    return -1;
}

static int64_t score_for(const struct policy *policy, enum grade grade, enum tier tier)
{
    if (tier == TIER_KEY && policy->scorecard.below_lowest <= grade) {
        return 0;
    }
    for (int i = policy->scorecard.band_count - 1; i >= 0; i--) {
        if (policy->scorecard.bands[i].grade <= grade) {
            return policy->scorecard.bands[i].from;
        }
    }
    return -1;
}

/* What is missing of a need. */
struct share {
    int64_t missing, need;
};

static struct share share_of(int64_t need, int64_t have)
{
    return (struct share){.missing = have < need ? need - have : 0, .need = need > 0 ? need : 1};
}

static bool share_is_less(struct share a, struct share b)
{
    return (wide)a.missing * b.need < (wide)b.missing * a.need;
}

/* The least that a way needs for a grade better than `now`, from the next better one up; *share: of a way by one
 * standard, what is missing of it. False: it leads to none. */
static bool find_lift(const struct policy *policy, int64_t volume, struct scored scored, enum tier tier, struct way way,
                      struct lift *out, struct share *share)
{
    enum grade now = standing_of(standing_combine(policy, volume, scored), tier).grade;
    int worst = now == GRADE_NONE ? GRADE_BLACK : (int)now - 1, score = scored.valid ? scored.score : 0;
    out->first_score = way.score && !scored.valid;
    for (int grade = worst; grade >= GRADE_GREEN; grade--) {
        int64_t to_volume = way.volume ? volume_for(policy, (enum grade)grade, tier) : 0;
        int64_t to_score = way.score ? score_for(policy, (enum grade)grade, tier) : 0;
        if (to_volume < 0 || to_score < 0) {
            continue;
        }
        struct share of_volume = share_of(to_volume, volume), of_score = share_of(to_score, score);
        *share = way.volume ? of_volume : of_score;
        out->volume_minor = of_volume.missing;
        out->score = (int)of_score.missing;
        struct scored then = scored;
        if (out->first_score || out->score > 0) {
            then = scorecard_band(&policy->scorecard, score + out->score);
        }
        out->grade = standing_of(standing_combine(policy, volume + out->volume_minor, then), tier).grade;
        if (out->grade != GRADE_NONE && (now == GRADE_NONE || out->grade < now)) {
            return true;
        }
    }
    return false;
}

static int list_ways(const struct policy *policy, bool scored, struct way out[LIFTS_MAX])
{
    bool has_card = policy->scorecard.factor_count > 0;
    enum combine combine = has_card ? policy->scorecard.combine : COMBINE_VOLUME;
    int count = 0;
    if (combine == COMBINE_WORSE && scored) {
        out[count++] = (struct way){true, true};
        return count;
    }
    if (combine != COMBINE_SCORE || !scored) {
        out[count++] = (struct way){true, false};
    }
    if (combine == COMBINE_BETTER || combine == COMBINE_SCORE) {
        out[count++] = (struct way){false, true};
    }
    return count;
}

int standing_lifts(const struct policy *policy, const struct trade_sum *sum, struct scored scored, enum tier tier,
                   struct lift out[LIFTS_MAX])
{
    struct lift floor = {.grade = GRADE_NONE};
    if (policy->band_count == 0 || !missing_to_floor(policy, sum, &floor)) {
        return 0;
    }
    /* What comes out once the rate is not below the floor. */
    floor.grade = standing_of(standing_combine(policy, sum->volume_minor, scored), tier).grade;
    if (floor.grade != GRADE_NONE && (floor.fulfilled != 0 || floor.fulfilled_minor != 0)) {
        out[0] = floor;
        return 1;
    }
    struct way ways[LIFTS_MAX];
    struct share shares[LIFTS_MAX];
    int count = 0, way_count = list_ways(policy, scored.valid, ways);
    for (int i = 0; i < way_count; i++) {
        out[count] = floor;
        count += find_lift(policy, sum->volume_minor, scored, tier, ways[i], &out[count], &shares[count]);
    }
    if (count == LIFTS_MAX && share_is_less(shares[1], shares[0])) {
        struct lift further = out[0];
        out[0] = out[1];
        out[1] = further;
    }
    return count;
}
