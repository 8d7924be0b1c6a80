/* One request's way: frame -> descriptor -> pre-scan -> unpack -> session and right -> engine or reader -> answer. */
#include "server/operations/dispatch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#include "application.pb-c.h"
#include "common/check.h"
#include "common/text.h"
#include "server/digest.h"
#include "server/operations/answer.h"
#include "server/operations/desks.h"
#include "server/operations/peer.h"
#include "server/wire/prescan.h"

#define UNPACK_BYTES_FACTOR 8     /* memory of an unpacked request, times its length ... */
#define UNPACK_BYTES_BASE   65536 /* ... plus this */
#define RESTARTS_MAX        3
#define PURPOSE_LENGTH_MAX  200
#define READERS             2 /* connections: a page of many rows keeps one busy as long as the rest of its way takes */

struct peer_entry {
    uint64_t conn;
    struct peer peer;
    UT_hash_handle hh;
};

struct dispatch {
    struct dispatch_config config;
    struct engine *engine;
    struct reference *reference;
    struct password_pool *passwords;
    struct wire *wire;
    struct store *readers[READERS], *sessions, *audit_store;
    struct audit_queue *audit;
    struct peer_entry *peers;
    size_t calls;    /* not yet answered */
    size_t watching; /* peers */
    bool draining;
};

/* ---- peers ---- */

static int64_t monotonic_us(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

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
    dispatch->watching -= entry->peer.watches;
    HASH_DEL(dispatch->peers, entry);
    free(entry);
}

struct peer *call_peer(const struct call *call)
{
    struct peer_entry *entry = find_peer(call->dispatch, call->conn);

    return entry == NULL ? NULL : &entry->peer;
}

void call_begin_session(struct call *call, const struct session_row *session, const uint8_t token_hash[TOKEN_BYTES])
{
    struct peer *peer = call_peer(call);

    if (peer == NULL)
        return;
    peer->user_id = session->user_id;
    peer->expires_at = session->expires_at;
    peer->ends_us = monotonic_us() + session->left_us;
    memcpy(peer->token_hash, token_hash, TOKEN_BYTES);
    wire_set_logged_in(call->dispatch->wire, call->conn, true);
}

void call_end_session(struct call *call)
{
    struct peer *peer = call_peer(call);

    if (peer == NULL)
        return;
    call->dispatch->watching -= peer->watches;
    *peer = (struct peer){.greeted = peer->greeted};
    wire_set_logged_in(call->dispatch->wire, call->conn, false);
}

void call_watches(struct call *call)
{
    struct peer *peer = call_peer(call);

    if (peer == NULL || peer->user_id == 0 || peer->watches)
        return;
    peer->watches = true;
    call->dispatch->watching++;
}

/* ---- hints ---- */

bool dispatch_is_watched(const struct dispatch *dispatch)
{
    return dispatch->watching > 0;
}

/* Is there something for him to ask for? */
static bool concerns(const struct dispatch *dispatch, const struct peer *peer, const struct change_page *page, bool all)
{
    const struct organisation *org = reference_organisation(dispatch->reference);
    const struct user *user = org == NULL ? NULL : user_by_id(org, peer->user_id);
    bool found = all || user == NULL; /* a user who is newer than what is known here: the read will tell */

    if (!peer->watches || monotonic_us() >= peer->ends_us || (user != NULL && user->disabled))
        return false;
    if (found)
        return true;
    struct arena *arena = arena_new(0);
    const struct desks desks = desks_of(org, user, arena);
    const struct desk_tasks tasks = desks_tasks(&desks, org, user, &page->tasks, true);
    found = tasks.criteria || tasks.emergencies || tasks.escalations;
    for (size_t i = 0; i < page->count && !found; i++)
        found = desks_concerned(&desks, user, dispatch->reference, &page->rows[i]);
    arena_free(arena);
    return found;
}

