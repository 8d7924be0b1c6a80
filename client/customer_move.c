/* customer move: one customer, or many, each by a command of its own. */
#include <errno.h>
#include <string.h>

#include "client/customer.h"
#include "client/source.h"
#include "common/text.h"

#define CHUNK          256 /* commands that share a journal file */
#define FILE_BYTES_MAX (4U * 1024 * 1024)
#define MOVE_COLUMNS   "customer id branch region outcome reason message"

/* Moves under way. */
struct moves {
    struct client *client;
    char **customers;
    size_t count, room;
    json_t *list; /* what became of each */
    size_t done, refused, unknown, not_tried;
};

static void fill(struct client *client, struct uuid *id, char *customer, Creditd__V1__CustomerMoveRequest *request)
{
    creditd__v1__customer_move_request__init(request);
    request->has_command_id = true;
    request->command_id = (ProtobufCBinaryData){sizeof id->bytes, id->bytes};
    request->customer = customer;
    request->branch = run_text(client, "branch");
    request->reason = run_text(client, "reason");
}

static int move_one(struct client *client)
{
    Creditd__V1__CustomerMoveRequest request;

    fill(client, &client->command_id, run_operand(client, 0), &request);
    if (!run_if_version(client, &request.has_if_version, &request.if_version))
        return run_fail(client);
    return customer_change(client, METHOD_CUSTOMER_MOVE, &request.base);
}

/* ---- which ---- */

static void add_customer(struct moves *moves, const char *text, size_t length)
{
    if (moves->count == moves->room) {
        size_t room = moves->room == 0 ? CHUNK : 2 * moves->room;
        char **customers = ARENA_ARRAY(moves->client->arena, char *, room);
        if (moves->count > 0)
            memcpy(customers, moves->customers, moves->count * sizeof *customers);
        moves->customers = customers;
        moves->room = room;
    }
    moves->customers[moves->count++] = arena_strndup(moves->client->arena, text, length);
}

/* One on each line, blanks around it left out, and lines that are blank. */
static void add_lines(struct moves *moves, const char *text)
{
    static const char blanks[] = " \t\r";

    while (*text != '\0') {
        size_t line = strcspn(text, "\n"), from = strspn(text, blanks), to = line;
        while (to > from && strchr(blanks, text[to - 1]) != NULL)
            to--;
        if (from < to)
            add_customer(moves, text + from, to - from);
        text += line + (text[line] == '\n');
    }
}

/* The whole text of a file; NULL: failure is set. */
static const char *read_file(struct client *client, const char *path)
{
    struct source *source = source_open(path, SOURCE_LOOK_AHEAD);
    char *text = arena_alloc(client->arena, FILE_BYTES_MAX + 1);
    size_t length = 0;
    ssize_t got = source == NULL ? -1 : 1;

    while (got > 0 && FILE_BYTES_MAX - length >= SOURCE_LEAST) {
        got = source_read(source, text + length, FILE_BYTES_MAX - length);
        length += got > 0 ? (size_t)got : 0;
    }
    if (got > 0)
        errno = EFBIG;
    if (got != 0)
        failure_set(&client->failure, EXIT_USAGE, "FILE", NULL, "%s: %s", path, strerror(errno));
    source_close(source);
    text[length] = '\0';
    return got == 0 ? text : NULL;
}

/* The operands, and those of --file. */
static bool gather(struct moves *moves)
{
    const char *path = client_flag(moves->client, "file"), *text, *customer;

    for (int i = 0; (customer = client_operand(moves->client, i)) != NULL; i++)
        add_customer(moves, customer, strlen(customer));
    if (path != NULL) {
        if ((text = read_file(moves->client, path)) == NULL)
            return false;
        add_lines(moves, text);
    }
    if (moves->count > 0)
        return true;
    return failure_set(&moves->client->failure, EXIT_USAGE, "USAGE", NULL, _("no customer was given"));
}

/* ---- what became of them ---- */

static void take_moved(struct moves *moves, struct arena *arena, const Creditd__V1__Answer *answer, json_t *record)
{
    const Creditd__V1__CustomerShowAnswer *body =
        answer->has_body ? exchange_unpack(moves->client, arena, answer, &creditd__v1__customer_show_answer__descriptor)
                         : NULL;

    moves->done++;
    json_object_set_new(record, "outcome", json_string("moved"));
    record_text(record, "id", answer->entity_id);
    if (body != NULL && body->customer != NULL) {
        record_text(record, "branch", body->customer->branch);
        record_text(record, "region", body->customer->region);
    }
}

