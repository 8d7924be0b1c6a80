/* Desks of people, and what concerns them. */
#include "server/operations/desks.h"

#include <string.h>

#include "server/operations/view.h"
#include "server/rules/delegation.h"
#include "server/rules/holders.h"
#include "server/rules/node.h"
#include "server/rules/reminder.h"
#include "server/rules/route.h"
#include "server/rules/submitters.h"

static bool has(const struct desks *desks, int32_t unit_id, int64_t role)
{
    for (size_t i = 0; i < desks->count; i++)
        if (desks->units[i] == unit_id && desks->roles[i] == role)
            return true;
    return false;
}

static void add(struct desks *desks, const struct user *user)
{
    for (uint32_t left = user->roles; left != 0; left &= left - 1) {
        int role = __builtin_ctz(left);
        if (has(desks, user->unit_id, role))
            continue;
        desks->units[desks->count] = user->unit_id;
        desks->roles[desks->count++] = role;
    }
}

static bool has_person(const struct desks *desks, int64_t user_id)
{
    for (size_t i = 0; i < desks->people_count; i++)
        if (desks->people[i] == user_id)
            return true;
    return false;
}

struct desks desks_of(const struct organisation *org, const struct user *user, struct arena *arena)
{
    size_t others = 0;
    for (size_t i = 0; i < org->delegation_count; i++)
        others += org->delegations[i].substitute == user->id;
    size_t most = (1 + others) * (8 * sizeof user->roles);
    struct desks desks = {.units = ARENA_ARRAY(arena, int64_t, most),
                          .roles = ARENA_ARRAY(arena, int64_t, most),
                          .people = ARENA_ARRAY(arena, int64_t, 1 + others)};

    add(&desks, user);
    desks.people[desks.people_count++] = user->id;
    for (size_t i = 0; i < org->delegation_count; i++)
        if (org->delegations[i].substitute == user->id) {
            struct user acting = delegation_acting_by(org, &org->delegations[i]);
            add(&desks, &acting);
            desks.people[desks.people_count++] = acting.acts_for;
        }
    return desks;
}

bool desks_answer_extensions(const struct desks *desks, const struct organisation *org)
{
    return has(desks, unit_hq(org)->id, ROLE_CMO);
}

/* One of the desks at which a case may stand there. */
static bool stands_at(const struct desks *desks, const struct organisation *org, const struct policy *policy,
                      const struct case_place *place)
{
    const struct route_node *node = NULL;
    enum unit_level level;
    enum role role;

    if (place->state == STATE_NONE)
        return false;
    for (int i = 0; (node = node_at(policy, place->state, i)) != NULL; i++)
        if ((place->node[0] == '\0' || strcmp(place->node, node->name) == 0) &&
            has(desks, unit_id_of_level(org, node_level(node), place->branch_id, place->region_id), node->role))
            return true;
    return node_at(policy, place->state, 0) == NULL && route_turn(place->state, &level, &role) &&
           has(desks, unit_id_of_level(org, level, place->branch_id, place->region_id), role);
}

static bool was_there(const struct desks *desks, struct reference *reference, const struct application *now,
                      const struct case_place *place)
{
    if (has_person(desks, place->assistant) ||
        (place->extension && desks_answer_extensions(desks, reference_organisation(reference))))
        return true;
    if (place->turn_now)
        return has(desks, now->turn_unit, now->turn_role);
    return stands_at(desks, reference_organisation(reference), reference_policy(reference, place->policy_version),
                     place);
}

/* Was he its maker there, while it was open? */
static bool was_his(const struct user *user, const struct application *now, const struct case_place *place)
{
    return place->state != STATE_NONE && !route_closed(place->state) && holders_made(now, place->branch_id, user);
}

bool desks_concerned(const struct desks *desks, const struct user *user, struct reference *reference,
                     const struct case_change *change)
{
    const struct application *now = &change->now.application;

    return was_there(desks, reference, now, &change->before) || was_there(desks, reference, now, &change->after) ||
           was_his(user, now, &change->before) || was_his(user, now, &change->after);
}

void desks_add_stuck(const struct reference *reference, struct arena *arena, struct change_page *page)
{
    struct task_changes *tasks = &page->tasks;
    size_t most = tasks->overdue_count + tasks->criterion_count + page->count;
    int64_t *branches = ARENA_ARRAY(arena, int64_t, most + 1);

    if (tasks->overdue_count > 0)
        memcpy(branches, tasks->overdue, tasks->overdue_count * sizeof *branches);
    tasks->overdue = branches;
    for (size_t i = 0; i < tasks->criterion_count; i++)
        if (submitters_lack(reference_organisation(reference), (int32_t)tasks->criteria[i]))
            branches[tasks->overdue_count++] = tasks->criteria[i];
    for (size_t i = 0; i < page->count; i++)
        if (view_nobody_of(reference, &page->rows[i].now, page->stamp.now))
            branches[tasks->overdue_count++] = page->rows[i].now.application.branch_id;
}

/* A missed deadline, and what nobody can act on, is told to the heads of a unit, of those above it or of those
 * below it: where the case is. */
static bool is_told(const struct organisation *org, const struct user *user, const int64_t *branches, size_t count)
{
    const struct unit *own = unit_by_id(org, user->unit_id);

    if (count == 0 || !reminder_is_head(org, user->unit_id, user))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct unit *branch = unit_by_id(org, (int32_t)branches[i]);
        if (branch == NULL || unit_within(org, branch, own)) /* unknown: newer than what is known here */
            return true;
    }
    return false;
}

struct desk_tasks desks_tasks(const struct desks *desks, const struct organisation *org, const struct user *user,
                              const struct task_changes *changes, bool shows_stuck)
{
    struct desk_tasks found = {
        .emergencies = changes->emergencies &&
                       (has(desks, unit_hq(org)->id, ROLE_APPROVER) || reminder_is_head(org, unit_hq(org)->id, user)),
        .escalations = is_told(org, user, changes->overdue, changes->overdue_count) ||
                       (shows_stuck && is_told(org, user, changes->freed, changes->freed_count)),
    };

    for (size_t i = 0; i < changes->criterion_count && !found.criteria; i++)
        found.criteria = has(desks, (int32_t)changes->criteria[i], ROLE_SUBMITTER);
    return found;
}
