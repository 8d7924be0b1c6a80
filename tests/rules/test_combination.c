/* Volume and score together: what comes out (combine.tbl), and what would lift a customer, against brute force over
 * random policies.
 *
 * CREDITD_RANDOM_SEQUENCES sets how many policies are tried, CREDITD_RANDOM_SEED the seed of the first; a failure names
 * the seed of its policy. */
#include "server/rules/evaluation.h"

#include "tests/rules/chance.h"
#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

static bool better(enum grade grade, enum grade than)
{
    return grade != GRADE_NONE && (than == GRADE_NONE || grade < than);
}

static const char *outcome(enum grade grade)
{
    return grade == GRADE_NONE ? "ordinary" : word_name(words_grade, (int)grade);
}

/* ---- combine.tbl ---- */

/* "green", or "below red": below all bands, where that is the grade. */
static enum grade read_place(const char *text, bool *in_band)
{
    *in_band = strncmp(text, "below ", 6) != 0;
    return (enum grade)word_number(words_grade, *in_band ? text : text + 6);
}

/* Bands of 10, 20 and 30 for red, yellow and green. */
static int amount_of(enum grade grade, bool in_band)
{
    return in_band ? 10 * (GRADE_BLACK - (int)grade) : 9;
}

static struct computed computed_for(enum combine combine, const char *volume, const char *score)
{
    struct policy policy = {
        .bands = {{GRADE_GREEN, 30}, {GRADE_YELLOW, 20}, {GRADE_RED, 10}},
        .band_count = 3,
        .floor_bp = 1,
        .scorecard = {.factor_count = 1,
                      .bands = {{GRADE_GREEN, 30}, {GRADE_YELLOW, 20}, {GRADE_RED, 10}},
                      .band_count = 3,
                      .combine = combine},
    };
    bool in_band;
    struct scored scored = {.valid = strcmp(score, "none") != 0};
    if (scored.valid) {
        policy.scorecard.below_lowest = read_place(score, &in_band);
        scored = scorecard_band(&policy.scorecard, amount_of(policy.scorecard.below_lowest, in_band));
        assert_int_equal(scored.in_band, in_band);
    }
    policy.below_lowest = read_place(volume, &in_band);
    struct trade_sum sum = {.volume_minor = amount_of(policy.below_lowest, in_band)};
    return standing_judge(&policy, &sum, scored);
}

static void volume_and_score_are_combined(void **state)
{
    (void)state;
    struct table table = table_load("tests/rules/combine.tbl");
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        enum combine combine = (enum combine)word_number(words_combine, table_cell(&table, row, "combine"));
        enum tier tier = (enum tier)word_number(words_tier, table_cell(&table, row, "tier"));
        for (int column = 3; column < table.header.count; column++) {
            const char *score = table.header.cells[column];
            struct computed computed = computed_for(combine, table_cell(&table, row, "volume"), score);
            table_expect(&table, row, score, outcome(standing_of(computed, tier).grade));
        }
    }
    assert_int_equal(table.count * (size_t)(table.header.count - 3), 4 * 2 * 5 * 6);
    table_free(&table);
}

static void below_the_floor_no_score_helps(void **state)
{
    (void)state;
    for (int combine = COMBINE_VOLUME; combine <= COMBINE_SCORE; combine++) {
        struct policy policy = fixture_policy;
        policy.scorecard = (struct scorecard){
            .factor_count = 1, .bands = {{GRADE_GREEN, 1}}, .band_count = 1, .combine = (enum combine)combine};
        struct trade_sum sum = {.volume_minor = INT64_MAX, .due = 4, .fulfilled = 2};
        struct scored scored = scorecard_band(&policy.scorecard, SCORE_MAX);
        struct computed computed = standing_judge(&policy, &sum, scored);
        assert_int_equal(computed.grade, GRADE_NONE);
        assert_false(computed.admits);
        sum.fulfilled = 3;
        computed = standing_judge(&policy, &sum, scored);
        assert_int_equal(computed.grade, GRADE_GREEN);
        assert_true(computed.admits);
    }
}

/* ---- lifts against brute force ---- */

enum { DEFAULT_POLICIES = 60000, MOST = 13 }; /* no band begins with more */

/* A customer under a policy. */
struct trial {
    struct chance chance;
    struct policy policy;
    struct trade_sum sum;
    struct scored scored;
    enum tier tier;
    enum grade now;
};

static struct {
    uint64_t none, one, two, floors, both, first_scores, out_of_reach;
} seen;

static int draw(struct trial *t, int below)
{
    return (int)chance_below(&t->chance, (uint64_t)below);
}

/* Grades and where they begin, best first, in random numbers; gives how many. */
static int random_bands(struct trial *t, enum grade grades[4], int from[4], enum grade *below_lowest)
{
    int count = 0;
    for (int grade = GRADE_GREEN; grade <= GRADE_BLACK; grade++) {
        if (draw(t, 3) > 0 || (grade == GRADE_BLACK && count == 0)) {
            grades[count++] = (enum grade)grade;
        }
    }
    int next = MOST;
    for (int i = 0; i < count; i++) {
        int least = count - i; /* the bands after it begin lower */
        from[i] = least + draw(t, next - least + 1);
        next = from[i] - 1;
    }
    int lowest = (int)grades[count - 1];
    *below_lowest = (enum grade)(lowest + draw(t, GRADE_BLACK - lowest + 1));
    return count;
}

