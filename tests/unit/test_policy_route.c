/* The matrix of authority and the refused words in the policy file: what is taken, and how a mistake is told. */
#include "server/policy_file.h"

#include "tests/rules/table.h"
#include "tests/unit/unit.h"

#define ROW(level, jump, kinds) "{ level = \"" level "\"; jump = " jump "; kinds = [ " kinds " ]; }"
#define ADMISSION               "\"admission\""
#define PROMOTION               "\"promotion\""
#define DEMOTION                "\"demotion\""
#define ALL(level, jump)        ROW(level, jump, ADMISSION ", " PROMOTION ", " DEMOTION)

#define UP_TO(level, jump, limit)                                                                                      \
    "{ level = \"" level "\"; jump = " jump "; kinds = [ \"admission\", \"promotion\", \"demotion\" ]; limit = " limit \
    "; }"

/* The shipped policy with another row of the matrix, or other words; NULL: it is taken. */
static const struct {
    const char *rows, *words, *message;
} cases[] = {
    {ALL("director", "4"), "", NULL},
    {ALL("supervisor", "2") ", " ALL("director", "4"), "\"bribe\", \"回扣\"", NULL},
    {ROW("clerk", "4", ADMISSION) ", " ALL("director", "4"), "", NULL},
    {"", "", "authority: has 0 entries, must have from 1 to 32"},
    {ALL("boss", "4"), "", "authority[1].level: is \"boss\", must be one of clerk, supervisor, manager, director"},
    {ALL("director", "0"), "", "authority[1].jump: is 0, must be from 1 to 4"},
    {ALL("director", "5"), "", "authority[1].jump: is 5, must be from 1 to 4"},
    {ROW("director", "4", "\"loan\""), "",
     "authority[1].kinds: has \"loan\", must be of: admission, promotion, demotion"},
    {ROW("director", "4", ""), "", "authority[1].kinds: has 0 entries, must have from 1 to 3"},
    {ALL("director", "3"), "", "authority: no level decides cases of the kind admission over 4 grades"},
    {ROW("director", "4", ADMISSION ", " DEMOTION), "",
     "authority: no level decides cases of the kind promotion over 3 grades"},
    {ROW("director", "4", ADMISSION ", " PROMOTION), "",
     "authority: no level decides cases of the kind demotion over 3 grades"},
    {UP_TO("supervisor", "4", "\"3000000.5\"") ", " ALL("director", "4"), "", NULL},
    {UP_TO("director", "4", "\"3000000\""), "",
     "authority: no level decides cases of the kind admission over 4 grades with any limit"},
    {UP_TO("supervisor", "4", "\"1000000000000\"") ", " ALL("director", "3"), "",
     "authority: no level decides cases of the kind admission over 4 grades with any limit"},
    {UP_TO("director", "4", "3000000"), "", "authority[1].limit: must be a text in \"quotes\""},
    {UP_TO("director", "4", "\"much\""), "",
     "authority[1].limit: is \"much\", must be an amount such as \"5000000.00\""},
    {UP_TO("director", "4", "\"0.001\""), "",
     "authority[1].limit: is \"0.001\", must have at most the 2 decimals of CNY"},
    {UP_TO("director", "4", "\"10000000000000.01\""), "",
     "authority[1].limit: is \"10000000000000.01\", which is too large"},
    {UP_TO("director", "4", "\"0\""), "", "authority[1].limit: is \"0\", must be more than 0"},
    {UP_TO("director", "4", "\"-1\""), "", "authority[1].limit: is \"-1\", must be more than 0"},
    {ALL("director", "4"), "\"\"", "words.refuse: entry 1 is blank"},
    {ALL("director", "4"), "7", "words.refuse: must be a text in \"quotes\""},
};

/* `text` with `to` in the place of the only `from`. */
static char *with(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);
    assert_non_null(at);
    assert_null(strstr(at + 1, from));
    size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);
    assert_non_null(out);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    return out;
}

static void what_is_taken_and_what_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char words[128], message[512] = "";
        struct arena *arena = arena_new(0);
        struct policy policy;
        snprintf(words, sizeof words, "refuse = [ %s ]", cases[i].words);
        char *text = with(with(table_read_file("deploy/policy.cfg"), ALL("supervisor", "4"), cases[i].rows),
                          "refuse = [ ]", words);
        bool taken = policy_parse("p.cfg", text, arena, &policy, message, sizeof message);
        const char *told = strstr(message, ": "); /* after the file and the line */
        assert_int_equal(taken, cases[i].message == NULL);
        if (!taken) {
            assert_non_null(told);
            assert_string_equal(told + 2, cases[i].message);
        }
        free(text);
        arena_free(arena);
    }
}

