/* One command after the other: an earlier outcome under its id, else the rows as they stand, the right, the rule. */
#include "server/commit/decide.h"

#include "common/check.h"

#include <stdio.h>
#include <string.h>

/* The keys under which a command's outcome may be stored; how many. At most one more than there are units. */
static size_t stored_keys(const struct command *command, const struct organisation *org, struct command_key *out)
{
    size_t count = 0;

    out[count++] = (struct command_key){command->home, command->command_id};
    for (size_t i = 0; command->home_may_differ && org != NULL && i < org->unit_count; i++)
        if (org->units[i].level == UNIT_LEVEL_REGION && org->units[i].home != command->home)
            out[count++] = (struct command_key){org->units[i].home, command->command_id};
    return count;
}

static size_t stored_keys_max(struct command **commands, size_t count, const struct organisation *org)
{
    size_t most = count;

    for (size_t i = 0; i < count; i++)
        most += commands[i]->home_may_differ && org != NULL ? org->unit_count : 0;
    return most;
}

void decide_load_list(struct command **commands, size_t count, const struct organisation *org, struct arena *arena,
                      struct load_list *list)
{
    struct command_key *ids = ARENA_ARRAY(arena, struct command_key, stored_keys_max(commands, count, org));
    struct key *customers = ARENA_ARRAY(arena, struct key, count);
    struct key *applications = ARENA_ARRAY(arena, struct key, count);
    struct customer_number *numbers = ARENA_ARRAY(arena, struct customer_number, count);

    *list =
        (struct load_list){.commands = ids, .customers = customers, .applications = applications, .numbers = numbers};
    for (size_t i = 0; i < count; i++) {
        const struct command *c = commands[i];
        list->command_count += stored_keys(c, org, ids + list->command_count);
        if (c->customer.id != 0)
            customers[list->customer_count++] = c->customer;
        if (c->application.id != 0)
            applications[list->application_count++] = c->application;
        if (c->customer_number != NULL)
            numbers[list->number_count++] = (struct customer_number){c->home, c->customer_number};
        list->new_numbers += c->wants_number;
        list->organisation_head |= c->kind->reference;
        if (c->unit_code != NULL)
            list->unit_code = c->unit_code; /* a reference command is alone in its range */
    }
}

void decide_failed(struct command *command, enum status status, enum reason reason)
{
    memset(&command->outcome, 0, sizeof command->outcome);
    command->outcome.status = status;
    command->outcome.reason = reason;
    command->after_application.key.id = 0;
    command->after_customer.key.id = 0;
}

/* The same id again: the stored outcome for the same bytes of the same user, else a refusal that is not stored. */
static void repeat(struct command *command, const struct stored_command *stored)
{
    struct outcome *outcome = &command->outcome;

    if (stored->user_id != command->user_id ||
        memcmp(stored->request_hash, command->request_hash, sizeof stored->request_hash) != 0) {
        decide_failed(command, STATUS_REJECTED, REASON_ID_REUSED);
        outcome->field = "command_id";
        return;
    }
    *outcome = (struct outcome){.status = stored->status,
                                .reason = (enum reason)stored->reason,
                                .field = stored->field[0] == '\0' ? NULL : stored->field,
                                .version = stored->version,
                                .executed = stored->status == STATUS_OK,
                                .repeated = true,
                                .at = stored->at};
    snprintf(outcome->arguments, sizeof outcome->arguments, "%s", stored->arguments);
    snprintf(outcome->entity, sizeof outcome->entity, "%s", stored->entity);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The rows of a command. An application brings its customer with it. */
static void find_rows(const struct command *command, const struct work *work, const struct loaded *loaded,
                      struct situation *s)
{
    if (command->application.id != 0)
        s->application = work_application(work, command->application);
    if (s->application != NULL)
        s->customer = work_customer(work, (struct key){s->application->key.home, s->application->customer_id});
    else if (command->customer.id != 0)
        s->customer = work_customer(work, command->customer);
    else if (command->customer_number != NULL)
        s->customer = work_customer_by_number(work, command->home, command->customer_number);
    CHECK(s->application == NULL || s->customer != NULL);
    s->unit_has_customers = loaded->unit_has_customers;
    s->now = loaded->now;
    if (s->customer != NULL)
        s->now = later(s->now, s->customer->last_event_at);
    if (command->kind->reference)
        s->now = later(s->now, loaded->head.last_event_at);
}

static void refuse(struct command *command, enum reason reason)
{
    command->outcome.status = STATUS_REJECTED;
    command->outcome.reason = reason;
}

/* Right is read anew for each command: who was disabled a moment ago is refused here. */
static bool find_user(struct command *command, struct situation *s)
{
    if (command->user_id == SYSTEM_USER)
        return true;
    s->user = user_by_id(s->org, command->user_id);
    return s->user != NULL && !s->user->disabled;
}

/* The outcome stored under the command's id, or NULL. */
static const struct stored_command *find_stored(const struct command *command, const struct organisation *org,
                                                const struct work *work, struct arena *arena)
{
    struct command_key *keys = ARENA_ARRAY(arena, struct command_key, org->unit_count + 1);
    size_t count = stored_keys(command, org, keys);
    const struct stored_command *found = NULL;

    for (size_t i = 0; i < count && found == NULL; i++)
        found = work_command(work, keys[i]);
    return found;
}

static void decide_one(struct command *command, struct work *work, const struct loaded *loaded,
                       const struct reference *reference, struct arena *arena)
{
    struct situation s = {.org = reference_organisation(reference)};
    const struct stored_command *stored = find_stored(command, s.org, work, arena);
    struct effects *effects = ARENA_NEW(arena, struct effects);

    bool known_user = find_user(command, &s);

    decide_failed(command, STATUS_OK, REASON_NONE);
    if (stored != NULL) {
        if (known_user) {
            repeat(command, stored);
        } else {
            refuse(command, REASON_USER_DISABLED);
            command->outcome.silent = true;
        }
        return;
    }
    find_rows(command, work, loaded, &s);
    s.policy = reference_policy(reference, s.application == NULL ? 0 : s.application->policy_version);
    CHECK(s.policy != NULL);
    if (command->wants_number)
        s.new_number = work_take_number(work);
    if (known_user)
        command->kind->decide(command, &s, arena, effects);
    else
        refuse(command, REASON_USER_DISABLED);
    command->outcome.at = s.now;
    command->outcome.executed = command->outcome.status == STATUS_OK;
    if (command->outcome.executed)
        work_accept(work, command, s.now, effects);
    work_outcome(work, command);
}

void decide_range(struct command **commands, size_t count, struct work *work, const struct loaded *loaded,
                  const struct reference *reference, struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        decide_one(commands[i], work, loaded, reference, arena);
}
