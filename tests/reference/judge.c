/* The rules on standing as a filter, for the reference in reference.py. It reads a line of JSON for each policy, and
 * for each customer that is to be judged by it, and answers every customer with a line:
 *     {"policy": TEXT}
 *     {"tier": "key", "on": "2026-11-23",
 *      "trades": [[CURRENCY, MINOR UNITS, ISSUED, DUE, SETTLED or null, CANCELLED] ...],
 *      "assessments": [[DATE, VALUES] ...]}
 * What is wrong ends it with a message and status 1. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/policy_file.h"
#include "server/rules/evaluation.h"

static void fail(const char *message, const char *detail)
{
    fprintf(stderr, "judge: %s: %s\n", message, detail);
    exit(1);
}

static civil_date day(const char *text)
{
    civil_date date = 0;

    if (!civil_parse(text, &date))
        fail("no date", text);
    return date;
}

static void read_policy(const char *text, struct arena *arena, struct policy *out)
{
    char message[512];

    arena_reset(arena);
    if (!policy_parse("policy", text, arena, out, message, sizeof message))
        fail("policy refused", message);
}

static struct trade *read_trades(json_t *rows, struct arena *arena)
{
    struct trade *trades = ARENA_ARRAY(arena, struct trade, json_array_size(rows) + 1);
    json_error_t error;
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *currency, *issued, *due;
        json_t *settled;
        json_int_t minor;
        int cancelled;
        if (json_unpack_ex(row, &error, 0, "[s, I, s, s, o, b]", &currency, &minor, &issued, &due, &settled,
                           &cancelled) != 0)
            fail("no trade", error.text);
        snprintf(trades[i].currency, sizeof trades[i].currency, "%s", currency);
        trades[i].amount_minor = minor;
        trades[i].issued_on = day(issued);
        trades[i].due_on = day(due);
        trades[i].settled = !json_is_null(settled);
        trades[i].settled_on = trades[i].settled ? day(json_string_value(settled)) : 0;
        trades[i].cancelled = cancelled != 0;
    }
    return trades;
}

static struct assessment *read_assessments(json_t *rows, struct arena *arena)
{
    struct assessment *assessments = ARENA_ARRAY(arena, struct assessment, json_array_size(rows) + 1);
    json_error_t error;
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *assessed_on;
        if (json_unpack_ex(row, &error, 0, "[s, s]", &assessed_on, &assessments[i].values) != 0)
            fail("no assessment", error.text);
        assessments[i].assessed_on = day(assessed_on);
    }
    return assessments;
}

static json_t *moves_told(const struct scorecard *card, const char *values, int missing)
{
    struct factor_move moves[FACTORS_MAX];
    size_t count = scorecard_moves(card, values, missing, moves);
    json_t *told = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(told, json_pack("[s, i, i, b]", moves[i].factor->name,
                                              (int)(moves[i].row - moves[i].factor->rows), moves[i].gain,
                                              (int)moves[i].enough));
    return told;
}

/* Each with the moves to the score that it asks for, of a customer who has one. */
static json_t *lifts_told(const struct policy *policy, const struct trade_sum *sum, struct scored scored,
                          enum tier tier, const struct assessment *assessment)
{
    struct lift lifts[LIFTS_MAX];
    int count = standing_lifts(policy, sum, scored, tier, lifts);
    json_t *told = json_array();

    for (int i = 0; i < count; i++) {
        const struct lift *lift = &lifts[i];
        json_t *moves = assessment != NULL && lift->score > 0
                            ? moves_told(&policy->scorecard, assessment->values, lift->score)
                            : json_array();
        json_array_append_new(told, json_pack("{s:s, s:I, s:i, s:I, s:i, s:b, s:o}", "grade",
                                              word_name(words_grade, (int)lift->grade), "volume",
                                              (json_int_t)lift->volume_minor, "fulfilled", (int)lift->fulfilled,
                                              "fulfilled_amount", (json_int_t)lift->fulfilled_minor, "score",
                                              lift->score, "first_score", (int)lift->first_score, "moves", moves));
    }
    return told;
}

static json_t *sums_told(const struct trade_sum *sum)
{
    return json_pack("[I, i, i, i, I, I, i]", (json_int_t)sum->volume_minor, (int)sum->volume_trades, (int)sum->due,
                     (int)sum->fulfilled, (json_int_t)sum->due_minor, (json_int_t)sum->fulfilled_minor,
                     (int)sum->not_converted);
}

static json_t *judged(const struct policy *policy, const struct facts *facts, enum tier tier, civil_date on)
{
    const struct assessment *assessment;
    struct scored scored = standing_scored(policy, facts, on, &assessment);
    struct trade_sum sum;
    standing_sum(policy, facts->trades, facts->trade_count, on, &sum);
    struct standing standing = standing_of(standing_judge(policy, &sum, scored), tier);
    json_t *score = scored.valid ? json_pack("[i, s, b]", scored.score, word_name(words_grade, (int)scored.grade),
                                             (int)scored.in_band)
                                 : json_null();

    return json_pack("{s:o, s:i, s:i, s:o, s:s, s:s?, s:o}", "sums", sums_told(&sum), "rate_bp",
                     standing_rate_bp(policy, &sum), "assessment",
                     assessment != NULL ? (int)(assessment - facts->assessments) : -1, "score", score, "tier",
                     word_name(words_tier, (int)standing.tier), "grade",
                     standing.grade != GRADE_NONE ? word_name(words_grade, (int)standing.grade) : NULL, "lifts",
                     lifts_told(policy, &sum, scored, tier, assessment));
}

static void answer(json_t *customer, const struct policy *policy, struct arena *arena)
{
    const char *tier, *on;
    json_t *trades, *assessments;
    json_error_t error;

    arena_reset(arena);
    if (json_unpack_ex(customer, &error, 0, "{s:s, s:s, s:o, s:o}", "tier", &tier, "on", &on, "trades", &trades,
                       "assessments", &assessments) != 0)
        fail("no customer", error.text);
    struct facts facts = {.trades = read_trades(trades, arena),
                          .trade_count = json_array_size(trades),
                          .assessments = read_assessments(assessments, arena),
                          .assessment_count = json_array_size(assessments)};
    json_t *told = judged(policy, &facts, (enum tier)word_number(words_tier, tier), day(on));

    if (told == NULL || json_dumpf(told, stdout, JSON_COMPACT) != 0)
        fail("no answer", on);
    putchar('\n');
    json_decref(told);
}

int main(void)
{
    struct arena *of_policy = arena_new(0), *of_customer = arena_new(0);
    struct policy policy = {0};
    json_error_t error;
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, stdin) > 0) {
        json_t *read = json_loads(line, 0, &error);
        if (read == NULL)
            fail(error.text, line);
        const char *text = json_string_value(json_object_get(read, "policy"));
        if (text != NULL)
            read_policy(text, of_policy, &policy);
        else
            answer(read, &policy, of_customer);
        json_decref(read);
    }
    free(line);
    arena_free(of_policy);
    arena_free(of_customer);
    return 0;
}
