/* Settings: walks what libconfig has parsed twice, once over the text for keys that the table does not have, once over
 * the table for values. */
#include "common/settings.h"

#include <ctype.h>
#include <errno.h>
#include <libconfig.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/civil.h"
#include "common/money.h"
#include "common/text.h"

#define KEY_BYTES      128
#define FILE_MAX_BYTES ((size_t)1024 * 1024)
/* What libconfig 1.5 would need long for: it compares each name with all others of its group. */
#define NAMES_MAX 3000
#define DEPTH_MAX 16

struct settings {
    config_t config;
    const char *name;
    char *message;
    size_t message_bytes;
};

/* A message that was cut may end within a character. */
static void end_at_character(char *text)
{
    size_t length = strlen(text);
    for (int i = 0; i < 3 && length > 0 && !text_is_utf8(text, length); i++) {
        text[--length] = '\0';
    }
}

static bool __attribute__((format(printf, 4, 5)))
refuse_at(struct settings *settings, unsigned line, const char *key, const char *format, ...)
{
    char what[384];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    /* Values from the text may stand in `what`; the message stays one line. */
    for (char *at = what; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = ' ';
        }
    }
    snprintf(settings->message, settings->message_bytes, "%s:%u: %s%s%s", settings->name, line, key,
             key[0] == '\0' ? "" : ": ", what);
    end_at_character(settings->message);
    return false;
}

/* The setting of a key as messages print it, where the second group of a list is "[2]"; NULL: there is none. */
static const config_setting_t *find_printed(const struct settings *settings, const char *key)
{
    char path[2 * KEY_BYTES];
    size_t used = 0;
    while (*key != '\0') {
        CHECK(used + 16 < sizeof path);
        if (*key != '[') {
            path[used++] = *key++;
            continue;
        }
        char *end;
        long place = strtol(key + 1, &end, 10);
        CHECK(*end == ']' && place > 0);
        used += (size_t)snprintf(path + used, sizeof path - used, ".[%ld]", place - 1);
        key = end + 1;
    }
    path[used] = '\0';
    return config_lookup(&settings->config, path);
}

/* Line of the setting, or of the innermost group of its path that there is, or 1. */
static unsigned line_of(const struct settings *settings, const char *key)
{
    char path[KEY_BYTES];
    CHECK(strlen(key) < sizeof path);
    snprintf(path, sizeof path, "%s", key);
    for (;;) {
        const config_setting_t *found = find_printed(settings, path);
        if (found != NULL) {
            return found->line;
        }
        char *dot = strrchr(path, '.');
        if (dot == NULL) {
            return 1;
        }
        *dot = '\0';
    }
}

bool settings_refuse(struct settings *settings, const char *key, const char *format, ...)
{
    char what[384];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return refuse_at(settings, line_of(settings, key), key, "%s", what);
}

/* Length of the token at `at`: a string, a comment, a name, a number, or one other character. */
static size_t token_length(const char *at)
{
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_*-";
    const char *end;
    if (*at == '"') {
        for (end = at + 1; *end != '\0' && *end != '"'; end++) {
            end += end[0] == '\\' && end[1] != '\0';
        }
        return (size_t)(end - at) + (*end == '"');
    }
    if (*at == '#' || strncmp(at, "//", 2) == 0) {
        return strcspn(at, "\n");
    }
    if (strncmp(at, "/*", 2) == 0) {
        end = strstr(at + 2, "*/");
        return end == NULL ? strlen(at) : (size_t)(end - at) + 2;
    }
    size_t length = strspn(at, isalpha((unsigned char)*at) || *at == '*' ? name : "+-.0123456789abcdefxABCDEFXL");
    return length == 0 ? 1 : length;
}

static bool is_decimal(const char *token, size_t length)
{
    size_t sign = *token == '+' || *token == '-';
    return length > sign && strspn(token + sign, "0123456789") >= length - sign;
}

/* What has been seen of a text. */
struct scan {
    char before; /* first character of the last token that is no comment */
    int names, depth;
};

static bool is_comment(const char *token)
{
    return *token == '#' || strncmp(token, "//", 2) == 0 || strncmp(token, "/*", 2) == 0;
}

