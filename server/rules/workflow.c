/* The steps of an application as pure decisions: who may do what in which state, what it needs, and the rows after it.
 * The right by role, level and subtree has been checked by the caller with access.c. */
#include "server/rules/workflow.h"

#include <stdio.h>
#include <string.h>

#include "common/check.h"
#include "common/text.h"
#include "server/rules/assist.h"
#include "server/rules/clock.h"
#include "server/rules/evaluation.h"
#include "server/rules/four_eyes.h"
#include "server/rules/holders.h"
#include "server/rules/limit.h"
#include "server/rules/node.h"
#include "server/rules/other_grade.h"
#include "server/rules/pause.h"
#include "server/rules/right.h"
#include "server/rules/route.h"
#include "server/rules/signature.h"
#include "server/rules/standing.h"
#include "server/rules/turn.h"
#include "server/rules/words.h"

/* Bytes of `text` that fit into `room` with a NUL, cut between characters. */
static size_t fitting(const char *text, size_t room)
{
    size_t length = strlen(text);
    if (length < room) {
        return length;
    }
    length = room - 1;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length--;
    }
    return length;
}

static bool refuse(struct step_result *out, enum reason reason, const char *field)
{
    out->refusal = (struct refusal){.reason = reason, .field = field};
    return false;
}

/* A refusal with one argument, whose value is copied. */
static bool refuse_with(struct step_result *out, enum reason reason, const char *field, const char *name,
                        const char *value)
{
    CHECK(value != NULL);
    size_t length = fitting(value, sizeof out->detail);
    memcpy(out->detail, value, length);
    out->detail[length] = '\0';
    out->refusal = (struct refusal){.reason = reason, .field = field, .name = name, .value = out->detail};
    return false;
}

static bool refuse_limit(struct step_result *out, enum reason reason, const char *field, int limit)
{
    char text[16];
    snprintf(text, sizeof text, "%d", limit);
    return refuse_with(out, reason, field, "limit", text);
}

static bool check_version(int32_t given, int32_t current, struct step_result *out)
{
    if (given == 0 || given == current) {
        return true;
    }
    char text[16];
    snprintf(text, sizeof text, "%d", (int)given);
    out->name2 = "current";
    snprintf(out->detail2, sizeof out->detail2, "%d", (int)current);
    return refuse_with(out, REASON_STALE_VERSION, "if_version", "given", text);
}

/* Only whose step was the last one takes it back: a case that waits for the region comes from there, too. */
static bool can_recall(const struct application *application)
{
    return application->action == EVENT_SUBMIT || application->action == EVENT_RESUBMIT ||
           application->action == EVENT_VERIFY;
}

static bool check_state(const struct application *application, enum event_kind action, struct step_result *out)
{
    enum state state = application->state;
    if (route_possible(state, action)) {
        return action != EVENT_RECALL || can_recall(application) ||
               refuse_with(out, REASON_NOT_LAST_STEP, NULL, "step", word_name(words_event, (int)application->action));
    }
    enum reason reason = route_judges(action) ? route_refusal(state) : REASON_STATE_CHANGED;
    return refuse_with(out, reason, NULL, "state", word_name(words_state, (int)state));
}

/* The row of the state table for this step, whoever takes it: the acting user's level, else the first that there is. */
static const struct transition *transition_for(const struct step_context *ctx, enum state state, enum event_kind action)
{
    const struct unit *own = ctx->user != NULL ? unit_by_id(ctx->org, ctx->user->unit_id) : NULL;
    const struct transition *row = own != NULL ? route_find(state, action, own->level) : NULL;
    for (enum unit_level level = UNIT_LEVEL_BRANCH; row == NULL && level >= UNIT_LEVEL_HQ; level--) {
        row = route_find(state, action, level);
    }
    CHECK(row != NULL);
    return row;
}

/* Keeps the refusal, whose value outlives it, unless there is none. */
static bool passes(struct refusal refusal, struct step_result *out)
{
    out->refusal = refusal;
    return refusal.reason == REASON_NONE;
}

