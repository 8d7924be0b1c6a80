/* The values of the regulation, as read from the policy file. */
#ifndef CREDITD_RULES_POLICY_H
#define CREDITD_RULES_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/civil.h"
#include "common/vocabulary.h"
#include "server/rules/scorecard.h"

#define POLICY_ITEMS_MAX     32
#define POLICY_BANDS_MAX     4 /* one for each grade at most */
#define POLICY_RATES_MAX     256
#define POLICY_RATE_ONE      100000000LL /* a rate of 1 */
#define POLICY_VECTORS_MAX   64
#define POLICY_EVIDENCE_MAX  16
#define MEASURES_MAX         16 /* of a grade */
#define POLICY_AUTHORITY_MAX 32 /* rows of the matrix */
#define POLICY_WORDS_MAX     256
#define ROUTE_NODES_MAX      16 /* of a route */
#define NODE_PERSONS_MAX     16

/* Volume from `from_minor` on, up to the next better band, gives the grade. */
struct policy_band {
    enum grade grade;
    int64_t from_minor; /* of the policy's currency */
};
/* From this date on, one unit of the currency is rate / POLICY_RATE_ONE units of the policy's. */
struct policy_rate {
    const char *currency;
    civil_date from;
    int64_t rate;
};

/* A kind of document that stands as evidence, and how long after its date it may. */
struct evidence_kind {
    const char *name;
    int valid_months;
};
/* What an assessment for a kind of review must have. */
struct checklist {
    const char *kinds[POLICY_EVIDENCE_MAX];
    int count;
};

/* What a grade brings. */
struct grade_terms {
    int limit_volume_bp;                /* share of the window's volume that is the credit limit ... */
    int64_t limit_least, limit_most;    /* ... and its bounds, of the policy's currency */
    const char *measures[MEASURES_MAX]; /* that the branch applies when the grade comes into force */
    int measure_count;
};

/* A row of the authority matrix: approvers of that job level and above decide cases of these kinds and jumps. */
struct authority {
    enum job_level level;
    int jump;       /* grades at most (rules/authority.h) */
    uint32_t kinds; /* bits 1 << case_kind */
    int64_t limit;  /* credit limit of the case at most, of the policy's currency; 0: any, and one that is not known */
};

/* A condition on a case. */
enum asked { ASKED_EITHER, ASKED_YES, ASKED_NO };
/* A node of the route that a case takes from the submission to the decision (rules/node.h). */
struct route_node {
    const char *name;
    enum state state;                      /* in which it is waited for: submitted (verify) or verified (decide) */
    enum role role;                        /* at its unit of the case */
    enum job_level level;                  /* least one */
    const char *persons[NODE_PERSONS_MAX]; /* logins of those among them who sign it */
    int person_count;                      /* 0: all of them may */
    bool own_manager;                      /* only the customer's own manager among them signs it; no persons then */
    int need;                              /* signatures; 0: of everybody who can give one */
    bool automatic;                        /* the system decides a case that comes to it */
    /* A case that is not so passes it by. */
    uint32_t kinds;                 /* bits 1 << case_kind; 0: any */
    int jump_from, jump_to;         /* grades (rules/authority.h); 0: no bound */
    int64_t amount_from, amount_to; /* the case's credit limit, of the policy's currency; 0: no bound */
    enum asked off_criteria, doubtful;
};

/* What the policy must give for these sums: a test that stands beside it. */
struct policy_vector {
    const char *name;
    enum tier tier;
    int64_t volume_minor;
    int rate_bp;         /* of fulfilment; -1: nothing was due */
    int64_t score;       /* in 1/10,000 of a point; -1: there is no valid one */
    enum grade expected; /* GRADE_NONE: ordinary */
};

