/* RULES.md once more: whether a step is taken, and what comes of it. */
#include "tests/rules/route_oracle.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "tests/rules/fixture.h"
#include "tests/rules/route_forms.h"
#include "tests/rules/route_opinion.h"
#include "tests/rules/route_rights.h"
#include "tests/rules/route_who.h"

/* ---- whether ---- */

static bool judges(enum event_kind action)
{
    return action == EVENT_VERIFY || action == EVENT_RETURN || action == EVENT_APPROVE || action == EVENT_REJECT ||
           action == EVENT_RETURN_TO_REGION || action == EVENT_RETURN_TO_NODE;
}

static bool is_closed(enum state state)
{
    return state == STATE_RECORDED || state == STATE_REJECTED || state == STATE_WITHDRAWN || state == STATE_LAPSED;
}

static bool right_version(const struct tale *t, const struct step_input *input, struct answer *out)
{
    int current = input->action == EVENT_SUBMIT ? t->customer_version : t->version;
    if (input->if_version == 0 || input->if_version == current) {
        return true;
    }
    snprintf(out->number, sizeof out->number, "%d", (int)input->if_version);
    snprintf(out->number2, sizeof out->number2, "%d", current);
    out->name2 = "current";
    return rights_no(out, REASON_STALE_VERSION, "if_version", "given", out->number);
}

/* Is there such a step from the state? The arrows of the picture. */
static bool is_arrow(const struct tale *t, enum event_kind action)
{
    bool waits = who_signs_in(t->state), open = waits || t->state == STATE_RETURNED;
    switch ((int)action) {
    case EVENT_VERIFY:
        return t->state == STATE_SUBMITTED;
    case EVENT_RETURN:
    case EVENT_RETURN_TO_NODE:
        return waits;
    case EVENT_RESUBMIT:
        return t->state == STATE_RETURNED;
    case EVENT_APPROVE:
    case EVENT_REJECT:
    case EVENT_RETURN_TO_REGION:
        return t->state == STATE_VERIFIED;
    case EVENT_WITHDRAW:
        return open;
    case EVENT_RECORD:
        return t->state == STATE_APPROVED;
    case EVENT_LAPSE:
        return open || t->state == STATE_APPROVED;
    case EVENT_RECALL:
        return waits;
    }
    return false;
}

static bool right_state(const struct tale *t, enum event_kind action, struct answer *out)
{
    bool over = t->state == STATE_APPROVED || is_closed(t->state);
    if (!is_arrow(t, action)) {
        return rights_no(out, judges(action) && over ? REASON_ALREADY_DECIDED : REASON_STATE_CHANGED, NULL, "state",
                         word_name(words_state, (int)t->state));
    }
    /* Recalled is what nobody has acted on: a submission, a verification. */
    bool last = (t->state == STATE_SUBMITTED && (t->last == EVENT_SUBMIT || t->last == EVENT_RESUBMIT)) ||
                (t->state == STATE_VERIFIED && t->last == EVENT_VERIFY);
    return action != EVENT_RECALL || last ||
           rights_no(out, REASON_NOT_LAST_STEP, NULL, "step", word_name(words_event, (int)t->last));
}

/* The unit and role whose step it is. Judging is for whoever's turn it is; the rest for the branch, but the region's
 * verification is the region's to recall. */
static bool his_turn(const struct oracle *o, const struct tale *t, enum event_kind action, const struct hand *hand,
                     struct answer *out)
{
    int32_t unit = B11;
    enum role role = ROLE_SUBMITTER;
    if (judges(action)) {
        (void)who_turn(o, t, &unit, &role);
    } else if (action == EVENT_RECALL && t->state == STATE_VERIFIED) {
        unit = R1;
        role = ROLE_VERIFIER;
    }
    bool systems = action == EVENT_LAPSE;
    if (hand == NULL && judges(action)) { /* of whom the state table speaks */
        role = t->state == STATE_SUBMITTED ? ROLE_VERIFIER : ROLE_APPROVER;
    }
    if ((hand == NULL) != systems) {
        return rights_no(out, REASON_ROLE_MISSING, NULL, "role", systems ? "system" : word_name(words_role, (int)role));
    }
    if (hand == NULL) {
        return true;
    }
    if (hand->unit != unit) {
        return rights_no(out, REASON_NOT_YOUR_UNIT, NULL, "unit", people_unit(o->org, unit)->code);
    }
    return (hand->roles & 1u << role) != 0 ||
           rights_no(out, REASON_ROLE_MISSING, NULL, "role", word_name(words_role, (int)role));
}

