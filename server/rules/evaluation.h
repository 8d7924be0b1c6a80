/* Standing as it is computed: a pure function of a customer's trades and assessments, the policy and a civil date, and
 * what follows for the standing in force. Source: the regulation's paragraphs on trade volume, the scorecard and
 * contract fulfilment (RULES.md).
 *
 * Window of a date D: the days after D minus window_months (the same day of the month, or the last one of a shorter
 * month) up to D. Volume: trades issued in the window. Fulfilment: trades whose due date lies in the window and is past
 * (due_on < D); settled on or before the due date is fulfilled, later or not settled is not. Cancelled trades count
 * nowhere; one in a currency that has no rate counts nowhere either and is told.
 *
 * Score: of the last assessment made on D or before, as long as it is valid on D; under each policy it is counted anew
 * from the values, and one that does not fit the policy's scorecard gives none. How volume and score combine is the
 * policy's `combine`; without a score, volume alone counts.
 *
 * A policy without bands (a version from before standing was computed) computes nothing. The functions take it: nothing
 * is in a band or below the floor, standing_judge() gives no grade that means anything, and standing_evaluate() leaves
 * the standing in force as it is. */
#ifndef CREDITD_RULES_EVALUATION_H
#define CREDITD_RULES_EVALUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "server/rules/clock.h"
#include "server/rules/model.h"
#include "server/rules/policy.h"

/* What a standing is computed from, as known. */
struct facts {
    const struct trade *trades;
    size_t trade_count;
    const struct assessment *assessments; /* by assessed_on, of one day as they were recorded */
    size_t assessment_count;
};

struct trade_sum {
    int64_t volume_minor; /* of the policy's currency, as all amounts here; INT64_MAX when it is more */
    int32_t volume_trades;
    int32_t due, fulfilled;
    int64_t due_minor, fulfilled_minor;
    int32_t not_converted; /* trades that would count in the volume or among the due ones */
};

/* The amount in the policy's currency, by the rate of the day of issue (the first one, before all of them), rounded
 * half up to a minor unit; INT64_MAX when it is more. False: the policy has no rate for the currency. */
bool trade_convert(const struct policy *policy, const struct trade *trade, int64_t *minor);
/* First day of the window of a date. */
civil_date window_from(const struct policy *policy, civil_date on);
/* The first date whose window no longer holds that date: window_from() of it is later, and of the day before is not. */
civil_date window_left_on(const struct policy *policy, civil_date date);
/* Is the trade due in the window and past, and is it fulfilled? */
bool trade_is_due(const struct policy *policy, const struct trade *trade, civil_date on);
bool trade_is_fulfilled(const struct trade *trade);

/* The function from scratch. */
void standing_sum(const struct policy *policy, const struct trade *trades, size_t count, civil_date on,
                  struct trade_sum *out);
/* The score that counts on a date. *assessment: that it comes from, NULL: none counts; may be NULL. */
struct scored standing_scored(const struct policy *policy, const struct facts *facts, civil_date on,
                              const struct assessment **assessment);
struct computed standing_judge(const struct policy *policy, const struct trade_sum *sum, struct scored scored);
/* The same as if the rate were not below the floor. */
struct computed standing_combine(const struct policy *policy, int64_t volume_minor, struct scored scored);
/* The band of a volume; GRADE_NONE: below the lowest. */
enum grade standing_band(const struct policy *policy, int64_t volume_minor);
/* Rate in basis points, rounded down, by the policy's basis; -1: nothing was due. */
int standing_rate_bp(const struct policy *policy, const struct trade_sum *sum);
bool standing_below_floor(const struct policy *policy, const struct trade_sum *sum);
/* What the computed values mean for a customer of that tier. */
struct standing standing_of(struct computed computed, enum tier tier);

/* The course of the function over time, from one sweep over the sorted trades: equal to the function from scratch on
 * every date. */
struct course {
    struct trade_sum sum; /* on the date */
    struct scored scored; /* likewise */
    struct computed computed;
    civil_date met_on;  /* since when, without a break, the standing for that tier is what it is on the date; not
                         * before `since` */
    civil_date next_on; /* the first later date on which `computed` is another one by time alone; 0: none */
    bool fell_below;    /* was it below the floor on any date from `since` to the date? */
};
/* `since` <= `on`. Scratch memory comes from `arena`, about 60 bytes a trade. */
void standing_course(const struct policy *policy, const struct facts *facts, enum tier tier, civil_date since,
                     civil_date on, struct arena *arena, struct course *out);

/* From `on` to the next one, this is computed. */
struct computed_since {
    civil_date on;
    struct computed computed;
};
/* What is computed from one date to another (`from` <= `to`), as a list from `from` on without a break; how many. List
 * and scratch memory come from `arena`. */
size_t standing_periods(const struct policy *policy, const struct facts *facts, civil_date from, civil_date to,
                        struct arena *arena, struct computed_since **out);

