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

bool four_eyes_verified_last(const struct application *application, int64_t user_id)
{
    return user_id == application->verified_by || user_id == application->verified_for;
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
    /* Who verified before may judge the corrected case again at the region: that is no decision. */
    bool at_region = application->state == STATE_SUBMITTED;
    for (int i = 0; i < application->hand_count; i++) {
        int64_t hand = application->hands[i];
        if (!(at_region && four_eyes_verified_last(application, hand)) && four_eyes_same_hand(org, now, user, hand)) {
            return true;
        }
    }
    return false;
}