static uint8_t *pack_hint(const struct case_change *rows, size_t count, struct arena *arena, size_t *length)
{
    Creditd__V1__Hint hint = CREDITD__V1__HINT__INIT;
    uint8_t *bytes;

    hint.home_ids = ARENA_ARRAY(arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t home = (uint32_t)rows[i].now.application.key.home;
        bool there = false;
        for (size_t k = 0; k < hint.n_home_ids; k++)
            there |= hint.home_ids[k] == home;
        if (!there)
            hint.home_ids[hint.n_home_ids++] = home;
    }
    *length = creditd__v1__hint__get_packed_size(&hint);
    bytes = arena_alloc(arena, *length + 1);
    creditd__v1__hint__pack(&hint, bytes);
    return bytes;
}

void dispatch_hint(struct dispatch *dispatch, const struct change_page *page, bool all)
{
    struct arena *arena = arena_new(0);
    struct peer_entry *entry, *next;
    size_t length;
    const uint8_t *bytes = pack_hint(page->rows, all ? 0 : page->count, arena, &length);
    struct change_page told = *page;

    if (!all && reference_organisation(dispatch->reference) != NULL)
        desks_add_stuck(dispatch->reference, arena, &told);
    HASH_ITER(hh, dispatch->peers, entry, next)
    {
        if (concerns(dispatch, &entry->peer, &told, all))
            wire_push(dispatch->wire, entry->conn, METHOD_INBOX_WATCH, bytes, length);
    }
    arena_free(arena);
}

struct store *dispatch_reader(struct dispatch *dispatch)
{
    return dispatch->readers[0];
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

struct store *call_sessions(const struct call *call)
{
    struct store *sessions = call->dispatch->sessions;

    return store_pending(sessions) < call->dispatch->config.reads_waiting_max ? sessions : NULL;
}

/* The one that has the least to do, of those that are up. */
static struct store *idlest_reader(const struct dispatch *dispatch)
{
    struct store *best = dispatch->readers[0];