/* What libconfig takes and we do not: other files, a comment that swallows the rest of the text, a text where no value
 * can stand (libconfig 1.5 does not free it), and more than a file of settings has. */
static const char *token_fault(const struct scan *scan, const char *token, size_t length)
{
    bool closed = length >= 4 && strncmp(token + length - 2, "*/", 2) == 0;
    if (*token == '@') {
        return "@include is not allowed";
    }
    if (strncmp(token, "/*", 2) == 0 && !closed) {
        return "this comment is not closed";
    }
    if (*token == '"' && (scan->before == '\0' || strchr("=:([,\"", scan->before) == NULL)) {
        return "a text stands where no value can stand";
    }
    if (scan->names > NAMES_MAX) {
        return "there are too many names";
    }
    return scan->depth > DEPTH_MAX ? "groups and lists stand in one another too deeply" : NULL;
}

static void scan_token(struct scan *scan, const char *token)
{
    if (is_comment(token) || isspace((unsigned char)*token)) {
        return;
    }
    scan->before = *token;
    scan->names += isalpha((unsigned char)*token) != 0 || *token == '*';
    scan->depth +=
        (*token == '{' || *token == '(' || *token == '[') - (*token == '}' || *token == ')' || *token == ']');
}

/* A copy of the text with an L after every whole number: libconfig 1.5 cuts what has none silently to 32 bits, so that
 * 4294967299 would be 3. Line numbers stay. NULL with message for what is not allowed. */
static char *widen_numbers(struct settings *settings, const char *text)
{
    /* A number and its end take two bytes at least; each becomes one longer. */
    char *wide = xcalloc(2, strlen(text) + 1);
    char *out = wide;
    unsigned line = 1;
    struct scan scan = {0};
    while (*text != '\0') {
        size_t length = token_length(text);
        const char *fault = token_fault(&scan, text, length);
        if (fault != NULL) {
            refuse_at(settings, line, "", "%s", fault);
            free(wide);
            return NULL;
        }
        scan_token(&scan, text);
        memcpy(out, text, length);
        out += length;
        if (is_decimal(text, length)) {
            *out++ = 'L';
        }
        for (; length > 0; length--) {
            line += *text++ == '\n';
        }
    }
    return wide;
}

struct settings *settings_parse(const char *name, const char *text, char *message, size_t message_bytes)
{
    struct settings *settings = xcalloc(1, sizeof *settings);
    settings->name = name;
    settings->message = message;
    settings->message_bytes = message_bytes;
    config_init(&settings->config);
    char *wide = widen_numbers(settings, text);
    bool read = wide != NULL && config_read_string(&settings->config, wide) == CONFIG_TRUE;
    if (wide != NULL && !read) {
        refuse_at(settings, (unsigned)config_error_line(&settings->config), "", "%s",
                  config_error_text(&settings->config));
    }
    free(wide);
    if (!read) {
        settings_free(settings);
        settings = NULL;
    }
    return settings;
}

/* What settings_walk() is about. */
struct walk {
    struct settings *settings;
    void (*visit)(void *arg, const char *key, const char *value, bool quoted);
    void *arg;
};

static void visit_value(const struct walk *walk, const config_setting_t *setting, const char *key)
{
    char number[32];
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_STRING:
        walk->visit(walk->arg, key, config_setting_get_string(setting), true);
        return;
    case CONFIG_TYPE_BOOL:
        walk->visit(walk->arg, key, config_setting_get_bool(setting) == CONFIG_TRUE ? "true" : "false", false);
        return;
    case CONFIG_TYPE_FLOAT:
        snprintf(number, sizeof number, "%.17g", config_setting_get_float(setting));
        break;
    default:
        snprintf(number, sizeof number, "%lld", config_setting_get_int64(setting));
    }
    walk->visit(walk->arg, key, number, false);
}