/* Who has signed does not sign again, nor does one tied to him; he may still return the case. */
static bool other_eyes(const struct oracle *o, const struct tale *t, enum event_kind action, const struct hand *hand,
                       struct answer *out)
{
    bool signer = who_has_signed(t, hand);
    if (judges(action) && signer && action != EVENT_RETURN && !who_may_end(o, t, hand)) {
        return rights_no(out, REASON_ALREADY_SIGNED, NULL, NULL, NULL);
    }
    if (judges(action) && !rights_other_eyes(o, t, hand, signer, out)) {
        return false;
    }
    bool back = action == EVENT_RETURN || action == EVENT_RETURN_TO_REGION || action == EVENT_RETURN_TO_NODE ||
                action == EVENT_RECALL;
    if (back && t->version >= 200) {
        return rights_no_limit(out, REASON_TOO_MANY_STEPS, "application", 200);
    }
    bool enters = action == EVENT_RESUBMIT || action == EVENT_VERIFY;
    bool full = who_number(t->entered | t->verified | who_bits(hand)) + t->other_hands > 32;
    bool signs = action == EVENT_VERIFY || action == EVENT_APPROVE;
    if (enters && full) {
        return rights_no_limit(out, REASON_TOO_MANY_HANDS, "application", 32);
    }
    return !signs || signer || who_has_room(t, hand) ||
           rights_no_limit(out, REASON_TOO_MANY_SIGNERS, "application", 32);
}

/* The node, and the authority that it asks for. */
static bool his_node(const struct oracle *o, const struct tale *t, enum event_kind action, const struct hand *hand,
                     struct answer *out)
{
    if (!judges(action)) {
        return true;
    }
    const struct route_node *node = who_node(o, t);
    if (!who_has_signed(t, hand) && !who_countersigns(t, hand)) {
        if (node->need > 0 && t->own >= node->need && t->countersigners != 0) {
            return rights_no(out, REASON_COUNTERSIGNERS_MISSING, NULL, "node", node->name);
        }
        if (hand->level < node->level) {
            return rights_no(out, REASON_LEVEL_TOO_LOW, NULL, "level", word_name(words_job_level, (int)node->level));
        }
        if (!who_is_named(o, t, node, hand)) {
            return rights_no(out, node->own_manager ? REASON_NOT_MANAGER : REASON_NOT_NAMED, NULL, "node", node->name);
        }
    }
    enum job_level needed = who_authority(o, t);
    return hand->level >= needed ||
           rights_no(out, REASON_ABOVE_AUTHORITY, NULL, "level", word_name(words_job_level, (int)needed));
}

bool oracle_may_act(const struct oracle *o, const struct tale *t, const struct hand *hand, struct answer *out)
{
    switch ((int)t->state) {
    case STATE_SUBMITTED:
    case STATE_VERIFIED: {
        enum event_kind action = t->state == STATE_SUBMITTED ? EVENT_VERIFY : EVENT_APPROVE;
        return his_turn(o, t, action, hand, out) && other_eyes(o, t, action, hand, out) &&
               his_node(o, t, action, hand, out);
    }
    default: /* the branch's */
        return his_turn(o, t, EVENT_RESUBMIT, hand, out);
    }
}

