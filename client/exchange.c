/* Sending until the outcome is definite. */
#include "client/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "client/message.h"
#include "client/reach.h"
#include "client/text.h"

#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 2000
#define WINDOW       64 /* commands in flight of a pipelined run, of a server that takes as many */

/* ---- one request and its answer ---- */

/* NULL: the connection is gone. */
static const Creditd__V1__Answer *ask(struct client *client, uint16_t method, const uint8_t *bytes, size_t length)
{
    struct frame frame;
    const uint8_t *body;

    if (!connection_send(client->connection, client->deadline_ms, method, 1, bytes, length) ||
        !connection_receive(client->connection, client->deadline_ms, &frame, &body))
        return NULL;
    return message_unpack_answer(client->arena, body, frame.length);
}

void *exchange_unpack(struct client *client, struct arena *arena, const Creditd__V1__Answer *answer,
                      const ProtobufCMessageDescriptor *descriptor)
{
    void *message = NULL;

    if (answer->has_body)
        message = message_unpack(arena, descriptor, answer->body.data, answer->body.len);
    if (message == NULL)
        failure_set(&client->failure, EXIT_BUG, "MALFORMED", NULL, _("the server's answer cannot be read"));
    return message;
}

void *exchange_body(struct client *client, const Creditd__V1__Answer *answer,
                    const ProtobufCMessageDescriptor *descriptor)
{
    return exchange_unpack(client, client->arena, answer, descriptor);
}

/* ---- connecting ---- */

void exchange_disconnect(struct client *client)
{
    connection_close(client->connection);
    client->connection = NULL;
}

void exchange_leave(struct client *client)
{
    if (client->connection != NULL)
        client->first_server = (connection_server(client->connection) + 1) % servers_count(client->servers);
    exchange_disconnect(client);
}

bool exchange_find_servers(struct client *client)
{
    if (client->servers == NULL)
        client->servers = servers_new(&client->profile, &client->failure);
    return client->servers != NULL;
}

/* When there is none, to the first of the servers that answers. `session`: the profile's is resumed. */
static bool make_connection(struct client *client, bool session)
{
    struct reach_goal goal = {.profile = &client->profile, .session = session, .but = NO_SERVER};

    if (client->connection != NULL)
        return true;
    if (!exchange_find_servers(client))
        return false;
    goal.servers = client->servers;
    goal.first = client->first_server;
    client->connection = reach_now(&goal, client->deadline_ms, &client->failure);
    client->first_server = goal.first;
    return client->connection != NULL;
}

/* ---- judging answers ---- */

enum judgement {
    DEFINITE, /* it is the outcome */
    AGAIN,    /* the same bytes may be sent again */
    STOP      /* sending again would help nothing; it tells nothing of earlier sendings */
};

/* Reasons that are given before a command is looked at (PROTOCOL.md, 5): they are never stored. */
static bool is_never_stored(enum reason reason)
{
    switch (reason) {
    case REASON_MALFORMED:
    case REASON_UNKNOWN_METHOD:
    case REASON_UNKNOWN_VALUE:
    case REASON_UPGRADE_NEEDED:
    case REASON_INTERNAL:
    case REASON_NOT_LOGGED_IN:
    case REASON_LOGIN_FAILED: /* an old password that no longer fits may have been changed by this very command */
    case REASON_SESSION_EXPIRED:
    case REASON_USER_DISABLED:
    case REASON_ID_REUSED: /* also the answer to another user than the one who sent it first */
        return true;
    default:
        return false;
    }
}

/* What an answer says; failure is set unless it is definite. `in_doubt`: is a sending without answer possible? */
static enum judgement judge(struct client *client, const Creditd__V1__Answer *answer, bool *in_doubt)
{
    enum judgement judgement = AGAIN;

