/* Two tables (uthash), each in the order in which rows were written. An entry is one piece of memory, its texts at its
 * end. */
#include "server/commit/recent.h"

#include "common/check.h"
#include "server/commit/row_key.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define PAUSE_MIN 256
#define PAUSE_MAX 65536

struct customer_entry {
    struct row_key key;
    struct customer row;
    UT_hash_handle hh;
    char texts[];
};
struct application_entry {
    struct row_key key;
    struct application row;
    int64_t customer_revision; /* of the customer whose row goes with it: every write of either raises it */
    UT_hash_handle hh;
    char texts[];
};
struct recent {
    size_t rows_max;
    unsigned pause;      /* batches to come that take nothing from here; nothing is kept meanwhile */
    unsigned next_pause; /* how many after the next old row */
    unsigned batches;    /* since the last one */
    struct customer_entry *customers;
    struct application_entry *applications;
};

static struct customer_entry *find_customer(const struct recent *recent, struct key key)
{
    struct row_key k = row_key(key);
    struct customer_entry *entry;
    HASH_FIND(hh, recent->customers, &k, sizeof k, entry);
    return entry;
}

static struct application_entry *find_application(const struct recent *recent, struct key key)
{
    struct row_key k = row_key(key);
    struct application_entry *entry;
    HASH_FIND(hh, recent->applications, &k, sizeof k, entry);
    return entry;
}

static struct key customer_of(const struct application *row)
{
    return (struct key){row->key.home, row->customer_id};
}

/* ---- keeping ---- */

static void drop_customer(struct recent *recent, struct customer_entry *entry)
{
    if (entry == NULL)
        return;
    HASH_DEL(recent->customers, entry);
    free(entry);
}

static void drop_application(struct recent *recent, struct application_entry *entry)
{
    if (entry == NULL)
        return;
    HASH_DEL(recent->applications, entry);
    free(entry);
}

/* A write that was not of the application leaves it as it was, when it was of the row that goes with it. */
static void follow_customer(struct recent *recent, const struct customer_write *write)
{
    struct application_entry *entry =
        find_application(recent, (struct key){write->row->key.home, write->row->open_application});

    if (entry != NULL && entry->customer_revision == write->loaded_revision)
        entry->customer_revision = write->loaded_revision + 1;
}

static void keep_customer(struct recent *recent, const struct customer_write *write)
{
    const char *reason = write->row->emergency.reason;
    size_t number_bytes = strlen(write->row->number) + 1, name_bytes = strlen(write->row->name) + 1,
           reason_bytes = strlen(reason) + 1;
    struct customer_entry *entry = xcalloc(1, sizeof *entry + number_bytes + name_bytes + reason_bytes);

    entry->key = row_key(write->row->key);
    entry->row = *write->row;
    entry->row.revision = write->loaded_revision + 1;
    entry->row.number = memcpy(entry->texts, write->row->number, number_bytes);
    entry->row.name = memcpy(entry->texts + number_bytes, write->row->name, name_bytes);
    entry->row.emergency.reason = memcpy(entry->texts + number_bytes + name_bytes, reason, reason_bytes);
    drop_customer(recent, find_customer(recent, write->row->key));
    HASH_ADD(hh, recent->customers, key, sizeof entry->key, entry);
    follow_customer(recent, write);
    if (HASH_COUNT(recent->customers) > recent->rows_max)
        drop_customer(recent, recent->customers);
}

/* One that has ended is hardly looked at again. Its customer was written with it, and is kept already. */
static void keep_application(struct recent *recent, const struct application *row)
{
    const struct customer_entry *customer = find_customer(recent, customer_of(row));
    size_t reason_bytes = strlen(row->reason) + 1;
    struct application_entry *entry;

    drop_application(recent, find_application(recent, row->key));
    if (row->turn_unit == 0 || customer == NULL)
        return;
    entry = xcalloc(1, sizeof *entry + reason_bytes);
    entry->key = row_key(row->key);
    entry->row = *row;
    entry->row.reason = memcpy(entry->texts, row->reason, reason_bytes);
    entry->customer_revision = customer->row.revision;
    HASH_ADD(hh, recent->applications, key, sizeof entry->key, entry);
    if (HASH_COUNT(recent->applications) > recent->rows_max)
        drop_application(recent, recent->applications);
}

void recent_keep(struct recent *recent, const struct change_set *changes)
{
    if (recent->pause > 0)
        return;
    for (size_t i = 0; i < changes->customer_count; i++)
        keep_customer(recent, &changes->customers[i]);
    for (size_t i = 0; i < changes->application_count; i++)
        keep_application(recent, changes->applications[i].row);
}

void recent_forget(struct recent *recent, const struct change_set *changes)
{
    for (size_t i = 0; i < changes->customer_count; i++)
        drop_customer(recent, find_customer(recent, changes->customers[i].row->key));
    for (size_t i = 0; i < changes->application_count; i++)
        drop_application(recent, find_application(recent, changes->applications[i].row->key));
}

/* The entries stay linked when their table has gone. */
void recent_clear(struct recent *recent)
{
    struct customer_entry *customer = recent->customers;
    struct application_entry *application = recent->applications;

    HASH_CLEAR(hh, recent->customers);
    HASH_CLEAR(hh, recent->applications);
    while (customer != NULL) {
        struct customer_entry *next = customer->hh.next;
        free(customer);
        customer = next;
    }
    while (application != NULL) {
        struct application_entry *next = application->hh.next;
        free(application);
        application = next;
    }
}

