/* Mappings: what is wrong with one is told with file, line, key and the nearest right key; and rows as trades. */
#include "client/mapping.h"
#include "client/trade_row.h"
#include "common/settings.h"
#include "tests/unit/unit.h"

#define COLUMNS                                                                                                        \
    "columns = { branch = \"b\"; customer = \"c\"; document = \"d\"; amount = \"a\"; currency = \"u\"; issued = "      \
    "\"i\"; "                                                                                                          \
    "due = \"e\"; };\n"

struct fault {
    const char *text;
    const char *told[3]; /* parts of the message */
};
static const struct fault faults[] = {
    {"columns = {", {"m.cfg:1: "}},
    {"colums = { };", {"m.cfg:1: colums", "unknown key", "columns"}},
    {"\ncolumns = { customr = \"x\"; };", {"m.cfg:2: columns.customr", "the nearest is columns.customer"}},
    {"columns = { branch = \"a\"; branch = \"b\"; };", {"m.cfg:1"}},
    {"columns = { branch = 12; };", {"m.cfg:1: columns.branch", "text in \"quotes\""}},
    {"columns = { customer = \"c\"; };", {"m.cfg:1: columns.branch", "is required"}},
    {COLUMNS "constants = {\ncurrency = \"CNY\"; };", {"m.cfg:3: constants.currency", "one of the two must go"}},
    {COLUMNS "constants = { document = \"x\"; };", {"m.cfg:2: constants.document", "unknown key"}},
    {COLUMNS "constants = { tier = \"kee\"; };", {"m.cfg:2: constants.tier", "kee is not a known word"}},
    {COLUMNS "constants = { opening_grade = \"purple\"; };", {"constants.opening_grade", "purple"}},
    {COLUMNS "constants = { tier = \"key\"; };", {"constants.tier", "need an opening_grade"}},
    {COLUMNS "constants = { tier = \"ordinary\"; opening_grade = \"green\"; };",
     {"constants.tier", "no opening_grade"}},
    {COLUMNS "format = \"xlsx\";", {"m.cfg:2: format", "csv, jsonl"}},
    {COLUMNS "create_customers = 1;", {"create_customers", "true or false"}},
    {COLUMNS "dates = [ \"YYYY-MM-DD\", \"mm/dd/yyyy\" ];", {"dates", "mm/dd/yyyy", "only YYYY"}},
    {COLUMNS "dates = [ ];", {"dates", "has 0 entries"}},
    {COLUMNS "dates = \"YYYY-MM-DD\";", {"dates", "must be a list"}},
    {COLUMNS "branches = { codes = [ \"391\" ]; };", {"branches.codes", "391", "CODE OF THE FILE=UNIT"}},
    {COLUMNS "regions = { codes = [ \"1=R1\", \"1=R2\" ]; };", {"regions.codes", "1 stands there twice"}},
    {COLUMNS "values = { cancelled = [ \"\" ]; };", {"values.cancelled", "blank"}},
};

static struct mapping *read_text(const char *text, struct arena *arena, char *message)
{
    return mapping_read("m.cfg", text, arena, message, 400);
}

static void faults_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct arena *arena = arena_new(0);
        char message[400] = "";
        assert_null(read_text(faults[i].text, arena, message));
        for (size_t k = 0; k < COUNT(faults[i].told) && faults[i].told[k] != NULL; k++)
            if (strstr(message, faults[i].told[k]) == NULL)
                fail_msg("row %zu: \"%s\" is not in \"%s\"", i, faults[i].told[k], message);
        arena_free(arena);
    }
}

static void a_currency_must_exist(void **state)
{
    struct arena *arena = arena_new(0);
    char message[400] = "";

    (void)state;
    assert_null(read_text("columns = { branch = \"b\"; customer = \"c\"; document = \"d\"; amount = \"a\"; issued = "
                          "\"i\"; due = \"e\"; };\nconstants = { currency = \"RMB\"; };",
                          arena, message));
    assert_non_null(strstr(message, "m.cfg:2: constants.currency: this is no currency"));
    arena_free(arena);
}

/* The example is one that works. */
static void the_example_is_read(void **state)
{
    struct arena *arena = arena_new(0);
    char message[400] = "";
    const char *text = settings_read_file("deploy/mapping.cfg", arena, message, sizeof message);
    struct mapping *mapping = text == NULL ? NULL : read_text(text, arena, message);

    (void)state;
    if (mapping == NULL)
        fail_msg("%s", message);
    assert_int_equal(mapping->format, ROWS_CSV);
    assert_true(mapping->create_customers);
    assert_string_equal(mapping_unit(&mapping->branches, "391", arena), "B391");
    assert_string_equal(mapping_unit(&mapping->regions, "391", arena), "R391");
    assert_int_equal(mapping_word(mapping, "大客户", words_tier, WORD_KEY), TIER_KEY);
    assert_true(mapping_is_cancelled(mapping, "作废"));
    assert_false(mapping_is_cancelled(mapping, "No"));
    assert_false(mapping_is_cancelled(mapping, NULL));
    arena_free(arena);
}

