/* Settings: every error names the text, the line and the key. */
#include "common/settings.h"

#include <unistd.h>

#include "common/civil.h"
#include "tests/unit/unit.h"

#define TEXTS_MAX  3
#define GROUPS_MAX 3

struct entry {
    const char *name;
    civil_date from;
    int64_t rate;
    int days;
};

struct target {
    int days;
    int64_t bytes;
    bool on;
    const char *listen;
    const char *items[TEXTS_MAX];
    int item_count;
    enum grade grade;
    struct entry entries[GROUPS_MAX];
    int entry_count;
    int window;
    bool rolling;
    civil_date since;
};

static const struct setting entry_table[] = {
    {SETTING_TEXT("name", struct entry, name, 1, 8)},
    {SETTING_DATE("from", struct entry, from)},
    {SETTING_DECIMAL("rate", struct entry, rate, 4, 1, 99999999)},
    {SETTING_INT("inner.days", struct entry, days, 1, 9), .optional = true},
    {0},
};

static const struct setting table[] = {
    {SETTING_INT("clocks.verify_days", struct target, days, 1, 30)},
    {SETTING_INT("limits.inner.bytes", struct target, bytes, -5, 1LL << 40), .optional = true},
    {SETTING_BOOL("on", struct target, on), .optional = true},
    {SETTING_TEXT("listen", struct target, listen, 2, 8), .optional = true},
    {SETTING_TEXTS("items", struct target, items, item_count, 1, TEXTS_MAX), .optional = true},
    {SETTING_WORD("grade", struct target, grade, words_grade), .optional = true},
    {SETTING_DATE("since", struct target, since), .optional = true},
    {SETTING_GROUPS("rates.entries", struct target, entries, entry_count, entry_table, 1, GROUPS_MAX),
     .optional = true},
    {SETTING_INT("volume.window", struct target, window, 1, 30), .with_group = true},
    {SETTING_BOOL("volume.rolling", struct target, rolling), .with_group = true},
    {0},
};

struct outcome {
    bool done;
    char message[512];
    struct target target;
};

static struct arena *arena;

static struct outcome read_text(const char *text)
{
    struct outcome outcome = {.target = {.bytes = 77, .listen = "preset", .grade = GRADE_RED}};
    struct settings *settings = settings_parse("a.cfg", text, outcome.message, sizeof outcome.message);
    if (settings != NULL) {
        outcome.done = settings_fill(settings, table, arena, &outcome.target);
        settings_free(settings);
    }
    return outcome;
}

static void values_are_taken(void **state)
{
    (void)state;
    struct outcome outcome = read_text("clocks = { verify_days = 3; };\n"
                                       "limits : { inner : { bytes = 1099511627776L; } }\n"
                                       "on = true; listen = \"华东:1\";\n"
                                       "items = [ \"a\", \"b\" ]; grade = \"black\";");
    assert_string_equal(outcome.message, "");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.days, 3);
    assert_true(outcome.target.bytes == 1099511627776LL);
    assert_true(outcome.target.on);
    assert_string_equal(outcome.target.listen, "华东:1");
    assert_int_equal(outcome.target.item_count, 2);
    assert_string_equal(outcome.target.items[0], "a");
    assert_string_equal(outcome.target.items[1], "b");
    assert_int_equal(outcome.target.grade, GRADE_BLACK);
}

static void groups_of_a_list_are_taken(void **state)
{
    (void)state;
    struct outcome outcome =
        read_text("clocks = { verify_days = 3; };\n"
                  "rates = { entries = ( { name = \"a\"; from = \"2026-01-01\"; rate = \"7.25\"; },\n"
                  "  { rate = \"+0.0001\"; from = \"2028-02-29\"; name = \"b\"; inner = { days = 4; }; } ); };\n"
                  "since = \"1970-01-02\"; volume = { rolling = true; window = 12; };");
    assert_string_equal(outcome.message, "");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.entry_count, 2);
    assert_string_equal(outcome.target.entries[0].name, "a");
    assert_int_equal(outcome.target.entries[0].from, civil_from_ymd(2026, 1, 1));
    assert_int_equal(outcome.target.entries[0].rate, 72500);
    assert_int_equal(outcome.target.entries[0].days, 0);
    assert_string_equal(outcome.target.entries[1].name, "b");
    assert_int_equal(outcome.target.entries[1].from, civil_from_ymd(2028, 2, 29));
    assert_int_equal(outcome.target.entries[1].rate, 1);
    assert_int_equal(outcome.target.entries[1].days, 4);
    assert_int_equal(outcome.target.since, 1);
    assert_int_equal(outcome.target.window, 12);
    assert_true(outcome.target.rolling);
}