static void make_policy(struct trial *t)
{
    static const int floors[] = {1, 2500, 5000, 7500, 7500, 9900, 10000};
    struct policy *policy = &t->policy;
    struct scorecard *card = &policy->scorecard;
    enum grade grades[4];
    int from[4];
    policy->band_count = random_bands(t, grades, from, &policy->below_lowest);
    for (int i = 0; i < policy->band_count; i++) {
        policy->bands[i] = (struct policy_band){grades[i], from[i]};
    }
    policy->basis = draw(t, 2) == 0 ? BASIS_COUNT : BASIS_AMOUNT;
    policy->floor_bp = floors[draw(t, 7)];
    if (draw(t, 8) == 0) {
        return; /* no scorecard */
    }
    card->factor_count = 1;
    card->combine = (enum combine)(COMBINE_VOLUME + draw(t, 4));
    card->band_count = random_bands(t, grades, from, &card->below_lowest);
    for (int i = 0; i < card->band_count; i++) {
        card->bands[i] = (struct score_band){grades[i], from[i]};
    }
}

static struct trial make_trial(uint64_t seed)
{
    struct trial t = {.chance = {.seed = seed}};
    make_policy(&t);
    t.tier = draw(&t, 2) == 0 ? TIER_KEY : TIER_ORDINARY;
    if (t.policy.scorecard.factor_count > 0 && draw(&t, 4) > 0) {
        t.scored = scorecard_band(&t.policy.scorecard, draw(&t, MOST + 1));
    }
    t.sum.volume_minor = draw(&t, MOST + 1);
    t.sum.due = draw(&t, 9);
    t.sum.fulfilled = t.sum.due - draw(&t, t.sum.due / 2 + 1);
    t.sum.due_minor = t.sum.due * 7;
    t.sum.fulfilled_minor = t.sum.due_minor - (t.sum.due - t.sum.fulfilled) * (1 + draw(&t, 7));
    t.now = standing_of(standing_judge(&t.policy, &t.sum, t.scored), t.tier).grade;
    return t;
}

/* What comes out when the parts are added. A first score is one of as many points. */
static enum grade with(const struct trial *t, const struct lift *parts)
{
    struct trade_sum sum = t->sum;
    struct scored scored = t->scored;
    sum.volume_minor += parts->volume_minor;
    sum.due += parts->fulfilled;
    sum.fulfilled += parts->fulfilled;
    sum.due_minor += parts->fulfilled_minor;
    sum.fulfilled_minor += parts->fulfilled_minor;
    if (parts->score > 0 || parts->first_score) {
        scored = scorecard_band(&t->policy.scorecard, (scored.valid ? scored.score : 0) + parts->score);
    }
    return standing_of(standing_judge(&t->policy, &sum, scored), t->tier).grade;
}

static void fail_trial(const struct trial *t, const char *what, const struct lift *lift)
{
    fail_msg("CREDITD_RANDOM_SEED=%llu CREDITD_RANDOM_SEQUENCES=1: %s (now %s; lift to %s, volume %lld, score %d, "
             "fulfilled %d or %lld)",
             (unsigned long long)t->chance.seed, what, outcome(t->now), outcome(lift->grade),
             (long long)lift->volume_minor, lift->score, (int)lift->fulfilled, (long long)lift->fulfilled_minor);
}

/* The lift gives its grade, and with one unit less of any part nothing better than now comes out. */
static void check_lift(const struct trial *t, const struct lift *lift)
{
    if (with(t, lift) != lift->grade || !better(lift->grade, t->now)) {
        fail_trial(t, "the lift does not give its grade", lift);
    }
    struct lift less[5] = {*lift, *lift, *lift, *lift, *lift};
    less[0].volume_minor--;
    less[1].score--;
    less[2].fulfilled--;
    less[3].fulfilled_minor--;
    less[4].first_score = false; /* without a first score there is none to count the points from */
    less[4].score = lift->first_score ? 0 : -1;
    for (int i = 0; i < 5; i++) {
        bool has =
            less[i].volume_minor >= 0 && less[i].score >= 0 && less[i].fulfilled >= 0 && less[i].fulfilled_minor >= 0;
        if (has && better(with(t, &less[i]), t->now)) {
            fail_trial(t, "less than the lift is enough", lift);
        }
    }
}

/* How many further trades, or what amount, reach the floor; false: none does. By counting, all at once fulfilled. */
static bool reach_floor(const struct trial *t, struct lift *out)
{
    enum { FURTHEST = 5000 }; /* of 8 trades of 7, half of which are late, to 9,900 basis points */
    bool amount = t->policy.basis == BASIS_AMOUNT;
    struct trade_sum sum = t->sum;
    int further = 0;
    for (; further < FURTHEST && standing_below_floor(&t->policy, &sum); further++) {
        sum.due++;
        sum.fulfilled++;
        sum.due_minor++;
        sum.fulfilled_minor++;
    }
    *out = (struct lift){.fulfilled = amount ? 0 : further, .fulfilled_minor = amount ? further : 0};
    return further < FURTHEST;
}

