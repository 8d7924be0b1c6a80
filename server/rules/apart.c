/* People who can act and are not the same. */
#include "server/rules/apart.h"

#include "common/check.h"
#include "server/rules/four_eyes.h"

/* Those who can act, each as himself or else for whomever he can act: the vertices of a graph. */
struct hands {
    struct user of[APART_MAX];
    size_t count;
    uint64_t tied[APART_MAX]; /* of each, who is the same as he: the edges */
};

static bool same(const struct holders_case *c, const struct user *one, const struct user *other)
{
    return four_eyes_same_hand(c->org, c->now, one, other->id) ||
           four_eyes_same_hand(c->org, c->now, one, other->acts_for);
}

static void connect(const struct holders_case *c, struct hands *hands)
{
    for (size_t i = 0; i < hands->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same(c, &hands->of[i], &hands->of[j])) {
                hands->tied[i] |= UINT64_C(1) << j;
                hands->tied[j] |= UINT64_C(1) << i;
            }
        }
    }
}

/* The first of `left` who is tied to one of them at most, so that nothing is lost by taking him; else the one who is
 * tied to most. */
static int next_of(const struct hands *hands, uint64_t left, bool *sure)
{
    int most = -1, ties_of_most = -1;
    for (uint64_t rest = left; rest != 0; rest &= rest - 1) {
        int i = __builtin_ctzll(rest);
        int ties = __builtin_popcountll(hands->tied[i] & left);
        if (ties <= 1) {
            *sure = true;
            return i;
        }
        if (ties > ties_of_most) {
            most = i;
            ties_of_most = ties;
        }
    }
    *sure = false;
    return most;
}

/* Are there `number` of `left` of whom no two are tied? */
static bool has_apart(const struct hands *hands, uint64_t left, int number)
{
    while (number > 0 && __builtin_popcountll(left) >= number) {
        bool sure;
        int i = next_of(hands, left, &sure);
        uint64_t one = UINT64_C(1) << i;
        if (!sure && has_apart(hands, left & ~one & ~hands->tied[i], number - 1)) {
            return true;
        }
        left &= ~one;
        if (sure) {
            left &= ~hands->tied[i];
            number--;
        }
    }
    return number <= 0;
}

/* Whoever can, as long as he is not the same as one taken before. */
static size_t first_to_come(const struct holders_case *c, const struct hands *hands, size_t enough)
{
    const struct user *taken[APART_MAX];
    size_t count = 0;
    for (size_t i = 0; i < hands->count && count < enough; i++) {
        bool apart = true;
        for (size_t j = 0; j < count && apart; j++) {
            apart = !same(c, &hands->of[i], taken[j]);
        }
        if (apart) {
            taken[count++] = &hands->of[i];
        }
    }
    return count;
}

size_t apart_count(const struct holders_case *c, size_t enough)
{
    struct hands hands = {.count = 0};
    CHECK(enough <= APART_MAX);
    hands.count = holders_hands(c, hands.of, enough);
    size_t count = first_to_come(c, &hands, enough);
    if (count < enough && hands.count == enough) {
        hands.count = holders_hands(c, hands.of, APART_MAX);
        count = first_to_come(c, &hands, enough);
    }
    if (count == enough || count == hands.count) {
        return count;
    }
    connect(c, &hands);
    uint64_t all = UINT64_MAX >> (APART_MAX - hands.count);
    while (count < enough && has_apart(&hands, all, (int)count + 1)) {
        count++;
    }
    return count;
}
