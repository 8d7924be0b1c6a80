/* The people of the product of route forms, by RULES.md: units, delegations, heads. People are bits 1 << id; ids run
 * from 1 without a gap, below 32. */
#ifndef CREDITD_TESTS_RULES_ROUTE_PEOPLE_H
#define CREDITD_TESTS_RULES_ROUTE_PEOPLE_H

#include "server/rules/model.h"
#include "server/rules/organisation.h"

/* Who acts: one of the people, and for whom (0: himself), as his row and that one's row say. */
struct hand {
    int id, acts_for;
    int32_t unit;
    enum job_level level;
    uint32_t roles;
    bool disabled;
};

uint32_t people_bit(int id); /* 0: of nobody */
const struct user *people_of(const struct organisation *org, int id);
const struct unit *people_unit(const struct organisation *org, int32_t id);
enum case_kind people_kind(struct standing from, enum grade to);

struct hand people_himself(const struct user *user);
/* As the delegation lets its substitute act; false: it has no effect today. */
bool people_by(const struct organisation *org, int64_t now, const struct delegation *row, struct hand *out);
/* Is the delegation one for cases of that kind and amount (-1: not known)? */
bool people_is_for(const struct delegation *row, enum case_kind kind, int64_t amount);
/* As he acts who names that login (NULL: himself); false: none of that one's delegations to him has an effect. */
bool people_hand(const struct organisation *org, int64_t now, const struct user *user, const char *acting_for,
                 struct hand *out);
/* Does he act for himself, or by a delegation for such cases? */
bool people_covered(const struct organisation *org, int64_t now, const struct hand *hand, enum case_kind kind,
                    int64_t amount);
/* Has a delegation of one of them to the other an effect? */
bool people_tied(const struct organisation *org, int64_t now, int one, int other);
/* Is he, as he acts, a head of the unit: of the highest job level of those there with a role in cases, supervisors at
 * least? */
bool people_is_head(const struct organisation *org, int32_t unit, const struct hand *hand);

#endif
