/* Message by message: trades, imports, criteria, and what explains a standing. */
#include "client/trade_records.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/assessment_records.h"
#include "client/output.h"
#include "client/text.h"
#include "client/unicode.h"
#include "common/check.h"
#include "common/money.h"
#include "common/vocabulary.h"

static void format_money(int64_t minor, const char *currency, char out[MONEY_TEXT_BYTES])
{
    int exponent = money_exponent(currency);

    money_format(minor, exponent < 0 ? 0 : exponent, out);
}

void record_money(json_t *object, bool has, int64_t minor, const char *currency)
{
    char text[MONEY_TEXT_BYTES];

    if (!has)
        return;
    format_money(minor, currency, text);
    record_text(object, "amount", text);
    record_text(object, "currency", currency);
}

void record_sum(json_t *object, const char *key, bool has, int64_t minor, const char *currency)
{
    json_t *sum;

    if (!has)
        return;
    sum = json_object();
    record_money(sum, true, minor, currency);
    json_object_set_new(object, key, sum);
}

/* ---- trades and imports ---- */

json_t *record_trade(const struct client *client, const Creditd__V1__Trade *m)
{
    json_t *o = json_object();

    record_text(o, "customer_id", m->customer_id);
    record_text(o, "customer_number", m->customer_number);
    record_text(o, "document", m->document);
    record_number(o, "version", m->has_version, m->version);
    record_money(o, m->has_amount_minor, m->amount_minor, m->currency);
    record_text(o, "issued_on", m->issued_on);
    record_text(o, "due_on", m->due_on);
    record_text(o, "settled_on", m->settled_on);
    record_bool(o, "cancelled", m->has_cancelled, m->cancelled);
    record_bool(o, "fulfilled", m->has_fulfilled, m->fulfilled);
    record_text(o, "import", m->import);
    record_instant(client, o, "recorded_at", m->has_recorded_at_us, m->recorded_at_us);
    record_text(o, "command_id", m->command_id);
    return o;
}

void record_evaluation(json_t *object, const Creditd__V1__TradeImport *m)
{
    record_number(object, "customers", m->has_customers, (json_int_t)m->customers);
    record_number(object, "evaluated", m->has_evaluated, (json_int_t)m->evaluated);
    record_number(object, "demoted", m->has_demoted, (json_int_t)m->demoted);
    record_number(object, "corrected", m->has_corrected, (json_int_t)m->corrected);
    record_number(object, "criteria", m->has_criteria, (json_int_t)m->criteria);
}

json_t *record_import(const struct client *client, const Creditd__V1__TradeImport *m)
{
    json_t *o = json_object();

    record_text(o, "id", m->id);
    record_text(o, "name", m->name);
    record_text(o, "user", m->user);
    record_instant(client, o, "started_at", m->has_started_at_us, m->started_at_us);
    record_instant(client, o, "finished_at", m->has_finished_at_us, m->finished_at_us);
    record_number(o, "added", m->has_added, (json_int_t)m->added);
    record_number(o, "changed", m->has_changed, (json_int_t)m->changed);
    record_number(o, "unchanged", m->has_unchanged, (json_int_t)m->unchanged);
    record_number(o, "refused", m->has_refused, (json_int_t)m->refused);
    record_number(o, "customers_added", m->has_customers_added, (json_int_t)m->customers_added);
    record_evaluation(o, m);
    return o;
}

/* ---- the customer's file ---- */

json_t *record_event(const struct client *client, const Creditd__V1__CustomerEvent *m)
{
    json_t *o = json_object();

    record_number(o, "seq", m->has_seq, (json_int_t)m->seq);
    record_instant(client, o, "at", m->has_at_us, m->at_us);
    record_word(o, "kind", words_event, m->has_kind, (int)m->kind);
    record_text(o, "actor", m->actor);
    record_text(o, "application_id", m->application_id);
    record_text(o, "command_id", m->command_id);
    record_text(o, "payload", m->payload);
    return o;
}

