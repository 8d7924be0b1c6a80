/* What becomes of units when a connection is lost, in the order of what was asked for. No database runs here. */
#include "server/store/pipe.c"

#include "tests/unit/unit.h"

/* ---- the life of the connection, which is another file's ---- */

void connection_break(struct store *store, const char *why)
{
    (void)why;
    store->broken = true;
}

int64_t connection_clock_ms(void)
{
    return 0;
}

/* ---- */

static struct store store;
static char told[64];

static void note(void *arg, enum store_result result)
{
    size_t length = strlen(told);

    snprintf(told + length, sizeof told - length, "%s%s ", (const char *)arg,
             result == STORE_UNKNOWN ? "?"
             : result == STORE_DOWN  ? "-"
                                     : "!");
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
}

static void open_store(struct event_base *base)
{
    memset(&store, 0, sizeof store);
    store.state = CONNECTION_UP;
    store.config.commit_timeout_ms = 1000;
    store.writer = true;
    store.tail = &store.head;
    store.ended_tail = &store.ended;
    store.turn = evtimer_new(base, nothing, NULL);
    store.guard = evtimer_new(base, nothing, NULL);
    told[0] = '\0';
}

/* As txn_send leaves a unit that libpq has taken. */
static void sent(bool writes, const char *name)
{
    struct txn *txn = txn_new(&store, writes, NULL, NULL, note, (void *)name);

    arena_free(txn->scratch);
    txn->scratch = NULL;
    store.pending++;
    *store.tail = txn;
    store.tail = &txn->next;
}

static void what_was_not_sent_ends_after_what_was(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    open_store(base);
    sent(true, "commit");
    sent(false, "load");
    store.broken = true;
    txn_send(txn_new(&store, false, NULL, NULL, note, (void *)"late load"));
    txn_send(txn_new(&store, true, NULL, NULL, note, (void *)"late commit"));
    pipe_fail_all(&store);
    pipe_answer_ended(&store);
    assert_string_equal(told, "commit? load- late load- late commit- ");
    assert_int_equal(store.pending, 0);
    event_free(store.turn);
    event_free(store.guard);
    event_base_free(base);
}

/* Its Sync is the last thing that was given to libpq, which still holds some of it. */
static void a_commit_that_has_not_left_is_not_in_doubt(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    open_store(base);
    sent(true, "first");
    sent(true, "last");
    store.unflushed = true;
    pipe_fail_all(&store);
    pipe_answer_ended(&store);
    assert_string_equal(told, "first? last- ");
    event_free(store.turn);
    event_free(store.guard);
    event_base_free(base);
}

/* Else whoever watches would be told of a bug by a database that is slow. */
static void a_read_that_took_too_long_may_be_asked_again(void **state)
{
    const struct store reader = {.use = STORE_READ}, writer = {.use = STORE_COMMIT, .writer = true};

    (void)state;
    assert_int_equal(classify(&reader, "57014"), STORE_CONFLICT);
    assert_int_equal(classify(&writer, "57014"), STORE_BROKEN);
    assert_int_equal(classify(&reader, "57P01"), STORE_DOWN);
    assert_int_equal(classify(&reader, "55P03"), STORE_CONFLICT);
    assert_int_equal(classify(&reader, "42P01"), STORE_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_sent_ends_after_what_was),
        cmocka_unit_test(a_commit_that_has_not_left_is_not_in_doubt),
        cmocka_unit_test(a_read_that_took_too_long_may_be_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
