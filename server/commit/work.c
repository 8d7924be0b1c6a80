/* Tables of rows by key (uthash), growing lists of what is only inserted, and the net change at the end. */
#include "server/commit/work.h"

#include "common/check.h"
#include "server/commit/chain.h"
#include "server/commit/row_key.h"

#include <string.h>
#include <uthash.h>

struct id_key {
    int64_t home;
    struct uuid id;
};

struct customer_entry {
    struct row_key key;
    struct customer row;
    int64_t loaded_revision;
    struct uuid loaded_timer;
    int32_t loaded_branch, loaded_region; /* 0: a new customer */
    bool dirty;
    bool partial;                       /* loaded->touched: nothing may come of it but trades */
    struct customer_entry *same_number; /* others with this number */
    UT_hash_handle hh, by_number;       /* by_number: the first of those with one number */
};
struct trade_entry {
    struct trade row;
    int32_t loaded_version;
    bool dirty;
    struct trade_entry *same_document; /* others with this document, each of another home */
    struct trade_entry *older;         /* all of them, the newest entry first */
    UT_hash_handle hh;                 /* by document: the first of those with it */
};
struct import_entry {
    struct row_key key;
    struct trade_import row;
    int32_t loaded_version;
    bool dirty;
    UT_hash_handle hh;
};
struct touch_key {
    int64_t home, id, import;
};
struct touch_entry {
    struct touch_key key;
    struct import_customer row;
    bool loaded, dirty;
    UT_hash_handle hh;
};
struct application_entry {
    struct row_key key;
    struct application row, loaded;
    bool dirty;
    UT_hash_handle hh;
};
struct command_entry {
    struct id_key key;
    struct stored_command row;
    bool fresh; /* decided in this batch */
    UT_hash_handle hh;
};

/* A list in the arena that doubles. */
struct list {
    void *items;
    size_t count, room;
};

struct work {
    struct arena *arena;
    const struct loaded *loaded;
    struct customer_entry *customers, *by_number;
    struct application_entry *applications;
    struct command_entry *commands;
    struct trade_entry *trades, *newest_trade;
    size_t trade_count;
    struct import_entry *imports;
    struct touch_entry *touches;
    size_t numbers_taken;
    bool torn;
    struct list events, standings, trades_past, assessments;
    struct reference_head head;
    bool head_changed;
    struct reference_change reference;
    enum reference_chain chain; /* of its events */
};

static void *list_add(struct arena *arena, struct list *list, size_t size)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : list->room * 2;
        char *items = arena_alloc(arena, room * size);
        if (list->count > 0)
            memcpy(items, list->items, list->count * size);
        list->items = items;
        list->room = room;
    }
    return (char *)list->items + list->count++ * size;
}

static struct customer_entry *find_customer(const struct work *work, struct key key)
{
    struct row_key k = row_key(key);
    struct customer_entry *entry;
    HASH_FIND(hh, work->customers, &k, sizeof k, entry);
    return entry;
}

static struct application_entry *find_application(const struct work *work, struct key key)
{
    struct row_key k = row_key(key);
    struct application_entry *entry;
    HASH_FIND(hh, work->applications, &k, sizeof k, entry);
    return entry;
}

static struct trade_entry *find_document(const struct work *work, const char *document)
{
    struct trade_entry *entry;
    HASH_FIND(hh, work->trades, document, strlen(document), entry);
    return entry;
}

static struct trade_entry *find_trade(const struct work *work, int16_t home, const char *document)
{
    struct trade_entry *entry = find_document(work, document);

    while (entry != NULL && entry->row.home != home)
        entry = entry->same_document;
    return entry;
}

static struct import_entry *find_import(const struct work *work, struct key key)
{
    struct row_key k = row_key(key);
    struct import_entry *entry;
    HASH_FIND(hh, work->imports, &k, sizeof k, entry);
    return entry;
}

static struct touch_entry *find_touch(const struct work *work, struct key customer, int64_t import_id)
{
    struct touch_key k = {customer.home, customer.id, import_id};
    struct touch_entry *entry;
    HASH_FIND(hh, work->touches, &k, sizeof k, entry);
    return entry;
}

