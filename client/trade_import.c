/* trade import: the rows of all files become one import. It is sent in chunks, several at a time; the server knows it
 * by a digest of the files and the mapping, so that the same command goes on where an earlier one ended. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/import.h"
#include "client/mapping.h"
#include "client/rows.h"
#include "client/run.h"
#include "client/trade_records.h"
#include "client/trade_row.h"
#include "client/unicode.h"
#include "common/check.h"
#include "common/settings.h"

#define CHUNK_ROWS  256                       /* that the server takes at a time */
#define CHUNK_BYTES ((size_t)512 * 1024)      /* half of the largest frame */
#define CHUNKS      16                        /* of a group; eight when rows are of the usual length */
#define GROUP_ROWS  2048                      /* of the files, good and bad, that are held together ... */
#define GROUP_BYTES ((size_t)4 * 1024 * 1024) /* ... and their texts, but for the last of them */

#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 2000

struct chunk {
    Creditd__V1__TradeImportChunkRequest request;
    Creditd__V1__TradeRow *rows[CHUNK_ROWS];
    size_t entry[CHUNK_ROWS]; /* of each row */
    size_t bytes;
    struct uuid id;
    bool settled; /* it was answered, or will not be */
};

/* Rows that are sent and told of together. One group is filled while another is under way. */
struct group {
    struct arena *arena;
    size_t count, bytes;
    struct refused_row entries[GROUP_ROWS]; /* with a reason: not taken */
    size_t chunk_count;
    struct chunk chunks[CHUNKS];
    /* a sending of the chunks that are not settled */
    struct exchange *exchange; /* NULL: none */
    struct exchange_batch batch;
    const ProtobufCMessage *requests[CHUNKS];
    const Creditd__V1__Answer *answers[CHUNKS];
    struct chunk *sent[CHUNKS];
    struct uuid ids[CHUNKS];
    bool in_doubt[CHUNKS];
};

struct trade_import {
    struct import import;
    struct client *client;
    const struct mapping *mapping;
    const char *mapping_text;
    int path_count;
    const char *paths[OPTIONS_MAX];
    struct rows *opened[OPTIONS_MAX]; /* files that cannot be opened twice, until they are read */
    const char *header;               /* of the first file */
    uint8_t source[crypto_hash_sha256_BYTES];
    const char *id;                               /* of the import */
    const Creditd__V1__TradeImport *before, *now; /* as it was before the first row of this run, and is */
    long customers_added;
    struct group groups[2], *filled, *under_way; /* under_way NULL: none */
};

/* ---- before anything is sent: mapping and files ---- */

static bool read_mapping(struct trade_import *t)
{
    const char *path = client_flag(t->client, "mapping");
    char message[480] = "";

    t->mapping_text = settings_read_file(path, t->client->arena, message, sizeof message);
    if (t->mapping_text == NULL)
        return failure_set(&t->client->failure, EXIT_USAGE, "FILE", NULL, "%s", message);
    t->mapping = mapping_read(path, t->mapping_text, t->client->arena, message, sizeof message);
    return t->mapping != NULL || failure_set(&t->client->failure, EXIT_USAGE, "MAPPING", "mapping",
                                             _("the mapping cannot be used: %s"), message);
}

/* Rows of files with other columns could not be imported again from one file. */
static bool check_header(struct trade_import *t, int file, const char *header)
{
    if (t->header == NULL)
        t->header = arena_strdup(t->client->arena, header);
    return !client_has(t->client, "reject-file") || strcmp(header, t->header) == 0 ||
           failure_set(&t->client->failure, EXIT_USAGE, "COLUMNS_DIFFER", "reject-file",
                       _("%s has other columns than %s; one file cannot take the refused rows of both"), t->paths[file],
                       t->paths[0]);
}

/* Opens each file, so that a wrong column is told before anything is sent. */
static bool check_files(struct trade_import *t)
{
    for (int i = 0; i < t->path_count; i++) {
        struct rows *rows = rows_open(t->paths[i], t->mapping->format, &t->mapping->wanted, &t->client->failure);
        bool ok = rows != NULL && check_header(t, i, rows_header(rows));
        if (ok && !rows_are_repeatable(rows))
            t->opened[i] = rows;
        else
            rows_close(rows);
        if (!ok)
            return false;
    }
    return true;
}