/* Until the step is taken, only who has claimed it can take it, or his substitute. */
static bool unclaimed(const struct oracle *o, const struct tale *t, enum event_kind action, const struct hand *hand,
                      struct answer *out)
{
    int by = judges(action) || action == EVENT_RESUBMIT || action == EVENT_RECORD ? who_claims(o, t) : 0;
    return by == 0 || by == hand->id || by == hand->acts_for ||
           rights_no(out, REASON_CLAIMED, NULL, "login", people_of(o->org, by)->login);
}

/* Nobody judges it until the opinion that was asked for is there, as long as it can come. */
static bool not_awaited(const struct oracle *o, const struct tale *t, enum event_kind action, struct answer *out)
{
    int awaited = judges(action) ? opinion_awaited(o, t) : 0;
    return awaited == 0 || rights_no(out, REASON_OPINION_AWAITED, NULL, "login", people_of(o->org, awaited)->login);
}

/* ---- the fields ---- */

static bool right_text(const char *text, const char *field, enum reason missing, struct answer *out)
{
    if (text_is_blank(text)) {
        return missing == REASON_NONE || rights_no(out, missing, field, NULL, NULL);
    }
    return text_length(text) <= 2000 || rights_no_limit(out, REASON_FIELD_TOO_LONG, field, 2000);
}

static bool is_grade(enum grade grade)
{
    return grade >= GRADE_GREEN && grade <= GRADE_BLACK;
}

/* Off-criteria: another grade than the computed one, and every one when nothing was computed. */
static bool is_off(const struct tale *t, enum grade grade)
{
    return t->computed == GRADE_NONE || t->computed != grade;
}

static bool right_request(const struct tale *t, const struct step_input *input, struct answer *out)
{
    bool again = input->action == EVENT_RESUBMIT;
    struct standing from = again ? t->from : t->standing;
    if (input->grade == GRADE_NONE && !again) {
        return rights_no(out, REASON_FIELD_REQUIRED, "to_grade", NULL, NULL);
    }
    if (input->grade != GRADE_NONE && !is_grade(input->grade)) {
        return rights_no(out, REASON_UNKNOWN_VALUE, "to_grade", NULL, NULL);
    }
    if (input->grade != GRADE_NONE && from.tier == TIER_KEY && from.grade == input->grade) {
        return rights_no(out, REASON_SAME_GRADE, "to_grade", NULL, NULL);
    }
    /* A resubmission of a case that was off-criteria has its reason already. */
    bool needs = again ? input->grade != GRADE_NONE && input->grade != t->to && is_off(t, input->grade) && !t->reasoned
                       : is_off(t, input->grade);
    return right_text(input->text, "reason", needs ? REASON_REASON_REQUIRED : REASON_NONE, out);
}

static bool right_items(const struct oracle *o, const struct step_input *input, struct answer *out)
{
    uint32_t named = 0, wrong = 0;
    for (int i = 0; i < input->item_count; i++) {
        int place = 0;
        while (place < o->policy->item_count && strcmp(o->policy->items[place], input->items[i].name) != 0) {
            place++;
        }
        if (place == o->policy->item_count) {
            return rights_no(out, REASON_UNKNOWN_ITEM, "item", "item", input->items[i].name);
        }
        if ((named & 1u << place) != 0) {
            return rights_no(out, REASON_FIELD_INVALID, "item", "rule", "each item once");
        }
        named |= 1u << place;
        wrong |= input->items[i].ok ? 0 : 1u << place;
    }
    if (wrong != 0 && input->finding == FINDING_CONFIRMED) {
        return rights_no(out, REASON_FINDING_CONTRADICTS_ITEMS, "finding", "item",
                         o->policy->items[__builtin_ctz(wrong)]);
    }
    return true;
}

static bool right_verification(const struct oracle *o, const struct step_input *input, struct answer *out)
{
    if (!right_text(input->text, "opinion", REASON_OPINION_REQUIRED, out)) {
        return false;
    }
    if (input->finding == FINDING_NONE) {
        return rights_no(out, REASON_FINDING_REQUIRED, "finding", NULL, NULL);
    }
    if (input->finding != FINDING_CONFIRMED && input->finding != FINDING_DOUBTFUL) {
        return rights_no(out, REASON_UNKNOWN_VALUE, "finding", NULL, NULL);
    }
    return right_items(o, input, out);
}