static void what_is_absent_stays_as_it_was(void **state)
{
    (void)state;
    struct outcome outcome = read_text("clocks = { verify_days = 30; };");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.days, 30);
    assert_true(outcome.target.bytes == 77);
    assert_string_equal(outcome.target.listen, "preset");
    assert_int_equal(outcome.target.item_count, 0);
    assert_int_equal(outcome.target.grade, GRADE_RED);
    assert_int_equal(outcome.target.entry_count, 0);
    assert_int_equal(outcome.target.window, 0);
}

/* Numbers, quotes and @ stand for themselves in texts and comments. */
static void texts_and_comments_are_left_alone(void **state)
{
    (void)state;
    struct outcome outcome = read_text("# 1 \"\n// 2 \"\n/* 3 \" \n@include \"x\"\n*/\n"
                                       "clocks={verify_days=+7;};//4\n"
                                       "items = [ \"5 @\", \"\\\" 6 /* #\", \"//\" ]; listen = \"7\" \"8\";");
    assert_string_equal(outcome.message, "");
    assert_true(outcome.done);
    assert_int_equal(outcome.target.days, 7);
    assert_string_equal(outcome.target.items[0], "5 @");
    assert_string_equal(outcome.target.items[1], "\" 6 /* #");
    assert_string_equal(outcome.target.items[2], "//");
    assert_string_equal(outcome.target.listen, "78");
}

#define CLOCKS "clocks = { verify_days = 3; };\n"
#define ENTRY(members)                                                                                                 \
    CLOCKS "rates = { entries = (\n { name = \"a\"; from = \"2026-01-01\"; rate = \"7\"; },\n {" members "} ); };"

