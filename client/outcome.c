/* outcome: what became of commands whose answer was lost; sends them again, or drops them from the journal. */
#include <stdio.h>
#include <string.h>

#include "client/journal.h"
#include "client/run.h"
#include "common/vocabulary.h"

#define OUTCOME_COLUMNS "command_id known status reason entity_id version command"

/* A command that is asked about. */
struct item {
    struct journal_entry entry; /* body NULL: not in the journal, or not kept there */
    struct uuid file;           /* of the journal; zero: not in it */
    const char *what;
    bool known, dropped;
};
struct items {
    struct client *client;
    struct item *list;
    size_t count, room;
};

/* ---- the journal ---- */

static bool add_item(void *arg, struct uuid file, const struct journal_entry *entry, const char *what)
{
    struct items *items = arg;
    struct arena *arena = items->client->arena;
    struct item *item;

    if (items->count == items->room) {
        struct item *more = ARENA_ARRAY(arena, struct item, items->room = items->room * 2 + 64);
        if (items->count > 0)
            memcpy(more, items->list, items->count * sizeof *more);
        items->list = more;
    }
    item = &items->list[items->count++];
    *item = (struct item){.entry = *entry, .file = file, .what = arena_strdup(arena, what)};
    if (entry->body != NULL)
        item->entry.body = arena_copy(arena, entry->body, entry->length);
    return true;
}

/* An id that is asked for and not in the journal. */
static void add_stranger(struct items *items, struct uuid id)
{
    struct journal_entry entry = {.command_id = id};

    add_item(items, (struct uuid){{0}}, &entry, "");
}

/* Is this item the first one of its file? */
static bool begins_file(const struct items *items, size_t i)
{
    return !uuid_is_zero(items->list[i].file) && (i == 0 || !uuid_equal(items->list[i - 1].file, items->list[i].file));
}

/* Removes the files whose every command is settled. */
static void remove_settled(const struct items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        bool settled = begins_file(items, i);
        for (size_t k = i; settled && k < items->count && uuid_equal(items->list[k].file, items->list[i].file); k++)
            settled = items->list[k].known || items->list[k].dropped;
        if (settled)
            journal_done(items->client->profile.state_dir, items->list[i].file);
    }
}

/* ---- asking and sending ---- */

static json_t *describe(const struct item *item, const Creditd__V1__Answer *outcome)
{
    json_t *record = outcome == NULL ? json_object() : record_outcome(outcome);
    char text[UUID_TEXT_BYTES];

    uuid_format(item->entry.command_id, text);
    record_text(record, "command_id", text);
    json_object_set_new(record, "known", json_boolean(item->known));
    record_text(record, "command", item->what);
    return record;
}

/* What the server knows of an item; false: failure is set. *outcome is NULL when it knows nothing. */
static bool ask(struct client *client, struct item *item, const Creditd__V1__Answer **outcome)
{
    Creditd__V1__OutcomeRequest request = CREDITD__V1__OUTCOME_REQUEST__INIT;
    const Creditd__V1__Answer *answer;
    const Creditd__V1__OutcomeAnswer *body;

    request.has_command_id = true;
    request.command_id = (ProtobufCBinaryData){sizeof item->entry.command_id.bytes, item->entry.command_id.bytes};
    answer = exchange_read(client, METHOD_OUTCOME, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__outcome_answer__descriptor);
    if (body == NULL)
        return false;
    item->known = body->has_known && body->known && body->outcome != NULL;
    *outcome = item->known ? body->outcome : NULL;
    return true;
}

/* Asks about all, and with --send sends what is not known, until something fails. False: failure is set. */
static bool ask_all(struct items *items, json_t *list)
{
    struct client *client = items->client;
    bool send = client_has(client, "send");

    for (size_t i = 0; i < items->count; i++) {
        struct item *item = &items->list[i];
        const Creditd__V1__Answer *outcome = NULL;
        if (!ask(client, item, &outcome))
            return false;
        if (send && !item->known && item->entry.body != NULL) {
            outcome = exchange_again(client, &item->entry);
            item->known = outcome != NULL;
        }
        json_array_append_new(list, describe(item, outcome));
        if (send && !item->known && item->entry.body != NULL) {
            uuid_format(item->entry.command_id, client->failure.command_id);
            return false;
        }
    }
    return true;
}

/* The first item of which nothing is known, or NULL. */
static const struct item *first_unknown(const struct items *items)
{
    for (size_t i = 0; i < items->count; i++)
        if (!items->list[i].known)
            return &items->list[i];
    return NULL;
}