static struct customer_entry *find_number(const struct work *work, const char *number)
{
    struct customer_entry *entry;
    HASH_FIND(by_number, work->by_number, number, strlen(number), entry);
    return entry;
}

/* The number of a customer never changes. */
static struct customer_entry *add_customer(struct work *work, const struct customer *row, int64_t loaded_revision)
{
    struct customer_entry *entry = ARENA_NEW(work->arena, struct customer_entry);
    struct customer_entry *same = find_number(work, row->number);

    entry->key = row_key(row->key);
    entry->row = *row;
    entry->loaded_revision = loaded_revision;
    if (loaded_revision != 0) {
        entry->loaded_timer = row->evaluation.timer_id;
        entry->loaded_branch = row->branch_id;
        entry->loaded_region = row->region_id;
    }
    HASH_ADD(hh, work->customers, key, sizeof entry->key, entry);
    if (same != NULL) {
        entry->same_number = same->same_number;
        same->same_number = entry;
    } else {
        HASH_ADD_KEYPTR(by_number, work->by_number, row->number, strlen(row->number), entry);
    }
    return entry;
}

static struct trade_entry *add_trade(struct work *work, const struct trade *row, int32_t loaded_version)
{
    struct trade_entry *entry = ARENA_NEW(work->arena, struct trade_entry);
    struct trade_entry *same = find_document(work, row->document);

    entry->row = *row;
    entry->loaded_version = loaded_version;
    entry->older = work->newest_trade;
    work->newest_trade = entry;
    work->trade_count++;
    if (same != NULL) {
        entry->same_document = same->same_document;
        same->same_document = entry;
    } else {
        HASH_ADD_KEYPTR(hh, work->trades, row->document, strlen(row->document), entry);
    }
    return entry;
}

static struct import_entry *add_import(struct work *work, const struct trade_import *row)
{
    struct import_entry *entry = ARENA_NEW(work->arena, struct import_entry);
    entry->key = row_key(row->key);
    entry->row = *row;
    HASH_ADD(hh, work->imports, key, sizeof entry->key, entry);
    return entry;
}

static struct touch_entry *add_touch(struct work *work, const struct import_customer *row, bool loaded)
{
    struct touch_entry *entry = ARENA_NEW(work->arena, struct touch_entry);
    entry->key = (struct touch_key){row->customer.home, row->customer.id, row->import_id};
    entry->row = *row;
    entry->loaded = loaded;
    HASH_ADD(hh, work->touches, key, sizeof entry->key, entry);
    return entry;
}

static struct application_entry *add_application(struct work *work, const struct application *row)
{
    struct application_entry *entry = ARENA_NEW(work->arena, struct application_entry);
    entry->key = row_key(row->key);
    entry->row = *row;
    HASH_ADD(hh, work->applications, key, sizeof entry->key, entry);
    return entry;
}

static void add_command(struct work *work, const struct stored_command *row, bool fresh)
{
    struct command_entry *entry = ARENA_NEW(work->arena, struct command_entry);
    entry->key = (struct id_key){.home = row->home, .id = row->command_id};
    entry->row = *row;
    entry->fresh = fresh;
    HASH_ADD(hh, work->commands, key, sizeof entry->key, entry);
}

/* Load statements may name one row twice (a customer by id and through its application), at different moments. */
static void take_loaded_customer(struct work *work, const struct customer *row)
{
    const struct customer_entry *known = find_customer(work, row->key);

    if (known == NULL)
        add_customer(work, row, row->revision);
    else
        work->torn |= known->loaded_revision != row->revision;
}

static void take_loaded(struct work *work)
{
    const struct loaded *loaded = work->loaded;

    for (size_t i = 0; i < loaded->customer_count; i++)
        take_loaded_customer(work, &loaded->customers[i]);
    for (size_t i = 0; i < loaded->touched_count; i++)
        if (find_customer(work, loaded->touched[i].key) == NULL)
            add_customer(work, &loaded->touched[i], 0)->partial = true;
    for (size_t i = 0; i < loaded->application_count; i++)
        if (find_application(work, loaded->applications[i].key) == NULL)
            add_application(work, &loaded->applications[i])->loaded = loaded->applications[i];
    for (size_t i = 0; i < loaded->command_count; i++) {
        const struct stored_command *row = &loaded->commands[i];
        if (work_command(work, (struct command_key){row->home, row->command_id}) == NULL)
            add_command(work, row, false);
    }
}

