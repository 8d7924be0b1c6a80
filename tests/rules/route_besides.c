/* What a situation may be besides: somebody is away, it is claimed, assessed since, as full as can be. */
#include "tests/rules/route_walk.h"

#include <string.h>

#include "server/rules/right.h"
#include "tests/rules/fixture.h"
#include "tests/rules/route_who.h"

/* Somebody is away: his place is empty, and everybody else asks. */
static void ask_while_one_is_away(struct walk *w)
{
    for (int i = 0; i < PEOPLE; i++) {
        uint32_t him = people_bit(i + 1);
        const struct tale *t = &w->scene.at->tale;
        if ((him & (who_signed(t) | t->countersigners | people_bit(t->manager) | people_bit(t->asked) |
                    people_bit(w->scene.form->opinion_of))) == 0) {
            continue;
        }
        w->users[i].disabled = true;
        ask_as_they_are(w, false);
        ask_at_desk(w);
        w->users[i].disabled = false;
    }
}

static void ask_there(struct walk *w, const struct situation *situation, const char *overlay, bool at_desk)
{
    const struct situation *before = w->scene.at;
    w->scene.at = situation;
    w->scene.overlay = overlay;
    ask_as_they_are(w, false);
    if (at_desk) {
        ask_at_desk(w);
    }
    w->scene.at = before;
    w->scene.overlay = "";
}

static int first_who_can(const struct walk *w)
{
    for (int id = 1; id <= PEOPLE; id++) {
        const struct hand hand = people_himself(&w->users[id - 1]);
        if (who_can(&w->scene.oracle, &w->scene.at->tale, &hand, false)) {
            return id;
        }
    }
    return 0;
}

/* By the first one who can act, by the last one, and by one who cannot. */
static void ask_claimed(struct walk *w)
{
    int first = first_who_can(w), last = 0, other = 0;
    for (int id = 1; id <= PEOPLE; id++) {
        const struct hand hand = people_himself(&w->users[id - 1]);
        bool can = who_can(&w->scene.oracle, &w->scene.at->tale, &hand, false);
        last = can ? id : last;
        other = can ? other : id;
    }
    const int ids[] = {first, last, other};
    for (int i = 0; i < 3; i++) {
        struct situation claimed = *w->scene.at;
        claimed.tale.claimed = ids[i];
        claimed.application.claimed_by = ids[i];
        if (ids[i] != 0) {
            ask_there(w, &claimed, ", claimed", true);
        }
    }
}

/* Somebody has been asked for his opinion by the first one who can act: in forms that walk opinions everybody in turn,
 * and by one who cannot any more, too. */
static void ask_asked(struct walk *w)
{
    bool all = w->scene.form->opinion_of != 0;
    int first = first_who_can(w);
    for (int id = 1; id <= PEOPLE; id++) {
        struct situation asked = *w->scene.at;
        asked.tale.asked = id;
        asked.application.assistant = id;
        if (all) {
            ask_there(w, &asked, ", asked for an opinion", id == APP2);
        }
        asked.tale.claimed = first;
        asked.application.claimed_by = first;
        if ((all && id != first) || id == APP2) {
            ask_there(w, &asked, ", asked for an opinion by one who claims it", true);
        }
    }
}

static void ask_assessed_since(struct walk *w)
{
    static const int assessors[] = {SUB2, VER2, APP3, CMO1};
    for (size_t i = 0; i < sizeof assessors / sizeof assessors[0]; i++) {
        struct situation assessed = *w->scene.at;
        assessed.tale.assessed = assessors[i];
        assessed.customer.assessed_by = assessors[i];
        ask_there(w, &assessed, ", assessed since", i == 1);
    }
}

/* The file names another one, or nobody: everybody but who it names so far. */
static void ask_managed(struct walk *w)
{
    int named = w->scene.at->tale.manager;
    for (int id = 0; id <= PEOPLE; id++) {
        struct situation managed = *w->scene.at;
        managed.tale.manager = id;
        managed.customer.managed_by = id;
        if (id != named) {
            ask_there(w, &managed, ", of another manager", true);
        }
    }
}