/* ---- rows ---- */

static const char full[] =
    "columns = { branch = \"branch\"; customer = \"customer\"; document = \"document\"; amount = \"amount\";\n"
    "currency = \"currency\"; issued = \"issued\"; due = \"due\"; settled = \"settled\"; cancelled = \"cancelled\";\n"
    "stage = \"stage\"; tier = \"tier\"; opening_grade = \"grade\"; customer_name = \"name\"; };\n"
    "dates = [ \"YYYY-MM-DD\", \"YYYY年M月D日\" ];\n"
    "branches = { prefix = \"B\"; codes = [ \"SH=B11\" ]; };\n"
    "values = { cancelled = [ \"作废\" ]; green = [ \"绿名单\" ]; };\n";

enum cell { BRANCH, CUSTOMER, DOCUMENT, AMOUNT, CURRENCY, ISSUED, DUE, SETTLED, CANCELLED, STAGE, TIER, GRADE, NAME };
static const char *const good[] = {"12", "007", "0000611365", "1,234.50", "cny", "2013-01-02", "2013年2月1日",
                                   NULL, NULL,  NULL,         NULL,       NULL,  "上海"};
static const char *const names[] = {"branch",  "customer",  "document", "amount", "currency", "issued", "due",
                                    "settled", "cancelled", "stage",    "tier",   "grade",    "name"};

/* The good row with one or two cells changed; NULL: refused. */
static Creditd__V1__TradeRow *changed(const struct mapping *mapping, struct arena *arena, struct row_fault *fault,
                                      enum cell cell, const char *text, enum cell other, const char *other_text)
{
    const char *cells[ROWS_COLUMNS_MAX] = {NULL};

    for (int c = 0; c < mapping->wanted.count; c++)
        for (size_t n = 0; n < COUNT(names); n++)
            if (strcmp(mapping->wanted.names[c], names[n]) == 0)
                cells[c] = n == cell ? text : n == other ? other_text : good[n];
    return trade_row_read(mapping, cells, arena, fault);
}

static void a_good_row_is_a_trade(void **state)
{
    struct arena *arena = arena_new(0);
    char message[400] = "";
    struct mapping *mapping = read_text(full, arena, message);
    struct row_fault fault;
    Creditd__V1__TradeRow *row;

    (void)state;
    assert_non_null(mapping);
    row = changed(mapping, arena, &fault, NAME, good[NAME], NAME, NULL);
    assert_non_null(row);
    assert_string_equal(row->branch, "B12");
    assert_null(row->region);
    assert_string_equal(row->customer, "007");
    assert_string_equal(row->customer_name, "上海");
    assert_string_equal(row->document, "0000611365");
    assert_int_equal(row->amount_minor, 123450);
    assert_string_equal(row->currency, "CNY");
    assert_string_equal(row->issued_on, "2013-01-02");
    assert_string_equal(row->due_on, "2013-02-01");
    assert_null(row->settled_on);
    assert_true(row->has_cancelled && !row->cancelled);
    assert_false(row->has_stage || row->has_opening_grade);
    row = changed(mapping, arena, &fault, SETTLED, "2013-01-15", CANCELLED, "作废");
    assert_non_null(row);
    assert_string_equal(row->settled_on, "2013-01-15");
    assert_true(row->cancelled);
    row = changed(mapping, arena, &fault, TIER, "key", GRADE, "绿名单");
    assert_non_null(row);
    assert_true(row->has_opening_grade && row->opening_grade == CREDITD__V1__GRADE__GRADE_GREEN);
    row = changed(mapping, arena, &fault, BRANCH, "SH", STAGE, "new");
    assert_non_null(row);
    assert_string_equal(row->branch, "B11");
    assert_true(row->has_stage && row->stage == CREDITD__V1__STAGE__STAGE_NEW);
    arena_free(arena);
}

