/* Emergencies and their reviews. */
#include "server/rules/emergency.h"

#include <stdio.h>

#include "common/check.h"
#include "common/text.h"
#include "server/rules/clock.h"
#include "server/rules/four_eyes.h"

#define US_PER_MINUTE (60 * US_PER_SECOND)

static const struct refusal accepted = {.reason = REASON_NONE};

static struct refusal refuse(enum reason reason, const char *field)
{
    return refusal_of(reason, field, NULL, NULL);
}

static struct refusal refuse_instant(const struct organisation *org, enum reason reason, const char *name, int64_t at,
                                     char detail[OVERRIDE_DETAIL_BYTES])
{
    instant_format(unit_hq(org)->zone, at, detail);
    return refusal_of(reason, "customer", name, detail);
}

static bool is(struct refusal refusal)
{
    return refusal.reason != REASON_NONE;
}

static void check_input(const struct emergency_input *input, const struct customer *customer)
{
    CHECK(input->org != NULL && input->policy != NULL && input->user != NULL && input->zone != NULL);
    CHECK(input->now >= customer->last_event_at);
}

bool emergency_acts_for_hq(const struct organisation *org, const struct user *user)
{
    return user != NULL && !user->disabled && user->unit_id == unit_hq(org)->id && user_has(user, ROLE_APPROVER) &&
           user->level >= JOB_LEVEL_SUPERVISOR;
}

/* Has he the level, and no hand in the customer's assessment or appeal? */
static struct refusal check_person(const struct organisation *org, const struct policy *policy, const struct user *user,
                                   const struct customer *customer, int64_t now)
{
    enum job_level level = policy->emergency.ask_level;
    if (user->level < level) {
        return refusal_of(REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, (int)level));
    }
    return override_outsider(org, now, user, customer);
}

bool emergency_waits(const struct organisation *org, const struct policy *policy, const struct customer *customer,
                     int64_t now)
{
    const struct emergency *asked = &customer->emergency;
    if (asked->by == 0 || now >= asked->expires_at) {
        return false;
    }
    const struct user *asker = user_by_id(org, asked->by);
    return emergency_acts_for_hq(org, asker) && !is(check_person(org, policy, asker, customer, now));
}

static struct refusal check_confirmer(const struct organisation *org, const struct policy *policy,
                                      const struct user *user, const struct customer *customer, int64_t now)
{
    if (!emergency_waits(org, policy, customer, now)) {
        return refuse(REASON_NO_EMERGENCY_ASKED, "customer");
    }
    struct refusal refusal = four_eyes_not_by(org, now, user, &customer->emergency.by, 1, REASON_OWN_EMERGENCY);
    return is(refusal) ? refusal : check_person(org, policy, user, customer, now);
}

/* A review is done also under a policy that knows no emergency any more. */
static struct refusal check_reviewer(const struct organisation *org, const struct policy *policy,
                                     const struct user *user, const struct customer *customer, int64_t now,
                                     char detail[OVERRIDE_DETAIL_BYTES])
{
    const struct after_review *review = &customer->review;
    if (review->opened_at == 0) {
        return refuse(REASON_NO_REVIEW_OPEN, "customer");
    }
    if (customer->override.ends_at != 0) {
        return override_refuse_second(org, customer, detail);
    }
    const int64_t doers[] = {review->asked_by, review->confirmed_by};
    struct refusal refusal = four_eyes_not_by(org, now, user, doers, 2, REASON_OWN_REVIEW);
    return is(refusal) ? refusal : check_person(org, policy, user, customer, now);
}

bool emergency_can_review(const struct organisation *org, const struct policy *policy, const struct user *user,
                          const struct customer *customer, int64_t now)
{
    char detail[OVERRIDE_DETAIL_BYTES];
    return emergency_acts_for_hq(org, user) && !is(check_reviewer(org, policy, user, customer, now, detail));
}

