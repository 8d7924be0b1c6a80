/* Cells into fields of a trade. */
#include "client/trade_row.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/amount.h"
#include "client/text.h"
#include "client/unicode.h"
#include "common/money.h"

/* One row while it is read. */
struct reading {
    const struct mapping *mapping;
    const char *const *cells;
    struct arena *arena;
    struct row_fault *fault;
};

static bool refuse(const struct reading *r, enum trade_key key, const char *reason, const char *message)
{
    *r->fault = (struct row_fault){key, reason, message};
    return false;
}

/* What stands in the row for a key: its cell, or the constant; NULL: nothing. */
static const char *text_of(const struct reading *r, enum trade_key key)
{
    int place = r->mapping->place[key];

    return place >= 0 ? r->cells[place] : r->mapping->constants[key];
}

static bool need(const struct reading *r, enum trade_key key, const char **out)
{
    *out = text_of(r, key);
    return *out != NULL || refuse(r, key, "FIELD_REQUIRED", _("a value is missing"));
}

static char *unit_of(const struct reading *r, enum trade_key key, const struct mapping_units *units)
{
    const char *text = text_of(r, key);

    /* A constant is a unit of ours already. */
    if (text != NULL && r->mapping->place[key] >= 0)
        text = mapping_unit(units, text, r->arena);
    return arena_strdup(r->arena, text);
}

/* The code in capitals and plain characters. */
static bool take_currency(const struct reading *r, char **out)
{
    const char *text;
    char *plain;

    if (!need(r, KEY_CURRENCY, &text))
        return false;
    plain = unicode_plain(text);
    *out = arena_strdup(r->arena, plain);
    free(plain);
    for (char *c = *out; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return money_exponent(*out) >= 0 ||
           refuse(r, KEY_CURRENCY, "UNKNOWN_CURRENCY", _("this is no currency of ISO 4217"));
}

static bool take_amount(const struct reading *r, const char *currency, int64_t *out)
{
    const char *text;
    enum amount_result result;

    if (!need(r, KEY_AMOUNT, &text))
        return false;
    result = amount_read(text, currency, out);
    return result == AMOUNT_OK || refuse(r, KEY_AMOUNT, amount_reason(result), _(amount_error(result)));
}

static bool take_date(const struct reading *r, enum trade_key key, bool needed, char **out)
{
    const char *text = text_of(r, key);
    char formatted[CIVIL_TEXT_BYTES];
    civil_date date;

    *out = NULL;
    if (text == NULL)
        return !needed || need(r, key, &text);
    switch (date_read(text, r->mapping->dates, r->mapping->date_count, &date)) {
    case DATE_NO_FORMAT:
        return refuse(r, key, "BAD_DATE", _("this is no date in a format of the mapping"));
    case DATE_AMBIGUOUS:
        return refuse(r, key, "BAD_DATE", _("formats of the mapping read different dates in it"));
    case DATE_OK:
        break;
    }
    civil_format(date, formatted);
    *out = arena_strdup(r->arena, formatted);
    return true;
}

static bool take_word(const struct reading *r, enum trade_key key, const struct word *list, enum mapping_word first,
                      const char *reason, int *out)
{
    const char *text = text_of(r, key);

    *out = text == NULL ? 0 : mapping_word(r->mapping, text, list, first);
    return *out >= 0 || refuse(r, key, reason, arena_printf(r->arena, _("%s is not a known word"), text));
}

/* The opening grade: a key account has one, an ordinary customer has none; a constant is that of the key accounts. */
static bool take_grade(const struct reading *r, int *grade)
{
    int tier;

    if (!take_word(r, KEY_TIER, words_tier, WORD_KEY, "UNKNOWN_TIER", &tier) ||
        !take_word(r, KEY_OPENING_GRADE, words_grade, WORD_GREEN, "UNKNOWN_GRADE", grade))
        return false;
    if (tier == TIER_KEY && *grade == 0)
        return refuse(r, KEY_OPENING_GRADE, "FIELD_REQUIRED", _("a key account needs a grade"));
    if (tier == TIER_ORDINARY && r->mapping->place[KEY_OPENING_GRADE] < 0)
        *grade = 0;
    return tier != TIER_ORDINARY || *grade == 0 ||
           refuse(r, KEY_OPENING_GRADE, "FIELD_INVALID", _("an ordinary customer has no grade"));
}

static bool take_customer(const struct reading *r, Creditd__V1__TradeRow *out)
{
    const char *text;
    int stage, grade;

    if (!need(r, KEY_BRANCH, &text) || !need(r, KEY_CUSTOMER, &text))
        return false;
    out->customer = arena_strdup(r->arena, text);
    out->customer_name = arena_strdup(r->arena, text_of(r, KEY_CUSTOMER_NAME));
    out->branch = unit_of(r, KEY_BRANCH, &r->mapping->branches);
    out->region = unit_of(r, KEY_REGION, &r->mapping->regions);
    if (!take_word(r, KEY_STAGE, words_stage, WORD_POTENTIAL, "UNKNOWN_STAGE", &stage) || !take_grade(r, &grade))
        return false;
    out->has_stage = stage != 0;
    out->stage = stage != 0 ? (Creditd__V1__Stage)stage : CREDITD__V1__STAGE__STAGE_EXISTING;
    out->has_opening_grade = grade != 0;
    out->opening_grade = grade != 0 ? (Creditd__V1__Grade)grade : CREDITD__V1__GRADE__GRADE_GREEN;
    return true;
}

static bool take_trade(const struct reading *r, Creditd__V1__TradeRow *out)
{
    const char *text;

    if (!need(r, KEY_DOCUMENT, &text))
        return false;
    out->document = arena_strdup(r->arena, text);
    out->has_amount_minor = true;
    out->has_cancelled = r->mapping->place[KEY_CANCELLED] >= 0;
    out->cancelled = mapping_is_cancelled(r->mapping, text_of(r, KEY_CANCELLED));
    return take_currency(r, &out->currency) && take_amount(r, out->currency, &out->amount_minor) &&
           take_date(r, KEY_ISSUED, true, &out->issued_on) && take_date(r, KEY_DUE, true, &out->due_on) &&
           take_date(r, KEY_SETTLED, false, &out->settled_on);
}

Creditd__V1__TradeRow *trade_row_read(const struct mapping *mapping, const char *const *cells, struct arena *arena,
                                      struct row_fault *fault)
{
    const struct reading r = {mapping, cells, arena, fault};
    Creditd__V1__TradeRow *out = ARENA_NEW(arena, Creditd__V1__TradeRow);

    creditd__v1__trade_row__init(out);
    return take_customer(&r, out) && take_trade(&r, out) ? out : NULL;
}

enum trade_key trade_row_key(const char *field)
{
    static const struct {
        const char *field;
        enum trade_key key;
    } others[] = {
        {"amount_minor", KEY_AMOUNT}, {"issued_on", KEY_ISSUED}, {"due_on", KEY_DUE}, {"settled_on", KEY_SETTLED}};
    int key = 0;

    if (field == NULL)
        return KEY_COUNT;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i].field, field) == 0)
            return others[i].key;
    while (key < KEY_COUNT && strcmp(trade_keys[key], field) != 0)
        key++;
    return (enum trade_key)key;
}