/* The shipped policy with a node before the last one. */
static const struct {
    const char *node, *message;
} nodes[] = {
    {"amount_from = \"1000000\";", NULL},
    {"amount_to = \"0.01\";", NULL},
    {"amount_from = \"5\"; amount_to = \"5\";", NULL},
    {"automatic = true; amount_to = \"5\";", NULL},
    {"automatic = true; amount_from = \"5\";", NULL},
    {"amount_from = 5;", "route[2].amount_from: must be a text in \"quotes\""},
    {"amount_from = \"0\";", "route[2].amount_from: is \"0\", must be more than 0"},
    {"amount_to = \"-0.01\";", "route[2].amount_to: is \"-0.01\", must be more than 0"},
    {"amount_to = \"1,000\";", "route[2].amount_to: is \"1,000\", must be an amount such as \"5000000.00\""},
    {"amount_to = \"0.001\";", "route[2].amount_to: is \"0.001\", must have at most the 2 decimals of CNY"},
    {"amount_from = \"5.01\"; amount_to = \"5\";",
     "route[2].amount_to: is \"5\", less than amount_from, which is \"5.01\""},
};

#define LAST_NODE "{ name = \"decide\"; step = \"decide\"; } );"

/* The amounts of a route: how they are read, and that no node with a bound is a certain one. */
static void amounts_of_nodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        for (int last = 0; last < 2; last++) {
            char node[256], message[512] = "";
            struct arena *arena = arena_new(0);
            struct policy policy;
            snprintf(node, sizeof node, "{ name = \"amount\"; step = \"decide\"; %s } %s%s", nodes[i].node,
                     last ? "" : ", ", last ? ");" : LAST_NODE);
            char *text = with(table_read_file("deploy/policy.cfg"), LAST_NODE, node);
            bool taken = policy_parse("p.cfg", text, arena, &policy, message, sizeof message);
            const char *none = "route: must have a node without a condition that an approver signs";
            const char *want = nodes[i].message != NULL ? nodes[i].message : last ? none : NULL;
            assert_int_equal(taken, want == NULL);
            assert_true(taken || strcmp(strstr(message, ": ") + 2, want) == 0);
            free(text);
            arena_free(arena);
        }
    }
}

/* A bound on limits needs grades that say what they are. */
static void bounds_need_limits(void **state)
{
    (void)state;
    static const struct {
        const char *more, *message;
    } without[] = {
        {"authority = ( { level = \"director\"; jump = 4; kinds = [ \"admission\" ]; limit = \"5\"; } );",
         "p.cfg:3: authority[1].limit: is \"5\", and the policy has no grades, which say what the limits are"},
        {"route = ( { name = \"v\"; step = \"verify\"; amount_to = \"5\"; } );",
         "p.cfg:3: route[1].amount_to: is \"5\", and the policy has no grades, which say what the limits are"},
    };
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        char text[512], message[512];
        struct arena *arena = arena_new(0);
        struct policy policy;
        snprintf(text, sizeof text,
                 "clocks = { submit_days = 2; verify_days = 3; decide_days = 3; whole_days = 5; reserve_days = 1; };\n"
                 "verification = { items = [ \"licence\" ]; };\n%s\n",
                 without[i].more);
        assert_false(policy_parse("p.cfg", text, arena, &policy, message, sizeof message));
        assert_string_equal(message, without[i].message);
        arena_free(arena);
    }
}

static void amounts_are_minor_units(void **state)
{
    (void)state;
    char message[512] = "";
    struct arena *arena = arena_new(0);
    struct policy policy;
    char *text =
        with(with(table_read_file("deploy/policy.cfg"), LAST_NODE,
                  "{ name = \"a\"; step = \"decide\"; amount_from = \"0.5\"; amount_to = \"12\"; }, " LAST_NODE),
             ALL("supervisor", "4"), UP_TO("supervisor", "4", "\"7.01\"") ", " ALL("director", "4"));
    assert_true(policy_parse("p.cfg", text, arena, &policy, message, sizeof message));
    assert_int_equal(policy.route[1].amount_from, 50);
    assert_int_equal(policy.route[1].amount_to, 1200);
    assert_int_equal(policy.route[0].amount_from + policy.route[0].amount_to, 0);
    assert_int_equal(policy.authority[0].limit, 701);
    assert_int_equal(policy.authority[1].limit, 0);
    free(text);
    arena_free(arena);
}

#define OWN(name, step, more)  "{ name = \"" name "\"; step = \"" step "\"; own_manager = true; " more "}, "
#define NODE(name, step, more) "{ name = \"" name "\"; step = \"" step "\"; " more "}, "
#define NOBODY(place, node, earlier)                                                                                   \
    "route[" place "].name: is \"" node "\", which nobody is left to sign: all who could have signed \"" earlier "\""
#define ADMITS   "kinds = [ \"admission\" ]; "
#define PROMOTES "kinds = [ \"promotion\", \"demotion\" ]; "
#define P(list)  "persons = [ " list " ]; "