/* What stands for mapping and files: the digest of their digests. Of what cannot be read twice nothing can stand. */
static bool make_source(struct trade_import *t)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    bool repeatable = true;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256(digest, (const uint8_t *)t->mapping_text, strlen(t->mapping_text));
    crypto_hash_sha256_update(&state, digest, sizeof digest);
    for (int i = 0; i < t->path_count; i++) {
        repeatable &= t->opened[i] == NULL;
        if (repeatable && !run_digest_file(t->client, t->paths[i], digest))
            return false;
        crypto_hash_sha256_update(&state, digest, sizeof digest);
    }
    crypto_hash_sha256_final(&state, t->source);
    if (!repeatable)
        randombytes_buf(t->source, sizeof t->source);
    return true;
}

/* ---- the import at the server ---- */

/* The import that an answer holds, or that is asked for when it holds none. NULL: failure is set. */
static const Creditd__V1__TradeImport *import_of(struct client *client, const char *id,
                                                 const Creditd__V1__Answer *answer)
{
    Creditd__V1__TradeImportShowRequest request = CREDITD__V1__TRADE_IMPORT_SHOW_REQUEST__INIT;
    const Creditd__V1__TradeImportAnswer *body;

    request.import = arena_strdup(client->arena, id);
    if (answer == NULL || !answer->has_body)
        answer = exchange_read(client, METHOD_TRADE_IMPORT_SHOW, &request.base, true);
    body = answer == NULL ? NULL : exchange_body(client, answer, &creditd__v1__trade_import_answer__descriptor);
    if (body != NULL && body->import == NULL)
        failure_set(&client->failure, EXIT_BUG, "MALFORMED", NULL, _("the server's answer cannot be read"));
    return body == NULL ? NULL : body->import;
}

/* "trades.csv", or "trades.csv + 6" for seven files. */
static char *import_name(const struct trade_import *t)
{
    const char *slash = strrchr(t->paths[0], '/');
    char *valid = unicode_valid(slash == NULL ? t->paths[0] : slash + 1);
    char name[200];

    snprintf(name, sizeof name, "%.180s", valid);
    unicode_trim(name);
    free(valid);
    return t->path_count == 1 ? arena_strdup(t->client->arena, name)
                              : arena_printf(t->client->arena, "%s + %d", name, t->path_count - 1);
}

/* Files of the journal that this run makes pointless. */
struct leftovers {
    const struct trade_import *t;
    struct uuid files[256];
    size_t count;
};

/* Is it a chunk of this import, or a beginning of it? */
static bool is_of_this_import(const struct trade_import *t, const struct journal_entry *entry)
{
    bool same = false;

    if (entry->method == METHOD_TRADE_IMPORT_CHUNK) {
        Creditd__V1__TradeImportChunkRequest *chunk =
            creditd__v1__trade_import_chunk_request__unpack(NULL, entry->length, entry->body);
        same = chunk != NULL && chunk->import != NULL && strcmp(chunk->import, t->id) == 0;
        if (chunk != NULL)
            creditd__v1__trade_import_chunk_request__free_unpacked(chunk, NULL);
    } else if (entry->method == METHOD_TRADE_IMPORT_BEGIN) {
        Creditd__V1__TradeImportBeginRequest *begin =
            creditd__v1__trade_import_begin_request__unpack(NULL, entry->length, entry->body);
        same = begin != NULL && begin->source.len == sizeof t->source &&
               memcmp(begin->source.data, t->source, sizeof t->source) == 0;
        if (begin != NULL)
            creditd__v1__trade_import_begin_request__free_unpacked(begin, NULL);
    }
    return same;
}

static bool note_leftover(void *arg, struct uuid file, const struct journal_entry *entry, const char *what)
{
    struct leftovers *l = arg;

    (void)what;
    if (entry->body != NULL && is_of_this_import(l->t, entry) &&
        (l->count == 0 || !uuid_equal(l->files[l->count - 1], file)))
        l->files[l->count++] = file;
    return l->count < sizeof l->files / sizeof l->files[0];
}

/* An earlier run of this command that was killed may have left chunks whose outcome it did not learn. This run sends
 * the same rows again, and learns what became of them. */
static void drop_leftovers(const struct trade_import *t)
{
    struct leftovers l = {.t = t};

    journal_walk(t->client->profile.state_dir, note_leftover, &l);
    for (size_t i = 0; i < l.count; i++)
        journal_done(t->client->profile.state_dir, l.files[i]);
}

