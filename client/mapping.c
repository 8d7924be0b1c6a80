/* Reading and judging mappings. */
#include "client/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "client/unicode.h"
#include "common/money.h"
#include "common/settings.h"
#include "common/text.h"

#define NAME_MAX_CHARACTERS 200

const char *const trade_keys[KEY_COUNT] = {"branch",    "region",   "customer", "customer_name", "document",
                                           "amount",    "currency", "issued",   "due",           "settled",
                                           "cancelled", "stage",    "tier",     "opening_grade"};
static const bool needed[KEY_COUNT] = {
    [KEY_BRANCH] = true,   [KEY_CUSTOMER] = true, [KEY_DOCUMENT] = true, [KEY_AMOUNT] = true,
    [KEY_CURRENCY] = true, [KEY_ISSUED] = true,   [KEY_DUE] = true};

#define COLUMN(name, key)                                                                                              \
    {                                                                                                                  \
        SETTING_TEXT("columns." name, struct mapping, columns[key], 1, NAME_MAX_CHARACTERS), .optional = true          \
    }
#define CONSTANT(name, key)                                                                                            \
    {                                                                                                                  \
        SETTING_TEXT("constants." name, struct mapping, constants[key], 1, NAME_MAX_CHARACTERS), .optional = true      \
    }
#define WORDS(name, word)                                                                                              \
    {                                                                                                                  \
        SETTING_TEXTS("values." name, struct mapping, words[word].texts, words[word].count, 0, MAPPING_WORDS_MAX),     \
            .optional = true                                                                                           \
    }