static void take_loaded_trades(struct work *work)
{
    const struct loaded *loaded = work->loaded;

    for (size_t i = 0; i < loaded->trade_count; i++)
        if (find_trade(work, loaded->trades[i].home, loaded->trades[i].document) == NULL)
            add_trade(work, &loaded->trades[i], loaded->trades[i].version);
    for (size_t i = 0; i < loaded->import_count; i++)
        if (find_import(work, loaded->imports[i].key) == NULL)
            add_import(work, &loaded->imports[i])->loaded_version = loaded->imports[i].version;
    for (size_t i = 0; i < loaded->import_customer_count; i++) {
        const struct import_customer *row = &loaded->import_customers[i];
        if (find_touch(work, row->customer, row->import_id) == NULL)
            add_touch(work, row, true);
    }
}

struct work *work_new(struct arena *arena, const struct loaded *loaded)
{
    struct work *work = ARENA_NEW(arena, struct work);
    work->arena = arena;
    work->loaded = loaded;
    work->head = loaded->head;
    take_loaded(work);
    take_loaded_trades(work);
    return work;
}

bool work_is_torn(const struct work *work)
{
    return work->torn;
}

void work_free(struct work *work)
{
    if (work == NULL)
        return;
    HASH_CLEAR(by_number, work->by_number);
    HASH_CLEAR(hh, work->customers);
    HASH_CLEAR(hh, work->applications);
    HASH_CLEAR(hh, work->commands);
    HASH_CLEAR(hh, work->trades);
    HASH_CLEAR(hh, work->imports);
    HASH_CLEAR(hh, work->touches);
}

const struct customer *work_customer(const struct work *work, struct key key)
{
    struct customer_entry *entry = find_customer(work, key);
    return entry == NULL ? NULL : &entry->row;
}

const struct customer *work_customer_named(const struct work *work, const struct organisation *org,
                                           const struct customer_named *named, bool *several)
{
    const struct customer_entry *first = find_number(work, named->number);
    const struct customer *of_home = NULL, *of_region = NULL;

    *several = named->home == 0 && first != NULL && first->same_number != NULL;
    if (named->home == 0)
        return first == NULL || *several ? NULL : &first->row;
    for (const struct customer_entry *e = first; e != NULL; e = e->same_number) {
        if (unit_region_today(org, e->row.branch_id) == named->region_id) {
            *several |= of_region != NULL;
            of_region = &e->row;
        } else if (e->row.key.home == named->home) {
            of_home = &e->row;
        }
    }
    return *several ? NULL : of_region != NULL ? of_region : of_home;
}

const struct trade *work_trade(const struct work *work, int16_t home, const char *document)
{
    struct trade_entry *entry = find_trade(work, home, document);
    return entry == NULL ? NULL : &entry->row;
}

const struct trade_import *work_import(const struct work *work, struct key key)
{
    struct import_entry *entry = find_import(work, key);
    return entry == NULL ? NULL : &entry->row;
}

const struct trade_import *work_open_import(const struct work *work, const struct import_source *source)
{
    for (const struct import_entry *e = work->imports; e != NULL; e = e->hh.next)
        if (e->row.finished_at == 0 && e->row.key.home == source->home && e->row.user_id == source->user_id &&
            memcmp(e->row.source, source->source, sizeof e->row.source) == 0)
            return &e->row;
    return NULL;
}

const struct import_customer *work_import_customer(const struct work *work, struct key customer, int64_t import_id)
{
    struct touch_entry *entry = find_touch(work, customer, import_id);
    return entry == NULL ? NULL : &entry->row;
}

const struct application *work_application(const struct work *work, struct key key)
{
    struct application_entry *entry = find_application(work, key);
    return entry == NULL ? NULL : &entry->row;
}

const struct stored_command *work_command(const struct work *work, struct command_key key)
{
    struct id_key k = {.home = key.home, .id = key.command_id};
    struct command_entry *entry;
    HASH_FIND(hh, work->commands, &k, sizeof k, entry);
    return entry == NULL ? NULL : &entry->row;
}