/* May this one take the step in this state? Steps of the system are nobody else's, and the system takes no others. */
static bool check_actor(const struct step_context *ctx, const struct transition *row, int32_t branch_id,
                        int32_t region_id, struct step_result *out)
{
    if ((ctx->user == NULL) != (row->by_role == ROLE_NONE)) {
        const char *role = row->by_role == ROLE_NONE ? "system" : word_name(words_role, (int)row->by_role);
        return refuse_with(out, REASON_ROLE_MISSING, NULL, "role", role);
    }
    if (ctx->user == NULL) {
        return true;
    }
    int32_t unit_id = unit_id_of_level(ctx->org, row->by_level, branch_id, region_id);
    return passes(right_of_place(ctx->org, ctx->user, unit_id, row->by_role), out);
}

/* The same of a step on a case. To judge it is for whoever's turn it is. */
static bool check_turn(const struct step_context *ctx, const struct transition *row,
                       const struct application *application, struct step_result *out)
{
    if (ctx->user == NULL || !route_judges(row->action)) {
        return check_actor(ctx, row, application->branch_id, application->region_id, out);
    }
    return passes(right_of_place(ctx->org, ctx->user, application->turn_unit, application->turn_role), out);
}

static struct holders_case case_of(const struct step_context *ctx, const struct application *application,
                                   const struct customer *customer)
{
    return (struct holders_case){
        ctx->org, ctx->policy, ctx->now, application, customer->assessed_by, customer->managed_by, false};
}

/* Four eyes, room, the node and authority. */
static bool check_right(const struct step_context *ctx, const struct application *application,
                        const struct customer *customer, enum event_kind action, struct step_result *out)
{
    const struct holders_case c = case_of(ctx, application, customer);
    return ctx->user == NULL ||
           (passes(right_of_hands(&c, ctx->user, action), out) && passes(right_at_node(&c, ctx->user, action), out));
}

/* The texts of a case have none of the words that the policy refuses to this one. A step that the case waits for is not
 * taken with a text that is for a head of the unit, but left to him, if there is one who can take it. `application`
 * NULL: a submission. */
static bool check_words(const struct step_context *ctx, const struct application *application,
                        const struct customer *customer, const struct step_input *input, struct step_result *out)
{
    bool for_head;
    const char *word = words_found(ctx->org, ctx->policy, ctx->user, input->text, &for_head);
    if (word == NULL) {
        return true;
    }
    if (for_head && (route_judges(input->action) || input->action == EVENT_RESUBMIT)) {
        const struct holders_case c = case_of(ctx, application, customer);
        out->held_word = words_reach_head(&c) ? word : NULL;
    }
    if (out->held_word != NULL) {
        return true;
    }
    const struct refusal refusal = words_refusal(input->action == EVENT_VERIFY ? "opinion" : "reason", word, for_head);
    return refuse_with(out, refusal.reason, refusal.field, refusal.name, word);
}

/* Somebody else works on the step that the case waits for. To withdraw or to recall it is another's step. */
static bool check_claim(const struct step_context *ctx, const struct application *application,
                        const struct customer *customer, const struct transition *row, struct step_result *out)
{
    bool own =
        node_of(ctx->policy, application) != NULL ? route_judges(row->action) : row->by_role == application->turn_role;
    if (ctx->user == NULL || !own || row->action == EVENT_WITHDRAW) {
        return true;
    }
    const struct holders_case c = case_of(ctx, application, customer);
    int64_t claimed = holders_claimed(&c);
    if (claimed == 0 || claimed == ctx->user->id || claimed == ctx->user->acts_for) {
        return true;
    }
    return refuse_with(out, REASON_CLAIMED, NULL, "login", user_by_id(ctx->org, claimed)->login);
}

/* Nobody judges a case while an opinion on it is waited for (assist.h). */
static bool check_opinion(const struct step_context *ctx, const struct application *application,
                          const struct customer *customer, enum event_kind action, struct step_result *out)
{
    const struct holders_case c = case_of(ctx, application, customer);
    int64_t awaited = route_judges(action) ? assist_awaited(&c) : 0;
    return awaited == 0 ||
           refuse_with(out, REASON_OPINION_AWAITED, NULL, "login", user_by_id(ctx->org, awaited)->login);
}

/* A text of the request: `missing` is the reason when it is not given, NONE when it may be absent. */
static bool check_text(const char *text, const char *field, enum reason missing, struct step_result *out)
{
    if (text_is_blank(text)) {
        return missing == REASON_NONE || refuse(out, missing, field);
    }
    if (text_length(text) > STEP_TEXT_MAX) {
        return refuse_limit(out, REASON_FIELD_TOO_LONG, field, STEP_TEXT_MAX);
    }
    return true;
}