struct policy {
    int32_t version;                     /* its number in the database */
    int64_t effective_at;                /* from when on it may be in force */
    bool rolled_back;                    /* it is not in force any more; cases that began on it stay on it */
    enum counting counting;              /* of days; 0: natural ones */
    int submit_days;                     /* branch: detected -> submitted, and after a return */
    int verify_days;                     /* region */
    int decide_days;                     /* HQ */
    int extended_decide_days;            /* HQ, in all, with an extension; 0: there is none */
    int pause_days;                      /* in all, for which a case may wait for the customer; 0: none */
    int remind_days;                     /* a step that ends within them is due soon */
    int escalate_days;                   /* after a missed deadline, until the level above is told */
    int whole_days;                      /* all */
    int reserve_days;                    /* of the whole, kept for recording */
    const char *items[POLICY_ITEMS_MAX]; /* items of information that the region verifies */
    int item_count;
    /* How standing is computed. band_count 0: not at all (a version from before it was); all below is zero then. */
    int window_months;                          /* of the rolling window */
    const char *currency;                       /* in which volume is counted */
    struct policy_band bands[POLICY_BANDS_MAX]; /* best first, from_minor falling */
    int band_count;
    enum grade below_lowest; /* of a key account below the lowest band; nobody is admitted there */
    enum basis basis;        /* what the fulfilment rate counts */
    int floor_bp;            /* strictly below it a key account becomes ordinary */
    struct policy_rate rates[POLICY_RATES_MAX];
    int rate_count;
    struct scorecard scorecard; /* factor_count 0: none, and no evidence */
    struct evidence_kind evidence[POLICY_EVIDENCE_MAX];
    int evidence_count;
    struct checklist checklists[REVIEW_PERIODIC + 1]; /* by kind of review */
    bool has_terms;                                   /* false: a grade brings nothing */
    struct grade_terms terms[GRADE_BLACK + 1];        /* by grade */
    enum job_level override_level; /* least one of an approver who may override a grade; 0: nobody may */
    int override_most_days;
    struct {
        int minutes_most;                      /* 0: the policy knows no emergency */
        enum job_level alone_level, ask_level; /* of an approver who decides alone; who asks, confirms and reviews */
        int review_days;                       /* within which it is to be reviewed */
    } emergency;
    int notice_days; /* a demotion is announced so long before; 0: it is at once */
    int appeal_days; /* of these, in which the branch may appeal */
    struct {
        int submitted_bp, met_bp, verified_bp, decided_bp, recorded_bp, not_returned_bp, not_reversed_bp,
            not_overridden_bp;
    } score_weights; /* of the scoreboard, 10,000 together; all 0: there is no score */
    struct authority authority[POLICY_AUTHORITY_MAX];
    int authority_count;                         /* 0: every approver decides everything */
    struct route_node route[ROUTE_NODES_MAX];    /* those of the state submitted first */
    int route_count;                             /* 0: the regulation's */
    const char *refused_words[POLICY_WORDS_MAX]; /* in the texts of a case */
    int refused_word_count;
    const char *supervised_words[POLICY_WORDS_MAX]; /* with which a text is for a head of the unit */
    int supervised_word_count;
    struct policy_vector vectors[POLICY_VECTORS_MAX];
    int vector_count;
};

/* A version with who did what to it; instants and people 0: it was not done. Its text stands apart. */
struct policy_version {
    int32_t version;
    int32_t base_version; /* published last when it was proposed; 0: none */
    const char *note;
    int64_t proposed_by, proposed_at; /* SYSTEM_USER: the first one, which a start has brought */
    int64_t published_by, published_at, effective_at;
    int64_t rolled_back_by, rolled_back_at;
    const char *rollback_reason;
};

/* The kind with that name, or NULL. */
const struct evidence_kind *policy_evidence(const struct policy *policy, const char *name);
/* Which of published policies is in force: of those that are not rolled back, the one whose effective_at is the latest
 * that is past; of two with the same, the later version. NULL: none. */
const struct policy *policy_in_force(const struct policy *policies, size_t count, int64_t now);
/* State of a version when `in_force` (0: none) is. */
enum policy_state policy_state_at(const struct policy_version *row, int32_t in_force, int64_t now);
/* The credit limit of a grade for a volume of the window; -1: the policy says nothing of limits. */
int64_t policy_limit(const struct policy *policy, enum grade grade, int64_t volume_minor);
/* Does a score make a grade of a customer of whom there are no trades? */
bool policy_scores_alone(const struct policy *policy);
/* The first test vector that the policy does not fulfil, or NULL; *given: what comes out (GRADE_NONE: ordinary). */
const struct policy_vector *policy_failing_vector(const struct policy *policy, enum grade *given);
/* What comes out for a vector; GRADE_NONE: ordinary. */
enum grade policy_vector_gives(const struct policy *policy, const struct policy_vector *vector);

#endif
