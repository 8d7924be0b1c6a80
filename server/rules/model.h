/* The rows that rules decide on, as values. Text pointers belong to whoever made the value (a batch's arena).
 * Instants are microseconds UTC, 0 = none; user and unit ids 0 = none. */
#ifndef CREDITD_RULES_MODEL_H
#define CREDITD_RULES_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/civil.h"
#include "common/money.h"
#include "common/publicid.h"
#include "common/uuid.h"
#include "common/vocabulary.h"

#define CHAIN_HASH_BYTES   32
#define HANDS_MAX          32 /* users who enter or verify one case, or sign it in one state */
#define HANDS_MAX_TEXT     "32"
#define COUNTERSIGNERS_MAX 16 /* of a node */
#define SYSTEM_USER        0

/* Tier and grade in force; grade is GRADE_NONE for an ordinary customer. */
struct standing {
    enum tier tier;
    enum grade grade;
};

/* What is computed of a customer who has trades: the grade that a key account would have, GRADE_NONE when the
 * fulfilment rate is below the floor (ordinary), and whether an ordinary customer would be admitted with that grade. */
struct computed {
    enum grade grade;
    bool admits;
};

/* What the branch does about a criterion until the end that it has for it. */
enum criterion_answer {
    ANSWER_NONE,     /* there is no criterion */
    ANSWER_AWAITED,  /* an application is to be submitted; none is open */
    ANSWER_MISSED,   /* none was until its end, which has been noted; it may have been since */
    ANSWER_SUBMITTED /* one was, or was open when the criterion was met */
};

/* The last evaluation of a customer and what follows from it (rules/evaluation.h). */
struct evaluation {
    int32_t policy_version; /* of the evaluation; 0: never evaluated, nothing below is set */
    struct computed computed;
    struct money volume; /* of the window on its day; not known without trades there, or of an evaluation of before */
    bool criterion;      /* what is computed is another standing than the one in force; the three below are set */
    civil_date met_on;   /* the date at which the function first gave it */
    int64_t detected_at; /* when the system saw it */
    int64_t criterion_due_at; /* the branch is to submit by then */
    enum criterion_answer answer;
    /* The standing in force came from a demotion by the system: its date, the grade before and the policy version of
     * the decision; 0: it did not. */
    civil_date demoted_on;
    enum grade demoted_from;
    int32_t demoted_policy;
    /* The armed timer: the next evaluation by time alone, or at once; zero when none. */
    struct uuid timer_id;
    int64_t evaluate_at;
    int imports_open; /* imports that have changed its trades and have not led to an evaluation yet */
};

/* Documents are unique within a home. Amounts are minor units of the currency (ISO 4217, three letters). */
struct trade {
    int16_t home;
    int64_t customer_id;
    const char *document;
    int32_t version; /* raised by every change; 0: not yet in the database */
    char currency[CURRENCY_BYTES];
    int64_t amount_minor;
    civil_date issued_on, due_on;
    bool settled; /* settled_on is set */
    civil_date settled_on;
    bool cancelled;
    struct key import; /* that wrote this version; id 0: written by hand */
    struct uuid command_id;
    int64_t recorded_at;
};

/* Measures of the grade in force: bits, by their places in the list of the policy's grade. */
struct measures {
    int32_t policy_version; /* whose list it is; 0: there are none */
    uint32_t open, applied;
};
/* The standing in force was put there by authority. */
struct override {
    civil_date until; /* the last day; 0: it was not, nothing else is set */
    enum grade from;  /* that is in force again afterwards; GRADE_NONE: ordinary */
    int64_t by;
    int64_t ends_at; /* it is an emergency and ends at this instant, whose day is `until`; 0: it is none */
};
/* An emergency that one person has asked for. */
struct emergency {
    int64_t by;         /* 0: there is none, nothing else is set, and `reason` is "" */
    enum grade grade;   /* GRADE_NONE: ordinary */
    int minutes;        /* from the confirmation on */
    int64_t expires_at; /* nobody can confirm it from then on */
    const char *reason;
};
/* An emergency that is to be reviewed. */
struct after_review {
    int64_t opened_at; /* 0: none is, nothing else is set */
    int64_t due_at;
    int64_t asked_by, confirmed_by; /* 0: it needed no second person */
};
/* A demotion that has been announced. */
struct notice {
    civil_date noticed_on;   /* 0: none is, nothing else is set */
    civil_date demote_on;    /* the last day on which the customer is still a key account */
    civil_date appeal_until; /* the last day on which the branch may appeal; before noticed_on: it may not */
    int64_t appealed_by;     /* 0: nobody */
    int64_t appealed_at;
};

