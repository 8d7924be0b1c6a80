/* org: units. */
#include "client/run.h"
#include "common/vocabulary.h"

int run_org_create(struct client *client)
{
    Creditd__V1__UnitCreateRequest request = CREDITD__V1__UNIT_CREATE_REQUEST__INIT;
    int level;

    if (!client_word(client, "level", words_unit_level, "UNKNOWN_LEVEL", "level", &level))
        return run_fail(client);
    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.code = run_operand(client, 0);
    request.name = run_text(client, "name");
    request.has_level = true;
    request.level = (Creditd__V1__UnitLevel)level;
    request.parent = run_text(client, "parent");
    request.zone = run_text(client, "zone");
    return run_simple(client, METHOD_UNIT_CREATE, &request.base, "code");
}

int run_org_move(struct client *client)
{
    Creditd__V1__UnitMoveRequest request = CREDITD__V1__UNIT_MOVE_REQUEST__INIT;

    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.code = run_operand(client, 0);
    request.parent = run_text(client, "parent");
    return run_simple(client, METHOD_UNIT_MOVE, &request.base, "code");
}

int run_org_edit(struct client *client)
{
    Creditd__V1__UnitEditRequest request = CREDITD__V1__UNIT_EDIT_REQUEST__INIT;

    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.code = run_operand(client, 0);
    request.name = run_text(client, "name");
    request.zone = run_text(client, "zone");
    return run_simple(client, METHOD_UNIT_EDIT, &request.base, "code");
}

int run_org_close(struct client *client)
{
    Creditd__V1__UnitCloseRequest request = CREDITD__V1__UNIT_CLOSE_REQUEST__INIT;

    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.code = run_operand(client, 0);
    return run_simple(client, METHOD_UNIT_CLOSE, &request.base, "code");
}

int run_org_merge(struct client *client)
{
    Creditd__V1__UnitMergeRequest request = CREDITD__V1__UNIT_MERGE_REQUEST__INIT;

    request.has_command_id = true;
    request.command_id = run_command_id(client);
    request.code = run_operand(client, 0);
    request.into = run_text(client, "into");
    request.reason = run_text(client, "reason");
    return run_simple(client, METHOD_UNIT_MERGE, &request.base, "code");
}

int run_org_list(struct client *client)
{
    Creditd__V1__UnitListRequest request = CREDITD__V1__UNIT_LIST_REQUEST__INIT;
    const Creditd__V1__Answer *answer = exchange_read(client, METHOD_UNIT_LIST, &request.base, true);
    const Creditd__V1__UnitListAnswer *body =
        answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__unit_list_answer__descriptor);
    json_t *list;

    if (body == NULL)
        return run_fail(client);
    list = json_array();
    for (size_t i = 0; i < body->n_units; i++)
        json_array_append_new(list, record_unit(body->units[i]));
    output_list(client, list, UNIT_COLUMNS);
    return EXIT_DONE;
}
