/* What a computed standing means for the one in force: demotion, its correction, criterion, and the next date on which
 * to look again. */
#include "server/rules/evaluation.h"

#include <string.h>

#include "common/check.h"
#include "server/rules/clock.h"
#include "server/rules/standing.h"

int evaluation_months(const struct policy *policy)
{
    /* A window up to today, and before its first day, to which met_on and a correction look back, another one. */
    return 2 * policy->window_months;
}

static bool same(struct standing a, struct standing b)
{
    return a.tier == b.tier && a.grade == b.grade;
}

static civil_date later(civil_date a, civil_date b)
{
    return a > b ? a : b;
}

static civil_date earlier(civil_date a, civil_date b)
{
    return a < b ? a : b;
}

/* What is computed for the customer; of one who was never evaluated, what is in force. */
static struct standing computed_for(const struct customer *customer)
{
    const struct evaluation *evaluation = &customer->evaluation;
    struct standing standing = standing_beneath(customer);
    return evaluation->policy_version == 0 ? standing : standing_of(evaluation->computed, standing.tier);
}

/* A key account below the floor: the system makes it ordinary, there is nothing to apply for. */
static bool to_be_demoted(const struct customer *customer)
{
    return standing_beneath(customer).tier == TIER_KEY && computed_for(customer).tier == TIER_ORDINARY;
}

static void clear_criterion(struct evaluation *evaluation)
{
    evaluation->criterion = false;
    evaluation->met_on = 0;
    evaluation->detected_at = 0;
    evaluation->criterion_due_at = 0;
    evaluation->answer = ANSWER_NONE;
}

/* As long as an application is open no other one can be submitted. */
static void set_criterion(const struct clock *clock, const struct unit *branch, int64_t now, civil_date met_on,
                          struct customer *customer)
{
    struct evaluation *evaluation = &customer->evaluation;
    evaluation->answer = customer->open_application == 0 ? ANSWER_AWAITED : ANSWER_SUBMITTED;
    evaluation->criterion = true;
    evaluation->met_on = met_on;
    evaluation->detected_at = now;
    evaluation->criterion_due_at = clock_step_due(clock, branch, now, clock->policy->submit_days, branch, now);
}

static void disarm(struct evaluation *evaluation)
{
    evaluation->timer_id = (struct uuid){0};
    evaluation->evaluate_at = 0;
}

static void arm(struct uuid timer_id, int64_t at, struct evaluation *evaluation)
{
    CHECK(!uuid_is_zero(timer_id));
    evaluation->timer_id = timer_id;
    evaluation->evaluate_at = at;
}

/* Would the demotion that made the customer ordinary not have been decided, had all been known that is known now? */
static bool was_wrong(const struct evaluation_input *input, const struct customer *customer, civil_date today,
                      struct arena *arena)
{
    const struct evaluation *evaluation = &customer->evaluation;
    const struct policy *policy = input->demoted_policy;
    if (evaluation->demoted_on == 0 || customer->override.until != 0) {
        return false;
    }
    CHECK(customer->standing.tier == TIER_ORDINARY);
    CHECK(policy != NULL);
    if (evaluation->demoted_on < window_from(policy, today)) {
        return false;
    }
    /* The customer may have moved to a zone where it is still the day before. */
    civil_date since = earlier(evaluation->demoted_on, today);
    struct course course;
    standing_course(policy, &input->facts, TIER_KEY, since, today, arena, &course);
    return !course.fell_below;
}

static void take_back(const struct policy *policy, struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    struct standing before = {TIER_KEY, customer->evaluation.demoted_from};
    out->standing_changed = true;
    out->cause = CAUSE_CORRECTION;
    out->valid_from = customer->evaluation.demoted_on;
    standing_put_in_force(customer, before, out->valid_from, policy);
}

/* Is an override in force that has come to its end? */
static bool override_is_over(const struct override *override, civil_date today, int64_t now)
{
    if (override->ends_at != 0) {
        return now >= override->ends_at;
    }
    return override->until != 0 && today > override->until;
}

/* An override that is over gives way to what it took the place of. */
static void end_override(const struct evaluation_input *input, civil_date today, struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    const struct override ended = customer->override;
    if (!override_is_over(&ended, today, input->now)) {
        return;
    }
    enum tier tier = ended.from == GRADE_NONE ? TIER_ORDINARY : TIER_KEY;
    out->standing_changed = true;
    out->cause = CAUSE_OVERRIDE;
    /* Of an emergency the customer may have moved to a zone where it ends on the day before it began. */
    out->valid_from = ended.ends_at == 0
                          ? ended.until + 1
                          : later(customer->in_force_since, zone_date_at(input->branch->zone, ended.ends_at));
    standing_put_over(customer, (struct standing){tier, ended.from}, out->valid_from, input->policy);
}