int64_t work_take_number(struct work *work)
{
    CHECK(work->numbers_taken < work->loaded->new_number_count);
    return work->loaded->new_numbers[work->numbers_taken++];
}

bool work_writes_customer(const struct work *work, struct key key)
{
    const struct customer_entry *entry = find_customer(work, key);
    return entry != NULL && entry->dirty;
}

size_t work_numbers_taken(const struct work *work)
{
    return work->numbers_taken;
}

/* Moves a chain by one event. */
static void append_event(struct work *work, struct event *event, int64_t *seq, uint8_t hash[CHAIN_HASH_BYTES])
{
    event->seq = ++*seq;
    memcpy(event->hash_prev, hash, CHAIN_HASH_BYTES);
    chain_hash(event, event->hash);
    memcpy(hash, event->hash, CHAIN_HASH_BYTES);
    *(struct event *)list_add(work->arena, &work->events, sizeof *event) = *event;
}

/* A text that is not the row's already may be a request's, which is freed with its answer while later commands of the
 * batch still see the row. */
static const char *own_text(struct work *work, const char *text, const char *before)
{
    return text == before ? text : arena_strdup(work->arena, text);
}

static void accept_customer(struct work *work, struct effects *effects, int64_t now)
{
    struct customer *row = &effects->customer;
    struct customer_entry *entry = find_customer(work, row->key);

    CHECK(entry == NULL || !entry->partial);
    row->number = own_text(work, row->number, entry == NULL ? NULL : entry->row.number);
    row->name = own_text(work, row->name, entry == NULL ? NULL : entry->row.name);
    row->emergency.reason = own_text(work, row->emergency.reason, entry == NULL ? NULL : entry->row.emergency.reason);

    for (int i = 0; i < effects->event_count; i++) {
        struct event *event = &effects->events[i];
        event->customer = row->key;
        append_event(work, event, &row->chain_seq, row->chain_hash);
        if (effects->has_standing && event->kind == EVENT_STANDING_CHANGED)
            effects->standing.seq = event->seq;
    }
    if (effects->event_count > 0)
        row->last_event_at = now;
    if (entry == NULL)
        entry = add_customer(work, row, 0);
    entry->row = *row;
    entry->dirty = true;
}

static void accept_application(struct work *work, const struct application *row)
{
    struct application_entry *entry = find_application(work, row->key);
    const char *reason = own_text(work, row->reason, entry == NULL ? NULL : entry->row.reason);

    if (entry == NULL)
        entry = add_application(work, row);
    entry->row = *row;
    entry->row.reason = reason;
    entry->dirty = true;
}

/* The version before goes to the past, one that this batch has written too. */
static void accept_trade(struct work *work, const struct command *command, struct trade *row, int64_t now)
{
    struct trade_entry *entry = find_trade(work, row->home, row->document);

    row->command_id = command->command_id;
    row->recorded_at = now;
    if (entry == NULL) {
        row->document = arena_strdup(work->arena, row->document);
        entry = add_trade(work, row, 0);
    } else {
        CHECK(row->version == entry->row.version + 1 && row->customer_id == entry->row.customer_id);
        *(struct trade_past *)list_add(work->arena, &work->trades_past, sizeof(struct trade_past)) =
            (struct trade_past){entry->row, now};
        row->document = entry->row.document;
        entry->row = *row;
    }
    entry->dirty = true;
}

static void accept_assessment(struct work *work, const struct command *command, const struct assessment *row,
                              int64_t now)
{
    struct assessment_write *write = list_add(work->arena, &work->assessments, sizeof *write);

    *write = (struct assessment_write){*row, command->command_id};
    write->row.recorded_at = now;
}

static void accept_import(struct work *work, struct trade_import *row)
{
    struct import_entry *entry = find_import(work, row->key);

    row->name = own_text(work, row->name, entry == NULL ? NULL : entry->row.name);
    row->version++;
    if (entry == NULL)
        entry = add_import(work, row);
    entry->row = *row;
    entry->dirty = true;
}

