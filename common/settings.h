/* Settings: a strict reader of libconfig texts into a struct, driven by a table of keys. An unknown key, a wrong type
 * and a value out of bounds are errors; each names the text, the line and the key: "NAME:LINE: key: what is wrong".
 *
 *     static const struct setting table[] = {
 *         {SETTING_INT("clocks.verify_days", struct policy, verify_days, 1, 365)},
 *         {SETTING_TEXT("listen", struct config, listen, 1, 255), .optional = true},
 *         {0}};
 *
 * What is optional and absent leaves the target as it is: defaults are what the caller has put into the struct. A key
 * in a group of a list is printed as "volume.bands[2].from", counted from 1.
 * "@include" is refused, a text stands for itself. */
#ifndef CREDITD_COMMON_SETTINGS_H
#define CREDITD_COMMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/vocabulary.h"

enum setting_type {
    SETTING_TYPE_INT,     /* decimal whole number from min to max; target: an int of 4 or 8 bytes */
    SETTING_TYPE_BOOL,    /* true or false; target: bool */
    SETTING_TYPE_TEXT,    /* one line of min to max characters; target: const char *, from the arena */
    SETTING_TYPE_TEXTS,   /* min to max different texts, none blank; targets: const char *[max], and their number */
    SETTING_TYPE_WORD,    /* one of `words`; target: an int or enum that takes its number */
    SETTING_TYPE_DATE,    /* "2026-11-23"; target: civil_date */
    SETTING_TYPE_DECIMAL, /* "7.25", with at most `decimals`; bounds and target, an int64_t, in units of the last one */
    SETTING_TYPE_GROUPS /* ( { ... }, ... ): min to max groups, each with the keys of the table `elements`; targets: an
                         * array of structs of element_size, and their number */
};

struct setting {
    const char *key; /* dotted path of groups; NULL ends the table */
    enum setting_type type;
    bool optional;
    bool with_group; /* required when the group it stands in is there, which is optional */
    int64_t min, max;
    const struct word *words;
    size_t offset, size; /* of the target in the struct */
    size_t count_offset; /* TEXTS, GROUPS: of the int for their number */
    int decimals;
    const struct setting *elements; /* keys and targets in a struct of the array */
    size_t element_size;
};

#define SETTING_TARGET(type_, member) .offset = offsetof(type_, member), .size = sizeof(((type_ *)0)->member)
/* The fields of a row: the key, the type of the struct, the member that is the target, and the bounds. */
#define SETTING_INT(key_, type_, member, min_, max_)                                                                   \
    .key = (key_), .type = SETTING_TYPE_INT, .min = (min_), .max = (max_), SETTING_TARGET(type_, member)
#define SETTING_BOOL(key_, type_, member) .key = (key_), .type = SETTING_TYPE_BOOL, SETTING_TARGET(type_, member)
#define SETTING_TEXT(key_, type_, member, min_, max_)                                                                  \
    .key = (key_), .type = SETTING_TYPE_TEXT, .min = (min_), .max = (max_), SETTING_TARGET(type_, member)
#define SETTING_TEXTS(key_, type_, member, count_member, min_, max_)                                                   \
    .key = (key_), .type = SETTING_TYPE_TEXTS, .min = (min_), .max = (max_), SETTING_TARGET(type_, member),            \
    .count_offset = offsetof(type_, count_member)
#define SETTING_WORD(key_, type_, member, words_)                                                                      \
    .key = (key_), .type = SETTING_TYPE_WORD, .words = (words_), SETTING_TARGET(type_, member)
#define SETTING_DATE(key_, type_, member) .key = (key_), .type = SETTING_TYPE_DATE, SETTING_TARGET(type_, member)
#define SETTING_DECIMAL(key_, type_, member, decimals_, min_, max_)                                                    \
    .key = (key_), .type = SETTING_TYPE_DECIMAL, .decimals = (decimals_), .min = (min_), .max = (max_),                \
    SETTING_TARGET(type_, member)
#define SETTING_GROUPS(key_, type_, member, count_member, elements_, min_, max_)                                       \
    .key = (key_), .type = SETTING_TYPE_GROUPS, .min = (min_), .max = (max_), SETTING_TARGET(type_, member),           \
    .count_offset = offsetof(type_, count_member), .elements = (elements_),                                            \
    .element_size = sizeof(((type_ *)0)->member[0])

struct settings;

/* Reads the syntax of a text. `name` stands in messages; `name`, `table` and `message` must outlive the result, which
 * settings_free() frees. NULL: `message` says why. */
struct settings *settings_parse(const char *name, const char *text, char *message, size_t message_bytes);
void settings_free(struct settings *settings);
/* Checks the whole text against the table and fills *target; texts come from `arena`. False: the first error stands in
 * the message, and *target may be filled in part. */
bool settings_fill(struct settings *settings, const struct setting *table, struct arena *arena, void *target);
/* Calls `visit` for each value of the text in its order: key as in messages, value as text, and whether it is a text in
 * quotes. False: a key is too long, and the message says so. */
bool settings_walk(struct settings *settings, void (*visit)(void *arg, const char *key, const char *value, bool quoted),
                   void *arg);
/* An error found by the caller, for rules between keys: writes the message with the key's line; the key is written as
 * in messages. Always false. */
bool settings_refuse(struct settings *settings, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The whole of a file as text from `arena`; NULL with message ("PATH: what") when it cannot be read, holds a NUL or is
 * larger than 1 MiB. */
char *settings_read_file(const char *path, struct arena *arena, char *message, size_t message_bytes);

#endif