static void demote(const struct policy *policy, civil_date today, struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    enum grade from = customer->standing.grade;
    out->standing_changed = true;
    out->cause = CAUSE_DEMOTION;
    out->valid_from = today;
    standing_put_in_force(customer, (struct standing){TIER_ORDINARY, GRADE_NONE}, today, policy);
    customer->evaluation.demoted_on = today;
    customer->evaluation.demoted_from = from;
    customer->evaluation.demoted_policy = policy->version;
}

/* Is the demotion to wait for the end of its notice? Gives notice when none was given and the policy asks for one. */
static bool waits(const struct policy *policy, civil_date today, struct evaluation_result *out)
{
    struct notice *notice = &out->customer.notice;
    if (notice->noticed_on == 0 && policy->notice_days > 0) {
        *notice = (struct notice){.noticed_on = today,
                                  .demote_on = today + policy->notice_days,
                                  .appeal_until = today + policy->appeal_days - (policy->appeal_days == 0)};
        out->noticed = true;
    }
    return notice->noticed_on != 0 && today <= notice->demote_on;
}

/* Keeps, finds or drops the criterion. `before` is the customer as it was before this evaluation. */
static void compare(const struct evaluation_input *input, const struct customer *before, struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    struct standing standing = standing_beneath(customer);
    bool by_authority = customer->override.until != 0 && customer->override.ends_at == 0;
    bool differs = !same(computed_for(customer), standing) && !to_be_demoted(customer) && !by_authority;
    bool stays = before->evaluation.criterion && differs && same(standing_beneath(before), standing) &&
                 same(computed_for(before), computed_for(customer));
    if (stays) {
        return;
    }
    out->criterion_gone = before->evaluation.criterion;
    out->criterion_met = differs;
    clear_criterion(&customer->evaluation);
    if (differs) {
        set_criterion(&(struct clock){.org = input->org, .policy = input->policy}, input->branch, input->now,
                      out->course.met_on, customer);
    }
}

static struct money volume_of(const struct policy *policy, const struct trade_sum *sum)
{
    struct money volume = {.minor = sum->volume_minor};
    if (sum->volume_trades == 0) {
        return (struct money){0};
    }
    CHECK(strlen(policy->currency) < sizeof volume.currency);
    memcpy(volume.currency, policy->currency, strlen(policy->currency));
    return volume;
}

/* A policy without bands: what is computed is what is in force. */
static void compute_nothing(struct customer *customer)
{
    customer->evaluation.volume = (struct money){0};
    customer->evaluation.computed = (struct computed){.grade = standing_beneath(customer).grade, .admits = false};
    customer->notice = (struct notice){0};
}

/* The timer for an instant, unless it is armed for an earlier one. */
static void arm_by(const struct evaluation_input *input, int64_t at, struct customer *customer)
{
    if (uuid_is_zero(customer->evaluation.timer_id) || at < customer->evaluation.evaluate_at) {
        arm(input->timer_id, at, &customer->evaluation);
    }
}

static void arm_for(const struct evaluation_input *input, civil_date on, struct customer *customer)
{
    arm_by(input, zone_day_start_us(input->branch->zone, on), customer);
}

static void arm_for_override(const struct evaluation_input *input, struct customer *customer)
{
    if (customer->override.ends_at != 0) {
        arm_by(input, customer->override.ends_at, customer);
    } else if (customer->override.until != 0) {
        arm_for(input, customer->override.until + 1, customer);
    }
}

static void arm_for_all(const struct evaluation_input *input, struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    if (out->course.next_on != 0) {
        arm_for(input, out->course.next_on, customer);
    }
    if (customer->notice.noticed_on != 0 && customer->override.until == 0) {
        arm_for(input, customer->notice.demote_on + 1, customer);
    }
    arm_for_override(input, customer);
}

/* What follows for a key account that is below the floor, or no longer. */
static void announce_or_demote(const struct evaluation_input *input, civil_date today, struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    if (!to_be_demoted(customer)) {
        out->notice_withdrawn = customer->notice.noticed_on != 0;
        customer->notice = (struct notice){0};
    } else if (customer->override.until == 0 && out->standing_changed) {
        arm(input->timer_id, input->now, &customer->evaluation); /* one change of the standing at a time */
    } else if (customer->override.until == 0 && !waits(input->policy, today, out)) {
        demote(input->policy, today, out);
    }
}

static void compute(const struct evaluation_input *input, civil_date today, struct arena *arena,
                    struct evaluation_result *out)
{
    struct customer *customer = &out->customer;
    const struct policy *policy = input->policy;
    bool wrong = was_wrong(input, customer, today, arena);
    if (wrong && !out->standing_changed) {
        take_back(policy, out);
    }
    civil_date since = earlier(later(customer->in_force_since, window_from(policy, today)), today);
    standing_course(policy, &input->facts, standing_beneath(customer).tier, since, today, arena, &out->course);
    customer->evaluation.computed = out->course.computed;
    customer->evaluation.volume = volume_of(policy, &out->course.sum);
    announce_or_demote(input, today, out);
    if (wrong && customer->evaluation.demoted_on != 0) {
        arm(input->timer_id, input->now, &customer->evaluation); /* one change of the standing at a time */
    }
}

