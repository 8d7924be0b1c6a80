/* The manager of a customer: one of those who work for it, named in its file. A route may have nodes that only he signs
 * (node.h, own_manager), if he holds the node's role at its unit; as the file names him at that moment. */
#ifndef CREDITD_RULES_MANAGER_H
#define CREDITD_RULES_MANAGER_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"

struct manager_input {
    const struct organisation *org;
    const struct user *user; /* who names him */
    int64_t now;
    int32_t branch_id, region_id;          /* that look after the customer */
    int64_t assessed_by;                   /* of the customer's last assessment; 0: nobody */
    const struct application *application; /* the customer's open one; NULL: there is none */
};

/* May `user` make `to` the manager? He is of the branch, its region or HQ, with a role in cases. `to` NULL: there is no
 * such user. While a case of the customer is open, nobody makes himself, or one tied to him, the manager, and whoever
 * has a hand in it, has assessed or signed it, or is no supervisor, does not choose who signs it. */
struct refusal manager_name(const struct manager_input *input, const struct user *to);
/* May `user` leave the customer without one? */
struct refusal manager_drop(const struct manager_input *input);

#endif
