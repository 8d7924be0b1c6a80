/* The one place where rows become messages, so that what a clerk may not see is left out in one place. */
#include "server/operations/view.h"

#include "common/check.h"
#include "common/text.h"
#include "server/rules/assist.h"
#include "server/rules/clock.h"
#include "server/rules/emergency.h"
#include "server/rules/evaluation.h"
#include "server/rules/extension.h"
#include "server/rules/limit.h"
#include "server/rules/node.h"
#include "server/rules/pause.h"
#include "server/rules/signature.h"
#include "server/rules/reminder.h"
#include "server/rules/route.h"
#include "server/rules/standing.h"

#include <string.h>

char *view_id(struct call *call, char letter, struct key key)
{
    char text[PUBLIC_ID_BYTES];

    public_id_format(letter, key, text);
    return arena_strdup(call->arena, text);
}

/* protobuf-c's string fields are char *; packing does not write to them. */
static char *unconst(const char *text)
{
    union {
        const char *in;
        char *out;
    } both = {.in = text};
    return both.out;
}

char *view_login(const struct call *call, int64_t user_id)
{
    const struct user *user = user_id == SYSTEM_USER ? NULL : user_by_id(call_org(call), user_id);

    if (user_id == SYSTEM_USER)
        return unconst("system");
    return user == NULL ? NULL : unconst(user->login);
}

char *view_unit(const struct call *call, int32_t unit_id)
{
    const struct unit *unit = unit_id == 0 ? NULL : unit_by_id(call_org(call), unit_id);

    return unit == NULL ? NULL : unconst(unit->code);
}

Creditd__V1__Role *view_roles(struct call *call, const struct user *user, size_t *count)
{
    Creditd__V1__Role *roles = ARENA_ARRAY(call->arena, Creditd__V1__Role, ROLE_SYNC_AGENT + 1);

    *count = 0;
    for (int role = ROLE_SUBMITTER; role <= ROLE_SYNC_AGENT; role++)
        if (user_has(user, (enum role)role))
            roles[(*count)++] = (Creditd__V1__Role)role;
    return roles;
}

bool view_sees_credit(const struct call *call, int32_t branch_id, int32_t region_id)
{
    const struct user *user = call_user(call);

    return user != NULL && access_sees_credit(call_org(call), user, branch_id, region_id);
}

static void set_grade(protobuf_c_boolean *has, Creditd__V1__Grade *field, enum grade grade)
{
    *has = grade != GRADE_NONE;
    *field = grade == GRADE_NONE ? CREDITD__V1__GRADE__GRADE_GREEN : (Creditd__V1__Grade)grade;
}

/* What is for those who see credit information. */
static void view_credit(struct call *call, const struct application *row, Creditd__V1__Application *out)
{
    set_grade(&out->has_from_grade, &out->from_grade, row->from.grade);
    set_grade(&out->has_to_grade, &out->to_grade, row->to_grade);
    set_grade(&out->has_decided_grade, &out->decided_grade, row->decided_grade);
    out->has_limit_minor = limit_known(row->limit);
    out->limit_minor = row->limit.minor;
    out->limit_currency = limit_known(row->limit) ? arena_strdup(call->arena, row->limit.currency) : NULL;
}

static void view_clock(struct call *call, const struct application *row, Creditd__V1__Application *out, int64_t now)
{
    char date[CIVIL_TEXT_BYTES];

    if (row->criterion_met) {
        civil_format(row->criterion_met_on, date);
        out->criterion_met_on = arena_strdup(call->arena, date);
        out->has_criterion_detected_at_us = true;
        out->criterion_detected_at_us = row->criterion_detected_at;
    }
    out->has_due_at_us = row->due_at != 0;
    out->due_at_us = row->due_at;
    out->has_complete_by_us = true;
    out->complete_by_us = row->complete_by;
    out->has_overdue = true;
    out->overdue = clock_overdue(row->due_at, now);
    out->has_submitted_at_us = true;
    out->submitted_at_us = row->submitted_at;
}