/* Depth is bounded by what settings_parse() takes. */
static bool walk_group(const struct walk *walk, const config_setting_t *group, const char *path)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(member);
        char key[2 * KEY_BYTES];
        int length = name == NULL ? snprintf(key, sizeof key, "%s[%d]", path, i + 1)
                                  : snprintf(key, sizeof key, "%s%s%s", path, path[0] == '\0' ? "" : ".", name);
        if (length < 0 || (size_t)length >= sizeof key) {
            return refuse_at(walk->settings, member->line, path, "a key in it is too long");
        }
        if (!config_setting_is_aggregate(member)) {
            visit_value(walk, member, key);
        } else if (!walk_group(walk, member, key)) {
            return false;
        }
    }
    return true;
}

bool settings_walk(struct settings *settings, void (*visit)(void *arg, const char *key, const char *value, bool quoted),
                   void *arg)
{
    const struct walk walk = {settings, visit, arg};
    return walk_group(&walk, config_root_setting(&settings->config), "");
}

void settings_free(struct settings *settings)
{
    if (settings == NULL) {
        return;
    }
    config_destroy(&settings->config);
    free(settings);
}

/* How unlike two keys are; the beginning of a key, and the right word in the wrong group, are near. */
static int unlikeness(const char *key, const char *other)
{
    const char *last = strrchr(key, '.'), *other_last = strrchr(other, '.');
    if (strncmp(key, other, strlen(key)) == 0) {
        return 1;
    }
    int whole = text_distance(key, other);
    int tail = text_distance(last == NULL ? key : last + 1, other_last == NULL ? other : other_last + 1) + 1;
    return tail < whole ? tail : whole;
}

static bool is_group_of(const char *path, const char *key)
{
    size_t length = strlen(path);
    return strncmp(key, path, length) == 0 && key[length] == '.';
}

/* The nearest group of the table (for a group) or key (for a value). */
static void find_nearest(const struct setting *table, const char *key, bool group, char nearest[KEY_BYTES])
{
    int least = INT_MAX;
    nearest[0] = '\0';
    for (; table->key != NULL; table++) {
        char candidate[KEY_BYTES];
        CHECK(strlen(table->key) < sizeof candidate);
        snprintf(candidate, sizeof candidate, "%s", table->key);
        char *dot = strrchr(candidate, '.');
        if (group && dot == NULL) {
            continue;
        }
        if (group) {
            *dot = '\0';
        }
        int distance = unlikeness(key, candidate);
        if (distance < least) {
            least = distance;
            snprintf(nearest, KEY_BYTES, "%s", candidate);
        }
    }
}

/* Where keys of a table are looked up: the whole text, or one group of a list of groups. */
struct scope {
    struct settings *settings;
    const struct setting *table;
    config_setting_t *group;
    const char *prefix; /* of keys in messages: "", or "volume.bands[2]." */
};

/* The key as messages print it, cut when it is too long for any table. */
static void print_key(const struct scope *scope, const char *key, char out[KEY_BYTES])
{
    int length = snprintf(out, KEY_BYTES, "%s%s", scope->prefix, key);
    CHECK(length >= 0);
}

static bool refuse_unknown(const struct scope *scope, const config_setting_t *found, const char *key)
{
    char nearest[KEY_BYTES], printed[KEY_BYTES], printed_nearest[KEY_BYTES];
    print_key(scope, key, printed);
    find_nearest(scope->table, key, config_setting_is_group(found), nearest);
    if (nearest[0] == '\0') {
        return refuse_at(scope->settings, found->line, printed, "unknown key");
    }
    print_key(scope, nearest, printed_nearest);
    return refuse_at(scope->settings, found->line, printed, "unknown key, the nearest is %s", printed_nearest);
}

enum known { KNOWN_NOT, KNOWN_KEY, KNOWN_GROUP };

static enum known know(const struct setting *table, const char *key)
{
    for (; table->key != NULL; table++) {
        if (strcmp(table->key, key) == 0) {
            return KNOWN_KEY;
        }
        if (is_group_of(key, table->key)) {
            return KNOWN_GROUP;
        }
    }
    return KNOWN_NOT;
}