static void set_unknown(struct client *client, const struct item *item)
{
    bool in_journal = !uuid_is_zero(item->file);

    failure_set(&client->failure, in_journal ? EXIT_UNKNOWN : EXIT_NOT_FOUND,
                in_journal ? "OUTCOME_UNKNOWN" : "NOT_FOUND", in_journal ? NULL : "command_id",
                in_journal ? _("no outcome is known yet")
                           : _("the server knows no command of this user with this id, and the journal has none"));
    if (in_journal)
        client->failure.executed = EXECUTED_UNKNOWN;
    uuid_format(item->entry.command_id, client->failure.command_id);
    if (in_journal && item->entry.body == NULL)
        failure_hint(&client->failure, "%s",
                     _("its bytes hold a password and were not kept: give the command again with --command-id "
                       "{command}, or drop it: {ctl} outcome {command} --forget"));
    else if (in_journal)
        failure_hint(&client->failure, "%s",
                     _("send it again: {ctl} outcome {command} --send, or drop it: {ctl} outcome {command} --forget"));
}

static int print_one_or_all(struct items *items, json_t *list, bool one)
{
    json_t *record = one ? json_incref(json_array_get(list, 0)) : NULL;

    if (record == NULL) {
        output_list(items->client, list, OUTCOME_COLUMNS);
    } else {
        output_record(items->client, record);
        json_decref(list);
    }
    return EXIT_DONE;
}

/* Nothing that was learned is lost: it is printed before anything else is said, and before any file goes. `all` is the
 * journal, of which `items` are a part. */
static int ask_and_print(struct items *items, const struct items *all, bool one)
{
    struct client *client = items->client;
    json_t *list = json_array();
    bool ok = ask_all(items, list);
    const struct item *unknown = first_unknown(items);

    if (ok || json_array_size(list) > 0)
        print_one_or_all(items, list, one);
    else
        json_decref(list);
    if (fflush(stdout) == 0)
        remove_settled(all);
    if (!ok)
        return run_fail(client);
    if (unknown == NULL)
        return EXIT_DONE;
    set_unknown(client, unknown);
    return run_fail(client);
}

/* ---- dropping ---- */

/* Keeps in the journal what of its files was not dropped; false: failure is set. */
static bool rewrite_files(struct items *all)
{
    struct journal_entry *kept = ARENA_ARRAY(all->client->arena, struct journal_entry, all->count);
    const char *directory = all->client->profile.state_dir;

    for (size_t i = 0; i < all->count; i++) {
        size_t count = 0;
        bool changed = false;
        if (!begins_file(all, i))
            continue;
        for (size_t k = i; k < all->count && uuid_equal(all->list[k].file, all->list[i].file); k++) {
            changed |= all->list[k].dropped;
            if (!all->list[k].dropped)
                kept[count++] = all->list[k].entry;
        }
        if (changed && count > 0 &&
            !journal_write(directory, all->list[i].file, all->list[i].what, kept, count, &all->client->failure))
            return false;
    }
    remove_settled(all);
    return true;
}

static int forget(struct items *all, const struct uuid *one)
{
    json_t *list = json_array();

    for (size_t i = 0; i < all->count; i++) {
        struct item *item = &all->list[i];
        item->dropped = one == NULL || uuid_equal(item->entry.command_id, *one);
        if (item->dropped)
            json_array_append_new(list, describe(item, NULL));
    }
    if (one != NULL && json_array_size(list) == 0) {
        failure_set(&all->client->failure, EXIT_NOT_FOUND, "NOT_FOUND", "command_id",
                    _("the journal has no command with this id"));
        uuid_format(*one, all->client->failure.command_id);
        return run_fail_list(all->client, list);
    }
    if (!rewrite_files(all))
        return run_fail_list(all->client, list);
    return print_one_or_all(all, list, one != NULL);
}

/* ---- the command ---- */

static struct items only(const struct items *all, struct uuid id)
{
    struct items one = {.client = all->client};

    for (size_t i = 0; i < all->count && one.count == 0; i++)
        if (uuid_equal(all->list[i].entry.command_id, id)) {
            one.list = &all->list[i];
            one.count = 1;
        }
    if (one.count == 0)
        add_stranger(&one, id);
    return one;
}

int run_outcome(struct client *client)
{
    const char *text = client_operand(client, 0);
    struct items all = {.client = client}, one;
    struct uuid id;

    if (text != NULL && !uuid_parse(text, &id)) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "command_id", _("%s is no UUID"), text);
        return run_fail(client);
    }
    if (client_has(client, "send") && client_has(client, "forget")) {
        failure_set(&client->failure, EXIT_USAGE, "USAGE", "forget", _("--send and --forget exclude each other"));
        return run_fail(client);
    }
    journal_walk(client->profile.state_dir, add_item, &all);
    if (client_has(client, "forget"))
        return forget(&all, text == NULL ? NULL : &id);
    if (text == NULL)
        return ask_and_print(&all, &all, false);
    one = only(&all, id);
    return ask_and_print(&one, &all, true);
}