/* Nodes of a route between one that verifies and one that decides; NULL: somebody is left for each. */
static const struct {
    const char *nodes, *message;
} routes[] = {
    {OWN("a", "verify", "") OWN("b", "verify", ""), NULL}, /* the file may name another one meanwhile */
    {NODE("a", "verify", "all = true; "), NULL},           /* behind one of one */
    {NODE("a", "verify", "all = true; ") NODE("b", "verify", ""), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; ") NODE("b", "verify", "all = true; "), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; ") NODE("b", "verify", "level = \"manager\"; "), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; ") NODE("b", "verify", P("\"x\"")), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; ") OWN("b", "verify", ""), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; level = \"manager\"; ") NODE("b", "verify", ""), NULL},
    {NODE("a", "verify", "all = true; ") NODE("b", "verify", "role = \"submitter\"; "), NULL},
    {NODE("a", "verify", "all = true; " ADMITS) NODE("b", "verify", PROMOTES), NULL},
    {NODE("a", "verify", "all = true; " ADMITS "jump_from = 2; ") NODE("b", "verify", "jump_to = 2; "),
     NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; jump_from = 3; ") NODE("b", "verify", "jump_to = 2; "), NULL},
    {NODE("a", "verify", "all = true; jump_from = 4; ") NODE("b", "verify", PROMOTES), NULL},
    {NODE("a", "verify", "all = true; jump_from = 4; ") NODE("b", "verify", ADMITS), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; off_criteria = \"yes\"; ") NODE("b", "verify", "off_criteria = \"no\"; "), NULL},
    {NODE("a", "verify", "all = true; doubtful = \"yes\"; ") NODE("b", "verify", "doubtful = \"no\"; "), NULL},
    {NODE("a", "verify", "all = true; doubtful = \"no\"; ") NODE("b", "verify", "doubtful = \"yes\"; "),
     NOBODY("3", "b", "a")}, /* who signs the first one may doubt */
    {NODE("a", "decide", "all = true; doubtful = \"no\"; ") NODE("b", "decide", "doubtful = \"yes\"; "),
     NOBODY("4", "decide", "a")},
    {NODE("a", "decide", "all = true; doubtful = \"no\"; role = \"cmo\"; ")
         NODE("b", "decide", "doubtful = \"yes\"; role = \"cmo\"; "),
     NULL},
    {NODE("a", "verify", "all = true; ") NODE("b", "verify", "doubtful = \"yes\"; "), NOBODY("3", "b", "a")},
    {NODE("a", "verify", "all = true; amount_to = \"5\"; ") NODE("b", "verify", "amount_from = \"5.01\"; "),
     NOBODY("3", "b", "a")}, /* an amount that is not known passes neither by */
    {NODE("a", "verify", "all = true; amount_to = \"5\"; ") NODE("b", "verify", "amount_from = \"5\"; "),
     NOBODY("3", "b", "a")},
    {NODE("a", "decide", "all = true; " ADMITS), NOBODY("3", "decide", "a")},
    {NODE("a", "decide", "all = true; role = \"cmo\"; "), NULL},
    {NODE("a", "verify", P("\"x\", \"y\"") "need = 2; ") NODE("b", "verify", P("\"y\"")), NOBODY("3", "b", "a")},
    {NODE("a", "verify", P("\"x\", \"y\"") "need = 2; ") NODE("b", "verify", P("\"y\", \"z\"")), NULL},
    {NODE("a", "verify", P("\"x\", \"y\"") "need = 2; ") NODE("b", "verify", ""), NULL},
    {NODE("a", "verify", P("\"x\", \"y\"") "need = 2; ") OWN("b", "verify", ""), NULL},
    {NODE("a", "verify", P("\"x\", \"y\"")) NODE("b", "verify", P("\"y\"")), NULL},
    {NODE("a", "verify", P("\"x\"") "all = true; ") NODE("b", "verify", P("\"x\"")), NOBODY("3", "b", "a")},
    {"{ name = \"a\"; step = \"decide\"; automatic = true; jump_to = 1; }, ", NULL},
};

/* A route in which some case is left with a node for nobody is not taken as a new one, and one that is stored is read.
 */
static void somebody_is_left_for_each_node(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(routes); i++) {
        char route[512], message[512] = "";
        struct arena *arena = arena_new(0);
        struct policy policy;
        snprintf(route, sizeof route, "%s" LAST_NODE, routes[i].nodes);
        char *text = with(table_read_file("deploy/policy.cfg"), LAST_NODE, route);
        assert_true(policy_parse("p.cfg", text, arena, &policy, message, sizeof message));
        bool taken = policy_check_new("p.cfg", text, &policy, message, sizeof message);
        const char *told = strstr(message, ": ");
        assert_int_equal(taken, routes[i].message == NULL);
        if (!taken) {
            assert_string_equal(told + 2, routes[i].message);
            assert_int_not_equal(strtol(message + strlen("p.cfg:"), NULL, 10), 1); /* the line of the node */
        }
        free(text);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_and_what_is_told),
        cmocka_unit_test(amounts_of_nodes),
        cmocka_unit_test(bounds_need_limits),
        cmocka_unit_test(amounts_are_minor_units),
        cmocka_unit_test(somebody_is_left_for_each_node),
    };
    return cmocka_run_group_tests_name("policy route", tests, NULL, NULL);
}