    if (answer->status == CREDITD__V1__STATUS__STATUS_OK)
        return DEFINITE;
    if (answer->status == CREDITD__V1__STATUS__STATUS_REJECTED) {
        if (!is_never_stored((enum reason)answer->reason))
            return DEFINITE;
        judgement = STOP;
    } else if (answer->status != CREDITD__V1__STATUS__STATUS_RETRY) {
        *in_doubt = true;
    }
    failure_from_answer(&client->failure, answer);
    return judgement;
}

/* ---- repeating ---- */

struct attempts {
    bool in_doubt;   /* some sending got no answer, or UNKNOWN: the command may have been done */
    bool told_retry; /* the server said RETRY: nothing was done by that sending */
    int pause_ms;
};

/* Pauses before the next try, not shorter than the server asked for; false: the time is over or Ctrl-C came. */
static bool pause_between(struct client *client, struct attempts *attempts)
{
    int64_t now = client_clock_ms();
    int64_t pause = attempts->pause_ms / 2 + now % (attempts->pause_ms / 2 + 1);

    if (pause < (int64_t)client->failure.retry_after_ms)
        pause = client->failure.retry_after_ms;
    client_wait(-1, 0, now + pause < client->deadline_ms ? now + pause : client->deadline_ms);
    attempts->pause_ms = attempts->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : attempts->pause_ms * 2;
    /* An attempt cut short would hide why. */
    return !client_interrupted() && client_clock_ms() < client->deadline_ms;
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
        if (last.code == EXIT_LOGIN)
            failure_hint(failure, "%s", _("log in, then ask again: {ctl} auth login; {ctl} outcome {command}"));
    } else if (client_interrupted()) {
        failure_set(failure, EXIT_INTERRUPTED, "INTERRUPTED", NULL, _("interrupted; nothing was done"));
    } else if (!attempts->told_retry && last.code == EXIT_TRY_AGAIN) {
        failure_set(failure, EXIT_TIMED_OUT, "TIMED_OUT", last.field,
                    _("the time was over before anything was done: %s"), last.message);
        failure->retryable = true;
    }
}

/* Sends until there is a definite answer; NULL: failure is set. */
static const Creditd__V1__Answer *send_until(struct client *client, struct attempts *attempts, uint16_t method,
                                             const uint8_t *bytes, size_t length, bool session)
{
    enum judgement judgement = AGAIN;

    attempts->pause_ms = PAUSE_MIN_MS;
    do {
        const Creditd__V1__Answer *answer;
        if (!make_connection(client, session)) {
            judgement = client->failure.retryable ? AGAIN : STOP;
            continue;
        }
        answer = ask(client, method, bytes, length);
        if (answer == NULL) {
            exchange_leave(client);
            attempts->in_doubt = true;
            failure_lost(&client->failure);
            continue;
        }
        judgement = judge(client, answer, &attempts->in_doubt);
        if (judgement == DEFINITE)
            return answer;
        attempts->told_retry |= answer->status == CREDITD__V1__STATUS__STATUS_RETRY;
    } while (judgement == AGAIN && !client->asks_once && pause_between(client, attempts));
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
    struct attempts attempts = {.in_doubt = false};
    size_t length;
    uint8_t *bytes = message_pack(client->arena, request, &length);
    const Creditd__V1__Answer *answer = send_until(client, &attempts, (uint16_t)method, bytes, length, session);

    if (answer == NULL)
        give_up(client, &attempts, false);
    return only_ok(client, answer);
}

/* Requests and answers are all that an exchange takes from the run's arena. */
const Creditd__V1__Answer *exchange_read_page(struct client *client, struct arena *arena, enum method method,
                                              const ProtobufCMessage *request)
{
    struct arena *whole = client->arena;
    const Creditd__V1__Answer *answer;

    client->arena = arena;
    answer = exchange_read(client, method, request, true);
    client->arena = whole;
    return answer;
}

static const char *command_line(const struct client *client, struct arena *arena)
{
    char *line = arena_strdup(arena, "creditctl");

    for (int i = 0; i < client->options.word_count && i < 6; i++)
        line = arena_printf(arena, "%s %s", line, client->options.words[i]);
    return line;
}