bool emergency_has_reviewer(const struct organisation *org, const struct policy *policy,
                            const struct customer *customer, int64_t now)
{
    struct customer over = *customer;
    over.override = (struct override){0};
    for (size_t i = 0; i < org->user_count; i++) {
        if (emergency_can_review(org, policy, &org->users[i], &over, now)) {
            return true;
        }
    }
    return false;
}

/* Is a third one left to review what these two do? */
static bool has_third(const struct organisation *org, const struct policy *policy, const struct customer *customer,
                      int64_t asked_by, int64_t confirmed_by, int64_t now)
{
    struct customer after = *customer;
    after.review = (struct after_review){.opened_at = now, .asked_by = asked_by, .confirmed_by = confirmed_by};
    return emergency_has_reviewer(org, policy, &after, now);
}

bool emergency_can_confirm(const struct organisation *org, const struct policy *policy, const struct user *user,
                           const struct customer *customer, int64_t now)
{
    return emergency_acts_for_hq(org, user) && policy->emergency.minutes_most != 0 && customer->override.until == 0 &&
           !is(check_confirmer(org, policy, user, customer, now)) &&
           has_third(org, policy, customer, customer->emergency.by, user->id, now);
}

/* Is somebody left to confirm what he asks for, and a third one to review it? */
static bool has_second(const struct emergency_input *input, const struct customer *customer)
{
    const struct organisation *org = input->org;
    struct customer asked = *customer;
    asked.emergency = (struct emergency){.by = input->user->id, .expires_at = INT64_MAX};
    for (size_t i = 0; i < org->user_count; i++) {
        if (emergency_can_confirm(org, input->policy, &org->users[i], &asked, input->now)) {
            return true;
        }
    }
    return false;
}

static struct refusal refuse_too_few(const struct emergency_input *input)
{
    return refusal_of(REASON_TOO_FEW_OTHERS, NULL, "login", input->user->login);
}

/* May another standing be in force over this one? An open case is no obstacle: it goes on beneath. */
static struct refusal check_standing(const struct emergency_input *input, const struct customer *customer,
                                     enum grade grade, char detail[OVERRIDE_DETAIL_BYTES])
{
    struct refusal refusal = override_refuse_second(input->org, customer, detail);
    if (is(refusal)) {
        return refusal;
    }
    if (customer->review.opened_at != 0) {
        return refuse_instant(input->org, REASON_REVIEW_OPEN, "due", customer->review.due_at, detail);
    }
    if (grade > GRADE_BLACK) {
        return refuse(REASON_UNKNOWN_VALUE, "grade");
    }
    return grade == customer->standing.grade ? refuse(REASON_SAME_GRADE, "grade") : accepted;
}

static struct refusal check_request(const struct emergency_input *input, const struct customer *customer,
                                    char detail[OVERRIDE_DETAIL_BYTES])
{
    int most = input->policy->emergency.minutes_most;
    if (most == 0) {
        return refuse(REASON_NO_EMERGENCY, NULL);
    }
    struct refusal refusal = check_person(input->org, input->policy, input->user, customer, input->now);
    if (is(refusal)) {
        return refusal;
    }
    if (text_is_blank(input->text)) {
        return refuse(REASON_REASON_REQUIRED, "reason");
    }
    if (input->minutes < 1 || input->minutes > (uint32_t)most) {
        snprintf(detail, OVERRIDE_DETAIL_BYTES, "%d", most);
        return refusal_of(REASON_EMERGENCY_MINUTES, "minutes", "limit", detail);
    }
    if (emergency_waits(input->org, input->policy, customer, input->now)) {
        return refuse_instant(input->org, REASON_EMERGENCY_ASKED, "until", customer->emergency.expires_at, detail);
    }
    return check_standing(input, customer, input->grade, detail);
}