#define UNITS(name)                                                                                                    \
    {SETTING_TEXT(#name ".prefix", struct mapping, name.prefix, 0, NAME_MAX_CHARACTERS), .optional = true},            \
    {                                                                                                                  \
        SETTING_TEXTS(#name ".codes", struct mapping, name.codes, name.count, 0, MAPPING_CODES_MAX), .optional = true  \
    }

/* Constants are those that can be the same in all rows. */
static const struct setting table[] = {
    {SETTING_WORD("format", struct mapping, format, words_rows_format), .optional = true},
    {SETTING_BOOL("create_customers", struct mapping, create_customers), .optional = true},
    COLUMN("branch", KEY_BRANCH),
    COLUMN("region", KEY_REGION),
    COLUMN("customer", KEY_CUSTOMER),
    COLUMN("customer_name", KEY_CUSTOMER_NAME),
    COLUMN("document", KEY_DOCUMENT),
    COLUMN("amount", KEY_AMOUNT),
    COLUMN("currency", KEY_CURRENCY),
    COLUMN("issued", KEY_ISSUED),
    COLUMN("due", KEY_DUE),
    COLUMN("settled", KEY_SETTLED),
    COLUMN("cancelled", KEY_CANCELLED),
    COLUMN("stage", KEY_STAGE),
    COLUMN("tier", KEY_TIER),
    COLUMN("opening_grade", KEY_OPENING_GRADE),
    CONSTANT("branch", KEY_BRANCH),
    CONSTANT("region", KEY_REGION),
    CONSTANT("customer", KEY_CUSTOMER),
    CONSTANT("customer_name", KEY_CUSTOMER_NAME),
    CONSTANT("currency", KEY_CURRENCY),
    CONSTANT("stage", KEY_STAGE),
    CONSTANT("tier", KEY_TIER),
    CONSTANT("opening_grade", KEY_OPENING_GRADE),
    {SETTING_TEXTS("dates", struct mapping, dates, date_count, 1, DATES_FORMATS_MAX), .optional = true},
    UNITS(branches),
    UNITS(regions),
    WORDS("cancelled", WORD_CANCELLED),
    WORDS("key", WORD_KEY),
    WORDS("ordinary", WORD_ORDINARY),
    WORDS("green", WORD_GREEN),
    WORDS("yellow", WORD_YELLOW),
    WORDS("red", WORD_RED),
    WORDS("black", WORD_BLACK),
    WORDS("potential", WORD_POTENTIAL),
    WORDS("new", WORD_NEW),
    WORDS("existing", WORD_EXISTING),
    {0}};

/* ---- words ---- */

static bool has_text(const struct mapping_words *words, const char *text)
{
    for (int i = 0; i < words->count; i++)
        if (strcmp(words->texts[i], text) == 0)
            return true;
    return false;
}

int mapping_word(const struct mapping *mapping, const char *text, const struct word *list, enum mapping_word first)
{
    for (const struct word *w = list; w->name != NULL; w++)
        if (strcmp(w->name, text) == 0 || has_text(&mapping->words[(int)first + w->number - 1], text))
            return w->number;
    return -1;
}

bool mapping_is_cancelled(const struct mapping *mapping, const char *text)
{
    const struct mapping_words *words = &mapping->words[WORD_CANCELLED];

    return text != NULL && (words->count == 0 ? strcmp(text, "true") == 0 : has_text(words, text));
}

const char *mapping_unit(const struct mapping_units *units, const char *code, struct arena *arena)
{
    size_t length = strlen(code);

    for (int i = 0; i < units->count; i++)
        if (strncmp(units->codes[i], code, length) == 0 && units->codes[i][length] == '=')
            return units->codes[i] + length + 1;
    return units->prefix[0] == '\0' ? code : arena_printf(arena, "%s%s", units->prefix, code);
}

/* ---- rules between keys ---- */

static bool check_keys(struct settings *settings, const struct mapping *m)
{
    for (int k = 0; k < KEY_COUNT; k++) {
        char key[64];
        snprintf(key, sizeof key, "%s.%s", m->constants[k] == NULL ? "columns" : "constants", trade_keys[k]);
        if (m->columns[k] != NULL && m->constants[k] != NULL)
            return settings_refuse(settings, key, _("a column is given for it; one of the two must go"));
        if (needed[k] && m->columns[k] == NULL && m->constants[k] == NULL)
            return settings_refuse(settings, key, _("is required: name the column of the file"));
    }
    return true;
}

static bool check_dates(struct settings *settings, struct mapping *m, struct arena *arena)
{
    for (int i = 0; i < m->date_count; i++) {
        char *plain = unicode_plain(m->dates[i]);
        const char *fault = date_format_fault(plain);
        if (fault == NULL)
            m->dates[i] = arena_strdup(arena, plain);
        free(plain);
        if (fault != NULL)
            return settings_refuse(settings, "dates", "\"%s\": %s", m->dates[i], _(fault));
    }
    return true;
}

static bool check_units(struct settings *settings, const struct mapping_units *units, const char *key)
{
    for (int i = 0; i < units->count; i++) {
        const char *entry = units->codes[i], *equals = strchr(entry, '=');
        if (equals == NULL || equals == entry || text_is_blank(equals + 1))
            return settings_refuse(settings, key, _("\"%s\" is not \"CODE OF THE FILE=UNIT\""), entry);
        for (int k = 0; k < i; k++)
            if (strncmp(units->codes[k], entry, (size_t)(equals - entry) + 1) == 0)
                return settings_refuse(settings, key, _("%.*s stands there twice"), (int)(equals - entry), entry);
    }
    return true;
}

static bool check_word(struct settings *settings, const struct mapping *m, enum trade_key key, const struct word *list,
                       enum mapping_word first)
{
    char name[64];

    if (m->constants[key] == NULL || mapping_word(m, m->constants[key], list, first) > 0)
        return true;
    snprintf(name, sizeof name, "constants.%s", trade_keys[key]);
    return settings_refuse(settings, name, _("%s is not a known word"), m->constants[key]);
}

/* A key account has a grade from the start, an ordinary customer has none. */
static bool check_tier(struct settings *settings, const struct mapping *m)
{
    const char *tier = m->constants[KEY_TIER];
    bool graded = m->columns[KEY_OPENING_GRADE] != NULL || m->constants[KEY_OPENING_GRADE] != NULL;
    int number = tier == NULL ? 0 : mapping_word(m, tier, words_tier, WORD_KEY);

    if (number == TIER_KEY && !graded)
        return settings_refuse(settings, "constants.tier",
                               _("key accounts need an opening_grade, as a column or as a constant"));
    if (number == TIER_ORDINARY && graded)
        return settings_refuse(settings, "constants.tier", _("ordinary customers have no opening_grade"));
    return true;
}

static bool check(struct settings *settings, struct mapping *m, struct arena *arena)
{
    if (!check_keys(settings, m) || !check_dates(settings, m, arena) ||
        !check_units(settings, &m->branches, "branches.codes") ||
        !check_units(settings, &m->regions, "regions.codes") ||
        !check_word(settings, m, KEY_STAGE, words_stage, WORD_POTENTIAL) ||
        !check_word(settings, m, KEY_TIER, words_tier, WORD_KEY) ||
        !check_word(settings, m, KEY_OPENING_GRADE, words_grade, WORD_GREEN) || !check_tier(settings, m))
        return false;
    if (m->constants[KEY_CURRENCY] != NULL && money_exponent(m->constants[KEY_CURRENCY]) < 0)
        return settings_refuse(settings, "constants.currency", _("this is no currency of ISO 4217"));
    return true;
}

/* ---- reading ---- */

static void want_columns(struct mapping *m)
{
    for (int k = 0; k < KEY_COUNT; k++) {
        m->place[k] = -1;
        if (m->columns[k] == NULL)
            continue;
        m->place[k] = m->wanted.count;
        m->wanted.names[m->wanted.count] = m->columns[k];
        m->wanted.needed[m->wanted.count++] = true;
    }
}

struct mapping *mapping_read(const char *name, const char *text, struct arena *arena, char *message,
                             size_t message_bytes)
{
    static const char any_date[] = "YYYY-MM-DD";
    struct mapping *m = ARENA_NEW(arena, struct mapping);
    struct settings *settings = settings_parse(name, text, message, message_bytes);
    bool ok;

    if (settings == NULL)
        return NULL;
    m->branches.prefix = m->regions.prefix = "";
    m->dates[0] = any_date;
    m->date_count = 1;
    ok = settings_fill(settings, table, arena, m) && check(settings, m, arena);
    settings_free(settings);
    if (!ok)
        return NULL;
    want_columns(m);
    return m;
}
