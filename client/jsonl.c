/* Reading of JSON Lines. Jansson would turn numbers with a fraction into doubles, so numbers are put in quotes before
 * it reads them. */
#include "client/jsonl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/text.h"
#include "common/check.h"
#include "common/text.h"

void jsonl_open(struct jsonl *jsonl, window_read *read, void *arg)
{
    *jsonl = (struct jsonl){.line = 1};
    window_open(&jsonl->window, read, arg);
}

void jsonl_close(struct jsonl *jsonl)
{
    json_decref(jsonl->object);
    jsonl->object = NULL;
    window_close(&jsonl->window);
}

/* ---- numbers ---- */

static size_t digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* Length of the number of JSON at `at`, 0: there is none. */
static size_t number_length(const char *at)
{
    const char *start = at;
    size_t whole;

    at += *at == '-';
    whole = digits(at);
    if (whole == 0 || (whole > 1 && *at == '0'))
        return 0;
    at += whole;
    if (*at == '.') {
        if (digits(at + 1) == 0)
            return 0;
        at += 1 + digits(at + 1);
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '+' || at[1] == '-');
        if (digits(at) == 0)
            return 0;
        at += digits(at);
    }
    return strchr(",}] \t\r\n", *at) == NULL ? 0 : (size_t)(at - start);
}

/* Length of the string of JSON at `at`, with its quotes. */
static size_t string_length(const char *at)
{
    size_t n = 1;

    while (at[n] != '\0' && at[n] != '"')
        n += at[n] == '\\' && at[n + 1] != '\0' ? 2 : 1;
    return n + (at[n] == '"');
}

/* A copy of the text in which the numbers that are values of an object stand in quotes. The caller frees it. */
static char *quote_numbers(const char *text)
{
    char *out = xcalloc(2, strlen(text) + 1), *to = out; /* a number has one byte at least and a colon before it */
    char last = '\0';                                    /* before `text`, blanks aside */

    while (*text != '\0') {
        size_t number = last == ':' ? number_length(text) : 0;
        size_t length = number > 0 ? number : *text == '"' ? string_length(text) : 1;
        if (!isspace((unsigned char)*text))
            last = *text;
        if (number > 0)
            *to++ = '"';
        memcpy(to, text, length);
        to += length;
        if (number > 0)
            *to++ = '"';
        text += length;
    }
    return out;
}

/* ---- lines ---- */

static void refuse(struct jsonl_record *out, const char *reason, const char *error)
{
    out->reason = reason;
    out->error = error;
    out->object = NULL;
}

static void check_members(struct jsonl_record *out, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (json_is_object(value) || json_is_array(value)) {
            refuse(out, "JSON", N_("neither text nor number"));
            out->key = key;
            return;
        }
    }
    out->object = object;
}

static void read_object(struct jsonl *jsonl, struct jsonl_record *out)
{
    char *text, *quoted;

    if (!text_is_utf8(out->start, out->length)) {
        refuse(out, "NOT_UTF8", N_("text that is not UTF-8"));
        return;
    }
    text = strndup(out->start, out->length);
    CHECK(text != NULL);
    quoted = quote_numbers(text);
    jsonl->object = json_loads(quoted, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    free(quoted);
    free(text);
    if (jsonl->object == NULL)
        refuse(out, "JSON", N_("no JSON, or a member stands there twice"));
    else if (!json_is_object(jsonl->object))
        refuse(out, "JSON", N_("no JSON object"));
    else
        check_members(out, jsonl->object);
}

/* Passes over the line of which `at` bytes were looked at, with its end. */
static void pass_line(struct jsonl *jsonl, size_t at)
{
    int c;

    while ((c = window_peek(&jsonl->window, at)) >= 0 && c != '\n')
        if (++at >= JSONL_LINE_BYTES_MAX) {
            window_skip(&jsonl->window, at);
            at = 0;
        }
    window_skip(&jsonl->window, at + (c == '\n'));
    jsonl->line += c == '\n';
}

/* The length of the line without its end; *blank: nothing stands on it. */
static size_t line_length(struct jsonl *jsonl, bool *blank)
{
    size_t length = 0;
    int c;

    *blank = true;
    while (length < JSONL_LINE_BYTES_MAX && (c = window_peek(&jsonl->window, length)) >= 0 && c != '\n') {
        *blank &= isspace(c) != 0;
        length++;
    }
    return length;
}

bool jsonl_next(struct jsonl *jsonl, struct jsonl_record *out)
{
    bool blank = true, whole;
    size_t length = 0;
    int end;

    json_decref(jsonl->object);
    jsonl->object = NULL;
    if (jsonl->passed > 0)
        pass_line(jsonl, jsonl->passed);
    jsonl->passed = 0;
    while (window_peek(&jsonl->window, 0) >= 0) {
        length = line_length(jsonl, &blank);
        if (!blank)
            break;
        pass_line(jsonl, length);
    }
    *out = (struct jsonl_record){.line = jsonl->line};
    if (blank)
        return false;
    end = window_peek(&jsonl->window, length);
    whole = end < 0 || end == '\n';
    jsonl->passed = length;
    out->start = window_bytes(&jsonl->window);
    out->length = length - (whole && out->start[length - 1] == '\r');
    if (whole)
        read_object(jsonl, out);
    else
        refuse(out, "LINE_TOO_LONG", N_("the line is too long"));
    return true;
}
