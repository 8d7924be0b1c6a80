/* Signatures of a node. */
#include "server/rules/signature.h"

#include <string.h>

#include "common/check.h"
#include "server/rules/node.h"
#include "server/rules/route.h"

static bool is_among(const int64_t *users, int count, int64_t user_id)
{
    for (int i = 0; i < count; i++) {
        if (users[i] == user_id) {
            return true;
        }
    }
    return false;
}

bool signature_given(const struct application *application, const struct user *user)
{
    return route_signed(application->state) &&
           (is_among(application->signers, application->signer_count, user->id) ||
            (user->acts_for != 0 && is_among(application->signers, application->signer_count, user->acts_for)));
}

/* In whose name this one acts. */
static int64_t name_of(const struct user *user)
{
    return user->acts_for != 0 ? user->acts_for : user->id;
}

static bool is_countersigner(const struct application *application, const struct user *user)
{
    return is_among(application->countersigners, application->countersigner_count, name_of(user));
}

static bool is_named(const struct organisation *org, const struct route_node *node, const struct user *user)
{
    const struct user *name = user_by_id(org, name_of(user));
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

bool signature_wanted(const struct organisation *org, const struct policy *policy,
                      const struct application *application, const struct user *user)
{
    const struct route_node *node = node_of(policy, application);
    if (node == NULL || is_countersigner(application, user)) {
        return true;
    }
    return (node->need == 0 || missing(node, application) > 0) && user->level >= node->level &&
           is_named(org, node, user);
}

static void add_signer(struct application *application, int64_t user_id)
{
    if (user_id != 0 && !is_among(application->signers, application->signer_count, user_id)) {
        CHECK(application->signer_count < HANDS_MAX);
        application->signer_nodes[application->signer_count] = application->node;
        application->signers[application->signer_count++] = user_id;
    }
}

void signature_add(const struct user *user, struct application *application)
{
    int kept = 0;
    for (int i = 0; i < application->countersigner_count; i++) {
        if (application->countersigners[i] != name_of(user)) {
            application->countersigners[kept++] = application->countersigners[i];
        }
    }
    application->countersigner_count = kept;
    add_signer(application, user->id);
    add_signer(application, user->acts_for);
    application->signatures++;
}

bool signature_complete(const struct holders_case *c)
{
    const struct route_node *node = node_of(c->policy, c->application);
    CHECK(node != NULL);
    struct application unclaimed = *c->application;
    unclaimed.claimed_by = 0;
    const struct holders_case open = {c->org, c->policy, c->now, &unclaimed, c->assessed_by, true};
    if (missing(node, c->application) > 0) {
        return false;
    }
    /* Who can sign now is a countersigner, or one of everybody. */
    return (node->need != 0 && unclaimed.countersigner_count == 0) || holders_count(&open, 1) == 0;
}

int signature_short(const struct holders_case *c)
{
    const struct route_node *node = node_of(c->policy, c->application);
    int need = node == NULL ? 1 : missing(node, c->application);
    if (need == 0) {
        need = 1; /* a countersigner's, or that of everybody who is left */
    }
    return need - (int)holders_count(c, (size_t)need);
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
