/* One request's way: frame -> descriptor -> pre-scan -> unpack -> session and right -> engine or reader -> answer. */
#include "server/operations/dispatch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "common/check.h"
#include "server/operations/answer.h"
#include "server/operations/peer.h"
#include "server/wire/prescan.h"

#define UNPACK_BYTES_FACTOR 8     /* memory of an unpacked request, times its length ... */
#define UNPACK_BYTES_BASE   65536 /* ... plus this */
#define RESTARTS_MAX        3

struct peer_entry {
    uint64_t conn;
    struct peer peer;
    UT_hash_handle hh;
};

struct dispatch {
    struct event_base *base;
    struct dispatch_config config;
    struct engine *engine;
    struct reference *reference;
    struct password_pool *passwords;
    struct wire *wire;
    struct store *reader, *audit_store;
    struct audit_queue *audit;
    struct peer_entry *peers;
    size_t calls; /* not yet answered */
    bool draining;
};

/* ---- peers ---- */

static struct peer_entry *find_peer(const struct dispatch *dispatch, uint64_t conn)
{
    struct peer_entry *entry;

    HASH_FIND(hh, dispatch->peers, &conn, sizeof conn, entry);
    return entry;
}

static struct peer *peer_of(struct dispatch *dispatch, uint64_t conn)
{
    struct peer_entry *entry = find_peer(dispatch, conn);

    if (entry == NULL) {
        entry = xcalloc(1, sizeof *entry);
        entry->conn = conn;
        HASH_ADD(hh, dispatch->peers, conn, sizeof entry->conn, entry);
    }
    return &entry->peer;
}

static void connection_closed(void *arg, uint64_t conn)
{
    struct dispatch *dispatch = arg;
    struct peer_entry *entry = find_peer(dispatch, conn);

    if (entry == NULL)
        return;
    HASH_DEL(dispatch->peers, entry);
    free(entry);
}

struct peer *call_peer(const struct call *call)
{
    struct peer_entry *entry = find_peer(call->dispatch, call->conn);

    return entry == NULL ? NULL : &entry->peer;
}

void call_set_session(struct call *call, int64_t user_id, const uint8_t token_hash[TOKEN_BYTES], int64_t expires_at)
{
    struct peer *peer = call_peer(call);

    if (peer == NULL)
        return;
    peer->user_id = user_id;
    peer->expires_at = expires_at;
    memcpy(peer->token_hash, token_hash, TOKEN_BYTES);
    wire_set_logged_in(call->dispatch->wire, call->conn, user_id != 0);
}

const struct dispatch_config *call_config(const struct call *call)
{
    return &call->dispatch->config;
}

struct password_pool *call_passwords(const struct call *call)
{
    return call->dispatch->passwords;
}

struct engine *call_engine(const struct call *call)
{
    return call->dispatch->engine;
}

unsigned call_connections(const struct call *call)
{
    return wire_connections(call->dispatch->wire);
}

const struct organisation *call_org(const struct call *call)
{
    return reference_organisation(call->dispatch->reference);
}

const struct user *call_user(const struct call *call)
{
    const struct organisation *org = call_org(call);
    const struct user *user = org == NULL || call->user_id == 0 ? NULL : user_by_id(org, call->user_id);

    return user == NULL || user->disabled ? NULL : user;
}

struct store *call_reader(const struct call *call)
{
    return call->dispatch->reader;
}

struct reference *call_reference(const struct call *call)
{
    return call->dispatch->reference;
}

struct audit_queue *dispatch_audit(struct dispatch *dispatch)
{
    return dispatch->audit;
}

/* ---- the life of a call ---- */

static struct call *call_new(struct dispatch *dispatch, uint64_t conn, uint16_t method, uint64_t request_id,
                             size_t length)
{
    struct arena *arena = arena_new(0);
    struct call *call = ARENA_NEW(arena, struct call);

    call->dispatch = dispatch;
    call->arena = arena;
    call->request_arena = arena_new(UNPACK_BYTES_BASE + UNPACK_BYTES_FACTOR * length);
    call->conn = conn;
    call->method = method;
    call->request_id = request_id;
    dispatch->calls++;
    return call;
}