json_t *record_criterion(const struct client *client, const Creditd__V1__Criterion *m)
{
    json_t *o = json_object();

    json_object_set_new(o, "kind", json_string("criterion"));
    record_text(o, "customer_id", m->customer_id);
    record_text(o, "customer_number", m->customer_number);
    record_text(o, "customer_name", m->customer_name);
    record_text(o, "branch", m->branch);
    record_text(o, "region", m->region);
    record_word(o, "from_grade", words_grade, m->has_from_grade, (int)m->from_grade);
    record_word(o, "to_grade", words_grade, m->has_to_grade, (int)m->to_grade);
    record_text(o, "criterion_met_on", m->met_on);
    record_instant(client, o, "criterion_detected_at", m->has_detected_at_us, m->detected_at_us);
    record_instant(client, o, "due_at", m->has_due_at_us, m->due_at_us);
    record_bool(o, "overdue", m->has_overdue, m->overdue);
    record_bool(o, "due_soon", m->has_due_soon, m->due_soon);
    record_number(o, "customer_version", m->has_customer_version, m->customer_version);
    record_text(o, "acting_for", m->acting_for);
    json_object_set_new(o, "holders", record_texts_json(m->holders, m->n_holders));
    json_object_set_new(o, "told", record_texts_json(m->told, m->n_told));
    return o;
}

json_t *record_task(const struct client *client, const Creditd__V1__Task *m)
{
    json_t *o = json_object();

    record_word(o, "kind", words_task, m->has_kind, (int)m->kind);
    record_text(o, "customer_id", m->customer_id);
    record_text(o, "customer_number", m->customer_number);
    record_text(o, "customer_name", m->customer_name);
    record_number(o, "customer_version", m->has_customer_version, m->customer_version);
    record_text(o, "branch", m->branch);
    record_text(o, "region", m->region);
    record_word(o, "grade", words_grade, m->has_grade, (int)m->grade);
    record_text(o, "measure", m->measure);
    record_text(o, "due_on", m->due_on);
    record_instant(client, o, "due_at", m->has_due_at_us, m->due_at_us);
    record_bool(o, "overdue", m->has_overdue, m->overdue);
    return o;
}

json_t *record_as_of(const struct client *client, const Creditd__V1__AsOf *m)
{
    json_t *o = json_object();

    record_text(o, "on", m->on);
    record_text(o, "known", m->known);
    record_word(o, "tier", words_tier, m->has_tier, (int)m->tier);
    record_word(o, "grade", words_grade, m->has_grade, (int)m->grade);
    record_word(o, "cause", words_cause, m->has_cause, (int)m->cause);
    record_text(o, "valid_from", m->valid_from);
    record_instant(client, o, "recorded_at", m->has_recorded_at_us, m->recorded_at_us);
    record_number(o, "seq", m->has_seq, (json_int_t)m->seq);
    return o;
}

/* ---- explanation, as JSON ---- */

/* A number of trades and what they sum up to. */
static json_t *sum_json(const char *currency, bool has_trades, uint32_t trades, bool has_minor, int64_t minor)
{
    json_t *o = json_object();

    record_number(o, "trades", has_trades, trades);
    record_money(o, has_minor, minor, currency);
    return o;
}

