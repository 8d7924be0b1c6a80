/* Text from outside, judged with utf8proc. */
#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define DISTANCE_MAX_BYTES 63

/* The code point at `bytes` and the bytes it takes; 0 bytes at the end, negative when it is no UTF-8. */
static utf8proc_ssize_t next(const char *bytes, size_t length, utf8proc_int32_t *out)
{
    if (length > 0 && (unsigned char)*bytes < 0x80) { /* most of them */
        *out = (unsigned char)*bytes;
        return 1;
    }
    return utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length, out);
}

bool text_is_utf8(const char *bytes, size_t length)
{
    while (length > 0) {
        utf8proc_int32_t point;
        utf8proc_ssize_t taken = next(bytes, length, &point);
        if (taken <= 0 || point == 0) {
            return false;
        }
        bytes += taken;
        length -= (size_t)taken;
    }
    return true;
}

/* Characters that make a text look different from what it is: embeddings, overrides, isolates. */
static bool is_bidi_override(utf8proc_int32_t point)
{
    return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

static bool is_control(utf8proc_int32_t point)
{
    if (point < 0x80) {
        return point < 0x20 || point == 0x7f;
    }
    utf8proc_category_t category = utf8proc_category(point);
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

bool text_is_clean(const char *text, bool lines)
{
    size_t length = strlen(text);
    while (length > 0) {
        utf8proc_int32_t point;
        utf8proc_ssize_t taken = next(text, length, &point);
        if (taken <= 0 || is_bidi_override(point)) {
            return false;
        }
        bool allowed = lines && (point == '\n' || point == '\t');
        if (!allowed && is_control(point)) {
            return false;
        }
        text += taken;
        length -= (size_t)taken;
    }
    return true;
}

size_t text_length(const char *text)
{
    size_t points = 0;
    for (; *text != '\0'; text++) {
        points += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return points;
}

static bool is_blank(utf8proc_int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CF:
        return true;
    default:
        return (point >= 0x09 && point <= 0x0d) || point == 0x85;
    }
}

bool text_is_blank(const char *text)
{
    if (text == NULL) {
        return true;
    }
    size_t length = strlen(text);
    while (length > 0) {
        utf8proc_int32_t point;
        utf8proc_ssize_t taken = next(text, length, &point);
        if (taken <= 0 || !is_blank(point)) {
            return false;
        }
        text += taken;
        length -= (size_t)taken;
    }
    return true;
}

int text_cells(const char *text)
{
    int cells = 0;
    size_t length = strlen(text);
    while (length > 0) {
        utf8proc_int32_t point;
        utf8proc_ssize_t taken = next(text, length, &point);
        if (taken <= 0) {
            break;
        }
        cells += utf8proc_charwidth(point);
        text += taken;
        length -= (size_t)taken;
    }
    return cells;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, and swap of neighbours, the usual slips of typing. */
int text_distance(const char *a, const char *b)
{
    int steps[DISTANCE_MAX_BYTES + 1][DISTANCE_MAX_BYTES + 1];
    size_t a_length = strnlen(a, DISTANCE_MAX_BYTES), b_length = strnlen(b, DISTANCE_MAX_BYTES);
    for (size_t i = 0; i <= a_length; i++) {
        steps[i][0] = (int)i;
    }
    for (size_t j = 0; j <= b_length; j++) {
        steps[0][j] = (int)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t j = 1; j <= b_length; j++) {
            int replaced = steps[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            steps[i][j] = least(replaced, least(steps[i - 1][j], steps[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                steps[i][j] = least(steps[i][j], steps[i - 2][j - 2] + 1);
            }
        }
    }
    return steps[a_length][b_length];
}

char *text_put_int(char *at, int64_t value, int digits)
{
    char reversed[TEXT_INT_BYTES];
    int count = 0;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *at++ = '-';
    }
    for (; digits > count; digits--) {
        *at++ = '0';
    }
    while (count > 0) {
        *at++ = reversed[--count];
    }
    return at;
}

bool text_has(const char *text, const char *word)
{
    utf8proc_uint8_t *folded = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text);
    utf8proc_uint8_t *wanted = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)word);
    bool found = folded != NULL && wanted != NULL && strstr((const char *)folded, (const char *)wanted) != NULL;
    free(folded);
    free(wanted);
    return found;
}