    for (size_t i = 1; i < READERS; i++) {
        struct store *other = dispatch->readers[i];
        if (store_is_up(other) && (!store_is_up(best) || store_pending(other) < store_pending(best)))
            best = other;
    }
    return best;
}

struct store *call_reader(const struct call *call)
{
    return idlest_reader(call->dispatch);
}

void call_refresh(struct call *call, store_done *done)
{
    reference_refresh_shared(call->dispatch->reference, dispatch_reader(call->dispatch), done, call);
}

struct store *call_writer(const struct call *call)
{
    return call->dispatch->audit_store;
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

/* Passwords are left out: a hash that is fast to make would undo the slow one, and this one is kept for ever. */
static void hash_body(const ProtobufCMessageDescriptor *descriptor, const uint8_t *body, size_t length)
{
    const uint8_t *at = body, *end = body + length;

    if (protobuf_c_message_descriptor_get_field_by_name(descriptor, "password") == NULL) {
        digest_add(body, length);
        return;
    }
    while (at < end) {
        const uint8_t *from = at;
        const ProtobufCFieldDescriptor *field = prescan_step(descriptor, &at, end);
        if (strcmp(field->name, "password") != 0 && strcmp(field->name, "old_password") != 0)
            digest_add(from, (size_t)(at - from));
    }
}

static void hash_request(struct call *call, const uint8_t *body, size_t length)
{
    uint8_t method[2] = {(uint8_t)(call->operation->method >> 8), (uint8_t)call->operation->method};

    digest_begin();
    digest_add(method, sizeof method);
    hash_body(call->operation->request, body, length);
    digest_end(call->request_hash);
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
    if (monotonic_us() >= peer->ends_us) {
        call_end_session(call);
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

/* The text of a field of the request, NULL when there is none. */
static const char *request_text(const struct call *call, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(call->operation->request, name);

    if (field == NULL)
        return NULL;
    CHECK(field->type == PROTOBUF_C_TYPE_STRING && field->label == PROTOBUF_C_LABEL_OPTIONAL);
    return *(char *const *)(const void *)((const char *)call->request + field->offset);
}

/* What a read is for goes into the audit, so it is a text like any other. */
static bool take_purpose(struct call *call)
{
    const char *purpose = request_text(call, "purpose");

    if (purpose != NULL && !text_is_clean(purpose, false)) {
        call_refuse(call, REASON_FIELD_INVALID, "purpose", "rule", "text without control characters");
        return false;
    }
    if (purpose != NULL && text_length(purpose) > PURPOSE_LENGTH_MAX) {
        call_refuse(call, REASON_FIELD_TOO_LONG, "purpose", "limit", "200");
        return false;
    }
    call->purpose = purpose;
    return true;
}

static void refreshed(void *arg, enum store_result result);
static void stamp_read(void *arg, enum store_result result);

static void read_start(struct call *call)
{
    struct refusal refusal;

    if (call_org(call) == NULL) { /* the first read of a server that has just started */
        call->restarts++;
        call_refresh(call, refreshed);
        return;
    }
    call->epoch = reference_epoch(call->dispatch->reference);
    refusal = access_check(call->access, call_user(call));
    if (refusal.reason == REASON_NOT_LOGGED_IN && call->user_id != 0)
        refusal.reason = REASON_USER_DISABLED;
    if (refusal.reason != REASON_NONE)
        call_refuse(call, refusal.reason, refusal.field, refusal.name, refusal.value);
    else if (call->operation->kind == OPERATION_MEMORY)
        store_read_stamp(call_reader(call), &call->stamp, stamp_read, call);
    else
        call->operation->start(call);
}

static void stamp_read(void *arg, enum store_result result)
{
    struct call *call = arg;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!call_restarted(call, &call->stamp))
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
    if (call_is_current(call, stamp))
        return false;
    call->audited_count = 0;
    if (++call->restarts > RESTARTS_MAX)
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
    else if (stamp->epoch > reference_epoch(call->dispatch->reference))
        call_refresh(call, refreshed);
    else
        read_start(call);
    return true;
}

bool call_is_current(const struct call *call, const struct read_stamp *stamp)
{
    return stamp->epoch <= call->epoch && call->epoch == reference_epoch(call->dispatch->reference);
}

/* ---- entry ---- */

/* In the database, and of those that came back from there until their audit is committed. */
static size_t reads_waiting(const struct dispatch *dispatch)
{
    size_t count = audit_queue_length(dispatch->audit);

    for (size_t i = 0; i < READERS; i++)
        count += store_pending(dispatch->readers[i]);
    return count;
}

static void run(struct call *call)
{
    switch (call->operation->kind) {
    case OPERATION_LOCAL:
        call->operation->start(call);
        break;
    case OPERATION_READ:
    case OPERATION_MEMORY:
        if (reads_waiting(call->dispatch) >= call->dispatch->config.reads_waiting_max)
            call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
        else if (take_purpose(call))
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

    dispatch->config = *config;
    dispatch->engine = engine;
    dispatch->reference = reference;
    dispatch->passwords = passwords;
    for (size_t i = 0; i < READERS; i++)
        dispatch->readers[i] = store_open(base, store, STORE_READ, NULL, NULL);
    dispatch->sessions = store_open(base, store, STORE_SESSION, NULL, NULL);
    dispatch->audit_store = store_open(base, store, STORE_AUDIT, NULL, NULL);
    dispatch->audit = audit_queue_new(dispatch->audit_store);
    return dispatch;
}

void dispatch_set_wire(struct dispatch *dispatch, struct wire *wire)
{
    dispatch->wire = wire;
}

bool dispatch_is_up(const struct dispatch *dispatch)
{
    for (size_t i = 0; i < READERS; i++)
        if (!store_is_up(dispatch->readers[i]))
            return false;
    return store_is_up(dispatch->sessions) && store_is_up(dispatch->audit_store);
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
    for (size_t i = 0; i < READERS; i++)
        store_close(dispatch->readers[i]);
    store_close(dispatch->sessions);
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
