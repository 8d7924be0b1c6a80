/* A command on its way through the engine: what it needs (its load list), how it decides, and what came out. Knows no
 * protobuf: an operation puts its own request behind `request` and its functions behind `kind`. */
#ifndef CREDITD_COMMIT_COMMAND_H
#define CREDITD_COMMIT_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/reasons.h"
#include "server/rules/access.h"
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
    const struct policy *policy; /* of the case, else the newest */
    const struct user *user;     /* NULL: the system */
    int64_t now;
    const struct customer *customer;
    const struct application *application;
    int64_t new_number;      /* a fresh row number, when the command asked for one */
    bool unit_has_customers; /* of the command's unit_code */
};

#define EFFECT_EVENTS_MAX 3

/* What an accepted command changes. Events carry kind, application, states, version and payload; the engine adds chain,
 * command, actor and time. */
struct effects {
    bool has_customer;
    struct customer customer;
    bool has_application;
    struct application application;
    struct event events[EFFECT_EVENTS_MAX];
    int event_count;
    bool has_standing;
    struct standing_change standing; /* the engine adds seq */
    struct reference_change reference;
};

struct command;

struct command_kind {
    enum method method;
    bool reference; /* changes reference data: alone in its batch, on the organisation's chain */
    /* Pure decision: fills command->outcome and, when OK, *effects. Texts of the
     * effects come from `arena`, which lives until the batch is applied. */
    void (*decide)(struct command *command, const struct situation *situation, struct arena *arena,
                   struct effects *effects);
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
    const char *customer_number; /* in `home`, or NULL */
    struct key application;      /* id 0: none */
    const char *unit_code;       /* a unit about to be moved or closed (reference commands), or NULL */
    bool wants_number;
    /* result */
    struct outcome outcome;
    struct application after_application; /* as decided, for the answer; key.id 0: none */
    struct customer after_customer;       /* likewise */
    void (*done)(struct command *command);
    void *arg; /* the caller's */
};

#endif