static bool begin(struct trade_import *t)
{
    Creditd__V1__TradeImportBeginRequest request = CREDITD__V1__TRADE_IMPORT_BEGIN_REQUEST__INIT;
    const Creditd__V1__Answer *answer;

    request.has_command_id = true;
    request.command_id = run_command_id(t->client);
    request.has_source = true;
    request.source = (ProtobufCBinaryData){sizeof t->source, t->source};
    request.name = import_name(t);
    request.has_create_customers = true;
    request.create_customers = t->mapping->create_customers;
    client_go_on(t->client);
    answer = exchange_command(t->client, METHOD_TRADE_IMPORT_BEGIN, &request.base);
    if (answer == NULL)
        return false;
    t->before = import_of(t->client, answer->entity_id, answer);
    if (t->before == NULL)
        return false;
    t->id = t->before->id == NULL ? "" : t->before->id;
    drop_leftovers(t);
    return true;
}

/* ---- chunks ---- */

static void refuse_entry(struct trade_import *t, struct group *g, const struct chunk *chunk,
                         const Creditd__V1__TradeRowRefusal *refusal)
{
    Creditd__V1__Answer answer = CREDITD__V1__ANSWER__INIT;
    enum trade_key key = trade_row_key(refusal->field);
    struct refused_row *entry;
    struct failure failure;

    if (refusal->row >= chunk->request.n_rows)
        return;
    answer.reason = refusal->reason;
    answer.field = key == KEY_COUNT ? refusal->field : arena_strdup(g->arena, trade_keys[key]);
    answer.n_arguments = refusal->n_arguments;
    answer.arguments = refusal->arguments;
    failure_from_answer(&failure, &answer);
    entry = &g->entries[chunk->entry[refusal->row]];
    entry->reason = arena_strdup(g->arena, failure.reason);
    entry->message = arena_strdup(g->arena, failure.message);
    entry->field = arena_strdup(g->arena, answer.field);
    entry->column = key == KEY_COUNT ? NULL : t->mapping->columns[key];
}

/* Counts what became of a chunk's rows; false: the chunk as a whole was refused, failure is set. */
static bool take_answer(struct trade_import *t, struct group *g, struct chunk *chunk, const Creditd__V1__Answer *answer)
{
    const Creditd__V1__TradeImportChunkAnswer *body;

    if (answer->status != CREDITD__V1__STATUS__STATUS_OK) {
        failure_from_answer(&t->client->failure, answer);
        chunk->settled = true;
        t->import.not_tried += (long)chunk->request.n_rows;
        return false;
    }
    if (!answer->has_body) /* a repeat: its rows are in, but which were refused must be asked once more */
        return true;
    body = exchange_unpack(t->client, g->arena, answer, &creditd__v1__trade_import_chunk_answer__descriptor);
    if (body == NULL)
        return false;
    chunk->settled = true;
    t->import.added += body->added;
    t->import.changed += body->changed;
    t->import.unchanged += body->unchanged;
    t->customers_added += body->customers_added;
    for (size_t i = 0; i < body->n_refused; i++)
        refuse_entry(t, g, chunk, body->refused[i]);
    return true;
}

/* Makes the chunks that are not settled ready to be sent; false: failure is set. */
static bool prepare_group(struct trade_import *t, struct group *g)
{
    g->batch = (struct exchange_batch){.method = METHOD_TRADE_IMPORT_CHUNK,
                                       .requests = g->requests,
                                       .ids = g->ids,
                                       .harmless = t->import.dry_run,
                                       .answers = g->answers,
                                       .in_doubt = g->in_doubt};
    for (size_t i = 0; i < g->chunk_count; i++) {
        struct chunk *chunk = &g->chunks[i];
        size_t n = g->batch.count;
        if (chunk->settled)
            continue;
        chunk->id = g->ids[n] = uuid_new();
        chunk->request.command_id = (ProtobufCBinaryData){sizeof chunk->id.bytes, chunk->id.bytes};
        g->requests[n] = &chunk->request.base;
        g->answers[n] = NULL;
        g->in_doubt[n] = false;
        g->sent[g->batch.count++] = chunk;
    }
    if (g->batch.count == 0)
        return true;
    g->exchange = exchange_prepare(t->client, g->arena, &g->batch);
    return g->exchange != NULL;
}