/* One run of the scorecard for a customer; never changed. */
struct assessment {
    struct key key;
    int64_t customer_id; /* in the same home */
    enum review review;
    civil_date assessed_on; /* in the zone of the branch */
    int32_t policy_version; /* that it was entered under */
    const char *values;     /* lines "factor=value\n" */
    const char *documents;  /* JSON: the evidence, as entered */
    int64_t entered_by;
    int64_t recorded_at;
};

struct customer {
    struct key key;
    int32_t version; /* raised by every change of the customer's facts, its standing, criterion and open application */
    const char *number;
    const char *name;
    int32_t branch_id; /* who looks after it today */
    int32_t region_id;
    enum stage stage;
    struct standing standing;
    civil_date in_force_since; /* valid_from of the standing; 0: since the file was opened */
    int64_t open_application;  /* number of the open application in the same home, 0: none */
    struct evaluation evaluation;
    struct measures measures;
    struct override override;
    struct notice notice;
    struct emergency emergency;
    struct after_review review;
    int64_t assessment;     /* number of the last one in the same home; 0: none, the two below are zero */
    civil_date assessed_on; /* its date */
    int64_t assessed_by;    /* who entered it */
    int64_t managed_by;     /* its manager (rules/manager.h); 0: nobody */
    int64_t revision;       /* raised by every write of the row; compare-and-set is on it. 0: not yet in the database */
    int64_t chain_seq;      /* of the last event */
    uint8_t chain_hash[CHAIN_HASH_BYTES];
    int64_t last_event_at;
};

struct application {
    struct key key;
    int64_t customer_id; /* in the same home */
    int32_t version;     /* raised by every step, 1 for the submission. 0: not yet in the database */
    enum state came_from;
    enum event_kind action; /* the step that led to `state` */
    enum state state;
    struct standing from;
    enum grade to_grade;
    enum grade decided_grade;
    bool off_criteria;
    enum finding finding;
    struct money limit;       /* the credit limit that the requested grade brings (rules/limit.h) */
    int64_t hands[HANDS_MAX]; /* users who submitted, resubmitted or verified it, and those whom they acted for, each
                                 once */
    int hand_count;
    int64_t submitted_by, verified_by, decided_by, recorded_by;
    int64_t submitted_for, verified_for, decided_for, recorded_for; /* whom these acted for; 0: themselves */
    int32_t branch_id, region_id;                                   /* who looks after the case */
    int32_t policy_version;
    bool criterion_met;          /* the two below are set */
    civil_date criterion_met_on; /* civil date at which the criterion was first met */
    int64_t criterion_detected_at;
    int64_t clock_started_at; /* of the whole: detected, or first submission */
    int64_t submitted_at, verified_at, decided_at, recorded_at;
    int64_t due_at;      /* end of the step waited for; 0 when closed */
    int64_t complete_by; /* end of the whole */
    int32_t turn_unit;   /* whose turn it is; 0 when closed */
    enum role turn_role;
    struct uuid timer_id; /* armed for due_at; zero when none */
    int32_t asked_policy; /* version that the case is to be moved to, when another approves; 0: none */
    int64_t asked_by;
    int64_t assessed_by; /* of the customer's assessment when it was submitted; 0: there was none */
    int extension_days;  /* more, that HQ has asked for; 0: none, or answered */
    int64_t extension_by, extension_for;
    int extended_days;       /* more, that were granted for the running step */
    int64_t step_started_at; /* of the step waited for; 0 when closed */
    int64_t paused_at;       /* its clock stands still since then; 0: it runs */
    int64_t paused_by;
    int64_t paused_due_at;      /* when the step was due as the pause began, ... */
    int64_t paused_complete_by; /* ... and the whole; 0: of a pause that began before that was kept */
    int paused_days;            /* of pauses that are over, in all ... */
    int step_paused_days;       /* ... and in the running step */
    int64_t urged_at;           /* last, in the running step; 0: not */
    int64_t urged_by;
    int64_t claimed_by;      /* the only one who can take the step waited for, as long as he can; 0: nobody */
    int node;                /* that is waited for, counted from 0 in its state (rules/node.h) */
    int signatures;          /* that the node has */
    enum grade signed_grade; /* which they are for; NONE: there are none, or not of a decision */
    int64_t
        signers[HANDS_MAX]; /* who has signed in the running state, and for whom, each once; who decides is not there */
    int64_t signer_nodes[HANDS_MAX]; /* and at which node of the state */
    int signer_count;
    int64_t region_signers[HANDS_MAX]; /* in verified: who has signed for the region, and for whom, each once */
    int64_t region_nodes[HANDS_MAX];   /* and at which of the region's nodes */
    int region_signer_count;
    int64_t verifiers[HANDS_MAX]; /* of the hands, those who have verified and never entered */
    int verifier_count;
    int64_t countersigners[COUNTERSIGNERS_MAX]; /* who must sign the node besides, as long as they can */
    int countersigner_count;
    int64_t held_by;    /* whose text of the step waited for waits for a head of his unit (words.h); 0: nobody's */
    int64_t assistant;  /* whose opinion the step waits for; 0: nobody's (assist.h) */
    bool automatic;     /* the system has decided */
    const char *reason; /* of the submission */
};