/* The review opens with the emergency. */
static void begin(const struct emergency_input *input, enum grade grade, int minutes, struct after_review review,
                  struct customer *customer)
{
    const struct clock clock = {.org = input->org, .policy = input->policy};
    int64_t ends_at = input->now + minutes * US_PER_MINUTE;
    const struct override_input over = {.policy = input->policy,
                                        .user = input->user,
                                        .zone = input->zone,
                                        .now = input->now,
                                        .timer_id = input->timer_id,
                                        .grade = grade,
                                        .until = zone_date_at(input->zone, ends_at)};
    override_begin(&over, ends_at, customer);
    customer->override.by = review.asked_by;
    customer->emergency = (struct emergency){.reason = ""};
    customer->review = review;
    customer->review.opened_at = input->now;
    customer->review.due_at = clock_end(&clock, unit_hq(input->org), input->now, input->policy->emergency.review_days);
}

struct refusal emergency_ask(const struct emergency_input *input, struct customer *customer,
                             char detail[OVERRIDE_DETAIL_BYTES])
{
    check_input(input, customer);
    struct refusal refusal = check_request(input, customer, detail);
    if (is(refusal)) {
        return refusal;
    }
    int minutes = (int)input->minutes;
    bool alone = input->user->level >= input->policy->emergency.alone_level;
    if (alone ? !has_third(input->org, input->policy, customer, input->user->id, 0, input->now)
              : !has_second(input, customer)) {
        return refuse_too_few(input);
    }
    if (alone) {
        begin(input, input->grade, minutes, (struct after_review){.asked_by = input->user->id}, customer);
    } else {
        customer->emergency =
            (struct emergency){.by = input->user->id,
                               .grade = input->grade,
                               .minutes = minutes,
                               .expires_at = input->now + input->policy->emergency.minutes_most * US_PER_MINUTE,
                               .reason = input->text};
    }
    customer->version++;
    return accepted;
}

struct refusal emergency_answer(const struct emergency_input *input, struct customer *customer,
                                char detail[OVERRIDE_DETAIL_BYTES])
{
    const struct emergency asked = customer->emergency;
    check_input(input, customer);
    if (input->policy->emergency.minutes_most == 0 && input->confirm) {
        return refuse(REASON_NO_EMERGENCY, NULL);
    }
    struct refusal refusal = check_confirmer(input->org, input->policy, input->user, customer, input->now);
    if (is(refusal)) {
        return refusal;
    }
    if (!input->confirm) {
        if (text_is_blank(input->text)) {
            return refuse(REASON_REASON_REQUIRED, "reason");
        }
        customer->emergency = (struct emergency){.reason = ""};
        customer->version++;
        return accepted;
    }
    if (asked.minutes > input->policy->emergency.minutes_most) { /* another policy is in force since */
        snprintf(detail, OVERRIDE_DETAIL_BYTES, "%d", input->policy->emergency.minutes_most);
        return refusal_of(REASON_EMERGENCY_MINUTES, "customer", "limit", detail);
    }
    refusal = check_standing(input, customer, asked.grade, detail);
    if (!is(refusal) && !has_third(input->org, input->policy, customer, asked.by, input->user->id, input->now)) {
        refusal = refuse_too_few(input);
    }
    if (!is(refusal)) {
        begin(input, asked.grade, asked.minutes,
              (struct after_review){.asked_by = asked.by, .confirmed_by = input->user->id}, customer);
        customer->version++;
    }
    return refusal;
}

struct refusal emergency_review(const struct emergency_input *input, struct customer *customer,
                                char detail[OVERRIDE_DETAIL_BYTES])
{
    check_input(input, customer);
    struct refusal refusal = check_reviewer(input->org, input->policy, input->user, customer, input->now, detail);
    if (is(refusal)) {
        return refusal;
    }
    if (input->finding == REVIEW_FINDING_NONE) {
        return refuse(REASON_REVIEW_FINDING_REQUIRED, "finding");
    }
    if (input->finding > REVIEW_FINDING_UNJUSTIFIED) {
        return refuse(REASON_UNKNOWN_VALUE, "finding");
    }
    if (text_is_blank(input->text)) {
        return refuse(REASON_OPINION_REQUIRED, "opinion");
    }
    customer->review = (struct after_review){.opened_at = 0};
    customer->version++;
    return accepted;
}