/* Takes the answers to what was sent; false: it ends here, failure is set. */
static bool finish_group(struct trade_import *t, struct group *g)
{
    bool ok;

    client_go_on(t->client);
    ok = exchange_finish(g->exchange);
    g->exchange = NULL;
    for (size_t i = 0; i < g->batch.count; i++) {
        if (g->answers[i] != NULL) {
            struct failure why = t->client->failure;
            bool taken = take_answer(t, g, g->sent[i], g->answers[i]);
            if (!taken && !ok)
                t->client->failure = why; /* the first one counts */
            ok = ok && taken;
            continue;
        }
        g->sent[i]->settled = true;
        *(g->in_doubt[i] ? &t->import.unknown : &t->import.not_tried) += (long)g->sent[i]->request.n_rows;
    }
    return ok;
}

/* Tells what is refused of a group, in the order of the files, and empties it. */
static void tell_group(struct trade_import *t, struct group *g)
{
    import_clear(&t->import);
    for (size_t i = 0; i < g->count; i++)
        if (g->entries[i].reason != NULL)
            import_refuse(&t->import, &g->entries[i]);
    import_progress(&t->import);
    g->count = g->bytes = g->chunk_count = 0;
    arena_reset(g->arena);
}

/* Waits for the group that is under way. */
static void end_group(struct trade_import *t)
{
    struct group *g = t->under_way;

    t->under_way = NULL;
    if (g == NULL)
        return;
    while (g->exchange != NULL) {
        if (!finish_group(t, g) || (!t->import.stopped && !prepare_group(t, g)))
            t->import.stopped = true;
    }
    tell_group(t, g);
}

static void leave_group(struct trade_import *t, struct group *g)
{
    if (g->exchange != NULL)
        exchange_drop(g->exchange);
    g->exchange = NULL;
    for (size_t i = 0; i < g->chunk_count; i++)
        t->import.not_tried += (long)g->chunks[i].request.n_rows;
    tell_group(t, g);
}

/* Sends the group that was filled, once the one before has been answered; the other one is filled next. */
static void send_group(struct trade_import *t)
{
    struct group *g = t->filled;
    bool ready = !t->import.stopped && prepare_group(t, g);
    struct failure why = t->client->failure;

    end_group(t);
    t->import.stopped |= client_interrupted();
    if (!ready && !t->import.stopped) {
        t->client->failure = why;
        t->import.stopped = true;
    }
    if (t->import.stopped) {
        leave_group(t, g);
        return;
    }
    client_go_on(t->client);
    if (g->exchange != NULL)
        exchange_start(g->exchange);
    t->under_way = g;
    t->filled = g == &t->groups[0] ? &t->groups[1] : &t->groups[0];
}

/* ---- rows ---- */

static struct chunk *new_chunk(const struct trade_import *t, struct group *g)
{
    struct chunk *chunk = &g->chunks[g->chunk_count++];

    creditd__v1__trade_import_chunk_request__init(&chunk->request);
    chunk->request.has_command_id = true;
    chunk->request.import = t->id == NULL ? NULL : arena_strdup(g->arena, t->id);
    chunk->request.has_dry_run = t->import.dry_run;
    chunk->request.dry_run = t->import.dry_run;
    chunk->request.has_create_customers = t->import.dry_run;
    chunk->request.create_customers = t->mapping->create_customers;
    chunk->request.rows = chunk->rows;
    chunk->bytes = 0;
    chunk->settled = false;
    return chunk;
}

static void add_trade(const struct trade_import *t, struct group *g, Creditd__V1__TradeRow *trade)
{
    struct chunk *chunk = g->chunk_count == 0 ? new_chunk(t, g) : &g->chunks[g->chunk_count - 1];
    size_t bytes = protobuf_c_message_get_packed_size(&trade->base);

    if (chunk->request.n_rows == CHUNK_ROWS || chunk->bytes + bytes > CHUNK_BYTES)
        chunk = new_chunk(t, g);
    chunk->entry[chunk->request.n_rows] = g->count - 1;
    chunk->rows[chunk->request.n_rows++] = trade;
    chunk->bytes += bytes;
}

static struct refused_row *add_entry(struct group *g, const char *path, const struct row *row)
{
    struct refused_row *entry = &g->entries[g->count++];

