/* Whether an assessment is taken (assessment.tbl), and until when its documents are valid. */
#include "server/rules/assessment.h"

#include "tests/rules/fixture.h"
#include "tests/rules/table.h"

enum { CELL_BYTES = 2048, PARTS_MAX = 8 };

static struct arena *arena;

#define TEN(character)                                                                                                 \
    character character character character character character character character character character
/* The longest that a choice may be. */
#define FORTY(character) TEN(character) TEN(character) TEN(character) TEN(character)

static struct policy fixture(void)
{
    struct policy policy = fixture_policy;
    policy.scorecard = (struct scorecard){
        .factors = {{.name = "years",
                     .input = FACTOR_INPUT_NUMBER,
                     .required = true,
                     .evidence = "licence",
                     .rows = {{.from = 100000, .points = 100}, {.rest = true}},
                     .row_count = 2},
                    {.name = "dealings",
                     .input = FACTOR_INPUT_CHOICE,
                     .required = true,
                     .rows = {{.choice = "good", .points = 100}, {.choice = "some arrears"}, {.choice = "bad"}},
                     .row_count = 3},
                    {.name = "growth",
                     .input = FACTOR_INPUT_RATIO,
                     .required = true,
                     .evidence = "statement",
                     .rows = {{.from = 10000, .points = 100}, {.rest = true}},
                     .row_count = 2},
                    {.name = "pledge",
                     .input = FACTOR_INPUT_YES_NO,
                     .evidence = "guarantee",
                     .rows = {{.choice = "yes", .points = 100}, {.choice = "no"}},
                     .row_count = 2},
                    {.name = "rating",
                     .input = FACTOR_INPUT_CHOICE,
                     .rows = {{.choice = FORTY("信")}, {.choice = FORTY("用")}, {.choice = "C"}},
                     .row_count = 3}},
        .factor_count = 5};
    static const struct evidence_kind kinds[] = {{"licence", 24}, {"statement", 6}, {"guarantee", 12}, {"opinion", 1}};
    memcpy(policy.evidence, kinds, sizeof kinds);
    policy.evidence_count = 4;
    policy.checklists[REVIEW_ADMISSION] = (struct checklist){{"licence", "statement"}, 2};
    policy.checklists[REVIEW_CHANGE] = (struct checklist){{"licence"}, 1};
    return policy;
}

static civil_date day(const char *text)
{
    civil_date date = 0;
    if (!civil_parse(text, &date)) {
        fail_msg("%s is no date", text);
    }
    return date;
}

/* ---- assessment.tbl ---- */

/* A text as a cell writes it: "~" none, "^" with a control character, "␠" blank, "40*信" repeated. */
static const char *text_of(const char *word)
{
    if (strcmp(word, "~") == 0) {
        return NULL;
    }
    if (strcmp(word, "^") == 0) {
        return "a\nb";
    }
    if (strcmp(word, "␠") == 0) {
        return " ";
    }
    char *star;
    long count = strtol(word, &star, 10);
    if (*star != '*' || count <= 0) {
        return arena_strdup(arena, word);
    }
    size_t bytes = strlen(star + 1);
    char *text = arena_alloc(arena, (size_t)count * bytes + 1);
    for (long i = 0; i < count; i++) {
        memcpy(text + (size_t)i * bytes, star + 1, bytes);
    }
    text[(size_t)count * bytes] = '\0';
    return text;
}

static size_t read_values(char *cell, struct entered_value out[PARTS_MAX])
{
    size_t count = 0;
    for (char *item = strsep(&cell, ";"); item != NULL && strcmp(item, "-") != 0; item = strsep(&cell, ";")) {
        assert_true(count < PARTS_MAX);
        char *name = table_trim(item), *equals = strchr(name, '=');
        assert_non_null(equals);
        *equals = '\0';
        out[count++] = (struct entered_value){text_of(name), text_of(equals + 1)};
    }
    return count;
}

/* "KIND NUMBER DATED [to VALID_TO] [sha SHA256]" */
static struct document read_document(char *text)
{
    const char *kind = strsep(&text, " "), *number = strsep(&text, " "), *dated = strsep(&text, " ");
    assert_non_null(dated);
    struct document document = {.kind = text_of(kind), .number = text_of(number), .dated = day(dated)};
    for (char *word = strsep(&text, " "); word != NULL; word = strsep(&text, " ")) {
        const char *value = strsep(&text, " ");
        assert_non_null(value);
        if (strcmp(word, "to") == 0) {
            document.ends = true;
            document.valid_to = day(value);
        } else {
            assert_string_equal(word, "sha");
            document.sha256 = text_of(value);
        }
    }
    return document;
}

static size_t read_documents(char *cell, struct document out[PARTS_MAX])
{
    size_t count = 0;
    for (char *item = strsep(&cell, ";"); item != NULL && strcmp(item, "-") != 0; item = strsep(&cell, ";")) {
        assert_true(count < PARTS_MAX);
        out[count++] = read_document(table_trim(item));
    }
    return count;
}