/* A pause that runs, or the days of those that are over: of one whose time is over, too, though it was not ended. */
static void view_pause(struct call *call, const struct application *row, const struct policy *policy, int64_t now,
                       Creditd__V1__Application *out)
{
    struct application shown = *row;

    if (policy != NULL)
        pause_close(call_org(call), policy, now, &shown);
    out->has_paused_at_us = shown.paused_at != 0;
    out->paused_at_us = shown.paused_at;
    out->paused_by = shown.paused_by == 0 ? NULL : view_login(call, shown.paused_by);
    out->has_paused_days = shown.paused_days != 0;
    out->paused_days = (uint32_t)shown.paused_days;
}

/* What makes the running step longer, or presses it. */
static void view_time(struct call *call, const struct application *row, int64_t now, Creditd__V1__Application *out)
{
    const struct policy *policy = reference_policy(call_reference(call), row->policy_version);

    out->has_extension_days = row->extension_days != 0;
    out->extension_days = (uint32_t)row->extension_days;
    out->extension_by = row->extension_by == 0 ? NULL : view_login(call, row->extension_by);
    out->has_extended_days = row->extended_days != 0;
    out->extended_days = (uint32_t)row->extended_days;
    view_pause(call, row, policy, now, out);
    out->has_urged_at_us = row->urged_at != 0;
    out->urged_at_us = row->urged_at;
    out->urged_by = row->urged_by == 0 ? NULL : view_login(call, row->urged_by);
    out->claimed_by = row->claimed_by == 0 ? NULL : view_login(call, row->claimed_by);
    out->has_due_soon = true;
    out->due_soon = policy != NULL && reminder_due_soon(call_org(call), policy, row, now);
}

void view_extension_latest(struct call *call, const struct application *row, int64_t now, Creditd__V1__Application *out)
{
    const struct policy *policy = reference_policy(call_reference(call), row->policy_version);
    int64_t latest = policy == NULL ? 0 : extension_latest(call_org(call), policy, now, row);

    out->has_extension_latest_us = latest != 0;
    out->extension_latest_us = latest;
}

/* A case with its policy, as holders.h asks for it. */
static struct holders_case case_of(const struct reference *reference, const struct application_view *row, int64_t now)
{
    return (struct holders_case){reference_organisation(reference),
                                 reference_policy(reference, row->application.policy_version),
                                 now,
                                 &row->application,
                                 row->assessed_by,
                                 row->managed_by,
                                 false};
}

/* The node that it waits for, and who has signed it. */
static void view_node(struct call *call, const struct holders_case *c, Creditd__V1__Application *out)
{
    const struct application *row = c->application;
    const struct route_node *node = node_of(c->policy, row);
    int64_t awaited = assist_awaited(c);

    out->held_by = row->held_by == 0 ? NULL : view_login(call, row->held_by);
    out->assistant = awaited == 0 ? NULL : view_login(call, awaited);
    out->has_automatic = row->automatic;
    out->automatic = row->automatic;
    out->signed_by = ARENA_ARRAY(call->arena, char *, (size_t)row->signer_count + 1);
    for (int i = 0; i < row->signer_count; i++)
        out->signed_by[out->n_signed_by++] = view_login(call, row->signers[i]);
    if (node == NULL)
        return;
    out->node = arena_strdup(call->arena, node->name);
    out->has_signatures = true;
    out->signatures = (uint32_t)row->signatures;
    out->has_signatures_needed = node->need != 0;
    out->signatures_needed = (uint32_t)node->need;
    out->countersigners = ARENA_ARRAY(call->arena, char *, (size_t)row->countersigner_count + 1);
    for (int i = 0; i < row->countersigner_count; i++)
        out->countersigners[out->n_countersigners++] = view_login(call, row->countersigners[i]);
}