/* How many months back from today trades must be known for standing_evaluate: of issue or due date. */
int evaluation_months(const struct policy *policy);

struct evaluation_input {
    const struct policy *policy;         /* in force */
    const struct policy *demoted_policy; /* that judges the demotion: of customer->evaluation.demoted_policy, or, when
                                          * that was rolled back, the one in force; NULL: none */
    const struct organisation *org;
    const struct unit *branch;
    int64_t now;
    struct facts facts;   /* trades as far as evaluation_months() of both policies reach back, and all that are later */
    struct uuid timer_id; /* for the timer that may be armed */
};
struct evaluation_result {
    struct customer customer; /* after it; version raised when the standing or the criterion changed */
    bool standing_changed;
    enum cause cause;                   /* DEMOTION, CORRECTION, or OVERRIDE: one has ended */
    civil_date valid_from;              /* of the new standing: today, or the date of the demotion that is taken back */
    bool noticed, notice_withdrawn;     /* a demotion was announced, or is no longer due */
    bool criterion_met, criterion_gone; /* this evaluation found it, or found it gone or another one; both: another */
    struct course course; /* up to today, for the tier before a demotion and after a correction: of a demotion it tells
                           * since when the rate has been below the floor. Zero when the policy has no bands */
};
/* Evaluates a customer who has no import open. Below the floor a key account becomes ordinary today (cause demotion);
 * when the policy gives notice, that is announced, and done when the notice is over and he still is below. An override
 * that has ended gives way to the standing that it took the place of (cause override); as long as one is in force there
 * is neither demotion nor criterion. In an emergency criteria are about the standing beneath it: its minutes are no new
 * clock. A customer made ordinary by a demotion for which, with the trades known today and
 * the policy of that demotion, the rate was not below the floor on its date nor on any day since, gets the grade of
 * before back from that date on (cause correction), as long as that date lies in the window: of the time before, too
 * little may be known. A difference between computed and in force is a criterion, kept with its met_on, detected_at and
 * due instant as long as both stay the same; met_on is looked for back to the date since which the standing is in
 * force, and no further than one window. The timer is armed for the start of the date next_on; or for now, when a
 * demotion was taken back and the policy in force asks for another. */
void standing_evaluate(const struct evaluation_input *input, const struct customer *customer, struct arena *arena,
                       struct evaluation_result *out);
/* As long as an import is open there is no evaluation, but an emergency ends at its instant, and the timer is armed for
 * one that has not ended. */
void standing_end_emergency(const struct evaluation_input *input, const struct customer *customer,
                            struct evaluation_result *out);
/* Does an open application lapse with it: was it begun on another standing than the one that is in force now? An
 * emergency gives way to the one that the case was begun on. */
bool evaluation_lapses(const struct evaluation_result *result, const struct application *application);
/* The standing in force was changed by a step: compares it with what was computed last, if anything was. Any difference
 * is a new criterion, met today; a key account that is below the floor is evaluated at once instead, by the timer that
 * is armed with `timer_id`. The version is for the step to raise. */
void evaluation_compare(const struct clock *clock, const struct unit *branch, int64_t now, struct uuid timer_id,
                        struct customer *customer);
/* An application was submitted: the end of the criterion, if it is met and not past, is kept. */
void evaluation_submitted(struct customer *customer);
/* The open application was closed. One that was rejected has answered the criterion; another one has not, and as long
 * as its end is to come the branch is to submit again. */
void evaluation_case_ended(bool rejected, int64_t now, struct customer *customer);
/* Is there a criterion for which no application was submitted, and none is open now? */
bool evaluation_criterion_open(const struct customer *customer);
/* Notes that the end of such a one is past. False: it is not so, or was noted before. */
bool evaluation_criterion_missed(int64_t now, struct customer *customer);
/* Is that the grade computed for the customer, so that an application for it is not off-criteria? */
bool evaluation_agrees(const struct customer *customer, enum grade grade);

/* What would lift the customer one grade above what comes out today; an ordinary customer, or a key account below the
 * floor, to the grade he would then have. All parts of one are needed together, and none can be less. */
struct lift {
    enum grade grade;
    int64_t volume_minor;    /* missing; 0: none */
    int32_t fulfilled;       /* basis count: so many more due trades, all of them fulfilled, reach the floor; 0: none */
    int64_t fulfilled_minor; /* basis amount: likewise */
    int score;               /* missing, in 1/10,000 of a point; the whole of it when there is no valid score */
    bool first_score;        /* there is no valid score, and one is needed; with `score` 0, any is enough */
};
#define LIFTS_MAX 2 /* by volume, or by score, where the policy takes either */
/* How many, nearest first: that whose missing part is the smaller share of what it needs. 0: no grade is better, or no
 * further trade reaches the floor. */
int standing_lifts(const struct policy *policy, const struct trade_sum *sum, struct scored scored, enum tier tier,
                   struct lift out[LIFTS_MAX]);

#endif