static const struct bad {
    enum cell cell;
    const char *text;
    enum trade_key key;
    const char *reason;
    enum cell other;
    const char *other_text;
} bad_rows[] = {
    {BRANCH, NULL, KEY_BRANCH, "FIELD_REQUIRED", BRANCH, NULL},
    {CUSTOMER, NULL, KEY_CUSTOMER, "FIELD_REQUIRED", CUSTOMER, NULL},
    {DOCUMENT, NULL, KEY_DOCUMENT, "FIELD_REQUIRED", DOCUMENT, NULL},
    {AMOUNT, NULL, KEY_AMOUNT, "FIELD_REQUIRED", AMOUNT, NULL},
    {CURRENCY, NULL, KEY_CURRENCY, "FIELD_REQUIRED", CURRENCY, NULL},
    {ISSUED, NULL, KEY_ISSUED, "FIELD_REQUIRED", ISSUED, NULL},
    {DUE, NULL, KEY_DUE, "FIELD_REQUIRED", DUE, NULL},
    {AMOUNT, "n/a", KEY_AMOUNT, "NOT_A_NUMBER", AMOUNT, NULL},
    {AMOUNT, "1.005", KEY_AMOUNT, "TOO_MANY_DECIMALS", AMOUNT, NULL},
    {AMOUNT, "$5", KEY_AMOUNT, "OTHER_CURRENCY", AMOUNT, NULL},
    {AMOUNT, "999999999999亿", KEY_AMOUNT, "AMOUNT_TOO_LARGE", AMOUNT, NULL},
    {CURRENCY, "XYZ", KEY_CURRENCY, "UNKNOWN_CURRENCY", CURRENCY, NULL},
    {ISSUED, "2/1/2013", KEY_ISSUED, "BAD_DATE", ISSUED, NULL},
    {DUE, "2013-02-30", KEY_DUE, "BAD_DATE", DUE, NULL},
    {SETTLED, "soon", KEY_SETTLED, "BAD_DATE", SETTLED, NULL},
    {STAGE, "former", KEY_STAGE, "UNKNOWN_STAGE", STAGE, NULL},
    {TIER, "vip", KEY_TIER, "UNKNOWN_TIER", TIER, NULL},
    {GRADE, "purple", KEY_OPENING_GRADE, "UNKNOWN_GRADE", GRADE, NULL},
    {TIER, "key", KEY_OPENING_GRADE, "FIELD_REQUIRED", TIER, NULL},
    {TIER, "ordinary", KEY_OPENING_GRADE, "FIELD_INVALID", GRADE, "green"},
};

static void bad_rows_are_told(void **state)
{
    struct arena *arena = arena_new(0);
    char message[400] = "";
    struct mapping *mapping = read_text(full, arena, message);

    (void)state;
    assert_non_null(mapping);
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        const struct bad *b = &bad_rows[i];
        struct row_fault fault = {.key = KEY_COUNT};
        if (changed(mapping, arena, &fault, b->cell, b->text, b->other,
                    b->other == b->cell ? b->text : b->other_text) != NULL)
            fail_msg("row %zu", i);
        assert_int_equal(fault.key, b->key);
        assert_string_equal(fault.reason, b->reason);
        assert_true(strlen(fault.message) > 0);
    }
    arena_free(arena);
}

/* A grade for all key accounts does not make ordinary customers wrong. */
static void a_constant_grade_is_for_key_accounts(void **state)
{
    static const char text[] = COLUMNS "constants = { opening_grade = \"red\"; };\n";
    struct arena *arena = arena_new(0);
    char message[400] = "", tiered[sizeof text + 32];
    const char *cells[ROWS_COLUMNS_MAX] = {"B1", "1", "2", "3", "CNY", "2013-01-02", "2013-01-02", "ordinary"};
    struct mapping *mapping = read_text(text, arena, message);
    struct row_fault fault;
    Creditd__V1__TradeRow *row;

    (void)state;
    assert_non_null(mapping);
    row = trade_row_read(mapping, cells, arena, &fault);
    assert_true(row != NULL && row->has_opening_grade);
    snprintf(tiered, sizeof tiered, "columns = { tier = \"t\"; %s", text + strlen("columns = {"));
    mapping = read_text(tiered, arena, message);
    assert_non_null(mapping);
    row = trade_row_read(mapping, cells, arena, &fault);
    assert_true(row != NULL && !row->has_opening_grade);
    cells[mapping->place[KEY_TIER]] = "key";
    row = trade_row_read(mapping, cells, arena, &fault);
    assert_true(row != NULL && row->has_opening_grade && row->opening_grade == CREDITD__V1__GRADE__GRADE_RED);
    arena_free(arena);
}

static void fields_of_the_server_are_keys(void **state)
{
    (void)state;
    assert_int_equal(trade_row_key("due"), KEY_DUE);
    assert_int_equal(trade_row_key("due_on"), KEY_DUE);
    assert_int_equal(trade_row_key("amount_minor"), KEY_AMOUNT);
    assert_int_equal(trade_row_key("customer"), KEY_CUSTOMER);
    assert_int_equal(trade_row_key("customer_name"), KEY_CUSTOMER_NAME);
    assert_int_equal(trade_row_key("nothing"), KEY_COUNT);
    assert_int_equal(trade_row_key(NULL), KEY_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(a_currency_must_exist),
        cmocka_unit_test(the_example_is_read),
        cmocka_unit_test(a_good_row_is_a_trade),
        cmocka_unit_test(bad_rows_are_told),
        cmocka_unit_test(a_constant_grade_is_for_key_accounts),
        cmocka_unit_test(fields_of_the_server_are_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