    g->bytes += row->length;
    *entry = (struct refused_row){.path = path,
                                  .line = row->line,
                                  .text = arena_copy(g->arena, row->text, row->length),
                                  .length = row->length,
                                  .reason = row->reason};
    if (row->reason != NULL) {
        entry->message = _(row->error);
        entry->column = arena_strdup(g->arena, row->column);
    }
    return entry;
}

static void take_row(struct trade_import *t, const char *path, const struct row *row)
{
    struct group *g = t->filled;
    struct refused_row *entry = add_entry(g, path, row);
    Creditd__V1__TradeRow *trade;
    struct row_fault fault;

    if (entry->reason == NULL) {
        trade = trade_row_read(t->mapping, row->cells, g->arena, &fault);
        if (trade != NULL) {
            add_trade(t, g, trade);
        } else {
            entry->reason = fault.reason;
            entry->message = fault.message;
            entry->field = trade_keys[fault.key];
            entry->column = t->mapping->columns[fault.key];
        }
    }
    /* One more row may need a chunk of its own. */
    if (g->count == GROUP_ROWS || g->bytes >= GROUP_BYTES || g->chunk_count == CHUNKS)
        send_group(t);
}

/* The rows of a file that was looked at before; NULL: it can no longer be read, and the import stops. */
static struct rows *open_file(struct trade_import *t, int file)
{
    struct failure why = t->client->failure;
    struct rows *rows = t->opened[file];

    t->opened[file] = NULL;
    if (rows == NULL)
        rows = rows_open(t->paths[file], t->mapping->format, &t->mapping->wanted, &t->client->failure);
    if (rows == NULL && t->import.stopped)
        t->client->failure = why; /* the first one counts */
    t->import.stopped |= rows == NULL;
    return rows;
}

static void take_file(struct trade_import *t, int file)
{
    struct rows *rows = open_file(t, file);
    enum rows_result result;
    struct row row;

    if (rows == NULL)
        return;
    while ((result = rows_next(rows, &row)) == ROWS_ROW) {
        t->import.stopped |= client_interrupted();
        if (t->import.stopped)
            t->import.not_tried++;
        else
            take_row(t, t->paths[file], &row);
    }
    if (result == ROWS_FAILED)
        import_stop_reading(&t->import, t->paths[file]);
    import_note_encoding(&t->import, rows_converted(rows));
    rows_close(rows);
}

/* ---- the end ---- */

/* All rows are in, but what comes after them did not come to its end. */
static void fail_after_rows(struct trade_import *t, const char *message)
{
    struct failure *failure = &t->client->failure;
    struct failure why = *failure;
    bool interrupted = client_interrupted();

    failure_set(failure, interrupted ? EXIT_INTERRUPTED : why.code, interrupted ? "INTERRUPTED" : why.reason, NULL,
                "%s; %s", interrupted ? _("interrupted") : why.message, message);
    if (!interrupted && (why.code == EXIT_TRY_AGAIN || why.code == EXIT_TIMED_OUT) && import_done(&t->import) > 0)
        failure->code = EXIT_PARTLY;
    failure->executed = import_done(&t->import) > 0 ? EXECUTED_YES : why.executed;
    failure->retryable = true;
    t->import.failed = true;
}

static bool finish(struct trade_import *t)
{
    Creditd__V1__TradeImportFinishRequest request = CREDITD__V1__TRADE_IMPORT_FINISH_REQUEST__INIT;
    const Creditd__V1__Answer *answer;

    t->client->command_id = uuid_new();
    request.has_command_id = true;
    request.command_id = run_command_id(t->client);
    request.import = arena_strdup(t->client->arena, t->id);
    client_go_on(t->client);
    answer = exchange_command(t->client, METHOD_TRADE_IMPORT_FINISH, &request.base);
    if (answer != NULL)
        t->now = import_of(t->client, t->id, answer);
    if (t->now != NULL)
        return true;
    fail_after_rows(t, _("the import has not ended, so that its customers are not evaluated"));
    failure_hint(&t->client->failure, "%s",
                 _("run the same command again: what is in stays as it is, the rest follows"));
    return false;
}

static bool is_evaluated(const struct trade_import *t)
{
    return t->now->evaluated >= t->now->customers;
}

