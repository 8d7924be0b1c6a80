/* The organisation: each unit and each user is a command of the administrator, with its event in the organisation's
 * chain, as the product would have written it. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "tests/bench/plant/database.h"
#include "tests/bench/plant/plant.h"

#define APPROVERS        8
#define SESSION_IDLE_S   (30 * 86400)
#define PASSWORD_OF      "bench password "
#define BETWEEN_COMMANDS US_PER_SECOND

struct making {
    struct plant *plant;
    struct unit *units;
    struct user *users;
    struct reference_head head;
    int64_t commands;
};

static const char *number_text(struct arena *arena, int64_t number)
{
    return arena_printf(arena, "%lld", (long long)number);
}

/* ---- what is there ---- */

static void read_hq(struct making *making)
{
    struct plant *plant = making->plant;
    PGresult *row = database_query(plant->conn, "SELECT unit_id, code, name, zone FROM unit WHERE level = 1", 0, NULL);

    if (PQntuples(row) != 1 || database_number(plant->conn, "SELECT count(*) FROM unit", 0, NULL) != 1)
        fail("the database has to have HQ and no other unit");
    making->units[plant->org.unit_count++] = (struct unit){.id = (int32_t)strtol(PQgetvalue(row, 0, 0), NULL, 10),
                                                           .level = UNIT_LEVEL_HQ,
                                                           .code = arena_strdup(plant->arena, PQgetvalue(row, 0, 1)),
                                                           .name = arena_strdup(plant->arena, PQgetvalue(row, 0, 2)),
                                                           .zone = arena_strdup(plant->arena, PQgetvalue(row, 0, 3))};
    PQclear(row);
}

static void read_administrator(struct making *making)
{
    struct plant *plant = making->plant;
    PGresult *row = database_query(plant->conn, "SELECT user_id, roles, unit_id FROM app_user", 0, NULL);

    if (PQntuples(row) != 1)
        fail("the database has to have the first administrator and no other user");
    making->users[plant->org.user_count++] = (struct user){.id = strtoll(PQgetvalue(row, 0, 0), NULL, 10),
                                                           .roles = (uint32_t)strtoul(PQgetvalue(row, 0, 1), NULL, 10),
                                                           .unit_id = (int32_t)strtol(PQgetvalue(row, 0, 2), NULL, 10),
                                                           .level = JOB_LEVEL_DIRECTOR};
    plant->administrator = &making->users[0];
    CHECK(user_has(plant->administrator, ROLE_ADMINISTRATOR));
    PQclear(row);
}

/* ---- a command of the administrator ---- */

static void reference_command(struct making *making, enum method method, enum event_kind kind, json_t *payload,
                              const char *entity)
{
    struct plant *plant = making->plant;
    const int64_t at = plant->past + making->commands++ * BETWEEN_COMMANDS;
    char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
    CHECK(text != NULL);
    struct event event = {.kind = kind,
                          .command_id = random_uuid(plant, at),
                          .actor = plant->administrator->id,
                          .at = at,
                          .payload = text};
    struct stored_command command = {
        .command_id = event.command_id, .user_id = event.actor, .method = method, .entity = entity, .at = at};

    for (size_t i = 0; i < sizeof command.request_hash; i++)
        command.request_hash[i] = (uint8_t)random_next(plant);
    row_event(plant, &event, &making->head.chain_seq, making->head.chain_hash);
    row_command(plant, &command);
    making->head.last_event_at = at;
    free(text);
    json_decref(payload);
}

/* ---- units ---- */

