/* The list of servers of a profile. */
#include "client/client.h"
#include "client/servers.h"
#include "tests/unit/unit.h"

static struct servers *servers_of(const char *list, struct failure *failure)
{
    const struct profile profile = {.server = list};

    return servers_new(&profile, failure);
}

static void lists(void **state)
{
    static const struct {
        const char *list, *first, *last;
        int count;
    } good[] = {
        {"hq.example:7443", "hq.example:7443", "hq.example:7443", 1},
        {"a:1,b:2", "a:1", "b:2", 2},
        {" a:1 , [::1]:2,\t10.0.0.1:65535 ", "a:1", "10.0.0.1:65535", 3},
        {"a:1,a:1,a:1,a:1,a:1,a:1,a:1,b:8", "a:1", "b:8", 8},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct failure failure;
        struct servers *servers = servers_of(good[i].list, &failure);
        assert_non_null(servers);
        assert_int_equal(servers_count(servers), good[i].count);
        assert_string_equal(servers_text(servers, 0), good[i].first);
        assert_string_equal(servers_text(servers, good[i].count - 1), good[i].last);
        servers_free(servers);
    }
}

static void what_is_no_list(void **state)
{
    static const char *const bad[] = {
        "",      ",",       "a",       "a:",      ":7443", "a:1,",  ",a:1",
        "a:1,b", "a:1;b:2", "a:1 b:2", "a:65536", "*:1",   "::1:2", "a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,b:9",
    };
    struct failure failure;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (servers_of(bad[i], &failure) != NULL)
            fail_msg("%s", bad[i]);
        assert_string_equal(failure.field, "server");
        assert_int_equal(failure.code, EXIT_USAGE);
        assert_true(strstr(failure.message, "HOST:PORT") != NULL);
    }
    assert_null(servers_of(NULL, &failure));
    assert_string_equal(failure.field, "server");
}

static enum progress look_up(struct servers *servers, int server, struct failure *failure)
{
    enum progress progress;

    while ((progress = servers_look_up(servers, server, failure)) == PROGRESS_WAITS)
        client_wait(-1, 0, client_clock_ms() + 1);
    return progress;
}

static void addresses(void **state)
{
    struct failure failure = {.code = EXIT_DONE};
    struct servers *servers = servers_of("127.0.0.1:7443,nowhere.invalid:1", &failure);

    (void)state;
    assert_null(servers_address(servers, 0, 0));
    for (int again = 0; again < 2; again++) {
        assert_int_equal(look_up(servers, 0, &failure), PROGRESS_DONE);
        assert_non_null(servers_address(servers, 0, 0));
        assert_null(servers_address(servers, 0, 1));
        assert_int_equal(failure.code, EXIT_DONE);
        servers_outdated(servers, 0);
        assert_non_null(servers_address(servers, 0, 0)); /* found a moment ago */
    }
    assert_int_equal(look_up(servers, 1, &failure), PROGRESS_FAILED);
    assert_string_equal(failure.reason, "HOST_UNKNOWN");
    servers_free(servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(what_is_no_list),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
