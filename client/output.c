/* Formats. */
#include "client/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "client/unicode.h"
#include "common/check.h"
#include "common/text.h"

#define COLUMNS_MAX 64

/* ---- cells ---- */

void output_padded(const char *text, int cells)
{
    char *shown = unicode_harmless(text);

    fputs(shown, stdout);
    for (int i = text_cells(shown); i < cells; i++)
        putchar(' ');
    free(shown);
}

/* Words of closed lists are translated in tables, nowhere else. */
static bool is_word_key(const char *key)
{
    static const char *const keys[] = {
        "grade",     "from_grade", "to_grade",    "decided_grade",   "tier",          "stage",   "state",
        "finding",   "verdict",    "turn_role",   "from_state",      "to_state",      "kind",    "level",
        "job_level", "status",     "roles",       "waits_for",       "opening_grade", "bad_why", "band",
        "cause",     "basis",      "lift_grade",  "criterion_grade", "review",        "group",   "override_from",
        "step",      "role",       "least_level", "kinds",           "asked_grade",   "outcome", "when_finding",
        "in_force",  "draft",      "computed",    "held_step",       "expected",      "given"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static char *list_text(const char *key, const json_t *list, bool words)
{
    char *out = xstrdup("");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *text = json_is_string(item) ? json_string_value(item) : "";
        char *more = NULL;
        text = words && text[0] != '\0' ? text_word(key, text) : text;
        if (asprintf(&more, "%s%s%s", out, i == 0 ? "" : ", ", text) < 0)
            abort();
        free(out);
        out = more;
    }
    return out;
}

static char *items_text(const json_t *object)
{
    char *out = xstrdup(""), *more;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        if (asprintf(&more, "%s%s%s=%s", out, out[0] == '\0' ? "" : " ", key, json_string_value(value)) < 0)
            abort();
        free(out);
        out = more;
    }
    return out;
}

/* "1,234.50 CNY"; NULL: the object is no amount. */
static char *money_text(const json_t *object, bool plain)
{
    const char *amount = json_string_value(json_object_get(object, "amount"));
    const char *currency = json_string_value(json_object_get(object, "currency"));
    char *grouped, *out = NULL;

    if (amount == NULL || currency == NULL || json_object_size(object) != 2)
        return NULL;
    grouped = plain ? xstrdup(amount) : output_amount(amount);
    if (asprintf(&out, "%s %s", grouped, currency) < 0)
        abort();
    free(grouped);
    return out;
}

static bool is_instant_key(const char *key)
{
    static const char *const keys[] = {"at",
                                       "due_at",
                                       "submitted_at",
                                       "criterion_detected_at",
                                       "complete_by",
                                       "expires_at",
                                       "now",
                                       "criterion_due_at",
                                       "recorded_at",
                                       "started_at",
                                       "finished_at",
                                       "proposed_at",
                                       "published_at",
                                       "effective_at",
                                       "rolled_back_at",
                                       "extension_latest",
                                       "paused_at",
                                       "urged_at",
                                       "emergency_until",
                                       "asked_until",
                                       "review_due_at"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

char *output_instant(const char *text)
{
    const int minutes = (int)sizeof "2026-11-23T14:05" - 1;
    const char *offset = strlen(text) < (size_t)minutes ? NULL : strpbrk(text + minutes, "Z+-");
    char *out = NULL;

    if (offset == NULL)
        return xstrdup(text);
    if (asprintf(&out, "%.*s %s", minutes, text, offset[0] == 'Z' ? "UTC" : offset) < 0)
        abort();
    out[sizeof "2026-11-23" - 1] = ' ';
    return out;
}

static bool is_amount_key(const char *key)
{
    return strcmp(key, "amount") == 0;
}

char *output_amount(const char *plain)
{
    size_t sign = plain[0] == '-', whole = strcspn(plain, ".") - sign;
    char *out = xcalloc(2, strlen(plain) + 1), *to = out;

    for (size_t i = 0; plain[i] != '\0'; i++) {
        size_t left = i < sign || i >= whole + sign ? 0 : whole + sign - i;
        if (left > 0 && left < whole && left % 3 == 0)
            *to++ = ',';
        *to++ = plain[i];
    }
    return out;
}

/* The value as a person reads it; in CSV (`plain`) untranslated. */
static char *value_text(const char *key, const json_t *value, bool plain)
{
    char number[32], *money;

    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING:
        if (!plain && is_instant_key(key))
            return output_instant(json_string_value(value));
        if (!plain && is_amount_key(key))
            return output_amount(json_string_value(value));
        return xstrdup(!plain && is_word_key(key) ? text_word(key, json_string_value(value))
                                                  : json_string_value(value));
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return xstrdup(number);
    case JSON_TRUE:
        return xstrdup(plain ? "true" : _("yes"));
    case JSON_FALSE:
        return xstrdup(plain ? "false" : _("no"));
    case JSON_ARRAY:
        return list_text(key, value, !plain && is_word_key(key));
    case JSON_OBJECT:
        money = money_text(value, plain);
        return money != NULL ? money : items_text(value);
    default:
        return xstrdup("");
    }
}

/* ---- tables ---- */

static int split_columns(char *columns, const char **out)
{
    int count = 0;
    char *save = NULL;

    for (char *c = strtok_r(columns, " ", &save); c != NULL; c = strtok_r(NULL, " ", &save)) {
        CHECK(count < COLUMNS_MAX);
        out[count++] = c;
    }
    return count;
}

static bool any_has(const json_t *list, const char *key)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_object_get(json_array_get(list, i), key) != NULL)
            return true;
    return false;
}

