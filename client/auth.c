/* auth: login, status, logout. */
#include <string.h>

#include "client/run.h"

static const Creditd__V1__SessionAnswer *session_body(struct client *client, const Creditd__V1__Answer *answer)
{
    return answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__session_answer__descriptor);
}

int run_auth_login(struct client *client)
{
    Creditd__V1__LoginRequest request = CREDITD__V1__LOGIN_REQUEST__INIT;
    const Creditd__V1__SessionAnswer *session;

    request.login = run_operand(client, 0);
    if (request.login == NULL)
        request.login = arena_strdup(client->arena, client->profile.login);
    if (request.login == NULL) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "login", _("no login was given"));
        failure_hint(&client->failure, "creditctl auth login LOGIN");
        return run_fail(client);
    }
    request.password = run_password(client, _("Password"));
    if (request.password == NULL)
        return run_fail(client);
    session = session_body(client, exchange_read(client, METHOD_LOGIN, &request.base, false));
    if (session == NULL)
        return run_fail(client);
    if (session->token.len != TOKEN_BYTES ||
        !profile_set_token(&client->profile, session->token.data, &client->failure))
        return run_fail(client);
    output_record(client, record_session(client, session));
    return EXIT_DONE;
}

int run_auth_status(struct client *client)
{
    Creditd__V1__WhoamiRequest request = CREDITD__V1__WHOAMI_REQUEST__INIT;
    const Creditd__V1__SessionAnswer *session =
        session_body(client, exchange_read(client, METHOD_WHOAMI, &request.base, true));

    if (session == NULL)
        return run_fail(client);
    output_record(client, record_session(client, session));
    return EXIT_DONE;
}

/* Has the session ended already, which is what was asked for? */
static bool session_is_over(const struct failure *failure)
{
    static const char *const over[] = {"NOT_LOGGED_IN", "SESSION_EXPIRED", "USER_DISABLED"};

    for (size_t i = 0; i < sizeof over / sizeof over[0]; i++)
        if (strcmp(failure->reason, over[i]) == 0)
            return true;
    return false;
}

int run_auth_logout(struct client *client)
{
    Creditd__V1__LogoutRequest request = CREDITD__V1__LOGOUT_REQUEST__INIT;

    if (exchange_read(client, METHOD_LOGOUT, &request.base, true) == NULL && !session_is_over(&client->failure))
        return run_fail(client);
    if (!profile_set_token(&client->profile, NULL, &client->failure))
        return run_fail(client);
    output_record(client, json_object());
    return EXIT_DONE;
}