/* A password is kept nowhere but where it is used. */
static bool holds_secret(enum method method)
{
    return method == METHOD_USER_ADD || method == METHOD_USER_PASSWORD;
}

const Creditd__V1__Answer *exchange_again(struct client *client, const struct journal_entry *entry)
{
    struct attempts attempts = {.in_doubt = true};
    const Creditd__V1__Answer *answer = send_until(client, &attempts, entry->method, entry->body, entry->length, true);

    if (answer == NULL)
        give_up(client, &attempts, true);
    return answer;
}

const Creditd__V1__Answer *exchange_command(struct client *client, enum method method, const ProtobufCMessage *request)
{
    const char *directory = client->profile.state_dir;
    size_t length;
    uint8_t *bytes = message_pack(client->arena, request, &length);
    struct journal_entry entry = {client->command_id, (uint16_t)method, holds_secret(method) ? NULL : bytes, length};
    /* A run before this one, with the same id, may have done it. */
    struct attempts attempts = {.in_doubt = journal_has(directory, client->command_id)};
    const Creditd__V1__Answer *answer;

    if (!attempts.in_doubt &&
        !journal_write(directory, entry.command_id, command_line(client, client->arena), &entry, 1, &client->failure))
        return NULL;
    answer = send_until(client, &attempts, (uint16_t)method, bytes, length, true);
    if (answer == NULL)
        give_up(client, &attempts, true);
    if (answer != NULL || !attempts.in_doubt)
        journal_done(directory, client->command_id);
    answer = only_ok(client, answer);
    if (answer == NULL)
        uuid_format(client->command_id, client->failure.command_id);
    return answer;
}

/* ---- many at once ---- */

struct exchange {
    struct client *client;
    struct arena *arena;
    const struct exchange_batch *batch;
    struct journal_entry *entries;
    size_t next, unanswered; /* of this round: where to send on, and how many are sent */
    bool broken;             /* the connection was lost while they were sent */
    bool *in_flight;         /* sent on this connection, no answer yet */
    bool *in_doubt;          /* some sending got no answer, or UNKNOWN */
    bool told_retry;
    bool stop; /* sending more would help nothing; client->failure says why */
};

static bool send_one(struct exchange *m, size_t i)
{
    const struct journal_entry *e = &m->entries[i];

    m->in_flight[i] = true;
    return connection_send(m->client->connection, m->client->deadline_ms, e->method, i, e->body, e->length);
}

static bool take_one(struct exchange *m)
{
    struct failure why = m->client->failure;
    const Creditd__V1__Answer *answer;
    const uint8_t *body;
    struct frame frame;

    if (!connection_receive(m->client->connection, m->client->deadline_ms, &frame, &body) ||
        frame.id >= m->batch->count || (answer = message_unpack_answer(m->arena, body, frame.length)) == NULL)
        return false;
    m->in_flight[frame.id] = false;
    m->told_retry |= answer->status == CREDITD__V1__STATUS__STATUS_RETRY;
    switch (judge(m->client, answer, &m->in_doubt[frame.id])) {
    case DEFINITE:
        m->batch->answers[frame.id] = answer;
        break;
    case STOP:
        m->stop = true;
        break;
    case AGAIN:
        if (m->stop)
            m->client->failure = why;
        break;
    }
    return true;
}

/* Sends on what has no definite answer yet, until as many are unanswered as may be; false: the connection was lost. */
static bool send_window(struct exchange *m)
{
    unsigned told = connection_in_flight_max(m->client->connection), most = told == 0 || told > WINDOW ? WINDOW : told;

    for (; m->next < m->batch->count && !m->stop && m->unanswered < most; m->next++) {
        if (m->batch->answers[m->next] != NULL)
            continue;
        if (!send_one(m, m->next))
            return false;
        m->unanswered++;
    }
    return true;
}