/* Every key of the group, whose path is `path`, must be one of the table; depth is bounded by the table's paths. */
static bool check_keys(const struct scope *scope, config_setting_t *group, const char *path)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
        char key[KEY_BYTES], printed[KEY_BYTES];
        int length = snprintf(key, sizeof key, "%s%s%s", path, path[0] == '\0' ? "" : ".", member->name);
        print_key(scope, key, printed);
        if (length < 0 || (size_t)length >= sizeof key) {
            return refuse_at(scope->settings, member->line, printed, "the key is too long");
        }
        switch (know(scope->table, key)) {
        case KNOWN_KEY:
            break;
        case KNOWN_GROUP:
            if (!config_setting_is_group(member)) {
                return refuse_at(scope->settings, member->line, printed, "must be a group { ... }");
            }
            if (!check_keys(scope, member, key)) {
                return false;
            }
            break;
        case KNOWN_NOT:
            return refuse_unknown(scope, member, key);
        }
    }
    return true;
}

/* What a row of the table is filled with. */
struct value {
    struct settings *settings;
    const struct setting *row;
    const char *key; /* as messages print it */
    config_setting_t *found;
    struct arena *arena;
};

/* An error in the value, at the line of it or of its entry. */
static bool __attribute__((format(printf, 3, 4)))
refuse_value(const struct value *value, const config_setting_t *at, const char *format, ...)
{
    char what[384];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return refuse_at(value->settings, at->line, value->key, "%s", what);
}

static bool fill_int(const struct value *value, void *target)
{
    const struct setting *row = value->row;
    const config_setting_t *found = value->found;
    /* Hexadecimal and 32-bit numbers are those that widen_numbers() left alone. */
    if (config_setting_type(found) != CONFIG_TYPE_INT64 || config_setting_get_format(found) != CONFIG_FORMAT_DEFAULT) {
        return refuse_value(value, found, "must be a whole number");
    }
    /* What does not fit in 64 bits comes as the largest or smallest number, which no key allows. */
    CHECK(row->min > INT64_MIN && row->max < INT64_MAX);
    int64_t number = config_setting_get_int64(found);
    if (number < row->min || number > row->max) {
        return refuse_value(value, found, "is %lld, must be from %lld to %lld", (long long)number, (long long)row->min,
                            (long long)row->max);
    }
    if (row->size == sizeof(int64_t)) {
        memcpy(target, &number, sizeof number);
        return true;
    }
    CHECK(row->size == sizeof(int) && number >= INT_MIN && number <= INT_MAX);
    int narrow = (int)number;
    memcpy(target, &narrow, sizeof narrow);
    return true;
}

static bool fill_bool(const struct value *value, void *target)
{
    if (config_setting_type(value->found) != CONFIG_TYPE_BOOL) {
        return refuse_value(value, value->found, "must be true or false");
    }
    CHECK(value->row->size == sizeof(bool));
    *(bool *)target = config_setting_get_bool(value->found) == CONFIG_TRUE;
    return true;
}

/* The text of a setting, of the value or of an entry of its list, when it is a clean one, else NULL. */
static const char *clean_text(const struct value *value, const config_setting_t *found)
{
    const char *text = config_setting_get_string(found);
    if (text == NULL) {
        refuse_value(value, found, "must be a text in \"quotes\"");
    } else if (!text_is_clean(text, false)) {
        refuse_value(value, found, "must be UTF-8 without control characters");
        text = NULL;
    }
    return text;
}

static bool fill_text(const struct value *value, void *target)
{
    const struct setting *row = value->row;
    const char *text = clean_text(value, value->found);
    if (text == NULL) {
        return false;
    }
    int64_t length = (int64_t)text_length(text);
    if (length < row->min || length > row->max) {
        return refuse_value(value, value->found, "has %lld characters, must have from %lld to %lld", (long long)length,
                            (long long)row->min, (long long)row->max);
    }
    CHECK(row->size == sizeof(char *));
    *(const char **)target = arena_strdup(value->arena, text);
    return true;
}

/* One more text of a list; `texts` holds the `count` before it. */
static bool fill_entry(const struct value *value, const config_setting_t *entry, const char **texts, int count)
{
    const char *text = clean_text(value, entry);
    if (text == NULL) {
        return false;
    }
    if (text_is_blank(text)) {
        return refuse_value(value, entry, "entry %d is blank", count + 1);
    }
    for (int i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return refuse_value(value, entry, "\"%s\" stands twice", text);
        }
    }
    texts[count] = arena_strdup(value->arena, text);
    return true;
}