void dispatch_send(struct dispatch *dispatch, struct call *call, const uint8_t *bytes, size_t size)
{
    struct arena *arena = call->arena;

    wire_answer(dispatch->wire, call->conn, call->method, call->request_id, bytes, size);
    arena_free(call->request_arena);
    arena_free(arena);
    dispatch->calls--;
}

static const struct operation *find_operation(uint16_t method)
{
    for (const struct operation *const *o = operations; *o != NULL; o++)
        if ((uint16_t)(*o)->method == method)
            return *o;
    return NULL;
}

static void *capped_alloc(void *arena, size_t size)
{
    return arena_try(arena, size);
}

static void capped_free(void *arena, void *pointer)
{
    (void)arena, (void)pointer; /* the arena is freed whole */
}

/* Checks and unpacks the body. False: the call was refused. */
static bool unpack(struct call *call, const uint8_t *body, size_t length)
{
    ProtobufCAllocator allocator = {capped_alloc, capped_free, call->request_arena};
    struct prescan_result scan = prescan(call->operation->request, body, length);

    if (scan.reason != REASON_NONE) {
        call_refuse(call, scan.reason, scan.field, NULL, NULL);
        return false;
    }
    call->request = protobuf_c_message_unpack(call->operation->request, &allocator, length, body);
    if (call->request == NULL) {
        call_refuse(call, REASON_MALFORMED, "request", NULL, NULL);
        return false;
    }
    return true;
}

static void hash_request(struct call *call, const uint8_t *body, size_t length)
{
    crypto_hash_sha256_state state;
    uint8_t method[2] = {(uint8_t)(call->operation->method >> 8), (uint8_t)call->operation->method};

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, method, sizeof method);
    crypto_hash_sha256_update(&state, body, length);
    crypto_hash_sha256_final(&state, call->request_hash);
}

static int64_t real_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

/* What does not need the database: greeting first, a session where one is needed. */
static bool admit(struct call *call)
{
    struct peer *peer = peer_of(call->dispatch, call->conn);

    if (!peer->greeted && call->operation->method != METHOD_HELLO) {
        call_refuse(call, REASON_UPGRADE_NEEDED, "hello", NULL, NULL);
        return false;
    }
    call->user_id = peer->user_id;
    if (call->access->session != SESSION_USER)
        return true;
    if (call->user_id == 0) {
        call_refuse(call, REASON_NOT_LOGGED_IN, NULL, NULL, NULL);
        return false;
    }
    if (real_now_us() >= peer->expires_at) {
        call_set_session(call, 0, peer->token_hash, 0);
        call_refuse(call, REASON_SESSION_EXPIRED, NULL, NULL, NULL);
        return false;
    }
    return true;
}

/* ---- commands ---- */

static void command_done(struct command *command)
{
    struct call *call = command->arg;

    call_answer_command(call);
}

/* The command id is field 1 of every mutating request. */
static bool take_command_id(struct call *call)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(call->operation->request, "command_id");
    const char *at = (const char *)call->request;
    const ProtobufCBinaryData *id;

    CHECK(field != NULL && field->id == 1 && field->type == PROTOBUF_C_TYPE_BYTES);
    id = (const void *)(at + field->offset);
    if (*(const protobuf_c_boolean *)(const void *)(at + field->quantifier_offset) && id->len == sizeof(struct uuid)) {
        memcpy(call->command.command_id.bytes, id->data, sizeof(struct uuid));
        if (!uuid_is_zero(call->command.command_id))
            return true;
    }
    call_refuse(call, REASON_FIELD_INVALID, "command_id", "rule", "16 bytes, not all zero");
    return false;
}

void call_submit(struct call *call)
{
    enum reason reason;

    call->command.kind = &call->operation->command;
    call->command.request = call;
    call->command.user_id = call->user_id;
    memcpy(call->command.request_hash, call->request_hash, sizeof call->request_hash);
    call->command.done = command_done;
    call->command.arg = call;
    call->operation->prepare(call, &call->command);
    reason = engine_submit(call->dispatch->engine, &call->command);
    if (reason != REASON_NONE)
        call_refuse(call, reason, NULL, NULL, NULL);
}

/* ---- reads ---- */

static void refreshed(void *arg, enum store_result result);

