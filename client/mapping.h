/* The mapping of a file of trades: which of its columns is what, what holds for all rows, how dates and words are
 * written. A libconfig text; deploy/mapping.cfg shows and explains every key. */
#ifndef CREDITD_CLIENT_MAPPING_H
#define CREDITD_CLIENT_MAPPING_H

#include <stdbool.h>

#include "client/dates.h"
#include "client/rows.h"
#include "common/arena.h"

#define MAPPING_CODES_MAX 1000 /* of units */
#define MAPPING_WORDS_MAX 16   /* that stand for one */

/* What a row of a trade can have. */
enum trade_key {
    KEY_BRANCH,
    KEY_REGION,
    KEY_CUSTOMER,
    KEY_CUSTOMER_NAME,
    KEY_DOCUMENT,
    KEY_AMOUNT,
    KEY_CURRENCY,
    KEY_ISSUED,
    KEY_DUE,
    KEY_SETTLED,
    KEY_CANCELLED,
    KEY_STAGE,
    KEY_TIER,
    KEY_OPENING_GRADE,
    KEY_COUNT
};
extern const char *const trade_keys[KEY_COUNT]; /* their names in the mapping */

/* Codes of units: those of the file and ours. */
struct mapping_units {
    const char *prefix;                   /* before a code that is not listed; "" */
    const char *codes[MAPPING_CODES_MAX]; /* "FROM=TO" */
    int count;
};
/* Texts that stand for a word. */
struct mapping_words {
    const char *texts[MAPPING_WORDS_MAX];
    int count;
};
enum mapping_word {
    WORD_CANCELLED,
    WORD_KEY,
    WORD_ORDINARY,
    WORD_GREEN,
    WORD_YELLOW,
    WORD_RED,
    WORD_BLACK,
    WORD_POTENTIAL,
    WORD_NEW,
    WORD_EXISTING,
    WORD_COUNT
};

struct mapping {
    enum rows_format format;
    bool create_customers;
    const char *columns[KEY_COUNT];   /* of the file; NULL: none */
    const char *constants[KEY_COUNT]; /* for all rows, as far as there is no column; NULL: none */
    const char *dates[DATES_FORMATS_MAX];
    int date_count;
    struct mapping_units branches, regions;
    struct mapping_words words[WORD_COUNT];
    /* made of the above: the columns that are looked for, and which of them each key is, -1: none */
    struct rows_columns wanted;
    int place[KEY_COUNT];
};

/* Reads the text of a mapping. `name` stands in the message: "NAME:LINE: key: what is wrong". All texts come from the
 * arena. NULL: see the message. */
struct mapping *mapping_read(const char *name, const char *text, struct arena *arena, char *message,
                             size_t message_bytes);
/* The unit of ours that a code of the file stands for. */
const char *mapping_unit(const struct mapping_units *units, const char *code, struct arena *arena);
/* The number of a word of a closed list: by its name, or by a text of the mapping; words[first] and those that follow
 * are those of the list, from number 1 on. -1: none. */
int mapping_word(const struct mapping *mapping, const char *text, const struct word *list, enum mapping_word first);
/* Does the text say that the trade is cancelled? */
bool mapping_is_cancelled(const struct mapping *mapping, const char *text);

#endif