/* Entries of a list, or -1 when their number is not allowed. */
static int count_entries(const struct value *value)
{
    int count = config_setting_length(value->found);
    if (count < value->row->min || count > value->row->max) {
        refuse_value(value, value->found, "has %d entries, must have from %lld to %lld", count,
                     (long long)value->row->min, (long long)value->row->max);
        return -1;
    }
    return count;
}

static bool fill_texts(const struct value *value, char *target)
{
    const struct setting *row = value->row;
    if (!config_setting_is_array(value->found) && !config_setting_is_list(value->found)) {
        return refuse_value(value, value->found, "must be a list [ \"...\", ... ]");
    }
    int count = count_entries(value);
    if (count < 0) {
        return false;
    }
    CHECK(row->max >= 0 && row->size >= (size_t)row->max * sizeof(char *));
    const char **texts = (const char **)(void *)(target + row->offset);
    for (int i = 0; i < count; i++) {
        if (!fill_entry(value, config_setting_get_elem(value->found, (unsigned)i), texts, i)) {
            return false;
        }
    }
    memcpy(target + row->count_offset, &count, sizeof count);
    return true;
}

static bool fill_word(const struct value *value, void *target)
{
    const struct setting *row = value->row;
    const char *text = clean_text(value, value->found);
    if (text == NULL) {
        return false;
    }
    int number = word_number(row->words, text);
    if (number < 0) {
        char all[256] = "";
        for (const struct word *word = row->words; word->name != NULL; word++) {
            size_t used = strlen(all);
            snprintf(all + used, sizeof all - used, "%s%s", used == 0 ? "" : ", ", word->name);
        }
        return refuse_value(value, value->found, "is \"%s\", must be one of %s", text, all);
    }
    CHECK(row->size == sizeof number);
    memcpy(target, &number, sizeof number);
    return true;
}

static bool fill_date(const struct value *value, void *target)
{
    const char *text = clean_text(value, value->found);
    if (text == NULL) {
        return false;
    }
    civil_date date;
    if (!civil_parse(text, &date)) {
        return refuse_value(value, value->found, "is \"%s\", must be a date \"YYYY-MM-DD\"", text);
    }
    CHECK(value->row->size == sizeof date);
    memcpy(target, &date, sizeof date);
    return true;
}

static bool fill_decimal(const struct value *value, void *target)
{
    const struct setting *row = value->row;
    const char *text = clean_text(value, value->found);
    if (text == NULL) {
        return false;
    }
    CHECK(row->min >= -MONEY_MINOR_MAX && row->max <= MONEY_MINOR_MAX && row->size == sizeof(int64_t));
    int64_t number = 0;
    enum money_result result = money_parse(text, row->decimals, &number);
    if (result == MONEY_NOT_A_NUMBER) {
        return refuse_value(value, value->found, "is \"%s\", must be a decimal number such as \"7.25\"", text);
    }
    if (result == MONEY_TOO_MANY_DECIMALS) {
        return refuse_value(value, value->found, "is \"%s\", must have at most %d decimals", text, row->decimals);
    }
    if (result == MONEY_TOO_LARGE || number < row->min || number > row->max) {
        char min[MONEY_TEXT_BYTES], max[MONEY_TEXT_BYTES];
        money_format(row->min, row->decimals, min);
        money_format(row->max, row->decimals, max);
        return refuse_value(value, value->found, "is \"%s\", must be from %s to %s", text, min, max);
    }
    memcpy(target, &number, sizeof number);
    return true;
}

static bool fill_scope(const struct scope *scope, struct arena *arena, char *target);