static const struct unit *make_unit(struct making *making, const struct unit *parent, const char *code,
                                    const char *name)
{
    static const char sql[] = "INSERT INTO unit (parent_id, level, home_id, code, name, zone) "
                              "VALUES ($1::integer, $2::smallint, $3::smallint, $4, $5, $6) RETURNING unit_id";
    struct plant *plant = making->plant;
    struct unit *unit = &making->units[plant->org.unit_count++];

    *unit = (struct unit){.parent_id = parent->id,
                          .level = parent->level + 1,
                          .code = code,
                          .name = name,
                          .zone = parent->zone}; /* one zone: a change of zones costs more than all the rest */
    if (unit->level == UNIT_LEVEL_REGION)
        unit->home = (int16_t)(plant->org.unit_count - 1);
    const char *const values[] = {number_text(plant->scratch, parent->id),
                                  number_text(plant->scratch, (int64_t)unit->level),
                                  unit->home == 0 ? NULL : number_text(plant->scratch, unit->home),
                                  code,
                                  name,
                                  unit->zone};
    unit->id = (int32_t)database_number(plant->conn, sql, 6, values);
    reference_command(making, METHOD_UNIT_CREATE, EVENT_UNIT_CREATED,
                      json_pack("{ssssssssss}", "code", code, "name", name, "level",
                                word_name(words_unit_level, (int)unit->level), "parent", parent->code, "zone",
                                unit->zone),
                      code);
    return unit;
}

static void make_units(struct making *making)
{
    struct plant *plant = making->plant;
    const struct unit *hq = &making->units[0];

    for (int64_t r = 1; r <= plant->options.regions; r++)
        make_unit(making, hq, arena_printf(plant->arena, "R%02lld", (long long)r),
                  arena_printf(plant->arena, "Region %lld", (long long)r));
    for (int64_t r = 1; r <= plant->options.regions; r++) {
        const struct unit *region = &making->units[r];
        for (int64_t b = 1; b <= plant->options.branches; b++) {
            const char *code = arena_printf(plant->arena, "%sB%02lld", region->code, (long long)b);
            const struct unit *unit = make_unit(making, region, code, arena_printf(plant->arena, "Branch %s", code));
            plant->branches[plant->branch_count++] = (struct branch){.unit = unit, .region = region};
        }
    }
}

/* ---- users ---- */

static void make_session(struct plant *plant, const struct user *user, const char *role, const struct unit *unit)
{
    static const char sql[] = "INSERT INTO session (token_hash, user_id, created_at, last_used_at, idle_s, expires_at) "
                              "VALUES (decode($1, 'hex'), $2::bigint, real_now(), real_now(), $3::integer, "
                              "        real_now() + $3::bigint * 1000000)";
    uint8_t token[32], hash[crypto_hash_sha256_BYTES];
    char token_hex[2 * sizeof token + 1], hash_hex[2 * sizeof hash + 1];

    randombytes_buf(token, sizeof token);
    crypto_hash_sha256(hash, token, sizeof token);
    sodium_bin2hex(token_hex, sizeof token_hex, token, sizeof token);
    sodium_bin2hex(hash_hex, sizeof hash_hex, hash, sizeof hash);
    const char *const values[] = {hash_hex, number_text(plant->scratch, user->id),
                                  number_text(plant->scratch, SESSION_IDLE_S)};
    PQclear(database_query(plant->conn, sql, 3, values));
    fprintf(plant->roster, "person %s %s %s %s\n", user->login, role, unit->code, token_hex);
}

static int64_t insert_user(struct plant *plant, const struct user *user)
{
    static const char sql[] =
        "WITH u AS (INSERT INTO app_user (login, name, unit_id, job_level, roles) "
        "           VALUES ($1, $2, $3::integer, $4::smallint, $5::integer) RETURNING user_id) "
        "INSERT INTO user_password (user_id, hash, changed_at) SELECT user_id, $6, $7::bigint FROM u RETURNING user_id";
    const char *password = arena_printf(plant->scratch, PASSWORD_OF "%s", user->login);
    char hash[crypto_pwhash_STRBYTES];

    if (crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN) !=
        0)
        fail("out of memory");
    const char *const values[] = {user->login,
                                  user->name,
                                  number_text(plant->scratch, user->unit_id),
                                  number_text(plant->scratch, (int64_t)user->level),
                                  number_text(plant->scratch, user->roles),
                                  hash,
                                  number_text(plant->scratch, plant->past)};
    return database_number(plant->conn, sql, 7, values);
}