/* An import of trades in many commands. Its home is that of the unit of who imports, 0 for HQ. */
#define IMPORT_SOURCE_BYTES 32
struct trade_import {
    struct key key;
    int32_t version; /* raised by every write; 0: not yet in the database */
    int64_t user_id;
    uint8_t source[IMPORT_SOURCE_BYTES]; /* stands for the file and its mapping */
    const char *name;
    bool create_customers;
    int64_t started_at, last_at;
    int64_t finished_at;                        /* 0: rows are still accepted */
    int64_t added, changed, unchanged, refused; /* rows */
    int64_t customers_added;
    int64_t customers; /* with an added or changed trade: each is evaluated once after the end */
    int64_t evaluated, demoted, corrected, criteria;
};

/* What the evaluation after an import came to; numbers of the database. */
enum import_result { IMPORT_RESULT_NONE, IMPORT_EVALUATED, IMPORT_DEMOTED, IMPORT_CORRECTED, IMPORT_CRITERION };
struct import_customer {
    struct key customer;
    int64_t import_id;
    struct uuid command_id;    /* of the evaluation */
    enum import_result result; /* NONE: still to be evaluated */
};

/* One event of a chain before it is hashed: `payload` is JSON text. */
struct event {
    struct key customer; /* id 0: the organisation's chain, home 0 */
    int64_t application; /* 0: none */
    int64_t seq;
    enum event_kind kind;
    struct uuid command_id;
    int64_t actor;
    int64_t at;
    enum state from_state, to_state; /* STATE_NONE when the event is no step */
    int32_t version;                 /* of the application after the event, else 0 */
    const char *payload;
    bool by_system; /* its actor is the system, whoever sent the command */
    uint8_t hash_prev[CHAIN_HASH_BYTES];
    uint8_t hash[CHAIN_HASH_BYTES];
};

enum timer_kind { TIMER_DEADLINE = 20, TIMER_EVALUATE = 21 }; /* numbers of the database */
struct timer_key {
    int16_t home;
    enum timer_kind kind;
    int64_t subject; /* number of the application or of the customer */
};
/* One for each open application, and for each customer who is to be evaluated. */
struct timer {
    struct timer_key key;
    int64_t customer_id;
    struct uuid id; /* of the command that runs when it is due; zero: the missed deadline has been noted */
    int64_t due_at;
    int32_t turn_unit; /* whose turn it is; 0 for evaluations */
    enum role turn_role;
};

#endif