static void accept_import_customer(struct work *work, const struct import_customer *row)
{
    struct touch_entry *entry = find_touch(work, row->customer, row->import_id);

    if (entry == NULL)
        entry = add_touch(work, row, false);
    entry->row = *row;
    entry->dirty = true;
}

static void accept_trades(struct work *work, const struct command *command, int64_t now, struct effects *effects)
{
    if (effects->has_trade)
        accept_trade(work, command, &effects->trade, now);
    if (effects->has_assessment)
        accept_assessment(work, command, &effects->assessment, now);
    if (effects->has_import)
        accept_import(work, &effects->import);
    if (effects->has_import_customer)
        accept_import_customer(work, &effects->import_customer);
}

void work_accept(struct work *work, const struct command *command, int64_t now, struct effects *effects)
{
    for (int i = 0; i < effects->event_count; i++) {
        effects->events[i].command_id = command->command_id;
        effects->events[i].actor = effects->events[i].by_system ? SYSTEM_USER : command->user_id;
        effects->events[i].at = now;
    }
    if (effects->has_customer)
        accept_customer(work, effects, now);
    if (effects->has_application) {
        CHECK(effects->has_customer); /* the customer's chain is the lock of its applications */
        accept_application(work, &effects->application);
    }
    accept_trades(work, command, now, effects);
    if (effects->has_standing)
        *(struct standing_change *)list_add(work->arena, &work->standings, sizeof effects->standing) =
            effects->standing;
    if (effects->reference.kind != REFERENCE_NONE) {
        CHECK(!effects->has_customer && work->reference.kind == REFERENCE_NONE);
        work->chain = command->kind->chain;
        for (int i = 0; i < effects->event_count; i++) {
            effects->events[i].customer = (struct key){0, (int64_t)work->chain};
            append_event(work, &effects->events[i], &work->head.chain_seq, work->head.chain_hash);
        }
        work->head.last_event_at = now;
        work->head_changed = true;
        work->reference = effects->reference;
    }
}

void work_outcome(struct work *work, const struct command *command)
{
    const struct outcome *outcome = &command->outcome;
    struct stored_command row = {
        .home = command->home,
        .command_id = command->command_id,
        .user_id = command->user_id,
        .method = command->kind->method,
        .status = outcome->status,
        .reason = (int)outcome->reason,
        .field = outcome->field == NULL ? "" : outcome->field,
        .arguments = arena_strdup(work->arena, outcome->arguments),
        .entity = arena_strdup(work->arena, outcome->entity),
        .version = outcome->version,
        .at = outcome->at,
    };
    memcpy(row.request_hash, command->request_hash, sizeof row.request_hash);
    add_command(work, &row, true);
}

/* An open application has a timer, also when its missed deadline has been noted: it still waits for somebody. */
static bool application_timer_moved(const struct application *before, const struct application *now)
{
    return before->turn_unit != now->turn_unit || before->turn_role != now->turn_role ||
           before->due_at != now->due_at || !uuid_equal(before->timer_id, now->timer_id);
}

static void change_timer(struct change_set *out, struct timer *set, struct timer_key *ended, bool had, bool has,
                         const struct timer *timer)
{
    if (has)
        set[out->timer_count++] = *timer;
    else if (had)
        ended[out->ended_timer_count++] = timer->key;
}

static void change_timers(struct work *work, struct change_set *out)
{
    unsigned count = HASH_COUNT(work->applications) + HASH_COUNT(work->customers);
    struct timer *set = ARENA_ARRAY(work->arena, struct timer, count + 1);
    struct timer_key *ended = ARENA_ARRAY(work->arena, struct timer_key, count + 1);

    for (struct application_entry *e = work->applications; e != NULL; e = e->hh.next) {
        const struct timer timer = {.key = {e->row.key.home, TIMER_DEADLINE, e->row.key.id},
                                    .customer_id = e->row.customer_id,
                                    .id = e->row.timer_id,
                                    .due_at = e->row.due_at,
                                    .turn_unit = e->row.turn_unit,
                                    .turn_role = e->row.turn_role};
        if (e->dirty && application_timer_moved(&e->loaded, &e->row))
            change_timer(out, set, ended, e->loaded.turn_unit != 0, e->row.turn_unit != 0, &timer);
    }
    for (struct customer_entry *e = work->customers; e != NULL; e = e->hh.next) {
        const struct timer timer = {.key = {e->row.key.home, TIMER_EVALUATE, e->row.key.id},
                                    .customer_id = e->row.key.id,
                                    .id = e->row.evaluation.timer_id,
                                    .due_at = e->row.evaluation.evaluate_at};
        if (e->dirty && !uuid_equal(e->loaded_timer, timer.id))
            change_timer(out, set, ended, !uuid_is_zero(e->loaded_timer), !uuid_is_zero(timer.id), &timer);
    }
    out->timers = set;
    out->ended_timers = ended;
}

