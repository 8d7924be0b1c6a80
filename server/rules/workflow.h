/* The steps of an application: pure decisions. Each takes the rows as they stand, who acts and when, and gives either a
 * refusal (nothing changed) or the rows as they are to be. Order of checks = order of the reasons a caller gets:
 * right (access.c, done by the caller), existence, version, state (of a submission: no other open application), who may
 * in that state, four eyes, room, the node and authority (right.h), a claim (claim.h), an opinion (assist.h), fields,
 * their words (words.h). */
#ifndef CREDITD_RULES_WORKFLOW_H
#define CREDITD_RULES_WORKFLOW_H

#include "server/rules/access.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"

/* What a step is decided on. */
struct step_context {
    const struct organisation *org;
    const struct policy *policy;   /* of the case */
    const struct policy *in_force; /* for the customer's standing; NULL: that of the case is it */
    const struct user *user;       /* NULL: the system */
    int64_t now;                   /* business time of the batch, not below the last event of the rows */
    struct uuid timer_id; /* for the timer that the step may arm: the case's, or after the last step the customer's */
};

#define STEP_TEXT_MAX 2000 /* characters of a reason or an opinion */

struct checked_item {
    const char *name;
    bool ok;
};

/* The fields of a step's request; what a step does not use is ignored. */
struct step_input {
    enum event_kind action;
    int32_t if_version; /* 0: not given. Of the application; of the customer for a submission */
    enum grade grade;   /* requested or decided; GRADE_NONE: not given */
    enum finding finding;
    const char *text; /* reason or opinion; NULL or blank: not given */
    const char *node; /* that it is returned to */
    const struct checked_item *items;
    int item_count;
};

/* What an accepted step leads to. */
struct step_result {
    struct refusal refusal; /* reason NONE: accepted, the rest is filled; its value may point into `detail` */
    char detail[64];        /* storage for the refusal's argument value */
    const char *name2;      /* a second argument, or NULL, value in detail2 */
    char detail2[64];
    enum event_kind action;         /* the step that was taken: sign, when the case still waits for signatures */
    const char *node;               /* that was signed, or that the case is returned to; NULL: none */
    struct application application; /* after the step; version is raised */
    bool decided;                   /* the system has decided the case thereupon; the step led to the row in `before` */
    struct application before;
    const char *held_word;    /* the step was not taken, for its text is for a head of the unit; NULL: it was */
    uint32_t skipped;         /* nodes that the case has passed by: bits of their places in the route */
    struct customer customer; /* after the step; version is raised, chain not yet moved */
    bool standing_changed;    /* the step put a new standing in force (record) */
    bool late;                /* taken after its due instant */
    int64_t due_before;       /* due instant of the step that this one ended, or of the criterion that a
                               * submission answers; 0: none */
    struct checked_item items[POLICY_ITEMS_MAX]; /* verify: every item of the policy with its result */
    int item_count;
};

/* A submission: `number` is the new application's. A criterion of the customer that is met goes with it: the whole
 * clock runs from its detection, and it is late after its due instant. For another grade than the computed one it is
 * off-criteria and needs a reason. */
void workflow_submit(const struct step_context *ctx, const struct customer *customer, int64_t number,
                     const struct step_input *input, struct step_result *out);
/* Every other step, on an application and its customer. One with a text for a head of the unit (words.h) is not taken:
 * the case keeps its state and version, nobody has claimed it any more, and a head finds it on his desk. */
void workflow_step(const struct step_context *ctx, const struct application *application,
                   const struct customer *customer, const struct step_input *input, struct step_result *out);
/* The system command of a due timer: STATE_CHANGED when the timer is no longer the application's. Accepted, the
 * application keeps its state, its version and its due instant, and loses the timer. */
void workflow_deadline_missed(const struct step_context *ctx, const struct application *application,
                              const struct customer *customer, struct uuid timer_id, struct step_result *out);

#endif
