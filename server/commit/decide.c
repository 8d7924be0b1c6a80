/* One command after the other: an earlier outcome under its id, else the rows as they stand, the right, the rule. */
#include "server/commit/decide.h"

#include "common/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

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

static size_t row_count(struct command **commands, size_t count)
{
    size_t rows = 0;

    for (size_t i = 0; i < count; i++)
        rows += commands[i]->row_count;
    return rows;
}

/* The looks for customers of a batch, each once: rows of an import often name the same ones. */
struct look_entry {
    const struct customer_look *look;
    struct look_entry *same_number; /* other looks with this number */
    UT_hash_handle hh;
};
struct looks {
    struct arena *arena;
    struct customer_look *all;
    size_t count;
    struct look_entry *by_number;
};

static bool same_look(const struct customer_look *a, const struct customer_look *b)
{
    return a->named.home == b->named.home && a->named.region_id == b->named.region_id && a->import_id == b->import_id;
}

/* Index of the look. */
static size_t add_look(struct looks *looks, const struct customer_named *named, int64_t import_id)
{
    const struct customer_look look = {*named, import_id};
    size_t length = strlen(named->number);
    struct look_entry *first, *entry;

    HASH_FIND(hh, looks->by_number, named->number, length, first);
    for (entry = first; entry != NULL; entry = entry->same_number)
        if (same_look(entry->look, &look))
            return (size_t)(entry->look - looks->all);
    entry = ARENA_NEW(looks->arena, struct look_entry);
    entry->look = &looks->all[looks->count];
    if (first != NULL) {
        entry->same_number = first->same_number;
        first->same_number = entry;
    } else {
        HASH_ADD_KEYPTR(hh, looks->by_number, named->number, length, entry);
    }
    looks->all[looks->count] = look;
    return looks->count++;
}

/* What commands and their rows name: customers by number, and documents. */
static void list_rows(struct command **commands, size_t count, struct arena *arena, struct load_list *list)
{
    size_t rows = row_count(commands, count);
    struct looks looks = {.arena = arena, .all = ARENA_ARRAY(arena, struct customer_look, rows + count + 1)};
    struct document_look *documents = ARENA_ARRAY(arena, struct document_look, rows + count + 1);

    for (size_t i = 0; i < count; i++) {
        const struct command *c = commands[i];
        size_t look = c->named.number == NULL ? NO_LOOK : add_look(&looks, &c->named, 0);
        if (c->document != NULL && (look != NO_LOOK || c->customer.id != 0))
            documents[list->document_count++] =
                (struct document_look){look != NO_LOOK ? c->named.home : c->customer.home, c->document, look};
        for (size_t r = 0; r < c->row_count; r++) {
            const struct command_row *row = &c->rows[r];
            if (row->customer.number == NULL)
                continue;
            look = add_look(&looks, &row->customer, c->import.id);
            if (row->document != NULL)
                documents[list->document_count++] = (struct document_look){row->customer.home, row->document, look};
        }
    }
    HASH_CLEAR(hh, looks.by_number);
    list->named = looks.all;
    list->named_count = looks.count;
    list->documents = documents;
}

static void list_imports(struct command **commands, size_t count, struct arena *arena, struct load_list *list)
{
    struct key *imports = ARENA_ARRAY(arena, struct key, count + 1);
    struct import_source *sources = ARENA_ARRAY(arena, struct import_source, count + 1);

    for (size_t i = 0; i < count; i++) {
        const struct command *c = commands[i];
        if (c->import.id != 0)
            imports[list->import_count++] = c->import;
        if (c->import_source != NULL)
            sources[list->source_count++] = (struct import_source){c->home, c->user_id, c->import_source};
    }
    list->imports = imports;
    list->sources = sources;
}

static int compare_evaluation(const void *a, const void *b)
{
    const struct evaluation_look *x = a, *y = b;
    int home = (x->customer.home > y->customer.home) - (x->customer.home < y->customer.home);
    int id = (x->customer.id > y->customer.id) - (x->customer.id < y->customer.id);

    return home != 0 ? home : id != 0 ? id : (x->import_id > y->import_id) - (x->import_id < y->import_id);
}