void recent_pause(struct recent *recent)
{
    if (recent->batches > recent->next_pause)
        recent->next_pause = PAUSE_MIN;
    recent->batches = 0;
    recent->pause = recent->next_pause;
    if (recent->next_pause < PAUSE_MAX)
        recent->next_pause *= 2;
    recent_clear(recent);
}

/* ---- taking ---- */

/* Only with the row of its customer that it belongs to: the two are decided on together. */
static bool has_application(const struct recent *recent, struct key key)
{
    const struct application_entry *entry = find_application(recent, key);
    const struct customer_entry *customer = entry == NULL ? NULL : find_customer(recent, customer_of(&entry->row));

    return customer != NULL && customer->row.revision == entry->customer_revision;
}

static void take_out(const struct recent *recent, struct arena *arena, struct load_list *list, struct recent_use *use)
{
    struct key *customers = ARENA_ARRAY(arena, struct key, list->customer_count + 1);
    struct key *applications = ARENA_ARRAY(arena, struct key, list->application_count + 1);
    size_t customer_count = 0, application_count = 0;

    use->customers = ARENA_ARRAY(arena, struct key, list->customer_count + 1);
    use->applications = ARENA_ARRAY(arena, struct key, list->application_count + 1);
    for (size_t i = 0; i < list->customer_count; i++)
        if (find_customer(recent, list->customers[i]) != NULL)
            use->customers[use->customer_count++] = list->customers[i];
        else
            customers[customer_count++] = list->customers[i];
    for (size_t i = 0; i < list->application_count; i++)
        if (has_application(recent, list->applications[i]))
            use->applications[use->application_count++] = list->applications[i];
        else
            applications[application_count++] = list->applications[i];
    list->customers = customers;
    list->customer_count = customer_count;
    list->applications = applications;
    list->application_count = application_count;
}

void recent_take_out(struct recent *recent, struct arena *arena, struct load_list *list, struct recent_use *use)
{
    *use = (struct recent_use){0};
    if (recent->pause > 0) {
        recent->pause--;
        return;
    }
    recent->batches++;
    take_out(recent, arena, list, use);
}

static struct customer copy_customer(const struct recent *recent, struct key key, struct arena *arena)
{
    struct customer row = find_customer(recent, key)->row;

    row.number = arena_strdup(arena, row.number);
    row.name = arena_strdup(arena, row.name);
    row.emergency.reason = arena_strdup(arena, row.emergency.reason);
    return row;
}

static struct application copy_application(const struct recent *recent, struct key key, struct arena *arena)
{
    struct application row = find_application(recent, key)->row;

    row.reason = arena_strdup(arena, row.reason);
    return row;
}

static bool has_all(const struct recent *recent, const struct recent_use *use)
{
    for (size_t i = 0; i < use->customer_count; i++)
        if (find_customer(recent, use->customers[i]) == NULL)
            return false;
    for (size_t i = 0; i < use->application_count; i++)
        if (!has_application(recent, use->applications[i]))
            return false;
    return true;
}

bool recent_fill(const struct recent *recent, const struct recent_use *use, struct arena *arena, struct loaded *loaded)
{
    size_t more = use->customer_count + use->application_count;
    struct customer *customers;
    struct application *applications;
    size_t customer_count = 0, application_count = 0;

    if (more == 0)
        return true;
    if (!has_all(recent, use))
        return false;
    customers = ARENA_ARRAY(arena, struct customer, more + loaded->customer_count);
    applications = ARENA_ARRAY(arena, struct application, use->application_count + loaded->application_count + 1);
    for (size_t i = 0; i < use->customer_count; i++)
        customers[customer_count++] = copy_customer(recent, use->customers[i], arena);
    for (size_t i = 0; i < use->application_count; i++) {
        struct application row = copy_application(recent, use->applications[i], arena);
        customers[customer_count++] = copy_customer(recent, customer_of(&row), arena);
        applications[application_count++] = row;
    }
    if (loaded->customer_count > 0)
        memcpy(customers + customer_count, loaded->customers, loaded->customer_count * sizeof *customers);
    if (loaded->application_count > 0)
        memcpy(applications + application_count, loaded->applications,
               loaded->application_count * sizeof *applications);
    loaded->customers = customers;
    loaded->customer_count += customer_count;
    loaded->applications = applications;
    loaded->application_count += application_count;
    return true;
}

bool recent_agrees(const struct recent *recent, const struct loaded *loaded)
{
    for (size_t i = 0; i < loaded->customer_count; i++) {
        const struct customer_entry *entry = find_customer(recent, loaded->customers[i].key);
        if (entry != NULL && entry->row.revision != loaded->customers[i].revision)
            return false;
    }
    return true;
}

/* ---- the whole ---- */

struct recent *recent_new(size_t rows_max)
{
    struct recent *recent = xcalloc(1, sizeof *recent);

    recent->rows_max = rows_max;
    recent->next_pause = PAUSE_MIN;
    return recent;
}

void recent_free(struct recent *recent)
{
    if (recent == NULL)
        return;
    recent_clear(recent);
    free(recent);
}