static void change_trades(struct work *work, struct change_set *out)
{
    struct trade_write *trades = ARENA_ARRAY(work->arena, struct trade_write, work->trade_count + 1);
    struct import_write *imports = ARENA_ARRAY(work->arena, struct import_write, HASH_COUNT(work->imports) + 1);
    struct import_customer *touched = ARENA_ARRAY(work->arena, struct import_customer, HASH_COUNT(work->touches) + 1);
    struct import_customer *evaluated = ARENA_ARRAY(work->arena, struct import_customer, HASH_COUNT(work->touches) + 1);

    for (struct trade_entry *e = work->newest_trade; e != NULL; e = e->older)
        if (e->dirty)
            trades[out->trade_count++] = (struct trade_write){&e->row, e->loaded_version};
    for (struct import_entry *e = work->imports; e != NULL; e = e->hh.next)
        if (e->dirty)
            imports[out->import_count++] = (struct import_write){&e->row, e->loaded_version};
    for (struct touch_entry *e = work->touches; e != NULL; e = e->hh.next) {
        CHECK(!e->dirty || e->loaded == (e->row.result != IMPORT_RESULT_NONE));
        if (e->dirty && !e->loaded)
            touched[out->touched_count++] = e->row;
        else if (e->dirty)
            evaluated[out->evaluated_count++] = e->row;
    }
    out->trades = trades;
    out->imports = imports;
    out->touched = touched;
    out->evaluated = evaluated;
}

static void change_rows(struct work *work, struct change_set *out)
{
    struct customer_write *customers = ARENA_ARRAY(work->arena, struct customer_write, HASH_COUNT(work->customers) + 1);
    struct application_write *applications =
        ARENA_ARRAY(work->arena, struct application_write, HASH_COUNT(work->applications) + 1);

    for (struct customer_entry *e = work->customers; e != NULL; e = e->hh.next) {
        if (!e->dirty)
            continue;
        customers[out->customer_count++] = (struct customer_write){&e->row, e->loaded_revision};
        /* A branch that gets a customer must be there, open and of that region when it is committed. */
        out->holds_epoch |= e->loaded_branch != e->row.branch_id || e->loaded_region != e->row.region_id;
    }
    for (struct application_entry *e = work->applications; e != NULL; e = e->hh.next)
        if (e->dirty)
            applications[out->application_count++] = (struct application_write){&e->row, e->loaded.version};
    out->customers = customers;
    out->applications = applications;
}

static void change_commands(struct work *work, struct change_set *out)
{
    struct stored_command *commands = ARENA_ARRAY(work->arena, struct stored_command, HASH_COUNT(work->commands) + 1);

    for (struct command_entry *e = work->commands; e != NULL; e = e->hh.next)
        if (e->fresh)
            commands[out->command_count++] = e->row;
    out->commands = commands;
}

void work_change_set(struct work *work, struct change_set *out)
{
    *out = (struct change_set){.reference = work->reference,
                               .head_changed = work->head_changed,
                               .chain = work->chain,
                               .head_loaded_seq = work->loaded->head.chain_seq,
                               .head = work->head,
                               .events = work->events.items,
                               .event_count = work->events.count,
                               .standings = work->standings.items,
                               .standing_count = work->standings.count,
                               .trades_past = work->trades_past.items,
                               .trade_past_count = work->trades_past.count,
                               .assessments = work->assessments.items,
                               .assessment_count = work->assessments.count};
    change_rows(work, out);
    change_trades(work, out);
    change_timers(work, out);
    change_commands(work, out);
}