Creditd__V1__Application *view_application(struct call *call, const struct application_view *view, int64_t now)
{
    const struct application *row = &view->application;
    const struct holders_case c = case_of(call_reference(call), view, now);
    Creditd__V1__Application *out = ARENA_NEW(call->arena, Creditd__V1__Application);
    struct key customer = {row->key.home, row->customer_id};

    creditd__v1__application__init(out);
    out->id = view_id(call, 'A', row->key);
    out->has_state = true;
    out->state = (Creditd__V1__State)row->state;
    out->has_version = true;
    out->version = (uint32_t)row->version;
    out->customer_id = view_id(call, 'C', customer);
    out->customer_name = arena_strdup(call->arena, view->customer_name);
    out->customer_number = arena_strdup(call->arena, view->customer_number);
    out->has_off_criteria = true;
    out->off_criteria = row->off_criteria;
    out->has_finding = row->finding != FINDING_NONE;
    out->finding = out->has_finding ? (Creditd__V1__Finding)row->finding : CREDITD__V1__FINDING__FINDING_CONFIRMED;
    out->branch = view_unit(call, row->branch_id);
    out->region = view_unit(call, row->region_id);
    out->turn_unit = view_unit(call, row->turn_unit);
    out->has_turn_role = row->turn_role != ROLE_NONE;
    out->turn_role = out->has_turn_role ? (Creditd__V1__Role)row->turn_role : CREDITD__V1__ROLE__ROLE_SUBMITTER;
    out->has_policy_version = true;
    out->policy_version = (uint32_t)row->policy_version;
    out->has_asked_policy = row->asked_policy != 0;
    out->asked_policy = (uint32_t)row->asked_policy;
    out->asked_by = row->asked_by == 0 ? NULL : view_login(call, row->asked_by);
    view_node(call, &c, out);
    view_time(call, row, now, out);
    view_clock(call, row, out, now);
    if (view_sees_credit(call, row->branch_id, row->region_id)) {
        view_credit(call, row, out);
        call_audit(call, customer);
    }
    return out;
}

static void view_criterion_met(struct call *call, const struct customer *row, Creditd__V1__Customer *out)
{
    const struct evaluation *evaluation = &row->evaluation;
    char date[CIVIL_TEXT_BYTES];

    if (!evaluation->criterion)
        return;
    civil_format(evaluation->met_on, date);
    out->criterion_met_on = arena_strdup(call->arena, date);
    out->has_criterion_detected_at_us = true;
    out->criterion_detected_at_us = evaluation->detected_at;
    out->has_criterion_due_at_us = true;
    out->criterion_due_at_us = evaluation->criterion_due_at;
    set_grade(&out->has_criterion_grade, &out->criterion_grade,
              standing_of(evaluation->computed, standing_beneath(row).tier).grade);
}

static char *date_text(struct call *call, civil_date date)
{
    char text[CIVIL_TEXT_BYTES];

    civil_format(date, text);
    return arena_strdup(call->arena, text);
}

static void view_measures(struct call *call, const struct customer *row, Creditd__V1__Customer *out)
{
    const struct measures *measures = &row->measures;
    const struct policy *policy = reference_policy(call_reference(call), measures->policy_version);
    const char *names[MEASURES_MAX];
    size_t count = standing_measures(policy, row->standing.grade, measures->open | measures->applied, names);

    out->measures = ARENA_ARRAY(call->arena, Creditd__V1__Measure *, count + 1);
    for (size_t i = 0; i < count; i++) {
        Creditd__V1__Measure *measure = ARENA_NEW(call->arena, Creditd__V1__Measure);
        creditd__v1__measure__init(measure);
        measure->name = arena_strdup(call->arena, names[i]);
        measure->has_applied = true;
        measure->applied = (measures->applied & 1U << i) != 0;
        out->measures[out->n_measures++] = measure;
    }
}

