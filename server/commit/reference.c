/* Keeps the newest organisation and policies and replaces them whole. */
#include "server/commit/reference.h"

#include "common/arena.h"
#include "common/check.h"
#include "common/civil.h"
#include "common/log.h"
#include "server/policy_file.h"
#include "server/rules/evaluation.h"

#include <stdlib.h>

struct waiter {
    struct waiter *next;
    store_done *done;
    void *arg;
};

struct reference {
    struct arena *arena; /* of the value in force; NULL before the first load */
    struct organisation organisation;
    struct policy *policies;
    size_t policy_count;
    struct waiter *loading, *waiting; /* of the shared load under way, of the next one */
    struct store *shared_store;
    struct refresh *refreshes; /* under way */
};

struct refresh {
    struct refresh *next;
    struct reference *reference;
    struct arena *arena;
    struct reference_rows rows;
    store_done *done;
    void *arg;
};

struct reference *reference_new(void)
{
    return xcalloc(1, sizeof(struct reference));
}

static void refresh_free(struct refresh *refresh)
{
    struct refresh **place = &refresh->reference->refreshes;

    while (*place != refresh)
        place = &(*place)->next;
    *place = refresh->next;
    arena_free(refresh->arena);
    free(refresh);
}

void reference_free(struct reference *reference)
{
    if (reference == NULL)
        return;
    while (reference->refreshes != NULL) /* their connections were closed before they came back */
        refresh_free(reference->refreshes);
    arena_free(reference->arena);
    free(reference);
}

const struct organisation *reference_organisation(const struct reference *reference)
{
    return reference->arena == NULL ? NULL : &reference->organisation;
}

int64_t reference_epoch(const struct reference *reference)
{
    return reference->arena == NULL ? -1 : reference->organisation.epoch;
}

const struct policy *reference_policy(const struct reference *reference, int32_t version)
{
    for (size_t i = 0; i < reference->policy_count; i++)
        if (reference->policies[i].version == version)
            return &reference->policies[i];
    return NULL;
}

size_t reference_policies(const struct reference *reference, const struct policy **out)
{
    *out = reference->policies;
    return reference->policy_count;
}

/* An instant before the first one came into force is one on which nothing was decided yet. */
const struct policy *reference_policy_in_force(const struct reference *reference, int64_t now)
{
    const struct policy *found = policy_in_force(reference->policies, reference->policy_count, now);

    return found != NULL || reference->policy_count == 0 ? found : &reference->policies[0];
}

size_t reference_policy_changes(const struct reference *reference)
{
    size_t changes = reference->policy_count;

    for (size_t i = 0; i < reference->policy_count; i++)
        changes += reference->policies[i].rolled_back;
    return changes;
}

int reference_trade_months(const struct reference *reference)
{
    int most = 0;

    for (size_t i = 0; i < reference->policy_count; i++) {
        int months = evaluation_months(&reference->policies[i]);
        if (months > most)
            most = months;
    }
    return most;
}

/* Parses every stored policy text into the new arena. A stored text was parsed before it was stored, so one that does
 * not parse comes from a newer server: the old value stays. */
static bool parse_policies(struct refresh *refresh, struct policy **out)
{
    struct policy *policies = ARENA_ARRAY(refresh->arena, struct policy, refresh->rows.policy_count + 1);
    char message[512], name[64];

    for (size_t i = 0; i < refresh->rows.policy_count; i++) {
        const struct policy_text *text = &refresh->rows.policies[i];
        snprintf(name, sizeof name, "policy version %d", text->version);
        if (!policy_parse(name, text->text, refresh->arena, &policies[i], message, sizeof message)) {
            log_error("%s", message);
            return false;
        }
        policies[i].version = text->version;
        policies[i].effective_at = text->effective_at;
        policies[i].rolled_back = text->rolled_back;
    }
    *out = policies;
    return true;
}

/* A zone that this host's tz database lacks: deadlines there cannot be counted, so nothing is decided at all. */
static bool zones_known(const struct organisation *org)
{
    for (size_t i = 0; i < org->unit_count; i++)
        if (!zone_valid(org->units[i].zone)) {
            log_error("unit %s: time zone %s is not known on this host", org->units[i].code, org->units[i].zone);
            return false;
        }
    return true;
}

static void refreshed(void *arg, enum store_result result)
{
    struct refresh *refresh = arg;
    struct reference *reference = refresh->reference;
    store_done *done = refresh->done;
    void *done_arg = refresh->arg;
    struct policy *policies = NULL;

    if (result == STORE_OK && (!zones_known(&refresh->rows.organisation) || !parse_policies(refresh, &policies)))
        result = STORE_BROKEN;
    if (result == STORE_OK && refresh->rows.organisation.epoch > reference_epoch(reference)) {
        struct arena *before = reference->arena;
        reference->arena = refresh->arena;
        reference->organisation = refresh->rows.organisation;
        reference->policies = policies;
        reference->policy_count = refresh->rows.policy_count;
        refresh->arena = before;
    }
    refresh_free(refresh);
    done(done_arg, result);
}

void reference_refresh(struct reference *reference, struct store *store, store_done *done, void *arg)
{
    struct refresh *refresh = xcalloc(1, sizeof *refresh);

    refresh->next = reference->refreshes;
    refresh->reference = reference;
    refresh->arena = arena_new(0);
    refresh->done = done;
    refresh->arg = arg;
    reference->refreshes = refresh;
    store_read_reference(store, refresh->arena, &refresh->rows, refreshed, refresh);
}

static void shared_start(struct reference *reference);

static void shared_done(void *arg, enum store_result result)
{
    struct reference *reference = arg;
    struct waiter *waiter = reference->loading;

    reference->loading = NULL;
    if (reference->waiting != NULL)
        shared_start(reference);
    while (waiter != NULL) {
        struct waiter *next = waiter->next;
        waiter->done(waiter->arg, result);
        free(waiter);
        waiter = next;
    }
}

static void shared_start(struct reference *reference)
{
    CHECK(reference->loading == NULL);
    reference->loading = reference->waiting;
    reference->waiting = NULL;
    reference_refresh(reference, reference->shared_store, shared_done, reference);
}

void reference_refresh_shared(struct reference *reference, struct store *store, store_done *done, void *arg)
{
    struct waiter *waiter = xcalloc(1, sizeof *waiter);

    CHECK(reference->shared_store == NULL || reference->shared_store == store);
    reference->shared_store = store;
    *waiter = (struct waiter){reference->waiting, done, arg};
    reference->waiting = waiter;
    if (reference->loading == NULL)
        shared_start(reference);
}