/* Is there nothing to compute from, of one of whom nothing ever was? */
static bool never_evaluated(const struct evaluation_input *input, const struct customer *customer)
{
    return customer->evaluation.policy_version == 0 && customer->override.until != 0 && input->facts.trade_count == 0 &&
           input->facts.assessment_count == 0;
}

void standing_evaluate(const struct evaluation_input *input, const struct customer *customer, struct arena *arena,
                       struct evaluation_result *out)
{
    CHECK(input->policy != NULL && input->org != NULL && input->branch != NULL &&
          customer->evaluation.imports_open == 0);
    CHECK(input->now >= customer->last_event_at);
    *out = (struct evaluation_result){.customer = *customer};
    civil_date today = zone_date_at(input->branch->zone, input->now);
    disarm(&out->customer.evaluation);
    end_override(input, today, out);
    if (!never_evaluated(input, customer)) {
        out->customer.evaluation.policy_version = input->policy->version;
        if (input->policy->band_count == 0) {
            out->notice_withdrawn = out->customer.notice.noticed_on != 0;
            compute_nothing(&out->customer);
        } else {
            compute(input, today, arena, out);
        }
    }
    arm_for_all(input, out);
    compare(input, customer, out);
    if (out->standing_changed || out->criterion_met || out->criterion_gone || out->noticed || out->notice_withdrawn) {
        out->customer.version++;
    }
}

void standing_end_emergency(const struct evaluation_input *input, const struct customer *customer,
                            struct evaluation_result *out)
{
    CHECK(customer->evaluation.imports_open > 0 && input->now >= customer->last_event_at);
    *out = (struct evaluation_result){.customer = *customer};
    disarm(&out->customer.evaluation);
    if (customer->override.ends_at == 0) {
        return;
    }
    end_override(input, zone_date_at(input->branch->zone, input->now), out);
    arm_for_override(input, &out->customer);
    out->customer.version += out->standing_changed;
}

bool evaluation_lapses(const struct evaluation_result *result, const struct application *application)
{
    return result->standing_changed && !same(application->from, result->customer.standing);
}

void evaluation_compare(const struct clock *clock, const struct unit *branch, int64_t now, struct uuid timer_id,
                        struct customer *customer)
{
    clear_criterion(&customer->evaluation);
    if (customer->evaluation.policy_version == 0) {
        if (customer->evaluation.evaluate_at > now) {
            disarm(&customer->evaluation); /* it was for the end of an override, which the step has ended */
        }
        return;
    }
    if (clock->policy->band_count == 0) {
        compute_nothing(customer);
        disarm(&customer->evaluation);
    } else if (to_be_demoted(customer)) {
        arm(timer_id, now, &customer->evaluation);
    } else if (!same(computed_for(customer), customer->standing)) {
        set_criterion(clock, branch, now, zone_date_at(branch->zone, now), customer);
    }
}

void evaluation_submitted(struct customer *customer)
{
    if (customer->evaluation.answer == ANSWER_AWAITED) {
        customer->evaluation.answer = ANSWER_SUBMITTED;
    }
}

void evaluation_case_ended(bool rejected, int64_t now, struct customer *customer)
{
    struct evaluation *evaluation = &customer->evaluation;
    if (rejected && evaluation->answer == ANSWER_MISSED) {
        evaluation->answer = ANSWER_SUBMITTED;
    } else if (!rejected && evaluation->answer == ANSWER_SUBMITTED &&
               !clock_overdue(evaluation->criterion_due_at, now)) {
        evaluation->answer = ANSWER_AWAITED;
    }
}

bool evaluation_criterion_open(const struct customer *customer)
{
    const struct evaluation *evaluation = &customer->evaluation;
    return customer->open_application == 0 &&
           (evaluation->answer == ANSWER_AWAITED || evaluation->answer == ANSWER_MISSED);
}

bool evaluation_criterion_missed(int64_t now, struct customer *customer)
{
    if (customer->evaluation.answer != ANSWER_AWAITED || !evaluation_criterion_open(customer) ||
        !clock_overdue(customer->evaluation.criterion_due_at, now)) {
        return false;
    }
    customer->evaluation.answer = ANSWER_MISSED;
    return true;
}

bool evaluation_agrees(const struct customer *customer, enum grade grade)
{
    struct standing computed = computed_for(customer);
    return customer->evaluation.policy_version != 0 && computed.tier == TIER_KEY && computed.grade == grade;
}
