/* Nodes of a route, and who can sign them, by RULES.md. */
#include "tests/rules/route_who.h"

#include <string.h>

#include "tests/rules/fixture.h"

/* ---- the route ---- */

static const struct route_node usual[] = {
    {.name = "verify", .state = STATE_SUBMITTED, .role = ROLE_VERIFIER, .level = JOB_LEVEL_SUPERVISOR, .need = 1},
    {.name = "decide", .state = STATE_VERIFIED, .role = ROLE_APPROVER, .level = JOB_LEVEL_SUPERVISOR, .need = 1},
};

static const struct route_node *route_of(const struct oracle *o, int *count)
{
    *count = o->policy->route_count > 0 ? o->policy->route_count : 2;
    return o->policy->route_count > 0 ? o->policy->route : usual;
}

const struct route_node *who_node_at(const struct oracle *o, enum state state, int place)
{
    int count, before = 0;
    const struct route_node *route = route_of(o, &count);
    while (before < count && route[before].state != state) {
        before++;
    }
    bool there = place >= 0 && before + place < count && route[before + place].state == state;
    return there ? &route[before + place] : NULL;
}

bool who_signs_in(enum state state)
{
    return state == STATE_SUBMITTED || state == STATE_VERIFIED;
}

const struct route_node *who_node(const struct oracle *o, const struct tale *t)
{
    return who_signs_in(t->state) ? who_node_at(o, t->state, t->place) : NULL;
}

/* Grades between the one in force and the one asked for; an ordinary customer is one below black. */
static int jump_of(const struct tale *t)
{
    int before = t->from.tier == TIER_ORDINARY ? 5 : (int)t->from.grade, after = (int)t->to;
    return before > after ? before - after : after - before;
}

int64_t who_amount(const struct oracle *o, const struct tale *t, enum grade grade)
{
    bool known = t->volume >= 0 && o->policy->has_terms && grade >= GRADE_GREEN && grade <= GRADE_BLACK;
    if (!known) {
        return -1;
    }
    const struct grade_terms *terms = &o->policy->terms[grade];
    int64_t share = t->volume / 10000 * terms->limit_volume_bp + t->volume % 10000 * terms->limit_volume_bp / 10000;
    int64_t least = share < terms->limit_least ? terms->limit_least : share;
    return least > terms->limit_most ? terms->limit_most : least;
}

/* Bounds are included. What is not known is within every bound, but within none of an automatic node. */
static bool within(const struct route_node *node, int64_t amount)
{
    bool bounded = node->amount_from != 0 || node->amount_to != 0;
    if (!bounded || amount < 0) {
        return !bounded || !node->automatic;
    }
    return amount >= node->amount_from && (node->amount_to == 0 || amount <= node->amount_to);
}

/* Is the case one that the node's conditions name? */
static bool meets(const struct route_node *node, const struct tale *t)
{
    bool kind = node->kinds == 0 || (node->kinds & 1u << people_kind(t->from, t->to)) != 0;
    bool far = node->jump_from == 0 || jump_of(t) >= node->jump_from;
    bool near = node->jump_to == 0 || jump_of(t) <= node->jump_to;
    bool off = node->off_criteria == ASKED_EITHER || t->off_criteria == (node->off_criteria == ASKED_YES);
    bool doubt = t->finding == FINDING_DOUBTFUL;
    return kind && far && near && off && within(node, t->amount) &&
           (node->doubtful == ASKED_EITHER || doubt == (node->doubtful == ASKED_YES));
}

/* The first one of that state from a place on that the case does not pass by; -1: none. */
int who_comes_to(const struct oracle *o, const struct tale *t, enum state state, int place, uint32_t *skipped)
{
    int count;
    const struct route_node *route = route_of(o, &count), *node;
    for (; (node = who_node_at(o, state, place)) != NULL; place++) {
        if (meets(node, t)) {
            return place;
        }
        if (skipped != NULL) {
            *skipped |= 1u << (node - route);
        }
    }
    return -1;
}