static bool fill_groups(const struct value *value, char *target)
{
    const struct setting *row = value->row;
    if (!config_setting_is_list(value->found)) {
        return refuse_value(value, value->found, "must be a list ( { ... }, ... )");
    }
    int count = count_entries(value);
    if (count < 0) {
        return false;
    }
    CHECK(row->max >= 0 && row->size >= (size_t)row->max * row->element_size);
    for (int i = 0; i < count; i++) {
        char prefix[KEY_BYTES];
        int length = snprintf(prefix, sizeof prefix, "%s[%d].", value->key, i + 1);
        CHECK(length > 0 && (size_t)length < sizeof prefix);
        struct scope scope = {.settings = value->settings,
                              .table = row->elements,
                              .group = config_setting_get_elem(value->found, (unsigned)i),
                              .prefix = prefix};
        if (!config_setting_is_group(scope.group)) {
            return refuse_value(value, scope.group, "entry %d must be a group { ... }", i + 1);
        }
        if (!fill_scope(&scope, value->arena, target + row->offset + (size_t)i * row->element_size)) {
            return false;
        }
    }
    memcpy(target + row->count_offset, &count, sizeof count);
    return true;
}

static bool fill_value(const struct value *value, char *target)
{
    const struct setting *row = value->row;
    switch (row->type) {
    case SETTING_TYPE_INT:
        return fill_int(value, target + row->offset);
    case SETTING_TYPE_BOOL:
        return fill_bool(value, target + row->offset);
    case SETTING_TYPE_TEXT:
        return fill_text(value, target + row->offset);
    case SETTING_TYPE_TEXTS:
        return fill_texts(value, target);
    case SETTING_TYPE_WORD:
        return fill_word(value, target + row->offset);
    case SETTING_TYPE_DATE:
        return fill_date(value, target + row->offset);
    case SETTING_TYPE_DECIMAL:
        return fill_decimal(value, target + row->offset);
    case SETTING_TYPE_GROUPS:
        return fill_groups(value, target);
    }
    CHECK(false);
    return false;
}

/* May the key of the row be absent from this group? */
static bool may_be_absent(const struct scope *scope, const struct setting *row)
{
    if (row->optional || !row->with_group) {
        return row->optional;
    }
    char path[KEY_BYTES];
    snprintf(path, sizeof path, "%s", row->key);
    char *dot = strrchr(path, '.');
    CHECK(dot != NULL);
    *dot = '\0';
    return config_setting_lookup(scope->group, path) == NULL;
}

/* Fills the struct at `target` from one group. */
static bool fill_scope(const struct scope *scope, struct arena *arena, char *target)
{
    if (!check_keys(scope, scope->group, "")) {
        return false;
    }
    for (const struct setting *row = scope->table; row->key != NULL; row++) {
        char printed[KEY_BYTES];
        print_key(scope, row->key, printed);
        struct value value = {.settings = scope->settings,
                              .row = row,
                              .key = printed,
                              .found = config_setting_lookup(scope->group, row->key),
                              .arena = arena};
        if (value.found == NULL && !may_be_absent(scope, row)) {
            return settings_refuse(scope->settings, printed, "is required");
        }
        if (value.found != NULL && !fill_value(&value, target)) {
            return false;
        }
    }
    return true;
}

bool settings_fill(struct settings *settings, const struct setting *table, struct arena *arena, void *target)
{
    struct scope scope = {
        .settings = settings, .table = table, .group = config_root_setting(&settings->config), .prefix = ""};
    return fill_scope(&scope, arena, target);
}

/* What is wrong with `length` bytes read from a file, or NULL. */
static const char *file_fault(FILE *file, const char *bytes, size_t length)
{
    if (ferror(file)) {
        return strerror(errno);
    }
    if (length > FILE_MAX_BYTES) {
        return "is larger than 1 MiB";
    }
    return memchr(bytes, '\0', length) != NULL ? "holds a NUL byte" : NULL;
}

char *settings_read_file(const char *path, struct arena *arena, char *message, size_t message_bytes)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        snprintf(message, message_bytes, "%s: %s", path, strerror(errno));
        return NULL;
    }
    /* One byte more than allowed, so that too large a file is noticed. */
    char *bytes = xcalloc(1, FILE_MAX_BYTES + 1);
    size_t length = fread(bytes, 1, FILE_MAX_BYTES + 1, file);
    const char *fault = file_fault(file, bytes, length);
    char *text = NULL;
    if (fault != NULL) {
        snprintf(message, message_bytes, "%s: %s", path, fault);
    } else {
        text = arena_strndup(arena, bytes, length);
    }
    free(bytes);
    fclose(file);
    return text;
}
