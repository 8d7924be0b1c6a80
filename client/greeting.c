/* The first requests of a connection. */
#include "client/greeting.h"

#include "auth.pb-c.h"
#include "client/client.h"
#include "client/message.h"
#include "client/text.h"
#include "common/vocabulary.h"

static bool send_first(struct greeting *greeting, struct connection *connection, enum method method,
                       const ProtobufCMessage *request, int64_t deadline_ms)
{
    struct arena *arena = arena_new(0);
    size_t length;
    const uint8_t *bytes = message_pack(arena, request, &length);
    bool ok = connection_send(connection, deadline_ms, (uint16_t)method, (uint64_t)greeting->due, bytes, length);

    greeting->due++;
    arena_free(arena);
    return ok;
}

static bool send_hello(struct greeting *greeting, struct connection *connection, int64_t deadline_ms)
{
    Creditd__V1__HelloRequest hello = CREDITD__V1__HELLO_REQUEST__INIT;
    char name[] = "creditctl " CREDITD_VERSION;

    hello.has_protocol_min = hello.has_protocol_max = true;
    hello.protocol_min = hello.protocol_max = 1;
    hello.client = name;
    return send_first(greeting, connection, METHOD_HELLO, &hello.base, deadline_ms);
}

static bool send_resume(struct greeting *greeting, struct connection *connection, uint8_t token[TOKEN_BYTES],
                        int64_t deadline_ms)
{
    Creditd__V1__ResumeRequest request = CREDITD__V1__RESUME_REQUEST__INIT;

    request.has_token = true;
    request.token = (ProtobufCBinaryData){TOKEN_BYTES, token};
    return send_first(greeting, connection, METHOD_RESUME, &request.base, deadline_ms);
}

static bool read_token(const struct profile *profile, uint8_t token[TOKEN_BYTES], struct failure *failure)
{
    if (profile_token(profile, token, failure))
        return true;
    if (failure->code == EXIT_DONE)
        failure_set(failure, EXIT_LOGIN, "NOT_LOGGED_IN", NULL, _("nobody is logged in as profile %s"), profile->name);
    return false;
}

bool greeting_send(struct greeting *greeting, struct connection *connection, const struct profile *profile,
                   bool session, int64_t deadline_ms, struct failure *failure)
{
    uint8_t token[TOKEN_BYTES];

    greeting->due = 0;
    if (session && !read_token(profile, token, failure))
        return false;
    return (send_hello(greeting, connection, deadline_ms) &&
            (!session || send_resume(greeting, connection, token, deadline_ms))) ||
           failure_lost(failure);
}

static void take_hello(struct arena *arena, const Creditd__V1__Answer *answer, struct connection *connection)
{
    const Creditd__V1__HelloAnswer *hello =
        message_unpack(arena, &creditd__v1__hello_answer__descriptor, answer->body.data, answer->body.len);

    if (hello != NULL)
        connection_set_in_flight_max(connection, hello->requests_in_flight_max);
}

/* Answers to a few requests of which the second is good only after the first: the first bad one tells what is wrong. */
static bool judge(struct connection *connection, const struct frame *frame, const uint8_t *body,
                  struct failure *failure)
{
    struct arena *arena = arena_new(0);
    const Creditd__V1__Answer *answer = message_unpack_answer(arena, body, frame->length);
    bool ok = answer != NULL && answer->status == CREDITD__V1__STATUS__STATUS_OK;

    if (answer == NULL)
        failure_lost(failure);
    else if (!ok)
        failure_from_answer(failure, answer);
    else if (frame->method == METHOD_HELLO)
        take_hello(arena, answer, connection);
    arena_free(arena);
    return ok;
}

enum progress greeting_go_on(struct greeting *greeting, struct connection *connection, struct failure *failure)
{
    struct frame frame;
    const uint8_t *body;

    for (; greeting->due > 0; greeting->due--) {
        enum progress progress = connection_take(connection, &frame, &body);
        if (progress == PROGRESS_FAILED)
            failure_lost(failure);
        if (progress != PROGRESS_DONE)
            return progress;
        if (!judge(connection, &frame, body, failure))
            return PROGRESS_FAILED;
    }
    return PROGRESS_DONE;
}
