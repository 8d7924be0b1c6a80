/* Trades of one import by HQ, and the evaluation of each customer after its end. */
#include <sodium.h>
#include <string.h>

#include "common/check.h"
#include "server/rules/evaluation.h"
#include "tests/bench/plant/database.h"
#include "tests/bench/plant/payload.h"
#include "tests/bench/plant/plant.h"

#define CHUNK_US      (10 * 1000)
#define EVALUATION_US 1000
#define DUE_DAYS      30

/* ---- the import ---- */

static void import_command(struct plant *plant, struct uuid id, enum method method, int64_t at, const char *arguments)
{
    char entity[PUBLIC_ID_BYTES];
    struct stored_command command = {.command_id = id,
                                     .user_id = plant->importer->id,
                                     .method = method,
                                     .arguments = arguments,
                                     .entity = entity,
                                     .at = at};

    public_id_format('I', plant->import.key, entity);
    crypto_hash_sha256(command.request_hash, id.bytes, sizeof id.bytes);
    row_command(plant, &command);
    plant->import.version++;
}

static int64_t chunk_at(const struct plant *plant)
{
    return plant->import.started_at + (1 + (plant->import.added - plant->chunk_rows) / CHUNK_ROWS) * CHUNK_US;
}

static void end_chunk(struct plant *plant)
{
    char arguments[80];

    if (plant->chunk_rows == 0)
        return;
    snprintf(arguments, sizeof arguments, "added=%lld\nchanged=0\nunchanged=0\nrefused=0\n",
             (long long)plant->chunk_rows);
    import_command(plant, plant->chunk, METHOD_TRADE_IMPORT_CHUNK, chunk_at(plant), arguments);
    plant->chunk_rows = 0;
}

void trades_begin(struct plant *plant)
{
    const int64_t at = plant->now - US_PER_DAY;

    plant->import = (struct trade_import){.key = {0, ++plant->last_number},
                                          .user_id = plant->importer->id,
                                          .name = "trades.csv",
                                          .started_at = at,
                                          .finished_at = at + (2 + plant->options.trades / CHUNK_ROWS + 1) * CHUNK_US};
    plant->import.last_at = plant->import.finished_at;
    for (size_t i = 0; i < sizeof plant->import.source; i++)
        plant->import.source[i] = (uint8_t)random_next(plant);
    import_command(plant, random_uuid(plant, at), METHOD_TRADE_IMPORT_BEGIN, at, NULL);
}

void trades_end(struct plant *plant)
{
    struct trade_import *row = &plant->import;
    const int64_t at = row->finished_at;
    char source[2 * sizeof row->source + 1];

    end_chunk(plant);
    import_command(plant, random_uuid(plant, at), METHOD_TRADE_IMPORT_FINISH, at, NULL);
    CHECK(row->added == plant->options.trades && at + row->evaluated * EVALUATION_US < plant->now);
    sodium_bin2hex(source, sizeof source, row->source, sizeof row->source);
    database_run(plant->conn,
                 "INSERT INTO trade_import (home_id, import_id, version, user_id, source, name, create_customers, "
                 "started_at, last_at, finished_at, added, changed, unchanged, refused, customers_added, customers, "
                 "evaluated, demoted, corrected, criteria) VALUES (0, %lld, %lld, %lld, decode('%s', 'hex'), '%s', "
                 "false, %lld, %lld, %lld, %lld, 0, 0, 0, 0, %lld, %lld, 0, 0, 0)",
                 (long long)row->key.id, (long long)row->version, (long long)row->user_id, source, row->name,
                 (long long)row->started_at, (long long)at, (long long)at, (long long)row->added,
                 (long long)row->customers, (long long)row->evaluated);
}

/* ---- trades ---- */

/* A volume in the middle of what gives that grade. */
static int64_t volume_for(const struct policy *policy, enum grade grade)
{
    const int64_t lowest = policy->bands[policy->band_count - 1].from_minor;

    for (int i = 0; i < policy->band_count; i++) {
        const int64_t from = policy->bands[i].from_minor;
        if (policy->bands[i].grade == grade)
            return i == 0 ? from + from / 2 : (from + policy->bands[i - 1].from_minor) / 2;
    }
    if (grade != policy->below_lowest)
        fail("no volume of trades gives the grade %s", word_name(words_grade, (int)grade));
    return lowest / 2;
}

/* One trade of `count` that make the volume, 20 % more or less; issued in the first four fifths of the window, settled
 * when it was due, or today. */
static void take_trade(struct plant *plant, const struct customer *customer, int64_t volume, int64_t count,
                       civil_date today, struct trade *out)
{
    const civil_date from = window_from(&plant->policy, today);
    char document[24];

    if (plant->chunk_rows == 0)
        plant->chunk = random_uuid(plant, chunk_at(plant));
    document[0] = 'T';
    document[1 + digits_put(document + 1, (uint64_t)plant->import.added + 1, 9)] = '\0';
    *out = (struct trade){.home = customer->key.home,
                          .customer_id = customer->key.id,
                          .document = arena_strdup(plant->scratch, document),
                          .version = 1,
                          .amount_minor = 1 + volume / count * (80 + random_below(plant, 41)) / 100,
                          .issued_on = today - (civil_date)random_below(plant, (today - from) * 4 / 5),
                          .settled = true,
                          .import = plant->import.key,
                          .command_id = plant->chunk,
                          .recorded_at = chunk_at(plant)};
    memcpy(out->currency, plant->policy.currency, CURRENCY_BYTES);
    out->due_on = out->issued_on + DUE_DAYS;
    out->settled_on = out->due_on < today ? out->due_on : today;
    row_trade(plant, out);
    plant->import.added++;
    if (++plant->chunk_rows == CHUNK_ROWS)
        end_chunk(plant);
}