static const struct {
    const char *text, *message;
} wrong[] = {
    /* syntax */
    {"clocks = { verify_days = 3;\n\n", "a.cfg:3: syntax error"},
    {CLOCKS "on = true;\non = false;", "a.cfg:3: duplicate setting name"},
    {CLOCKS "/* 1\n */ on = 3 3;", "a.cfg:3: syntax error"},
    {CLOCKS "listen = \"open", "a.cfg:2: syntax error"},
    {CLOCKS "/* open *", "a.cfg:2: this comment is not closed"},
    {CLOCKS "\n/*/", "a.cfg:3: this comment is not closed"},
    {CLOCKS "  @include \"/etc/passwd\"\n", "a.cfg:2: @include is not allowed"},
    {"@include \"a.cfg\"", "a.cfg:1: @include is not allowed"},
    /* what is missing */
    {"", "a.cfg:1: clocks.verify_days: is required"},
    {"\n\nclocks = {\n};", "a.cfg:3: clocks.verify_days: is required"},
    /* unknown keys, with the nearest right one */
    {"\nclocks = {\n  verfiy_days = 3;\n};",
     "a.cfg:3: clocks.verfiy_days: unknown key, the nearest is clocks.verify_days"},
    {CLOCKS "clock = { verify_days = 3; };", "a.cfg:2: clock: unknown key, the nearest is clocks"},
    {CLOCKS "verify_days = 3;", "a.cfg:2: verify_days: unknown key, the nearest is clocks.verify_days"},
    {CLOCKS "limits = { iner = { bytes = 3; }; };", "a.cfg:2: limits.iner: unknown key, the nearest is limits.inner"},
    {CLOCKS "limits = { inner = {\n\n byte = 3; }; };",
     "a.cfg:4: limits.inner.byte: unknown key, the nearest is limits.inner.bytes"},
    {CLOCKS "bytes = 3;", "a.cfg:2: bytes: unknown key, the nearest is limits.inner.bytes"},
    {CLOCKS "lisetn = \"x\";", "a.cfg:2: lisetn: unknown key, the nearest is listen"},
    {CLOCKS "ON = true;", "a.cfg:2: ON: unknown key, the nearest is on"},
    /* groups and values in each other's place */
    {"clocks = 3;", "a.cfg:1: clocks: must be a group { ... }"},
    {"clocks = ( { verify_days = 3; } );", "a.cfg:1: clocks: must be a group { ... }"},
    {CLOCKS "on = { };", "a.cfg:2: on: must be true or false"},
    {"clocks = { verify_days = [ 3 ]; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    /* numbers */
    {"clocks = { verify_days = 0; };", "a.cfg:1: clocks.verify_days: is 0, must be from 1 to 30"},
    {"clocks = {\n verify_days = 31; };", "a.cfg:2: clocks.verify_days: is 31, must be from 1 to 30"},
    {"clocks = { verify_days = -3; };", "a.cfg:1: clocks.verify_days: is -3, must be from 1 to 30"},
    {"clocks = { verify_days = 4294967299; };", "a.cfg:1: clocks.verify_days: is 4294967299, must be from 1 to 30"},
    {"clocks = { verify_days =\n-4294967293; };", "a.cfg:1: clocks.verify_days: is -4294967293, must be from 1 to 30"},
    {"clocks = { verify_days = 0x3; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = 3e0; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = 3.0; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = \"3\"; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    {"clocks = { verify_days = true; };", "a.cfg:1: clocks.verify_days: must be a whole number"},
    /* the others */
    {CLOCKS "on = 1;", "a.cfg:2: on: must be true or false"},
    {CLOCKS "on = \"true\";", "a.cfg:2: on: must be true or false"},
    {CLOCKS "listen = 12;", "a.cfg:2: listen: must be a text in \"quotes\""},
    {CLOCKS "listen = \"a\";", "a.cfg:2: listen: has 1 characters, must have from 2 to 8"},
    {CLOCKS "listen = \"123456789\";", "a.cfg:2: listen: has 9 characters, must have from 2 to 8"},
    {CLOCKS "listen = \"a\\nb\";", "a.cfg:2: listen: must be UTF-8 without control characters"},
    {CLOCKS "listen = \"a\xff\";", "a.cfg:2: listen: must be UTF-8 without control characters"},
    {CLOCKS "items = \"a\";", "a.cfg:2: items: must be a list [ \"...\", ... ]"},
    {CLOCKS "items = [ ];", "a.cfg:2: items: has 0 entries, must have from 1 to 3"},
    {CLOCKS "items = [ \"a\", \"b\", \"c\", \"d\" ];", "a.cfg:2: items: has 4 entries, must have from 1 to 3"},
    {CLOCKS "items = [ \"a\",\n \"a\" ];", "a.cfg:3: items: \"a\" stands twice"},
    {CLOCKS "items = [ \"a\", \" \" ];", "a.cfg:2: items: entry 2 is blank"},
    {CLOCKS "items = ( \"a\", 3 );", "a.cfg:2: items: must be a text in \"quotes\""},
    {CLOCKS "grade = \"grey\";", "a.cfg:2: grade: is \"grey\", must be one of green, yellow, red, black"},
    {CLOCKS "grade = 1;", "a.cfg:2: grade: must be a text in \"quotes\""},
    {CLOCKS "since = 20260101;", "a.cfg:2: since: must be a text in \"quotes\""},
    {CLOCKS "since = \"2026-02-29\";", "a.cfg:2: since: is \"2026-02-29\", must be a date \"YYYY-MM-DD\""},
    {CLOCKS "since = \"1.1.2026\";", "a.cfg:2: since: is \"1.1.2026\", must be a date \"YYYY-MM-DD\""},
    /* keys that stand with their group */
    {CLOCKS "volume = {\n};", "a.cfg:2: volume.window: is required"},
    {CLOCKS "volume = { window = 3; };", "a.cfg:2: volume.rolling: is required"},
    {CLOCKS "volume = { rolling = true; };", "a.cfg:2: volume.window: is required"},
    {CLOCKS "volume = 3;", "a.cfg:2: volume: must be a group { ... }"},
    /* lists of groups */
    {CLOCKS "rates = { entries = { name = \"a\"; }; };", "a.cfg:2: rates.entries: must be a list ( { ... }, ... )"},
    {CLOCKS "rates = { entries = [ \"a\" ]; };", "a.cfg:2: rates.entries: must be a list ( { ... }, ... )"},
    {CLOCKS "rates = { entries = ( ); };", "a.cfg:2: rates.entries: has 0 entries, must have from 1 to 3"},
    {CLOCKS "rates = { entries = ( {}, {}, {}, {} ); };",
     "a.cfg:2: rates.entries: has 4 entries, must have from 1 to 3"},
    {CLOCKS "rates = { entries = ( 3 ); };", "a.cfg:2: rates.entries: entry 1 must be a group { ... }"},
    {CLOCKS "rates = { entry = ( { name = \"a\"; } ); };",
     "a.cfg:2: rates.entry: unknown key, the nearest is rates.entries"},
    {ENTRY(""), "a.cfg:4: rates.entries[2].name: is required"},
    {ENTRY("name = \"b\";\n from = \"2026-01-01\";"), "a.cfg:4: rates.entries[2].rate: is required"},
    {ENTRY("\n form = \"2026-01-01\";"),
     "a.cfg:5: rates.entries[2].form: unknown key, the nearest is rates.entries[2].from"},
    {ENTRY("\n inner = {\n day = 3; };"),
     "a.cfg:6: rates.entries[2].inner.day: unknown key, the nearest is rates.entries[2].inner.days"},
    {ENTRY("iner = { days = 3; };"),
     "a.cfg:4: rates.entries[2].iner: unknown key, the nearest is rates.entries[2].inner"},
    {ENTRY("inner = 3;"), "a.cfg:4: rates.entries[2].inner: must be a group { ... }"},
    {ENTRY("name = \"123456789\";"), "a.cfg:4: rates.entries[2].name: has 9 characters, must have from 1 to 8"},
    {ENTRY("name = \"b\";\n from = \"2026\";"),
     "a.cfg:5: rates.entries[2].from: is \"2026\", must be a date \"YYYY-MM-DD\""},
    {ENTRY("name = \"b\"; from = \"2026-01-01\"; rate = 7.25;"),
     "a.cfg:4: rates.entries[2].rate: must be a text in \"quotes\""},
    {ENTRY("name = \"b\"; from = \"2026-01-01\"; rate = \"7,25\";"),
     "a.cfg:4: rates.entries[2].rate: is \"7,25\", must be a decimal number such as \"7.25\""},
    {ENTRY("name = \"b\"; from = \"2026-01-01\"; rate = \"7.00001\";"),
     "a.cfg:4: rates.entries[2].rate: is \"7.00001\", must have at most 4 decimals"},
    {ENTRY("name = \"b\"; from = \"2026-01-01\"; rate = \"0\";"),
     "a.cfg:4: rates.entries[2].rate: is \"0\", must be from 0.0001 to 9999.9999"},
    {ENTRY("name = \"b\"; from = \"2026-01-01\"; rate = \"10000\";"),
     "a.cfg:4: rates.entries[2].rate: is \"10000\", must be from 0.0001 to 9999.9999"},
    {ENTRY("name = \"b\"; from = \"2026-01-01\"; rate = \"99999999999999999999\";"),
     "a.cfg:4: rates.entries[2].rate: is \"99999999999999999999\", must be from 0.0001 to 9999.9999"},
};

static void errors_name_line_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct outcome outcome = read_text(wrong[i].text);
        assert_false(outcome.done);
        assert_string_equal(outcome.message, wrong[i].message);
    }
}