/* The next grade up of all that any volume and any score give, the floor reached. Where a first score would only be
 * another condition (`worse`), or counts nowhere, none is tried. */
static enum grade next_up(const struct trial *t, const struct lift *floor)
{
    const struct scorecard *card = &t->policy.scorecard;
    bool tried = card->factor_count > 0 && card->combine != COMBINE_VOLUME &&
                 (t->scored.valid || card->combine != COMBINE_WORSE);
    enum grade next = GRADE_NONE;
    for (int volume = 0; volume <= MOST; volume++) {
        for (int score = -1; score <= (tried ? MOST : -1); score++) {
            struct lift parts = *floor;
            parts.volume_minor = volume;
            parts.score = score < 0 ? 0 : score;
            parts.first_score = score >= 0 && !t->scored.valid;
            enum grade grade = with(t, &parts);
            if (better(grade, t->now) && (next == GRADE_NONE || grade > next)) {
                next = grade;
            }
        }
    }
    return next;
}

static int share_bp(const struct trial *t, const struct lift *lift)
{
    int64_t volume =
        lift->volume_minor * 10000 / (lift->volume_minor + t->sum.volume_minor + (lift->volume_minor == 0));
    int64_t score = lift->score * 10000 / (lift->score + t->scored.score + (lift->score == 0));
    return (int)(volume > score ? volume : score);
}

/* Below the floor, reaching it is all that there is to do, when a grade comes out then. */
static bool check_floor(const struct trial *t, const struct lift *floor, const struct lift *lifts, int count)
{
    bool missing = floor->fulfilled > 0 || floor->fulfilled_minor > 0;
    for (int i = 0; i < count; i++) {
        if (lifts[i].fulfilled != floor->fulfilled || lifts[i].fulfilled_minor != floor->fulfilled_minor) {
            fail_trial(t, "the floor needs another part", &lifts[i]);
        }
    }
    if (!missing || with(t, floor) == GRADE_NONE) {
        return false;
    }
    assert_int_equal(count, 1);
    assert_int_equal(lifts[0].volume_minor, 0);
    assert_int_equal(lifts[0].score, 0);
    seen.floors++;
    return true;
}

static void check_all(const struct trial *t, const struct lift *lifts, int count)
{
    struct lift floor;
    enum grade furthest = GRADE_NONE;
    for (int i = 0; i < count; i++) {
        check_lift(t, &lifts[i]);
        furthest = lifts[i].grade > furthest ? lifts[i].grade : furthest;
        seen.both += lifts[i].volume_minor > 0 && lifts[i].score > 0;
        seen.first_scores += lifts[i].score > 0 && !t->scored.valid;
    }
    if (!reach_floor(t, &floor)) {
        assert_int_equal(count, 0);
        seen.out_of_reach++;
        return;
    }
    if (check_floor(t, &floor, lifts, count)) {
        return;
    }
    if (furthest != next_up(t, &floor)) {
        fail_trial(t, "the next grade up is another one", &lifts[0]);
    }
    if (count == 2 && share_bp(t, &lifts[0]) > share_bp(t, &lifts[1])) {
        fail_trial(t, "the other lift is nearer", &lifts[0]);
    }
}

static void lifts_are_those_of_brute_force(void **state)
{
    (void)state;
    uint64_t count = chance_setting("CREDITD_RANDOM_SEQUENCES", DEFAULT_POLICIES);
    uint64_t seed = chance_setting("CREDITD_RANDOM_SEED", 20261123);
    for (uint64_t i = 0; i < count; i++) {
        struct trial t = make_trial(seed + i);
        struct lift lifts[LIFTS_MAX] = {{.grade = GRADE_NONE}};
        int found = standing_lifts(&t.policy, &t.sum, t.scored, t.tier, lifts);
        check_all(&t, lifts, found);
        seen.none += found == 0;
        seen.one += found == 1;
        seen.two += found == 2;
    }
    print_message(
        "%llu policies: no lift %llu, one %llu, two %llu; the floor alone %llu, volume and score %llu, a first "
        "score %llu; floor out of reach %llu\n",
        (unsigned long long)count, (unsigned long long)seen.none, (unsigned long long)seen.one,
        (unsigned long long)seen.two, (unsigned long long)seen.floors, (unsigned long long)seen.both,
        (unsigned long long)seen.first_scores, (unsigned long long)seen.out_of_reach);
    if (count >= DEFAULT_POLICIES) {
        assert_true(seen.none > 100 && seen.one > 100 && seen.two > 100 && seen.floors > 100 && seen.both > 100 &&
                    seen.first_scores > 100 && seen.out_of_reach > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volume_and_score_are_combined),
        cmocka_unit_test(below_the_floor_no_score_helps),
        cmocka_unit_test(lifts_are_those_of_brute_force),
    };
    return cmocka_run_group_tests_name("combination", tests, NULL, NULL);
}