static bool is_last_node(const struct oracle *o, const struct tale *t)
{
    return who_comes_to(o, t, t->state, t->place + 1, NULL) < 0;
}

/* Which grade an approval is for: that of the signatures before it, when it does not say. */
static enum grade grade_for(const struct tale *t, const struct step_input *input)
{
    enum grade before = t->signed_for != GRADE_NONE ? t->signed_for : t->to;
    return input->grade != GRADE_NONE ? input->grade : before;
}

/* Who decides another grade decides on what that one brings, too, when it is more. */
static bool right_other_amount(const struct oracle *o, const struct tale *t, const struct hand *hand, enum grade grade,
                               struct answer *out)
{
    int64_t other = who_amount(o, t, grade);
    struct tale with = *t;
    with.amount = t->amount >= 0 && (other < 0 || other > t->amount) ? other : t->amount;
    const struct route_node *evaded = who_evades(o, t, with.amount);
    if (evaded != NULL) {
        return rights_no(out, REASON_GRADE_NEEDS_NODE, "grade", "node", evaded->name);
    }
    if (!rights_covered(o, hand, t->from, t->to, with.amount, out)) {
        return false;
    }
    enum job_level needed = who_authority(o, &with);
    return hand->level >= needed ||
           rights_no(out, REASON_ABOVE_AUTHORITY, "grade", "level", word_name(words_job_level, (int)needed));
}

/* HQ decides the grade requested or one between it and the one in force, never the one in force. */
static bool right_approval(const struct oracle *o, const struct tale *t, const struct hand *hand,
                           const struct step_input *input, struct answer *out)
{
    enum grade grade = grade_for(t, input);
    int before = t->from.tier == TIER_ORDINARY ? 5 : (int)t->from.grade;
    bool between = ((int)grade < before) == ((int)t->to < before) &&
                   ((int)grade < before ? grade >= t->to : (int)grade > before && grade <= t->to);
    if (!is_grade(grade)) {
        return rights_no(out, REASON_UNKNOWN_VALUE, "grade", NULL, NULL);
    }
    if (!between) {
        return rights_no(out, REASON_GRADE_NOT_BETWEEN, "grade", NULL, NULL);
    }
    if (grade != t->to && !is_last_node(o, t)) {
        return rights_no(out, REASON_GRADE_BY_LAST, "grade", NULL, NULL);
    }
    if (grade != t->to && !right_other_amount(o, t, hand, grade, out)) {
        return false;
    }
    if (t->signed_for != GRADE_NONE && grade != t->signed_for) {
        return rights_no(out, REASON_GRADE_DIFFERS, "grade", "grade", word_name(words_grade, (int)t->signed_for));
    }
    return right_text(input->text, "reason", grade == t->to ? REASON_NONE : REASON_REASON_REQUIRED, out);
}

static bool right_fields(const struct oracle *o, const struct tale *t, const struct hand *hand,
                         const struct step_input *input, struct answer *out)
{
    switch ((int)input->action) {
    case EVENT_SUBMIT:
    case EVENT_RESUBMIT:
        return right_request(t, input, out);
    case EVENT_VERIFY:
        return right_verification(o, input, out);
    case EVENT_APPROVE:
        return right_approval(o, t, hand, input, out);
    case EVENT_RECALL:
    case EVENT_WITHDRAW:
        return right_text(input->text, "reason", REASON_NONE, out);
    case EVENT_RECORD:
    case EVENT_LAPSE:
        return true;
    }
    return right_text(input->text, "reason", REASON_REASON_REQUIRED, out);
}

/* ---- what comes of it ---- */

/* At a node that nobody has signed. */
static void wait_at(struct tale *t, int place)
{
    t->place = place;
    t->own = 0;
    t->signed_for = GRADE_NONE;
    t->countersigners = 0;
}

static void void_signatures(struct tale *t, int from, uint32_t people)
{
    for (int place = 0; place < ROUTE_PLACES; place++) {
        t->signed_at[place] &= place >= from ? 0 : ~people;
    }
}

