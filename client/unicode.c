/* Text from outside, with utf8proc. */
#include "client/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "common/check.h"

#define ESCAPE_MAX_BYTES 8

/* The character at `text`; bytes it takes, 0 when it is none. */
static size_t next(const char *text, utf8proc_int32_t *out)
{
    utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, out);

    return length > 0 ? (size_t)length : 0;
}

char *unicode_valid(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *out = xcalloc(1, strlen(text) * (sizeof replacement - 1) + 1), *at = out;
    utf8proc_int32_t c;

    while (*text != '\0') {
        size_t length = next(text, &c);
        memcpy(at, length == 0 ? replacement : text, length == 0 ? sizeof replacement - 1 : length);
        at += length == 0 ? sizeof replacement - 1 : length;
        text += length == 0 ? 1 : length;
    }
    return out;
}

json_t *unicode_json(const char *text)
{
    char *valid = unicode_valid(text);
    json_t *out = json_string(valid);

    free(valid);
    CHECK(out != NULL);
    return out;
}

/* Control characters, line separators, and all that changes the direction of writing. */
static int is_harmful(utf8proc_int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x200e || c == 0x200f || c == 0x061c || c == 0x2028 || c == 0x2029;
}

char *unicode_harmless(const char *text)
{
    char *out = xcalloc(1, strlen(text) * ESCAPE_MAX_BYTES + 1), *at = out;
    utf8proc_int32_t c;

    while (*text != '\0') {
        size_t length = next(text, &c);
        if (length == 0) {
            *at++ = '?';
            text++;
        } else if (is_harmful(c)) {
            at += snprintf(at, ESCAPE_MAX_BYTES + 1, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
            text += length;
        } else {
            memcpy(at, text, length);
            at += length;
            text += length;
        }
    }
    return out;
}

/* Bytes of a blank at `text`, 0: there is none. */
static size_t blank_length(const char *text)
{
    utf8proc_int32_t c;
    size_t length = next(text, &c);
    utf8proc_category_t category;

    if (length == 0 || c == 0)
        return 0;
    category = utf8proc_category(c);
    if (category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP ||
        category == UTF8PROC_CATEGORY_CF || (c >= 0x09 && c <= 0x0d) || c == 0x85)
        return length;
    return 0;
}

const char *unicode_strip(const char *text, size_t *length)
{
    const char *at = text, *end;
    size_t blank;

    while ((blank = blank_length(at)) > 0)
        at += blank;
    text = end = at;
    while (*at != '\0') {
        utf8proc_int32_t c;
        size_t taken = next(at, &c);
        blank = blank_length(at);
        at += taken == 0 ? 1 : taken;
        end = blank == 0 ? at : end;
    }
    *length = (size_t)(end - text);
    return text;
}

char *unicode_plain(const char *text)
{
    size_t length;
    const char *start = unicode_strip(text, &length);
    char *copy = xcalloc(1, length + 1), *out;

    memcpy(copy, start, length);
    out = (char *)utf8proc_NFKC((const utf8proc_uint8_t *)copy);
    if (out == NULL)
        return copy;
    free(copy);
    return out;
}

void unicode_trim(char *text)
{
    size_t length = strlen(text), start = length;
    utf8proc_int32_t c;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        start--;
    if (start < length && next(text + start, &c) != length - start)
        text[start] = '\0';
}
