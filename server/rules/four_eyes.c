/* Who has a hand in a case, and whom that bars from judging it. */
#include "server/rules/four_eyes.h"

#include "common/check.h"
#include "server/rules/delegation.h"
#include "server/rules/route.h"

bool four_eyes_in_hands(const struct application *application, int64_t user_id)
{
    for (int i = 0; i < application->hand_count; i++) {
        if (application->hands[i] == user_id) {
            return true;
        }
    }
    return false;
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
    for (int i = 0; i < application->verifier_count; i++) {
        if (application->verifiers[i] == user_id) {
            return true;
        }
    }
    return false;
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

bool four_eyes_bar(const struct organisation *org, int64_t now, const struct application *application,
                   int64_t assessed_by, const struct user *user, enum event_kind action)
{
    CHECK(application != NULL && application->hand_count >= 0 && application->hand_count <= HANDS_MAX);
    if (!route_judges(action)) {
        return false;
    }
    if (four_eyes_same_hand(org, now, user, assessed_by) ||
        four_eyes_same_hand(org, now, user, application->assessed_by)) {
        return true;
    }
    /* Who has only verified before may judge the corrected case again before the decision. */
    bool at_region = application->state == STATE_SUBMITTED;
    for (int i = 0; i < application->hand_count; i++) {
        int64_t hand = application->hands[i];
        if (!(at_region && four_eyes_only_verified(application, hand)) && four_eyes_same_hand(org, now, user, hand)) {
            return true;
        }
    }
    return false;
}