static bool check_known_grade(enum grade grade, const char *field, struct step_result *out)
{
    return (grade >= GRADE_GREEN && grade <= GRADE_BLACK) || refuse(out, REASON_UNKNOWN_VALUE, field);
}

static bool check_requested_grade(enum grade grade, struct standing from, struct step_result *out)
{
    if (!check_known_grade(grade, "to_grade", out)) {
        return false;
    }
    if (from.tier == TIER_KEY && from.grade == grade) {
        return refuse(out, REASON_SAME_GRADE, "to_grade");
    }
    return true;
}

/* A request for another grade than the computed one needs a reason. */
static bool check_submit_fields(const struct step_input *input, const struct customer *customer,
                                struct step_result *out)
{
    if (input->grade == GRADE_NONE) {
        return refuse(out, REASON_FIELD_REQUIRED, "to_grade");
    }
    bool agrees = evaluation_agrees(customer, input->grade);
    return check_requested_grade(input->grade, standing_beneath(customer), out) &&
           check_text(input->text, "reason", agrees ? REASON_NONE : REASON_REASON_REQUIRED, out);
}

/* A correction of the grade is a new request, judged by what is computed now; the reason given before may stand. */
static bool check_resubmit_fields(const struct application *application, const struct customer *customer,
                                  const struct step_input *input, struct step_result *out)
{
    bool changed = input->grade != GRADE_NONE && input->grade != application->to_grade;
    bool needed = changed && !evaluation_agrees(customer, input->grade) && text_is_blank(application->reason);
    return (input->grade == GRADE_NONE || check_requested_grade(input->grade, application->from, out)) &&
           check_text(input->text, "reason", needed ? REASON_REASON_REQUIRED : REASON_NONE, out);
}

