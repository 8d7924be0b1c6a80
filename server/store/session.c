/* Passwords and sessions; real time, not business time. */
#include "common/check.h"
#include "server/store/pipe.h"

static void take_password(struct txn *txn, const PGresult *result)
{
    struct password_found *out = txn_out(txn);
    struct row row = {.result = result, .arena = txn_arena(txn)};

    out->found = PQntuples(result) == 1;
    if (out->found) {
        out->user_id = row_int(&row);
        out->hash = row_text(&row);
    }
}

void store_read_password(struct store *store, const char *login, struct arena *arena, struct password_found *out,
                         store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, false, arena, out, done, arg);

    *out = (struct password_found){0};
    CHECK(login != NULL);
    param_text(txn_params(txn), login);
    txn_add(txn, STATEMENT_password_find, take_password);
    txn_send(txn);
}

static void take_session(struct txn *txn, const PGresult *result)
{
    struct session_row *out = txn_out(txn);
    struct row row = {.result = result};

    out->found = PQntuples(result) == 1;
    if (out->found) {
        out->user_id = row_int(&row);
        out->expires_at = row_int(&row);
        out->left_us = row_int(&row);
        out->epoch = row_int(&row);
    }
}

void store_session_create(struct store *store, int64_t user_id, const uint8_t token_hash[32], int idle_s,
                          int absolute_s, struct session_row *out, store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, true, NULL, out, done, arg);
    struct params *params = txn_params(txn);

    *out = (struct session_row){0};
    param_int8(params, user_id);
    param_bytes(params, token_hash, 32);
    param_int4(params, idle_s);
    param_int4(params, absolute_s);
    txn_add(txn, STATEMENT_session_create, take_session);
    txn_send(txn);
}

void store_session_use(struct store *store, const uint8_t token_hash[32], struct session_row *out, store_done *done,
                       void *arg)
{
    struct txn *txn = txn_new(store, true, NULL, out, done, arg);

    *out = (struct session_row){0};
    param_bytes(txn_params(txn), token_hash, 32);
    txn_add(txn, STATEMENT_session_use, take_session);
    txn_send(txn);
}

void store_session_end(struct store *store, const uint8_t token_hash[32], store_done *done, void *arg)
{
    struct txn *txn = txn_new(store, true, NULL, NULL, done, arg);

    param_bytes(txn_params(txn), token_hash, 32);
    txn_add(txn, STATEMENT_session_end, NULL);
    txn_send(txn);
}
