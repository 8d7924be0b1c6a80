/* A request on its way: what the dispatcher hands to an operation and what an operation gives back. A call lives until
 * its answer is handed to the wire, which drops it when the connection is gone: that ends no call. Everything a call
 * needs is in its arena. */
#ifndef CREDITD_OPERATIONS_CALL_H
#define CREDITD_OPERATIONS_CALL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base.pb-c.h"
#include "common/arena.h"
#include "server/commit/command.h"
#include "server/commit/reference.h"
#include "server/operations/dispatch.h"
#include "server/rules/access.h"

#define TOKEN_BYTES  32
#define PAGE_DEFAULT 200
#define PAGE_MAX     1000

struct call;

/* How an operation is run. */
enum operation_kind {
    OPERATION_LOCAL,   /* `start` answers by itself, now or later */
    OPERATION_READ,    /* `start` reads and ends with call_answer_read; run anew when the reference data was too old */
    OPERATION_MEMORY,  /* the same from the reference data, which is known to be the newest when `start` is called */
    OPERATION_COMMAND, /* `prepare` fills the command, the engine does the rest */
};

struct operation {
    enum method method;
    enum operation_kind kind;
    const ProtobufCMessageDescriptor *request;
    void (*start)(struct call *call);
    /* COMMAND: home and load list from the request. Fields that cannot be read are left for `decide` to refuse, so that
     * the refusal is stored. */
    void (*prepare)(struct call *call, struct command *command);
    struct command_kind command;
    /* COMMAND, optional: the body of the answer to a command that was accepted now, from what `decide` left in
     * call->state; else it is the row as decided. */
    const ProtobufCMessage *(*body)(struct call *call);
    /* COMMAND, optional: slow work before the engine (password hashing); ends with call_submit or call_refuse. */
    void (*before)(struct call *call);
};

struct call {
    struct call *next; /* of the list it waits in */
    struct dispatch *dispatch;
    const struct operation *operation;
    const struct access_row *access;
    struct arena *arena;         /* of answers and rows */
    struct arena *request_arena; /* capped: what the peer's bytes unpack to */
    uint64_t conn, request_id;
    uint16_t method; /* as it came, known or not */
    const ProtobufCMessage *request;
    uint8_t request_hash[32];
    int64_t user_id;         /* 0: not logged in */
    int64_t epoch;           /* of the reference data that the read was begun with */
    struct read_stamp stamp; /* MEMORY: of that look */
    int restarts;            /* of a read, because the reference data was too old */
    struct command command;
    char *password_hash; /* made by `before`; NULL: none */
    /* what the read audit will hold */
    const char *purpose;
    struct key *audited;
    size_t audited_count, audited_room;
    Creditd__V1__Answer answer;
    void *state; /* of the operation, in the arena */
};

/* Every operation, in the order of the methods; NULL ends it. */
extern const struct operation *const operations[];

/* ---- what is known of the caller; valid until control goes back to the loop ---- */
const struct organisation *call_org(const struct call *call);
const struct user *call_user(const struct call *call); /* NULL: nobody, or gone or disabled meanwhile */
struct store *call_reader(const struct call *call);
/* Reads the reference data anew, once for all who ask meanwhile; `done` gets the call. */
void call_refresh(struct call *call, store_done *done);
struct store *call_writer(const struct call *call); /* for what has to be committed before a read is answered */
struct reference *call_reference(const struct call *call);

/* ---- answering: exactly one of these ends a call ---- */
/* OK with a body (NULL: none). */
void call_answer(struct call *call, const ProtobufCMessage *body);
/* OK with a body that carries credit information of `call->audited` (when there is any): answered after the audit row
 * is committed. */
void call_answer_read(struct call *call, const ProtobufCMessage *body);
/* A refusal that is not stored; up to one argument. The status follows from the reason. */
void call_refuse(struct call *call, enum reason reason, const char *field, const char *name, const char *value);
/* The outcome of a command (or a stored one), with a body when not NULL. The command's row is the record of whatever
 * credit information the body carries. */
void call_answer_outcome(struct call *call, const struct outcome *outcome, const ProtobufCMessage *body);
/* The same with a body that was read anew for a repeated command: answered after the audit row is committed, without
 * the body when it cannot be. */
void call_answer_repeated(struct call *call, const struct outcome *outcome, const ProtobufCMessage *body);
/* What a store result other than OK means for a read: RETRY, or INTERNAL. */
void call_refuse_store(struct call *call, enum store_result result);

/* COMMAND with `before`: goes on to the engine. */
void call_submit(struct call *call);
/* READ: was it begun with reference data that is no longer the newest? Then the call was restarted (or refused) and the
 * caller returns. */
bool call_restarted(struct call *call, const struct read_stamp *stamp);
/* Is the reference data still that which the call was begun with, and not older than the stamp's? */
bool call_is_current(const struct call *call, const struct read_stamp *stamp);
/* Notes a customer for the read audit; repeats are noted once. */
void call_audit(struct call *call, struct key customer);

/* COMMAND: the engine has finished; answers with the operation's body, or with the row as decided. */
void call_answer_command(struct call *call);

/* Fills an outcome as stored by the engine into protobuf form (arena of the call). */
void answer_from_outcome(struct call *call, const struct outcome *outcome, Creditd__V1__Answer *answer);

#endif