/* Place of an item in the policy's list, or -1. */
static int item_place(const struct policy *policy, const char *name)
{
    for (int i = 0; i < policy->item_count; i++) {
        if (strcmp(policy->items[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* Puts every item of the policy into the result; those not named count as right. */
static bool check_items(const struct policy *policy, const struct step_input *input, struct step_result *out)
{
    CHECK(policy->item_count >= 0 && policy->item_count <= POLICY_ITEMS_MAX);
    bool named[POLICY_ITEMS_MAX] = {false};
    out->item_count = policy->item_count;
    for (int i = 0; i < policy->item_count; i++) {
        out->items[i] = (struct checked_item){.name = policy->items[i], .ok = true};
    }
    for (int i = 0; i < input->item_count; i++) {
        int place = item_place(policy, input->items[i].name);
        if (place < 0) {
            return refuse_with(out, REASON_UNKNOWN_ITEM, "item", "item", input->items[i].name);
        }
        if (named[place]) {
            return refuse_with(out, REASON_FIELD_INVALID, "item", "rule", "each item once");
        }
        named[place] = true;
        out->items[place].ok = input->items[i].ok;
    }
    for (int i = 0; i < out->item_count; i++) {
        if (!out->items[i].ok && input->finding == FINDING_CONFIRMED) {
            return refuse_with(out, REASON_FINDING_CONTRADICTS_ITEMS, "finding", "item", out->items[i].name);
        }
    }
    return true;
}

static bool check_verify_fields(const struct policy *policy, const struct step_input *input, struct step_result *out)
{
    if (!check_text(input->text, "opinion", REASON_OPINION_REQUIRED, out)) {
        return false;
    }
    if (input->finding == FINDING_NONE) {
        return refuse(out, REASON_FINDING_REQUIRED, "finding");
    }
    if (input->finding != FINDING_CONFIRMED && input->finding != FINDING_DOUBTFUL) {
        return refuse(out, REASON_UNKNOWN_VALUE, "finding");
    }
    return check_items(policy, input, out);
}

/* The grade that an approval is for: the one given, that of the signatures before it, or the requested one. */
static enum grade approved_grade(const struct application *application, const struct step_input *input)
{
    enum grade before = application->signed_grade != GRADE_NONE ? application->signed_grade : application->to_grade;
    return input->grade != GRADE_NONE ? input->grade : before;
}

/* Another grade than the requested one. */
static bool check_other_grade(const struct step_context *ctx, const struct application *application,
                              const struct customer *customer, enum grade grade, struct step_result *out)
{
    if (!check_known_grade(grade, "grade", out)) {
        return false;
    }
    if (!standing_grade_between(application->from, application->to_grade, grade)) {
        return refuse(out, REASON_GRADE_NOT_BETWEEN, "grade");
    }
    if (!node_is_last(ctx->policy, application)) {
        return refuse(out, REASON_GRADE_BY_LAST, "grade");
    }
    const struct holders_case c = case_of(ctx, application, customer);
    out->refusal = other_grade_check(&c, customer, grade, ctx->user);
    return out->refusal.reason == REASON_NONE;
}

static bool check_approve_fields(const struct step_context *ctx, const struct application *application,
                                 const struct customer *customer, const struct step_input *input,
                                 struct step_result *out)
{
    enum grade grade = approved_grade(application, input);
    bool as_requested = grade == application->to_grade;
    if (!as_requested && !check_other_grade(ctx, application, customer, grade, out)) {
        return false;
    }
    if (application->signed_grade != GRADE_NONE && grade != application->signed_grade) {
        return refuse_with(out, REASON_GRADE_DIFFERS, "grade", "grade",
                           word_name(words_grade, (int)application->signed_grade));
    }
    return check_text(input->text, "reason", as_requested ? REASON_NONE : REASON_REASON_REQUIRED, out);
}

static bool check_fields(const struct step_context *ctx, const struct application *application,
                         const struct customer *customer, const struct step_input *input, struct step_result *out)
{
    switch (input->action) {
    case EVENT_VERIFY:
        return check_verify_fields(ctx->policy, input, out);
    case EVENT_APPROVE:
        return check_approve_fields(ctx, application, customer, input, out);
    case EVENT_RETURN:
    case EVENT_RETURN_TO_REGION:
    case EVENT_RETURN_TO_NODE:
    case EVENT_REJECT:
        return check_text(input->text, "reason", REASON_REASON_REQUIRED, out);
    case EVENT_RESUBMIT:
        return check_resubmit_fields(application, customer, input, out);
    case EVENT_WITHDRAW:
    case EVENT_RECALL:
        return check_text(input->text, "reason", REASON_NONE, out);
    default:
        return true; /* record and lapse carry nothing */
    }
}

/* The case goes on in its state, whose nodes share its days. */
static void go_on(const struct step_context *ctx, struct application *application)
{
    application->claimed_by = application->held_by = application->assistant = 0;
    bool another_end = pause_settle(ctx->org, ctx->policy, ctx->now, application);
    bool another_turn = turn_pass_on(ctx->org, ctx->policy, application);
    if (another_end || (another_turn && !uuid_is_zero(application->timer_id))) {
        application->timer_id = ctx->timer_id;
    }
}

/* Whose turn it is in the state that the case has come to. */
static void begin_turn(const struct step_context *ctx, struct application *application)
{
    turn_pass(ctx->org, ctx->policy, ctx->now, application);
    application->timer_id = application->turn_unit != 0 ? ctx->timer_id : (struct uuid){0};
}

/* In another state the case waits for the first node that is for it from `place` on, which nobody has signed. The
 * region's signatures of the nodes before `place` stand when it comes back to it; who has signed for the decision
 * stays. */
static void enter_state(const struct step_context *ctx, int place, struct step_result *out)
{
    struct application *application = &out->application;
    bool has_nodes = node_at(ctx->policy, application->state, 0) != NULL;
    int arrived = has_nodes ? node_arrive(ctx->policy, application, application->state, place, &out->skipped) : 0;
    node_enter(application, arrived);
    if (application->state == STATE_SUBMITTED) {
        signature_return_to_region(application, place);
    } else if (application->state == STATE_VERIFIED) {
        application->signer_count = 0;
    } else {
        application->region_signer_count = 0;
        application->signer_count = application->state == STATE_RETURNED ? 0 : application->signer_count;
    }
}

/* Moves the case along a row of the state table: version, states, node (`place`: in another state the first one that it
 * may come to), whose turn it is and until when. */
static void advance(const struct step_context *ctx, const struct transition *row, int place, struct step_result *out)
{
    struct application *application = &out->application;
    CHECK(application->state == row->from);
    bool same_state = row->to == row->from;
    if (!same_state) {
        turn_end(ctx->org, ctx->policy, ctx->now, route_closed(row->to), application);
    }
    application->version++;
    application->came_from = row->from;
    application->asked_policy = 0; /* for the case as it stood */
    application->asked_by = 0;
    application->action = row->action;
    application->state = row->to;
    if (same_state) {
        go_on(ctx, application);
    } else {
        enter_state(ctx, place, out);
        begin_turn(ctx, application);
    }
}

static void check_context(const struct step_context *ctx, const struct customer *customer)
{
    CHECK(ctx != NULL && ctx->org != NULL && ctx->policy != NULL && customer != NULL);
    CHECK(ctx->now >= customer->last_event_at);
}

/* The whole clock starts when the criterion was detected, or now when the branch moves first. */
static struct application new_application(const struct step_context *ctx, const struct customer *customer,
                                          int64_t number, const struct step_input *input)
{
    const struct unit *branch = unit_by_id(ctx->org, customer->branch_id);
    const struct evaluation *evaluation = &customer->evaluation;
    CHECK(branch != NULL && number > 0);
    int64_t start = evaluation->criterion ? evaluation->detected_at : ctx->now;
    CHECK(start > 0 && start <= ctx->now);
    return (struct application){
        .key = {.home = customer->key.home, .id = number},
        .customer_id = customer->key.id,
        .state = STATE_NONE,
        .from = standing_beneath(customer),
        .to_grade = input->grade,
        .off_criteria = !evaluation_agrees(customer, input->grade),
        .limit = limit_of_case(ctx->policy, customer, input->grade),
        .submitted_by = ctx->user->id,
        .submitted_for = ctx->user->acts_for,
        .assessed_by = customer->assessed_by,
        .branch_id = customer->branch_id,
        .region_id = customer->region_id,
        .policy_version = ctx->policy->version,
        .criterion_met = evaluation->criterion,
        .criterion_met_on = evaluation->met_on,
        .criterion_detected_at = evaluation->detected_at,
        .clock_started_at = start,
        .submitted_at = ctx->now,
        .complete_by = clock_complete_by(&(struct clock){.org = ctx->org, .policy = ctx->policy}, branch, start),
        .reason = text_is_blank(input->text) ? "" : input->text,
    };
}

void workflow_submit(const struct step_context *ctx, const struct customer *customer, int64_t number,
                     const struct step_input *input, struct step_result *out)
{
    check_context(ctx, customer);
    *out = (struct step_result){.customer = *customer, .action = EVENT_SUBMIT};
    if (!check_version(input->if_version, customer->version, out)) {
        return;
    }
    if (customer->open_application != 0) {
        char id[PUBLIC_ID_BYTES];
        public_id_format('A', (struct key){.home = customer->key.home, .id = customer->open_application}, id);
        refuse_with(out, REASON_OPEN_APPLICATION_EXISTS, "customer", "application", id);
        return;
    }
    const struct transition *row = transition_for(ctx, STATE_NONE, EVENT_SUBMIT);
    if (!check_actor(ctx, row, customer->branch_id, customer->region_id, out) ||
        !check_submit_fields(input, customer, out) || !check_words(ctx, NULL, customer, input, out)) {
        return;
    }
    out->application = new_application(ctx, customer, number, input);
    out->due_before = customer->evaluation.criterion_due_at;
    out->late = clock_overdue(out->due_before, ctx->now);
    four_eyes_enter(ctx->user, &out->application);
    advance(ctx, row, 0, out);
    out->customer.open_application = number;
    evaluation_submitted(&out->customer);
    out->customer.version++;
}

/* The corrected case is verified anew: what the region found before no longer holds. */
static void apply_resubmit(const struct step_context *ctx, const struct step_input *input,
                           const struct customer *customer, struct application *application)
{
    if (input->grade != GRADE_NONE && input->grade != application->to_grade) {
        application->to_grade = input->grade;
        application->off_criteria = !evaluation_agrees(customer, input->grade);
        application->limit = limit_of_case(ctx->policy, customer, input->grade);
    }
    if (!text_is_blank(input->text)) {
        application->reason = input->text;
    }
    application->finding = FINDING_NONE;
    application->assessed_by = customer->assessed_by;
    four_eyes_enter(ctx->user, application);
    if (!four_eyes_only_verified(application, application->verified_by) ||
        (application->verified_for != 0 && !four_eyes_only_verified(application, application->verified_for))) {
        /* he has edited the case since, so he is not merely its verifier any more */
        application->verified_by = application->verified_for = application->verified_at = 0;
    }
}

static void apply_verify(const struct step_context *ctx, struct application *application)
{
    application->verified_by = ctx->user->id;
    application->verified_for = ctx->user->acts_for;
    application->verified_at = ctx->now;
    four_eyes_verify(ctx->user, application);
}

/* By the system, when nobody acts. */
static void apply_decision(const struct step_context *ctx, enum grade grade, struct application *application)
{
    application->decided_grade = grade;
    application->decided_by = ctx->user != NULL ? ctx->user->id : 0;
    application->decided_for = ctx->user != NULL ? ctx->user->acts_for : 0;
    application->automatic = ctx->user == NULL;
    application->decided_at = ctx->now;
}

/* The customer's open application has ended. */
static void close_case(struct customer *customer, int64_t number)
{
    CHECK(customer->open_application == number);
    customer->open_application = 0;
    customer->version++;
}

static void apply_record(const struct step_context *ctx, struct step_result *out)
{
    struct application *application = &out->application;
    application->recorded_by = ctx->user->id;
    application->recorded_for = ctx->user->acts_for;
    application->recorded_at = ctx->now;
    const struct unit *branch = unit_by_id(ctx->org, out->customer.branch_id);
    CHECK(branch != NULL);
    standing_put_in_force(&out->customer, (struct standing){.tier = TIER_KEY, .grade = application->decided_grade},
                          standing_since(&out->customer, zone_date_at(branch->zone, ctx->now)), ctx->policy);
    const struct clock clock = {.org = ctx->org, .policy = ctx->in_force != NULL ? ctx->in_force : ctx->policy};
    evaluation_compare(&clock, branch, ctx->now, ctx->timer_id, &out->customer);
    out->standing_changed = true;
}

/* What the step itself changes in the rows, besides moving the case on. */
static void apply(const struct step_context *ctx, const struct step_input *input, struct step_result *out)
{
    struct application *application = &out->application;
    switch (input->action) {
    case EVENT_VERIFY:
        apply_verify(ctx, application);
        break;
    case EVENT_RECALL:
        application->finding = FINDING_NONE; /* what the region found before no longer holds */
        break;
    case EVENT_RESUBMIT:
        apply_resubmit(ctx, input, &out->customer, application);
        break;
    case EVENT_APPROVE:
        if (out->action == EVENT_APPROVE) {
            apply_decision(ctx, approved_grade(application, input), application);
        }
        break;
    case EVENT_REJECT:
        signature_drop(ctx->user, application);
        apply_decision(ctx, GRADE_NONE, application);
        break;
    case EVENT_RECORD:
        apply_record(ctx, out);
        break;
    default:
        break; /* return, withdraw and lapse only move the case */
    }
}

/* Takes a signature. False: the case waits for more of them, at this node or at the next one. */
static bool sign(const struct step_context *ctx, const struct step_input *input, struct step_result *out)
{
    struct application *application = &out->application, with = *application;
    const struct holders_case c = case_of(ctx, &with, &out->customer);
    enum grade grade = approved_grade(application, input);
    signature_add(ctx->user, &with);
    if (!signature_complete(&c)) {
        bool decides = input->action == EVENT_APPROVE && node_is_last(ctx->policy, application);
        with.signed_grade = decides ? grade : GRADE_NONE;
        *application = with;
        return false;
    }
    int next = node_arrive(ctx->policy, &with, with.state, with.node + 1, &out->skipped);
    if (next < 0) {
        if (with.state == STATE_SUBMITTED) {
            signature_leave_region(&with, application);
        }
        signature_drop(ctx->user, application); /* who ends the state is named by the step */
        return true;
    }
    node_enter(&with, next);
    *application = with;
    return false;
}

/* Takes the signature of whoever verifies or approves, and says in `out` which step that is. What one verifier of a
 * round doubts, the case is doubtful for. */
static void take_signature(const struct step_context *ctx, const struct step_input *input, struct step_result *out)
{
    if (!route_signs(input->action)) {
        return;
    }
    out->node = node_of(ctx->policy, &out->application)->name;
    if (input->action == EVENT_VERIFY && out->application.finding != FINDING_DOUBTFUL) {
        out->application.finding = input->finding;
    }
    if (!sign(ctx, input, out)) {
        out->action = EVENT_SIGN;
    }
}

/* Back to an earlier node of the route. One of the region's has another state when it is HQ's turn. */
static bool find_node(const struct step_context *ctx, const struct application *application,
                      const struct step_input *input, struct step_result *out, int *place)
{
    enum state state;
    *place = 0;
    if (input->action != EVENT_RETURN_TO_NODE) {
        return true;
    }
    if (text_is_blank(input->node)) {
        return refuse(out, REASON_FIELD_REQUIRED, "node");
    }
    enum reason reason = node_back_to(ctx->policy, application, input->node, &state, place);
    if (reason != REASON_NONE) {
        return refuse_with(out, reason, "node", "node", input->node);
    }
    out->action = state == application->state ? EVENT_RETURN_TO_NODE : EVENT_RETURN_TO_REGION;
    out->node = node_at(ctx->policy, state, *place)->name;
    return true;
}

/* What was found from that node on no longer holds. */
static void apply_return(const struct step_context *ctx, const struct step_input *input, int place,
                         struct step_result *out)
{
    struct application *application = &out->application;
    bool to_region = out->action == EVENT_RETURN_TO_REGION ||
                     (out->action == EVENT_RETURN_TO_NODE && application->state == STATE_SUBMITTED);
    bool anew =
        input->action != EVENT_RETURN_TO_NODE || node_is_first(ctx->policy, application, STATE_SUBMITTED, place);
    if (to_region && anew) {
        application->finding = FINDING_NONE;
    }
    if (out->action == EVENT_RETURN_TO_NODE) {
        node_enter(application, place);
        signature_void_from(application, place);
    }
}

/* The system decides a case that has come to an automatic node, as requested. */
static void decide_by_system(const struct step_context *ctx, struct step_result *out)
{
    const struct route_node *node = node_of(ctx->policy, &out->application);
    if (node == NULL || !node->automatic) {
        return;
    }
    struct step_context system = *ctx;
    system.user = NULL;
    out->decided = true;
    out->before = out->application;
    apply_decision(&system, out->application.to_grade, &out->application);
    advance(&system, transition_for(&system, STATE_VERIFIED, EVENT_APPROVE), 0, out);
}

void workflow_step(const struct step_context *ctx, const struct application *application,
                   const struct customer *customer, const struct step_input *input, struct step_result *out)
{
    check_context(ctx, customer);
    CHECK(application != NULL && application->customer_id == customer->key.id);
    *out = (struct step_result){.application = *application, .customer = *customer, .action = input->action};
    if (!check_version(input->if_version, application->version, out) || !check_state(application, input->action, out)) {
        return;
    }
    const struct transition *row = transition_for(ctx, application->state, input->action);
    int place;
    if (!check_turn(ctx, row, application, out) || !check_right(ctx, application, customer, input->action, out) ||
        !check_claim(ctx, application, customer, row, out) ||
        !check_opinion(ctx, application, customer, input->action, out) ||
        !check_fields(ctx, application, customer, input, out) || !find_node(ctx, application, input, out, &place) ||
        !check_words(ctx, application, customer, input, out)) {
        return;
    }
    if (out->held_word != NULL) {
        out->application.held_by = ctx->user->id;
        out->application.claimed_by = 0; /* who has written it leaves it to a head */
        return;
    }
    out->due_before = application->due_at;
    out->late = clock_overdue(application->due_at, ctx->now);
    take_signature(ctx, input, out);
    apply(ctx, input, out);
    apply_return(ctx, input, place, out);
    row = transition_for(ctx, application->state, out->action);
    advance(ctx, row, place, out);
    decide_by_system(ctx, out);
    if (route_closed(row->to)) {
        close_case(&out->customer, application->key.id);
        evaluation_case_ended(row->to == STATE_REJECTED, ctx->now, &out->customer);
    }
}

void workflow_deadline_missed(const struct step_context *ctx, const struct application *application,
                              const struct customer *customer, struct uuid timer_id, struct step_result *out)
{
    check_context(ctx, customer);
    CHECK(application != NULL && application->customer_id == customer->key.id && !uuid_is_zero(timer_id));
    *out = (struct step_result){.application = *application, .customer = *customer};
    if (!uuid_equal(application->timer_id, timer_id)) {
        refuse_with(out, REASON_STATE_CHANGED, NULL, "state", word_name(words_state, (int)application->state));
        return;
    }
    out->due_before = application->due_at;
    out->late = clock_overdue(application->due_at, ctx->now);
    out->application.timer_id = (struct uuid){0};
}