/* The region's turn again, from that node on: what was signed before it stands, whoever had the case meanwhile. */
static void region_again(struct tale *t, int from)
{
    for (int place = from; place < ROUTE_PLACES; place++) {
        t->region_at[place] = 0;
    }
    memcpy(t->signed_at, t->region_at, sizeof t->signed_at);
}

/* Another state, from the first node there that the case comes to, from `place` on. */
static void go_to(const struct oracle *o, enum state state, int place, struct answer *out)
{
    struct tale *t = &out->after;
    wait_at(t, who_signs_in(state) ? who_comes_to(o, t, state, place, &out->skipped) : 0);
    if (who_signs_in(state) || state == STATE_RETURNED) {
        void_signatures(t, 0, 0);
        t->other_signers = 0;
    }
    if (state == STATE_SUBMITTED || state == STATE_RETURNED) {
        region_again(t, place);
    }
    t->state = state;
    if (is_closed(state)) {
        t->open = false;
        t->customer_version++;
    }
}

static void step_taken(struct tale *t, enum state from, enum event_kind step)
{
    t->version++;
    t->came_from = from;
    t->last = step;
    t->claimed = t->asked = 0;
}

static void decide(struct tale *t, enum grade grade, const struct hand *hand)
{
    t->decided = grade;
    t->decided_by = hand != NULL ? hand->id : 0;
    t->decided_for = hand != NULL ? hand->acts_for : 0;
    t->automatic = hand == NULL;
}

/* A signature. The last one that a state needs is no signature but its step, and is not kept among them. */
static void sign(const struct oracle *o, const struct hand *hand, const struct step_input *input, struct answer *out)
{
    struct tale *t = &out->after, with = *t;
    if (who_countersigns(t, hand)) {
        with.countersigners &= ~people_bit(who_name(hand));
    } else {
        with.own++;
    }
    with.signed_at[with.place] |= who_bits(hand) & ~who_signed(&with);
    if (t->state == STATE_SUBMITTED) {
        with.region_at[with.place] = with.signed_at[with.place];
        memcpy(t->region_at, with.region_at, sizeof t->region_at);
    }
    if (!who_has_all(o, &with)) {
        with.signed_for = input->action == EVENT_APPROVE && is_last_node(o, t) ? grade_for(t, input) : GRADE_NONE;
        *t = with;
        out->step = EVENT_SIGN;
        return;
    }
    int next = who_comes_to(o, &with, with.state, with.place + 1, &out->skipped);
    if (next >= 0) {
        wait_at(&with, next);
        *t = with;
        out->step = EVENT_SIGN;
        return;
    }
    void_signatures(t, ROUTE_PLACES, who_bits(hand));
    if (input->action == EVENT_APPROVE) {
        decide(t, grade_for(t, input), hand);
    }
    go_to(o, input->action == EVENT_APPROVE ? STATE_APPROVED : STATE_VERIFIED, 0, out);
}

static void verify(const struct oracle *o, const struct hand *hand, const struct step_input *input, struct answer *out)
{
    struct tale *t = &out->after;
    t->finding = t->finding == FINDING_DOUBTFUL ? FINDING_DOUBTFUL : input->finding;
    sign(o, hand, input, out);
    t->verified |= who_bits(hand) & ~t->entered;
    t->verified_by = hand->id;
    t->verified_for = hand->acts_for;
}

static void enter_anew(const struct oracle *o, struct tale *t, const struct hand *hand, const struct step_input *input)
{
    if (input->grade != GRADE_NONE && input->grade != t->to) {
        t->to = input->grade;
        t->off_criteria = is_off(t, input->grade);
        t->amount = who_amount(o, t, input->grade);
    }
    t->reasoned = t->reasoned || !text_is_blank(input->text);
    t->finding = FINDING_NONE;
    t->assessed_then = t->assessed;
    t->entered |= who_bits(hand);
    t->verified &= ~t->entered;
    uint32_t last = people_bit(t->verified_by) | people_bit(t->verified_for);
    if ((last & ~t->verified) != 0) {
        t->verified_by = t->verified_for = 0;
    }
}

