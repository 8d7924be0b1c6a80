/* user: people and their rights. */
#include "client/run.h"
#include "common/vocabulary.h"

int run_user_add(struct client *client)
{
    Creditd__V1__UserAddRequest request = CREDITD__V1__USER_ADD_REQUEST__INIT;
    int level;

    if (!client_word(client, "level", words_job_level, "UNKNOWN_LEVEL", "job_level", &level) ||
        !run_roles(client, "role", &request.roles, &request.n_roles))
        return run_fail(client);
    request.password = run_password(client, _("Password of the new user"));
    if (request.password == NULL)
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.login = run_operand(client, 0);
    request.name = run_text(client, "name");
    request.unit = run_text(client, "unit");
    request.has_job_level = true;
    request.job_level = (Creditd__V1__JobLevel)level;
    return run_simple(client, METHOD_USER_ADD, &request.base, "login");
}

int run_user_disable(struct client *client)
{
    Creditd__V1__UserDisableRequest request = CREDITD__V1__USER_DISABLE_REQUEST__INIT;

    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.login = run_operand(client, 0);
    return run_simple(client, METHOD_USER_DISABLE, &request.base, "login");
}

int run_user_password(struct client *client)
{
    Creditd__V1__UserPasswordRequest request = CREDITD__V1__USER_PASSWORD_REQUEST__INIT;

    request.login = run_operand(client, 0);
    if (request.login == NULL) {
        request.old_password = run_password(client, _("Old password"));
        if (request.old_password == NULL)
            return run_fail(client);
    }
    request.password = run_password(client, _("New password"));
    if (request.password == NULL)
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    return run_simple(client, METHOD_USER_PASSWORD, &request.base, "login");
}

int run_user_grant(struct client *client)
{
    Creditd__V1__UserGrantRequest request = CREDITD__V1__USER_GRANT_REQUEST__INIT;
    int level;

    if (!client_word(client, "level", words_job_level, "UNKNOWN_LEVEL", "job_level", &level) ||
        !run_roles(client, "role", &request.grant, &request.n_grant) ||
        !run_roles(client, "revoke", &request.revoke, &request.n_revoke))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.login = run_operand(client, 0);
    request.unit = run_text(client, "unit");
    if (level != 0) {
        request.has_job_level = true;
        request.job_level = (Creditd__V1__JobLevel)level;
    }
    return run_simple(client, METHOD_USER_GRANT, &request.base, "login");
}

int run_user_list(struct client *client)
{
    Creditd__V1__UserListRequest request = CREDITD__V1__USER_LIST_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__UserListAnswer *body;
    json_t *list;

    request.unit = run_text(client, "unit");
    answer = exchange_read(client, METHOD_USER_LIST, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__user_list_answer__descriptor);
    if (body == NULL)
        return run_fail(client);
    list = json_array();
    for (size_t i = 0; i < body->n_users; i++)
        json_array_append_new(list, record_user(body->users[i]));
    output_list(client, list, USER_COLUMNS);
    return EXIT_DONE;
}
