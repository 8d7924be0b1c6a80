/* Settings: a strict reader of libconfig texts into a struct, driven by a table of keys. An unknown key, a wrong type
 * and a value out of range are errors; each names the text, the line and the key: "NAME:LINE: key: what is wrong".
 *
 *     static const struct setting table[] = {
 *         SETTING_INT("clocks.verify_days", struct policy, verify_days, 1, 365),   ... a required number
 *         SETTING_OPTIONAL(SETTING_TEXT("listen", struct config, listen, 1, 255)), ... or what *target holds already
 *         SETTING_END};
 *
 * Defaults are what the caller has put into the struct before settings_fill(). "@include" is refused: a text stands
 * for itself. */
#ifndef CREDITD_COMMON_SETTINGS_H
#define CREDITD_COMMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/vocabulary.h"

enum setting_type {
    SETTING_TYPE_INT,   /* whole number from min to max; target: an int of 4 or 8 bytes */
    SETTING_TYPE_BOOL,  /* true or false; target: bool */
    SETTING_TYPE_TEXT,  /* clean UTF-8 in one line of min to max characters; target: const char * */
    SETTING_TYPE_TEXTS, /* list of min to max different, not blank texts; target: array of max const char *, and count */
    SETTING_TYPE_WORD   /* one of `words`; target: an int or enum, its number */
};

struct setting {
    const char *key; /* dotted path of groups */
    enum setting_type type;
    bool optional;
    int64_t min, max;
    const struct word *words;
    size_t offset, size;  /* of the target; size of one element for TEXTS */
    size_t count_offset;  /* TEXTS: of the int that takes the number of texts */
};

#define SETTING_MEMBER(type_, member) .offset = offsetof(type_, member), .size = sizeof(((type_ *)0)->member)
/* Each takes: the key, the type of the struct, its member, and the bounds. */
#define SETTING_INT(key_, type_, member, min_, max_)                                                                   \
    {.key = (key_), .type = SETTING_TYPE_INT, .min = (min_), .max = (max_), SETTING_MEMBER(type_, member)}
#define SETTING_BOOL(key_, type_, member) {.key = (key_), .type = SETTING_TYPE_BOOL, SETTING_MEMBER(type_, member)}
#define SETTING_TEXT(key_, type_, member, min_, max_)                                                                  \
    {.key = (key_), .type = SETTING_TYPE_TEXT, .min = (min_), .max = (max_), SETTING_MEMBER(type_, member)}
#define SETTING_TEXTS(key_, type_, member, count_member, min_, max_)                                                   \
    {.key = (key_),                                                                                                    \
     .type = SETTING_TYPE_TEXTS,                                                                                       \
     .min = (min_),                                                                                                    \
     .max = (max_),                                                                                                    \
     .count_offset = offsetof(type_, count_member),                                                                    \
     SETTING_MEMBER(type_, member)}
#define SETTING_WORD(key_, type_, member, words_)                                                                      \
    {.key = (key_), .type = SETTING_TYPE_WORD, .words = (words_), SETTING_MEMBER(type_, member)}