/* The counters once more; false: failure is set. */
static bool look_again(struct trade_import *t)
{
    const Creditd__V1__TradeImport *now;

    if (client_interrupted() || client_clock_ms() >= t->client->deadline_ms)
        return failure_set(&t->client->failure, EXIT_TIMED_OUT, "TIMED_OUT", NULL, _("the time is over"));
    client_go_on(t->client);
    now = import_of(t->client, t->id, NULL);
    if (now != NULL)
        t->now = now;
    return now != NULL;
}

/* Waits until all customers of the import are evaluated. */
static void wait_for_evaluation(struct trade_import *t)
{
    int64_t pause = PAUSE_MIN_MS;
    char message[200];

    while (!is_evaluated(t)) {
        int64_t end;
        client_go_on(t->client);
        end = client_clock_ms() + pause;
        client_wait(-1, 0, end < t->client->deadline_ms ? end : t->client->deadline_ms);
        pause = pause * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause * 2;
        if (look_again(t))
            continue;
        snprintf(message, sizeof message, _("the rows are in, %ld of %ld customers are evaluated"),
                 (long)t->now->evaluated, (long)t->now->customers);
        fail_after_rows(t, message);
        failure_hint(&t->client->failure, _("how far it is: {ctl} trade status %s"), t->id);
        return;
    }
}

/* Counts of this run as the import has them: a chunk that was sent again, because its answer was lost, has told of its
 * rows as unchanged. */
static void take_counts(struct trade_import *t)
{
    long done = import_done(&t->import);
    long added = (long)(t->now->added - t->before->added), changed = (long)(t->now->changed - t->before->changed);

    if (added < t->import.added || changed < t->import.changed || added + changed > done)
        return; /* somebody else runs the same import */
    t->import.added = added;
    t->import.changed = changed;
    t->import.unchanged = done - added - changed;
    t->customers_added = (long)(t->now->customers_added - t->before->customers_added);
}

static json_t *summary(const struct trade_import *t)
{
    json_t *o = json_object();

    record_text(o, "import", t->id);
    if (t->import.dry_run)
        json_object_set_new(o, "dry_run", json_true());
    json_object_set_new(o, "added", json_integer(t->import.added));
    json_object_set_new(o, "changed", json_integer(t->import.changed));
    json_object_set_new(o, "unchanged", json_integer(t->import.unchanged));
    json_object_set_new(o, "refused", json_integer(t->import.refused));
    json_object_set_new(o, "unknown", json_integer(t->import.unknown));
    json_object_set_new(o, "not_tried", json_integer(t->import.not_tried));
    if (!t->import.dry_run) /* each chunk would add the same customer anew */
        json_object_set_new(o, "customers_added", json_integer(t->customers_added));
    if (t->now != NULL)
        record_evaluation(o, t->now);
    json_object_set_new(o, "encoding", json_string(import_encoding(&t->import)));
    return o;
}

static void take_files(struct trade_import *t)
{
    for (int i = 0; i < t->path_count; i++)
        take_file(t, i);
    if (t->filled->count > 0)
        send_group(t);
    end_group(t);
    t->import.stopped |= client_interrupted();
    if (t->import.stopped || t->import.dry_run || !finish(t))
        return;
    take_counts(t);
    if (!client_has(t->client, "no-wait"))
        wait_for_evaluation(t);
}

int run_trade_import(struct client *client)
{
    struct trade_import *t = ARENA_NEW(client->arena, struct trade_import);
    int code;

    t->client = t->import.client = client;
    t->import.dry_run = client_has(client, "dry-run");
    t->import.resumable = !t->import.dry_run;
    for (size_t i = 0; i < sizeof t->groups / sizeof t->groups[0]; i++)
        t->groups[i].arena = arena_new(0);
    t->filled = &t->groups[0];
    while (client_operand(client, t->path_count) != NULL) {
        t->paths[t->path_count] = client_operand(client, t->path_count);
        t->path_count++;
    }
    if (read_mapping(t) && check_files(t) && (t->import.dry_run || make_source(t)) &&
        import_open_rejects(&t->import, t->paths, t->path_count, t->header) && (t->import.dry_run || begin(t))) {
        take_files(t);
        code = import_end(&t->import, summary(t), import_name(t));
    } else {
        code = run_fail(client);
    }
    for (int i = 0; i < t->path_count; i++)
        rows_close(t->opened[i]);
    for (size_t i = 0; i < sizeof t->groups / sizeof t->groups[0]; i++)
        arena_free(t->groups[i].arena);
    return code;
}