/* What the grade in force brings, and what may take it away. */
static void view_terms(struct call *call, const struct customer *row, Creditd__V1__Customer *out)
{
    if (row->override.until != 0) {
        out->override_until = date_text(call, row->override.until);
        set_grade(&out->has_override_from, &out->override_from, row->override.from);
        out->override_by = view_login(call, row->override.by);
    }
    if (row->notice.noticed_on != 0) {
        out->noticed_on = date_text(call, row->notice.noticed_on);
        out->demote_on = date_text(call, row->notice.demote_on);
        if (row->notice.appealed_by != 0)
            out->appealed_by = view_login(call, row->notice.appealed_by);
    }
    if (row->measures.policy_version != 0)
        view_measures(call, row, out);
}

static void view_emergency(struct call *call, const struct customer *row, int64_t now, Creditd__V1__Customer *out)
{
    const struct emergency *asked = &row->emergency;
    const struct after_review *review = &row->review;

    if (row->override.ends_at != 0) {
        out->has_emergency_until_us = true;
        out->emergency_until_us = row->override.ends_at;
        out->emergency_confirmed_by = review->confirmed_by == 0 ? NULL : view_login(call, review->confirmed_by);
    }
    const struct policy *policy = reference_policy_in_force(call_reference(call), now);

    if (policy != NULL && emergency_waits(call_org(call), policy, row, now)) {
        out->emergency_asked = ARENA_NEW(call->arena, Creditd__V1__EmergencyAsked);
        creditd__v1__emergency_asked__init(out->emergency_asked);
        out->emergency_asked->by = view_login(call, asked->by);
        set_grade(&out->emergency_asked->has_grade, &out->emergency_asked->grade, asked->grade);
        out->emergency_asked->has_minutes = out->emergency_asked->has_until_us = true;
        out->emergency_asked->minutes = (uint32_t)asked->minutes;
        out->emergency_asked->until_us = asked->expires_at;
        out->emergency_asked->reason = arena_strdup(call->arena, asked->reason);
    }
    if (review->opened_at != 0) {
        out->review = ARENA_NEW(call->arena, Creditd__V1__AfterReview);
        creditd__v1__after_review__init(out->review);
        out->review->asked_by = view_login(call, review->asked_by);
        out->review->confirmed_by = review->confirmed_by == 0 ? NULL : view_login(call, review->confirmed_by);
        out->review->has_opened_at_us = out->review->has_due_at_us = true;
        out->review->opened_at_us = review->opened_at;
        out->review->due_at_us = review->due_at;
    }
}

Creditd__V1__Customer *view_customer(struct call *call, const struct customer *row, int64_t now)
{
    Creditd__V1__Customer *out = ARENA_NEW(call->arena, Creditd__V1__Customer);

    creditd__v1__customer__init(out);
    out->id = view_id(call, 'C', row->key);
    out->number = arena_strdup(call->arena, row->number);
    out->name = arena_strdup(call->arena, row->name);
    out->region = view_unit(call, row->region_id);
    out->branch = view_unit(call, row->branch_id);
    out->manager = row->managed_by == 0 ? NULL : view_login(call, row->managed_by);
    out->has_stage = true;
    out->stage = (Creditd__V1__Stage)row->stage;
    out->has_tier = true;
    out->tier = (Creditd__V1__Tier)row->standing.tier;
    out->has_version = true;
    out->version = (uint32_t)row->version;
    if (row->open_application != 0)
        out->open_application_id = view_id(call, 'A', (struct key){row->key.home, row->open_application});
    if (view_sees_credit(call, row->branch_id, row->region_id)) {
        set_grade(&out->has_grade, &out->grade, row->standing.grade);
        view_criterion_met(call, row, out);
        view_terms(call, row, out);
        view_emergency(call, row, now, out);
        call_audit(call, row->key);
    } else {
        out->has_verdict = true;
        out->verdict = (Creditd__V1__Verdict)standing_verdict(row->standing);
    }
    return out;
}

