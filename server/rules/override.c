/* Overrides and appeals. */
#include "server/rules/override.h"

#include "common/text.h"
#include "server/rules/four_eyes.h"
#include "server/rules/standing.h"

static const struct refusal accepted = {.reason = REASON_NONE};

static struct refusal refuse_date(enum reason reason, const char *field, const char *name, civil_date date,
                                  char detail[OVERRIDE_DETAIL_BYTES])
{
    civil_format(date, detail);
    return refusal_of(reason, field, name, detail);
}

static bool is(struct refusal refusal)
{
    return refusal.reason != REASON_NONE;
}

struct refusal override_refuse_second(const struct organisation *org, const struct customer *customer,
                                      char detail[OVERRIDE_DETAIL_BYTES])
{
    const struct override *override = &customer->override;
    if (override->ends_at != 0) {
        instant_format(unit_hq(org)->zone, override->ends_at, detail);
        return refusal_of(REASON_EMERGENCY_IN_FORCE, "customer", "until", detail);
    }
    return override->until == 0 ? accepted
                                : refuse_date(REASON_OVERRIDE_IN_FORCE, "customer", "date", override->until, detail);
}

struct refusal override_outsider(const struct organisation *org, int64_t now, const struct user *user,
                                 const struct customer *customer)
{
    struct refusal refusal = four_eyes_not_by(org, now, user, &customer->assessed_by, 1, REASON_OWN_ASSESSMENT);
    return is(refusal) ? refusal
                       : four_eyes_not_by(org, now, user, &customer->notice.appealed_by, 1, REASON_OWN_APPEAL);
}

/* Has he the authority, and no hand in what he would decide? */
static struct refusal check_authority(const struct override_input *input, const struct customer *customer)
{
    bool emergency = input->end && customer->override.ends_at != 0;
    enum job_level level = emergency ? input->policy->emergency.ask_level : input->policy->override_level;
    if (level == 0 && !input->end) {
        return refusal_of(REASON_NO_OVERRIDE, NULL, NULL, NULL);
    }
    if (input->user->level < level) {
        return refusal_of(REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, (int)level));
    }
    struct refusal refusal = override_outsider(input->org, input->now, input->user, customer);
    if (is(refusal)) {
        return refusal;
    }
    return text_is_blank(input->reason) ? refusal_of(REASON_REASON_REQUIRED, "reason", NULL, NULL) : accepted;
}

static struct refusal check_standing(const struct override_input *input, const struct customer *customer,
                                     char detail[OVERRIDE_DETAIL_BYTES])
{
    civil_date today = zone_date_at(input->zone, input->now);
    if (customer->open_application != 0) {
        public_id_format('A', (struct key){customer->key.home, customer->open_application}, detail);
        return refusal_of(REASON_OPEN_APPLICATION_EXISTS, "customer", "application", detail);
    }
    struct refusal refusal = override_refuse_second(input->org, customer, detail);
    if (is(refusal)) {
        return refusal;
    }
    if (input->grade > GRADE_BLACK) {
        return refusal_of(REASON_UNKNOWN_VALUE, "grade", NULL, NULL);
    }
    if (input->grade == customer->standing.grade) {
        return refusal_of(REASON_SAME_GRADE, "grade", NULL, NULL);
    }
    if (input->until < today || input->until - today > input->policy->override_most_days) {
        civil_format(today + input->policy->override_most_days, detail);
        return refusal_of(REASON_OVERRIDE_UNTIL, "until", "last", detail);
    }
    return accepted;
}

void override_begin(const struct override_input *input, int64_t ends_at, struct customer *customer)
{
    enum grade before = customer->standing.grade;
    enum tier tier = input->grade == GRADE_NONE ? TIER_ORDINARY : TIER_KEY;
    struct evaluation *evaluation = &customer->evaluation;
    int64_t timer_at = ends_at != 0 ? ends_at : zone_day_start_us(input->zone, input->until + 1);
    civil_date since = standing_since(customer, zone_date_at(input->zone, input->now));
    standing_put_over(customer, (struct standing){tier, input->grade}, since, input->policy);
    customer->override =
        (struct override){.until = input->until, .from = before, .by = input->user->id, .ends_at = ends_at};
    if (ends_at == 0) {
        evaluation->criterion = false;
        evaluation->met_on = 0;
        evaluation->detected_at = evaluation->criterion_due_at = 0;
        evaluation->answer = ANSWER_NONE;
    }
    if (evaluation->evaluate_at == 0 || timer_at < evaluation->evaluate_at) {
        evaluation->timer_id = input->timer_id;
        evaluation->evaluate_at = timer_at;
    }
}

static struct refusal end_now(const struct override_input *input, struct customer *customer)
{
    if (customer->override.until == 0) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, "customer", NULL, NULL);
    }
    if (customer->override.ends_at != 0) {
        customer->override.ends_at = input->now;
    } else {
        customer->override.until = zone_date_at(input->zone, input->now) - 1;
    }
    customer->evaluation.timer_id = input->timer_id;
    customer->evaluation.evaluate_at = input->now;
    customer->version++;
    return accepted;
}

struct refusal override_standing(const struct override_input *input, struct customer *customer,
                                 char detail[OVERRIDE_DETAIL_BYTES])
{
    struct refusal refusal = check_authority(input, customer);
    if (is(refusal) || input->end) {
        return is(refusal) ? refusal : end_now(input, customer);
    }
    refusal = check_standing(input, customer, detail);
    if (!is(refusal)) {
        override_begin(input, 0, customer);
        customer->version++;
    }
    return refusal;
}

struct refusal appeal_demotion(int64_t user_id, civil_date today, int64_t now, const char *reason,
                               struct customer *customer, char detail[OVERRIDE_DETAIL_BYTES])
{
    struct notice *notice = &customer->notice;
    if (notice->noticed_on == 0) {
        return refusal_of(REASON_NO_NOTICE, "customer", NULL, NULL);
    }
    if (notice->appealed_by != 0) {
        return refusal_of(REASON_NOTHING_TO_CHANGE, "customer", NULL, NULL);
    }
    if (today > notice->appeal_until) {
        return refuse_date(REASON_APPEAL_TOO_LATE, "customer", "date", notice->appeal_until, detail);
    }
    if (text_is_blank(reason)) {
        return refusal_of(REASON_REASON_REQUIRED, "reason", NULL, NULL);
    }
    notice->appealed_by = user_id;
    notice->appealed_at = now;
    customer->version++;
    return accepted;
}
