/* The matrix of authority and the refused words in the policy file: what is taken, and how a mistake is told. */
#include "server/policy_file.h"

#include "tests/rules/table.h"
#include "tests/unit/unit.h"

#define ROW(level, jump, kinds) "{ level = \"" level "\"; jump = " jump "; kinds = [ " kinds " ]; }"
#define ADMISSION               "\"admission\""
#define PROMOTION               "\"promotion\""
#define DEMOTION                "\"demotion\""
#define ALL(level, jump)        ROW(level, jump, ADMISSION ", " PROMOTION ", " DEMOTION)

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_and_what_is_told),
    };
    return cmocka_run_group_tests_name("policy route", tests, NULL, NULL);
}