/* Evaluations, each once and each customer as a whole once: trades that are loaded twice would count twice. */
static void list_evaluated(struct command **commands, size_t count, int months, struct arena *arena,
                           struct load_list *list)
{
    struct evaluation_look *looks = ARENA_ARRAY(arena, struct evaluation_look, count + 1);
    size_t look_count = 0, kept = 0;

    for (size_t i = 0; i < count; i++)
        if (commands[i]->kind->trades == COMMAND_EVALUATES)
            looks[look_count++] =
                (struct evaluation_look){commands[i]->customer, commands[i]->import_of_customer, false};
    if (look_count > 1)
        qsort(looks, look_count, sizeof *looks, compare_evaluation);
    for (size_t i = 0; i < look_count; i++) {
        const struct evaluation_look *last = kept > 0 ? &looks[kept - 1] : NULL;
        if (last != NULL && compare_evaluation(last, &looks[i]) == 0)
            continue;
        looks[i].whole =
            last == NULL || last->customer.home != looks[i].customer.home || last->customer.id != looks[i].customer.id;
        looks[kept++] = looks[i];
    }
    list->evaluated = looks;
    list->evaluated_count = kept;
    list->trade_months = months;
}

static size_t numbers_wanted(const struct command *command)
{
    return !command->wants_number ? 0 : command->row_count > 0 ? command->row_count : 1;
}

/* A reference command is alone in its range. */
static void list_reference(const struct command *command, struct load_list *list)
{
    list->reference_head = true;
    list->chain = command->kind->chain;
    list->unit_code = command->unit_code;
    list->policy = command->looks_at_policy;
    list->policy_version = command->policy_version;
}

void decide_load_list(struct command **commands, size_t count, bool again, const struct reference *reference,
                      struct arena *arena, struct load_list *list)
{
    const struct organisation *org = reference_organisation(reference);
    struct command_key *ids = ARENA_ARRAY(arena, struct command_key, stored_keys_max(commands, count, org));
    struct key *customers = ARENA_ARRAY(arena, struct key, count);
    struct key *applications = ARENA_ARRAY(arena, struct key, count);
    struct key *with_case = ARENA_ARRAY(arena, struct key, count);

    *list = (struct load_list){
        .commands = ids, .customers = customers, .applications = applications, .with_case = with_case};
    for (size_t i = 0; i < count; i++) {
        const struct command *c = commands[i];
        if (again || c->home_may_differ)
            list->command_count += stored_keys(c, org, ids + list->command_count);
        if (c->customer.id != 0)
            customers[list->customer_count++] = c->customer;
        if (c->application.id != 0)
            applications[list->application_count++] = c->application;
        if (c->with_case && c->customer.id != 0)
            with_case[list->with_case_count++] = c->customer;
        list->named_with_case |= c->with_case && c->named.number != NULL;
        list->new_numbers += numbers_wanted(c);
        if (c->kind->reference)
            list_reference(c, list);
    }
    list_rows(commands, count, arena, list);
    list_imports(commands, count, arena, list);
    list_evaluated(commands, count, reference_trade_months(reference), arena, list);
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
                                .executed = stored->status == STATUS_OK && !command->without_effect,
                                .repeated = true,
                                .at = stored->at};
    snprintf(outcome->arguments, sizeof outcome->arguments, "%s", stored->arguments);
    snprintf(outcome->entity, sizeof outcome->entity, "%s", stored->entity);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void find_trade_rows(const struct command *command, const struct work *work, struct situation *s)
{
    if (command->document != NULL && s->customer != NULL)
        s->trade = work_trade(work, s->customer->key.home, command->document);
    if (s->trade != NULL)
        s->now = later(s->now, s->trade->recorded_at);
    if (command->import.id != 0)
        s->import = work_import(work, command->import);
    else if (command->import_source != NULL)
        s->import =
            work_open_import(work, &(struct import_source){command->home, command->user_id, command->import_source});
}