/* One that is there already is as it is to be: the same list may be given again. */
static void take_refused(struct moves *moves, const Creditd__V1__Answer *answer, json_t *record)
{
    struct failure failure;

    if (answer->reason == CREDITD__V1__REASON__REASON_NOTHING_TO_CHANGE) {
        moves->done++;
        json_object_set_new(record, "outcome", json_string("unchanged"));
        return;
    }
    moves->refused++;
    failure_from_answer(&failure, answer);
    json_object_set_new(record, "outcome", json_string("refused"));
    record_text(record, "reason", failure.reason);
    record_text(record, "message", failure.message);
}

static void take(struct moves *moves, struct arena *arena, const char *customer, const Creditd__V1__Answer *answer,
                 bool in_doubt)
{
    json_t *record = json_object();

    record_text(record, "customer", customer);
    if (answer == NULL) {
        json_object_set_new(record, "outcome", json_string(in_doubt ? "unknown" : "not_tried"));
        *(in_doubt ? &moves->unknown : &moves->not_tried) += 1;
    } else if (answer->status == CREDITD__V1__STATUS__STATUS_OK) {
        take_moved(moves, arena, answer, record);
    } else {
        take_refused(moves, answer, record);
    }
    json_array_append_new(moves->list, record);
}

static bool send_chunk(struct moves *moves, struct arena *arena, size_t from, size_t count)
{
    const ProtobufCMessage *requests[CHUNK];
    const Creditd__V1__Answer *answers[CHUNK] = {NULL};
    bool in_doubt[CHUNK] = {false}, done;
    struct uuid ids[CHUNK];

    for (size_t i = 0; i < count; i++) {
        Creditd__V1__CustomerMoveRequest *request = ARENA_NEW(arena, Creditd__V1__CustomerMoveRequest);
        ids[i] = uuid_new();
        fill(moves->client, &ids[i], moves->customers[from + i], request);
        requests[i] = &request->base;
    }
    client_go_on(moves->client);
    done = exchange_many(moves->client, arena,
                         &(struct exchange_batch){.method = METHOD_CUSTOMER_MOVE,
                                                  .count = count,
                                                  .requests = requests,
                                                  .ids = ids,
                                                  .answers = answers,
                                                  .in_doubt = in_doubt});
    for (size_t i = 0; i < count; i++)
        take(moves, arena, moves->customers[from + i], answers[i], in_doubt[i]);
    return done;
}

/* False: some were not tried, or are in doubt; failure is set. */
static bool send_all(struct moves *moves)
{
    struct arena *arena = arena_new(0);
    bool going = true;

    for (size_t from = 0; from < moves->count; from += CHUNK) {
        size_t count = moves->count - from < CHUNK ? moves->count - from : CHUNK;
        going = going && !client_interrupted() && send_chunk(moves, arena, from, count);
        for (size_t i = json_array_size(moves->list); i < from + count; i++)
            take(moves, arena, moves->customers[i], NULL, false);
        arena_reset(arena);
    }
    arena_free(arena);
    return going;
}

/* ---- the command ---- */

/* The exit code: as of an import, 9 when some are moved and others are not. */
static int end(struct moves *moves, bool going)
{
    struct failure *failure = &moves->client->failure;

    output_list(moves->client, moves->list, MOVE_COLUMNS);
    if (going && moves->refused == 0)
        return EXIT_DONE;
    if (going)
        failure_set(failure, moves->done > 0 ? EXIT_PARTLY : EXIT_REFUSED, "CUSTOMERS_REFUSED", NULL,
                    _("%zu of %zu customers were not moved"), moves->refused, moves->count);
    else if (moves->unknown == 0 && moves->done > 0 && !client_interrupted())
        failure->code = EXIT_PARTLY;
    failure->executed = moves->done > 0 ? EXECUTED_YES : moves->unknown > 0 ? EXECUTED_UNKNOWN : EXECUTED_NO;
    return run_fail(moves->client);
}

int run_customer_move(struct client *client)
{
    struct moves moves = {.client = client};

    if (client_operand(client, 0) != NULL && client_operand(client, 1) == NULL && !client_has(client, "file"))
        return move_one(client);
    if (client_has(client, "if-version") || client_has(client, "command-id")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", NULL,
                    _("--if-version and --command-id are of one customer, not of several"));
        return run_fail(client);
    }
    if (!gather(&moves))
        return run_fail(client);
    moves.list = json_array();
    return end(&moves, send_all(&moves));
}