/* The node that it is returned to, by name; -1: there is none. */
static int place_of(const struct oracle *o, const char *name, enum state *state)
{
    const struct route_node *node;
    for (*state = STATE_SUBMITTED;; *state = STATE_VERIFIED) {
        for (int place = 0; (node = who_node_at(o, *state, place)) != NULL; place++) {
            if (strcmp(node->name, name) == 0) {
                return place;
            }
        }
        if (*state == STATE_VERIFIED) {
            return -1;
        }
    }
}

/* Is it where the case begins, as long as nothing is doubted? From there on what was doubted is open again. */
static bool begins_at(const struct oracle *o, const struct tale *t, enum state state, int place)
{
    struct tale anew = *t;
    anew.finding = FINDING_NONE;
    return state == STATE_SUBMITTED && who_comes_to(o, &anew, state, 0, NULL) == place;
}

static bool right_node(const struct oracle *o, const struct tale *t, const struct step_input *input, struct answer *out)
{
    enum state state;
    if (input->action != EVENT_RETURN_TO_NODE) {
        return true;
    }
    if (text_is_blank(input->node)) {
        return rights_no(out, REASON_FIELD_REQUIRED, "node", NULL, NULL);
    }
    int place = place_of(o, input->node, &state);
    if (place < 0) {
        return rights_no(out, REASON_UNKNOWN_NODE, "node", "node", input->node);
    }
    if (state > t->state || (state == t->state && place >= t->place)) {
        return rights_no(out, REASON_NODE_NOT_EARLIER, "node", "node", input->node);
    }
    if (who_node_at(o, state, place)->automatic) {
        return rights_no(out, REASON_NODE_AUTOMATIC, "node", "node", input->node);
    }
    return begins_at(o, t, state, place) || who_comes_to(o, t, state, place, NULL) == place ||
           rights_no(out, REASON_NODE_PASSED_BY, "node", "node", input->node);
}

/* To the branch, to the region, or to a node. */
static void go_back(const struct oracle *o, const struct step_input *input, struct answer *out)
{
    struct tale *t = &out->after;
    enum state from = t->state, state = STATE_SUBMITTED;
    bool first = true;
    int place = 0;
    if (input->action == EVENT_RETURN) {
        go_to(o, STATE_RETURNED, 0, out);
        return;
    }
    if (input->action == EVENT_RETURN_TO_NODE) {
        place = place_of(o, input->node, &state);
        first = begins_at(o, t, state, place);
        out->step = state == from ? EVENT_RETURN_TO_NODE : EVENT_RETURN_TO_REGION;
    }
    t->finding = first ? FINDING_NONE : t->finding;
    if (state == from) {
        wait_at(t, place);
        void_signatures(t, place, 0);
        t->other_signers = 0;
        if (state == STATE_SUBMITTED) {
            region_again(t, place);
        }
    } else {
        go_to(o, state, place, out);
    }
}

static void end_case(const struct oracle *o, enum state state, const struct hand *hand, struct answer *out)
{
    struct tale *t = &out->after;
    if (state == STATE_REJECTED) {
        void_signatures(t, ROUTE_PLACES, who_bits(hand));
        decide(t, GRADE_NONE, hand);
    } else if (state == STATE_RECORDED) {
        t->standing = (struct standing){TIER_KEY, t->decided};
    }
    go_to(o, state, 0, out);
}

static void recall(const struct oracle *o, struct answer *out)
{
    out->after.finding = FINDING_NONE;
    go_to(o, out->after.state == STATE_VERIFIED ? STATE_SUBMITTED : STATE_RETURNED, 0, out);
}

