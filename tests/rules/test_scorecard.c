/* Points, scores and their grades by the examples of RULES.md; validity over the ends of months; ways to more points.
 */
#include "server/rules/scorecard.h"

#include "common/money.h"
#include "tests/rules/chance.h"
#include "tests/rules/table.h"

#define VALUES_BYTES 512

static const struct scorecard examples = {
    .factors = {{.name = "years",
                 .group = FACTOR_GROUP_BASICS,
                 .input = FACTOR_INPUT_NUMBER,
                 .weight_bp = 3001,
                 .required = true,
                 .rows = {{.from = 100000, .points = 100}, {.from = 20000, .points = 50}, {.rest = true, .points = 20}},
                 .row_count = 3},
                {.name = "growth",
                 .group = FACTOR_GROUP_CAPABILITY,
                 .input = FACTOR_INPUT_RATIO,
                 .weight_bp = 2999,
                 .required = true,
                 .rows = {{.from = 12000, .points = 100},
                          {.from = 3333, .points = 70},
                          {.from = -5000, .points = 30},
                          {.rest = true, .points = 0}},
                 .row_count = 4},
                {.name = "dealings",
                 .group = FACTOR_GROUP_BASICS,
                 .input = FACTOR_INPUT_CHOICE,
                 .weight_bp = 2500,
                 .required = true,
                 .rows = {{.choice = "good", .points = 100},
                          {.choice = "short arrears", .points = 50},
                          {.choice = "bad", .points = 0}},
                 .row_count = 3},
                {.name = "pledge",
                 .group = FACTOR_GROUP_CAPITAL,
                 .input = FACTOR_INPUT_YES_NO,
                 .weight_bp = 1500,
                 .rows = {{.choice = "yes", .points = 100}, {.choice = "no", .points = 10}},
                 .row_count = 2}},
    .factor_count = 4,
    .bands = {{GRADE_GREEN, 80 * SCORE_POINT}, {GRADE_YELLOW, 60 * SCORE_POINT}, {GRADE_RED, 40 * SCORE_POINT}},
    .band_count = 3,
    .below_lowest = GRADE_BLACK,
    .valid_months = 12,
    .combine = COMBINE_WORSE,
};

/* ---- examples ---- */

/* "a=1, b=2" as the lines that an assessment keeps. */
static void read_values(const char *cell, char out[VALUES_BYTES])
{
    char copy[VALUES_BYTES];
    size_t used = 0;
    assert_true(strlen(cell) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", cell);
    char *rest = copy;
    for (char *value = strsep(&rest, ","); value != NULL; value = strsep(&rest, ",")) {
        used += (size_t)snprintf(out + used, VALUES_BYTES - used, "%s\n", table_trim(value));
        assert_true(used < VALUES_BYTES);
    }
}

static void expect_points(const struct table *table, const struct table_row *row, const char *values)
{
    char text[64] = "", value[FACTOR_VALUE_BYTES];
    for (int i = 0; i < examples.factor_count; i++) {
        const struct factor *factor = &examples.factors[i];
        const struct factor_row *found =
            scorecard_value(values, factor->name, value) ? factor_row_of(factor, value) : NULL;
        size_t used = strlen(text);
        char points[16] = "-";
        if (found != NULL) {
            snprintf(points, sizeof points, "%d", found->points);
        }
        snprintf(text + used, sizeof text - used, "%s%s", i == 0 ? "" : " ", points);
    }
    table_expect(table, row, "points", text);
}

/* "62.5" of 625000. */
static void score_text(int score, char out[MONEY_TEXT_BYTES])
{
    money_format(score, SCORE_DECIMALS, out);
    size_t length = strlen(out);
    while (out[length - 1] == '0') {
        out[--length] = '\0';
    }
    if (out[length - 1] == '.') {
        out[length - 1] = '\0';
    }
}

static void examples_of_the_document_are_scored(void **state)
{
    (void)state;
    struct table table = table_load_markdown("server/RULES.md", "## Examples of scores");
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        char values[VALUES_BYTES], score[MONEY_TEXT_BYTES] = "-";
        read_values(table_cell(&table, row, "values"), values);
        struct scored scored = scorecard_score(&examples, values);
        if (scored.valid) {
            score_text(scored.score, score);
        }
        expect_points(&table, row, values);
        table_expect(&table, row, "score", score);
        table_expect(&table, row, "grade", scored.valid ? word_name(words_grade, (int)scored.grade) : "-");
        table_expect(&table, row, "in a band", scored.valid ? (scored.in_band ? "yes" : "no") : "-");
    }
    table_free(&table);
}

