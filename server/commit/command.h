/* A command on its way through the engine: what it needs (its load list), how it decides, and what came out. Knows no
 * protobuf: an operation puts its own request behind `request` and its functions behind `kind`. */
#ifndef CREDITD_COMMIT_COMMAND_H
#define CREDITD_COMMIT_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/reasons.h"
#include "server/rules/access.h"
#include "server/rules/evaluation.h"
#include "server/rules/model.h"
#include "server/rules/organisation.h"
#include "server/rules/policy.h"
#include "server/store/store.h"

#define OUTCOME_ARGUMENTS_BYTES 512
#define OUTCOME_ENTITY_BYTES    72 /* a public id, a login or a code of a unit */

/* What a command came to. `arguments` are lines "name=value\n". */
struct outcome {
    enum status status;
    enum reason reason;
    const char *field;
    char arguments[OUTCOME_ARGUMENTS_BYTES];
    char entity[OUTCOME_ENTITY_BYTES];
    int32_t version;
    bool executed;
    bool silent;   /* says nothing of whether the command was carried out under this id before */
    bool repeated; /* answered from the stored command */
    int64_t at;    /* business time of the decision */
};

/* The rows a command is decided on, as they stand after the commands before it; NULL: there is no such row. */
struct situation {
    const struct organisation *org;
    const struct policy *policy; /* of the case; else, and for evaluations, the one in force */
    const struct user *user;     /* NULL: the system */
    int64_t now;
    const struct customer *customer;
    bool several; /* the number that was given is that of several customers: customer is NULL */
    const struct application *application;
    int64_t new_number;      /* a fresh row number, when the command asked for one; of a row, when it has no customer */
    bool unit_has_customers; /* of the command's unit_code */
    const struct policy_look *policy_look; /* when the command asked for one */
    const struct trade *trade;             /* the newest version, also of another customer's */
    const struct trade_import *import;
    const struct import_customer *import_customer;  /* of the customer and the import */
    const struct policy *in_force, *demoted_policy; /* the latter of the customer's demotion; NULL: none */
    const struct policy *target_policy;             /* the published version that the command names; NULL: none */
    const struct policy *measures_policy;           /* of the list of the customer's measures; NULL: none */
    /* COMMAND_EVALUATES: */
    struct facts facts;                /* of the customer, trades that are not cancelled and may count */
    const struct trade *import_trades; /* what the import wrote of the customer's trades, by document and version */
    size_t import_trade_count;
};

#define EFFECT_EVENTS_MAX 5

/* What an accepted command changes. Events carry kind, application, states, version and payload; the engine adds chain,
 * command, actor and time. */
struct effects {
    bool has_customer;
    struct customer customer;
    bool has_application;
    struct application application;
    bool has_trade; /* new, or the next version of situation.trade; the engine adds command and instant */
    struct trade trade;
    bool has_assessment; /* a new one */
    struct assessment assessment;
    bool has_import;
    struct trade_import import;
    bool has_import_customer; /* new, or with its result now */
    struct import_customer import_customer;
    struct event events[EFFECT_EVENTS_MAX];
    int event_count;
    bool has_standing;
    struct standing_change standing; /* the engine adds seq */
    struct reference_change reference;
};

struct command;

/* Trades and assessments are loaded for evaluations as they are in the database: one batch does not both write and
 * evaluate them. */
enum command_trades { COMMAND_NO_TRADES, COMMAND_WRITES_TRADES, COMMAND_EVALUATES };

struct command_kind {
    enum method method;
    bool reference;             /* changes reference data: alone in its batch */
    enum reference_chain chain; /* of its events then */
    enum command_trades trades;
    bool background; /* people do not wait behind it */
    /* Pure decision: fills command->outcome and, when OK, *effects. Texts of the
     * effects come from `arena`, which lives until the batch is applied. */
    void (*decide)(struct command *command, const struct situation *situation, struct arena *arena,
                   struct effects *effects);
    /* Commands of many rows, NULL for others. A command that `decide` has accepted goes on row by row, each on the rows
     * as the one before left them; true: accepted with its effects. A row that is refused or changes nothing ends none
     * of the others; the command keeps what it says of it. */
    bool (*decide_row)(struct command *command, size_t row, const struct situation *situation, struct arena *arena,
                       struct effects *effects);
    /* After the last row: the command's own effects, in place of those of `decide`. */
    void (*decide_end)(struct command *command, const struct situation *situation, struct arena *arena,
                       struct effects *effects);
};

/* What a row of a command is about: its situation has the customer, the trade and whether the import touched it. */
struct command_row {
    struct customer_named customer; /* number NULL: none */
    const char *document;           /* NULL: none */
};

struct command {
    struct command *next; /* the engine's queue */
    const struct command_kind *kind;
    const void *request; /* the operation's, lives until done */
    struct uuid command_id;
    int16_t home;
    bool home_may_differ; /* an earlier sending may have had another home: the id is looked for in all of them */
    int64_t user_id;      /* SYSTEM_USER: the system */
    uint8_t request_hash[32];
    /* what to load */
    struct key customer;         /* id 0: none */
    struct customer_named named; /* number NULL: none */
    struct key application;      /* id 0: none */
    bool looks_at_policy;        /* at policy_version (0: none) and what it stands beside */
    int32_t policy_version;
    int32_t target_policy;        /* a published version, or 0 */
    const char *unit_code;        /* a unit about to be closed (reference commands), or NULL */
    bool with_case;               /* the customer's open application, too: with it the policy is the case's */
    bool wants_number;            /* each row without a customer one, when there are rows */
    const char *document;         /* a trade of the customer, or NULL */
    struct key import;            /* id 0: none */
    int64_t import_of_customer;   /* the import whose import_customer row and trades are wanted; 0: none */
    const uint8_t *import_source; /* the user's open import of this source, or NULL */
    const struct command_row *rows;
    size_t row_count;
    bool without_effect; /* decided on the rows as they were loaded; only its outcome is stored */
    /* result */
    struct outcome outcome;
    struct application after_application; /* as decided, for the answer; key.id 0: none */
    struct customer after_customer;       /* likewise */
    void (*done)(struct command *command);
    void *arg; /* the caller's */
};

#endif