static void take(const struct oracle *o, const struct hand *hand, const struct step_input *input, struct answer *out)
{
    struct tale *t = &out->after;
    switch ((int)input->action) {
    case EVENT_VERIFY:
        verify(o, hand, input, out);
        break;
    case EVENT_APPROVE:
        sign(o, hand, input, out);
        break;
    case EVENT_RESUBMIT:
        enter_anew(o, t, hand, input);
        go_to(o, STATE_SUBMITTED, 0, out);
        break;
    case EVENT_RECALL:
        recall(o, out);
        break;
    case EVENT_REJECT:
        end_case(o, STATE_REJECTED, hand, out);
        break;
    case EVENT_WITHDRAW:
        end_case(o, STATE_WITHDRAWN, hand, out);
        break;
    case EVENT_RECORD:
        end_case(o, STATE_RECORDED, hand, out);
        break;
    case EVENT_LAPSE:
        end_case(o, STATE_LAPSED, NULL, out);
        break;
    default:
        go_back(o, input, out);
    }
}

/* What has come to an automatic node the system decides as requested. */
static void decide_at_once(const struct oracle *o, struct answer *out)
{
    struct tale *t = &out->after;
    const struct route_node *node = who_node(o, t);
    if (node == NULL || !node->automatic) {
        return;
    }
    out->decided = true;
    decide(t, t->to, NULL);
    go_to(o, STATE_APPROVED, 0, out);
    step_taken(t, STATE_VERIFIED, EVENT_APPROVE);
}

static void submit(const struct oracle *o, const struct hand *hand, const struct step_input *input, struct answer *out)
{
    struct tale *t = &out->after;
    *t = (struct tale){.customer_version = t->customer_version + 1,
                       .standing = t->standing,
                       .computed = t->computed,
                       .volume = t->volume,
                       .from = t->standing,
                       .to = input->grade,
                       .amount = who_amount(o, t, input->grade),
                       .off_criteria = is_off(t, input->grade),
                       .reasoned = !text_is_blank(input->text),
                       .open = true,
                       .entered = who_bits(hand),
                       .assessed = t->assessed,
                       .manager = t->manager,
                       .assessed_then = t->assessed};
    go_to(o, STATE_SUBMITTED, 0, out);
    step_taken(t, STATE_NONE, EVENT_SUBMIT);
}

/* Has a head of the unit whose turn it is the case on his desk, once it is not claimed? */
static bool head_can(const struct oracle *o, const struct tale *t)
{
    int32_t unit;
    enum role role;
    bool can = false, waits = who_turn(o, t, &unit, &role);
    for (size_t i = 0; i < o->org->user_count && waits && !can; i++) {
        struct hand hand = people_himself(&o->org->users[i]);
        if (!people_is_head(o->org, unit, &hand)) {
            continue;
        }
        can = who_can(o, t, &hand, false);
        for (size_t j = 0; j < o->org->delegation_count && !can; j++) {
            const struct delegation *row = &o->org->delegations[j];
            can = row->substitute == o->org->users[i].id && people_by(o->org, o->now, row, &hand) &&
                  people_is_for(row, people_kind(t->from, t->to), t->amount) && who_can(o, t, &hand, false);
        }
    }
    return can;
}

/* The words of a text: some nobody may write, some only a head of the unit that he writes for. A step of that unit is
 * left to one, if there is one to take it. */
static bool right_words(const struct oracle *o, const struct tale *t, const struct hand *hand,
                        const struct step_input *input, struct answer *out)
{
    const char *field = input->action == EVENT_VERIFY ? "opinion" : "reason";
    if (hand == NULL || text_is_blank(input->text)) {
        return true;
    }
    if (strstr(input->text, WORD_OF_NOBODY) != NULL) {
        return rights_no(out, REASON_WORD_REFUSED, field, "word", WORD_OF_NOBODY);
    }
    const struct hand person = people_himself(people_of(o->org, hand->id));
    if (strstr(input->text, WORD_OF_HEADS) == NULL || people_is_head(o->org, hand->unit, &person)) {
        return true;
    }
    out->held = (judges(input->action) || input->action == EVENT_RESUBMIT) && head_can(o, t);
    out->after.claimed = out->held ? 0 : out->after.claimed;
    return out->held || rights_no(out, REASON_WORD_FOR_HEAD, field, "word", WORD_OF_HEADS);
}

