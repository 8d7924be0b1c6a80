/* The command line: flags anywhere, both forms of values, what is refused and what is suggested; and the command table.
 */
#include "client/commands.h"
#include "client/options.h"
#include "tests/unit/unit.h"

static bool read_words(const char *line, struct options *options, struct failure *failure)
{
    static char copy[512];
    static char *words[64];
    int count = 1;
    char *save = NULL;

    snprintf(copy, sizeof copy, "%s", line);
    words[0] = copy;
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
        words[count++] = w;
    return options_read(count, words, options, failure);
}

static void flags_stand_anywhere(void **state)
{
    static const char *const lines[] = {
        "application submit C-01-7 --to green --reason why -o json -p branch",
        "-p branch application --to=green submit -o=json --reason=why C-01-7",
        "--reason why -p=branch -o json --to green -- application submit C-01-7",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct options options;
        struct failure failure;
        assert_true(read_words(lines[i], &options, &failure));
        assert_int_equal(options.word_count, 3);
        assert_string_equal(options.words[2], "C-01-7");
        assert_string_equal(options_value(&options, "to"), "green");
        assert_string_equal(options_value(&options, "reason"), "why");
        assert_string_equal(options_value(&options, "output"), "json");
        assert_string_equal(options_value(&options, "profile"), "branch");
        assert_null(options_value(&options, "grade"));
        assert_non_null(command_find(&options, &failure));
    }
}

static void wrong_lines_are_usage_errors_with_a_hint(void **state)
{
    static const struct {
        const char *line, *message, *hint;
    } wrong[] = {
        {"inbox --outputt json", "--outputt", "--output"},
        {"inbox --puropse p", "--puropse", "--purpose?"},
        {"task list --knd measure", "--knd", "--kind?"}, /* not --known, which is no flag of it */
        {"--onn 2026-01-01 customer show C-1", "--onn", "--on?"},
        {"application extend A-01-1 --dayz 2", "--dayz", "--days?"},
        {"customer list --finding=x --opinionn=o", "--opinionn", "--opinion?"}, /* of another command */
        {"inbox --limit", "limit", ""},
        {"inbox --quiet=yes", "quiet", ""},
        {"inbox --lim 3", "--lim", ""}, /* no abbreviations */
        {"applicaton list", "applicaton", "application"},
        {"application aprove A-01-1", "aprove", "approve"},
        {"application", "application", "help application"},
        {"application submit C-01-1", "to", ""},
        {"application show", "show", ""},
        {"application show A-01-1 A-01-2", "show", ""},
        {"inbox --grade green", "grade", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct options options;
        struct failure failure = {0};
        const struct command_spec *spec = NULL;
        bool read = read_words(wrong[i].line, &options, &failure);
        if (!read)
            command_near_flag(&options, &failure);
        if (read)
            spec = command_find(&options, &failure);
        assert_false(read && spec != NULL && command_check(spec, &options, &failure));
        assert_int_equal(failure.code, EXIT_USAGE);
        assert_non_null(strstr(failure.message, wrong[i].message));
        assert_non_null(strstr(failure.hint, wrong[i].hint));
    }
}

/* Whatever flag it is, the last one too, a slip is told. */
static void every_flag_is_suggested(void **state)
{
    (void)state;
    for (const struct flag *f = flags; f->name != NULL; f++) {
        char line[64], wanted[64];
        struct options options;
        struct failure failure = {0};
        if (strlen(f->name) < 3)
            continue; /* too short to be near to */
        snprintf(line, sizeof line, "no-such --%sq", f->name);
        snprintf(wanted, sizeof wanted, "--%s?", f->name);
        assert_false(read_words(line, &options, &failure));
        command_near_flag(&options, &failure);
        assert_non_null(strstr(failure.hint, wanted));
    }
}

/* Language and format are found whatever is wrong before them. */
static void the_line_is_read_to_its_end(void **state)
{
    struct options options;
    struct failure failure;

    (void)state;
    assert_false(read_words("inbox --outputt x --quiet=yes -o=json --lang zh_CN --limit", &options, &failure));
    assert_non_null(strstr(failure.message, "--outputt"));
    assert_string_equal(options_value(&options, "output"), "json");
    assert_string_equal(options_value(&options, "lang"), "zh_CN");
    assert_false(read_words("inbox --reason -o json --no-such", &options, &failure));
    assert_null(options_value(&options, "output"));
}

static void durations(void **state)
{
    (void)state;
    assert_int_equal(options_duration_ms("30s"), 30000);
    assert_int_equal(options_duration_ms("2m"), 120000);
    assert_int_equal(options_duration_ms("3d"), 259200000);
    assert_int_equal(options_duration_ms("30"), -1);
    assert_int_equal(options_duration_ms("-3d"), -1);
    assert_int_equal(options_duration_ms("3dd"), -1);
    assert_int_equal(options_duration_ms("99999999999999999999s"), -1);
    assert_int_equal(options_duration_ms(NULL), -1);
}

/* Every command has a summary, an example that parses as this very command, and only flags that exist. */
static void the_table_is_complete(void **state)
{
    (void)state;
    for (const struct command_spec *c = commands; c->noun != NULL; c++) {
        struct options options;
        struct failure failure = {0};
        char list[512], *save = NULL;
        assert_true(strlen(c->summary) > 3);
        assert_non_null(c->run);
        assert_int_equal(strncmp(c->example, "creditctl ", 10), 0);
        snprintf(list, sizeof list, "%s %s", c->needs, c->takes);
        for (char *name = strtok_r(list, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save))
            assert_non_null(options_flag(name));
        if (strchr(c->example, '\'') != NULL)
            continue; /* words in quotes are for a shell to split */
        assert_true(read_words(c->example + 10, &options, &failure));
        assert_ptr_equal(command_find(&options, &failure), c);
        assert_true(command_check(c, &options, &failure));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_stand_anywhere),        cmocka_unit_test(wrong_lines_are_usage_errors_with_a_hint),
        cmocka_unit_test(the_line_is_read_to_its_end), cmocka_unit_test(durations),
        cmocka_unit_test(the_table_is_complete),       cmocka_unit_test(every_flag_is_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