bool view_customer_name(const char *text, struct customer_name *out)
{
    *out = (struct customer_name){.number = text};
    if (text == NULL || text_is_blank(text))
        return false;
    out->by_id = public_id_parse('C', text, &out->key);
    return true;
}

bool view_acts_for_branch(const struct call *call)
{
    const struct user *user = call_user(call);

    return user_has(user, ROLE_SUBMITTER) && unit_by_id(call_org(call), user->unit_id)->level == UNIT_LEVEL_BRANCH;
}

struct scope view_scope(const struct call *call)
{
    const struct user *user = call_user(call);
    const struct unit *unit;
    struct scope scope = {0, 0};

    CHECK(user != NULL); /* access_check came before */
    unit = unit_by_id(call_org(call), user->unit_id);
    if (unit->level == UNIT_LEVEL_BRANCH)
        scope.branch_id = unit->id;
    else if (unit->level == UNIT_LEVEL_REGION)
        scope.region_id = unit->id;
    return scope;
}

/* What the asker can do in a case, and for whom. */
struct own_part {
    bool asked, answers;
    int64_t acts_for, answers_for;
};

/* Is there something for the asker to do? */
static bool find_part(struct call *call, const struct application_view *row, int64_t now, struct own_part *out)
{
    const struct holders_case c = case_of(call_reference(call), row, now);
    const struct user *user = call_user(call);

    out->asked = assist_wants(&c, user, &out->acts_for);
    out->answers = extension_wants(c.org, c.policy, now, c.application, user, &out->answers_for);
    bool acts = out->asked || holders_of_any(&c, user, &out->acts_for) == HOLDING_CAN;

    if (!acts)
        out->acts_for = out->answers_for;
    return acts || out->answers;
}

Creditd__V1__Application *view_on_desk(struct call *call, const struct application_view *row, int64_t now)
{
    struct own_part part;
    Creditd__V1__Application *out;

    if (!find_part(call, row, now, &part))
        return NULL;
    out = view_application(call, row, now);
    out->has_wants_opinion = out->wants_opinion = part.asked;
    out->has_wants_answer = out->wants_answer = part.answers;
    out->answers_for = part.answers_for == 0 ? NULL : view_login(call, part.answers_for);
    out->acting_for = part.acts_for == 0 ? NULL : view_login(call, part.acts_for);
    return out;
}

Creditd__V1__Application *view_own(struct call *call, const struct application_view *row, int64_t now)
{
    const struct application *application = &row->application;
    struct own_part part;
    Creditd__V1__Application *out;

    if (route_closed(application->state) || !holders_made(application, application->branch_id, call_user(call)) ||
        find_part(call, row, now, &part))
        return NULL;
    out = view_application(call, row, now);
    out->has_own = out->own = true;
    return out;
}

bool view_nobody_of(const struct reference *reference, const struct application_view *row, int64_t now)
{
    const struct holders_case c = case_of(reference, row, now);

    return row->application.turn_role != ROLE_NONE && signature_short(&c) > 0;
}

bool view_nobody(struct call *call, const struct application_view *row, int64_t now)
{
    return view_nobody_of(call_reference(call), row, now);
}

char **view_logins(struct call *call, const struct user *const *users, size_t count)
{
    char **out = ARENA_ARRAY(call->arena, char *, count + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = view_login(call, users[i]->id);
    return out;
}

const struct user **view_room(const struct call *call)
{
    return ARENA_ARRAY(call->arena, const struct user *, call_org(call)->user_count + 1);
}

size_t view_holders(struct call *call, const struct application_view *row, enum holding holding, int64_t now,
                    const struct user **room, char ***out)
{
    const struct holders_case c = case_of(call_reference(call), row, now);
    size_t most = call_org(call)->user_count;
    size_t count = row->application.turn_role == ROLE_NONE ? 0 : holders_find(&c, holding, room, most);

    *out = view_logins(call, room, count);
    return count;
}