static enum oracle_operation operation_of(enum event_kind action)
{
    static const enum oracle_operation operations[] = {[EVENT_SUBMIT] = OP_SUBMIT,
                                                       [EVENT_VERIFY] = OP_VERIFY,
                                                       [EVENT_RETURN] = OP_RETURN,
                                                       [EVENT_RESUBMIT] = OP_RESUBMIT,
                                                       [EVENT_APPROVE] = OP_APPROVE,
                                                       [EVENT_REJECT] = OP_REJECT,
                                                       [EVENT_WITHDRAW] = OP_WITHDRAW,
                                                       [EVENT_RECORD] = OP_RECORD,
                                                       [EVENT_RECALL] = OP_RECALL,
                                                       [EVENT_RETURN_TO_REGION] = OP_RETURN_TO_REGION,
                                                       [EVENT_RETURN_TO_NODE] = OP_RETURN_TO_NODE};
    return operations[action];
}

static bool may_submit(const struct oracle *o, const struct tale *t, const struct hand *hand,
                       const struct step_input *input, struct answer *out)
{
    if (!right_version(t, input, out)) {
        return false;
    }
    if (t->open) {
        return rights_no(out, REASON_OPEN_APPLICATION_EXISTS, "customer", "application", ORACLE_APPLICATION);
    }
    return his_turn(o, t, EVENT_SUBMIT, hand, out) && right_fields(o, t, hand, input, out) &&
           right_words(o, t, hand, input, out);
}

static bool may_step(const struct oracle *o, const struct tale *t, const struct hand *hand,
                     const struct step_input *input, struct answer *out)
{
    if (!right_version(t, input, out) || !right_state(t, input->action, out) ||
        !his_turn(o, t, input->action, hand, out)) {
        return false;
    }
    bool of_people =
        hand == NULL || (other_eyes(o, t, input->action, hand, out) && his_node(o, t, input->action, hand, out) &&
                         unclaimed(o, t, input->action, hand, out));
    return of_people && not_awaited(o, t, input->action, out) && right_fields(o, t, hand, input, out) &&
           right_node(o, t, input, out) && right_words(o, t, hand, input, out);
}

/* What he does in such a case, and in the one that it becomes by a resubmission for another grade. */
static bool covered(const struct oracle *o, const struct tale *t, const struct hand *hand,
                    const struct step_input *input, struct answer *out)
{
    bool submission = input->action == EVENT_SUBMIT;
    struct standing from = submission ? t->standing : t->from;
    int64_t amount = who_amount(o, t, input->grade);
    if (!submission && !rights_covered(o, hand, from, t->to, t->amount, out)) {
        return false;
    }
    bool names = submission || (input->action == EVENT_RESUBMIT && input->grade != GRADE_NONE);
    return !names || rights_covered(o, hand, from, input->grade, amount, out);
}

void oracle_step(const struct oracle *o, const struct tale *t, const struct user *user, const char *acting_for,
                 const struct step_input *input, struct answer *out)
{
    struct hand acting;
    const struct hand *hand = user == NULL ? NULL : &acting;
    bool submission = input->action == EVENT_SUBMIT;
    *out = (struct answer){.step = input->action, .after = *t};
    if (user != NULL && input->action != EVENT_LAPSE) {
        if (!rights_allowed(o, t, user, acting_for, operation_of(input->action), &acting, out) ||
            !covered(o, t, &acting, input, out)) {
            return;
        }
    } else if (user != NULL && !people_hand(o->org, o->now, user, acting_for, &acting)) {
        return;
    }
    if (submission) {
        if (may_submit(o, t, hand, input, out)) {
            submit(o, hand, input, out);
        }
        return;
    }
    if (!may_step(o, t, hand, input, out) || out->held) {
        return;
    }
    take(o, hand, input, out);
    step_taken(&out->after, t->state, out->step);
    decide_at_once(o, out);
}