static void numbers_that_do_not_fit_64_bits_are_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = {"99999999999999999999", "-99999999999999999999", "99999999999999999999L",
                                          "18446744073709551619", "9223372036854775808"};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char text[200];
        snprintf(text, sizeof text, CLOCKS "limits = { inner = { bytes = %s; }; };", numbers[i]);
        struct outcome outcome = read_text(text);
        if (outcome.done) {
            fail_msg("%s was read as %lld", numbers[i], (long long)outcome.target.bytes);
        }
        assert_ptr_equal(strstr(outcome.message, "a.cfg:2: "), outcome.message);
    }
}

static void long_and_deep_texts_do_no_harm(void **state)
{
    (void)state;
    enum { DEPTH = 30000 };
    char *text = malloc(DEPTH * 3 + 1);
    for (size_t i = 0; i < DEPTH; i++) {
        memcpy(text + i * 3, "a:{", 3);
    }
    text[DEPTH * 3] = '\0';
    assert_false(read_text(text).done);
    memset(text, 'k', DEPTH * 3);
    memcpy(text + DEPTH * 3 - 2, "=1", 2);
    struct outcome outcome = read_text(text);
    free(text);
    assert_false(outcome.done);
    assert_non_null(strstr(outcome.message, "the key is too long"));
}

