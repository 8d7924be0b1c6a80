/* The part of the policy file on the way of a case: who decides what, and which words are refused. For policy_file.c.
 */
#ifndef CREDITD_POLICY_ROUTE_H
#define CREDITD_POLICY_ROUTE_H

#include "server/policy_parts.h"

/* A row of the matrix as it is written. */
struct authority_text {
    enum job_level level;
    int jump;
    const char *kinds[CASE_KIND_DEMOTION];
    int kind_count;
    const char *limit; /* NULL: any */
};
/* A node as it is written. */
struct node_text {
    const char *name;
    enum event_kind step;
    enum role role; /* 0: that of the step */
    enum job_level level;
    const char *persons[NODE_PERSONS_MAX];
    int person_count;
    int need;
    bool all, automatic, own_manager;
    const char *kinds[CASE_KIND_DEMOTION];
    int kind_count;
    int jump_from, jump_to;
    const char *amount_from, *amount_to; /* NULL: no bound */
    enum asked off_criteria, doubtful;
};
struct route_source {
    struct node_text nodes[ROUTE_NODES_MAX];
    int node_count;
    struct authority_text authority[POLICY_AUTHORITY_MAX];
    int authority_count;
};

extern const struct setting authority_keys[], node_keys[];

/* The rows of the table of keys; the source stands in `type` as `member`, the policy as `policy`. */
#define ROUTE_KEYS(type, member)                                                                                       \
    {SETTING_GROUPS("authority", type, member.authority, member.authority_count, authority_keys, 1,                    \
                    POLICY_AUTHORITY_MAX),                                                                             \
     .optional = true},                                                                                                \
        {SETTING_GROUPS("route", type, member.nodes, member.node_count, node_keys, 1, ROUTE_NODES_MAX),                \
         .optional = true},                                                                                            \
        {SETTING_TEXTS("words.refuse", type, policy.refused_words, policy.refused_word_count, 0, POLICY_WORDS_MAX),    \
         .with_group = true},                                                                                          \
    {                                                                                                                  \
        SETTING_TEXTS("words.supervisor", type, policy.supervised_words, policy.supervised_word_count, 0,              \
                      POLICY_WORDS_MAX),                                                                               \
            .optional = true                                                                                           \
    }

/* Checks what the table cannot, and fills the policy's matrix and route. Currency and terms of the policy have been
 * read. False: refused. */
bool route_read(struct settings *settings, const struct route_source *source, struct policy *policy);
/* Is somebody left for each node when those before it have been signed? False: refused, for in some case nobody is,
 * whoever works where. */
bool route_leaves_somebody(struct settings *settings, const struct policy *policy);

#endif