/* Sends all that has no definite answer yet, and takes the answers; false: the connection was lost. */
static bool send_round(struct exchange *m)
{
    bool ok = !m->broken && send_window(m);

    while (ok && m->unanswered > 0) {
        ok = take_one(m);
        if (!ok)
            break;
        m->unanswered--;
        ok = send_window(m);
    }
    m->next = m->unanswered = 0;
    m->broken = false;
    return ok;
}

/* The connection has gone, and with it the answers that were awaited. */
static void lose_round(struct exchange *m)
{
    exchange_leave(m->client);
    for (size_t i = 0; i < m->batch->count; i++) {
        m->in_doubt[i] |= m->in_flight[i];
        m->in_flight[i] = false;
    }
    if (!m->stop)
        failure_lost(&m->client->failure);
}

static bool all_definite(const struct exchange *m)
{
    for (size_t i = 0; i < m->batch->count; i++)
        if (m->batch->answers[i] == NULL)
            return false;
    return true;
}

/* Not all have an answer: the journal keeps those that may have been done. False: there are none. */
static bool keep_in_doubt(struct exchange *m)
{
    struct journal_entry *kept = ARENA_ARRAY(m->arena, struct journal_entry, m->batch->count);
    const char *directory = m->client->profile.state_dir;
    struct uuid file = m->entries[0].command_id;
    struct failure ignored;
    size_t count = 0;

    for (size_t i = 0; i < m->batch->count && !m->batch->harmless; i++) {
        m->batch->in_doubt[i] = m->batch->answers[i] == NULL && m->in_doubt[i];
        if (m->batch->in_doubt[i])
            kept[count++] = m->entries[i];
    }
    if (count > 0) /* else it keeps all */
        journal_write(directory, file, command_line(m->client, m->arena), kept, count, &ignored);
    else if (!m->batch->harmless)
        journal_done(directory, file);
    return count > 0;
}

struct exchange *exchange_prepare(struct client *client, struct arena *arena, const struct exchange_batch *batch)
{
    struct exchange *m = ARENA_NEW(arena, struct exchange);

    *m = (struct exchange){.client = client, .arena = arena, .batch = batch};
    m->entries = ARENA_ARRAY(arena, struct journal_entry, batch->count);
    m->in_flight = ARENA_ARRAY(arena, bool, batch->count);
    m->in_doubt = ARENA_ARRAY(arena, bool, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        m->entries[i] = (struct journal_entry){.command_id = batch->ids[i], .method = (uint16_t)batch->method};
        m->entries[i].body = message_pack(arena, batch->requests[i], &m->entries[i].length);
    }
    if (!batch->harmless && !journal_write(client->profile.state_dir, batch->ids[0], command_line(client, arena),
                                           m->entries, batch->count, &client->failure))
        return NULL;
    return m;
}

static void forget(const struct exchange *m)
{
    if (!m->batch->harmless)
        journal_done(m->client->profile.state_dir, m->batch->ids[0]);
}

void exchange_drop(struct exchange *exchange)
{
    forget(exchange);
}

void exchange_start(struct exchange *exchange)
{
    if (exchange->client->connection != NULL)
        exchange->broken = !send_window(exchange);
}

bool exchange_finish(struct exchange *exchange)
{
    struct client *client = exchange->client;
    struct attempts attempts = {.pause_ms = PAUSE_MIN_MS};

    do {
        if (!make_connection(client, true))
            exchange->stop = !client->failure.retryable;
        else if (!send_round(exchange))
            lose_round(exchange);
        if (all_definite(exchange)) {
            forget(exchange);
            return true;
        }
    } while (!exchange->stop && pause_between(client, &attempts));
    attempts.in_doubt = keep_in_doubt(exchange);
    attempts.told_retry = exchange->told_retry;
    give_up(client, &attempts, true);
    return false;
}

bool exchange_many(struct client *client, struct arena *arena, const struct exchange_batch *batch)
{
    struct exchange *exchange = exchange_prepare(client, arena, batch);

    return exchange != NULL && exchange_finish(exchange);
}