json_t *explanation_counted(const Creditd__V1__Explanation *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->n_counted; i++) {
        const Creditd__V1__CountedTrade *trade = m->counted[i];
        json_t *o = json_object();
        record_text(o, "document", trade->document);
        record_money(o, trade->has_amount_minor, trade->amount_minor, trade->currency);
        record_text(o, "due_on", trade->due_on);
        record_text(o, "settled_on", trade->settled_on);
        record_bool(o, "fulfilled", trade->has_fulfilled, trade->fulfilled);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *rate_json(const Creditd__V1__Explanation *m)
{
    json_t *o = json_object();

    record_word(o, "basis", words_basis, m->has_basis, (int)m->basis);
    record_number(o, "bp", m->has_rate_bp, m->rate_bp);
    record_number(o, "floor_bp", m->has_floor_bp, m->floor_bp);
    record_bool(o, "below_floor", m->has_below_floor, m->below_floor);
    json_object_set_new(o, "due", sum_json(m->currency, m->has_due, m->due, m->has_due_minor, m->due_minor));
    json_object_set_new(
        o, "fulfilled",
        sum_json(m->currency, m->has_fulfilled, m->fulfilled, m->has_fulfilled_minor, m->fulfilled_minor));
    json_object_set_new(o, "counted", explanation_counted(m));
    record_bool(o, "counted_more", m->has_counted_more, m->counted_more);
    return o;
}

/* The first way to a better grade stands in fields of its own. */
static Creditd__V1__Lift first_lift(const Creditd__V1__Explanation *m)
{
    Creditd__V1__Lift lift = CREDITD__V1__LIFT__INIT;

    lift.has_grade = m->has_lift_grade;
    lift.grade = m->lift_grade;
    lift.has_volume_minor = m->has_lift_volume_minor;
    lift.volume_minor = m->lift_volume_minor;
    lift.has_fulfilled = m->has_lift_fulfilled;
    lift.fulfilled = m->lift_fulfilled;
    lift.has_fulfilled_minor = m->has_lift_fulfilled_minor;
    lift.fulfilled_minor = m->lift_fulfilled_minor;
    lift.has_score = m->has_lift_score;
    lift.score = m->lift_score;
    return lift;
}

static json_t *lift_json(const Creditd__V1__Lift *m, const char *currency)
{
    json_t *o = json_object();

    record_word(o, "grade", words_grade, m->has_grade, (int)m->grade);
    if (m->has_volume_minor)
        json_object_set_new(o, "volume", sum_json(currency, false, 0, true, m->volume_minor));
    if (m->has_fulfilled || m->has_fulfilled_minor)
        json_object_set_new(
            o, "fulfilled",
            sum_json(currency, m->has_fulfilled, m->fulfilled, m->has_fulfilled_minor, m->fulfilled_minor));
    record_score(o, "score", m->has_score, m->score);
    return o;
}

static json_t *move_json(const Creditd__V1__FactorMove *m)
{
    json_t *o = json_object();

    record_text(o, "factor", m->factor);
    record_text(o, "from", m->from);
    record_text(o, "choice", m->choice);
    record_score(o, "gain", m->has_gain, m->gain);
    record_bool(o, "enough", m->has_enough, m->enough);
    record_text(o, "evidence", m->evidence);
    return o;
}

static void lifts_json(json_t *o, const Creditd__V1__Explanation *m)
{
    Creditd__V1__Lift first = first_lift(m);
    json_t *further = json_array(), *moves = json_array();

    for (size_t i = 0; i < m->n_further_lifts; i++)
        json_array_append_new(further, lift_json(m->further_lifts[i], m->currency));
    for (size_t i = 0; i < m->n_moves; i++)
        json_array_append_new(moves, move_json(m->moves[i]));
    if (m->has_lift_grade)
        json_object_set_new(o, "lift", lift_json(&first, m->currency));
    json_object_set_new(o, "further_lifts", further);
    json_object_set_new(o, "moves", moves);
}

json_t *record_explanation(const struct client *client, const Creditd__V1__Explanation *m)
{
    json_t *o = json_object();

    record_text(o, "on", m->on);
    record_text(o, "window_from", m->window_from);
    record_number(o, "policy_version", m->has_policy_version, m->policy_version);
    json_object_set_new(
        o, "volume",
        sum_json(m->currency, m->has_volume_trades, m->volume_trades, m->has_volume_minor, m->volume_minor));
    record_word(o, "band", words_grade, m->has_band, (int)m->band);
    json_object_set_new(o, "rate", rate_json(m));
    record_word(o, "combine", words_combine, m->has_combine, (int)m->combine);
    if (m->assessment != NULL)
        json_object_set_new(o, "assessment", record_assessment(client, m->assessment));
    record_word(o, "tier", words_tier, m->has_tier, (int)m->tier);
    record_word(o, "grade", words_grade, m->has_grade, (int)m->grade);
    record_sum(o, "limit", m->has_limit_minor, m->limit_minor, m->currency);
    record_sum(o, "limit_in_force", m->has_limit_in_force_minor, m->limit_in_force_minor, m->currency);
    lifts_json(o, m);
    record_text(o, "next_on", m->next_on);
    record_number(o, "not_converted", m->has_not_converted, m->not_converted);
    return o;
}

/* ---- explanation, for people ---- */

static void set_line(json_t *lines, const char *key, char *text)
{
    if (text == NULL)
        abort();
    json_object_set_new(lines, key, unicode_json(text));
    free(text);
}

static char *__attribute__((format(printf, 1, 2))) line(const char *format, ...)
{
    va_list arguments;
    char *out = NULL;

    va_start(arguments, format);
    if (vasprintf(&out, format, arguments) < 0)
        out = NULL;
    va_end(arguments);
    CHECK(out != NULL);
    return out;
}

/* "1,234.50 CNY" */
static char *money_line(int64_t minor, const char *currency)
{
    char plain[MONEY_TEXT_BYTES], *grouped, *out;

    format_money(minor, currency, plain);
    grouped = output_amount(plain);
    out = line("%s %s", grouped, currency == NULL ? "" : currency);
    free(grouped);
    return out;
}

static char *percent_line(uint32_t bp)
{
    return line("%u.%02u%%", bp / 100, bp % 100);
}

/* "75.00%: 6 of 8 due trades, 1,200.00 CNY of 1,600.00 CNY" */
static char *rate_line(const Creditd__V1__Explanation *m)
{
    char *percent, *fulfilled, *due, *out;

    if (!m->has_rate_bp)
        return line("%s", _("nothing was due"));
    percent = percent_line(m->rate_bp);
    fulfilled = money_line(m->fulfilled_minor, m->currency);
    due = money_line(m->due_minor, m->currency);
    out = line(_("%s: %u of %u due trades were fulfilled, %s of %s"), percent, m->fulfilled, m->due, fulfilled, due);
    free(percent);
    free(fulfilled);
    free(due);
    return out;
}

static char *floor_line(const Creditd__V1__Explanation *m)
{
    char *percent = percent_line(m->floor_bp), *out;
    bool by_amount = m->basis == CREDITD__V1__BASIS__BASIS_AMOUNT;

    if (m->below_floor)
        out = by_amount ? line(_("%s by amount; the rate is below it"), percent)
                        : line(_("%s by count; the rate is below it"), percent);
    else
        out = line(by_amount ? _("%s by amount") : _("%s by count"), percent);
    free(percent);
    return out;
}

static const char *score_text(uint32_t score, char out[MONEY_TEXT_BYTES])
{
    money_format_short(score, SCORE_DECIMALS, out);
    return out;
}

static const char *grade_text(Creditd__V1__Grade grade)
{
    const char *name = word_name(words_grade, (int)grade);

    return name == NULL ? "?" : _(name);
}

/* "82.5 points: yellow; assessed on 2026-11-23, counts until 2027-11-23" */
static char *score_line(const Creditd__V1__Assessment *m)
{
    char points[MONEY_TEXT_BYTES];

    if (m == NULL || !m->has_score || m->assessed_on == NULL || m->valid_to == NULL)
        return line("%s", _("none that counts"));
    return line(_("%s points: %s; assessed on %s, counts until %s"), score_text(m->score, points), grade_text(m->grade),
                m->assessed_on, m->valid_to);
}

static const char *combine_text(const Creditd__V1__Explanation *m)
{
    if (m->assessment == NULL)
        return _("the grade of the volume, since no score counts");
    switch (m->combine) {
    case CREDITD__V1__COMBINE__COMBINE_WORSE:
        return _("the worse of the grades of volume and score");
    case CREDITD__V1__COMBINE__COMBINE_BETTER:
        return _("the better of the grades of volume and score");
    case CREDITD__V1__COMBINE__COMBINE_SCORE:
        return _("the grade of the score");
    case CREDITD__V1__COMBINE__COMBINE_VOLUME:
    default:
        return _("the grade of the volume");
    }
}

static void lift_lines(json_t *lines, const Creditd__V1__Explanation *m)
{
    char points[MONEY_TEXT_BYTES];

    if (!m->has_lift_grade)
        return;
    record_word(lines, "lift_grade", words_grade, true, (int)m->lift_grade);
    if (m->has_lift_volume_minor)
        set_line(lines, "lift_volume", money_line(m->lift_volume_minor, m->currency));
    if (m->has_lift_fulfilled)
        set_line(lines, "lift_fulfilled", line(_("%u trades"), m->lift_fulfilled));
    if (m->has_lift_fulfilled_minor)
        set_line(lines, "lift_fulfilled", money_line(m->lift_fulfilled_minor, m->currency));
    if (m->has_lift_score)
        set_line(lines, "lift_score", line(_("%s points"), score_text(m->lift_score, points)));
}

static void window_line(json_t *lines, const Creditd__V1__Explanation *m)
{
    if (m->on != NULL && m->window_from != NULL)
        set_line(lines, "window", line(_("%s to %s"), m->window_from, m->on));
}

static void trade_lines(json_t *lines, const Creditd__V1__Explanation *m)
{
    char *volume = money_line(m->volume_minor, m->currency);

    set_line(lines, "volume", line(_("%s in %u trades"), volume, m->volume_trades));
    free(volume);
    if (m->has_band)
        record_word(lines, "band", words_grade, true, (int)m->band);
    else
        set_line(lines, "band", line("%s", _("below the lowest")));
    set_line(lines, "rate", rate_line(m));
    if (m->has_floor_bp)
        set_line(lines, "floor", floor_line(m));
}

static void not_converted_line(json_t *lines, const Creditd__V1__Explanation *m)
{
    if (m->not_converted > 0)
        set_line(lines, "not_converted", line(_("%u trades in a currency without a rate"), m->not_converted));
}

/* The credit limits of what comes out and of the grade in force. */
static void limit_lines(json_t *lines, const Creditd__V1__Explanation *m)
{
    if (m->has_limit_minor)
        set_line(lines, "limit", money_line(m->limit_minor, m->currency));
    if (m->has_limit_in_force_minor)
        set_line(lines, "limit_in_force", money_line(m->limit_in_force_minor, m->currency));
}

json_t *explanation_lines(const Creditd__V1__Explanation *m)
{
    json_t *lines = json_object();

    window_line(lines, m);
    record_number(lines, "policy_version", m->has_policy_version, m->policy_version);
    trade_lines(lines, m);
    if (m->has_combine)
        set_line(lines, "score", score_line(m->assessment));
    record_word(lines, "tier", words_tier, m->has_tier, (int)m->tier);
    record_word(lines, "grade", words_grade, m->has_grade, (int)m->grade);
    limit_lines(lines, m);
    lift_lines(lines, m);
    record_text(lines, "next_on", m->next_on);
    not_converted_line(lines, m);
    return lines;
}

json_t *explanation_trade(const Creditd__V1__Explanation *m)
{
    json_t *lines = json_object();

    window_line(lines, m);
    trade_lines(lines, m);
    not_converted_line(lines, m);
    return lines;
}

/* Below the floor neither volume nor score counts. */
json_t *explanation_outcome(const Creditd__V1__Explanation *m)
{
    json_t *lines = json_object();

    record_number(lines, "policy_version", m->has_policy_version, m->policy_version);
    set_line(lines, "band", line("%s", m->has_band ? grade_text(m->band) : _("below the lowest")));
    if (m->has_combine)
        set_line(lines, "score", score_line(m->assessment));
    if (m->below_floor)
        set_line(lines, "combine", line("%s", _("nothing, since the rate is below the floor")));
    else if (m->has_combine)
        set_line(lines, "combine", line("%s", combine_text(m)));
    record_word(lines, "tier", words_tier, m->has_tier, (int)m->tier);
    record_word(lines, "grade", words_grade, m->has_grade, (int)m->grade);
    limit_lines(lines, m);
    record_text(lines, "next_on", m->next_on);
    return lines;
}

/* ---- ways to a better grade, for people ---- */

/* Takes over both; `part` NULL adds nothing. */
static char *joined(char *text, char *part)
{
    char *out = text == NULL ? part : text;

    if (text == NULL || part == NULL)
        return out;
    out = line(_("%s, and %s"), text, part);
    free(text);
    free(part);
    return out;
}

/* "volume +1,200,000.00 CNY, and 4.25 points of the score" */
static char *missing_line(const Creditd__V1__Lift *lift, const char *currency)
{
    char points[MONEY_TEXT_BYTES], *money, *out = NULL;

    if (lift->has_fulfilled)
        out = joined(out, line(_("%u trades, due and fulfilled"), lift->fulfilled));
    if (lift->has_fulfilled_minor) {
        money = money_line(lift->fulfilled_minor, currency);
        out = joined(out, line(_("%s, due and fulfilled"), money));
        free(money);
    }
    if (lift->has_volume_minor) {
        money = money_line(lift->volume_minor, currency);
        out = joined(out, line(_("volume +%s"), money));
        free(money);
    }
    if (lift->has_score && lift->score == 0)
        out = joined(out, line("%s", _("any score")));
    else if (lift->has_score)
        out = joined(out, line(_("%s points of the score"), score_text(lift->score, points)));
    return out == NULL ? line("%s", "") : out;
}

static json_t *lift_row(const Creditd__V1__Lift *lift, const char *currency)
{
    json_t *row = json_object();

    record_word(row, "grade", words_grade, lift->has_grade, (int)lift->grade);
    set_line(row, "missing", missing_line(lift, currency));
    return row;
}

json_t *explanation_lifts(const Creditd__V1__Explanation *m)
{
    Creditd__V1__Lift first = first_lift(m);
    json_t *list = json_array();

    if (m->has_lift_grade)
        json_array_append_new(list, lift_row(&first, m->currency));
    for (size_t i = 0; i < m->n_further_lifts; i++)
        json_array_append_new(list, lift_row(m->further_lifts[i], m->currency));
    return list;
}

json_t *explanation_moves(const Creditd__V1__Explanation *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->n_moves; i++) {
        const Creditd__V1__FactorMove *move = m->moves[i];
        json_t *row = move_json(move);
        set_line(row, "new_value",
                 move->choice != NULL ? line("%s", move->choice)
                 : move->from != NULL ? line(_("%s or more"), move->from)
                                      : line("%s", _("below all rows")));
        json_array_append_new(list, row);
    }
    return list;
}
