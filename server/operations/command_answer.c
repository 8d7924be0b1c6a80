/* The answer to a command: its outcome, and the row as decided. For a repeated command the row is read as it stands
 * today, since only the outcome was stored. */
#include "server/operations/view.h"

#include <string.h>

struct repeated {
    struct key key;
    struct outcome outcome;
    struct application_page page;
};

static const ProtobufCMessage *application_body(struct call *call, const struct application_view *row, int64_t now)
{
    Creditd__V1__ApplicationAnswer *body = ARENA_NEW(call->arena, Creditd__V1__ApplicationAnswer);

    creditd__v1__application_answer__init(body);
    body->application = view_application(call, row, now);
    view_extension_latest(call, &row->application, now, body->application);
    return &body->base;
}

static const ProtobufCMessage *customer_body(struct call *call, const struct customer *row, int64_t now)
{
    Creditd__V1__CustomerShowAnswer *body = ARENA_NEW(call->arena, Creditd__V1__CustomerShowAnswer);

    creditd__v1__customer_show_answer__init(body);
    body->customer = view_customer(call, row, now);
    return &body->base;
}

/* The command itself is already known to be committed; a read that fails, or a right that went meanwhile, costs the
 * answer only its body. */
static void repeated_read(void *arg, enum store_result result)
{
    struct call *call = arg;
    struct repeated *repeated = call->state;
    const ProtobufCMessage *body = NULL;

    if (result == STORE_OK && repeated->page.count == 1 && call_is_current(call, &repeated->page.stamp)) {
        body = application_body(call, &repeated->page.rows[0], repeated->page.stamp.now);
    }
    call_answer_repeated(call, &repeated->outcome, body);
}

/* The row is shown to whoever may look at it today, which is not the right that the command was given by. */
static void answer_repeated(struct call *call, struct key key)
{
    struct repeated *repeated = ARENA_NEW(call->arena, struct repeated);
    struct refusal refusal = access_check(access_row_of(METHOD_APPLICATION_SHOW), call_user(call));
    struct application_filter filter = {.one = &repeated->key, .home = -1, .limit = 1};
    struct scope scope;

    repeated->key = key;
    repeated->outcome = call->command.outcome;
    if (repeated->outcome.field != NULL)
        repeated->outcome.field = arena_strdup(call->arena, repeated->outcome.field);
    if (refusal.reason != REASON_NONE) {
        call_answer_outcome(call, &repeated->outcome, NULL);
        return;
    }
    scope = view_scope(call);
    filter.branch_id = scope.branch_id;
    filter.region_id = scope.region_id;
    call->epoch = reference_epoch(call_reference(call));
    call->state = repeated;
    store_read_applications(call_reader(call), &filter, call->arena, &repeated->page, repeated_read, call);
}

void call_answer_command(struct call *call)
{
    const struct command *command = &call->command;
    const struct customer *customer = &command->after_customer;
    const ProtobufCMessage *body = NULL;
    struct key key;

    if (call->operation->body != NULL) {
        if (command->outcome.status == STATUS_OK && !command->outcome.repeated)
            body = call->operation->body(call);
    } else if (command->outcome.status == STATUS_OK && command->after_application.key.id != 0) {
        const struct application_view row = {.application = command->after_application,
                                             .customer_name = customer->name,
                                             .customer_number = customer->number,
                                             .assessed_by = customer->assessed_by,
                                             .managed_by = customer->managed_by};
        body = application_body(call, &row, command->outcome.at);
    } else if (command->outcome.status == STATUS_OK && customer->key.id != 0) {
        body = customer_body(call, customer, command->outcome.at);
    } else if (command->outcome.status == STATUS_OK && command->outcome.repeated &&
               public_id_parse('A', command->outcome.entity, &key)) {
        answer_repeated(call, key);
        return;
    }
    call_answer_outcome(call, &command->outcome, body);
}
