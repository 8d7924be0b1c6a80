/* Who gives an opinion by RULES.md, and whose is waited for. */
#include "tests/rules/route_opinion.h"

#include <string.h>

#include "tests/rules/fixture.h"
#include "tests/rules/route_rights.h"
#include "tests/rules/route_who.h"

/* Has he a role in cases, and sees this one: a supervisor at least of the branch, its region or HQ? */
static bool may_see(const struct hand *hand)
{
    uint32_t roles = 1u << ROLE_SUBMITTER | 1u << ROLE_VERIFIER | 1u << ROLE_APPROVER | 1u << ROLE_CMO;
    bool above = hand->unit == B11 || hand->unit == R1 || hand->unit == HQ;
    return above && !hand->disabled && hand->level >= JOB_LEVEL_SUPERVISOR && (hand->roles & roles) != 0;
}

/* Are there enough to sign a node of the decision, now and without him, when he is one of those who have verified? */
static bool too_few_without(const struct oracle *o, const struct tale *t, const struct hand *hand, int place)
{
    const struct route_node *node = who_node_at(o, STATE_VERIFIED, place);
    struct tale now = *t;
    now.state = STATE_VERIFIED;
    now.place = place;
    now.own = now.claimed = now.other_signers = 0;
    now.countersigners = 0;
    memset(now.signed_at, 0, sizeof now.signed_at);
    now.finding = node->doubtful == ASKED_YES ? FINDING_DOUBTFUL : FINDING_CONFIRMED; /* what it may come to */
    if (node->automatic || who_comes_to(o, &now, STATE_VERIFIED, place, NULL) != place) {
        return false;
    }
    int need = node->need > 0 ? node->need : 1;
    struct tale then = now;
    then.verified |= who_bits(hand) & ~now.entered;
    return who_suffice(o, &now, need) && !who_suffice(o, &then, need);
}

/* Before the decision he is one of its hands then. */
bool opinion_may_give(const struct oracle *o, const struct tale *t, const struct hand *hand, const char *field,
                      struct answer *out)
{
    const char *login = people_of(o->org, hand->id)->login;
    if (!may_see(hand)) {
        return rights_no(out, REASON_CANNOT_ASSIST, field, "login", login);
    }
    if (!rights_other_eyes(o, t, hand, true, out)) {
        out->field = field;
        return false;
    }
    if (t->state != STATE_SUBMITTED) {
        return true;
    }
    if (who_number(t->entered | t->verified | who_bits(hand)) + t->other_hands > 32) {
        return rights_no_limit(out, REASON_TOO_MANY_HANDS, "application", 32);
    }
    for (int place = 0; who_node_at(o, STATE_VERIFIED, place) != NULL; place++) {
        if (too_few_without(o, t, hand, place)) {
            return rights_no(out, REASON_TOO_FEW_OTHERS, field, "login", login);
        }
    }
    return true;
}

int opinion_awaited(const struct oracle *o, const struct tale *t)
{
    struct answer ignored = {.after = *t};
    if (t->asked == 0) {
        return 0;
    }
    struct hand hand = people_himself(people_of(o->org, t->asked));
    bool can = opinion_may_give(o, t, &hand, NULL, &ignored);
    for (size_t i = 0; i < o->org->delegation_count && !can; i++) {
        const struct delegation *row = &o->org->delegations[i];
        can = row->delegator == t->asked && people_by(o->org, o->now, row, &hand) &&
              people_is_for(row, people_kind(t->from, t->to), t->amount) &&
              opinion_may_give(o, t, &hand, NULL, &ignored);
    }
    return can ? t->asked : 0;
}