/* A cell with its "40*信" written out, wherever they stand. */
static const char *written_out(const char *cell)
{
    char *out = arena_alloc(arena, CELL_BYTES);
    size_t used = 0;
    while (*cell != '\0') {
        size_t length = strcspn(cell, ", ");
        const char *word = text_of(arena_strndup(arena, cell, length));
        size_t marks = strspn(cell + length, ", ");
        used += (size_t)snprintf(out + used, CELL_BYTES - used, "%s%.*s", word, (int)marks, cell + length);
        assert_true(used < CELL_BYTES);
        cell += length + marks;
    }
    return used == 0 ? "" : out;
}

static void check_refusal(const struct table *table, const struct table_row *row,
                          const struct assessment_refusal *refusal)
{
    char arguments[CELL_BYTES] = "";
    for (int i = 0; i < ASSESSMENT_ARGUMENTS && refusal->names[i] != NULL; i++) {
        size_t used = strlen(arguments);
        snprintf(arguments + used, sizeof arguments - used, "%s%s=%s", i == 0 ? "" : " ", refusal->names[i],
                 refusal->values[i]);
    }
    const char *expected = written_out(table_cell(table, row, "arguments"));
    if (strcmp(expected, arguments[0] == '\0' ? "-" : arguments) != 0) {
        fail_msg("line %d: arguments are %s, not %s", row->line, arguments, expected);
    }
    table_expect(table, row, "reason", refusal->reason == REASON_NONE ? "-" : reason_name(refusal->reason));
    table_expect(table, row, "field", refusal->field == NULL ? "-" : refusal->field);
}

static void assessments_are_taken_or_refused(void **state)
{
    (void)state;
    struct policy policy = fixture();
    struct table table = table_load("tests/rules/assessment.tbl");
    for (size_t i = 0; i < table.count; i++) {
        const struct table_row *row = &table.rows[i];
        struct entered_value values[PARTS_MAX];
        struct document documents[PARTS_MAX];
        const char *review = table_cell(&table, row, "review");
        int number = word_number(words_review, review);
        arena_reset(arena);
        struct assessment_input input = {.review = (enum review)(number < 0 ? strtol(review, NULL, 10) : number),
                                         .values = values,
                                         .value_count = read_values(table_cell(&table, row, "values"), values),
                                         .documents = documents,
                                         .today = day("2026-11-23")};
        input.document_count = read_documents(table_cell(&table, row, "documents"), documents);
        struct assessment_refusal refusal = assessment_check(&policy, &input, arena);
        check_refusal(&table, row, &refusal);
    }
    table_free(&table);
}

/* ---- what the table cannot say ---- */

static void without_a_scorecard_nothing_is_taken(void **state)
{
    (void)state;
    struct assessment_input input = {.review = REVIEW_PERIODIC};
    struct assessment_refusal refusal = assessment_check(&fixture_policy, &input, arena);
    assert_int_equal(refusal.reason, REASON_NO_SCORECARD);
    assert_null(refusal.field);
    assert_null(refusal.names[0]);
}

/* Where no factor has to have a value, one has it all the same. */
static void an_assessment_has_a_value(void **state)
{
    (void)state;
    struct policy policy = fixture();
    const struct entered_value rating = {"rating", "C"};
    struct assessment_input input = {.review = REVIEW_PERIODIC, .today = day("2026-11-23")};
    for (int i = 0; i < policy.scorecard.factor_count; i++) {
        policy.scorecard.factors[i].required = false;
    }
    struct assessment_refusal refusal = assessment_check(&policy, &input, arena);
    assert_int_equal(refusal.reason, REASON_FIELD_INVALID);
    assert_string_equal(refusal.field, "values");
    assert_string_equal(refusal.values[0], "one value at least");
    input.values = &rating;
    input.value_count = 1;
    assert_int_equal(assessment_check(&policy, &input, arena).reason, REASON_NONE);
}

static void documents_are_valid_by_kind_and_by_themselves(void **state)
{
    (void)state;
    struct policy policy = fixture();
    static const struct {
        const char *kind, *dated, *names; /* names: the end that the document itself has, or NULL */
        const char *valid_to;
    } rows[] = {
        {"statement", "2026-06-30", NULL, "2026-12-30"},
        {"statement", "2026-08-31", NULL, "2027-02-28"},
        {"statement", "2026-06-30", "2026-12-29", "2026-12-29"},
        {"statement", "2026-06-30", "2026-12-31", "2026-12-30"},
        {"licence", "2024-02-29", NULL, "2026-02-28"},
        {"opinion", "2026-01-31", NULL, "2026-02-28"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct document document = {.kind = rows[i].kind, .dated = day(rows[i].dated), .ends = rows[i].names != NULL};
        document.valid_to = document.ends ? day(rows[i].names) : 0;
        assert_int_equal(document_valid_to(&policy, &document), day(rows[i].valid_to));
    }
}

static void the_review_goes_by_the_tier(void **state)
{
    (void)state;
    assert_int_equal(review_of(TIER_ORDINARY), REVIEW_ADMISSION);
    assert_int_equal(review_of(TIER_KEY), REVIEW_PERIODIC);
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
        cmocka_unit_test(assessments_are_taken_or_refused),
        cmocka_unit_test(without_a_scorecard_nothing_is_taken),
        cmocka_unit_test(an_assessment_has_a_value),
        cmocka_unit_test(documents_are_valid_by_kind_and_by_themselves),
        cmocka_unit_test(the_review_goes_by_the_tier),
    };
    return cmocka_run_group_tests_name("assessment", tests, make_arena, drop_arena);
}
