/* Hello, login, resume, logout, whoami. Sessions are rows, their tokens stored hashed; real time, not business time. */
#include <sodium.h>
#include <string.h>

#include "auth.pb-c.h"
#include "common/text.h"
#include "server/operations/registry.h"
#include "server/operations/view.h"

#define PROTOCOL_VERSION 1

struct login_state {
    struct password_found password;
    uint8_t token[TOKEN_BYTES];
    uint8_t token_hash[TOKEN_BYTES];
    struct session_row session;
    bool with_token; /* the answer carries the token: a login, not a resumption */
};

/* ---- hello ---- */

static void hello_start(struct call *call)
{
    const Creditd__V1__HelloRequest *request = (const void *)call->request;
    Creditd__V1__HelloAnswer *body = ARENA_NEW(call->arena, Creditd__V1__HelloAnswer);
    struct peer *peer = call_peer(call);

    if (!request->has_protocol_min || !request->has_protocol_max || request->protocol_min > PROTOCOL_VERSION ||
        request->protocol_max < PROTOCOL_VERSION) {
        call_refuse(call, REASON_UPGRADE_NEEDED, "protocol_min", "server_protocol", "1");
        return;
    }
    if (peer != NULL)
        peer->greeted = true;
    creditd__v1__hello_answer__init(body);
    body->has_protocol = true;
    body->protocol = PROTOCOL_VERSION;
    body->server = arena_printf(call->arena, "creditd %s", call_config(call)->version);
    body->has_frame_bytes_max = true;
    body->frame_bytes_max = FRAME_BODY_MAX;
    body->has_requests_in_flight_max = true;
    body->requests_in_flight_max = call_config(call)->in_flight_max;
    body->has_test_clock = true;
    body->test_clock = call_config(call)->test_clock;
    call_answer(call, &body->base);
}

/* ---- session answers ---- */

static void answer_session(struct call *call, const uint8_t *token, int64_t expires_at)
{
    Creditd__V1__SessionAnswer *body = ARENA_NEW(call->arena, Creditd__V1__SessionAnswer);
    const struct user *user = call_user(call);

    if (user == NULL) {
        call_refuse(call, REASON_USER_DISABLED, NULL, NULL, NULL);
        return;
    }
    creditd__v1__session_answer__init(body);
    if (token != NULL) {
        body->has_token = true;
        body->token = (ProtobufCBinaryData){TOKEN_BYTES, arena_copy(call->arena, token, TOKEN_BYTES)};
    }
    body->login = arena_strdup(call->arena, user->login);
    body->name = arena_strdup(call->arena, user->name);
    body->unit = view_unit(call, user->unit_id);
    body->has_job_level = true;
    body->job_level = (Creditd__V1__JobLevel)user->level;
    body->roles = view_roles(call, user, &body->n_roles);
    body->has_expires_at_us = true;
    body->expires_at_us = expires_at;
    call_answer(call, &body->base);
}

/* The session stands: now the organisation must be at least as new as the user. */
static void session_ready(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct login_state *state = call->state;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    call->user_id = state->session.user_id;
    if (call_user(call) == NULL) {
        call_refuse(call, REASON_USER_DISABLED, NULL, NULL, NULL);
        return;
    }
    call_begin_session(call, &state->session, state->token_hash);
    answer_session(call, state->with_token ? state->token : NULL, state->session.expires_at);
}

static void session_stored(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct login_state *state = call->state;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!state->session.found)
        call_refuse(call, REASON_SESSION_EXPIRED, NULL, NULL, NULL);
    else if (state->session.epoch > reference_epoch(call_reference(call)))
        call_refresh(call, session_ready);
    else
        session_ready(call, STORE_OK);
}

/* ---- login ---- */

static void password_checked(void *arg, enum password_result result, const char *hash)
{
    struct call *call = arg;
    struct login_state *state = call->state;
    const struct dispatch_config *config = call_config(call);
    struct store *sessions = call_sessions(call);

    (void)hash;
    if (result == PASSWORD_NO || (result == PASSWORD_YES && !state->password.found)) {
        call_refuse(call, REASON_LOGIN_FAILED, NULL, NULL, NULL);
        return;
    }
    if (result == PASSWORD_LOST || sessions == NULL) {
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
        return;
    }
    randombytes_buf(state->token, sizeof state->token);
    crypto_hash_sha256(state->token_hash, state->token, sizeof state->token);
    state->with_token = true;
    store_session_create(sessions, state->password.user_id, state->token_hash, config->session_idle_s,
                         config->session_absolute_s, &state->session, session_stored, call);
}

