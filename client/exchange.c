/* Sending until the outcome is definite. */
#include "client/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "auth.pb-c.h"
#include "client/journal.h"
#include "client/text.h"
#include "common/check.h"

#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 2000
#define WINDOW       64 /* commands in flight of a pipelined run; the server takes as many */

/* ---- one request and its answer ---- */

static void *arena_allocate(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void arena_keep(void *arena, void *pointer)
{
    (void)arena, (void)pointer;
}

static const Creditd__V1__Answer *unpack_answer(struct client *client, const uint8_t *body, size_t length)
{
    ProtobufCAllocator allocator = {arena_allocate, arena_keep, client->arena};

    return creditd__v1__answer__unpack(&allocator, length, body);
}

static uint8_t *pack(struct client *client, const ProtobufCMessage *request, size_t *length)
{
    uint8_t *bytes;

    *length = protobuf_c_message_get_packed_size(request);
    bytes = arena_alloc(client->arena, *length + 1);
    protobuf_c_message_pack(request, bytes);
    return bytes;
}

/* NULL: the connection is gone. */
static const Creditd__V1__Answer *ask(struct client *client, uint16_t method, const uint8_t *bytes, size_t length)
{
    struct frame frame;
    const uint8_t *body;

    if (!connection_send(client->connection, client->deadline_ms, method, 1, bytes, length) ||
        !connection_receive(client->connection, client->deadline_ms, &frame, &body))
        return NULL;
    return unpack_answer(client, body, frame.length);
}

void *exchange_body(struct client *client, const Creditd__V1__Answer *answer,
                    const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCAllocator allocator = {arena_allocate, arena_keep, client->arena};
    void *message = NULL;

    if (answer->has_body)
        message = protobuf_c_message_unpack(descriptor, &allocator, answer->body.len, answer->body.data);
    if (message == NULL)
        failure_set(&client->failure, EXIT_BUG, "MALFORMED", NULL, _("the server's answer cannot be read"));
    return message;
}

/* ---- connecting ---- */

void exchange_disconnect(struct client *client)
{
    connection_close(client->connection);
    client->connection = NULL;
}

/* A step of the beginning; false: refused (failure is set) or lost (retryable). */
static bool first_request(struct client *client, enum method method, const ProtobufCMessage *request)
{
    size_t length;
    uint8_t *bytes = pack(client, request, &length);
    const Creditd__V1__Answer *answer = ask(client, (uint16_t)method, bytes, length);

    if (answer == NULL) {
        failure_set(&client->failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", NULL, _("the connection was lost"));
        return false;
    }
    if (answer->status == CREDITD__V1__STATUS__STATUS_OK)
        return true;
    failure_from_answer(&client->failure, answer);
    return false;
}

static bool greet(struct client *client)
{
    Creditd__V1__HelloRequest hello = CREDITD__V1__HELLO_REQUEST__INIT;
    char name[] = "creditctl " CREDITD_VERSION;

    hello.has_protocol_min = hello.has_protocol_max = true;
    hello.protocol_min = hello.protocol_max = 1;
    hello.client = name;
    return first_request(client, METHOD_HELLO, &hello.base);
}

static bool resume(struct client *client)
{
    Creditd__V1__ResumeRequest request = CREDITD__V1__RESUME_REQUEST__INIT;
    uint8_t token[TOKEN_BYTES];

    if (!profile_token(&client->profile, token, &client->failure)) {
        if (client->failure.code == EXIT_DONE)
            failure_set(&client->failure, EXIT_LOGIN, "NOT_LOGGED_IN", NULL, _("nobody is logged in as profile %s"),
                        client->profile.name);
        return false;
    }
    request.has_token = true;
    request.token = (ProtobufCBinaryData){sizeof token, token};
    return first_request(client, METHOD_RESUME, &request.base);
}

bool exchange_connect(struct client *client, bool session)
{
    if (client->connection != NULL)
        return true;
    client->connection = connection_open(&client->profile, client->deadline_ms, &client->failure);
    if (client->connection == NULL)
        return false;
    if (greet(client) && (!session || resume(client)))
        return true;
    exchange_disconnect(client);
    return false;
}

/* ---- repeating ---- */

struct attempts {
    bool in_doubt;   /* some sending got no answer, or UNKNOWN: the command may have been done */
    bool told_retry; /* the server said RETRY: nothing was done by that sending */
    int pause_ms;
};

/* Pauses before the next try; false: the time is over or Ctrl-C came. */
static bool pause_between(struct client *client, struct attempts *attempts)
{
    int64_t now = client_clock_ms();
    int64_t pause = attempts->pause_ms / 2 + now % (attempts->pause_ms / 2 + 1);

    client_wait(-1, 0, now + pause < client->deadline_ms ? now + pause : client->deadline_ms);
    attempts->pause_ms = attempts->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : attempts->pause_ms * 2;
    /* An attempt cut short would hide why. */
    return !client_interrupted() && client_clock_ms() < client->deadline_ms;
}

static bool is_definite(const Creditd__V1__Answer *answer)
{
    return answer->status == CREDITD__V1__STATUS__STATUS_OK || answer->status == CREDITD__V1__STATUS__STATUS_REJECTED;
}

/* It ends without a definite answer: what is known of the request. */
static void give_up(struct client *client, const struct attempts *attempts, bool command)
{
    struct failure last = client->failure;
    struct failure *failure = &client->failure;

    if (command && attempts->in_doubt) {
        failure_set(failure, client_interrupted() ? EXIT_INTERRUPTED : EXIT_UNKNOWN, "OUTCOME_UNKNOWN", NULL,
                    _("the outcome is not known: %s"), last.message);
        failure->executed = EXECUTED_UNKNOWN;
        failure->retryable = true;
    } else if (client_interrupted()) {
        failure_set(failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    } else if (!attempts->told_retry && last.code == EXIT_TRY_AGAIN) {
        failure_set(failure, EXIT_TIMED_OUT, "TIMED_OUT", last.field,
                    _("the time was over before anything was done: %s"), last.message);
        failure->retryable = true;
    }
}

/* Sends until there is a definite answer; NULL: failure is set. */
static const Creditd__V1__Answer *send_until(struct client *client, enum method method, const uint8_t *bytes,
                                             size_t length, bool session, bool command)
{
    struct attempts attempts = {.pause_ms = PAUSE_MIN_MS};

    do {
        const Creditd__V1__Answer *answer;
        if (!exchange_connect(client, session)) {
            if (!client->failure.retryable && client->failure.code != EXIT_TRY_AGAIN)
                break;
            continue;
        }
        answer = ask(client, (uint16_t)method, bytes, length);
        if (answer == NULL) {
            exchange_disconnect(client);
            attempts.in_doubt = true;
            failure_set(&client->failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", NULL, _("the connection was lost"));
            continue;
        }
        if (is_definite(answer))
            return answer;
        failure_from_answer(&client->failure, answer);
        attempts.told_retry |= answer->status == CREDITD__V1__STATUS__STATUS_RETRY;
        attempts.in_doubt |= answer->status == CREDITD__V1__STATUS__STATUS_UNKNOWN;
    } while (pause_between(client, &attempts));
    give_up(client, &attempts, command);
    return NULL;
}

static const Creditd__V1__Answer *only_ok(struct client *client, const Creditd__V1__Answer *answer)
{
    if (answer == NULL || answer->status == CREDITD__V1__STATUS__STATUS_OK)
        return answer;
    failure_from_answer(&client->failure, answer);
    return NULL;
}

const Creditd__V1__Answer *exchange_read(struct client *client, enum method method, const ProtobufCMessage *request,
                                         bool session)
{
    size_t length;
    uint8_t *bytes = pack(client, request, &length);

    return only_ok(client, send_until(client, method, bytes, length, session, false));
}

static const char *command_line(struct client *client)
{
    char *line = arena_strdup(client->arena, "creditctl");

    for (int i = 0; i < client->options.word_count && i < 6; i++)
        line = arena_printf(client->arena, "%s %s", line, client->options.words[i]);
    return line;
}

const Creditd__V1__Answer *exchange_command(struct client *client, enum method method, const ProtobufCMessage *request)
{
    struct journal_entry entry = {.command_id = client->command_id, .method = (uint16_t)method};
    const Creditd__V1__Answer *answer;

    entry.body = pack(client, request, &entry.length);
    if (!journal_write(client->profile.state_dir, command_line(client), &entry, 1, &client->failure))
        return NULL;
    answer = send_until(client, method, entry.body, entry.length, true, true);
    if (answer != NULL || client->failure.executed == EXECUTED_NO)
        journal_done(client->profile.state_dir, client->command_id);
    answer = only_ok(client, answer);
    if (answer == NULL)
        uuid_format(client->command_id, client->failure.command_id);
    return answer;
}

/* ---- many at once ---- */

struct many {
    struct client *client;
    enum method method;
    struct journal_entry *entries;
    const Creditd__V1__Answer **answers;
    size_t count;
};

/* Sends what has no definite answer yet, at most WINDOW unanswered; false: the connection was lost. */
static bool send_round(struct many *m)
{
    size_t next = 0, in_flight = 0;
    struct frame frame;
    const uint8_t *body;

    while (next < m->count || in_flight > 0) {
        if (next < m->count && in_flight < WINDOW) {
            if (m->answers[next] == NULL) {
                const struct journal_entry *e = &m->entries[next];
                if (!connection_send(m->client->connection, m->client->deadline_ms, (uint16_t)m->method, next, e->body,
                                     e->length))
                    return false;
                in_flight++;
            }
            next++;
            continue;
        }
        if (!connection_receive(m->client->connection, m->client->deadline_ms, &frame, &body) || frame.id >= m->count)
            return false;
        in_flight--;
        const Creditd__V1__Answer *answer = unpack_answer(m->client, body, frame.length);
        if (answer != NULL && is_definite(answer))
            m->answers[frame.id] = answer;
        else if (answer != NULL)
            failure_from_answer(&m->client->failure, answer);
    }
    return true;
}

static bool all_definite(const struct many *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->answers[i] == NULL)
            return false;
    return true;
}

bool exchange_many(struct client *client, enum method method, const ProtobufCMessage *const *requests,
                   const struct uuid *ids, size_t count, const Creditd__V1__Answer **answers)
{
    struct attempts attempts = {.pause_ms = PAUSE_MIN_MS};
    struct many m = {client, method, ARENA_ARRAY(client->arena, struct journal_entry, count), answers, count};

    for (size_t i = 0; i < count; i++) {
        m.entries[i] = (struct journal_entry){.command_id = ids[i], .method = (uint16_t)method};
        m.entries[i].body = pack(client, requests[i], &m.entries[i].length);
    }
    if (!journal_write(client->profile.state_dir, command_line(client), m.entries, count, &client->failure))
        return false;
    do {
        if (!exchange_connect(client, true)) {
            if (!client->failure.retryable && client->failure.code != EXIT_TRY_AGAIN)
                break;
            continue;
        }
        attempts.in_doubt = true;
        if (!send_round(&m)) {
            exchange_disconnect(client);
            failure_set(&client->failure, EXIT_TRY_AGAIN, "NOT_CONNECTED", NULL, _("the connection was lost"));
        }
        if (all_definite(&m)) {
            journal_done(client->profile.state_dir, ids[0]);
            return true;
        }
    } while (pause_between(client, &attempts));
    give_up(client, &attempts, true);
    return false;
}