/* ---- the evaluation ---- */

static void hash_int(crypto_hash_sha256_state *state, int64_t value)
{
    uint8_t bytes[8];

    for (int i = 7; i >= 0; i--, value >>= 8)
        bytes[i] = (uint8_t)value;
    crypto_hash_sha256_update(state, bytes, sizeof bytes);
}

/* Layout: proto/PROTOCOL.md, event chain. */
static void digest_trades(const struct trade *trades, int64_t count, char out[65])
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256_init(&state);
    for (const struct trade *row = trades; row < trades + count; row++) {
        hash_int(&state, (int64_t)strlen(row->document));
        crypto_hash_sha256_update(&state, (const uint8_t *)row->document, strlen(row->document));
        hash_int(&state, row->version);
        crypto_hash_sha256_update(&state, (const uint8_t *)row->currency, CURRENCY_BYTES - 1);
        hash_int(&state, row->amount_minor);
        hash_int(&state, row->issued_on);
        hash_int(&state, row->due_on);
        hash_int(&state, row->settled_on);
        hash_int(&state, row->cancelled);
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(out, 65, digest, sizeof digest);
}

static const char *imported_payload(const struct plant *plant, const struct trade *trades, int64_t count,
                                    struct payload *payload)
{
    char id[PUBLIC_ID_BYTES], digest[65];

    public_id_format('I', plant->import.key, id);
    digest_trades(trades, count, digest);
    payload_begin(payload);
    payload_add_int(payload, "added", count);
    payload_add_int(payload, "changed", 0);
    payload_add(payload, "digest", digest);
    payload_add(payload, "import", id);
    return payload_end(payload);
}

/* What is computed is what is in force: nothing follows but the timer. */
static void evaluate(struct plant *plant, const struct unit *branch, const struct trade *trades, int64_t count,
                     int64_t at, struct customer *customer)
{
    const struct evaluation_input input = {.policy = &plant->policy,
                                           .org = &plant->org,
                                           .branch = branch,
                                           .now = at,
                                           .facts = {.trades = trades, .trade_count = (size_t)count},
                                           .timer_id = random_uuid(plant, at)};
    struct evaluation_result result;

    standing_evaluate(&input, customer, plant->scratch, &result);
    if (result.standing_changed || result.criterion_met)
        fail("the bands of the policy are too narrow to plant trades in them");
    *customer = result.customer;
    customer->revision += 2; /* touched by the import, evaluated after it */
    row_evaluation_timer(plant, customer);
}

static void evaluation_command(struct plant *plant, const struct event *event, const struct customer *customer)
{
    char entity[PUBLIC_ID_BYTES];
    struct stored_command command = {.home = customer->key.home,
                                     .command_id = event->command_id,
                                     .user_id = SYSTEM_USER,
                                     .method = METHOD_STANDING_EVALUATE,
                                     .entity = entity,
                                     .version = customer->version,
                                     .at = event->at};

    public_id_format('C', customer->key, entity);
    crypto_hash_sha256(command.request_hash, command.command_id.bytes, sizeof command.command_id.bytes);
    row_command(plant, &command);
    row_import_customer(plant, &(struct import_customer){.customer = customer->key,
                                                         .import_id = plant->import.key.id,
                                                         .command_id = event->command_id,
                                                         .result = IMPORT_EVALUATED});
    plant->import.customers++;
    plant->import.evaluated++;
    plant->import.version++;
}

void trades_of_customer(struct plant *plant, int64_t count, struct customer *customer)
{
    const int64_t at = plant->import.finished_at + plant->import.evaluated * EVALUATION_US;
    const struct unit *branch = unit_by_id(&plant->org, customer->branch_id);
    const char *zone = branch->zone;
    struct event event = {.customer = customer->key,
                          .kind = EVENT_TRADES_IMPORTED,
                          .command_id = random_uuid(plant, at),
                          .actor = SYSTEM_USER,
                          .at = at};
    struct payload payload;

    if (count == 0)
        return;
    struct trade *trades = ARENA_ARRAY(plant->scratch, struct trade, count);
    for (int64_t i = 0; i < count; i++)
        take_trade(plant, customer, volume_for(&plant->policy, customer->standing.grade), count,
                   zone_date_at(zone, plant->import.started_at), &trades[i]);
    event.payload = imported_payload(plant, trades, count, &payload);
    row_event(plant, &event, &customer->chain_seq, customer->chain_hash);
    customer->last_event_at = at;
    evaluate(plant, branch, trades, count, at, customer);
    evaluation_command(plant, &event, customer);
    arena_reset(plant->scratch);
}