/* Columns of a table that no row has are left out. */
static int used_columns(const json_t *list, const char **names, int count)
{
    int used = 0;

    for (int c = 0; c < count; c++)
        if (any_has(list, names[c]))
            names[used++] = names[c];
    return used;
}

static bool is_credit_key(const char *key)
{
    static const char *const keys[] = {"grade",    "from_grade", "to_grade",  "decided_grade", "amount",
                                       "currency", "settled_on", "fulfilled", "payload"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* The columns of CSV are always the same, but for those that the asker may not see: where no row has any of them, all
 * of them are left out. */
static int csv_columns(const json_t *list, const char **names, int count)
{
    bool seen = json_array_size(list) == 0;
    int used = 0;

    for (int c = 0; c < count; c++)
        seen |= is_credit_key(names[c]) && any_has(list, names[c]);
    for (int c = 0; c < count; c++)
        if (seen || !is_credit_key(names[c]))
            names[used++] = names[c];
    return used;
}

/* Amounts stand at the right of their column, so that digits stand below each other. */
static void print_table_cell(const char *text, int width, bool right, bool last)
{
    if (right)
        printf("%*s", width - text_cells(text), "");
    output_padded(text, right || last ? 0 : width + 2);
    if (right && !last)
        fputs("  ", stdout);
}

static void print_table(const json_t *list, const char **names, int count)
{
    int widths[COLUMNS_MAX];
    size_t rows = json_array_size(list);

    for (int c = 0; c < count; c++) {
        widths[c] = text_cells(text_column(names[c]));
        for (size_t i = 0; i < rows; i++) {
            char *text = value_text(names[c], json_object_get(json_array_get(list, i), names[c]), false);
            char *shown = unicode_harmless(text);
            int cells = text_cells(shown);
            widths[c] = cells > widths[c] ? cells : widths[c];
            free(shown);
            free(text);
        }
    }
    for (size_t i = 0; i <= rows; i++) {
        for (int c = 0; c < count; c++) {
            char *text = i == 0 ? xstrdup(text_column(names[c]))
                                : value_text(names[c], json_object_get(json_array_get(list, i - 1), names[c]), false);
            print_table_cell(text, widths[c], is_amount_key(names[c]), c + 1 == count);
            free(text);
        }
        putchar('\n');
    }
}

/* ---- CSV ---- */

/* Quotes where needed; a cell that a spreadsheet would run as a formula gets a leading apostrophe. */
static void print_csv_cell(const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;

    if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    if (formula)
        putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const json_t *list, const char **names, int count)
{
    for (int c = 0; c < count; c++)
        printf("%s%s", c == 0 ? "" : ",", names[c]);
    putchar('\n');
    for (size_t i = 0; i < json_array_size(list); i++) {
        for (int c = 0; c < count; c++) {
            char *text = value_text(names[c], json_object_get(json_array_get(list, i), names[c]), true);
            if (c > 0)
                putchar(',');
            print_csv_cell(text);
            free(text);
        }
        putchar('\n');
    }
}

/* ---- JSON ---- */

static void print_json(const json_t *value, size_t indent)
{
    json_dumpf(value, stdout, indent == 0 ? JSON_COMPACT : JSON_INDENT(indent));
    putchar('\n');
}

static void print_ids(const json_t *list)
{
    static const char *const keys[] = {"id", "code", "login", "document", "command_id", "import", "customer_id"};

    for (size_t i = 0; i < json_array_size(list); i++)
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            const json_t *id = json_object_get(json_array_get(list, i), keys[k]);
            if (json_is_string(id)) {
                output_padded(json_string_value(id), 0);
                putchar('\n');
                break;
            }
        }
}

void output_list(const struct client *client, json_t *list, const char *columns)
{
    const char *names[COLUMNS_MAX];
    char *copy = xstrdup(columns);
    int count = split_columns(copy, names);

    if (client_has(client, "quiet")) {
        print_ids(list);
    } else if (client->format == FORMAT_JSON) {
        print_json(list, 2);
    } else if (client->format == FORMAT_JSONL) {
        for (size_t i = 0; i < json_array_size(list); i++)
            print_json(json_array_get(list, i), 0);
    } else if (client->format == FORMAT_CSV) {
        print_csv(list, names, csv_columns(list, names, count));
    } else if (json_array_size(list) == 0) {
        fprintf(stderr, "%s\n", _("nothing to show"));
    } else {
        print_table(list, names, used_columns(list, names, count));
    }
    free(copy);
    json_decref(list);
}

static void print_lines(const json_t *record)
{
    const char *key;
    json_t *value;
    int width = 0;

    json_object_foreach((json_t *)record, key, value)
    {
        int cells = text_cells(text_column(key));
        width = cells > width ? cells : width;
    }
    json_object_foreach((json_t *)record, key, value)
    {
        char *text = value_text(key, value, false);
        output_padded(text_column(key), width + 2);
        output_padded(text, 0);
        putchar('\n');
        free(text);
    }
}

void output_part(const char *title, json_t *part, const char *columns)
{
    const char *names[COLUMNS_MAX];
    char *copy = xstrdup(columns == NULL ? "" : columns);
    int count = split_columns(copy, names);

    if (json_is_object(part) && json_object_size(part) > 0) {
        printf("\n%s\n", title);
        print_lines(part);
    } else if (json_is_array(part) && json_array_size(part) > 0) {
        printf("\n%s\n", title);
        print_table(part, names, used_columns(part, names, count));
    }
    free(copy);
    json_decref(part);
}

void output_record(const struct client *client, json_t *record)
{
    if (client->format == FORMAT_JSON) {
        print_json(record, 2);
    } else if (client->format == FORMAT_JSONL) {
        print_json(record, 0);
    } else if (json_object_size(record) > 0 && (client->format == FORMAT_CSV || client_has(client, "quiet"))) {
        char columns[1024] = "";
        const char *key;
        json_t *value;
        json_object_foreach(record, key, value)
        {
            size_t used = strlen(columns);
            snprintf(columns + used, sizeof columns - used, "%s%s", used == 0 ? "" : " ", key);
        }
        output_list(client, json_pack("[O]", record), columns);
    } else {
        print_lines(record);
    }
    json_decref(record);
}

int output_flush(void)
{
    if (fflush(stdout) != 0)
        return errno;
    return ferror(stdout) ? EIO : 0; /* of what came out before: its errno is not kept */
}

bool output_failed(struct client *client, int error)
{
    failure_set(&client->failure, EXIT_FAILED, "OUTPUT", NULL, _("standard output: %s"), strerror(error));
    client->failure.executed = EXECUTED_UNKNOWN;
    return false;
}
