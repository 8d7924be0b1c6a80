/* Claims, countersigners and opinions by RULES.md. */
#include "tests/rules/fixture.h"
#include "tests/rules/route_opinion.h"
#include "tests/rules/route_rights.h"
#include "tests/rules/route_who.h"
#include "tests/rules/table.h"

static bool nothing(struct answer *out, const char *field)
{
    return rights_no(out, REASON_NOTHING_TO_CHANGE, field, NULL, NULL);
}

static bool is_claimed(const struct oracle *o, int by, struct answer *out)
{
    return rights_no(out, REASON_CLAIMED, NULL, "login", people_of(o->org, by)->login);
}

static bool cannot(const struct oracle *o, const char *field, int64_t id, struct answer *out)
{
    return rights_no(out, REASON_CANNOT_ACT, field, "login", people_of(o->org, (int)id)->login);
}

/* Why he cannot take it, whoever has claimed it: the same who find it on their desks may take it. */
static bool may_act(const struct oracle *o, const struct tale *t, const struct hand *hand, struct answer *out)
{
    bool may = oracle_may_act(o, t, hand, out);
    assert_int_equal(may, who_can(o, t, hand, false));
    return may;
}

/* Can he take it, as it is claimed? */
static bool can_now(const struct oracle *o, const struct tale *t, const struct hand *hand, struct answer *out)
{
    int by = who_claims(o, t);
    bool others = by != 0 && by != hand->id && by != hand->acts_for;
    return others ? is_claimed(o, by, out) : may_act(o, t, hand, out);
}

/* Who gets the step himself, decides without his opinion. */
static void hand_to(struct tale *t, int id)
{
    t->claimed = id;
    t->asked = t->asked == id ? 0 : t->asked;
}

/* Is the step his: has he claimed it, or can he take it and nobody has? */
static bool is_his(const struct oracle *o, const struct tale *t, const struct hand *hand, struct answer *out)
{
    int by = who_claims(o, t);
    if (by != 0) {
        return by == who_name(hand) || is_claimed(o, by, out);
    }
    return may_act(o, t, hand, out);
}

static bool claim(const struct oracle *o, const struct hand *hand, struct answer *out)
{
    int by = who_claims(o, &out->after);
    if (by != 0) {
        return by == who_name(hand) ? nothing(out, NULL) : is_claimed(o, by, out);
    }
    if (!may_act(o, &out->after, hand, out)) {
        return false;
    }
    hand_to(&out->after, who_name(hand));
    return true;
}

static bool release(const struct oracle *o, const struct hand *hand, bool head, struct answer *out)
{
    struct tale *t = &out->after;
    if (t->claimed == 0) {
        return rights_no(out, REASON_NOT_CLAIMED, NULL, NULL, NULL);
    }
    bool idle = who_claims(o, t) == 0 && who_can(o, t, hand, false);
    if (t->claimed != who_name(hand) && !idle && !head) {
        return is_claimed(o, t->claimed, out);
    }
    t->claimed = 0;
    return true;
}

static bool transfer(const struct oracle *o, const struct hand *hand, bool head, const struct user *to,
                     struct answer *out)
{
    struct tale *t = &out->after;
    if (!head && !is_his(o, t, hand, out)) {
        return false;
    }
    if (who_claims(o, t) == to->id) {
        return nothing(out, "to");
    }
    const struct hand other = people_himself(to);
    if (!who_can(o, t, &other, false)) {
        return cannot(o, "to", to->id, out);
    }
    hand_to(t, (int)to->id);
    return true;
}

/* Can others than the countersigners give what the node needs of its own? */
static bool enough_others(const struct oracle *o, const struct tale *t)
{
    struct tale alone = *t;
    alone.signed_at[t->place] |= t->countersigners;
    alone.countersigners = 0;
    int missing = who_node(o, t)->need - t->own;
    return who_suffice(o, &alone, missing);
}

static bool add(const struct oracle *o, const struct hand *hand, const struct user *to, struct answer *out)
{
    struct tale with = out->after;
    const struct hand other = people_himself(to);
    if (!can_now(o, &out->after, hand, out)) {
        return false;
    }
    if ((who_bits(hand) & people_bit(other.id)) != 0) {
        return rights_no(out, REASON_FIELD_INVALID, "add", "rule", "another than whoever asks");
    }
    if ((with.countersigners & people_bit(other.id)) != 0) {
        return nothing(out, "add");
    }
    with.countersigners |= people_bit(other.id);
    if (!who_can(o, &with, &other, true)) {
        return cannot(o, "add", other.id, out);
    }
    if (!enough_others(o, &with)) {
        return rights_no(out, REASON_TOO_FEW_OTHERS, "add", "login", to->login);
    }
    out->after = with;
    return true;
}