static void read_start(struct call *call)
{
    struct refusal refusal;

    if (call_org(call) == NULL) { /* the first read of a server that has just started */
        call->restarts++;
        reference_refresh(call->dispatch->reference, call->dispatch->reader, refreshed, call);
        return;
    }
    refusal = access_check(call->access, call_user(call));
    if (refusal.reason == REASON_NOT_LOGGED_IN && call->user_id != 0)
        refusal.reason = REASON_USER_DISABLED;
    if (refusal.reason != REASON_NONE)
        call_refuse(call, refusal.reason, refusal.field, refusal.name, refusal.value);
    else
        call->operation->start(call);
}

static void refreshed(void *arg, enum store_result result)
{
    struct call *call = arg;

    if (result == STORE_OK)
        read_start(call);
    else
        call_refuse_store(call, result);
}

bool call_restarted(struct call *call, const struct read_stamp *stamp)
{
    if (stamp->epoch <= reference_epoch(call->dispatch->reference) || call->restarts >= RESTARTS_MAX)
        return false;
    call->restarts++;
    call->audited_count = 0;
    reference_refresh(call->dispatch->reference, call->dispatch->reader, refreshed, call);
    return true;
}

/* ---- entry ---- */

static void run(struct call *call)
{
    switch (call->operation->kind) {
    case OPERATION_LOCAL:
        call->operation->start(call);
        break;
    case OPERATION_READ:
        if (store_pending(call->dispatch->reader) >= call->dispatch->config.reads_waiting_max)
            call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
        else
            read_start(call);
        break;
    case OPERATION_COMMAND:
        if (!take_command_id(call))
            break;
        if (call->operation->before != NULL)
            call->operation->before(call);
        else
            call_submit(call);
        break;
    }
}

static void request_arrived(void *arg, uint64_t conn, uint16_t method, uint64_t request_id, const uint8_t *body,
                            size_t length)
{
    struct dispatch *dispatch = arg;
    struct call *call = call_new(dispatch, conn, method, request_id, length);

    call->operation = find_operation(method);
    call->access = call->operation == NULL ? NULL : access_row_of(call->operation->method);
    if (call->operation == NULL || call->access->session == SESSION_SYSTEM) {
        call_refuse(call, REASON_UNKNOWN_METHOD, NULL, NULL, NULL);
        return;
    }
    if (dispatch->draining) {
        call_refuse(call, REASON_SHUTTING_DOWN, NULL, NULL, NULL);
        return;
    }
    if (!admit(call) || !unpack(call, body, length))
        return;
    hash_request(call, body, length);
    run(call);
}

struct wire_handlers dispatch_handlers(void)
{
    return (struct wire_handlers){request_arrived, connection_closed};
}

struct dispatch *dispatch_new(struct event_base *base, const struct dispatch_config *config,
                              const struct store_config *store, struct engine *engine, struct reference *reference,
                              struct password_pool *passwords)
{
    struct dispatch *dispatch = xcalloc(1, sizeof *dispatch);

    dispatch->base = base;
    dispatch->config = *config;
    dispatch->engine = engine;
    dispatch->reference = reference;
    dispatch->passwords = passwords;
    dispatch->reader = store_open(base, store, "reader", false, NULL, NULL);
    dispatch->audit_store = store_open(base, store, "read audit", true, NULL, NULL);
    dispatch->audit = audit_queue_new(dispatch->audit_store);
    return dispatch;
}

void dispatch_set_wire(struct dispatch *dispatch, struct wire *wire)
{
    dispatch->wire = wire;
}

bool dispatch_is_up(const struct dispatch *dispatch)
{
    return store_is_up(dispatch->reader) && store_is_up(dispatch->audit_store);
}

void dispatch_drain(struct dispatch *dispatch)
{
    dispatch->draining = true;
}

bool dispatch_idle(const struct dispatch *dispatch)
{
    return dispatch->calls == 0;
}

void dispatch_free(struct dispatch *dispatch)
{
    struct peer_entry *entry, *next;

    if (dispatch == NULL)
        return;
    store_close(dispatch->reader);
    store_close(dispatch->audit_store);
    audit_queue_free(dispatch->audit);
    entry = dispatch->peers;
    HASH_CLEAR(hh, dispatch->peers);
    for (; entry != NULL; entry = next) {
        next = entry->hh.next;
        free(entry);
    }
    free(dispatch);
}