/* An unknown user costs the same work as a known one, so that time tells nothing. */
static void password_read(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct login_state *state = call->state;
    const Creditd__V1__LoginRequest *request = (const void *)call->request;

    if (result != STORE_OK)
        call_refuse_store(call, result);
    else if (!password_verify(call_passwords(call), state->password.found ? state->password.hash : NULL,
                              request->password, password_checked, call))
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
}

static void login_start(struct call *call)
{
    const Creditd__V1__LoginRequest *request = (const void *)call->request;
    struct login_state *state = ARENA_NEW(call->arena, struct login_state);
    struct store *sessions = call_sessions(call);

    call->state = state;
    if (request->login == NULL || text_is_blank(request->login))
        call_refuse(call, REASON_FIELD_REQUIRED, "login", NULL, NULL);
    else if (request->password == NULL || request->password[0] == '\0')
        call_refuse(call, REASON_FIELD_REQUIRED, "password", NULL, NULL);
    else if (strlen(request->password) > PASSWORD_BYTES_MAX)
        call_refuse(call, REASON_LOGIN_FAILED, NULL, NULL, NULL);
    else if (sessions == NULL)
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
    else
        store_read_password(sessions, request->login, call->arena, &state->password, password_read, call);
}

static void resume_start(struct call *call)
{
    const Creditd__V1__ResumeRequest *request = (const void *)call->request;
    struct login_state *state = ARENA_NEW(call->arena, struct login_state);
    struct store *sessions = call_sessions(call);

    call->state = state;
    if (!request->has_token || request->token.len != TOKEN_BYTES) {
        call_refuse(call, REASON_FIELD_INVALID, "token", "rule", "32 bytes");
        return;
    }
    if (sessions == NULL) {
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
        return;
    }
    crypto_hash_sha256(state->token_hash, request->token.data, request->token.len);
    store_session_use(sessions, state->token_hash, &state->session, session_stored, call);
}

/* ---- logout, whoami ---- */

static void logged_out(void *arg, enum store_result result)
{
    struct call *call = arg;

    if (result != STORE_OK) {
        call_refuse_store(call, result);
        return;
    }
    call_end_session(call);
    call_answer(call, NULL);
}

static void logout_start(struct call *call)
{
    const struct peer *peer = call_peer(call);
    struct store *sessions = call_sessions(call);

    if (peer == NULL)
        call_refuse(call, REASON_NOT_LOGGED_IN, NULL, NULL, NULL);
    else if (sessions == NULL)
        call_refuse(call, REASON_BUSY, NULL, NULL, NULL);
    else
        store_session_end(sessions, peer->token_hash, logged_out, call);
}

static void whoami_start(struct call *call)
{
    const struct peer *peer = call_peer(call);

    answer_session(call, NULL, peer == NULL ? 0 : peer->expires_at);
}

const struct operation operation_hello = {.method = METHOD_HELLO,
                                          .kind = OPERATION_LOCAL,
                                          .request = &creditd__v1__hello_request__descriptor,
                                          .start = hello_start};
const struct operation operation_login = {.method = METHOD_LOGIN,
                                          .kind = OPERATION_LOCAL,
                                          .request = &creditd__v1__login_request__descriptor,
                                          .start = login_start};
const struct operation operation_resume = {.method = METHOD_RESUME,
                                           .kind = OPERATION_LOCAL,
                                           .request = &creditd__v1__resume_request__descriptor,
                                           .start = resume_start};
const struct operation operation_logout = {.method = METHOD_LOGOUT,
                                           .kind = OPERATION_LOCAL,
                                           .request = &creditd__v1__logout_request__descriptor,
                                           .start = logout_start};
const struct operation operation_whoami = {.method = METHOD_WHOAMI,
                                           .kind = OPERATION_MEMORY,
                                           .request = &creditd__v1__whoami_request__descriptor,
                                           .start = whoami_start};
