/* Signatures of a node. */
#include "server/rules/signature.h"

#include <string.h>

#include "common/check.h"
#include "server/rules/apart.h"
#include "server/rules/four_eyes.h"
#include "server/rules/ids.h"
#include "server/rules/node.h"
#include "server/rules/route.h"

bool signature_given(const struct application *application, const struct user *user)
{
    return route_signed(application->state) &&
           (ids_have(application->signers, application->signer_count, user->id) ||
            (user->acts_for != 0 && ids_have(application->signers, application->signer_count, user->acts_for)));
}

struct refusal signature_outsider(const struct organisation *org, int64_t now, const struct application *application,
                                  int64_t assessed_by, const struct user *user)
{
    return signature_given(application, user) ? refusal_of(REASON_ALREADY_SIGNED, NULL, NULL, NULL)
                                              : four_eyes_outsider(org, now, application, assessed_by, user);
}

/* In whose name this one acts. */
static int64_t name_of(const struct user *user)
{
    return user->acts_for != 0 ? user->acts_for : user->id;
}

static bool is_countersigner(const struct application *application, const struct user *user)
{
    return ids_have(application->countersigners, application->countersigner_count, name_of(user));
}

static bool is_named(const struct holders_case *c, const struct route_node *node, const struct user *user)
{
    const struct user *name = user_by_id(c->org, name_of(user));
    if (node->own_manager) {
        return c->managed_by == name_of(user);
    }
    for (int i = 0; i < node->person_count; i++) {
        if (name != NULL && strcmp(node->persons[i], name->login) == 0) {
            return true;
        }
    }
    return node->person_count == 0;
}

/* Of the node itself, not of its countersigners. */
static int missing(const struct route_node *node, const struct application *application)
{
    return node->need > application->signatures ? node->need - application->signatures : 0;
}

bool signature_wanted(const struct holders_case *c, const struct user *user)
{
    const struct application *application = c->application;
    const struct route_node *node = node_of(c->policy, application);
    if (node == NULL || is_countersigner(application, user)) {
        return true;
    }
    /* Without a countersigner, one that has all waits for somebody who ends it: those who have signed may have left. */
    bool open = node->need == 0 || missing(node, application) > 0 || application->countersigner_count == 0;
    return open && user->level >= node->level && is_named(c, node, user);
}

static void add_signer(struct application *application, int64_t user_id)
{
    if (user_id != 0 && !ids_have(application->signers, application->signer_count, user_id)) {
        CHECK(application->signer_count < HANDS_MAX);
        application->signer_nodes[application->signer_count] = application->node;
        application->signers[application->signer_count++] = user_id;
    }
}

bool signature_fits(const struct application *application, const struct user *user)
{
    return !route_signed(application->state) ||
           (application->signer_count + 2 <= HANDS_MAX &&
            (application->state != STATE_SUBMITTED || four_eyes_has_room(application, user)));
}

void signature_add(const struct user *user, struct application *application)
{
    application->signatures += !is_countersigner(application, user);
    ids_remove(application->countersigners, &application->countersigner_count, name_of(user));
    add_signer(application, user->id);
    add_signer(application, user->acts_for);
}

bool signature_complete(const struct holders_case *c)
{
    const struct route_node *node = node_of(c->policy, c->application);
    CHECK(node != NULL);
    struct application unclaimed = *c->application;
    unclaimed.claimed_by = 0;
    const struct holders_case open = {c->org, c->policy, c->now, &unclaimed, c->assessed_by, c->managed_by, true};
    if (missing(node, c->application) > 0) {
        return false;
    }
    /* Who can sign now is a countersigner, or one of everybody. */
    return (node->need != 0 && unclaimed.countersigner_count == 0) || holders_count(&open, 1) == 0;
}

/* How many can give a signature of the node itself, counted up to `enough`: nobody who will sign as a countersigner,
 * and of those who are the same, one. */
static size_t own_signers(const struct holders_case *c, size_t enough)
{
    struct application without = *c->application;
    for (int i = 0; i < without.countersigner_count && without.signer_count < HANDS_MAX; i++) {
        add_signer(&without, without.countersigners[i]);
    }
    without.claimed_by = 0;
    without.countersigner_count = 0;
    const struct holders_case open = {c->org, c->policy, c->now, &without, c->assessed_by, c->managed_by, true};
    return apart_count(&open, enough);
}

int signature_short(const struct holders_case *c)
{
    const struct route_node *node = node_of(c->policy, c->application);
    int need = node == NULL ? 0 : missing(node, c->application);
    if (need > 0) {
        return need - (int)own_signers(c, (size_t)need);
    }
    return 1 - (int)holders_count(c, 1); /* the unit's, a countersigner's, or that of everybody who is left */
}

bool signature_is_last(const struct holders_case *c, const struct user *user)
{
    const struct application *application = c->application;
    for (int i = 0; user->acts_for == 0 && i < application->signer_count; i++) {
        if (application->signer_nodes[i] == application->node && application->signers[i] == user->id) {
            return signature_complete(c);
        }
    }
    return false;
}

/* Keeps those who signed before that node, and are neither of the two. */
static void keep_signers(struct application *application, int before, int64_t one, int64_t other)
{
    int kept = 0;
    for (int i = 0; i < application->signer_count; i++) {
        int64_t signer = application->signers[i];
        if (application->signer_nodes[i] < before && signer != one && signer != other) {
            application->signer_nodes[kept] = application->signer_nodes[i];
            application->signers[kept++] = signer;
        }
    }
    application->signer_count = kept;
}

void signature_drop(const struct user *user, struct application *application)
{
    keep_signers(application, ROUTE_NODES_MAX, user->id, user->acts_for);
}

void signature_void_from(struct application *application, int place)
{
    keep_signers(application, place, 0, 0);
}

void signature_leave_region(const struct application *region, struct application *application)
{
    CHECK(region->state == STATE_SUBMITTED && region->signer_count > 0);
    memcpy(application->region_signers, region->signers, sizeof application->region_signers);
    memcpy(application->region_nodes, region->signer_nodes, sizeof application->region_nodes);
    application->region_signer_count = region->signer_count;
}

void signature_return_to_region(struct application *application, int place)
{
    memcpy(application->signers, application->region_signers, sizeof application->signers);
    memcpy(application->signer_nodes, application->region_nodes, sizeof application->signer_nodes);
    application->signer_count = application->region_signer_count;
    application->region_signer_count = 0;
    signature_void_from(application, place);
}