static void bands_begin_with_their_from(void **state)
{
    (void)state;
    static const struct {
        int score;
        enum grade grade;
        bool in_band;
    } rows[] = {
        {SCORE_MAX, GRADE_GREEN, true}, {800000, GRADE_GREEN, true}, {799999, GRADE_YELLOW, true},
        {600000, GRADE_YELLOW, true},   {599999, GRADE_RED, true},   {400000, GRADE_RED, true},
        {399999, GRADE_BLACK, false},   {0, GRADE_BLACK, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scored scored = scorecard_band(&examples, rows[i].score);
        assert_true(scored.valid);
        assert_int_equal(scored.score, rows[i].score);
        assert_int_equal(scored.grade, rows[i].grade);
        assert_int_equal(scored.in_band, rows[i].in_band);
    }
}

static void without_factors_there_is_no_score(void **state)
{
    (void)state;
    const struct scorecard none = {.factor_count = 0};
    assert_false(scorecard_score(&none, "years=10\n").valid);
    assert_null(scorecard_factor(&none, "years"));
    assert_ptr_equal(scorecard_factor(&examples, "dealings"), &examples.factors[2]);
    assert_null(scorecard_factor(&examples, "dealing"));
}

/* A name that begins like another one, or stands within a value, is not taken for it. */
static void a_value_is_found_by_its_whole_name(void **state)
{
    (void)state;
    char out[FACTOR_VALUE_BYTES];
    const char *values = "staff_old=1\nstaff=2\nnote=staff=3\nlast=\n";
    assert_true(scorecard_value(values, "staff", out));
    assert_string_equal(out, "2");
    assert_true(scorecard_value(values, "note", out));
    assert_string_equal(out, "staff=3");
    assert_true(scorecard_value(values, "last", out));
    assert_string_equal(out, "");
    assert_false(scorecard_value(values, "old", out));
    assert_false(scorecard_value("", "staff", out));
}

/* ---- validity ---- */

static void a_score_is_valid_to_the_same_day_of_the_month(void **state)
{
    (void)state;
    static const struct {
        const char *assessed_on;
        int months;
        const char *valid_to;
    } rows[] = {
        {"2026-01-15", 1, "2026-02-15"},  {"2026-01-28", 1, "2026-02-28"},  {"2026-01-29", 1, "2026-02-28"},
        {"2026-01-31", 1, "2026-02-28"},  {"2027-12-31", 2, "2028-02-29"},  {"2026-02-28", 1, "2026-03-28"},
        {"2028-02-29", 12, "2029-02-28"}, {"2028-02-29", 48, "2032-02-29"}, {"2026-11-23", 12, "2027-11-23"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scorecard card = {.valid_months = rows[i].months};
        civil_date on;
        char text[CIVIL_TEXT_BYTES];
        assert_true(civil_parse(rows[i].assessed_on, &on));
        civil_format(scorecard_valid_to(&card, on), text);
        assert_string_equal(text, rows[i].valid_to);
    }
}

/* For every day of five years, with a leap day among them, and each validity up to two years. */
static void the_last_day_that_ends_by_a_date(void **state)
{
    (void)state;
    for (int months = 1; months <= 24; months++) {
        struct scorecard card = {.valid_months = months};
        for (civil_date on = civil_from_ymd(2026, 1, 1); on < civil_from_ymd(2031, 1, 1); on++) {
            civil_date last = scorecard_ending_by(&card, on);
            if (scorecard_valid_to(&card, last) > on || scorecard_valid_to(&card, last + 1) <= on) {
                char date[CIVIL_TEXT_BYTES], found[CIVIL_TEXT_BYTES];
                civil_format(on, date);
                civil_format(last, found);
                fail_msg("%d months: by %s ends that of %s", months, date, found);
            }
        }
    }
}

/* ---- moves ---- */

enum { CARDS = 20000, FACTORS_TRIED = 6 };

static const char *const factor_names[] = {"a", "b", "c", "d", "e", "f"};
static const char *const choices[] = {"one", "two", "three", "four"};

static struct factor random_factor(struct chance *c, const char *name, int weight_bp)
{
    static const enum factor_input inputs[] = {FACTOR_INPUT_NUMBER, FACTOR_INPUT_RATIO, FACTOR_INPUT_CHOICE};
    struct factor factor = {
        .name = name, .input = inputs[chance_below(c, 3)], .weight_bp = weight_bp, .required = chance_below(c, 2) == 0};
    factor.row_count = 1 + (int)chance_below(c, 4);
    for (int i = 0; i < factor.row_count; i++) {
        struct factor_row *row = &factor.rows[i];
        row->points = 10 * (int)chance_below(c, 11);
        if (factor.input == FACTOR_INPUT_CHOICE) {
            row->choice = choices[i];
        } else {
            row->rest = i + 1 == factor.row_count;
            row->from = row->rest ? 0 : 10000 * (4 - i);
        }
    }
    return factor;
}

static struct scorecard random_card(struct chance *c)
{
    struct scorecard card = {.factor_count = 1 + (int)chance_below(c, FACTORS_TRIED)};
    int left = 10000;
    for (int i = 0; i < card.factor_count; i++) {
        int most = left - (card.factor_count - 1 - i); /* the others have one at least */
        int weight = i + 1 == card.factor_count ? left : 1 + (int)chance_below(c, (uint64_t)most);
        card.factors[i] = random_factor(c, factor_names[i], weight);
        left -= weight;
    }
    return card;
}

/* A value that falls into the row. */
static const char *value_for(const struct factor *factor, const struct factor_row *row, char out[FACTOR_VALUE_BYTES])
{
    if (row->choice != NULL) {
        return row->choice;
    }
    int64_t number = row->rest ? 0 : row->from / 10000;
    snprintf(out, FACTOR_VALUE_BYTES, factor->input == FACTOR_INPUT_RATIO ? "%lld/1" : "%lld", (long long)number);
    return out;
}

/* Row of each factor's value; -1: it has none. */
struct chosen {
    int rows[FACTORS_TRIED];
};

static void values_of(const struct scorecard *card, const struct chosen *chosen, char out[VALUES_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < card->factor_count; i++) {
        const struct factor *factor = &card->factors[i];
        char value[FACTOR_VALUE_BYTES];
        if (chosen->rows[i] >= 0) {
            used += (size_t)snprintf(out + used, VALUES_BYTES - used, "%s=%s\n", factor->name,
                                     value_for(factor, &factor->rows[chosen->rows[i]], value));
        }
    }
}

/* The score, where what is missing gives nothing. */
static int score_of(const struct scorecard *card, const struct chosen *chosen)
{
    int score = 0;
    for (int i = 0; i < card->factor_count; i++) {
        if (chosen->rows[i] >= 0) {
            score += card->factors[i].rows[chosen->rows[i]].points * card->factors[i].weight_bp;
        }
    }
    return score;
}

/* Applied, the move gives what it says; no other row of the factor gives enough with less, or, when none does, more. */
static void check_move(const struct scorecard *card, const struct chosen *chosen, int missing,
                       const struct factor_move *move)
{
    int place = (int)(move->factor - card->factors), before = score_of(card, chosen);
    struct chosen then = *chosen;
    char value[FACTOR_VALUE_BYTES];
    then.rows[place] = (int)(move->row - move->factor->rows);
    assert_ptr_equal(factor_row_of(move->factor, value_for(move->factor, move->row, value)), move->row);
    assert_true(move->gain > 0);
    assert_int_equal(score_of(card, &then) - before, move->gain);
    assert_int_equal(move->enough, move->gain >= missing);
    for (int i = 0; i < move->factor->row_count; i++) {
        then.rows[place] = i;
        int gain = score_of(card, &then) - before;
        assert_false(move->enough ? gain > 0 && gain >= missing && gain < move->gain : gain > move->gain);
    }
}

/* A factor without a move gives all that it can. */
static void check_others(const struct scorecard *card, const struct chosen *chosen, const struct factor_move *moves,
                         size_t count)
{
    for (int i = 0; i < card->factor_count; i++) {
        bool moved = false;
        for (size_t j = 0; j < count; j++) {
            moved = moved || moves[j].factor == &card->factors[i];
        }
        struct chosen then = *chosen;
        for (int row = 0; row < card->factors[i].row_count && !moved; row++) {
            then.rows[i] = row;
            assert_true(score_of(card, &then) <= score_of(card, chosen));
        }
    }
}

static void check_order(const struct factor_move *moves, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct factor_move *before = &moves[i - 1], *move = &moves[i];
        assert_true(before->enough || !move->enough);
        if (before->enough == move->enough) {
            assert_true(move->enough ? before->gain <= move->gain : before->gain >= move->gain);
            assert_true(before->gain != move->gain || before->factor < move->factor);
        }
    }
}

static void moves_give_what_is_missing(void **state)
{
    (void)state;
    struct chance c = {.seed = 20261123};
    uint64_t enough = 0, short_of = 0, none = 0;
    for (int i = 0; i < CARDS; i++) {
        struct scorecard card = random_card(&c);
        struct chosen chosen;
        struct factor_move moves[FACTORS_MAX];
        char values[VALUES_BYTES];
        bool whole = true;
        for (int f = 0; f < card.factor_count; f++) {
            chosen.rows[f] = (int)chance_below(&c, (uint64_t)card.factors[f].row_count + 1) - 1;
            whole = whole && (chosen.rows[f] >= 0 || !card.factors[f].required);
        }
        values_of(&card, &chosen, values);
        struct scored scored = scorecard_score(&card, values);
        assert_int_equal(scored.valid, whole);
        assert_true(!whole || scored.score == score_of(&card, &chosen));
        int missing = 1 + (int)chance_below(&c, chance_below(&c, 2) == 0 ? SCORE_MAX : SCORE_MAX / 20);
        size_t count = scorecard_moves(&card, values, missing, moves);
        for (size_t j = 0; j < count; j++) {
            check_move(&card, &chosen, missing, &moves[j]);
            enough += moves[j].enough;
            short_of += !moves[j].enough;
        }
        check_others(&card, &chosen, moves, count);
        check_order(moves, count);
        none += count == 0;
    }
    assert_true(enough > 1000 && short_of > 1000 && none > 1000);
}

/* Values that fit no row of their factor move from nothing. */
static void moves_from_a_value_that_does_not_fit(void **state)
{
    (void)state;
    struct factor_move moves[FACTORS_MAX];
    size_t count =
        scorecard_moves(&examples, "years=ten\ngrowth=1/2\ndealings=good\npledge=yes\n", 20 * SCORE_POINT, moves);
    assert_int_equal(count, 2);
    assert_string_equal(moves[0].factor->name, "years");
    assert_int_equal(moves[0].row->points, 100);
    assert_int_equal(moves[0].gain, 300100);
    assert_true(moves[0].enough);
    assert_string_equal(moves[1].factor->name, "growth");
    assert_int_equal(moves[1].gain, 89970);
    assert_false(moves[1].enough);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_document_are_scored),
        cmocka_unit_test(bands_begin_with_their_from),
        cmocka_unit_test(without_factors_there_is_no_score),
        cmocka_unit_test(a_value_is_found_by_its_whole_name),
        cmocka_unit_test(a_score_is_valid_to_the_same_day_of_the_month),
        cmocka_unit_test(the_last_day_that_ends_by_a_date),
        cmocka_unit_test(moves_give_what_is_missing),
        cmocka_unit_test(moves_from_a_value_that_does_not_fit),
    };
    return cmocka_run_group_tests_name("scorecard", tests, NULL, NULL);
}