/* The part of the rows, which are sorted by customer, that is the customer's. */
static const struct trade *trades_of(const struct trade *rows, size_t count, struct key customer, size_t *out)
{
    size_t from = 0, to = count, end;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct trade *row = &rows[middle];
        if (row->home < customer.home || (row->home == customer.home && row->customer_id < customer.id))
            from = middle + 1;
        else
            to = middle;
    }
    for (end = from; end < count && rows[end].home == customer.home && rows[end].customer_id == customer.id;)
        end++;
    *out = end - from;
    return rows + from;
}

/* Likewise. */
static const struct assessment *assessments_of(const struct loaded *loaded, struct key customer, size_t *out)
{
    const struct assessment *rows = loaded->customer_assessments;
    size_t from = 0, to = loaded->customer_assessment_count, end;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct assessment *row = &rows[middle];
        if (row->key.home < customer.home || (row->key.home == customer.home && row->customer_id < customer.id))
            from = middle + 1;
        else
            to = middle;
    }
    for (end = from; end < loaded->customer_assessment_count && rows[end].key.home == customer.home &&
                     rows[end].customer_id == customer.id;)
        end++;
    *out = end - from;
    return rows + from;
}

/* NULL: it has none, or it has ended since the customer was loaded, which the commit will show. */
static const struct application *open_application(const struct work *work, const struct customer *customer)
{
    return customer->open_application == 0
               ? NULL
               : work_application(work, (struct key){customer->key.home, customer->open_application});
}

static void find_evaluated(const struct command *command, const struct work *work, const struct loaded *loaded,
                           struct situation *s)
{
    const struct key key = s->customer->key;
    const struct trade *written;
    size_t count;

