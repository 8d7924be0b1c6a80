/* Rows as messages, for the one who asks: what he may not see is absent. Also the small conversions all operations
 * share. */
#ifndef CREDITD_OPERATIONS_VIEW_H
#define CREDITD_OPERATIONS_VIEW_H

#include "application.pb-c.h"
#include "customer.pb-c.h"
#include "server/operations/call.h"
#include "server/operations/peer.h"
#include "server/rules/holders.h"
#include "standing.pb-c.h"

/* Notes the customer for the read audit when credit information goes out. `now` is business time (for overdue). */
Creditd__V1__Application *view_application(struct call *call, const struct application_view *view, int64_t now);
Creditd__V1__Customer *view_customer(struct call *call, const struct customer *row, int64_t now);

/* May the asker see credit information of a subject looked after by these units? */
bool view_sees_credit(const struct call *call, int32_t branch_id, int32_t region_id);
/* Public id in the call's arena. */
char *view_id(struct call *call, char letter, struct key key);
/* Login of a user id ("system" for 0), code of a unit id; in the organisation's memory. */
char *view_login(const struct call *call, int64_t user_id);
char *view_unit(const struct call *call, int32_t unit_id);

/* The roles a user holds, in the call's arena; *count says how many. */
Creditd__V1__Role *view_roles(struct call *call, const struct user *user, size_t *count);

/* A customer named by id or by number. */
struct customer_name {
    bool by_id;
    struct key key;
    const char *number; /* as given */
};
/* False: blank. */
bool view_customer_name(const char *text, struct customer_name *out);

/* The part of the tree a user sees, as a filter: 0 = no bound. */
struct scope {
    int32_t branch_id, region_id;
};
struct scope view_scope(const struct call *call);
/* Is it the asker's to act for a branch, his own? */
bool view_acts_for_branch(const struct call *call);

/* The case on the asker's own desk: he can act on it, is asked for his opinion, or is to answer its extension. NULL: it
 * is not. */
Creditd__V1__Application *view_on_desk(struct call *call, const struct application_view *row, int64_t now);
/* The open case that the asker has made and that waits for others. NULL: it is none, or on his desk. */
Creditd__V1__Application *view_own(struct call *call, const struct application_view *row, int64_t now);
/* Can some of the signatures that an open case waits for be given by nobody? */
bool view_nobody(struct call *call, const struct application_view *row, int64_t now);
/* The same beside a call. */
bool view_nobody_of(const struct reference *reference, const struct application_view *row, int64_t now);
/* Logins of these. */
char **view_logins(struct call *call, const struct user *const *users, size_t count);
/* Room to find people in, for as many as there are: one for all rows of a list, not one for each. */
const struct user **view_room(const struct call *call);
/* Logins of those who stand so to the step that is waited for. */
size_t view_holders(struct call *call, const struct application_view *row, enum holding holding, int64_t now,
                    const struct user **room, char ***out);

/* The latest end that HQ's step can get, beside view_application(): not in lists, it costs a look into two calendars.
 */
void view_extension_latest(struct call *call, const struct application *row, int64_t now,
                           Creditd__V1__Application *out);

#endif
