/* What may lack people. */
#include "server/rules/sieve.h"

#include <string.h>

#include "common/check.h"
#include "server/rules/delegation.h"
#include "server/rules/ids.h"
#include "server/rules/node.h"
#include "server/rules/route.h"

/* Who may sign a node at a unit, as its policy has it: the strictest that a case may ask for. */
struct post {
    enum role role;
    enum job_level level;
    const struct route_node *node; /* NULL: of a state without nodes */
};

struct sieve {
    const struct organisation *org;
    int64_t now;
    struct arena *arena;
    struct sieve_row *rows;
    size_t count, room;
};

static bool is_named(const struct route_node *node, const char *login)
{
    for (int i = 0; i < node->person_count; i++) {
        if (strcmp(node->persons[i], login) == 0) {
            return true;
        }
    }
    return node->person_count == 0;
}

static bool fits(const struct post *post, const struct user *user)
{
    return user->level >= JOB_LEVEL_SUPERVISOR && user->level >= post->level &&
           (post->node == NULL || is_named(post->node, user->login));
}

static struct post post_of(const struct policy *policy, const struct route_node *node)
{
    struct post post = {node->role, node->level, node};
    for (int i = 0; node->role == ROLE_APPROVER && i < policy->authority_count; i++) {
        if (policy->authority[i].level > post.level) {
            post.level = policy->authority[i].level;
        }
    }
    return post;
}

/* How many of the people are the same as he, or tied to him. */
static int same_as(const struct sieve *sieve, const int64_t *people, size_t count, int64_t id)
{
    int found = 0;
    for (size_t i = 0; i < count; i++) {
        found += people[i] == id || delegation_ties(sieve->org, people[i], id, sieve->now);
    }
    return found;
}

/* Of people who are tied only one signs; those who are tied to others count for these. */
static void set_ties(const struct sieve *sieve, struct sieve_row *row, const int64_t *people, int64_t *tied)
{
    row->weight = 1;
    for (size_t i = 0; i < row->people_count; i++) {
        row->capacity += same_as(sieve, people, i, people[i]) == 0;
        tied[i] = people[i];
    }
    row->tied_count = row->people_count;
    for (size_t i = 0; i < 2 * sieve->org->delegation_count; i++) {
        const struct delegation *delegation = &sieve->org->delegations[i / 2];
        int64_t id = i % 2 == 0 ? delegation->delegator : delegation->substitute;
        int same = same_as(sieve, people, row->people_count, id);
        row->weight = same > row->weight ? same : row->weight;
        if (same > 0 && !ids_have(tied, (int)row->tied_count, id)) {
            tied[row->tied_count++] = id;
        }
    }
}

static struct sieve_row made(const struct sieve *sieve, const struct post *post, int32_t unit_id)
{
    const struct organisation *org = sieve->org;
    const struct user **holders = ARENA_ARRAY(sieve->arena, const struct user *, org->user_count + 1);
    size_t count = users_holding(org, unit_id, post->role, holders, org->user_count);
    int64_t *people = ARENA_ARRAY(sieve->arena, int64_t, count + 1);
    int64_t *tied = ARENA_ARRAY(sieve->arena, int64_t, count + 2 * org->delegation_count + 1);
    struct sieve_row row = {.unit_id = unit_id, .people = people, .tied = tied, .need = 1};
    for (size_t i = 0; i < count; i++) {
        if (fits(post, holders[i])) {
            people[row.people_count++] = holders[i]->id;
        }
    }
    if (post->node != NULL) {
        set_ties(sieve, &row, people, tied);
        row.own_manager = post->node->own_manager;
        row.need = post->node->need > 1 ? post->node->need : 1;
        row.capacity = row.own_manager && row.capacity > 1 ? 1 : row.capacity;
    }
    return row;
}

static void add(struct sieve *sieve, const struct sieve_row *row)
{
    if (sieve->count == sieve->room) {
        size_t room = sieve->room * 2 + 64;
        struct sieve_row *rows = ARENA_ARRAY(sieve->arena, struct sieve_row, room);
        if (sieve->count > 0) {
            memcpy(rows, sieve->rows, sieve->count * sizeof *rows);
        }
        sieve->rows = rows;
        sieve->room = room;
    }
    sieve->rows[sieve->count++] = *row;
}

static bool same_persons(const struct route_node *a, const struct route_node *b)
{
    bool same = a->person_count == b->person_count;
    for (int i = 0; same && i < a->person_count; i++) {
        same = strcmp(a->persons[i], b->persons[i]) == 0;
    }
    return same;
}

static bool same_post(const struct post *a, const struct post *b)
{
    return a->role == b->role && a->level == b->level && a->node->need == b->node->need &&
           a->node->own_manager == b->node->own_manager && same_persons(a->node, b->node);
}

/* Nodes of many versions are the same: who signs them is looked for once. */
static void add_nodes(struct sieve *sieve, const struct policy *policies, size_t policy_count, const struct unit *unit)
{
    struct post *posts = ARENA_ARRAY(sieve->arena, struct post, policy_count * ROUTE_NODES_MAX + 2);
    struct sieve_row *rows = ARENA_ARRAY(sieve->arena, struct sieve_row, policy_count * ROUTE_NODES_MAX + 2);
    size_t known = 0;
    for (size_t i = 0; i < policy_count; i++) {
        const struct route_node *route;
        int count = node_route(&policies[i], &route);
        for (int k = 0, place = 0; k < count; k++) {
            place = k > 0 && route[k].state == route[k - 1].state ? place + 1 : 0;
            if (route[k].automatic || node_level(&route[k]) != unit->level) {
                continue;
            }
            const struct post post = post_of(&policies[i], &route[k]);
            size_t same = 0;
            while (same < known && !same_post(&posts[same], &post)) {
                same++;
            }
            if (same == known) {
                posts[known] = post;
                rows[known++] = made(sieve, &post, unit->id);
            }
            rows[same].policy_version = policies[i].version;
            rows[same].state = route[k].state;
            rows[same].place = place;
            add(sieve, &rows[same]);
        }
    }
}

static void add_states(struct sieve *sieve, const struct unit *unit)
{
    for (enum state state = STATE_SUBMITTED; state <= STATE_LAPSED; state++) {
        enum unit_level level;
        struct post post = {.level = JOB_LEVEL_SUPERVISOR};
        if (route_signed(state) || !route_turn(state, &level, &post.role) || level != unit->level) {
            continue;
        }
        struct sieve_row row = made(sieve, &post, unit->id);
        row.state = state;
        if (row.people_count == 0) {
            add(sieve, &row);
        }
    }
}

size_t sieve_rows(const struct organisation *org, const struct policy *policies, size_t policy_count,
                  const struct unit *own, int64_t now, struct arena *arena, struct sieve_row **out)
{
    struct sieve sieve = {.org = org, .now = now, .arena = arena};
    CHECK(own != NULL);
    for (size_t i = 0; i < org->unit_count; i++) {
        const struct unit *unit = &org->units[i];
        if (unit_within(org, unit, own) || unit_within(org, own, unit)) {
            add_nodes(&sieve, policies, policy_count, unit);
            add_states(&sieve, unit);
        }
    }
    *out = sieve.rows;
    return sieve.count;
}