static void rules_between_keys_have_a_line(void **state)
{
    (void)state;
    char message[200];
    struct settings *settings = settings_parse("b.cfg", "\nclocks = {\n verify_days = 3; };", message, sizeof message);
    assert_non_null(settings);
    assert_false(settings_refuse(settings, "clocks.verify_days", "is %d", 3));
    assert_string_equal(message, "b.cfg:3: clocks.verify_days: is 3");
    assert_false(settings_refuse(settings, "clocks.none", "x"));
    assert_string_equal(message, "b.cfg:2: clocks.none: x");
    assert_false(settings_refuse(settings, "none.none", "x\ny"));
    assert_string_equal(message, "b.cfg:1: none.none: x y");
    settings_free(settings);
    settings = settings_parse("b.cfg", "a = {\nb = (\n{ c = 1; },\n{\nc = 2; } ); };", message, sizeof message);
    assert_non_null(settings);
    assert_false(settings_refuse(settings, "a.b[1].c", "x"));
    assert_string_equal(message, "b.cfg:3: a.b[1].c: x");
    assert_false(settings_refuse(settings, "a.b[2].c", "x"));
    assert_string_equal(message, "b.cfg:5: a.b[2].c: x");
    assert_false(settings_refuse(settings, "a.b[2].d", "x"));
    assert_string_equal(message, "b.cfg:4: a.b[2].d: x");
    assert_false(settings_refuse(settings, "a.b[3].c", "x"));
    assert_string_equal(message, "b.cfg:1: a.b[3].c: x");
    settings_free(settings);
    settings_free(NULL);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void files_are_read_whole_or_not(void **state)
{
    (void)state;
    char path[] = "/tmp/creditd-settings-XXXXXX", message[200] = "";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);

    write_file(path, "on = true;", 10);
    assert_string_equal(settings_read_file(path, arena, message, sizeof message), "on = true;");
    write_file(path, "", 0);
    assert_string_equal(settings_read_file(path, arena, message, sizeof message), "");
    write_file(path, "a\0b", 3);
    assert_null(settings_read_file(path, arena, message, sizeof message));
    assert_non_null(strstr(message, ": holds a NUL byte"));

    size_t size = 1024 * 1024 + 1;
    char *large = malloc(size);
    memset(large, '\n', size);
    write_file(path, large, size);
    assert_null(settings_read_file(path, arena, message, sizeof message));
    assert_non_null(strstr(message, ": is larger than 1 MiB"));
    write_file(path, large, size - 1);
    assert_int_equal(strlen(settings_read_file(path, arena, message, sizeof message)), size - 1);
    free(large);
    unlink(path);

    assert_null(settings_read_file(path, arena, message, sizeof message));
    assert_non_null(strstr(message, ": No such file or directory"));
    assert_null(settings_read_file("/", arena, message, sizeof message));
    assert_string_equal(message, "/: Is a directory");
}

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken),
        cmocka_unit_test(groups_of_a_list_are_taken),
        cmocka_unit_test(what_is_absent_stays_as_it_was),
        cmocka_unit_test(texts_and_comments_are_left_alone),
        cmocka_unit_test(errors_name_line_and_key),
        cmocka_unit_test(numbers_that_do_not_fit_64_bits_are_refused),
        cmocka_unit_test(long_and_deep_texts_do_no_harm),
        cmocka_unit_test(rules_between_keys_have_a_line),
        cmocka_unit_test(files_are_read_whole_or_not),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
