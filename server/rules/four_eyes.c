/* Who has a hand in a case, and whom that bars from judging it. */
#include "server/rules/four_eyes.h"

#include "common/check.h"
#include "server/rules/delegation.h"
#include "server/rules/ids.h"
#include "server/rules/route.h"

/* Is he among those who entered, edited or verified it? */
static bool is_in_hands(const struct application *application, int64_t user_id)
{
    return ids_have(application->hands, application->hand_count, user_id);
}

bool four_eyes_same_hand(const struct organisation *org, int64_t now, const struct user *user, int64_t other)
{
    if (other == 0) {
        return false;
    }
    return other == user->id || other == user->acts_for || delegation_ties(org, user->id, other, now) ||
           (user->acts_for != 0 && delegation_ties(org, user->acts_for, other, now));
}

bool four_eyes_only_verified(const struct application *application, int64_t user_id)
{
    return ids_have(application->verifiers, application->verifier_count, user_id);
}

static void add_hand(struct application *application, int64_t user_id)
{
    ids_add(application->hands, &application->hand_count, HANDS_MAX, user_id);
}

static void enter(struct application *application, int64_t user_id)
{
    add_hand(application, user_id);
    ids_remove(application->verifiers, &application->verifier_count, user_id);
}

void four_eyes_enter(const struct user *user, struct application *application)
{
    enter(application, user->id);
    enter(application, user->acts_for);
}

static void verify(struct application *application, int64_t user_id)
{
    if (!is_in_hands(application, user_id)) {
        ids_add(application->verifiers, &application->verifier_count, HANDS_MAX, user_id);
    }
    add_hand(application, user_id);
}

void four_eyes_verify(const struct user *user, struct application *application)
{
    verify(application, user->id);
    verify(application, user->acts_for);
}

bool four_eyes_has_room(const struct application *application, const struct user *user)
{
    int more = !is_in_hands(application, user->id) + (user->acts_for != 0 && !is_in_hands(application, user->acts_for));
    return application->hand_count + more <= HANDS_MAX;
}

bool four_eyes_signed(const struct organisation *org, int64_t now, const struct application *application,
                      const struct user *user)
{
    for (int i = 0; route_signed(application->state) && i < application->signer_count; i++) {
        if (four_eyes_same_hand(org, now, user, application->signers[i])) {
            return true;
        }
    }
    return false;
}

/* Who has only verified before may judge the corrected case again before the decision. */
static bool bars_by_hand(const struct application *application, int64_t hand)
{
    return application->state != STATE_SUBMITTED || !four_eyes_only_verified(application, hand);
}

/* The first by id of these, none of whom is he, who is the same as he; `first`: of those before, 0: none. */
static int64_t first_tied(const struct organisation *org, int64_t now, const struct user *user, const int64_t *ids,
                          int count, int64_t first)
{
    for (int i = 0; i < count; i++) {
        bool earlier = first == 0 || ids[i] < first;
        first = earlier && four_eyes_same_hand(org, now, user, ids[i]) ? ids[i] : first;
    }
    return first;
}

static struct refusal refuse_tied(const struct organisation *org, int64_t tied)
{
    const struct user *other = tied == 0 ? NULL : user_by_id(org, tied);
    return tied == 0 ? refusal_of(REASON_NONE, NULL, NULL, NULL)
                     : refusal_of(REASON_TIED_TO_HAND, NULL, "login", other == NULL ? NULL : other->login);
}

struct refusal four_eyes_not_by(const struct organisation *org, int64_t now, const struct user *user,
                                const int64_t *doers, int count, enum reason own)
{
    return ids_have(doers, count, user->id) ? refusal_of(own, NULL, NULL, NULL)
                                            : refuse_tied(org, first_tied(org, now, user, doers, count, 0));
}

/* Of these hands of the case, and its assessors and signers. */
static struct refusal refuse_by(const struct organisation *org, int64_t now, const struct application *application,
                                int64_t assessed_by, const struct user *user, const int64_t *hands, int count,
                                bool signers)
{
    const int64_t assessors[] = {assessed_by, application->assessed_by};
    if (ids_have(hands, count, user->id)) {
        return refusal_of(REASON_OWN_CASE, NULL, NULL, NULL);
    }
    if (ids_have(assessors, 2, user->id)) {
        return refusal_of(REASON_OWN_ASSESSMENT, NULL, NULL, NULL);
    }
    int64_t tied = first_tied(org, now, user, hands, count, first_tied(org, now, user, assessors, 2, 0));
    if (signers && route_signed(application->state)) {
        tied = first_tied(org, now, user, application->signers, application->signer_count, tied);
    }
    return refuse_tied(org, tied);
}

struct refusal four_eyes_refusal(const struct organisation *org, int64_t now, const struct application *application,
                                 int64_t assessed_by, const struct user *user, bool signers)
{
    CHECK(application != NULL && application->hand_count >= 0 && application->hand_count <= HANDS_MAX);
    int64_t hands[HANDS_MAX];
    int count = 0;
    for (int i = 0; i < application->hand_count; i++) {
        if (bars_by_hand(application, application->hands[i])) {
            hands[count++] = application->hands[i];
        }
    }
    return refuse_by(org, now, application, assessed_by, user, hands, count, signers);
}

struct refusal four_eyes_outsider(const struct organisation *org, int64_t now, const struct application *application,
                                  int64_t assessed_by, const struct user *user)
{
    return refuse_by(org, now, application, assessed_by, user, application->hands, application->hand_count, true);
}

bool four_eyes_bar(const struct organisation *org, int64_t now, const struct application *application,
                   int64_t assessed_by, const struct user *user)
{
    return four_eyes_refusal(org, now, application, assessed_by, user, false).reason != REASON_NONE;
}