const struct route_node *who_evades(const struct oracle *o, const struct tale *t, int64_t amount)
{
    struct tale with = *t;
    with.amount = amount;
    int count;
    const struct route_node *route = route_of(o, &count);
    for (int i = 0; i < count; i++) {
        if (!route[i].automatic && !meets(&route[i], t) && meets(&route[i], &with)) {
            return &route[i];
        }
    }
    return NULL;
}

bool who_turn(const struct oracle *o, const struct tale *t, int32_t *unit, enum role *role)
{
    const struct route_node *node = who_node(o, t);
    *unit = 0;
    *role = ROLE_NONE;
    if (node != NULL) {
        *role = node->role;
    } else if (t->state == STATE_RETURNED || t->state == STATE_APPROVED) {
        *role = ROLE_SUBMITTER;
    } else {
        return false;
    }
    *unit = *role == ROLE_SUBMITTER ? B11 : *role == ROLE_VERIFIER ? R1 : HQ;
    return true;
}

/* The level that a decision needs by the matrix. */
static enum job_level matrix_level(const struct oracle *o, const struct tale *t)
{
    enum job_level least = o->policy->authority_count == 0 ? JOB_LEVEL_CLERK : JOB_LEVEL_DIRECTOR + 1;
    for (int i = 0; i < o->policy->authority_count; i++) {
        const struct authority *row = &o->policy->authority[i];
        bool names = jump_of(t) <= row->jump && (row->kinds & 1u << people_kind(t->from, t->to)) != 0;
        bool small = row->limit == 0 || (t->amount >= 0 && t->amount <= row->limit);
        least = names && small && row->level < least ? row->level : least;
    }
    return least;
}

/* The level for the last node of an approver that the case comes to; at others no authority is asked for. */
enum job_level who_authority(const struct oracle *o, const struct tale *t)
{
    const struct route_node *node = who_node(o, t);
    if (node == NULL || node->role != ROLE_APPROVER) {
        return JOB_LEVEL_CLERK;
    }
    for (int place = t->place + 1; (node = who_node_at(o, t->state, place)) != NULL; place++) {
        if (node->role == ROLE_APPROVER && !node->automatic && meets(node, t)) {
            return JOB_LEVEL_CLERK;
        }
    }
    return matrix_level(o, t);
}

/* ---- who ---- */

uint32_t who_bits(const struct hand *hand)
{
    return people_bit(hand->id) | people_bit(hand->acts_for);
}

/* Is he, or the one he acts for, one of these people, or tied to one of them by a delegation? */
bool who_same(const struct oracle *o, const struct hand *hand, uint32_t people)
{
    if ((people & who_bits(hand)) != 0) {
        return true;
    }
    for (int id = 1; people >> id != 0; id++) {
        bool one = (people & people_bit(id)) != 0;
        if (one && (people_tied(o->org, o->now, hand->id, id) ||
                    (hand->acts_for != 0 && people_tied(o->org, o->now, hand->acts_for, id)))) {
            return true;
        }
    }
    return false;
}

uint32_t who_signed(const struct tale *t)
{
    uint32_t people = 0;
    for (int place = 0; place < ROUTE_PLACES; place++) {
        people |= t->signed_at[place];
    }
    return people;
}

/* Who has signed in the running state, for himself or another. */
bool who_has_signed(const struct tale *t, const struct hand *hand)
{
    return who_signs_in(t->state) && (who_signed(t) & who_bits(hand)) != 0;
}

/* Four eyes: whoever entered or verified it, or assessed the customer, does not judge it; in submitted, who only
 * verified it does. */
bool who_is_hand(const struct oracle *o, const struct tale *t, const struct hand *hand)
{
    uint32_t barring = t->entered | people_bit(t->assessed) | people_bit(t->assessed_then) |
                       (t->state == STATE_SUBMITTED ? 0 : t->verified);
    return who_same(o, hand, barring);
}

/* In whose name he signs. */
int who_name(const struct hand *hand)
{
    return hand->acts_for != 0 ? hand->acts_for : hand->id;
}

bool who_countersigns(const struct tale *t, const struct hand *hand)
{
    return (t->countersigners & people_bit(who_name(hand))) != 0;
}