/* `called`: the word of the roster. */
static const struct user *make_user(struct making *making, const char *login, enum role role, const char *called,
                                    const struct unit *unit)
{
    struct plant *plant = making->plant;
    struct user *user = &making->users[plant->org.user_count++];
    enum role wrong, other;

    *user = (struct user){.unit_id = unit->id,
                          .level = JOB_LEVEL_MANAGER,
                          .roles = ROLE_BIT(role),
                          .login = login,
                          .name = arena_printf(plant->arena, "User %s", login)};
    CHECK(organisation_check_roles(unit->level, user->roles, &wrong, &other) == REASON_NONE);
    user->id = insert_user(plant, user);
    reference_command(making, METHOD_USER_ADD, EVENT_USER_ADDED,
                      json_pack("{sssssss[s]si}", "login", login, "name", user->name, "unit", unit->code, "roles",
                                word_name(words_role, (int)role), "job_level", (int)user->level),
                      login);
    make_session(plant, user, called, unit);
    return user;
}

static void make_users(struct making *making)
{
    struct plant *plant = making->plant;
    const struct unit *hq = &making->units[0];
    const struct user *verifier = NULL;

    for (size_t i = 0; i < plant->branch_count; i++) {
        struct branch *branch = &plant->branches[i];
        if (i == 0 || branch->region != branch[-1].region)
            verifier = make_user(making, arena_printf(plant->arena, "ver-%s", branch->region->code), ROLE_VERIFIER,
                                 "verifier", branch->region);
        branch->verifier = verifier;
        branch->submitter = make_user(making, arena_printf(plant->arena, "sub-%s", branch->unit->code), ROLE_SUBMITTER,
                                      "submitter", branch->unit);
    }
    for (int i = 1; i <= APPROVERS; i++)
        plant->approvers[plant->approver_count++] =
            make_user(making, arena_printf(plant->arena, "app-%d", i), ROLE_APPROVER, "approver", hq);
    plant->importer = make_user(making, "imp-1", ROLE_APPROVER, "importer", hq);
    make_user(making, "aud-1", ROLE_AUDITOR, "auditor", hq);
}

static void store_head(struct making *making)
{
    PGconn *conn = making->plant->conn;
    char hash[2 * CHAIN_HASH_BYTES + 1];

    sodium_bin2hex(hash, sizeof hash, making->head.chain_hash, CHAIN_HASH_BYTES);
    database_run(conn,
                 "UPDATE reference_head SET chain_seq = %lld, chain_hash = decode('%s', 'hex'), "
                 "last_event_at = %lld WHERE chain = 0",
                 (long long)making->head.chain_seq, hash, (long long)making->head.last_event_at);
    database_run(conn, "UPDATE reference_epoch SET epoch = epoch + %lld", (long long)making->commands);
}

void organisation_make(struct plant *plant)
{
    size_t branches = (size_t)(plant->options.regions * plant->options.branches);
    size_t units = 1 + (size_t)plant->options.regions + branches;
    struct making making = {.plant = plant,
                            .units = ARENA_ARRAY(plant->arena, struct unit, units),
                            .users = ARENA_ARRAY(plant->arena, struct user, units + APPROVERS + 2)};

    plant->org.units = making.units;
    plant->org.users = making.users;
    plant->branches = ARENA_ARRAY(plant->arena, struct branch, branches);
    plant->approvers = ARENA_ARRAY(plant->arena, const struct user *, APPROVERS);
    read_hq(&making);
    read_administrator(&making);
    make_units(&making);
    make_users(&making);
    store_head(&making);
    arena_reset(plant->scratch);
}
