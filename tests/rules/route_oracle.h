/* What comes of a step by RULES.md, written anew from that page and not from the code: of server/rules/ it uses the
 * types of organisation and policy, and no function. People are bits 1 << id; ids run from 1 without a gap, below 32.
 */
#ifndef CREDITD_TESTS_RULES_ROUTE_ORACLE_H
#define CREDITD_TESTS_RULES_ROUTE_ORACLE_H

#include "server/rules/organisation.h"
#include "server/rules/policy.h"
#include "server/rules/workflow.h"
#include "tests/rules/route_people.h"

/* What RULES.md's access table says of an operation. */
struct oracle_right {
    uint32_t roles;
    bool at[UNIT_LEVEL_BRANCH + 1]; /* by level of unit */
    enum job_level level;
};
enum oracle_operation {
    OP_SUBMIT,
    OP_VERIFY,
    OP_RETURN,
    OP_RESUBMIT,
    OP_APPROVE,
    OP_REJECT,
    OP_WITHDRAW,
    OP_RECORD,
    OP_RECALL,
    OP_RETURN_TO_REGION,
    OP_RETURN_TO_NODE,
    OP_CLAIM, /* these are no steps */
    OP_RELEASE,
    OP_TRANSFER,
    OP_ADD,
    OP_DROP,
    OP_ASK, /* for an opinion */
    OP_CALL_BACK,
    OP_GIVE,
    OPS
};
extern const char *const oracle_operation_names[OPS]; /* of the access table, without "application." */

struct oracle {
    const struct organisation *org;
    const struct policy *policy;
    int64_t now;
    struct oracle_right rights[OPS];
};
/* The customer's application, as its next number makes it. */
#define ORACLE_NUMBER      104
#define ORACLE_APPLICATION "A-01-104"
void oracle_read_rights(struct oracle *oracle);

#define ROUTE_PLACES 6 /* of a state, at most */
/* A case as the oracle has followed it. */
struct tale {
    int version; /* 0: there is no case yet */
    int customer_version;
    enum state state, came_from;
    int place; /* of the node in its state */
    enum event_kind last;
    struct standing standing; /* of the customer, in force */
    enum grade computed;      /* of the customer; NONE: nothing was */
    int64_t volume;           /* of the customer's last evaluation, in the policy's currency; -1: not known */
    struct standing from;
    enum grade to;
    int64_t amount; /* -1: not known */
    bool off_criteria;
    bool reasoned; /* it has a reason of its submission */
    bool open;     /* the customer has this open application */
    enum finding finding;
    uint32_t entered, verified;       /* hands: who entered or edited it; who verified it and never did that */
    uint32_t signed_at[ROUTE_PLACES]; /* by place of the running state */
    uint32_t
        region_at[ROUTE_PLACES];   /* by place of the region's nodes, who has signed each since the case last went
                                      back to it or to one before it; also the one whose step ended the region's turn */
    int own;                       /* signatures that the node has of its own */
    enum grade signed_for;         /* NONE: not of a decision */
    uint32_t countersigners;       /* who have not signed */
    int assessed, assessed_then;   /* who entered the customer's assessment, now and when it was submitted */
    int manager;                   /* of the customer; 0: nobody */
    int claimed;                   /* 0: nobody */
    int asked;                     /* whose opinion it waits for; 0: nobody's */
    uint32_t authors;              /* who have given one before the decision */
    int decided_by, decided_for;   /* 0: nobody, or the system */
    int verified_by, verified_for; /* last */
    enum grade decided;
    bool automatic;
    int other_hands, other_signers; /* whom nobody here knows */
};

struct answer {
    enum reason reason; /* NONE: taken */
    const char *field, *name, *value, *name2;
    char number[16], number2[16]; /* a value may stand here */
    bool held;                    /* the text waits for a head, nothing else has happened */
    enum event_kind step;         /* that was taken */
    uint32_t skipped;             /* names of nodes passed by, as bits of their places in the route */
    bool decided;                 /* by the system, in the same transaction */
    struct tale after;
};

/* A step of that user (NULL: the system; `acting_for`: the login that he names, or NULL), as a request goes. */
void oracle_step(const struct oracle *oracle, const struct tale *tale, const struct user *user, const char *acting_for,
                 const struct step_input *input, struct answer *out);
/* Can he take the step that the open case waits for, whoever has claimed it? Else why not, to *out. */
bool oracle_may_act(const struct oracle *oracle, const struct tale *tale, const struct hand *hand, struct answer *out);
/* The same of what is no step: claims, countersigners, opinions. `to`: whom it is about; NULL: nobody, or none such. */
void oracle_desk(const struct oracle *oracle, const struct tale *tale, const struct user *user, const char *acting_for,
                 enum oracle_operation operation, const struct user *to, struct answer *out);

#endif