    s->application = open_application(work, s->customer);
    s->facts.trades = trades_of(loaded->customer_trades, loaded->customer_trade_count, key, &s->facts.trade_count);
    s->facts.assessments = assessments_of(loaded, key, &s->facts.assessment_count);
    if (command->import_of_customer == 0)
        return;
    s->import_customer = work_import_customer(work, key, command->import_of_customer);
    written = trades_of(loaded->import_trades, loaded->import_trade_count, key, &count);
    while (count > 0 && written->import.id != command->import_of_customer) { /* of two imports in one batch */
        written++;
        count--;
    }
    s->import_trades = written;
    while (s->import_trade_count < count && written[s->import_trade_count].import.id == command->import_of_customer)
        s->import_trade_count++;
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
    else if (command->named.number != NULL)
        s->customer = work_customer_named(work, s->org, &command->named, &s->several);
    if (command->with_case && s->customer != NULL)
        s->application = open_application(work, s->customer);
    CHECK(s->application == NULL || s->customer != NULL);
    s->unit_has_customers = loaded->unit_has_customers;
    s->policy_look = command->looks_at_policy ? &loaded->policy : NULL;
    s->now = loaded->now;
    if (s->customer != NULL)
        s->now = later(s->now, s->customer->last_event_at);
    if (command->kind->reference)
        s->now = later(s->now, loaded->head.last_event_at);
    find_trade_rows(command, work, s);
    if (command->kind->trades == COMMAND_EVALUATES && s->customer != NULL)
        find_evaluated(command, work, loaded, s);
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

/* A demotion is judged by the policy that it was decided by, as long as that one was not taken back. */
static const struct policy *policy_of_demotion(const struct reference *reference, const struct policy *in_force,
                                               int32_t version)
{
    const struct policy *policy = reference_policy(reference, version);

    return policy != NULL && policy->rolled_back ? in_force : policy;
}

/* All commands of a batch are decided under one policy: that of its instant. */
static void find_policies(const struct reference *reference, int64_t now, int32_t target, struct situation *s,
                          bool evaluates)
{
    const struct customer *customer = s->customer;

    s->in_force = reference_policy_in_force(reference, now);
    s->target_policy = target != 0 ? reference_policy(reference, target) : NULL;
    s->policy =
        s->application == NULL || evaluates ? s->in_force : reference_policy(reference, s->application->policy_version);
    CHECK(s->in_force != NULL && s->policy != NULL);
    if (customer != NULL && customer->measures.policy_version != 0)
        s->measures_policy = reference_policy(reference, customer->measures.policy_version);
    if (customer != NULL && customer->evaluation.demoted_policy != 0)
        s->demoted_policy = policy_of_demotion(reference, s->in_force, customer->evaluation.demoted_policy);
}

/* The situation of a row: as that of the command, with the row's own customer and trade. */
static void find_row(const struct command *command, const struct command_row *row, const struct work *work,
                     const struct loaded *loaded, struct situation *s)
{
    s->customer = row->customer.number == NULL ? NULL : work_customer_named(work, s->org, &row->customer, &s->several);
    s->now = s->customer == NULL ? loaded->now : later(loaded->now, s->customer->last_event_at);
    s->trade = row->document == NULL
                   ? NULL
                   : work_trade(work, s->customer == NULL ? row->customer.home : s->customer->key.home, row->document);
    if (s->trade != NULL)
        s->now = later(s->now, s->trade->recorded_at);
    s->import_customer = s->customer == NULL ? NULL : work_import_customer(work, s->customer->key, command->import.id);
}

static void decide_rows(struct command *command, struct work *work, const struct loaded *loaded,
                        const struct situation *of_command, struct arena *arena)
{
    struct effects *effects = ARENA_NEW(arena, struct effects); /* one for all rows: it is large */

    for (size_t i = 0; i < command->row_count; i++) {
        struct situation s = *of_command;
        *effects = (struct effects){0};
        find_row(command, &command->rows[i], work, loaded, &s);
        if (command->wants_number && s.customer == NULL)
            s.new_number = work_take_number(work);
        if (command->kind->decide_row(command, i, &s, arena, effects))
            work_accept(work, command, s.now, effects);
    }
}

/* The command on the rows of `work`; true: it is accepted, and *effects are to be taken over at *now. */
static bool decide_on(struct command *command, struct work *work, const struct loaded *loaded,
                      const struct reference *reference, struct situation *s, struct arena *arena,
                      struct effects *effects)
{
    find_rows(command, work, loaded, s);
    find_policies(reference, loaded->now, command->target_policy, s, command->kind->trades == COMMAND_EVALUATES);
    if (command->wants_number && command->row_count == 0)
        s->new_number = work_take_number(work);
    command->kind->decide(command, s, arena, effects);
    if (command->outcome.status == STATUS_OK && command->kind->decide_row != NULL) {
        decide_rows(command, work, loaded, s, arena);
        command->kind->decide_end(command, s, arena, effects);
    }
    command->outcome.at = s->now;
    return command->outcome.status == STATUS_OK;
}

static void decide_one(struct command *command, struct work *work, const struct loaded *loaded,
                       const struct reference *reference, struct arena *arena)
{
    struct situation s = {.org = reference_organisation(reference), .now = loaded->now};
    const struct stored_command *stored = find_stored(command, s.org, work, arena);
    struct effects *effects = ARENA_NEW(arena, struct effects);
    bool known_user = find_user(command, &s);

    decide_failed(command, STATUS_OK, REASON_NONE);
    if (stored != NULL && known_user) {
        repeat(command, stored);
        return;
    }
    if (!known_user) {
        refuse(command, REASON_USER_DISABLED);
        command->outcome.silent = stored != NULL;
        command->outcome.at = s.now;
    } else if (command->without_effect) {
        struct work *apart = work_new(arena, loaded);
        decide_on(command, apart, loaded, reference, &s, arena, effects);
        work_free(apart);
    } else if (decide_on(command, work, loaded, reference, &s, arena, effects)) {
        command->outcome.executed = true;
        work_accept(work, command, s.now, effects);
    }
    if (stored == NULL)
        work_outcome(work, command);
}

void decide_range(struct command **commands, size_t count, struct work *work, const struct loaded *loaded,
                  const struct reference *reference, struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        decide_one(commands[i], work, loaded, reference, arena);
}