bool who_is_named(const struct oracle *o, const struct tale *t, const struct route_node *node, const struct hand *hand)
{
    if (node->own_manager) {
        return t->manager != 0 && t->manager == who_name(hand);
    }
    for (int i = 0; i < node->person_count; i++) {
        if (strcmp(node->persons[i], people_of(o->org, who_name(hand))->login) == 0) {
            return true;
        }
    }
    return node->person_count == 0;
}

int who_number(uint32_t bits)
{
    return __builtin_popcount(bits);
}

/* Room for one more and the one acted for: 32 signers in a state; those of the region are hands as well. */
bool who_has_room(const struct tale *t, const struct hand *hand)
{
    int hands = who_number(t->entered | t->verified | who_bits(hand)) + t->other_hands;
    return who_number(who_signed(t)) + t->other_signers <= 30 && (t->state != STATE_SUBMITTED || hands <= 32);
}

/* The node waits for his signature among others'. */
static bool node_wants(const struct oracle *o, const struct tale *t, const struct hand *hand)
{
    const struct route_node *node = who_node(o, t);
    if (who_countersigns(t, hand)) {
        return true;
    }
    bool open = node->need == 0 || t->own < node->need || t->countersigners == 0;
    return open && hand->level >= node->level && who_is_named(o, t, node, hand);
}

/* He has signed the node, as himself, and nobody else needs to any more. */
bool who_may_end(const struct oracle *o, const struct tale *t, const struct hand *hand)
{
    return hand->acts_for == 0 && (t->signed_at[t->place] & people_bit(hand->id)) != 0 && who_has_all(o, t);
}

/* Can he take the step that the case waits for, whoever has claimed it? `anew`: as one who has not signed it. */
bool who_can(const struct oracle *o, const struct tale *t, const struct hand *hand, bool anew)
{
    int32_t unit;
    enum role role;
    if (!who_turn(o, t, &unit, &role) || hand->disabled || hand->unit != unit || (hand->roles & 1u << role) == 0 ||
        hand->level < JOB_LEVEL_SUPERVISOR) {
        return false;
    }
    if (who_node(o, t) == NULL) {
        return true;
    }
    if (who_is_hand(o, t, hand)) {
        return false;
    }
    if (who_has_signed(t, hand)) {
        return !anew && hand->level >= who_authority(o, t) && who_may_end(o, t, hand);
    }
    return !who_same(o, hand, who_signed(t)) && node_wants(o, t, hand) && hand->level >= who_authority(o, t) &&
           who_has_room(t, hand);
}

static bool signs_with_others(const struct oracle *o, const struct tale *t, const struct hand *hand, int number)
{
    struct tale then = *t;
    then.signed_at[t->place] |= who_bits(hand);
    return who_can(o, t, hand, true) && who_suffice(o, &then, number - 1);
}

/* Tries them in every order, as themselves and by every delegation for such cases. */
bool who_suffice(const struct oracle *o, const struct tale *t, int number)
{
    bool enough = number <= 0;
    for (size_t i = 0; i < o->org->user_count && !enough; i++) {
        const struct user *user = &o->org->users[i];
        struct hand hand = people_himself(user);
        enough = signs_with_others(o, t, &hand, number);
        for (size_t j = 0; j < o->org->delegation_count && !enough; j++) {
            const struct delegation *row = &o->org->delegations[j];
            enough = row->substitute == user->id && people_by(o->org, o->now, row, &hand) &&
                     people_is_for(row, people_kind(t->from, t->to), t->amount) &&
                     signs_with_others(o, t, &hand, number);
        }
    }
    return enough;
}

/* The node has the signatures that it needs; those of countersigners, and of one of all, as long as they can come. */
bool who_has_all(const struct oracle *o, const struct tale *t)
{
    const struct route_node *node = who_node(o, t);
    if (t->own < node->need) {
        return false;
    }
    return (node->need > 0 && t->countersigners == 0) || !who_suffice(o, t, 1);
}

/* Who has claimed it, as long as he can act himself; 0: nobody. */
int who_claims(const struct oracle *o, const struct tale *t)
{
    struct hand hand = {0};
    if (t->claimed != 0) {
        hand = people_himself(people_of(o->org, t->claimed));
    }
    return t->claimed != 0 && who_can(o, t, &hand, false) ? t->claimed : 0;
}