static bool drop(const struct oracle *o, const struct hand *hand, bool head, const struct user *to, struct answer *out)
{
    struct tale *t = &out->after;
    if (!head && !who_has_signed(t, hand) && !can_now(o, t, hand, out)) {
        return false;
    }
    if ((t->countersigners & people_bit((int)to->id)) == 0) {
        return nothing(out, "drop");
    }
    t->countersigners &= ~people_bit((int)to->id);
    return true;
}

/* ---- opinions ---- */

static bool ask(const struct oracle *o, const struct hand *hand, const struct user *to, struct answer *out)
{
    struct tale *t = &out->after;
    if (!is_his(o, t, hand, out)) {
        return false;
    }
    int awaited = opinion_awaited(o, t);
    if (awaited != 0) {
        return rights_no(out, REASON_OPINION_AWAITED, NULL, "login", people_of(o->org, awaited)->login);
    }
    if (to == NULL) {
        return rights_no(out, REASON_NOT_FOUND, "to", NULL, NULL);
    }
    const struct hand other = people_himself(to);
    if ((who_bits(hand) & people_bit(other.id)) != 0) {
        return rights_no(out, REASON_FIELD_INVALID, "to", "rule", "another than whoever asks");
    }
    if (!opinion_may_give(o, t, &other, "to", out)) {
        return false;
    }
    t->asked = other.id;
    t->claimed = who_name(hand);
    return true;
}

static bool call_back(const struct oracle *o, const struct hand *hand, bool head, struct answer *out)
{
    if (out->after.asked == 0) {
        return rights_no(out, REASON_NO_OPINION_ASKED, NULL, NULL, NULL);
    }
    if (!head && !is_his(o, &out->after, hand, out)) {
        return false;
    }
    out->after.asked = 0;
    return true;
}

static bool give(const struct oracle *o, const struct hand *hand, struct answer *out)
{
    struct tale *t = &out->after;
    if (t->asked == 0) {
        return rights_no(out, REASON_NO_OPINION_ASKED, NULL, NULL, NULL);
    }
    if (t->asked != who_name(hand)) {
        return rights_no(out, REASON_NOT_ASKED, NULL, "login", people_of(o->org, t->asked)->login);
    }
    if (!opinion_may_give(o, t, hand, NULL, out)) {
        return false;
    }
    if (t->state == STATE_SUBMITTED) {
        t->verified |= who_bits(hand) & ~t->entered;
        t->authors |= who_bits(hand);
    }
    t->asked = 0;
    return true;
}

static void of_opinions(const struct oracle *o, enum oracle_operation op, const struct hand *hand, bool head,
                        const struct user *to, struct answer *out)
{
    if (op == OP_ASK) {
        (void)ask(o, hand, to, out);
    } else if (op == OP_CALL_BACK) {
        (void)call_back(o, hand, head, out);
    } else {
        (void)give(o, hand, out);
    }
}

void oracle_desk(const struct oracle *o, const struct tale *t, const struct user *user, const char *acting_for,
                 enum oracle_operation op, const struct user *to, struct answer *out)
{
    struct hand hand;
    int32_t unit;
    enum role role;
    *out = (struct answer){.after = *t};
    if (!rights_allowed(o, t, user, acting_for, op, &hand, out) ||
        !rights_covered(o, &hand, t->from, t->to, t->amount, out)) {
        return;
    }
    bool waits = op >= OP_ADD ? who_signs_in(t->state) : who_turn(o, t, &unit, &role);
    if (!waits && op != OP_CALL_BACK && op != OP_GIVE) { /* nobody has been asked then */
        bool over = t->state != STATE_RETURNED;
        rights_no(out, over ? REASON_ALREADY_DECIDED : REASON_STATE_CHANGED, NULL, "state",
                  word_name(words_state, (int)t->state));
        return;
    }
    (void)who_turn(o, t, &unit, &role);
    bool asks = op == OP_CLAIM || op == OP_ADD || op == OP_ASK; /* to which a head has no right of his own */
    bool head = !asks && people_is_head(o->org, unit, &hand);
    switch ((int)op) {
    case OP_CLAIM:
        (void)claim(o, &hand, out);
        break;
    case OP_RELEASE:
        (void)release(o, &hand, head, out);
        break;
    case OP_TRANSFER:
        (void)transfer(o, &hand, head, to, out);
        break;
    case OP_ADD:
        (void)add(o, &hand, to, out);
        break;
    case OP_DROP:
        (void)drop(o, &hand, head, to, out);
        break;
    default:
        of_opinions(o, op, &hand, head, to, out);
    }
}