/* He has been moved, or has lost his role or his level. */
static void ask_while_elsewhere(struct walk *w, int id)
{
    struct user *user = &w->users[id - 1];
    const struct user before = *user;
    const struct user others[] = {
        {.unit_id = B12, .level = before.level, .roles = before.roles},
        {.unit_id = before.unit_id == HQ ? R1 : HQ, .level = before.level, .roles = before.roles},
        {.unit_id = before.unit_id, .level = JOB_LEVEL_CLERK, .roles = before.roles},
        {.unit_id = before.unit_id, .level = before.level, .roles = 1u << ROLE_AUDITOR},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        user->unit_id = others[i].unit_id;
        user->level = others[i].level;
        user->roles = others[i].roles;
        ask_there(w, w->scene.at, ", one of its people elsewhere", true);
        *user = before;
    }
}

/* Trades have come in since: who submits or resubmits for another grade, has another amount; no other case has. */
static void ask_after_new_trades(struct walk *w)
{
    static const struct money volumes[] = {
        {0}, {5 * (int64_t)ROUTE_BOUND, "USD"}, {INT64_MAX, "CNY"}, {0, "CNY"}, {7 * (int64_t)ROUTE_BOUND, "CNY"}};
    const struct situation *before = w->scene.at;
    bool asks = before->tale.version == 0 || before->tale.state == STATE_RETURNED;
    for (size_t i = 0; i < (asks ? sizeof volumes / sizeof volumes[0] : 1); i++) {
        struct situation since = *before;
        bool known = strcmp(volumes[i].currency, "CNY") == 0;
        since.tale.volume = known ? volumes[i].minor : -1;
        since.customer.evaluation.volume = volumes[i];
        ask_there(w, &since, ", with other trades", false);
        w->scene.at = &since;
        ask_in_all_ways(w, before->tale.version == 0 ? EVENT_SUBMIT : EVENT_RESUBMIT);
        w->scene.at = before;
    }
}

static void fill(int64_t *ids, int *count, int most, int *others)
{
    for (; *count < most; ++*others) {
        ids[*count] = 100 + *count;
        ++*count;
    }
}

/* As many steps, hands, and signers as a case can have. */
static void ask_at_the_limits(struct walk *w)
{
    struct situation full = *w->scene.at;
    full.tale.version = full.application.version = STEPS_MAX;
    ask_there(w, &full, ", at its last step", false);
    for (int most = HANDS_MAX - 1; most <= HANDS_MAX; most++) {
        full = *w->scene.at;
        fill(full.application.hands, &full.application.hand_count, most, &full.tale.other_hands);
        ask_there(w, &full, ", full of hands", w->scene.form->opinion_of != 0);
    }
    for (int most = HANDS_MAX - 3; who_signs_in(full.tale.state) && most <= HANDS_MAX - 1; most++) {
        full = *w->scene.at;
        fill(full.application.signers, &full.application.signer_count, most, &full.tale.other_signers);
        ask_there(w, &full, ", full of signers", most == HANDS_MAX - 1);
    }
}

void ask_besides(struct walk *w)
{
    ask_while_one_is_away(w);
    if (w->scene.at->tale.version != 0) {
        ask_claimed(w);
        ask_assessed_since(w);
        ask_at_the_limits(w);
    }
    if (who_signs_in(w->scene.at->tale.state) && w->scene.at->tale.asked == 0) {
        ask_asked(w);
    }
    if (w->scene.at->tale.asked != 0) {
        ask_while_elsewhere(w, w->scene.at->tale.asked);
    }
    if (w->scene.form->by_amount) {
        ask_after_new_trades(w);
    }
    const struct route_node *node = who_node(&w->scene.oracle, &w->scene.at->tale);
    if (node != NULL && node->own_manager) {
        ask_managed(w);
        ask_while_elsewhere(w, w->scene.at->tale.manager);
    }
}
